"""Follows the log of a PostgreSQL cluster and hands on what came."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import NamedTuple

import structlog

from palabre import clock
from palabre.clock import Instant
from palabre.survival.vaults.errors import CannotFollow
from palabre.survival.vaults.replication import Asking, Identity, LogGone, Replication
from palabre.survival.vaults.state import WalPosition

_PIECE = 1 << 20
_READY_SECONDS = 10.0
_CAPTURE_SECONDS = 5.0
_AGAIN_SECONDS = 0.5
_STOP_SECONDS = 2.0

_log = structlog.get_logger("vault")


class Received(NamedTuple):
    """Some bytes of the log, which follow those received before."""

    at: Instant
    """Everything that was durable by then is in it or before it."""
    first: Instant
    """When its first byte came."""
    cluster: Identity
    start: int
    data: bytes

    @property
    def end(self) -> int:
        """The place after the last byte."""
        return self.start + len(self.data)

    @property
    def weight(self) -> int:
        """Its bytes."""
        return len(self.data)


class WalFollower:
    """One connection for all vaults; ``None`` to the takers means that something was missed."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.takers: list[Callable[[Received | None], None]] = []
        self.seen = Instant(0)
        """Everything committed by then was handed on."""
        self.cluster: Identity | None = None
        """The cluster that is followed, or was last."""
        self.problem = ""
        self._wanted: list[WalPosition] = []
        self._end = 0
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._held_since = Instant(0)
        self._asking: Asking | None = None
        self._asked = threading.Lock()
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Nothing is needed: who was not connected for a while goes on where he was, if the log is still there."""

    def from_position(self, position: WalPosition) -> bool:
        """Ask, before it begins, to get what comes after ``position``; tell whether that is possible at all."""
        if position.end:
            self._wanted.append(position)
        return bool(position.end)

    def follow(self) -> None:
        """Begin, in a thread: the network does not wait."""
        self._thread = threading.Thread(target=self._run, name="palabre-wal", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._stream()
            except LogGone:
                _log.warning("a part of PostgreSQL's log was removed before the vaults had it; see wal_keep_size")
                self._miss()
            except CannotFollow as refusal:
                self._trouble(str(refusal.details["problem"]))
            except Exception as error:  # the thread must live; the operator learns of it
                _log.exception("the log of PostgreSQL cannot be followed")
                self._trouble(str(error))
            self._stopping.wait(_AGAIN_SECONDS)

    def _trouble(self, problem: str) -> None:
        if not self.problem:
            _log.error("PostgreSQL cannot be followed", problem=problem)
        self.problem = problem

    def _miss(self) -> None:
        with self._changed:
            self._end = 0
            self._wanted.clear()
            self._held.clear()
            self._held_bytes = 0
        for take in self.takers:
            take(None)

    def _stream(self) -> None:
        line = Replication(self.url)
        try:
            # Where commits wait for any standby, this must not be taken for one: then the log is not held either.
            slot = "" if line.identify().counts else line.hold()
            found = line.identify()
            known = self.cluster
            if known is not None and (known.system, known.timeline) != (found.system, found.timeline):
                _log.warning("the database is another one than before")
                self._miss()
            self.cluster = found
            if not self._end:
                self._end = self._first(found)
            line.stream(self._end, found.timeline, self._receive, self._alive, slot=slot)
        finally:
            line.close()

    def _first(self, found: Identity) -> int:
        wanted = [each.end for each in self._wanted if (each.system, each.timeline) == (found.system, found.timeline)]
        return min(wanted, default=found.end - found.end % found.segment)

    def _alive(self) -> bool:
        return not self._stopping.is_set()

    def _receive(self, start: int, data: bytes) -> None:
        with self._changed:
            if not self._held:
                self._held_since = clock.now()
            if start != self._end:
                raise CannotFollow(problem="the log has a gap")
            self._held.append(data)
            self._held_bytes += len(data)
            self._end = start + len(data)
            if self._held_bytes >= _PIECE:
                self._hand_on(self.seen)
            self._changed.notify_all()

    def _hand_on(self, at: Instant) -> None:
        if self._held and self.cluster is not None:
            data = b"".join(self._held)
            received = Received(at, self._held_since, self.cluster, self._end - len(data), data)
            self._held.clear()
            self._held_bytes = 0
            for take in self.takers:
                take(received)

    def capture(self) -> None:
        """Wait, for a moment, until everything that is durable now was handed on."""
        at = clock.now()
        end = self._durable()
        if end is None:
            return
        deadline = clock.monotonic() + _CAPTURE_SECONDS
        with self._changed:
            while self._end < end and clock.monotonic() < deadline and not self._stopping.is_set():
                self._changed.wait(0.2)
            if self._end >= end:
                self._hand_on(at)
                self.seen = max(self.seen, at)
                if self.problem:
                    _log.info("PostgreSQL is followed again")
                    self.problem = ""
            else:
                self._hand_on(self.seen)

    def _durable(self) -> int | None:
        with self._asked:
            try:
                if self._asking is None:
                    self._asking = Asking(self.url)
                return self._asking.durable_until()
            except CannotFollow as refusal:
                self._trouble(str(refusal.details["problem"]))
                if self._asking is not None:
                    self._asking.close()
                self._asking = None
                return None

    def ready(self) -> Identity:
        """Wait until the log is followed.

        Raises:
            CannotFollow: it is not.

        """
        deadline = clock.monotonic() + _READY_SECONDS
        while clock.monotonic() < deadline:
            self.check()
            if self.cluster is not None and self._end:
                return self.cluster
            if self._stopping.wait(0.05):
                break
        raise CannotFollow(problem="it does not answer")

    def check(self) -> None:
        """Refuse when the database cannot be followed now.

        Raises:
            CannotFollow: it cannot.

        """
        if self.problem:
            raise CannotFollow(problem=self.problem)

    @contextlib.contextmanager
    def pinned(self) -> Iterator[None]:
        """The log is fetched at once: nothing has to be held back."""
        yield

    def closed_fingerprint(self) -> str:
        """A cluster goes on without this server; its log tells what happened."""
        return ""

    def stop(self) -> None:
        """Hang up."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)
        with self._asked:
            if self._asking is not None:
                self._asking.close()
                self._asking = None
