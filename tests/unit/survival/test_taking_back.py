"""A move that was interrupted is taken back: by the lease if there is one, and whatever step the command dies at."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from palabre.config import Config
from palabre.folder import initialise
from palabre.survival.errors import CannotTakeBack, NothingToTakeBack
from palabre.survival.lease import Keeper, Lease
from palabre.survival.lease_places import FolderPlace
from palabre.survival.moving import take_back
from palabre.survival.node import Node
from palabre.survival.state import Part
from running import ROOT

_CHILD = """
import json, sys
from pathlib import Path
from faults.stopping_dead import Steps
from palabre import clock
from palabre.config import Config
from palabre.survival.moving import take_back
from palabre.survival.state import Part

boot = clock.since_boot
clock.since_boot = lambda: boot() * 20  # a lease of a second is over soon
folder, die_before = Path(sys.argv[1]), int(sys.argv[2])
lease = f"folder:{folder / 'place'}"
steps = Steps(die_before if die_before >= 0 else None)
config = Config(auto_failover=True, lease=lease, lease_seconds=1.0, standby_listen="127.0.0.1:0")
take_back(Part(folder), config, force=True)
print(json.dumps(steps.taken))
"""


@pytest.fixture
def handed(tmp_path: Path) -> Path:
    """A folder that handed its network, and the lease, to a standby."""
    folder = tmp_path / "one"
    initialise(folder, origin="http://localhost:8000")
    part = Part(folder)
    part.change(guarded=True, led=True, handed_to="two", move="a move", let_go=True)
    (folder / "place").mkdir()
    FolderPlace(folder / "place").put(Lease(holder="two", epoch=2, in_step="", renewal=7), instead_of=None)
    Node(part.folder)  # has its name
    return folder


def automatic(folder: Path, *, seconds: float = 1.0) -> Config:
    place = f"folder:{folder / 'place'}"
    return Config(auto_failover=True, lease=place, lease_seconds=seconds, standby_listen="127.0.0.1:0")


def run(folder: Path, die_before: int = -1) -> tuple[int, list[str]]:
    """Take it back in a process of its own, which dies before a step; return how it ended, and its steps."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(folder), str(die_before)],
        check=False, capture_output=True, text=True, env=environment, timeout=120,
    )  # fmt: skip
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else []


def lease_in(folder: Path) -> Lease:
    held = FolderPlace(folder / "place").read()
    assert held is not None
    return held.lease


def renewed(folder: Path, **changes: Any) -> None:
    place = FolderPlace(folder / "place")
    held = place.read()
    assert held is not None
    lease = msgspec.structs.replace(held.lease, renewal=held.lease.renewal + 1, **changes)
    assert place.put(lease, instead_of=held.version)


def taken_back(folder: Path) -> None:
    state = Part(folder).state
    assert (state.handed_to, state.move, state.let_go, state.fenced) == ("", "", False, 0)
    assert state.epoch == 3, "above the one with which the standby would lead"


def test_without_a_lease_the_epoch_rises_above_the_one_of_the_move(handed: Path) -> None:
    Part(handed).change(let_go=False)
    take_back(Part(handed), Config(), force=False)
    taken_back(handed)
    assert Part(handed).state.began is not None
    with pytest.raises(NothingToTakeBack):
        take_back(Part(handed), Config(), force=True)


def test_what_was_let_go_is_taken_back_by_force_alone(handed: Path) -> None:
    with pytest.raises(CannotTakeBack, match="--force"):
        take_back(Part(handed), Config(), force=False)
    assert Part(handed).state.epoch == 1
    take_back(Part(handed), Config(), force=True)
    taken_back(handed)


def test_with_a_lease_it_is_taken_back_there_first(handed: Path) -> None:
    with pytest.raises(CannotTakeBack, match="--force"):
        take_back(Part(handed), automatic(handed), force=False)
    Part(handed).change(fenced=2)  # who runs on sees in the lease that it is the other's
    with pytest.raises(NothingToTakeBack):
        take_back(Part(handed), automatic(handed), force=False)
    take_back(Part(handed), automatic(handed), force=True)
    taken_back(handed)
    name = Node(handed / "survival").name
    assert (lease_in(handed).holder, lease_in(handed).epoch) == (name, 3)
    assert Keeper(FolderPlace(handed / "place"), name, 3, seconds=1.0).renew()


def test_who_was_told_that_the_other_serves_takes_nothing_back(handed: Path) -> None:
    Part(handed).change(fenced=2, successor="127.0.0.1:1")
    for config in (Config(), automatic(handed)):
        with pytest.raises(NothingToTakeBack):
            take_back(Part(handed), config, force=True)
    assert Part(handed).state.fenced == 2


def test_who_renews_the_lease_leads_and_nothing_is_taken_back(handed: Path) -> None:
    leads = threading.Event()

    def lead() -> None:
        while not leads.wait(0.05):
            renewed(handed)

    renewing = threading.Thread(target=lead)
    renewing.start()
    try:
        with pytest.raises(CannotTakeBack, match="it leads"):
            take_back(Part(handed), automatic(handed, seconds=2.0), force=True)
    finally:
        leads.set()
        renewing.join()
    assert Part(handed).state.handed_to == "two"
    assert lease_in(handed).holder == "two"


def test_nothing_is_taken_back_while_the_lease_cannot_be_read(handed: Path) -> None:
    (handed / "place").rename(handed / "away")
    with pytest.raises(CannotTakeBack, match="cannot be read"):
        take_back(Part(handed), automatic(handed), force=True)
    assert Part(handed).state.handed_to == "two"
    (handed / "away").rename(handed / "place")
    take_back(Part(handed), automatic(handed), force=True)
    taken_back(handed)


def test_who_dies_while_it_takes_the_network_back_has_it_or_can_try_again(handed: Path) -> None:
    whole = handed.parent / "whole"
    shutil.copytree(handed, whole)
    status, steps = run(whole)
    assert status == 0
    taken_back(whole)
    assert len(steps) > 4, steps
    copies = [handed.parent / f"killed-{number}" for number in range(len(steps))]
    for copy in copies:
        shutil.copytree(handed, copy)
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda n: run(copies[n], n)[0], range(len(steps))))
    assert set(ended) == {-signal.SIGKILL}
    half = 0
    name = Node(handed / "survival").name
    for copy in copies:
        state, lease = Part(copy).state, lease_in(copy)
        if state.handed_to:
            half += lease.holder == name
            keeper = Keeper(FolderPlace(copy / "place"), name, state.epoch, seconds=1.0)
            assert not keeper.renew(), "nothing is acknowledged before it is noted"
            assert keeper.superseded == (0 if lease.holder == name else 2), "it is not replaced by itself"
            assert run(copy)[0] == 0
        taken_back(copy)
        assert (lease_in(copy).holder, lease_in(copy).epoch) == (name, 3)
    assert half, "some died between the two"
