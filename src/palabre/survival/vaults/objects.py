"""The objects of one vault's log: put there one after the other, compared with what should be there, and removed.

A vault is trusted with nothing, so this server remembers the newest number and its seal, and what begins where.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from pathlib import Path

import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.survival.vaults import state as states
from palabre.survival.vaults.claims import claim, require
from palabre.survival.vaults.errors import PlaceUnavailable, VaultContradicts
from palabre.survival.vaults.places import AlreadyThere, Missing, Place
from palabre.survival.vaults.recovery import Recovery
from palabre.survival.vaults.sealed import FIRST_LINK, Head, check, log_name, log_number, pack, seal_of
from palabre.survival.vaults.state import SnapshotSpan

_EARLY_MS = 20 * clock.MINUTE
"""Snapshots go so much before the term ends, so that they are gone when it does."""
_AT_ONCE = 1_000
_NOTE_MS = 15 * clock.SECOND

_log = structlog.get_logger("vault")


class Stopped(Exception):  # noqa: N818 - no error
    """The vault was told to stop while it waited."""


class Objects(ABC):
    """What one server has put into one vault, and what it knows of it."""

    def __init__(self, folder: Path, place: Place, recovery: Recovery, *, term: int, epoch: int) -> None:
        self.place = place
        self.state = states.load(folder, place.shown)
        if self.state.epoch not in (0, epoch):  # others have led, and written there, since
            self.state = states.VaultState(place=place.shown)
        self.over = False
        """Set when another server leads: nothing is written here any more, not even what is pending."""
        self.stopping = threading.Event()
        self.patient = True
        """Whether to wait for a place that is away."""
        self._epoch = epoch
        self._path = states.state_path(folder, place.shown)
        self._recovery = recovery
        self._term = term
        self._saved = 0

    # What the one who fills it knows

    @property
    @abstractmethod
    def waiting(self) -> bool:
        """Whether something is not yet in the vault."""

    @abstractmethod
    def _seen(self) -> Instant:
        """Return the moment by which everything committed was handed on."""

    @abstractmethod
    def _begin_anew(self) -> None:
        """Note that what is in the vault cannot be continued."""

    # Putting

    def _put(self, head: Head, body: bytes = b"") -> None:
        """Put the next object of the log; wait as long as the place is away."""
        known = self.state
        number = known.number + 1
        seal, content = pack(self._recovery, number, bytes.fromhex(known.seal), head, body)
        wait = 1.0
        while True:
            if self.over:
                raise Stopped
            try:
                self.place.put(log_name(number), content)
                break
            except AlreadyThere:
                if self._is_there(number, content):
                    break
                require(self.place, self._epoch)
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
            known.as_of = max(known.as_of, self._seen())
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

    def give_up(self) -> None:
        """Write nothing more: another server leads."""
        self.over = True
        self.stopping.set()

    # Comparing

    def reconcile(self) -> None:
        """Compare what is in the vault with what should be; what is missing makes it begin anew.

        Raises:
            PlaceUnavailable: it does not answer.
            VaultTaken: it belongs to another server of the network now.

        """
        known = self.state
        self.place.prepare(new=not known.number)
        claim(self.place, self._recovery, self._epoch)
        known.epoch = self._epoch
        there = {number for name, _ in self.place.names("log") if (number := log_number(name)) is not None}
        newest = max(there, default=0)
        if newest > known.number:
            self._adopt(newest, min(there))
        missing = known.number - known.oldest + 1 - sum(known.oldest <= number <= known.number for number in there)
        if missing > 0:
            self._complain(f"{missing} of {known.number - known.oldest + 1} objects are missing")
            self._begin_anew()
        stale = [log_name(number) for number in there if number < known.oldest]
        for start in range(0, len(stale), _AT_ONCE):
            self.place.delete(stale[start : start + _AT_ONCE])
        self._save()

    def require_claim(self) -> None:
        """Raise ``VaultTaken`` if another server of the network keeps the vault now."""
        require(self.place, self._epoch)

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
        self._begin_anew()

    def _complain(self, what: str) -> None:
        _log.error("a vault has lost something", place=self.place.shown, problem=what)
        self.state.complaint = what
        self.state.complained = clock.now()

    # Removing

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
        self.require_claim()
        self.state.oldest = oldest
        self._save()  # what is left when the process ends now is removed by the next look
        for start in range(first, oldest, _AT_ONCE):
            self.place.delete([log_name(number) for number in range(start, min(oldest, start + _AT_ONCE))])

    def _save(self) -> None:
        self._saved = clock.now()
        states.save(self._path, self.state)
