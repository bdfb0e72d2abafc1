"""An account as those who run the network see it."""

from __future__ import annotations

import msgspec
from cryptography.exceptions import InvalidTag

from palabre.accounts import model
from palabre.accounts.roster_model import Member
from palabre.api.mastodon.entities.account import Account, account
from palabre.api.mastodon.entities.role import Role, role
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import Instant, iso
from palabre.ids import AccountId, Kind
from palabre.keyring import Keyring


class AdminIp(msgspec.Struct, frozen=True):
    """An address that somebody came from. None is kept here, so there is never one."""

    ip: str
    used_at: str


class AdminAccount(msgspec.Struct, frozen=True, kw_only=True):
    """How an account stands, and what it signs in with."""

    id: str
    username: str
    domain: str | None
    created_at: str
    email: str
    """Empty: none was given, it cannot be decrypted, the account lives elsewhere, or it is not for whoever asks."""
    ip: None = None
    """Addresses are kept nowhere."""
    ips: tuple[AdminIp, ...] = ()
    locale: str
    """That of the network where the member has chosen none, or lives elsewhere."""
    invite_request: str | None
    role: Role
    confirmed: bool
    approved: bool
    disabled: bool
    sensitized: bool
    silenced: bool
    suspended: bool
    account: Account


_GONE = model.Account(
    id=AccountId(0),
    username="deleted-account",
    domain="",
    display_name="",
    bio="",
    fields=(),
    avatar=None,
    header=None,
    locked=False,
    bot=False,
    discoverable=False,
    indexable=False,
    standing=model.Standing.SUSPENDED,
    created=Instant(0),
    posts_count=0,
    followers_count=0,
    following_count=0,
    last_post=None,
)
"""Stands for an account that is deleted: apps expect one. No account can have this name, which has a hyphen."""


def admin_account(names: Names, keyring: Keyring | None, shown: Member | None) -> AdminAccount:
    """Render an account for those who run the network; ``None``: one that is deleted. No keyring: no address."""
    of, login = (shown.account, shown.login) if shown is not None else (_GONE, None)
    return AdminAccount(
        id=names.ids.encode(Kind.ACCOUNT, of.id),
        username=of.username,
        domain=of.domain or None,
        created_at=iso(of.created),
        email=_email(keyring, login),
        locale=(login.preferences.language if login else None) or names.language,
        invite_request=login.signup_reason if login else None,
        role=role(of.role),
        confirmed=login is not None,
        approved=of.standing is not model.Standing.PENDING,
        disabled=login is not None and login.disabled,
        sensitized=of.sensitized,
        silenced=of.limited,
        suspended=of.standing is model.Standing.SUSPENDED,
        account=account(names, of),
    )


def _email(keyring: Keyring | None, login: model.Login | None) -> str:
    if keyring is None or login is None or login.email_sealed is None:
        return ""
    try:
        return keyring.unseal("email", login.email_sealed)
    except InvalidTag:
        return ""  # it was sealed with a key that is gone
