"""All vaults of a network, kept up to date: continuously by a server, or once by ``palabre backup``."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.config import Config
from palabre.edge.texts import FOLDER as TEXTS
from palabre.folder import SETTINGS
from palabre.media.storage import FolderStore
from palabre.store import Database
from palabre.store.sqlite import SqliteEngine
from palabre.survival.belongings import texts
from palabre.survival.state import Part
from palabre.survival.vaults import recovery as recoveries
from palabre.survival.vaults import state as states
from palabre.survival.vaults.errors import (
    CannotFollow,
    NoRecoveryKey,
    PlaceUnavailable,
    VaultBusy,
    VaultContradicts,
    WrongPlace,
)
from palabre.survival.vaults.follower import LogFollower
from palabre.survival.vaults.media import VaultMedia
from palabre.survival.vaults.pages import PagesVault
from palabre.survival.vaults.places import open_place, shown
from palabre.survival.vaults.source import Source
from palabre.survival.vaults.vault import Vault

_TICK_SECONDS = 1.0
_STOP_SECONDS = 2.0

_log = structlog.get_logger("vault")


class Standing(NamedTuple):
    """How a vault is."""

    place: str
    as_of: Instant
    """Everything committed by then is in it; 0 when it has no whole snapshot yet."""
    success: Instant
    failing: Instant
    """Since when it cannot be kept, or 0."""
    problem: str
    media: int
    media_waiting: int


def kept_files(folder: Path) -> dict[str, str]:
    """Read the files of a network that are neither database nor media, by their names in its folder."""
    files = {name: (folder / name).read_text("utf-8") for name in (SETTINGS, "keyring") if (folder / name).exists()}
    for name, writing in texts(folder).items():
        files[f"{TEXTS}/{name}"] = writing.content.decode("utf-8", "replace")
    return files


def _source(config: Config, database: Database) -> tuple[Source[Any], Callable[..., Vault[Any]]]:
    """Return what follows the database, and which kind of vault goes with it."""
    if isinstance(database.engine, SqliteEngine):
        return LogFollower(database.engine), PagesVault
    from palabre.survival.vaults.cluster_vault import ClusterVault  # noqa: PLC0415 - optional dependency
    from palabre.survival.vaults.wal import WalFollower  # noqa: PLC0415

    return WalFollower(config.database), ClusterVault


class Vaults:
    """The vaults of one network, each with its threads."""

    def __init__(self, folder: Path, config: Config, database: Database, media: FolderStore) -> None:
        """Open the vaults that ``config`` names; those that cannot be are left out, loudly."""
        self.follower, make = _source(config, database)
        self.kept: list[tuple[Vault[Any], VaultMedia]] = []
        self._folder = folder
        self._key_seen = recoveries.changed(folder)
        self.refused: dict[str, str] = {}
        self.busy: list[str] = []
        """Those that another process of this folder keeps."""
        self._locks: list[int] = []
        self._media = media
        self._threads: list[threading.Thread] = []
        self._stopping = threading.Event()
        epoch = Part(folder).state.epoch
        for address in config.vaults:
            try:
                place = open_place(address)
                recovery = recoveries.load(folder)
                self._locks.append(states.lock(folder, place.shown))
            except VaultBusy as busy:
                self.busy.append(place.shown)
                _log.warning("a vault is kept by another process", place=place.shown, problem=str(busy))
                continue
            except (WrongPlace, NoRecoveryKey) as refusal:
                self.refused[shown(address)] = str(refusal)
                _log.error("a vault cannot be kept", place=shown(address), problem=str(refusal))
                continue
            term = config.vault_term_days * clock.DAY
            vault = make(
                folder, place, recovery, source=self.follower,
                files=lambda: kept_files(folder), term=term, every=config.vault_snapshot_hours * clock.HOUR,
                epoch=epoch,
            )  # fmt: skip
            self.kept.append((vault, VaultMedia(folder, place, recovery, media, vault, term)))

    def attach(self) -> None:
        """Follow the database from now on; call before anything is written."""
        if not self.kept:
            return
        self.follower.start()
        for vault, _ in self.kept:
            vault.begin()
            self.follower.takers.append(vault.take)
        self.follower.follow()

    def once(self, progress: Callable[[str, int, int], None]) -> bool:
        """Bring all vaults up to date; return whether that worked for all."""
        good = True
        with contextlib.ExitStack() as held:
            if self.kept:
                self.attach()
                held.enter_context(self.follower.pinned())
            for done, (vault, media) in enumerate(self.kept):
                progress("backing up", done, len(self.kept))
                try:
                    vault.once()
                    media.sweep()
                    vault.well()
                except (PlaceUnavailable, VaultContradicts, CannotFollow) as error:
                    vault.failed(error)
                    good = False
        return good

    def start(self) -> None:
        """Let the threads run."""
        if not self.kept:
            return
        runs: list[Callable[[], None]] = [self._tick]
        for vault, media in self.kept:
            runs += [vault.run, media.run]
            self._media.listeners.append(media.take)
        self._threads = [threading.Thread(target=run, name="palabre-vault", daemon=True) for run in runs]
        for thread in self._threads:
            thread.start()

    def _tick(self) -> None:
        while not self._stopping.wait(_TICK_SECONDS):
            try:
                self.follower.capture()
                self.look_at_the_key()
            except Exception:  # tried again in a second
                _log.exception("the log could not be read")

    def rest(self) -> None:
        """Write nothing more, while the server lives on: another one keeps these vaults now."""
        self._stopping.set()
        for vault, media in self.kept:
            vault.stopping.set()
            media.wake()

    def give_up(self) -> None:
        """Write nothing more, not even what is pending: another server leads."""
        self._stopping.set()
        for vault, media in self.kept:
            vault.give_up()
            media.wake()

    def look_at_the_key(self) -> None:
        """If there is a new recovery key, let everything be encrypted to it from now on."""
        seen = recoveries.changed(self._folder)
        if seen == self._key_seen:
            return
        self._key_seen = seen
        try:
            recovery = recoveries.load(self._folder)
        except NoRecoveryKey:
            return
        for vault, media in self.kept:
            vault.rekey(recovery)
            media.rekey(recovery)

    def stop(self) -> None:
        """Put what is left into the vaults, for a moment; call when the database is closed."""
        self._stopping.set()
        if self._threads:
            self.follower.capture()
        for vault, media in self.kept:
            if media.take in self._media.listeners:
                self._media.listeners.remove(media.take)
            vault.stopping.set()
            media.wake()
        deadline = clock.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - clock.monotonic()))
        fingerprint = self.follower.closed_fingerprint() if self.kept else ""
        for vault, _ in self.kept:
            vault.close(fingerprint)
        self.follower.stop()
        for lock in self._locks:
            os.close(lock)
        self._locks.clear()
        for vault, _ in self.kept:
            vault.place.close()

    def standings(self) -> list[Standing]:
        """Tell how each vault is."""
        return [
            Standing(
                place=vault.place.shown,
                as_of=vault.as_of(),
                success=vault.state.success,
                failing=vault.state.failing,
                problem=vault.state.problem,
                media=vault.state.media,
                media_waiting=vault.state.media_waiting,
            )
            for vault, _ in self.kept
        ]
