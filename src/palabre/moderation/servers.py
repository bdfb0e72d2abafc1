"""Other servers: blocked, as far as it is said, or on the list of those that are let in.

A block takes hold of the accounts that live there in slices, as a job: each is limited or suspended if nobody has
done so before, and marked, so that taking the block back takes back exactly this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from palabre import jobs, journal
from palabre.accounts import actions as accounts
from palabre.accounts import roster
from palabre.accounts.actions import ProfileChange
from palabre.accounts.model import Account, Standing
from palabre.clock import Instant
from palabre.ids import AccountId, new_id
from palabre.media.actions import forget_files
from palabre.moderation import errors
from palabre.moderation import servers_rules as rules
from palabre.moderation import servers_sql as sql
from palabre.moderation.acts import note
from palabre.moderation.blocks_rules import check_comment
from palabre.moderation.events import ServerBlocksChanged
from palabre.moderation.ledger import Ledger
from palabre.moderation.model import Act
from palabre.moderation.servers_model import Reach, ServerAllow, ServerBlock, ServerSeverity, WantedServerBlock
from palabre.moderation.tables import server_allow, server_block
from palabre.store import Snapshot, Transaction

SPREAD: Final = "moderation.spread_server_block"
"""The job that finds the servers that a change of a block is about."""
REACH: Final = "moderation.reach_server"
"""The job that applies what holds to the accounts of one server."""
_SLICE = 200
_UNDO: Final[Mapping[ServerSeverity, Callable[[Transaction, AccountId], None]]] = {
    ServerSeverity.LIMIT: partial(roster.limit, on=False),
    ServerSeverity.SUSPEND: accounts.unsuspend,
}

blocks: Final = Ledger(server_block, ServerBlock, name="domain")
"""The blocked servers."""
allows: Final = Ledger(server_allow, ServerAllow, name="domain")
"""The servers that are let in; it counts from the day when a network may decide to let nobody else in."""


def block_for(db: Snapshot, host: str) -> ServerBlock | None:
    """Return the block that holds for a server, of those of its name and above. One statement."""
    found = blocks.among(db, rules.names_above(host))
    return rules.block_for(host, {each.domain: each for each in found})


def _made(number: int, domain: str, wanted: WantedServerBlock, created: Instant) -> ServerBlock:
    return ServerBlock(
        id=number,
        domain=domain,
        severity=wanted.severity,
        reject_media=wanted.reject_media,
        reject_reports=wanted.reject_reports,
        private_comment=check_comment(wanted.private_comment, "private_comment"),
        public_comment=check_comment(wanted.public_comment, "public_comment"),
        obfuscate=wanted.obfuscate,
        created=created,
    )


def block_server(tx: Transaction, admin: AccountId, wanted: WantedServerBlock, *, own: str) -> ServerBlock:
    """Block a server and those below its name.

    Args:
        tx: the transaction.
        admin: who does it.
        wanted: as it was given; an existing block of a server above may only be made stricter.
        own: the host of the network, perhaps with its port.

    Raises:
        DomainInvalid: it is no domain.
        OwnServer: the network would block itself.
        ServerAlreadyBlocked: there is one, or one above it that is no milder.
        BlockCommentTooLong: a comment is.

    """
    domain = rules.check_server(wanted.domain)
    if rules.covers(domain, own.lower().partition(":")[0]):
        raise errors.OwnServer(field="domain")
    there = block_for(tx, domain)
    if there is not None and (there.domain == domain or not rules.is_stricter(wanted, there)):
        raise errors.ServerAlreadyBlocked(there)
    made = blocks.add(tx, _made(new_id(tx.now), domain, wanted, tx.now))
    _changed(tx, admin, Act.BLOCK_SERVER, made)
    return made


def change_server_block(tx: Transaction, admin: AccountId, number: int, wanted: WantedServerBlock) -> ServerBlock:
    """Say a block otherwise; it stays the one of its server, whatever ``wanted`` names.

    Raises:
        BlockNotFound: there is none.
        BlockCommentTooLong: a comment is.

    """
    before = blocks.one(tx, number)
    made = blocks.change(tx, _made(number, before.domain, wanted, before.created))
    _changed(tx, admin, Act.CHANGE_SERVER_BLOCK, made)
    return made


def unblock_server(tx: Transaction, admin: AccountId, number: int) -> None:
    """Take a block back.

    Raises:
        BlockNotFound: there is none.

    """
    _changed(tx, admin, Act.UNBLOCK_SERVER, blocks.remove(tx, number))


def _changed(tx: Transaction, admin: AccountId, act: Act, block: ServerBlock) -> None:
    note(tx, admin, act, subject=f"{block.domain} {block.severity.value}", reason=block.private_comment)
    journal.record(tx, ServerBlocksChanged(block=block.id))
    jobs.enqueue(tx, SPREAD, block.domain)


def allow_server(tx: Transaction, admin: AccountId, domain: str) -> ServerAllow:
    """Put a server on the list of those that are let in; return the entry, which may be there already.

    Raises:
        DomainInvalid: it is no domain.

    """
    domain = rules.check_server(domain)
    there = allows.named(tx, domain)
    if there is not None:
        return there
    note(tx, admin, Act.ALLOW_SERVER, subject=domain)
    return allows.add(tx, ServerAllow(id=new_id(tx.now), domain=domain, created=tx.now))


def disallow_server(tx: Transaction, admin: AccountId, number: int) -> None:
    """Take a server off that list.

    Raises:
        BlockNotFound: it is not on it.

    """
    note(tx, admin, Act.DISALLOW_SERVER, subject=allows.remove(tx, number).domain)


# What a block makes of accounts -----------------------------------------------------------------------------


def spread(tx: Transaction, domain: str) -> bool:
    """Have what holds now applied to the accounts of each known server that a changed block means."""
    for server in roster.servers(tx):
        if rules.covers(domain, server):
            jobs.enqueue(tx, REACH, Reach(server), key=f"server {server}")
    return True


def reach(tx: Transaction, at: Reach) -> bool:
    """Apply what holds now to the next accounts of a server, and ask for those after them."""
    found = roster.accounts_of_server(tx, at.server, after=at.after, most=_SLICE)
    block = block_for(tx, at.server)
    marks = sql.marks(tx, [each.id for each in found])
    for each in found:
        _apply(tx, each, block, marks.get(each.id))
    if len(found) == _SLICE:
        jobs.enqueue(tx, REACH, Reach(at.server, found[-1].id), key=f"server {at.server}")
    return True


def _apply(tx: Transaction, of: Account, block: ServerBlock | None, before: ServerSeverity | None) -> None:
    wanted = ServerSeverity.NOTHING if block is None else block.severity
    if before is not None and before is not wanted:
        _UNDO[before](tx, of.id)
        sql.unmark(tx, of.id)
        before = None
    if before is None and wanted is ServerSeverity.LIMIT and not of.limited:
        roster.limit(tx, of.id)
        sql.mark(tx, of.id, wanted)
    elif before is None and wanted is ServerSeverity.SUSPEND and of.standing is not Standing.SUSPENDED:
        accounts.suspend(tx, of.id)
        sql.mark(tx, of.id, wanted)
    pictures = [name for name in (of.avatar, of.header) if name]
    if block is not None and block.refuses_media and pictures:
        accounts.update_profile(tx, of.id, ProfileChange(avatar=None, header=None))
        forget_files(tx, pictures)
