"""A move that was cancelled never finishes, and one that cannot be cancelled does, whoever dies at which step."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from palabre.folder import STANDBY
from palabre.survival.state import Part, State
from running import Person, started
from standbys import Host, missing, pair, until

pytestmark = pytest.mark.crash

_HANDED = r'writing "handed_to": "\w'
_LET_GO = r'writing "let_go": true'
_DECIDED = r'writing "taking_over": "move"'


@contextmanager
def interrupted(folder: Path, victim: str, when: str, step: str) -> Iterator[tuple[Host, Host, Person, str]]:
    """A move of which one side was killed at a step; the old server is stopped, and the new as the kill left it."""
    with pair(folder, durability="prefer", standby_seconds=1.5) as (one, two):
        ana = one.account("ana")
        dies = one if victim == "old" else two
        assert dies.process is not None
        dies.stop() if dies is one else dies.kill()
        dies.dies_before(step) if when == "before" else dies.dies_after(step)
        again = time.time() * 1_000
        one.start() if dies is one else two.follow()
        until(
            lambda: both_say(one, two, since=again) and one.has_standby() and two.is_in_step(),
            f"both are back:\n{one.said()}\n{two.said()}",
        )
        with ana.client() as http:
            kept = http.post("/api/v1/statuses", data={"status": "before the move"}).json()["id"]
        process = dies.process
        assert process is not None
        with two.log.open("ab") as log:
            moving = started(["move", "--data", str(two.data), "--yes"], two.environment, stdout=log, stderr=log)
        try:
            assert process.wait(30) == -signal.SIGKILL, f"{one.said()}\n{two.said()}"
        finally:
            moving.kill()
            moving.wait()
        dies.process = None
        dies.dies_before("")
        if victim == "new":
            one.stop()
        yield one, two, ana, kept


def both_say(one: Host, two: Host, *, since: float) -> bool:
    """Whether what both say of themselves is newer than a moment, and the standby was seen since."""
    return all(host.last().get("at", 0) > since + 2_000 for host in (one, two))


def state(host: Host) -> State:
    return Part(host.data).state


def leads(host: Host) -> bool:
    return not (host.data / STANDBY).exists() and not state(host).fenced


def posts(ana: Person, host: Host, text: str) -> str:
    """Post until it is acknowledged; return its id."""
    said: list[str] = []

    def posted() -> bool:
        with ana.client() as http:
            answer = http.post(f"{host.base_url}/api/v1/statuses", data={"status": text})
        said.extend([answer.json()["id"]] if answer.status_code == 200 else [])
        return bool(said)

    until(posted, f"{host.data.name} acknowledges:\n{host.said()}")
    return said[0]


CANCELLED = [("old", "after", _HANDED), ("old", "before", _LET_GO)]
LET_GO = [
    ("old", "after", _LET_GO),
    ("new", "before", _DECIDED),
    ("new", "after", _DECIDED),
    ("new", "before", "unlink standby"),
]


@pytest.mark.parametrize(("victim", "when", "step"), CANCELLED)
def test_a_move_that_was_cancelled_never_finishes(tmp_path: Path, victim: str, when: str, step: str) -> None:
    with interrupted(tmp_path, victim, when, step) as (one, two, ana, kept):
        assert state(one).handed_to
        one.command("move", "--cancel", "--data", str(one.data), "--yes")
        one.start()
        on = posts(ana, one, "goes on here")
        if two.process is None:
            two.follow()
        until(one.has_standby, f"the other follows again:\n{one.said()}\n{two.said()}")
        assert (leads(one), leads(two)) == (True, False)
        assert state(one).epoch == state(two).epoch == 3
        assert missing(ana, one.base_url, {kept: "before the move", on: "goes on here"}) == []


@pytest.mark.parametrize(("victim", "when", "step"), LET_GO)
def test_a_move_that_was_let_go_cannot_be_cancelled_and_one_of_the_two_leads(
    tmp_path: Path, victim: str, when: str, step: str
) -> None:
    with interrupted(tmp_path, victim, when, step) as (one, two, ana, kept):
        said = one.command("move", "--cancel", "--data", str(one.data), "--yes", check=False)
        assert said.returncode == 1
        assert "--force" in said.stderr
        assert state(one).let_go, "nothing was changed"
        one.start()
        if two.process is None:
            two.follow()
        decided = state(two).taking_over == "move"
        if decided:
            until(lambda: "go to the successor" in one.said(), f"it finishes:\n{one.said()}\n{two.said()}")
        else:
            until(one.has_standby, f"it follows again:\n{one.said()}\n{two.said()}")
        until(lambda: (leads(one), leads(two)) == (not decided, decided), "one of the two leads")
        on = posts(ana, one, "by the old address")
        leader = two if decided else one
        assert missing(ana, leader.base_url, {kept: "before the move", on: "by the old address"}) == []


@pytest.mark.parametrize(("victim", "when", "step"), [LET_GO[0], LET_GO[2]])
def test_what_is_cancelled_by_force_does_not_finish_either(tmp_path: Path, victim: str, when: str, step: str) -> None:
    with interrupted(tmp_path, victim, when, step) as (one, two, ana, kept):
        one.command("move", "--cancel", "--force", "--data", str(one.data), "--yes")
        alone = two.process is None
        if alone:  # it comes back first: whom it would ask is away
            two.follow()
            until(lambda: "palabre promote" in two.last().get("trouble", ""), f"it waits:\n{two.said()}")
            assert not leads(two)
        one.start()
        on = posts(ana, one, "goes on here")
        until(one.has_standby, f"the other follows again:\n{one.said()}\n{two.said()}")
        assert (leads(one), leads(two)) == (True, False)
        assert state(two).epoch == 3
        assert ("the promotion is given up" in two.said()) is alone
        assert missing(ana, one.base_url, {kept: "before the move", on: "goes on here"}) == []


def test_a_cancelled_move_is_not_finished_by_hand_while_the_old_server_says_no(tmp_path: Path) -> None:
    with interrupted(tmp_path, *LET_GO[2]) as (one, two, ana, _):
        one.command("move", "--cancel", "--force", "--data", str(one.data), "--yes")
        one.start()
        said = two.command("promote", "--data", str(two.data), "--yes", check=False)
        assert said.returncode == 1
        assert "the move was cancelled" in said.stderr
        posts(ana, one, "goes on here")
        two.follow()
        until(one.has_standby, f"the other follows again:\n{one.said()}\n{two.said()}")


def test_who_leads_by_a_move_that_was_cancelled_by_force_is_stopped_as_soon_as_the_two_meet(tmp_path: Path) -> None:
    with interrupted(tmp_path, "new", "before", "unlink standby") as (one, two, ana, _):
        one.command("move", "--cancel", "--force", "--data", str(one.data), "--yes")
        (two.data / STANDBY).unlink()  # as a kill one step later leaves it: it leads
        two.start()
        posts(ana, two, "lost words")
        one.start()
        until(lambda: "REPLACED" in two.said(), f"it learns of it:\n{two.said()}")
        assert state(two).fenced == 3
        with ana.client() as http:
            assert http.post(f"{two.base_url}/api/v1/statuses", data={"status": "no"}).status_code == 503
        posts(ana, one, "goes on here")
        two.stop()
        two.join(one.address, one.invite())
        reports = list((two.data / "survival").glob("aside-*/report.json"))
        assert json.loads(reports[0].read_bytes())["facts"]["post.created"] == 1, "what it wrote is kept aside"
