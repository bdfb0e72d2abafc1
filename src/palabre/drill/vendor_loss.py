"""Takes every vendor away, one by one and all together, and lets members go on: nothing may depend on any of them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence

import msgspec

from palabre import clock
from palabre.bench.process import Network, workplace
from palabre.drill.deeds import Deed, Visitor, do_everything
from palabre.drill.vendors import VENDORS, How, Place, Vendor, gone
from palabre.survival.drills import DrillReport

_ROUNDS = 3
_SLOWEST_SECONDS = 5.0
"""An answer that took longer has waited for somebody: those who stall here never answer."""
_DOCTOR_SECONDS = 45.0
_WRITES = frozenset({"sign up", "sign in", "post", "follow"})


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """How it went without some vendors."""

    without: list[str]
    how: How
    deeds: list[Deed]
    degrades: list[str]
    operator_told: list[str]
    """The lines in which ``palabre doctor`` tells of it."""
    writes: bool
    """Whether writing had to go on."""
    lost: int
    """Posts that were acknowledged and are gone."""
    passed: bool


def drill(tell: Callable[[str], None], vendors: Sequence[Vendor] = VENDORS) -> DrillReport:
    """Hold the drill on networks made for it; real ones are not touched."""
    began, started = clock.now(), clock.monotonic()
    harmless = [vendor for vendor in vendors if not vendor.stops_writing]
    sets = [[vendor] for vendor in vendors]
    sets += [group for group in (harmless, list(vendors)) if len(group) > 1 and group not in sets]
    losses: list[Loss] = []
    for group in sets:
        for how in ("refused", "stalled"):
            if all(how in vendor.ways for vendor in group):
                tell(f"without {' and '.join(vendor.name for vendor in group)} ({how})")
                losses.append(_lose(group, how))
    free = [loss for loss in losses if loss.writes]
    acknowledged = sum(deed.good and deed.what in _WRITES for loss in losses for deed in loss.deeds)
    return DrillReport(
        kind="vendor-loss",
        began=began,
        seconds=round(clock.monotonic() - started, 1),
        rto_seconds=max((deed.seconds for loss in free for deed in loss.deeds if deed.what == "post"), default=None),
        rpo_lost=sum(loss.lost for loss in losses),
        acknowledged=acknowledged,
        double_primaries=0,  # there was one server
        passed=all(loss.passed for loss in losses),
        details={"losses": msgspec.to_builtins(losses), "slowest_allowed_seconds": _SLOWEST_SECONDS},
    )


def _lose(vendors: list[Vendor], how: How) -> Loss:
    stops = any(vendor.stops_writing for vendor in vendors)
    with workplace() as folder, contextlib.ExitStack() as away:
        network = Network(folder / "network")
        token = network.members(["member"])[0].token
        for vendor in vendors:
            place = Place(folder, away.enter_context(gone(how)))
            network.environment.update(vendor.settings(place))
        network.start()
        try:
            deeds = [deed for number in range(_ROUNDS) for deed in do_everything(network.port, token, number)]
            lost = _lost(network.port, token, deeds)
            told = _operator_told(network, vendors)
        finally:
            network.stop()
    return Loss(
        without=[vendor.name for vendor in vendors],
        how=how,
        deeds=deeds,
        degrades=[vendor.degrades for vendor in vendors],
        operator_told=told,
        writes=not stops,
        lost=lost,
        passed=not lost and len(told) >= len(vendors) and all(_as_promised(deed, stops=stops) for deed in deeds),
    )


def _lost(port: int, token: str, deeds: list[Deed]) -> int:
    """Count the posts that were acknowledged and are not there."""
    _, text = Visitor(port, token).ask("GET", "/api/v1/accounts/verify_credentials")
    posted = sum(deed.good for deed in deeds if deed.what == "post")
    return max(0, posted - int(json.loads(text)["statuses_count"]))


def _as_promised(deed: Deed, *, stops: bool) -> bool:
    if deed.seconds > _SLOWEST_SECONDS:
        return False
    if stops and deed.what in _WRITES:
        return not deed.good and deed.said.startswith(("503", "404", "422")) and "Traceback" not in deed.said
    return deed.good


def _operator_told(network: Network, vendors: list[Vendor]) -> list[str]:
    """Wait until ``palabre doctor`` tells of each; a vendor that stalls is known for one only after a while."""
    deadline = clock.monotonic() + _DOCTOR_SECONDS
    while True:
        found = _complaints(network)
        told = [next((line for line in found if vendor.probe in line), "") for vendor in vendors]
        if all(told) or clock.monotonic() > deadline:
            return [line for line in told if line]
        clock.pause(1.0)


def _complaints(network: Network) -> list[str]:
    said = network.said("doctor", "--json")
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    return [str(line["what"]) for line in lines if not line["good"]]
