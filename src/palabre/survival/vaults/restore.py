"""Rebuilds a network from a vault, at any moment that the vault reaches back to, and says what it could not find."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from palabre import clock
from palabre.clock import Instant
from palabre.edge.texts import FOLDER as TEXTS
from palabre.folder import SETTINGS
from palabre.media.storage import FolderStore, is_name
from palabre.survival.belongings import is_text
from palabre.survival.state import Part
from palabre.survival.vaults import claims
from palabre.survival.vaults import recovery as recoveries
from palabre.survival.vaults.errors import FolderTaken, NothingToRestore
from palabre.survival.vaults.places import Place
from palabre.survival.vaults.reading import VaultLog, contents
from palabre.survival.vaults.rebuilding import FileRebuilding, Progress, Rebuilding
from palabre.survival.vaults.recovery import Identity
from palabre.survival.vaults.sealed import (
    Archive,
    BaseBackup,
    Begin,
    Changes,
    Complete,
    Files,
    Opened,
    Piece,
    Wal,
    check_medium,
    media_name,
    unpack_medium,
)

DATABASE = "palabre.db"
CLUSTER = "postgresql"


class Restored(msgspec.Struct, kw_only=True):
    """What was restored, and what could not be."""

    at: Instant
    """Everything committed by then is there."""
    newest: Instant
    """The newest moment that the vault knows of at all."""
    pages: int
    bytes: int
    objects: int
    media: int
    media_missing: list[str]
    problems: list[str]
    sound: bool
    """Whether the database is consistent."""
    cluster: str = ""
    """The folder of the PostgreSQL cluster, if it is one."""

    @property
    def complete(self) -> bool:
        """Whether nothing was amiss."""
        return self.sound and not self.problems and not self.media_missing


def _silent(_what: str, _done: int, _of: int) -> None:
    pass


def restore(
    place: Place, identity: Identity, folder: Path, *,
    at: Instant | None = None, cluster: Path | None = None, progress: Progress = _silent,
) -> Restored:  # fmt: skip
    """Rebuild in ``folder`` the network as it was at the moment ``at``, or as late as the vault knows it.

    Args:
        place: the vault.
        identity: the recovery key.
        folder: where the network comes.
        at: the moment, or ``None`` for the newest.
        cluster: where the folder of a PostgreSQL cluster comes; without it, ``folder/postgresql``.
        progress: is told how far it is.

    Raises:
        FolderTaken: ``folder`` is not empty.
        NeedsPostgresql: the vault holds a cluster, and PostgreSQL is not installed here.
        NothingToRestore, WrongKey, PlaceUnavailable: as they say.

    """
    if folder.exists() and any(folder.iterdir()):
        raise FolderTaken(folder=folder)
    place.prepare(new=False)
    log = VaultLog(place, identity)
    newest = log.newest_before(None)
    last = newest if at is None else log.newest_before(at)
    _note_what_is_not_there(log, newest.number)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    rebuilt = _database(log, last, newest, at, progress, place, cluster or folder / CLUSTER, folder / DATABASE)
    for name, text in rebuilt.files.items():
        if name in {SETTINGS, "keyring"}:
            _write(folder / name, text)
        elif name.startswith(f"{TEXTS}/") and is_text(name.removeprefix(f"{TEXTS}/")):
            (folder / TEXTS).mkdir(mode=0o700, exist_ok=True)
            _write(folder / name, text)
    recoveries.keep(folder, identity.public)
    epoch = claims.highest(place, identity.public)
    if epoch:  # so that the old server, should it live after all, writes no more into the vaults of this one
        Part(folder).change(epoch=epoch + 1)
    examined = rebuilt.examine(at, progress)
    found, missing = _media(place, identity, folder, [name for name in examined.media if is_name(name)], progress)
    return Restored(
        at=rebuilt.at,
        newest=newest.head.at,
        pages=examined.bytes // rebuilt.page_size,
        bytes=examined.bytes,
        objects=len(log.numbers),
        media=found,
        media_missing=missing,
        problems=log.problems + examined.problems,
        sound=examined.sound,
        cluster=rebuilt.cluster,
    )


def _note_what_is_not_there(log: VaultLog, newest: int) -> None:
    after = [number for number in log.numbers if number > newest]
    if after:
        log.problems.append(f"{len(after)} newest object(s) cannot be used")
    span = newest - log.numbers[0] + 1
    missing = span - (len(log.numbers) - len(after))
    if missing:
        log.problems.append(f"{missing} of {span} objects are missing")


def _database(
    log: VaultLog, last: Opened, newest: Opened, at: Instant | None, progress: Progress, place: Place,
    cluster: Path, file: Path,
) -> Rebuilding:  # fmt: skip
    """Try the newest snapshot, and older ones when it is not whole."""
    base = last.head.snapshot if isinstance(last.head, Complete) else last.base
    while base:
        opened = log.read(base)
        if opened is not None and isinstance(opened.head, Begin):
            rebuilt: Rebuilding = FileRebuilding(file)
        elif opened is not None and isinstance(opened.head, BaseBackup):
            from palabre.survival.vaults.rebuilding_cluster import ClusterRebuilding  # noqa: PLC0415 - optional

            rebuilt = ClusterRebuilding(cluster, opened.head)
        else:
            base = _older(log, base)
            continue
        end = newest if rebuilt.looks_beyond else last
        before = _from(log, base, end.number, rebuilt, at, progress)
        rebuilt.finish()
        if before is None:
            return rebuilt
        base = before
    raise NothingToRestore(place=place.shown, problem="no snapshot in it is whole and old enough")


def _from(  # noqa: C901, PLR0912 - one pass over the log, one branch for each kind of object
    log: VaultLog, base: int, end: int, rebuilt: Rebuilding, at: Instant | None, progress: Progress
) -> int | None:
    """Rebuild from one snapshot on. Return ``None`` if that worked, else the snapshot to try instead, or 0."""
    held: list[int] = []
    lineage, before, whole, pieces = "", 0, False, 0
    for number, opened, _ in log.run(range(base, end + 1)):
        progress("restoring the database", number - base, end - base + 1)
        if opened is None:
            if whole:
                log.problems.append(f"restored only to before object {number} of {end}")
                break
            return before or _older(log, base)
        head = opened.head
        if number == base:
            if not isinstance(head, Begin | BaseBackup):
                return 0
            rebuilt.begin(head)
            lineage, before = head.lineage, head.before
        elif isinstance(head, Piece | Archive) and head.snapshot == base:
            rebuilt.piece(head, opened.body)
            pieces += 1
        elif isinstance(head, Complete) and head.snapshot == base:
            if pieces != head.pieces:
                return before or _older(log, base)
            whole = True
            for _, early, _ in log.run(held):
                if early is not None and isinstance(early.head, Changes):
                    rebuilt.changes(early.head, early.body, None)
        elif isinstance(head, Changes | Wal) and head.lineage == lineage:
            if not whole and isinstance(head, Changes):
                held.append(number)
            elif not rebuilt.changes(head, opened.body, at if whole else None):
                break
        elif isinstance(head, Files) and head.lineage == lineage and (at is None or head.at <= at):
            rebuilt.files = dict(head.files)
    progress("restoring the database", 1, 1)
    return None if whole else (before or _older(log, base))


def _older(log: VaultLog, base: int) -> int:
    """Find the snapshot before ``base`` when ``base`` itself cannot tell."""
    for number in reversed([each for each in log.numbers if each < base]):
        opened = log.read(number)
        if opened is not None:
            return opened.base
    return 0


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _media(
    place: Place, identity: Identity, folder: Path, names: list[str], progress: Progress
) -> tuple[int, list[str]]:
    (folder / "media").mkdir(exist_ok=True)
    store = FolderStore(folder / "media")
    missing: list[str] = []
    for done, (name, content) in enumerate(_with_contents(place, identity, names)):
        if content is None or not check_medium(identity.public, name, content):
            missing.append(name)
        else:
            store.put(name, unpack_medium(identity, content))
        progress("restoring media", done + 1, len(names))
    return len(names) - len(missing), missing


def _with_contents(place: Place, identity: Identity, names: list[str]) -> Iterator[tuple[str, bytes | None]]:
    sealed = (media_name(identity.public, name) for name in names)
    return zip(names, contents(place, sealed), strict=True)


def parse_moment(text: str) -> Instant | None:
    """Read ``now``, ``2026-11-22T09:30:00`` (UTC unless it says otherwise); a whole second means its end."""
    if text == "now":
        return None
    import datetime as dt  # noqa: PLC0415 - only here

    moment = dt.datetime.fromisoformat(text)
    at = clock.from_datetime(moment)
    return Instant(at + clock.SECOND - 1) if at % clock.SECOND == 0 else at
