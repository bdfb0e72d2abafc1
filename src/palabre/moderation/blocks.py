"""Whom the network keeps out: e-mail providers and addresses at sign-up, networks at sign-up or altogether."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import msgspec

from palabre import journal
from palabre.accounts import actions as accounts
from palabre.accounts.actions import SignUp
from palabre.accounts.model import Account
from palabre.clock import Instant
from palabre.config import Registrations
from palabre.ids import AccountId, new_id
from palabre.keyring import Keyring
from palabre.moderation import blocks_rules as rules
from palabre.moderation import errors
from palabre.moderation.acts import note
from palabre.moderation.blocks_model import EmailBlock, EmailDomainBlock, IpBlock, IpSeverity
from palabre.moderation.events import IpBlocksChanged
from palabre.moderation.ledger import Ledger
from palabre.moderation.model import Act
from palabre.moderation.tables import email_block, email_domain_block, ip_block
from palabre.store import Snapshot, Transaction

_PURPOSE = "blocked e-mail"

email_domains: Final = Ledger(email_domain_block, EmailDomainBlock, name="domain")
"""The blocked providers."""
emails: Final = Ledger(email_block, EmailBlock, name="email_key")
"""The blocked addresses."""
ips: Final = Ledger(ip_block, IpBlock, name="network")
"""The blocked networks, those too that have run out."""


def sign_up(
    tx: Transaction,
    keyring: Keyring,
    wanted: SignUp,
    *,
    policy: Registrations,
    severity: IpSeverity | None = None,
) -> Account:
    """Make an account as ``accounts.sign_up`` does, for whom the network does not keep out.

    ``severity``: of the network that the newcomer comes from. Who must be approved for it is let in by an invitation,
    for which a member answers.

    Raises:
        SignUpRefused: nobody signs up from that network.
        EmailRefused: nobody signs up with this address or at its provider.

    """
    if severity in {IpSeverity.NO_SIGN_UP, IpSeverity.NO_ACCESS}:
        raise errors.SignUpRefused
    if wanted.email and is_email_refused(tx, keyring, wanted.email):
        raise errors.EmailRefused(field="email")
    if severity is IpSeverity.APPROVAL and policy == "open":
        policy = "approval"
    return accounts.sign_up(tx, keyring, wanted, policy=policy)


def is_email_refused(db: Snapshot, keyring: Keyring, email: str) -> bool:
    """Tell whether nobody signs up with this address. Two statements."""
    domains = rules.domains_of(email)
    if domains and email_domains.among(db, domains):
        return True
    return block_of_email(db, keyring, email) is not None


# Providers


def block_email_domain(tx: Transaction, admin: AccountId, domain: str) -> EmailDomainBlock:
    """Let nobody sign up with an address at ``domain``, or below it.

    Raises:
        DomainInvalid: it cannot be one.
        AlreadyBlocked: it is blocked, or one above it.

    """
    made = EmailDomainBlock(new_id(tx.now), rules.check_domain(domain), tx.now)
    if email_domains.among(tx, rules.domains_of(made.domain)):
        raise errors.AlreadyBlocked(field="domain")
    note(tx, admin, Act.BLOCK_EMAIL_DOMAIN, subject=made.domain)
    return email_domains.add(tx, made)


def unblock_email_domain(tx: Transaction, admin: AccountId, number: int) -> None:
    """Take that back.

    Raises:
        BlockNotFound: there is none.

    """
    note(tx, admin, Act.UNBLOCK_EMAIL_DOMAIN, subject=email_domains.remove(tx, number).domain)


# Addresses


def _key(keyring: Keyring, digest: str) -> bytes:
    return keyring.lasting_look_up(_PURPOSE, digest)


def _digest(email: str) -> str:
    return sha256(rules.canonical_email(email).encode()).hexdigest()


def block_of_email(db: Snapshot, keyring: Keyring, email: str) -> EmailBlock | None:
    """Return the block that this address falls under. One statement."""
    return emails.named(db, _key(keyring, _digest(email)))


def block_email(
    tx: Transaction, keyring: Keyring, admin: AccountId, *, email: str = "", digest: str = ""
) -> EmailBlock:
    """Let nobody sign up with an address, given itself or as the SHA-256 of its canonical form.

    Raises:
        EmailHashInvalid: neither was given, or not in this form.
        AlreadyBlocked: it is blocked.

    """
    if email.strip() and "@" not in email and not digest:
        raise errors.EmailHashInvalid(field="email")
    key = _key(keyring, _digest(email) if "@" in email else rules.check_hash(digest))
    if emails.named(tx, key) is not None:
        raise errors.AlreadyBlocked(field="email")
    note(tx, admin, Act.BLOCK_EMAIL, subject=key.hex())
    return emails.add(tx, EmailBlock(new_id(tx.now), key, tx.now))


def unblock_email(tx: Transaction, admin: AccountId, number: int) -> None:
    """Take that back.

    Raises:
        BlockNotFound: there is none.

    """
    note(tx, admin, Act.UNBLOCK_EMAIL, subject=emails.remove(tx, number).email_key.hex())


# Networks


class WantedIpBlock(msgspec.Struct, frozen=True, kw_only=True):
    """What a moderator says of a network."""

    network: str
    severity: IpSeverity
    comment: str = ""
    expires: Instant | None = None


def _checked(tx: Transaction, wanted: WantedIpBlock, number: int, created: Instant) -> IpBlock:
    made = IpBlock(
        id=number,
        network=rules.check_network(wanted.network),
        severity=wanted.severity,
        comment=rules.check_comment(wanted.comment),
        created=created,
        expires=wanted.expires,
    )
    there = ips.named(tx, made.network)
    if there is not None and there.id != number:
        raise errors.AlreadyBlocked(field="ip")
    return made


def block_ip(tx: Transaction, admin: AccountId, wanted: WantedIpBlock) -> IpBlock:
    """Keep those from a network out, as far as its severity says.

    Raises:
        NetworkInvalid: it is no network, or everything.
        AlreadyBlocked: there is a block of exactly this network.
        BlockCommentTooLong: the comment is.

    """
    made = ips.add(tx, _checked(tx, wanted, new_id(tx.now), tx.now))
    _changed(tx, admin, Act.BLOCK_IP, made)
    return made


def change_ip_block(tx: Transaction, admin: AccountId, number: int, wanted: WantedIpBlock) -> IpBlock:
    """Say it otherwise; refuses what :func:`block_ip` does.

    Raises:
        BlockNotFound: there is none.

    """
    made = ips.change(tx, _checked(tx, wanted, number, ips.one(tx, number).created))
    _changed(tx, admin, Act.CHANGE_IP_BLOCK, made)
    return made


def unblock_ip(tx: Transaction, admin: AccountId, number: int) -> None:
    """Take that back.

    Raises:
        BlockNotFound: there is none.

    """
    _changed(tx, admin, Act.UNBLOCK_IP, ips.remove(tx, number))


def _changed(tx: Transaction, admin: AccountId, act: Act, block: IpBlock) -> None:
    note(tx, admin, act, subject=f"{block.network} {block.severity.value}", reason=block.comment)
    journal.record(tx, IpBlocksChanged(block=block.id))
