"""What every template knows beside its own subject: who reads, in which language, from which page."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from palabre.accounts.model import Account, Preferences
from palabre.accounts.roles import Permission
from palabre.web.sifting import Seen

Theme = Literal["system", "light", "dark"]


class Flash(msgspec.Struct, frozen=True):
    """One sentence about what has just been done, shown once."""

    words: str
    wrong: bool = False
    name: str = ""
    """In ``web.flashes``."""


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """The surroundings of one page."""

    path: str
    query: str = ""
    language: str = "en"
    theme: Theme = "system"
    account: Account | None = None
    """Who is signed in."""

    preferences: Preferences = Preferences()
    permissions: Permission = Permission.NOTHING
    """What the reader may do to run the network."""
    token: str = ""
    """For the forms of this page."""

    unread: int = 0
    direct: int = 0
    """Conversations that are not read."""
    requests: int = 0
    flash: Flash | None = None
    away: str = ""
    """The host in the reader's address bar, when it does not answer and his app came here instead."""

    origin: str = ""
    """Where this page comes from."""

    partial: bool = False
    """Only the part that changed is asked for."""
    seen: Seen = Seen()
    """What is particular about the posts of the page for who reads it."""

    @property
    def address(self) -> str:
        """Path and query, to come back to."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def plain(self) -> dict[str, Any]:
        """Return all of it as plain values for a template, which looks at them many times."""
        return {
            "path": self.path,
            "address": self.address,
            "language": self.language,
            "theme": self.theme,
            "account": self.account,
            "me": self.account.id if self.account else 0,
            "expand": self.preferences.expand_warnings,
            "admin": bool(self.permissions),
            "may": {each.name: each in self.permissions for each in Permission},
            "token": self.token,
            "unread": self.unread,
            "direct": self.direct,
            "requests": self.requests,
            "flash": self.flash,
            "away": self.away,
            "origin": self.origin,
            "host": self.origin.partition("://")[2],
            "filtered": self.seen.filtered,
            "blurred": self.seen.blurred,
            "muted": self.seen.muted,
        }
