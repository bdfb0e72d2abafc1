"""A move has an id: the server in front lets the standby lead by it, or takes the network back, and never both.

Whoever is given the network asks once more before it leads, on a connection of its own, when it follows nobody any
more. The server in front notes that it lets go before it says yes; from then on a move cannot be cancelled without
force. What was cancelled is answered with no, and with an epoch above that of the move.
"""

from __future__ import annotations

import asyncio
from typing import Final

from palabre import clock
from palabre.config import Config
from palabre.survival.errors import CannotTakeBack, LeaseUnfit, NotHandedOver, NothingToTakeBack, Unreachable
from palabre.survival.following import connect
from palabre.survival.lease import Lease, LeasePlace, Watch
from palabre.survival.lease_places import place_of
from palabre.survival.node import Node
from palabre.survival.promotion import end_of_log
from palabre.survival.state import Part
from palabre.survival.wire import Address, HandedOver, MayLead, Message, Refused

_PATIENCE_SECONDS = 5.0
_LOOKS: Final = 8
"""How often a lease is looked at within its length."""


class Outranked(NotHandedOver):
    """The move was cancelled: the server in front leads with a higher epoch."""


async def ask_to_lead(part: Part, node: Node, move: str) -> None:
    """Ask the server in front whether this one may lead by ``move``; when this returns, it may.

    Raises:
        Outranked: it has taken the network back, and leads.
        NotHandedOver: it does not know of this move any more, or does not answer; it may have let go, or not.

    """
    try:
        answer = await _answer(part, node, move)
    except (OSError, TimeoutError, Unreachable) as error:
        raise NotHandedOver(reason=str(error) or type(error).__name__) from error
    state = part.state
    if isinstance(answer, Refused):
        raise (Outranked if answer.epoch > state.epoch else NotHandedOver)(reason=answer.reason)
    if not isinstance(answer, HandedOver) or answer.move != move:
        raise NotHandedOver(reason="the server in front spoke out of turn")


async def _answer(part: Part, node: Node, move: str) -> Message:
    state = part.state
    line = await connect(Address.parse(state.primary), node.connecting(state.primary_certificate), state.epoch)
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await line.send(MayLead(move=move))
            return await line.receive()
    finally:
        line.close()


def take_back(part: Part, config: Config, *, force: bool) -> None:
    """Go on with a network that was handed to a standby; no server may serve in its folder meanwhile. Blocks.

    With automatic failover this takes as long as a lease: whoever leads by it would renew it.

    Args:
        part: the server that handed it over.
        config: its settings.
        force: whether the operator vouches that the standby, which was told to lead, is gone for good.

    Raises:
        NothingToTakeBack: it was not handed over, or another server leads.
        CannotTakeBack: the standby may lead.

    """
    require_handed(part, config, force=force)
    epoch = part.state.epoch + 2  # above the one that the standby would lead with
    if config.auto_failover:
        _take_lease_back(part, config, epoch)
    part.change(
        epoch=epoch,
        began=part.state.handed_at or end_of_log(part),  # since then this server may have written what is its own
        led=True,
        fenced=0,
        handed_to="",
        move="",
        let_go=False,
    )


def require_handed(part: Part, config: Config, *, force: bool) -> None:
    """Refuse what :func:`take_back` refuses without asking anybody."""
    state = part.state
    if not state.handed_to:
        reason = "it was never handed to another server"
        if state.fenced:
            reason = f"another server leads since epoch {state.fenced}, and that cannot be taken back"
        raise NothingToTakeBack(reason=reason)
    by_lease_alone = config.auto_failover and state.fenced == state.epoch + 1 and not state.successor
    if state.fenced and not (by_lease_alone and force):
        raise NothingToTakeBack(reason=f"another server leads since epoch {state.fenced}")
    if state.let_go and not force:
        reason = (
            f"{state.handed_to[:8]} was told that it leads. Start both servers and one of them goes on; "
            "or, if that one is gone for good: --force"
        )
        raise CannotTakeBack(reason=reason)


def _take_lease_back(part: Part, config: Config, epoch: int) -> None:
    place = place_of(config.lease, config.lease_seconds)
    name = Node(part.folder).name
    try:
        place.prove()
        held = place.read()
        if held is None or name == held.lease.holder:
            return  # it was not given away, or taken back already by a command that ended before it noted that
        if held.lease.holder != part.state.handed_to:
            raise CannotTakeBack(reason="the lease is held by another server")
        _see_that_nobody_renews(place, held.version, config.lease_seconds)
        mine = Lease(holder=name, epoch=epoch, in_step="", renewal=held.lease.renewal + 1)
        if place.put(mine, instead_of=held.version) is None:
            raise CannotTakeBack(reason="another server renews the lease: it leads")
    except (OSError, ValueError, LeaseUnfit) as error:
        problem = str(error) or type(error).__name__
        raise CannotTakeBack(reason=f"the lease cannot be read, so that server may lead: {problem}") from error


def _see_that_nobody_renews(place: LeasePlace, version: str, seconds: float) -> None:
    watch = Watch(seconds)
    while True:
        now = clock.since_boot()
        held = place.read()
        if held is None or held.version != version:
            raise CannotTakeBack(reason="another server renews the lease: it leads")
        if watch.is_over(held, now):
            return
        clock.pause(seconds / _LOOKS)
