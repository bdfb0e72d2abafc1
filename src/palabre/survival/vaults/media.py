"""The media of a network in one vault: each once, and gone from it a term after it is gone from the network."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from pathlib import Path
from typing import Any

import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.media.errors import MediaNotFound
from palabre.media.storage import MediaStore
from palabre.survival.vaults import state as states
from palabre.survival.vaults.errors import PlaceUnavailable, VaultTaken
from palabre.survival.vaults.places import AlreadyThere, Place
from palabre.survival.vaults.recovery import Recovery
from palabre.survival.vaults.sealed import media_name, pack_medium
from palabre.survival.vaults.vault import Vault

_SWEEP_SECONDS = 3_600
_AT_ONCE = 1_000

_log = structlog.get_logger("vault")


class VaultMedia:
    """Copies media into one vault, in a thread of its own: a slow picture keeps no change waiting."""

    def __init__(
        self, folder: Path, place: Place, recovery: Recovery, store: MediaStore, vault: Vault[Any], term: int
    ) -> None:
        self._gone_path = states.gone_path(folder, place.shown)
        self._gone = states.load_gone(folder, place.shown)
        self._place = place
        self._recovery = recovery
        self._store = store
        self._vault = vault
        self._term = term
        self._new: deque[str] = deque()
        self._there: set[str] = set()
        self._wake = threading.Event()
        self._sweep_now = threading.Event()

    def take(self, name: str) -> None:
        """Copy a new medium soon."""
        self._new.append(name)
        self._wake.set()

    def rekey(self, recovery: Recovery) -> None:
        """Copy all media anew, encrypted to a new recovery key; the old copies go when the term has passed."""
        self._recovery = recovery
        self._sweep_now.set()
        self._wake.set()

    def wake(self) -> None:
        """Look at once whether to stop."""
        self._wake.set()

    def sweep(self) -> None:
        """Copy all media that the vault lacks; remove those that are gone for longer than the term.

        Raises:
            PlaceUnavailable: the vault does not answer.

        """
        self._there = {name for name, _ in self._place.names("media")}
        wanted: set[str] = set()
        for name in self._store.names(before=Instant(clock.now() + clock.DAY)):
            sealed = media_name(self._recovery, name)
            wanted.add(sealed)
            if sealed not in self._there:
                self._new.append(name)
        self._remove_gone(wanted)
        self.copy_new()

    def _remove_gone(self, wanted: set[str]) -> None:
        now = clock.now()
        known = self._gone.since
        early = min(2 * _SWEEP_SECONDS * clock.SECOND, self._term // 4)  # for what a sweep sees late
        gone = {name: known.get(name, now) for name in self._there - wanted}
        over = [name for name, since in gone.items() if now - since >= self._term - early]
        if over:
            self._vault.require_claim()
        for start in range(0, len(over), _AT_ONCE):
            self._place.delete(over[start : start + _AT_ONCE])
        # Forgotten when the vault does not show them any more: from one that keeps them they are removed again.
        self._there.difference_update(over)
        if gone != known:
            self._gone.since = gone
            states.save(self._gone_path, self._gone)

    def copy_new(self) -> None:
        """Copy what is waiting."""
        state = self._vault.state
        while self._new:
            state.media, state.media_waiting = len(self._there), len(self._new)
            name = self._new[0]
            sealed = media_name(self._recovery, name)
            if sealed not in self._there:
                try:
                    with self._store.open(name) as file:
                        content = file.read()
                except MediaNotFound:  # deleted in the meantime
                    self._new.popleft()
                    continue
                with contextlib.suppress(AlreadyThere):
                    self._place.put(sealed, pack_medium(self._recovery, name, content))
                self._there.add(sealed)
            self._new.popleft()
            if self._vault.stopping.is_set():
                break
        state.media, state.media_waiting = len(self._there), len(self._new)

    def run(self) -> None:
        """Keep the media until told to stop."""
        next_sweep, wait = 0.0, 1.0
        while not self._vault.stopping.is_set():
            self._wake.clear()
            try:
                if clock.monotonic() >= next_sweep or self._sweep_now.is_set():
                    self._sweep_now.clear()
                    self.sweep()
                    next_sweep = clock.monotonic() + _SWEEP_SECONDS
                self.copy_new()
                wait = 1.0
            except Exception as error:  # the thread must live; the operator learns of it
                if isinstance(error, VaultTaken):
                    self._vault.give_up()
                if not isinstance(error, PlaceUnavailable | VaultTaken):
                    _log.exception("media of a vault failed")
                self._vault.failed(error)
                wait = min(wait * 2, 60.0)
                self._vault.stopping.wait(wait)
                continue
            self._wake.wait(30.0)
