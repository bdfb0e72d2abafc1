"""Polls at their edges: a choice that is named twice, and an end that was moved."""

from __future__ import annotations

import pytest

from palabre import clock, jobs
from palabre.ids import _Newest
from palabre.posts import polls
from unit.api.network import Network
from unit.api.test_polls import ask, vote


def test_a_choice_that_is_named_twice_counts_once(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    single, several = ask(ana), ask(ana, multiple=True)
    assert [each["votes_count"] for each in vote(bo, single, 1, 1)["options"]] == [0, 1, 0]
    assert [each["votes_count"] for each in vote(cy, several, 0, 2, 2)["options"]] == [1, 0, 1]


def test_an_end_that_was_moved_is_told_at_its_new_time_alone(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ask(ana)
    vote(bo, post, 0)
    poll = {"options": ["Tea", "Coffee", "Milk"], "expires_in": 3_600}
    ana.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Which?", "poll": poll})
    began = clock.now()
    monkeypatch.setattr(_Newest, "number", _Newest.number)  # ids go back to the present with the clock

    def told_after(seconds: int) -> list[int]:
        """How often the voter and the author were told of an end by then."""
        monkeypatch.setattr(clock, "now", lambda: clock.Instant(began + seconds * clock.SECOND))
        for job in network.write(jobs.claim):
            if job.kind == polls.CLOSE:
                network.write(polls.close, job.arguments(polls.Closing))
                network.write(jobs.done, job.id)
        network.settle()
        return [len(each.get("/api/v1/notifications", **{"types[]": "poll"})) for each in (bo, ana)]

    assert told_after(301) == [0, 0]
    assert told_after(3_601) == [1, 1]
