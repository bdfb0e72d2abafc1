"""Whether a standby shall take over: by an operator's wish, by a move, or because nobody renews the lease."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

import structlog

from palabre import clock
from palabre.config import Config
from palabre.errors import Refusal
from palabre.files import write_durably
from palabre.survival.errors import Incomplete, LeaseUnfit, NotHandedOver
from palabre.survival.following import Following
from palabre.survival.lease import RENEWALS, Taker
from palabre.survival.lease_places import place_of
from palabre.survival.moving import Outranked, ask_to_lead
from palabre.survival.node import Node
from palabre.survival.promotion import MOVE, asked, check, promote, withdraw
from palabre.survival.state import How, Part

_HAND_OVER_SECONDS = 20.0
_TRIES = 5
"""So often a move asks: the primary may know a moment later than this copy that it has everything."""
_ASK_SECONDS: Final = 1.0
"""Between two questions whether a move that was interrupted still holds."""
_AGAIN_SECONDS: Final = 5.0
"""After an automatic promotion that was refused."""
REFUSAL: Final = "not-handed-over"
"""Where the reason stands when a promotion or a move that was asked for is refused."""
_UNFINISHED = "a promotion was interrupted, and nobody knows whether another server has led since: finish it with"

T = TypeVar("T")

_log = structlog.get_logger("survival")


class Decision(NamedTuple):
    """How to take over now."""

    how: How
    force: bool = False
    epoch: int = 0
    """The epoch that the lease names, or 0."""
    announce: str | None = None
    """Where the predecessor shall send members on to."""
    move: str = ""
    """The id of the move: the predecessor has to be asked whether it still holds."""


def taker_of(part: Part, config: Config, name: str = "") -> Taker | None:
    """Return what takes the lease for this standby; ``None`` without automatic failover."""
    if not config.auto_failover:
        return None
    place = place_of(config.lease, config.lease_seconds)
    return Taker(place, name or Node(part.folder).name, part, seconds=config.lease_seconds)


def promote_by_hand(part: Part, config: Config, *, force: bool) -> float:
    """Promote a folder in which no process follows, as an operator wants it; return how many seconds that took.

    Raises:
        NotAStandby, Incomplete: as they say.

    """
    check(part, force=force)
    if part.interrupted and part.state.taking_over == "move" and not force:
        _see_that_it_holds(part)
    epoch = 0 if force else _taken_by_hand(taker_of(part, config), finish=part.interrupted)
    return promote(part, how="lease" if epoch else "hand", force=force, proven=epoch > 0, epoch=epoch)


def _see_that_it_holds(part: Part) -> None:
    """Refuse to finish a move that was cancelled; who cannot learn that takes the operator's word."""
    try:
        asyncio.run(ask_to_lead(part, Node(part.folder), part.state.move))
    except Outranked as outranked:
        raise Incomplete(problem="the move was cancelled, and another server leads") from outranked
    except NotHandedOver as unknown:
        _log.warning("nobody says that the move still holds", reason=str(unknown))


def _taken_by_hand(taker: Taker | None, *, finish: bool = False) -> int:
    """Take the lease, or, to ``finish`` an earlier promotion, see that nobody else did; return its epoch, or 0."""
    if taker is None:
        return 0
    try:
        if finish and taker.proof() is False:
            raise Incomplete(problem="another server has led since its promotion was begun; --force goes on with it")
        return 0 if finish else taker.take_at_once()
    except (OSError, ValueError, LeaseUnfit) as error:
        problem = f"the lease cannot be read, so another standby may have more: {str(error) or type(error).__name__}"
        raise Incomplete(problem=f"{problem}; --force accepts it") from error


class Wishes:
    """Looks whether somebody wants this standby to lead, and whether it may."""

    def __init__(
        self,
        following: Following,
        config: Config,
        *,
        move: str | None,
        prepare: Callable[[], object],
        alone: bool,
    ) -> None:
        self._following = following
        self._part = following.part
        self._seconds = config.lease_seconds
        self._move = move
        self._prepare = prepare
        self._tries = _TRIES
        self._next = 0.0
        self._taker = None if alone else taker_of(following.part, config, following.node.name)
        self._lease_trouble = ""
        self._outranked = False
        self._unanswered = ""
        self.trouble = ""
        """Why this standby was not promoted, although it was asked to, or took the lease."""
        self.another_led = False
        """Whether the lease shows that another server led after the promotion that is to be finished."""

    @property
    def lease_trouble(self) -> str | None:
        """What keeps this standby from reaching the lease; ``None`` without automatic failover."""
        return self._lease_trouble if self._taker is not None else None

    def refused(self, reason: str) -> None:
        """Note why a promotion was refused; the lease is asked again a little later."""
        if reason != self.trouble:
            _log.error("not promoted", reason=reason)
        self.trouble = reason
        self._next = clock.monotonic() + _AGAIN_SECONDS

    async def to_finish(self) -> Decision | None:
        """Return how to finish a promotion that was interrupted; ``None``: not now, or ``another_led``."""
        how, self._outranked = self._part.state.taking_over, False
        proof = await self._ask(self._taker.proof) if self._taker is not None else None
        if proof:
            return Decision("lease")
        if how == "move" and proof is None and await self._let_go():
            return Decision("move", announce=self._part.state.announce)
        wish = asked(self._part)
        self.another_led = (proof is False or self._outranked) and wish != "force"
        if wish is not None and not self.another_led:
            return Decision("hand")
        words = f"{_UNFINISHED} palabre promote --data {self._part.data}"
        if not self.another_led and not self.trouble:
            self.trouble = words
            _log.error("not promoted", reason=words)
        elif self.another_led:
            self.trouble = ""
        return None

    async def look(self) -> Decision | None:
        """Return how to take over now; ``None``: go on following."""
        by_lease = await self.lease_is_ours()
        if by_lease is not None:
            return by_lease
        how = asked(self._part)
        if self._move is not None and self._part.state.in_step and self._following.caught_up.is_set():
            how = f"{MOVE}{self._move}"
        if how is None:
            return None
        if how.startswith(MOVE):
            return await self._by_move(how.removeprefix(MOVE))
        return await self._by_hand(force=how == "force")

    async def lease_is_ours(self) -> Decision | None:
        """Take the lease if nobody renews it, or see that it was taken; return that this standby leads by it."""
        if self._taker is None or clock.monotonic() < self._next:
            return None
        self._next = clock.monotonic() + self._seconds / RENEWALS / 4
        epoch = await self._ask(self._taker.take)
        if not epoch:
            self.trouble = ""
            return None
        try:
            check(self._part, force=False, proven=True)
        except Refusal as refusal:
            self.refused(str(refusal))
            return None
        return Decision("lease", epoch=epoch)

    async def _by_hand(self, *, force: bool) -> Decision | None:
        try:
            check(self._part, force=force)
            epoch = 0 if force else await asyncio.to_thread(_taken_by_hand, self._taker)
        except Refusal as refusal:
            self._keep_refusal(refusal)
            return None
        return Decision("lease" if epoch else "hand", force=force, epoch=epoch)

    async def _by_move(self, at: str) -> Decision | None:
        try:
            await asyncio.to_thread(self._prepare)
            await _have_it_handed_over(self._following)
        except Refusal as refusal:
            self._tries -= 1
            if self._move is None:
                self._keep_refusal(refusal)
            elif self._tries < 1 or not isinstance(refusal, NotHandedOver):
                raise
            return None
        return Decision("move", announce=at, move=self._following.move)

    async def may_lead(self, decision: Decision) -> bool:
        """Ask the server in front once more whether a move still holds; nobody may be followed meanwhile."""
        if decision.how != "move" or self._part.interrupted:
            return True
        try:
            await ask_to_lead(self._part, self._following.node, decision.move)
        except Refusal as refusal:
            self._tries -= 1
            if self._move is None:
                self._keep_refusal(refusal)
            elif self._tries < 1:
                raise
            return False
        return True

    async def _let_go(self) -> bool:
        """Tell whether the server in front says that a move that was interrupted still holds."""
        if clock.monotonic() < self._next:
            return False
        self._next = clock.monotonic() + _ASK_SECONDS
        try:
            await ask_to_lead(self._part, self._following.node, self._part.state.move)
        except Outranked:
            self._outranked = True
        except Refusal as refusal:
            if str(refusal) != self._unanswered:
                _log.warning("nobody lets this server lead", reason=str(refusal))
            self._unanswered = str(refusal)
        else:
            return True
        return False

    def _keep_refusal(self, refusal: Refusal) -> None:
        _log.error("not promoted", reason=str(refusal))
        keep_refusal(self._part, str(refusal))
        withdraw(self._part)

    async def _ask(self, question: Callable[[], T]) -> T | None:
        """Ask the third place, and say what keeps it from answering; once, not at each attempt."""
        try:
            answer = await asyncio.to_thread(question)
        except (OSError, ValueError, LeaseUnfit) as error:
            trouble, answer = str(error) or type(error).__name__, None
        else:
            trouble = ""
        if trouble and not self._lease_trouble:
            _log.error("the lease cannot be read: this standby could not take over", reason=trouble)
        elif self._lease_trouble and not trouble:
            _log.warning("the lease can be read again")
        self._lease_trouble = trouble
        return answer


async def _have_it_handed_over(following: Following) -> None:
    """Ask the primary for the network.

    Raises:
        NotHandedOver: it keeps it.

    """
    following.take_over()
    try:
        async with asyncio.timeout(_HAND_OVER_SECONDS):
            await following.decided.wait()
    except TimeoutError:
        following.move = ""  # an answer that comes later counts for nothing
        raise NotHandedOver(reason="the server in front did not answer") from None
    if following.refused:
        raise NotHandedOver(reason=following.refused)


def keep_refusal(part: Part, reason: str) -> None:
    """Leave the reason where whoever asked finds it."""
    write_durably(part.folder / REFUSAL, reason.encode())
