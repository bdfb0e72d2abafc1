"""What belongs to the network and stands in files beside its database: a standby has all of it, as it is now.

The public half of the recovery key, so that vaults go on after a promotion; the settings of the network, addresses of
vaults with their secrets among them; and what the operator has written of it. They are encrypted to the standby, as
the keyring is, and sent whole: they are small, and what is whole cannot be half old.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from palabre import config
from palabre.clock import Instant
from palabre.config import WrongSetting
from palabre.edge.texts import FOLDER, MOST_BYTES
from palabre.files import remove_durably, write_durably
from palabre.folder import SETTINGS
from palabre.survival.settings import merged

RECOVERY: Final = "recovery"
_TEXT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\.txt", re.ASCII)
_MOST_TEXTS = 100
PURPOSE: Final = "belongings"
"""For which they are encrypted."""

_log = structlog.get_logger("survival")


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """A file of ``texts``."""

    content: bytes
    changed: Instant


class Belongings(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    recovery: bytes
    """Empty if there is no recovery key."""
    settings: dict[str, Any]
    texts: dict[str, Writing]

    def encoded(self) -> bytes:
        """Return it as it is sent; equal if and only if it is equal."""
        return msgspec.msgpack.encode(self, order="sorted")

    @property
    def digest(self) -> bytes:
        """What two equal ones have in common."""
        return blake2b(self.encoded(), digest_size=16).digest()


def collect(folder: Path, overrides: Mapping[str, Any] | None = None) -> Belongings:
    """Read what is in the folder of a primary.

    Args:
        folder: where it is.
        overrides: settings that the server was started with, which count more than those of the folder.

    Raises:
        WrongSetting: its settings could not be used.
        OSError: something cannot be read.

    """
    settings = config.shared(folder, overrides)
    return Belongings(recovery=_read(folder / RECOVERY), settings=settings, texts=texts(folder))


def marks(folder: Path) -> tuple[object, ...]:
    """Return what is another when any of the files was changed."""
    files = [folder / RECOVERY, folder / SETTINGS]
    with suppress(OSError):
        files += sorted((folder / FOLDER).iterdir())
    found: list[object] = []
    for path in files:
        try:
            seen = path.stat()
        except OSError:
            found.append(path.name)
        else:
            found.append((path.name, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns))
    return tuple(found)


def texts(folder: Path) -> dict[str, Writing]:
    """Read what the operator has written, by the names of the files; what is long, as far as it is shown."""
    found: dict[str, Writing] = {}
    try:
        paths = sorted(path for path in (folder / FOLDER).iterdir() if is_text(path.name) and path.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return found
    for path in paths[:_MOST_TEXTS]:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES)
            changed = Instant(os.fstat(file.fileno()).st_mtime_ns // 1_000_000)
        found[path.name] = Writing(content=content, changed=changed)
    return found


def is_text(name: str) -> bool:
    """Tell whether a file of this name in ``texts`` is taken along: nothing else ever becomes part of a path."""
    return _TEXT.fullmatch(name) is not None


def decode(content: bytes) -> Belongings:
    """Read what :meth:`Belongings.encoded` wrote.

    Raises:
        msgspec.DecodeError: it is something else.

    """
    return msgspec.msgpack.decode(content, type=Belongings)


def keep(folder: Path, had: Belongings, overrides: Mapping[str, Any] | None = None) -> str:
    """Have in ``folder`` what the primary has; return what could not be taken over, and why, or nothing.

    Args:
        folder: where it is to be.
        had: what the primary has.
        overrides: settings with which this server will serve, which count more than those of the folder.

    Raises:
        OSError: it cannot be written.

    """
    changed = _keep_texts(folder, had.texts)
    if had.recovery and _read(folder / RECOVERY) != had.recovery:
        write_durably(folder / RECOVERY, had.recovery)
        changed = True
    trouble = ""
    try:
        changed |= _keep_settings(folder, had.settings, overrides)
    except (WrongSetting, ValueError) as wrong:
        trouble = f"the settings of the network do not go with those of this machine: {wrong}"
    if changed:
        _log.info("keys, settings or texts of the network were renewed")
    return trouble


def _keep_settings(folder: Path, network: dict[str, Any], overrides: Mapping[str, Any] | None) -> bool:
    own = _read(folder / SETTINGS).decode("utf-8")
    new = merged(own, network)
    if new == own:
        return False
    config.parse(new, overrides)  # who takes over serves with these
    write_durably(folder / SETTINGS, new.encode())
    return True


def _keep_texts(folder: Path, wanted: dict[str, Writing]) -> bool:
    present = texts(folder)
    wanted = {name: writing for name, writing in wanted.items() if is_text(name)}
    if present == wanted:
        return False
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    for name, writing in wanted.items():
        if present.get(name) != writing:
            write_durably(place / name, writing.content)
            at = writing.changed * 1_000_000
            os.utime(place / name, ns=(at, at))
    for name in present.keys() - wanted.keys():
        remove_durably(place / name)
    return True


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
