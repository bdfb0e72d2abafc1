"""A promotion that the process does not survive: whatever step it dies at, it is finished later, and never twice."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from palabre import clock
from palabre.config import Config
from palabre.folder import initialise
from palabre.store.turns import Turns
from palabre.survival.errors import Incomplete
from palabre.survival.lease import Lease
from palabre.survival.lease_places import FolderPlace
from palabre.survival.node import Node
from palabre.survival.promotion import asked, asking, promote
from palabre.survival.standby import Standby, follow_until_promoted
from palabre.survival.state import Part
from palabre.survival.status import Status, read_status
from palabre.survival.wishes import promote_by_hand
from running import ROOT

_NOBODY = "127.0.0.1:1"

_CHILD = """
import asyncio, json, sys
from pathlib import Path
from faults.stopping_dead import Steps
from palabre import clock
from palabre.config import Config
from palabre.survival.standby import Standby, follow_until_promoted
from palabre.survival.state import Part
from palabre.survival.wishes import promote_by_hand

folder, way, die_before = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
boot = clock.since_boot
clock.since_boot = lambda: boot() * 50  # a lease of a second is over soon
steps = Steps(die_before if die_before >= 0 else None)
if way == "hand":
    promote_by_hand(Part(folder), Config(), force=False)
else:
    lease = f"folder:{folder / 'place'}"
    config = Config(auto_failover=True, lease=lease, lease_seconds=1.0, standby_listen="127.0.0.1:0")
    assert asyncio.run(asyncio.wait_for(Standby(folder, config).run(), 60))
print(json.dumps(steps.taken))
"""


def run(folder: Path, way: str, die_before: int = -1) -> tuple[int, list[str]]:
    """Promote in a process of its own, which dies before a step; return how it ended, and its steps."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT / 'tests'}"}
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(folder), way, str(die_before)],
        check=False, capture_output=True, text=True, env=environment, timeout=120,
    )  # fmt: skip
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else []


@pytest.fixture
def standby(tmp_path: Path) -> Path:
    """A folder that follows a server which is gone, in step."""
    folder = tmp_path / "two"
    initialise(folder, origin="http://localhost:8000")
    part = Part(folder)
    certificate = Node(tmp_path / "one").certificate
    part.follow()
    part.change(complete=True, in_step=True, primary=_NOBODY, primary_certificate=certificate)
    (folder / "place").mkdir()
    lease = Lease(holder="one", epoch=1, in_step=Node(part.folder).name, renewal=7)
    FolderPlace(folder / "place").put(lease, instead_of=None)
    return folder


def automatic(folder: Path, *, seconds: float = 1.0) -> Config:
    return Config(
        auto_failover=True,
        lease=f"folder:{folder / 'place'}",
        lease_seconds=seconds,
        standby_listen="127.0.0.1:0",
    )


def killed_at_each_step(standby: Path, way: str) -> list[Path]:
    """One copy of the folder for each step, left as a kill before that step leaves it."""
    whole = standby.parent / "whole"
    shutil.copytree(standby, whole)
    status, steps = run(whole, way)
    assert status == 0
    assert not Part(whole).is_standby
    assert len(steps) > 8, steps
    copies = [standby.parent / f"killed-{number}" for number in range(len(steps))]
    for copy in copies:
        shutil.copytree(standby, copy)
    with ThreadPoolExecutor(3) as pool:
        ended = list(pool.map(lambda n: run(copies[n], way, n)[0], range(len(steps))))
    assert set(ended) == {-signal.SIGKILL}
    parts = [Part(copy) for copy in copies]
    assert all(part.is_standby or part.state.epoch == 2 for part in parts)  # never a primary of the old epoch
    assert any(part.interrupted for part in parts)
    assert any(part.is_standby and part.state.epoch == 1 for part in parts)
    assert any(not part.is_standby for part in parts)
    return copies


def led(folder: Path) -> None:
    part = Part(folder)
    assert not part.is_standby
    assert part.state.epoch == 2
    assert part.state.led
    assert not part.state.taking_over
    assert asked(part) is None


def test_a_promotion_by_hand_that_died_is_finished_by_the_same_command(standby: Path) -> None:
    for copy in killed_at_each_step(standby, "hand"):
        part = Part(copy)
        began = part.state.began
        if part.is_standby:
            promote_by_hand(part, Config(), force=False)
            led(copy)
            assert began in (None, part.state.began)
        assert part.state.epoch == 2


def test_an_automatic_promotion_that_died_goes_on_by_itself(standby: Path) -> None:
    for copy in killed_at_each_step(standby, "lease"):
        if Part(copy).is_standby:
            status, _ = run(copy, "lease")
            assert status == 0
            led(copy)
        held = FolderPlace(copy / "place").read()
        assert held is not None
        assert (held.lease.holder, held.lease.epoch) == (Node(copy / "survival").name, 2)


def test_whoever_finishes_by_hand_is_told_when_another_led_meanwhile(standby: Path) -> None:
    part = interrupted(standby, "lease")
    put_lease(standby, holder="three", epoch=3, in_step="", renewal=9)
    with pytest.raises(Incomplete, match="another server has led"):
        promote_by_hand(part, automatic(standby), force=False)
    assert Part(standby).interrupted
    promote_by_hand(part, automatic(standby), force=True)
    led(standby)


def test_what_serving_needs_is_loaded_while_it_follows(standby: Path) -> None:
    async def loaded_before_it_leads() -> bool:
        loading = threading.Event()
        running = asyncio.create_task(Standby(standby, Config()).run(loading.set))
        assert await asyncio.to_thread(loading.wait, 20)
        assert Part(standby).is_standby
        with asking(Part(standby)):
            return await asyncio.wait_for(running, 20)

    assert asyncio.run(loaded_before_it_leads())


async def for_a_while(standby: Standby, seconds: float = 0.7) -> bool:
    try:
        return await asyncio.wait_for(standby.run(), seconds)
    except TimeoutError:
        return False


def interrupted(folder: Path, how: str) -> Part:
    """Leave the folder as a kill between the two steps of a promotion does."""
    part = Part(folder)
    part.change(epoch=2, taking_over=how, in_step=False, led=True, announced=False)
    return part


def put_lease(folder: Path, **changes: Any) -> None:
    place = FolderPlace(folder / "place")
    held = place.read()
    assert held is not None
    assert place.put(msgspec.structs.replace(held.lease, **changes), instead_of=held.version)


def test_who_was_interrupted_does_not_lead_when_another_led_meanwhile(standby: Path) -> None:
    part = interrupted(standby, "lease")
    put_lease(standby, holder="three", epoch=3, in_step="", renewal=9)
    assert not asyncio.run(for_a_while(Standby(standby, automatic(standby))))
    assert Part(standby).is_standby
    assert not Part(standby).interrupted
    with pytest.raises(Incomplete):
        promote(part)


def test_who_was_interrupted_waits_for_the_lease_as_long_as_it_is_out_of_reach(standby: Path) -> None:
    interrupted(standby, "lease")
    put_lease(standby, holder=Node(standby / "survival").name, epoch=2, in_step="", renewal=9)
    (standby / "place").rename(standby / "away")
    assert not asyncio.run(for_a_while(Standby(standby, automatic(standby))))
    assert Part(standby).interrupted
    (standby / "away").rename(standby / "place")
    assert asyncio.run(for_a_while(Standby(standby, automatic(standby)), 20))
    led(standby)


def test_who_was_interrupted_by_hand_asks_nobody_and_waits_for_the_operator(standby: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as primary:
        part = interrupted(standby, "hand")
        part.change(primary=f"127.0.0.1:{primary.getsockname()[1]}")

        async def wait_and_promote() -> bool:
            running = asyncio.create_task(Standby(standby, Config()).run())
            await asyncio.sleep(0.7)
            assert not running.done()
            primary.settimeout(0)
            with pytest.raises(BlockingIOError):  # the higher epoch would stop the server in front
                primary.accept()
            told = read_status(Part(standby))
            assert told is not None
            assert "palabre promote" in told.trouble
            with asking(Part(standby)):
                return await asyncio.wait_for(running, 20)

        assert asyncio.run(wait_and_promote())
    led(standby)


def test_a_wish_ends_with_whoever_had_it(standby: Path) -> None:
    part = Part(standby)
    with asking(part, force=True):
        assert asked(part) == "force"
        left = (part.folder / "promote").read_bytes()
    assert asked(part) is None
    (part.folder / "promote").write_bytes(left)  # as a killed command leaves it
    assert asked(part) is None
    assert not asyncio.run(for_a_while(Standby(standby, Config())))
    assert Part(standby).is_standby


def test_a_wish_that_ended_while_the_process_stood_still_promotes_nobody(standby: Path) -> None:
    part = Part(standby)
    with pytest.raises(Incomplete, match="has gone"):
        promote(part, wanted=lambda: asked(part) is not None)
    assert part.is_standby
    assert part.state.epoch == 1
    with asking(part):
        promote(part, wanted=lambda: asked(part) is not None)
    led(standby)


def test_an_automatic_promotion_that_is_refused_is_told_and_tried_again(standby: Path) -> None:
    part = Part(standby)
    part.change(complete=False, in_step=False)
    put_lease(standby, holder=Node(part.folder).name, epoch=2, in_step="", renewal=9)

    async def refused_and_mended() -> bool:
        running = asyncio.create_task(Standby(standby, automatic(standby)).run())
        told: Status | None = None
        deadline = clock.monotonic() + 20
        while not (told and told.trouble) and clock.monotonic() < deadline:
            await asyncio.sleep(0.05)
            told = read_status(part)
        assert told is not None
        assert "never copied to its end" in told.trouble
        assert not running.done()
        part.reload()
        part.change(complete=True)
        return await asyncio.wait_for(running, 20)

    assert asyncio.run(refused_and_mended())
    led(standby)


def test_a_promotion_that_fails_for_another_reason_ends_nothing(
    standby: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_lease(standby, holder=Node(standby / "survival").name, epoch=2, in_step="", renewal=9)
    real, failures = Part.lead, iter([OSError(28, "No space left on device")])

    def lead(self: Part) -> None:
        for failure in failures:
            raise failure
        real(self)

    monkeypatch.setattr(Part, "lead", lead)
    assert asyncio.run(for_a_while(Standby(standby, automatic(standby)), 20))
    led(standby)


def test_an_operator_takes_the_lease_only_if_it_names_this_standby(standby: Path) -> None:
    config = automatic(standby, seconds=60.0)
    put_lease(standby, in_step="three", renewal=8)
    with pytest.raises(Incomplete, match="another server"):
        promote_by_hand(Part(standby), config, force=False)
    (standby / "place").rename(standby / "away")
    with pytest.raises(Incomplete, match="cannot be read"):
        promote_by_hand(Part(standby), config, force=False)
    (standby / "away").rename(standby / "place")
    assert Part(standby).is_standby
    put_lease(standby, in_step=Node(standby / "survival").name, renewal=9)
    promote_by_hand(Part(standby), config, force=False)
    led(standby)
    held = FolderPlace(standby / "place").read()
    assert held is not None
    assert held.lease.holder == Node(standby / "survival").name
    assert held.lease.epoch == 2


def test_a_process_that_waited_for_its_turn_while_it_was_promoted_by_hand_leads(standby: Path) -> None:
    turns = Turns(standby / "palabre.db")
    turns.serve(patience=0.0)
    led: list[bool] = []
    begins = threading.Thread(
        target=lambda: led.append(follow_until_promoted(standby, Config(), patience=60.0)), daemon=True
    )
    begins.start()
    promote_by_hand(Part(standby), Config(), force=False)
    turns.serve_no_more()
    begins.join(60)
    assert led == [True]
