"""Takes every vendor away, one by one and all together, and lets members go on: nothing may depend on any of them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from palabre import clock
from palabre.bench.process import Network, workplace
from palabre.drill.deeds import Deed, Visitor, do_everything
from palabre.drill.vendors import FRIEND, MEMBER, VENDORS, How, Place, Stage, Vendor, gone
from palabre.folder import open_folder
from palabre.survival.drills import DrillReport

_SEVERAL = "PALABRE_VAULTS"
"""The one setting of which a network may have several."""
_WRITES = frozenset({"sign up", "sign in", "post", "follow"})


class Depth(msgspec.Struct, frozen=True, kw_only=True):
    """How much of it is done."""

    ways: tuple[How, ...] = ("refused", "stalled")
    """How each is taken away alone."""
    together: tuple[How, ...] = ("refused", "stalled")
    """How several are taken away at once."""
    rounds: int = 3
    """How often members do everything."""
    slowest_seconds: float = 5.0
    """An answer that took longer has waited for somebody: those who stall here never answer."""
    doctor_seconds: float = 45.0
    """How long ``palabre doctor`` may be silent about it."""


QUICK: Final = Depth(ways=("refused",), rounds=1, slowest_seconds=40.0, doctor_seconds=300.0)
"""Whether everything goes on: alone without who refuses, and without all that refuse, or that stall, together. How
long it takes is a matter of the machine here; the whole drill measures it."""


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


def drill(
    tell: Callable[[str], None], vendors: Sequence[Vendor] = VENDORS, *, depth: Depth | None = None
) -> DrillReport:
    """Hold the drill on networks made for it; real ones are not touched."""
    depth = depth or Depth()
    began, started = clock.now(), clock.monotonic()
    losses: list[Loss] = []
    for group, how in groups([vendor for vendor in vendors if vendor.possible], depth.ways, depth.together):
        tell(f"without {' and '.join(vendor.name for vendor in group)} ({how})")
        losses.append(_lose(group, how, depth))
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
        details={
            "losses": msgspec.to_builtins(losses),
            "ways": depth.ways,
            "together": depth.together,
            "slowest_allowed_seconds": depth.slowest_seconds,
        },
    )


def groups(vendors: Sequence[Vendor], ways: Sequence[How], together: Sequence[How]) -> list[tuple[list[Vendor], How]]:
    """Return who is taken away together, and how: each alone, all that members can do without, and all."""
    found = [([vendor], how) for vendor in vendors for how in vendor.ways if how in ways]
    harmless = [vendor for vendor in vendors if not vendor.stops_writing]
    for several in (harmless, list(vendors)):
        for how in together:
            group = [vendor for vendor in several if how in vendor.ways]
            if len(group) > 1 and (group, how) not in found:
                found.append((group, how))
    return found


def settings_of(vendors: Sequence[Vendor], places: Sequence[Place]) -> dict[str, str]:
    """Return the settings of a network that leans on all of them; where there may be several vaults, it has all."""
    found: dict[str, str] = {}
    for vendor, place in zip(vendors, places, strict=True):
        for name, value in vendor.settings(place).items():
            found[name] = f"{found[name]},{value}" if name == _SEVERAL and name in found else value
    return found


def _lose(vendors: list[Vendor], how: How, depth: Depth) -> Loss:
    stops = any(vendor.stops_writing for vendor in vendors)
    with workplace() as folder, contextlib.ExitStack() as away:
        network = Network(folder / "network")
        token, friends = (member.token for member in network.members([MEMBER, FRIEND]))
        places = [Place(folder, away.enter_context(gone(how))) for _ in vendors]
        network.environment.update(settings_of(vendors, places))
        opened = open_folder(network.folder)
        try:
            for vendor, place in zip(vendors, places, strict=True):
                if vendor.prepare and not stops:
                    vendor.prepare(opened, place)
        finally:
            opened.database.close()
        network.start()
        try:
            for vendor, place in zip(vendors, places, strict=True):
                if vendor.touch and not stops:
                    vendor.touch(Stage(place, Visitor(network.port, token), Visitor(network.port, friends)))
            deeds = [deed for number in range(depth.rounds) for deed in do_everything(network.port, token, number)]
            lost = _lost(network.port, token, deeds)
            turned_to = [vendor for vendor in vendors if not (stops and (vendor.touch or vendor.prepare))]
            told = _operator_told(network, turned_to, depth.doctor_seconds)
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
        passed=not lost
        and len(told) >= len(turned_to)
        and all(_as_promised(deed, stops=stops, slowest=depth.slowest_seconds) for deed in deeds),
    )


def _lost(port: int, token: str, deeds: list[Deed]) -> int:
    """Count the posts that were acknowledged and are not there."""
    _, text = Visitor(port, token).ask("GET", "/api/v1/accounts/verify_credentials")
    posted = sum(deed.good for deed in deeds if deed.what == "post")
    return max(0, posted - int(json.loads(text)["statuses_count"]))


def _as_promised(deed: Deed, *, stops: bool, slowest: float) -> bool:
    if deed.seconds > slowest:
        return False
    if stops and deed.what in _WRITES:
        return not deed.good and deed.said.startswith(("503", "404", "422")) and "Traceback" not in deed.said
    return deed.good


def _operator_told(network: Network, vendors: list[Vendor], seconds: float) -> list[str]:
    """Wait until ``palabre doctor`` tells of each; a vendor that stalls is known for one only after a while."""
    deadline = clock.monotonic() + seconds
    while True:
        found = _told(network)
        told = [next((line for line in found if vendor.probe in line), "") for vendor in vendors]
        if all(told) or clock.monotonic() > deadline:
            return [line for line in told if line]
        clock.pause(1.0)


def _told(network: Network) -> list[str]:
    said = network.said("doctor", "--json")
    return [str(json.loads(line)["what"]) for line in said.splitlines() if line.startswith("{")]
