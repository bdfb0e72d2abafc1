"""A primary's side: everything committed goes to the standbys, and no write is answered before one of them has it."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from typing import Final, NamedTuple

import structlog

from palabre import clock
from palabre.config import Durability
from palabre.store.database import Answer
from palabre.store.sqlite import SqliteEngine
from palabre.store.wal import FRAME, NOWHERE, Piece, Place, StartedOver, Tail
from palabre.survival.choosing import Choice, Receiver
from palabre.survival.errors import Moving, NoLease, NoStandby, Replaced
from palabre.survival.state import Part
from palabre.survival.wire import Emptied, File, Frames, Gone, Message

_MOST_FRAMES = 1_024
"""About 4 MB in one message."""
_SETTLE_SECONDS = 0.5
"""So long writes wait for a standby before the log is emptied; otherwise it is emptied later."""

_log = structlog.get_logger("survival")


class _Waiting(NamedTuple):
    number: int
    since: float
    answer: Answer


class Shipper:
    """Sees the log grow, sends it on, and answers the writers."""

    def __init__(self, engine: SqliteEngine, part: Part, *, durability: Durability, timeout: float) -> None:
        self.engine = engine
        self.part = part
        self.durability: Final = durability
        self.timeout: Final = timeout
        self._loop = asyncio.get_running_loop()
        self._tail = Tail(engine.path)
        self._seen = 0
        """Changes of the log that the writing thread has handed over; ``number`` is how many were sent."""
        self._held = 0
        self.closing = False
        """Set when the server ends: its log stays, so that standbys go on from where they are."""
        self._waiting: deque[_Waiting] = deque()
        self._receivers: dict[str, Receiver] = {}
        self._choice = Choice(self._receivers, timeout=timeout)
        self.media_listeners: set[Callable[[File | Gone], None]] = set()
        """Standbys from the moment they connect: they are sent older files meanwhile."""
        self.number = 0
        self.acknowledged = 0
        self.at: Place = self._tail.at
        self.before: Place = NOWHERE
        self.in_step: str = ""
        """The standby that has every acknowledged write."""
        self.alone_since: float | None = clock.monotonic()
        self.alone = False
        """``prefer``: answers are given without a standby."""
        self.handed = bool(part.state.handed_to)
        """Whether a standby was given the network and may lead it by now."""
        self.lease_ends: Callable[[], float] | None = None
        """When the right to answer ends, on the clock since boot; ``None`` without automatic failover."""
        self.replaced: Callable[[], None] | None = None
        """Called when another server leads: nothing is left to do here."""
        self.name_in_step: Callable[[str], Awaitable[bool]] | None = None
        """Tells the third place which standby may take over; before it is known there, its word does not count."""

    # In the thread that writes

    def grown(self) -> None:
        """Hand over what happened to the log. Called while nobody can write."""
        for change in self._tail.news():
            self._seen += 1
            self._loop.call_soon_threadsafe(self._ship, self._seen, change)

    def may_start_over(self) -> bool:
        """Wait a moment until a standby has all of the log; tell whether it has."""
        self.grown()
        deadline = clock.monotonic() + _SETTLE_SECONDS
        while not self._held and not self.closing:
            if not self.waits or self.acknowledged >= self._seen:
                return True
            if clock.monotonic() > deadline or not self.in_step:
                return False
            threading.Event().wait(0.002)
        return False

    def hold(self) -> None:
        """Keep the log from starting over; blocks, so it is called in a thread."""
        with self.engine.still:
            self._held += 1

    def release(self) -> None:
        """Let the log start over again."""
        self._held -= 1

    def look(self) -> None:
        """See what another process wrote; blocks."""
        with self.engine.still:
            self.grown()

    # On the event loop

    @property
    def waits(self) -> bool:
        """Whether an answer needs a standby."""
        return self.durability != "local" and self.part.state.guarded and not self.alone

    def _ship(self, number: int, change: Piece | StartedOver) -> None:
        self.number = number
        if isinstance(change, StartedOver):
            self.before, self.at = change.after, NOWHERE
            self._to_all(Emptied(number=number, salt=change.after.salt, frames=change.after.frames))
            return
        self.at = change.end
        most = _MOST_FRAMES * FRAME
        for start in range(0, len(change.data), most):
            self._to_all(
                Frames(
                    number=number if start + most >= len(change.data) else 0,
                    salt=change.salt,
                    first=change.first + start // FRAME,
                    header=change.header,
                    data=change.data[start : start + most],
                )
            )

    def _to_all(self, message: Message) -> None:
        for receiver in tuple(self._receivers.values()):
            receiver.ship(message)

    def vouch(self, answer: Answer) -> None:
        """Answer the callers of a batch when it is where it has to be."""
        if not self.waits:
            answer(self._doubt())
        else:
            self._waiting.append(_Waiting(self.number, clock.monotonic(), answer))
            self._settle()

    def _doubt(self) -> Exception | None:
        """Say why nothing may be acknowledged at this moment."""
        if self.part.state.fenced:
            return Replaced()
        if self.handed:
            return Moving()
        if self.lease_ends and clock.since_boot() >= self.lease_ends():
            return NoLease()
        return None

    def _settle(self) -> None:
        while self._waiting and (self._waiting[0].number <= self.acknowledged or not self.waits):
            self._waiting.popleft().answer(self._doubt())

    def acknowledge(self, name: str, number: int) -> None:
        """Note what the standby in step has on its disk."""
        if name == self.in_step and number > self.acknowledged:
            self.acknowledged = number
            self._settle()

    def admit(self) -> None:
        """Refuse a write that nobody could vouch for."""
        doubt = self._doubt()
        if doubt is not None:
            raise doubt
        if self.durability == "standby" and self.waits and self._missing_for() > self.timeout:
            raise NoStandby

    def _missing_for(self) -> float:
        return 0.0 if self.alone_since is None else clock.monotonic() - self.alone_since

    def tick(self) -> None:
        """Look every now and then whether somebody has waited too long."""
        now = clock.monotonic()
        waited = now - self._waiting[0].since if self._waiting else 0.0
        self._pass_over()
        late = waited > self.timeout
        if self.durability == "prefer" and self.waits and (late or self._missing_for() > self.timeout):
            self.alone = True
            _log.error("NO STANDBY: what is written now exists on this machine only", seconds=self.timeout)
            for silent in self._silent() if late else self._choice.unheard():
                self._give_up(silent)  # when it speaks again it comes anew, and is waited for again
            self._settle()
        while self._waiting and now - self._waiting[0].since > self.timeout:
            self._waiting.popleft().answer(NoStandby())

    def _silent(self) -> list[Receiver]:
        """Return the standbys that do not say to have what writers have waited for longest."""
        number = self._waiting[0].number
        return [each for each in self._receivers.values() if each.acknowledged < number]

    def _pass_over(self) -> None:
        """Let go of a standby that keeps writers waiting while another could answer them."""
        number, since = (self._waiting[0].number, self._waiting[0].since) if self._waiting else (None, 0.0)
        silent = self._choice.silent(number, since)
        if silent is None:
            return
        if silent.name == self.in_step:
            _log.warning("the standby in step is silent; another has what writers wait for", standby=silent.name[:8])
        else:
            _log.warning("the standby that was to be in step is silent; another speaks", standby=silent.name[:8])
        self._give_up(silent)

    def _give_up(self, silent: Receiver) -> None:
        self.drop(silent)
        silent.give_up()

    # Standbys come and go

    def add(self, receiver: Receiver) -> None:
        """Send everything from now on to a standby that has everything so far."""
        self._receivers[receiver.name] = receiver
        self._choice.came(receiver.name)

    @property
    def chosen(self) -> str:
        """The standby whose word counts, or is to count next."""
        return self._choice.made()

    def confirmed(self, name: str) -> None:
        """Note that a standby knows that its word is to count."""
        self._choice.answered(name)

    def guard(self) -> None:
        """From now on answer nothing without a standby.

        A standby that believes it is in step may be promoted: so this comes before it is told. Until it has
        confirmed, writes wait for it as for one that is away.
        """
        if self.alone or not self.part.state.guarded:
            self.alone = False
            self.alone_since = clock.monotonic()
        self.part.change(guarded=True, led=True)

    def set_in_step(self, name: str, number: int) -> None:
        """Let the answers depend on a standby that is up to date, and knows that they do."""
        self.guard()
        self.in_step = name
        self.alone_since = None
        _log.info("a standby is in step", standby=name[:8])
        self.acknowledge(name, number)

    def drop(self, receiver: Receiver) -> None:
        """Forget a standby that is gone."""
        if self._receivers.get(receiver.name) is receiver:
            del self._receivers[receiver.name]
            self._choice.gone(receiver.name)
            if self.in_step == receiver.name:
                self.in_step = ""
                self.alone_since = clock.monotonic()
                _log.warning("the standby in step is gone", standby=receiver.name[:8])

    def fence(self, epoch: int) -> None:
        """Stop for good: another server leads the network since ``epoch``."""
        if epoch > self.part.state.epoch and epoch > self.part.state.fenced:
            self.part.change(fenced=epoch)
            _log.error("REPLACED: another server leads; nothing is written here any more", epoch=epoch)
            if self.replaced is not None:
                self.replaced()
        while self._waiting:
            self._waiting.popleft().answer(Replaced())

    def file_kept(self, name: str, content: bytes) -> None:
        """Send a media file; its row is written, and so shipped, afterwards. Called in any thread."""
        self._loop.call_soon_threadsafe(self._to_media, File(name=name, data=content))

    def files_gone(self, names: Collection[str]) -> None:
        """Have media files deleted. Called in any thread."""
        self._loop.call_soon_threadsafe(self._to_media, Gone(names=list(names)))

    def _to_media(self, message: File | Gone) -> None:
        for listener in tuple(self.media_listeners):
            listener(message)
