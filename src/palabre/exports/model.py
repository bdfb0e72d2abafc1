"""Archives on their way and ready, and what one must know of its network. Frozen values, no input or output."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.clock import Instant
from palabre.ids import AccountId, IdCodec, Kind
from palabre.uris import Uris

FORMAT = "palabre-archive"
"""What ``palabre.json`` says it is."""
VERSION = 1
"""Of ``palabre.json``. Fields are only added under the same number; readers ignore those that they do not know."""
MANIFEST = "palabre.json"
"""What the archive is, the profile, the preferences, and which files hold the rest."""


def member_of(name: str) -> str:
    """Return where the array ``name`` is in an archive: a file of its own: a damaged one costs only itself."""
    return f"palabre/{name}.json"


class State(StrEnum):
    """Where an archive stands. Stored by value: never rename one."""

    WAITING = "waiting"
    WRITING = "writing"
    READY = "ready"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing more will be written."""
        return self in {State.READY, State.FAILED}


class ExportRun(msgspec.Struct, frozen=True, kw_only=True):
    """One archive of one member."""

    id: int
    account: AccountId
    state: State
    total: int | None = None
    """Steps to take, about; unknown until it was begun."""
    done: int = 0
    size: int | None = None
    """Bytes, once it is ready."""
    error: str | None = None
    """Code of the refusal of one that failed."""
    created: Instant
    finished: Instant | None = None
    expires: Instant | None = None
    """When a finished one is removed."""

    @property
    def share(self) -> float:
        """How much is done, from 0 to 1."""
        if self.state is State.READY:
            return 1.0
        return min(1.0, self.done / self.total) if self.total else 0.0


class Here(msgspec.Struct, frozen=True):
    """How this network calls what is in an archive."""

    origin: str
    domain: str
    ids: IdCodec

    @property
    def uris(self) -> Uris:
        """Addresses here."""
        return Uris(self.origin, self.ids)

    def handle(self, username: str, domain: str) -> str:
        """Name an account so that it means the same elsewhere: always with its domain."""
        return f"{username}@{domain or self.domain}"

    def id(self, kind: Kind, number: int) -> str:
        """Write a number as nobody can guess it."""
        return self.ids.encode(kind, number)
