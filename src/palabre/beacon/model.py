"""The beacon, and what an app remembers of a network. Version 1; documented in docs/reference/beacon.md."""

from __future__ import annotations

import msgspec

VERSION = 1


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One signing key of a network, and the promise of the one that follows it."""

    key: str
    """The public key (Ed25519, 32 bytes), base64url without padding."""
    next: str
    """SHA-256 of the public key that comes next. It never changes for a key."""
    signature: str
    """By ``key``, over :func:`palabre.beacon.rules.link_bytes`."""


class Beacon(msgspec.Struct, frozen=True, kw_only=True):
    """A signed statement of where a network is. Fields are only ever added."""

    version: int = VERSION
    network: str
    """The network's first public key, which is its name for ever."""
    epoch: int
    """Which server leads: higher after each promotion."""
    sequence: int
    """Which statement of that epoch."""
    issued: int
    """Seconds since 1970-01-01T00:00:00Z."""
    expires: int
    """Seconds since 1970; from then on it is not accepted any more."""
    origins: tuple[str, ...]
    """Where the network answers, the best first: ``https://example.org``."""
    onion: str = ""
    """Its onion service, or nothing."""
    reserve: tuple[str, ...] = ()
    """Domains that are its own and not used yet."""
    former: tuple[str, ...] = ()
    """Origins that were named once and are lost, the newest first: whoever answers there is a stranger."""
    keys: tuple[Link, ...]
    """Every signing key there has been, oldest first. The last one signs."""
    signature: str
    """By the last key, over :func:`palabre.beacon.rules.signed_bytes`."""


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """What an app remembers of a network that it met once."""

    network: str
    key: str
    next: str
    epoch: int
    sequence: int


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """What the operator says of where the network is; empty fields leave it open."""

    origins: tuple[str, ...] = ()
    onion: str = ""
    reserve: tuple[str, ...] = ()
