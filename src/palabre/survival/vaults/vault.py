"""One vault of a network: what is put there, in which order, and what is removed.

Everything here runs in threads of the vault's own. Whatever a place does, the network does not wait for it: what
it does not take is kept up to a bound; past that the vault begins anew with a snapshot when it is back.
"""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.survival.vaults import state as states
from palabre.survival.vaults.errors import CannotFollow, PlaceUnavailable, VaultContradicts
from palabre.survival.vaults.places import AlreadyThere, Missing, Place
from palabre.survival.vaults.recovery import Recovery
from palabre.survival.vaults.sealed import (
    FIRST_LINK,
    Files,
    Head,
    check,
    log_name,
    log_number,
    pack,
    seal_of,
)
from palabre.survival.vaults.state import SnapshotSpan

_CHANGES_BYTES = 4 << 20
_PENDING_BYTES = 64 << 20
"""So much is kept for a vault that does not answer."""
PUSH_MS = 2 * clock.SECOND
_EARLY_MS = 20 * clock.MINUTE
"""Snapshots go so much before the term ends, so that they are gone when it does."""
_AT_ONCE = 1_000
_MOST_OBJECTS = 20_000
"""After so many the next snapshot comes early: a restore reads all objects since the last one."""
_TRIES = 3
_LOOK_SECONDS = 3_600
"""How often what is in the vault is compared with what should be."""
_PRUNE_SECONDS = 300
_NOTE_MS = 15 * clock.SECOND

_log = structlog.get_logger("vault")


class Weighed(Protocol):
    """What a source hands on."""

    @property
    def at(self) -> Instant:
        """Everything committed by then is in it or before it."""
        ...

    @property
    def weight(self) -> int:
        """Its bytes."""
        ...


T = TypeVar("T", bound=Weighed)


class Source(Protocol[T]):
    """Follows the log of a database and hands on what was committed."""

    takers: list[Callable[[T | None], None]]
    """``None`` tells them that something was missed."""
    seen: Instant
    """Everything committed by then was handed on."""

    def start(self) -> None:
        """Attach to the database; nothing is handed on yet."""
        ...

    def follow(self) -> None:
        """Hand on what is there, and from now on what comes."""
        ...

    def capture(self) -> None:
        """Hand on what was committed since the last time."""
        ...

    def pinned(self) -> contextlib.AbstractContextManager[None]:
        """Keep the log as it is, also for the server that owns it; not for long."""
        ...

    def check(self) -> None:
        """Raise ``CannotFollow`` if the database cannot be followed now."""
        ...

    def closed_fingerprint(self) -> str:
        """Return what tells later whether the database was changed while nobody followed, or nothing."""
        ...

    def stop(self) -> None:
        """Let go."""
        ...


class Stopped(Exception):  # noqa: N818 - no error
    """The vault was told to stop while it waited."""


class Vault(ABC, Generic[T]):
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
    ) -> None:
        self.folder = folder
        self.place = place
        self.state = states.load(folder, place.shown)
        self.stopping = threading.Event()
        self.patient = True
        """Whether to wait for a place that is away."""
        self._path = states.state_path(folder, place.shown)
        self._recovery = recovery
        self._new_key: Recovery | None = None
        self.source = source
        self._files = files
        self._term = term
        self._every = every
        self._pending: deque[T] = deque()
        self._pending_bytes = 0
        self._missed = False
        self._lock = threading.Lock()
        self._sent = 0
        self._saved = 0

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

    def as_of(self) -> Instant:
        """Return the moment by which everything committed is in the vault."""
        return self.state.as_of if self.waiting or self.state.failing else self.source.seen

    # Doing it

    def reconcile(self) -> None:
        """Compare what is in the vault with what should be; what is missing makes it begin anew.

        Raises:
            PlaceUnavailable: it does not answer.

        """
        known = self.state
        self.place.prepare(new=not known.number)
        there = {number for name, _ in self.place.names("log") if (number := log_number(name)) is not None}
        newest = max(there, default=0)
        if newest > known.number:
            self._adopt(newest, min(there))
        missing = known.number - known.oldest + 1 - sum(known.oldest <= number <= known.number for number in there)
        if missing > 0:
            self._complain(f"{missing} of {known.number - known.oldest + 1} objects are missing")
            self._missed = True
        stale = [log_name(number) for number in there if number < known.oldest]
        for start in range(0, len(stale), _AT_ONCE):
            self.place.delete(stale[start : start + _AT_ONCE])
        self._save()

    def _adopt(self, newest: int, oldest: int) -> None:
        """Go on after what this folder did not put there, or does not remember: a restored network does so."""
        known = self.state
        content = self.place.get(log_name(newest))
        good = check(self._recovery, newest, content, link=None) == "good"
        unnoted = check(self._recovery, known.number + 1, content, link=bytes.fromhex(known.seal)) == "good"
        if unnoted:  # the process ended before it could note what it had just put there
            pass
        elif known.number:
            self._complain("there are objects that this server does not remember")
        else:
            known.oldest = oldest
            known.snapshots = [SnapshotSpan(first=oldest, last=newest, at=clock.now())]
        known.number = newest
        known.seal = (seal_of(content) if good else FIRST_LINK).hex()
        self._missed = True

    def _complain(self, what: str) -> None:
        _log.error("a vault has lost something", place=self.place.shown, problem=what)
        self.state.complaint = what
        self.state.complained = clock.now()

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

    def prune(self) -> None:
        """Remove what is older than the term; the newest whole snapshot always stays."""
        known = self.state
        limit = clock.now() - self._term + min(_EARLY_MS, self._term // 4)
        if known.snapshots:  # nothing can be restored from what was there before: a snapshot that was never finished
            self._remove_before(known.snapshots[0].first)
        while len(known.snapshots) > 1 and known.snapshots[0].at <= limit:
            del known.snapshots[0]
            self._remove_before(known.snapshots[0].first)

    def _remove_before(self, oldest: int) -> None:
        first = self.state.oldest
        if first >= oldest:
            return
        self.state.oldest = oldest
        self._save()  # what is left when the process ends now is removed by the next look
        for start in range(first, oldest, _AT_ONCE):
            self.place.delete([log_name(number) for number in range(start, min(oldest, start + _AT_ONCE))])

    def _put(self, head: Head, body: bytes = b"") -> None:
        """Put the next object of the log; wait as long as the place is away."""
        known = self.state
        number = known.number + 1
        seal, content = pack(self._recovery, number, bytes.fromhex(known.seal), head, body)
        wait = 1.0
        while True:
            try:
                self.place.put(log_name(number), content)
                break
            except AlreadyThere:
                if self._is_there(number, content):
                    break
                raise VaultContradicts(place=self.place.shown) from None
            except PlaceUnavailable as error:
                self.failed(error)
                if not self.patient:
                    raise
                if self.stopping.wait(wait):
                    raise Stopped from None
                wait = min(wait * 2, 30.0)
        known.number = number
        known.seal = seal.hex()
        known.written += len(content)
        self.well()
        self._save()

    def well(self) -> None:
        """Note that the vault does what it should."""
        known = self.state
        known.success = clock.now()
        if not self.waiting:
            known.as_of = max(known.as_of, self.source.seen)
        if known.failing:
            _log.info("a vault answers again", place=self.place.shown)
            known.failing, known.problem = Instant(0), ""
            self._save()
        elif known.success - self._saved >= _NOTE_MS:
            self._save()

    def _is_there(self, number: int, content: bytes) -> bool:
        try:
            return self.place.get(log_name(number)) == content
        except (Missing, PlaceUnavailable):
            return False

    def failed(self, error: Exception) -> None:
        """Say loudly that the vault does not do what it should."""
        if not self.state.failing:
            self.state.failing = clock.now()
            _log.error("a vault cannot be kept", place=self.place.shown, problem=str(error))
        self.state.problem = str(error)
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
        next_look, next_prune, wait = 0.0, 0.0, 0.5
        while True:
            last = self.stopping.is_set()
            try:
                if clock.monotonic() >= next_look:
                    self.reconcile()
                    next_look = clock.monotonic() + _LOOK_SECONDS
                if clock.monotonic() >= next_prune:
                    self.prune()
                    next_prune = clock.monotonic() + _PRUNE_SECONDS
                self.turn(all_of_it=last)
                self.well()
                wait = 0.5
            except Stopped:
                return
            except Exception as error:  # the thread must live; the operator learns of it
                if not isinstance(error, PlaceUnavailable | CannotFollow):
                    _log.exception("a vault failed", place=self.place.shown)
                    self.take(None)
                    wait = max(wait, 30.0)
                self.failed(error)
                next_look, wait = 0.0, min(wait * 2, 60.0)
            if last:
                return
            self.stopping.wait(wait)

    def close(self, fingerprint: str) -> None:
        """Note what the closed database looks like, if all of it is in the vault."""
        self.state.closed = "" if self.waiting else fingerprint
        self._save()

    def _save(self) -> None:
        self._saved = clock.now()
        states.save(self._path, self.state)


def _digest(files: dict[str, str]) -> str:
    return blake2b(repr(sorted(files.items())).encode(), digest_size=16).hexdigest()
