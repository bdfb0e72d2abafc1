"""The lease: whoever holds it stops believing in it before anybody else can take it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from palabre import clock
from palabre.survival.lease import Keeper, Lease, Taker
from palabre.survival.lease_places import FolderPlace
from palabre.survival.state import Part

LENGTH = 8.0


class Clocks:
    """Each server's own clock: they start anywhere, and run up to a tenth too fast or too slow."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rates: list[float]) -> None:
        self.now = 0.0
        self.rates = rates
        self.who = 0
        monkeypatch.setattr(clock, "since_boot", lambda: 1_000.0 * self.who + self.now * self.rates[self.who])

    def of(self, who: int) -> Clocks:
        self.who = who
        return self


def standby(folder: Path, **changes: object) -> Part:
    part = Part(folder)
    part.change(complete=True, in_step=True, **changes)
    return part


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.tuples(st.sampled_from(["renew", "take", "wait"]), st.floats(0.01, 4.0)), max_size=40),
    rates=st.tuples(st.floats(0.9, 1.1), st.floats(0.9, 1.1)),
    kept=st.booleans(),
)
def test_nobody_takes_a_lease_in_which_its_holder_still_believes(
    tmp_path_factory: pytest.TempPathFactory, steps, rates, kept
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("lease")
        clocks = Clocks(patch, list(rates))
        place = FolderPlace(folder)
        keeper = Keeper(place, "one", 1, seconds=LENGTH)
        taker = Taker(place, "two", standby(folder), seconds=LENGTH)
        clocks.of(0)
        assert keeper.renew()
        assert keeper.renew(in_step="two")
        for step, seconds in steps:
            clocks.now += seconds
            if step == "renew" and kept:
                clocks.of(0)
                keeper.renew()
            elif step == "take":
                taken = taker.take() if clocks.of(1) else False
                if taken:
                    clocks.of(0)
                    assert clock.since_boot() >= keeper.ends
                    assert not keeper.renew()
                    assert keeper.superseded == 2
                    return


def test_a_lease_that_nobody_renews_is_taken_by_the_standby_in_step_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = Clocks(monkeypatch, [1.0])
    place = FolderPlace(tmp_path)
    keeper = Keeper(place, "one", 1, seconds=LENGTH)
    assert keeper.renew()
    assert keeper.renew(in_step="two")
    two = Taker(place, "two", standby(tmp_path / "two"), seconds=LENGTH)
    three = Taker(place, "three", standby(tmp_path / "three"), seconds=LENGTH)
    assert not two.take()
    assert not three.take()
    clocks.now += LENGTH + 0.1
    assert not three.take()
    assert two.take()
    held = place.read()
    assert held is not None
    assert held.lease == Lease(holder="two", epoch=2, in_step="", renewal=held.lease.renewal)


def test_a_copy_that_is_not_whole_takes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(monkeypatch, [1.0])
    place = FolderPlace(tmp_path)
    keeper = Keeper(place, "one", 1, seconds=LENGTH)
    assert keeper.renew()
    assert keeper.renew(in_step="two")
    part = standby(tmp_path / "two")
    two = Taker(place, "two", part, seconds=LENGTH)
    part.change(complete=False)
    assert not two.take()
    clocks.now += LENGTH + 0.1
    assert not two.take()
    part.change(complete=True)
    assert two.take()


def test_of_two_who_change_a_lease_one_is_told_that_it_was_too_late(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    lease = Lease(holder="one", epoch=1, in_step="", renewal=1)
    first = place.put(lease, instead_of=None)
    assert first is not None
    assert place.put(lease, instead_of=None) is None
    assert place.put(Lease(holder="two", epoch=2, in_step="", renewal=2), instead_of=first) is not None
    assert place.put(Lease(holder="three", epoch=2, in_step="", renewal=2), instead_of=first) is None


def test_a_lease_that_cannot_be_reached_is_not_renewed(tmp_path: Path) -> None:
    keeper = Keeper(FolderPlace(tmp_path / "away"), "one", 1, seconds=LENGTH)
    with pytest.raises(OSError):
        keeper.renew()
    assert keeper.ends == 0.0
