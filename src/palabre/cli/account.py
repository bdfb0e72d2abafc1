"""``palabre account`` and ``palabre invite``: members, from the operator's desk. All work while the server runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import msgspec
import rich_click as click

from palabre import clock
from palabre.accounts import actions, oauth, queries, rules, second_factor
from palabre.accounts.actions import NewMember
from palabre.accounts.credentials import hash_password, new_password
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Account, BadgeKind, Role, Standing
from palabre.cli import options
from palabre.cli.account_export import export
from palabre.clock import DAY, Instant
from palabre.errors import Refusal
from palabre.folder import Opened, open_folder
from palabre.keyring import Keyring
from palabre.moderation.acts import NOBODY, note
from palabre.moderation.model import Act
from palabre.paging import Window
from palabre.rights import actions as rights
from palabre.rights.actions import delete_account
from palabre.store import Snapshot, Transaction

_SCOPES = "read write follow push profile"
_ADMIN_SCOPES = f"{_SCOPES} admin:read admin:write"
_SLICE = 250
"""Accounts that are made in one transaction, so that members who write meanwhile do not wait long."""


class Wanted(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An account to be made: the arguments of ``create``, or a line of a batch."""

    username: str
    email: str | None = None
    password: str | None = None
    display_name: str = ""
    admin: bool = False


class Made(msgspec.Struct, kw_only=True):
    """An account that was made, as it is told to scripts."""

    username: str
    email: str | None
    password: str | None
    token: str | None
    admin: bool


@contextmanager
def _opened(folder: Path) -> Iterator[Opened]:
    opened = open_folder(folder)
    try:
        yield opened
    finally:
        opened.database.close()


@click.group()
def account() -> None:
    """Make members, list them, let them in, or keep them out."""


@account.command()
@click.argument("name", required=False)
@options.data
@click.option("--email", help="An e-mail address; kept encrypted.")
@click.option("--password", help="Without it, one is made and printed.")
@click.option("--display-name", default="", help="The name shown beside posts.")
@click.option("--admin", is_flag=True, help="The member may administer the network.")
@click.option("--token", is_flag=True, help="Make an access token for the client API too.")
@click.option(
    "--batch", type=click.File("r", "utf-8"), help="A file with one JSON object a line; - for standard input."
)
@options.as_json
def create(
    name: str | None,
    folder: Path,
    *,
    email: str | None,
    password: str | None,
    display_name: str,
    admin: bool,
    token: bool,
    batch: TextIO | None,
    as_json: bool,
) -> None:
    """Make the member NAME, whatever the network's policy for newcomers.

    With --batch, each line of the file is like {"username": "ana", "email": …, "password": …, "display_name": …,
    "admin": false}; all but the name may be left out. The same comes back with tokens, a line each. An account
    without password acts through its token only.
    """
    if (name is None) == (batch is None):
        raise click.UsageError("Give either a NAME or --batch FILE.")
    with _opened(folder) as opened:
        if batch is not None:
            if not _create_batch(opened, batch):
                raise SystemExit(1)
            return
        wanted = Wanted(
            username=name or "",
            email=email,
            password=password or new_password(),
            display_name=display_name,
            admin=admin,
        )
        made = opened.database.write_now(_make, opened.keyring, wanted, _hash(wanted), token=token)
    if as_json:
        click.echo(msgspec.json.encode(made))
        return
    for label, value in msgspec.structs.asdict(made).items():
        if value is not None and not (label == "admin" and not value):
            click.echo(f"{label + ':':10}{'yes' if value is True else value}")


def _hash(wanted: Wanted) -> str | None:
    """Check a password and hash it, before any transaction: it is slow on purpose."""
    if wanted.password is None:
        return None
    rules.check_password(wanted.password, username=wanted.username, email=wanted.email or "")
    return hash_password(wanted.password)


def _make(tx: Transaction, keyring: Keyring, wanted: Wanted, password_hash: str | None, *, token: bool) -> Made:
    new = NewMember(
        username=wanted.username,
        email=wanted.email,
        password_hash=password_hash,
        display_name=wanted.display_name,
        role=Role.ADMIN if wanted.admin else Role.MEMBER,
    )
    made = actions.create_member(tx, keyring, new)
    scopes = _ADMIN_SCOPES if wanted.admin else _SCOPES
    return Made(
        username=made.username,
        email=wanted.email,
        password=wanted.password,
        token=oauth.member_token(tx, keyring, None, made.id, scopes) if token else None,
        admin=wanted.admin,
    )


def _create_batch(opened: Opened, lines: Iterable[str]) -> bool:
    """Make accounts slice by slice; tell of each as soon as its slice is durable. Returns whether all were made."""
    good = True
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    while part := list(islice(numbered, _SLICE)):
        prepared = [_prepare(number, line) for number, line in part]
        for told in opened.database.write_now(_make_slice, opened.keyring, prepared):
            good = good and isinstance(told, Made)
            click.echo(msgspec.json.encode(told))
    return good


Prepared = tuple[Wanted, str | None] | dict[str, Any]
"""An account with the hash of its password; or what is wrong with its line."""


def _prepare(number: int, line: str) -> Prepared:
    try:
        wanted = msgspec.json.decode(line, type=Wanted)
    except msgspec.DecodeError as error:
        return {"line": number, "error": "batch.line_invalid", "message": str(error)}
    try:
        return wanted, _hash(wanted)
    except Refusal as refusal:
        return _told(wanted, refusal)


def _make_slice(tx: Transaction, keyring: Keyring, prepared: list[Prepared]) -> list[Made | dict[str, Any]]:
    told: list[Made | dict[str, Any]] = []
    for each in prepared:
        if isinstance(each, dict):
            told.append(each)
            continue
        wanted, password_hash = each
        made = tx.attempt(lambda: _make(tx, keyring, wanted, password_hash, token=True))  # noqa: B023 - called at once
        told.append(_told(wanted, made) if isinstance(made, Refusal) else made)
    return told


def _told(wanted: Wanted, refusal: Refusal) -> dict[str, Any]:
    return {"username": wanted.username, "error": refusal.code, "message": str(refusal)}


@account.command("list")
@options.data
@click.option("--pending", is_flag=True, help="Only those who wait for approval.")
@options.as_json
def list_accounts(folder: Path, *, pending: bool, as_json: bool) -> None:
    """List the members, the newest first."""
    with _opened(folder) as opened:
        for each, reason in _members(opened, pending=pending):
            if as_json:
                told = {
                    "username": each.username,
                    "display_name": each.display_name,
                    "standing": each.standing.value,
                    "admin": each.role in {Role.ADMIN, Role.OWNER},
                    "role": each.role.value,
                    "created": clock.iso(each.created),
                    "posts": each.posts_count,
                    "followers": each.followers_count,
                    "reason": reason,
                }
                click.echo(msgspec.json.encode(told))
            else:
                about = f"{each.standing.value}{'' if each.role is Role.MEMBER else f', {each.role.value}'}"
                click.echo(f"{clock.day(each.created)}  {each.username:30}  {about}{f'  {reason}' if reason else ''}")


def _members(opened: Opened, *, pending: bool) -> Iterator[tuple[Account, str | None]]:
    window = Window(limit=500)
    while True:
        if pending:
            waiting = opened.database.read_now(queries.pending_accounts, window)
            yield from waiting.items
            oldest = waiting.oldest
        else:
            found = opened.database.read_now(queries.local_accounts, window)
            yield from ((each, None) for each in found.items)
            oldest = found.oldest
        if oldest is None:
            return
        window = Window(limit=500, before=oldest)


def _named(db: Snapshot, name: str) -> Account:
    found = queries.account_by_handle(db, name.lstrip("@"))
    if found is None:
        raise AccountNotFound
    return found


def _decide(folder: Path, name: str, action: Any, said: str, *given: Any, act: Act | None = None) -> None:
    """Do something with an account; an ``act`` of moderation leaves its trace, in the name of nobody."""

    def decide(tx: Transaction) -> None:
        number = _named(tx, name).id
        action(tx, number, *given)
        if act is not None:
            note(tx, NOBODY, act, target=NOBODY if act is Act.REFUSE else number)

    with _opened(folder) as opened:
        opened.database.write_now(decide)
    click.echo(said)


@account.command()
@click.argument("name")
@options.data
def approve(name: str, folder: Path) -> None:
    """Let NAME in, who waits for approval."""
    _decide(folder, name, actions.approve, f"{name} is in.", act=Act.APPROVE)


@account.command()
@click.argument("name")
@options.data
@options.yes
def refuse(name: str, folder: Path, *, yes: bool) -> None:
    """Turn NAME away, who waits for approval; nothing is kept of the request."""
    options.confirm(f"{name} and the request are forgotten; this cannot be undone.", yes=yes)
    _decide(folder, name, actions.refuse, f"{name} is turned away.", act=Act.REFUSE)


account.add_command(export)


@account.command()
@click.argument("name")
@options.data
@options.yes
def delete(name: str, folder: Path, *, yes: bool) -> None:
    """Delete NAME for good: profile, posts, pictures, ties, messages to others about it. Nobody gets the name again.

    What is not seen any more at once is removed by the server, or by the next one that starts.
    """
    options.confirm(f"Everything of {name} is removed; this cannot be undone.", yes=yes)

    def leave(tx: Transaction) -> None:
        delete_account(tx, opened.keyring, _named(tx, name).id)
        note(tx, NOBODY, Act.DELETE)

    with _opened(folder) as opened:
        opened.database.write_now(leave)
    click.echo(f"{name} is deleted.")


@account.command()
@click.argument("name")
@options.data
def suspend(name: str, folder: Path) -> None:
    """Hide NAME and end every session and token; nothing is deleted."""
    _decide(folder, name, actions.suspend, f"{name} is suspended.", act=Act.SUSPEND)


@account.command()
@click.argument("name")
@options.data
def unsuspend(name: str, folder: Path) -> None:
    """Bring NAME back after a suspension."""
    _decide(folder, name, actions.unsuspend, f"{name} is back.", act=Act.UNSUSPEND)


@account.command()
@click.argument("name")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@options.data
def role(name: str, role: str, folder: Path) -> None:
    """Let NAME help to run the network: moderator, admin or owner; or no longer: member."""
    _decide(folder, name, actions.set_role, f"{name} is now {role}.", Role(role), act=Act.CHANGE_ROLE)


@account.command("reset-password")
@click.argument("name")
@options.data
@options.yes
@options.as_json
def reset_password(name: str, folder: Path, *, yes: bool, as_json: bool) -> None:
    """Give NAME a new password, and end every session, token, webhook, and the feed that the account is fed from."""
    options.confirm(f"The password of {name} opens nothing any more, nor does any session, app or webhook.", yes=yes)
    password = new_password()
    hashed = hash_password(password)

    def reset(tx: Transaction) -> str:
        found = _named(tx, name)
        if found.standing is Standing.SUSPENDED:
            click.echo(f"{found.username} is suspended: the password will serve once that is over.", err=True)
        rights.reset_password(tx, found.id, hashed)
        note(tx, NOBODY, Act.RESET_PASSWORD, target=found.id)
        return found.username

    with _opened(folder) as opened:
        username = opened.database.write_now(reset)
    if as_json:
        click.echo(msgspec.json.encode({"username": username, "password": password}))
    else:
        click.echo(f"The new password of {username}: {password}")


@account.command("drop-second-step")
@click.argument("name")
@options.data
@options.yes
def drop_second_step(name: str, folder: Path, *, yes: bool) -> None:
    """Let the password alone sign NAME in, who lost the app and the recovery codes; the journal notes it.

    Make sure that it is NAME who asks: whoever has the password is let in from now on.
    """
    options.confirm(f"The password alone will sign {name} in. Are you sure that it is {name} who asks?", yes=yes)
    _decide(
        folder, name, partial(second_factor.turn_off, by_operator=True), f"{name} signs in with the password alone."
    )


@account.command("vouch")
@click.argument("name")
@click.argument("facts", nargs=-1, type=click.Choice([kind.value for kind in BadgeKind]))
@options.data
def vouch(name: str, facts: tuple[str, ...], folder: Path) -> None:
    """Say in the network's name that NAME is official, parody, feed or automated; without FACTS, no longer anything.

    Readers see it on the profile, with the words that those who run the network vouch for it.
    """
    told = f"You vouch for {name}: {', '.join(facts)}." if facts else f"You vouch for nothing about {name}."
    _decide(folder, name, actions.vouch, told, frozenset(BadgeKind(fact) for fact in facts))


@click.command()
@options.data
@click.option("--uses", type=click.IntRange(1, 1_000_000), default=1, show_default=True, help="How many may sign up.")
@click.option("--days", type=click.IntRange(1, 3_650), help="How long it is good; without it, until it is used.")
@options.as_json
def invite(folder: Path, *, uses: int, days: int | None, as_json: bool) -> None:
    """Make an invitation, and print the address at which people sign up with it."""
    expires = None if days is None else Instant(clock.now() + days * DAY)
    with _opened(folder) as opened:
        code = opened.database.write_now(actions.create_invitation, opened.keyring, None, uses, expires)
        address = f"{opened.config.origin}/invite/{code}"
    if as_json:
        told = {
            "code": code,
            "url": address,
            "uses": uses,
            "expires": None if expires is None else clock.iso(expires),
        }
        click.echo(msgspec.json.encode(told))
    else:
        click.echo(address)
