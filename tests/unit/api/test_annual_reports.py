"""A member's year, summed up through the API."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest

from palabre import clock
from palabre.posts.yearly import Archetype, _is_over, archetype
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Network
from unit.api.scene import Scene

PLACE = "/api/v1/annual_reports"


def test_a_year_is_summed_up_when_its_member_asks(network: Network) -> None:
    scene = Scene(network, 1)
    year, ana = scene.year(), scene.ana
    assert ana.get(PLACE) == {"annual_reports": [], "accounts": [], "statuses": []}
    ana.get(f"{PLACE}/{year}", 404)
    ana.post(f"{PLACE}/{year}/read", 404)
    assert ana.get(f"{PLACE}/{year}/state") == {"state": "eligible"}
    for _ in range(2):
        assert ana.post(f"{PLACE}/{year}/generate") == {}
        assert ana.get(f"{PLACE}/{year}/state") == {"state": "available"}
    found = ana.get(f"{PLACE}/{year}")
    (report,) = found["annual_reports"]
    assert problems("AnnualReport", report, without=OPTIONAL["AnnualReport"]) == []
    assert report["data"]["type_distribution"] == {"total": 1, "reblogs": 0, "replies": 0, "standalone": 1}
    assert report["data"]["archetype"] == "lurker"
    assert [each["statuses"] for each in report["data"]["time_series"]] == [0] * 5 + [1] + [0] * 6
    assert ana.post(f"{PLACE}/{year}/read") == {}
    assert ana.get(PLACE) == found


def test_what_others_did_most_about_is_named(network: Network) -> None:
    scene = Scene(network, 1)
    year, ana, bo = scene.year(), scene.ana, scene.bo
    (old,) = ana.get(f"/api/v1/accounts/{ana.id}/statuses")
    bo.post(f"/api/v1/statuses/{old['id']}/favourite")
    ana.post(f"{PLACE}/{year}/generate")
    found = ana.get(f"{PLACE}/{year}")
    top = found["annual_reports"][0]["data"]["top_statuses"]
    assert top == {"by_reblogs": None, "by_favourites": old["id"], "by_replies": None}
    assert [each["id"] for each in found["statuses"]] == [old["id"]]
    assert [each["id"] for each in found["accounts"]] == [ana.id]
    ana.delete(f"/api/v1/statuses/{old['id']}")
    left = ana.get(f"{PLACE}/{year}")
    assert left["statuses"] == [], "what is deleted is in no report"
    assert left["annual_reports"][0]["data"]["type_distribution"]["total"] == 0


def test_a_year_without_posts_or_that_is_not_over_is_not_summed_up(network: Network) -> None:
    ana = network.member("ana")
    now = clock.as_datetime(clock.now())
    for year in (1, now.year - 1, now.year + 1, 99_999):
        assert ana.get(f"{PLACE}/{year}/state") == {"state": "ineligible"}
        assert ana.post(f"{PLACE}/{year}/generate") == {}
        ana.get(f"{PLACE}/{year}", 404)
    for wrong in ("tree", "1e3", "-1", "9" * 40):
        ana.get(f"{PLACE}/{wrong}", 404)
    december, november = (clock.from_datetime(dt.datetime(2026, month, 9, tzinfo=dt.UTC)) for month in (12, 11))
    assert (_is_over(december, 2026), _is_over(november, 2026), _is_over(november, 2025)) == (True, False, True)


@pytest.mark.parametrize(
    ("counts", "named"),
    [
        ((0, 0, 11, 0), Archetype.LURKER),
        ((30, 5, 5, 0), Archetype.BOOSTER),
        ((0, 0, 20, 2), Archetype.POLLSTER),
        ((0, 20, 10, 0), Archetype.REPLIER),
        ((0, 10, 20, 0), Archetype.ORACLE),
    ],
)
def test_a_year_is_named_by_what_there_was_most_of(counts: tuple[int, ...], named: Archetype) -> None:
    given = dict(zip(("reposts", "replies", "alone", "polls"), counts, strict=True))
    assert archetype(**given) is named


def test_every_year_has_a_name() -> None:
    for counts in itertools.product((0, 3, 40), repeat=4):
        given = dict(zip(("reposts", "replies", "alone", "polls"), counts, strict=True))
        assert archetype(**given) in Archetype
