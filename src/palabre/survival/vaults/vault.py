"""One vault of a network: what is put there, in which order, and what is removed.

Everything here runs in threads of the vault's own. Whatever a place does, the network does not wait for it: what
it does not take is kept up to a bound; past that the vault begins anew with a snapshot when it is back.
"""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, Generic

import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.survival.vaults.errors import CannotFollow, PlaceUnavailable, VaultTaken
from palabre.survival.vaults.objects import Objects, Stopped
from palabre.survival.vaults.places import Place
from palabre.survival.vaults.recovery import Recovery
from palabre.survival.vaults.sealed import Files
from palabre.survival.vaults.source import Source, T
from palabre.survival.vaults.state import SnapshotSpan

_CHANGES_BYTES = 4 << 20
_PENDING_BYTES = 64 << 20
"""So much is kept for a vault that does not answer."""
PUSH_MS = 2 * clock.SECOND
_MOST_OBJECTS = 20_000
"""After so many the next snapshot comes early: a restore reads all objects since the last one."""
_TRIES = 3
_LOOK_SECONDS = 3_600
"""How often what is in the vault is compared with what should be."""
_CLAIM_SECONDS = 60
"""How often a vault is asked whether another server of the network has taken it over."""
_PRUNE_SECONDS = 300

_log = structlog.get_logger("vault")


class Vault(Objects, Generic[T]):
    """Writes the log of one vault."""

    source: Source[T]

    def __init__(
        self,
        folder: Path,
        place: Place,
        recovery: Recovery,
        *,
        source: Any,
        files: Callable[[], dict[str, str]],
        term: int,
        every: int,
        epoch: int = 1,
    ) -> None:
        super().__init__(folder, place, recovery, term=term, epoch=epoch)
        self.folder = folder
        self._new_key: Recovery | None = None
        self.source = source
        self._files = files
        self._every = every
        self._pending: deque[T] = deque()
        self._pending_bytes = 0
        self._missed = False
        self._lock = threading.Lock()
        self._sent = 0
        self._next_look = self._next_claim = self._next_prune = 0.0

    # What happened

    def begin(self) -> None:
        """Decide whether what is in the vault can be continued; call before anything is captured."""
        known = self.state
        self._note_key()
        whole = known.lineage != "" and known.lineage == known.whole
        self._missed = not (whole and self.continues())

    def _note_key(self) -> None:
        known = self.state
        if known.recipient != self._recovery.recipient:
            known.recipient, known.first_of_key, known.whole = self._recovery.recipient, known.number + 1, ""

    def rekey(self, recovery: Recovery) -> None:
        """Encrypt to a new recovery key from the next turn on, beginning with a snapshot."""
        self._new_key = recovery

    def _use_new_key(self) -> None:
        if self._new_key is not None:
            self._recovery, self._new_key = self._new_key, None
            self._note_key()
            self.take(None)

    def take(self, captured: T | None) -> None:
        """Keep what was captured until the vault has it."""
        with self._lock:
            if captured is None or self._pending_bytes > _PENDING_BYTES:
                if not self._missed:
                    _log.warning("a vault has to begin anew", place=self.place.shown)
                self._forget_pending()
                self._missed = True
            elif not self._missed:
                self._pending.append(captured)
                self._pending_bytes += captured.weight

    def _forget_pending(self) -> None:
        self._pending.clear()
        self._pending_bytes = 0

    def behind(self) -> bool:
        """Whether more was missed than can be made good without a new snapshot."""
        return self._missed

    @property
    def waiting(self) -> bool:
        """Whether something is not yet in the vault."""
        return self._missed or bool(self._pending)

    def _seen(self) -> Instant:
        return self.source.seen

    def _begin_anew(self) -> None:
        self._missed = True

    def as_of(self) -> Instant:
        """Return the moment by which everything committed is in the vault."""
        return self.state.as_of if self.waiting or self.state.failing else self.source.seen

    # Doing it

    def turn(self, *, all_of_it: bool = False) -> None:
        """Do what is to be done now."""
        self._use_new_key()
        now = clock.now()
        known = self.state
        whole = not self._missed and known.lineage == known.whole
        if all_of_it:
            if whole:
                self.push()
            return
        newest = known.snapshots[-1].at if known.snapshots else 0
        if not whole or now - newest >= self._every or known.number - known.base > _MOST_OBJECTS:
            self.snapshot()
        elif self._pending and now - self._sent >= PUSH_MS:
            self.push()
        self._push_files()
        self.source.check()

    def push(self, most: int | None = None) -> None:
        """Put what is pending now into the vault."""
        left = len(self._pending) if most is None else most
        while left and not self.behind():
            taken: list[T] = []
            size = 0
            for captured in tuple(self._pending)[:left]:
                if taken and size + captured.weight > _CHANGES_BYTES:
                    break
                taken.append(captured)
                size += captured.weight
            self._push_changes(taken)
            with self._lock:
                if self.behind():
                    return
                left -= len(taken)
                for _ in taken:
                    gone = self._pending.popleft()
                    self._pending_bytes -= gone.weight
            self._note_position(taken[-1])
            at = taken[-1].at
            self.state.changed, self.state.as_of = max(self.state.changed, at), max(self.state.as_of, at)
            self.state.at = max(self.state.at, at)
            self._save()
        self._sent = clock.now()

    @abstractmethod
    def continues(self) -> bool:
        """Tell whether what is in the vault can be continued with what the source will hand on."""

    @abstractmethod
    def snapshot(self) -> None:
        """Put a copy of the whole database into the vault while the network goes on."""

    @abstractmethod
    def _push_changes(self, taken: list[T]) -> None:
        """Put what was captured into the vault, as one object."""

    @abstractmethod
    def _note_position(self, last: T) -> None:
        """Note that everything up to ``last`` is in the vault."""

    def _moment(self, at: Instant) -> Instant:
        """Return ``at``, or the moment of the object before if that is later: moments only go forward."""
        self.state.at = max(self.state.at, at)
        return self.state.at

    def _snapshot_is_whole(self, first: int, at: Instant, files: dict[str, str]) -> None:
        """Note that the snapshot that began with object ``first`` is complete, and shows the moment ``at``."""
        known = self.state
        known.snapshots.append(SnapshotSpan(first=first, last=known.number, at=at))
        known.base, known.whole = first, known.lineage
        known.files = _digest(files)
        known.as_of, known.changed = max(known.as_of, at), max(known.changed, at)
        self._save()
        _log.info("a vault has a snapshot", place=self.place.shown, objects=known.number - first + 1)
        self.prune()

    def _push_files(self) -> None:
        files = self._files()
        if self.state.base and _digest(files) != self.state.files:
            known = self.state
            self._put(Files(at=known.at, base=known.base, lineage=known.lineage, files=files))
            known.files = _digest(files)
            self._save()

    def once(self) -> None:
        """Bring the vault up to date, and return when it is.

        Raises:
            PlaceUnavailable, VaultContradicts: as they say.

        """
        self.patient = False
        self.reconcile()
        for _ in range(_TRIES):
            self.turn(all_of_it=False)
            self.source.capture()
            self.push()
            if not self._missed and self.state.lineage == self.state.whole:
                break
        self.prune()

    def run(self) -> None:
        """Keep the vault until told to stop."""
        wait = 0.5
        while True:
            last = self.stopping.is_set()
            if self.over:
                return
            try:
                self._look_after_it()
                self.turn(all_of_it=last)
                self.well()
                wait = 0.5
            except Stopped:
                return
            except VaultTaken as taken:
                self.failed(taken)
                self.give_up()
                return
            except Exception as error:  # the thread must live; the operator learns of it
                if not isinstance(error, PlaceUnavailable | CannotFollow):
                    _log.exception("a vault failed", place=self.place.shown)
                    self.take(None)
                    wait = max(wait, 30.0)
                self.failed(error)
                self._next_look, wait = 0.0, min(wait * 2, 60.0)
            if last:
                return
            self.stopping.wait(wait)

    def _look_after_it(self) -> None:
        """Do what has to be done every now and then."""
        if clock.monotonic() >= self._next_look:
            self.reconcile()
            self._next_look = clock.monotonic() + _LOOK_SECONDS
            self._next_claim = clock.monotonic() + _CLAIM_SECONDS
        if clock.monotonic() >= self._next_claim:
            self.require_claim()
            self._next_claim = clock.monotonic() + _CLAIM_SECONDS
        if clock.monotonic() >= self._next_prune:
            self.prune()
            self._next_prune = clock.monotonic() + _PRUNE_SECONDS

    def close(self, fingerprint: str) -> None:
        """Note what the closed database looks like, if all of it is in the vault."""
        self.state.closed = "" if self.waiting else fingerprint
        self._save()


def _digest(files: dict[str, str]) -> str:
    return blake2b(repr(sorted(files.items())).encode(), digest_size=16).hexdigest()
