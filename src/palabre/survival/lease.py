"""Who leads, agreed on in a third place: an object that is changed only by whoever knows its last version.

The primary renews the lease, and answers nothing after it might have ended. A standby that has seen it unchanged for
its whole length takes it, if the lease itself names that standby as the one in step. So there are never two that
answer, however the three places are cut off from each other, as long as their clocks run about equally fast: only
differences on one machine's own clock count, never the time of day.
"""

from __future__ import annotations

from typing import Final, Protocol

import msgspec

from palabre import clock
from palabre.survival.errors import Incomplete
from palabre.survival.state import Part

SHARE: Final = 0.75
"""The part of its length that the holder believes in; the rest is for clocks that run unequally."""
RENEWALS: Final = 4
"""How often the holder renews within the length."""
_TRIES: Final = 3
"""So often an operator's wish meets a renewal before it is put off."""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the third place."""

    holder: str
    """The certificate's fingerprint of the server that leads."""
    epoch: int
    in_step: str
    """The standby that may take over: it has every acknowledged write. Empty: nobody may."""
    renewal: int
    """Higher at each change, so that no two versions are equal."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A lease with the version under which the third place knows it."""

    lease: Lease
    version: str


class LeasePlace(Protocol):
    """The third place. Everything blocks, and raises ``OSError`` when the place cannot be reached."""

    shown: str
    """Its address, without secrets."""

    def prove(self) -> None:
        """Raise ``LeaseUnfit`` if two changes of the same version could both succeed; cheap once it was proved."""
        ...

    def read(self) -> Held | None:
        """Return what is there."""
        ...

    def put(self, lease: Lease, *, instead_of: str | None) -> str | None:
        """Replace that version (``None``: nothing); return the new one, or ``None`` if something else is there."""
        ...


class Keeper:
    """The holder's side."""

    def __init__(self, place: LeasePlace, name: str, epoch: int, *, seconds: float) -> None:
        self._place = place
        self._name = name
        self._epoch = epoch
        self.seconds: Final = seconds
        self.in_step = ""
        self.ends = 0.0
        """Until when this server may answer, on the clock that never goes back."""
        self.superseded = 0
        """The epoch of somebody else who holds it."""
        self._version: str | None = None
        self._renewal = 0
        self._watch = Watch(seconds)

    def renew(self, *, in_step: str | None = None) -> bool:
        """Renew, or take what nobody renews; ``in_step`` names another standby. Return whether it is held. Blocks."""
        self._place.prove()
        for _ in range(2):  # once more if what is there is only an earlier attempt of our own that came late
            started = clock.since_boot()
            if self._version is None and not self._find(started):
                return False
            wanted = self.in_step if in_step is None else in_step
            self._renewal += 1
            lease = Lease(holder=self._name, epoch=self._epoch, in_step=wanted, renewal=self._renewal)
            version, self._version = self._version, None  # whatever happens, it is not that one any more
            self._version = self._place.put(lease, instead_of=version)
            if self._version is not None:
                self.in_step, self.ends = wanted, started + self.seconds * SHARE
                return True
        return False

    def give(self, name: str) -> bool:
        """Let the server ``name`` hold the lease, with the next epoch; return whether it does. Blocks.

        It leads as soon as it sees it; this server never again.
        """
        if self._version is None and not self._find(clock.since_boot()):
            return False
        self._renewal += 1
        theirs = Lease(holder=name, epoch=self._epoch + 1, in_step="", renewal=self._renewal)
        given = self._place.put(theirs, instead_of=self._version) is not None
        self._version = None
        return given

    def _find(self, now: float) -> bool:
        """Look what is there; return whether it may be replaced."""
        held = self._place.read()
        if held is None:
            self._version = None
            return True
        self._renewal = max(self._renewal, held.lease.renewal)
        if held.lease.epoch > self._epoch:
            if held.lease.holder != self._name:  # its own: a move is being taken back, and that is not noted yet
                self.superseded = held.lease.epoch
            return False
        if held.lease.holder != self._name and not (
            # Promoted by hand: only this server could confirm what the holder writes, and it does so no more.
            (held.lease.in_step == self._name and held.lease.epoch < self._epoch) or self._watch.is_over(held, now)
        ):
            return False
        if held.lease.holder == self._name:
            self.in_step = held.lease.in_step  # before this process was started again
        self._version = held.version
        return True


class Watch:
    """Sees whether a lease is renewed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._version = ""
        self._since = 0.0

    def is_over(self, held: Held, now: float) -> bool:
        """Tell whether this version has stood for the whole length of a lease."""
        if held.version != self._version:
            self._version, self._since = held.version, clock.since_boot()
        return now - self._since > self._seconds


class Taker:
    """A standby's side: takes the lease when nobody renews it, if it is the one that may."""

    def __init__(self, place: LeasePlace, name: str, part: Part, *, seconds: float) -> None:
        self._place = place
        self._name = name
        self._part = part
        self._watch = Watch(seconds)

    def take(self) -> int:
        """Take the lease if nobody renews it; return the epoch with which this standby has to lead, or 0. Blocks."""
        self._place.prove()
        now = clock.since_boot()
        held = self._place.read()
        if held is None:
            return 0
        lease, state = held.lease, self._part.state
        if lease.holder == self._name:  # it took the lease and ended before it was promoted
            return lease.epoch if lease.epoch > state.epoch else 0
        if not self._watch.is_over(held, now):
            return 0
        if not self._is_named(lease) or not (state.complete and state.in_step):
            return 0
        return self._put(held)

    def take_at_once(self) -> int:
        """Take the lease because an operator wants it; return the epoch to lead with, or 0 if there is none. Blocks.

        Whoever holds it may live, and learns of it at his next renewal: until then only this standby could confirm
        what he writes, and it does so no more.

        Raises:
            Incomplete: another server may have what was acknowledged.

        """
        self._place.prove()
        for _ in range(_TRIES):
            held = self._place.read()
            if held is None:
                return 0
            lease = held.lease
            if lease.holder == self._name and lease.epoch > self._part.state.epoch:
                return lease.epoch
            if not self._is_named(lease):
                raise Incomplete(problem="the lease names another server; --force accepts that writes are lost")
            if epoch := self._put(held):
                return epoch
        raise Incomplete(problem="the lease was changed at this moment; try again")

    def proof(self) -> bool | None:
        """Tell whether nobody led since this standby raised its epoch: ``False``, another did; ``None``, unknown."""
        held = self._place.read()
        if held is None:
            return None
        lease, epoch = held.lease, self._part.state.epoch
        if lease.holder == self._name and lease.epoch == epoch:
            return True
        return False if lease.holder != self._name and lease.epoch >= epoch else None

    def _is_named(self, lease: Lease) -> bool:
        return lease.in_step == self._name and lease.epoch == self._part.state.epoch

    def _put(self, held: Held) -> int:
        epoch = self._part.state.epoch + 1
        mine = Lease(holder=self._name, epoch=epoch, in_step="", renewal=held.lease.renewal + 1)
        return epoch if self._place.put(mine, instead_of=held.version) is not None else 0
