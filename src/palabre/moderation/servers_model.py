"""Other servers that the network blocks or lets in, as stored."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.clock import Instant


class ServerSeverity(StrEnum):
    """What a block makes of the accounts of a server, mildest first. Stored by value: never rename one."""

    NOTHING = "noop"
    """They stay as they are; only what else the block says counts."""
    LIMIT = "silence"
    """Whoever does not follow them does not come across them."""
    SUSPEND = "suspend"
    """Nobody sees them, and nothing is fetched from there."""


class ServerBlock(msgspec.Struct, frozen=True, kw_only=True):
    """Another server, and those below its name, with which not everything is shared."""

    id: int
    domain: str
    """In ASCII, lower case."""
    severity: ServerSeverity
    reject_media: bool
    """No picture from there is fetched or shown."""
    reject_reports: bool
    """What is reported from there is not taken."""
    private_comment: str
    """Why, for those who run the network."""
    public_comment: str
    """Why, for everybody who is shown the block."""
    obfuscate: bool
    """The name is shown with stars in it, so that nobody is led there."""
    created: Instant

    @property
    def refuses_media(self) -> bool:
        """Whether no picture from there is fetched."""
        return self.reject_media or self.severity is ServerSeverity.SUSPEND


class ServerAllow(msgspec.Struct, frozen=True, kw_only=True):
    """A server on the list of those that are let in."""

    id: int
    domain: str
    created: Instant


class WantedServerBlock(msgspec.Struct, frozen=True, kw_only=True):
    """What a moderator says of a server."""

    domain: str
    severity: ServerSeverity = ServerSeverity.LIMIT
    reject_media: bool = False
    reject_reports: bool = False
    private_comment: str = ""
    public_comment: str = ""
    obfuscate: bool = False


class Reach(msgspec.Struct, frozen=True):
    """How far a change of a block has come among the accounts of a server."""

    server: str
    after: int = 0
    """The last account that was looked at."""
