"""Everybody outside on whom a network may lean, what it loses without each, and how each is taken away in a drill.

Whoever lets Palabre speak to somebody new adds a line to :data:`VENDORS`.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from palabre.bench.process import free_port

How = Literal["refused", "stalled"]
"""The vendor's port refuses connections; or takes them and never says a word."""


class Place(msgspec.Struct, frozen=True):
    """Where the vendor would be."""

    folder: Path
    """Of this drill."""
    port: int


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody outside."""

    name: str
    degrades: str
    """What is missing while the vendor is away, in plain words."""
    settings: Callable[[Place], Mapping[str, str]]
    """``PALABRE_*`` that name the vendor at a place."""
    probe: str
    """What ``palabre doctor`` says then: a part of a line, so that the operator learns of it."""
    ways: tuple[How, ...] = ("refused", "stalled")
    stops_writing: bool = False
    """Whether nothing may be written without it, by design: reading has to go on, and a refusal be plain."""


def _s3_vault(place: Place) -> Mapping[str, str]:
    return {"PALABRE_VAULTS": f"s3://key:secret@drill/palabre?endpoint=http://127.0.0.1:{place.port}"}


def _lease(place: Place) -> Mapping[str, str]:
    return {
        "PALABRE_LEASE": f"folder:{place.folder / 'no-such-place'}",
        "PALABRE_AUTO_FAILOVER": "true",
        "PALABRE_STANDBY_LISTEN": f"127.0.0.1:{free_port()}",
    }


VENDORS: Final = (
    Vendor(
        name="S3 vault",
        degrades="What is written meanwhile is in no vault; it goes there when the vault is back.",
        settings=_s3_vault,
        probe="the vault",
    ),
    Vendor(
        name="lease",
        degrades="With automatic failover nothing can be written: another server may lead. Reading goes on.",
        settings=_lease,
        probe="the lease cannot be renewed",
        ways=("refused",),
        stops_writing=True,
    ),
)


@contextlib.contextmanager
def gone(how: How) -> Iterator[int]:
    """Give a port at which a vendor is away in one of the ways."""
    if how == "refused":
        yield free_port()
        return
    taken: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                taken.append(listener.accept()[0])

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for each in taken:
            each.close()
