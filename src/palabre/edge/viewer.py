"""Who is asking, and what the token in his hand allows."""

from __future__ import annotations

from collections.abc import Coroutine
from functools import lru_cache
from typing import Any

import msgspec

from palabre.accounts.model import Preferences, Role
from palabre.accounts.roles import PERMISSIONS, Permission
from palabre.errors import Forbidden, Invalid, Unauthenticated
from palabre.ids import AccountId

_LEGACY_FOLLOW = frozenset({"follows", "blocks", "mutes"})


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """A member, as known from an access token or a session."""

    account: AccountId
    scopes: frozenset[str] = frozenset()
    app: int | None = None
    """The application that holds the token; ``None`` for our own pages."""

    session: int | None = None
    """The row of the session or token, so that it can be ended."""

    locale: str = "en"
    role: Role = Role.MEMBER
    preferences: Preferences | None = None
    """What the member's posts begin with where an app says nothing."""

    @property
    def staff(self) -> bool:
        """Whether he helps to run the network."""
        return self.role is not Role.MEMBER

    def may(self, permission: Permission) -> bool:
        """Tell whether his role lets him do something."""
        return permission in PERMISSIONS[self.role]


class AppToken(msgspec.Struct, frozen=True, kw_only=True):
    """An application that acts for nobody: a token from the client credentials grant."""

    app: int
    scopes: frozenset[str] = frozenset()


Caller = Viewer | AppToken
"""Whoever a token may stand for."""

Identified = Caller | Coroutine[Any, Any, Caller | None] | None
"""Known from memory, or to be awaited because the database must be asked."""


async def settled(found: Identified) -> Caller | None:
    """Return the caller, waited for if need be."""
    return found if found is None or isinstance(found, Viewer | AppToken) else await found


class BadToken(Unauthenticated):
    """No token, an unknown one or a revoked one: the three look the same."""

    code = "token.invalid"
    message = "The access token is invalid"


class OutsideScopes(Forbidden):
    """The token is good, and was given for other things."""

    code = "token.scope"
    message = "This action is outside the authorized scopes"


class MemberNeeded(Invalid):
    """An application's own token was used where a member must act."""

    code = "token.member_needed"
    message = "This method requires an authenticated user"


@lru_cache(maxsize=4096)
def allows(granted: frozenset[str], needed: str) -> bool:
    """Tell whether the scopes ``granted`` cover ``needed``.

    A scope covers its parts: ``write`` covers ``write:statuses``, ``admin:read`` covers
    ``admin:read:accounts``. The old scope ``follow`` covers reading and writing follows, blocks and mutes.
    """
    if needed in granted:
        return True
    wider, _, part = needed.rpartition(":")
    if not wider:
        return False
    if part in _LEGACY_FOLLOW and wider in {"read", "write"} and "follow" in granted:
        return True
    return allows(granted, wider)


@lru_cache(maxsize=4096)
def allows_any(granted: frozenset[str], needed: tuple[str, ...]) -> bool:
    """Tell whether ``granted`` covers one of ``needed``; nothing needed is always covered."""
    return not needed or any(allows(granted, scope) for scope in needed)
