"""A repost that is filtered by itself, as pages find it."""

from __future__ import annotations

from unit.api.network import Network
from unit.api.test_filters import new_filter
from unit.web.reading import Reading


def test_a_repost_is_filtered_by_itself_and_what_it_repeats_is_not(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    ana.follow(bo)
    post = cy.say("plain words")["id"]
    repost = bo.post(f"/api/v1/statuses/{post}/reblog")["id"]
    made = new_filter(ana, act="hide")["id"]
    reading = Reading(ana)
    assert "plain words" in reading.get("/home")
    ana.post(f"/api/v2/filters/{made}/statuses", status_id=repost)
    assert "plain words" not in reading.get("/home")
    assert "plain words" in reading.get("/@cy")
    ana.post(f"/api/v2/filters/{made}/statuses", status_id=post)
    assert "plain words" not in reading.get("/@cy")
