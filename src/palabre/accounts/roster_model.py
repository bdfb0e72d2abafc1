"""Which accounts those who run the network look for."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.accounts.model import Account, Login, Role


class Status(StrEnum):
    """How an account stands, in the words of the client API."""

    ACTIVE = "active"
    PENDING = "pending"
    DISABLED = "disabled"
    LIMITED = "silenced"
    SUSPENDED = "suspended"
    SENSITIZED = "sensitized"


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; all of it must hold."""

    local: bool | None = None
    """``None``: wherever it lives."""
    status: Status | None = None
    roles: tuple[Role, ...] = tuple(Role)
    username: str = ""
    """How the user name begins."""
    display_name: str = ""
    """How the display name begins."""
    domain: str = ""
    email: str = ""
    """The whole address: one that somebody has vouched for, since others have no key to be found by."""


class Member(msgspec.Struct, frozen=True):
    """An account, and how it signs in if it lives here."""

    account: Account
    login: Login | None
