"""The standbys of one primary know each other: when one of them leads, the others follow it by themselves.

The primary tells each standby of the others: the certificate, and where that server will listen once it leads.
Nothing of it is secret. A standby asks them now and then who leads; it changes to the one that leads with a higher
epoch than its own, which is what a promotion raises, so never back to a primary that was replaced.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import structlog

from palabre.survival.errors import Unreachable
from palabre.survival.node import Node
from palabre.survival.state import Part, Peer
from palabre.survival.wire import Address, Here, Line, Sibling, Who

ASK_SECONDS: Final = 2.0
"""How often a standby asks the others, and how long it waits for an answer."""
_ANYWHERE: Final = {"", "*", "0.0.0.0", "::"}  # noqa: S104 - it is what others are told that is decided here

Connect = Callable[[Address, ssl.SSLContext, int], Awaitable[Line]]

_log = structlog.get_logger("survival")


def address_of(listens: str, host: str) -> str:
    """Return where a standby that ``listens`` there, and speaks from ``host``, can be reached; empty: nowhere."""
    try:
        said = Address.parse(listens)
    except ValueError:
        return ""
    return str(Address(host, said.port) if said.host in _ANYWHERE else said)


def siblings_of(peers: Iterable[Peer], name: str) -> list[Sibling]:
    """List what the standby ``name`` is told of the others."""
    return [
        Sibling(name=peer.name, certificate=peer.certificate, address=peer.address)
        for peer in peers
        if peer.address and peer.name != name
    ]


def keep_siblings(part: Part, told: Sequence[Sibling], own: str) -> None:
    """Remember the others, and forget those of whom the primary does not speak any more: it has removed them."""
    known = {peer.name: peer for peer in part.peers()}
    for sibling in told:
        before = known.get(sibling.name)
        met = before is not None and not before.told and before.address  # by a way that is good from here
        if sibling.name != own and not met:
            part.accept(sibling.name, sibling.certificate, address=sibling.address, told=not before or before.told)
    for peer in known.values():
        if peer.told and peer.name not in {sibling.name for sibling in told}:
            part.remove(peer.name)


async def find_leading(part: Part, node: Node, connect: Connect) -> Peer | None:
    """Ask the others; return the one that leads with the highest epoch above that of ``part``."""
    state = part.state
    others = [peer for peer in part.peers() if peer.address and peer.name != node.name]
    asked = [peer for peer in others if peer.certificate != state.primary_certificate]
    said = await asyncio.gather(*(_ask(peer, node, state.epoch, connect) for peer in asked))
    leading = [(here.epoch, peer) for peer, here in zip(asked, said, strict=True) if here is not None and here.leads]
    epoch, found = max(leading, key=lambda each: each[0], default=(0, None))
    return found if epoch > state.epoch else None


async def _ask(peer: Peer, node: Node, epoch: int, connect: Connect) -> Here | None:
    try:
        async with asyncio.timeout(ASK_SECONDS):
            line = await connect(Address.parse(peer.address), node.connecting(peer.certificate), epoch)
            try:
                await line.send(Who(epoch=epoch))
                answer = await line.receive()
            finally:
                line.close()
    except (OSError, TimeoutError, Unreachable):  # it is a standby itself, and does not listen; or it is gone
        return None
    return answer if isinstance(answer, Here) else None


def change_to(part: Part, peer: Peer) -> None:
    """Follow ``peer`` from now on; it stays known when it does not lead any more."""
    part.accept(peer.name, peer.certificate, address=peer.address)
    part.change(primary=peer.address, primary_certificate=peer.certificate)
    _log.warning("another standby leads now: this one follows it", primary=peer.address)
