"""Figures for those who run the network are what was counted, and nothing that is not kept."""

from __future__ import annotations

from typing import Any

import pytest

from palabre import clock
from palabre.clock import DAY
from palabre.moderation.figures import LONGEST, Cohort, cohorts, span
from unit.api.documented import problems
from unit.api.network import Network
from unit.api.test_admin_accounts import SCOPES, root_of

MEASURES, DIMENSIONS, RETENTION = (f"/api/v1/admin/{name}" for name in ("measures", "dimensions", "retention"))


def _today() -> str:
    return clock.day(clock.now())


def test_measures_count_by_day(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    for _ in range(3):
        ana.say("#oak")
    bo.say("hello")
    report = ana.post("/api/v1/reports", account_id=bo.id)
    ana.post("/api/v1/reports", account_id=bo.id)
    root.post(f"/api/v1/admin/reports/{report['id']}/resolve")
    tag = network.visitor.get("/api/v1/tags/oak")["id"]
    asked: dict[str, Any] = {
        "keys": [
            "new_users", "active_users", "opened_reports", "resolved_reports", "tag_uses", "tag_accounts",
            "instance_accounts",
        ],
        "tag_uses": {"id": tag}, "tag_accounts": {"id": tag},
    }  # fmt: skip
    found = {each["key"]: each for each in root.post(MEASURES, **asked)}
    for each in found.values():
        assert problems("Admin_Measure", each) == []
        assert len(each["data"]) == 31
        assert each["data"][-1]["value"] == each["total"]
        assert each["previous_total"] == "0"
    assert {key: each["total"] for key, each in found.items()} == {
        "new_users": "3", "active_users": "2", "opened_reports": "2", "resolved_reports": "1", "tag_uses": "3",
        "tag_accounts": "1",
    }  # fmt: skip
    (then,) = root.post(MEASURES, keys=["new_users"], start_at="2020-01-01", end_at="2020-01-03")
    assert ([day["value"] for day in then["data"]], then["total"]) == (["0"] * 3, "0")
    assert root.post(MEASURES, keys=["tag_uses"]) == []
    assert "start_at" in root.post(MEASURES, 422, keys=["new_users"], start_at="soon")["details"]


def test_dimensions_are_languages_and_software(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    for language in ("fr", "fr", "de"):
        ana.say("x", language=language)
    languages, software = root.post(DIMENSIONS, keys=["languages", "software_versions", "servers"])
    assert problems("Admin_Dimension", languages) == []
    assert [(line["key"], line["value"]) for line in languages["data"]] == [("fr", "2"), ("de", "1")]
    assert [line["key"] for line in software["data"]] == ["palabre", "python", "database"]


def test_interactions_are_likes_reposts_and_replies(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    post = ana.say("hello")["id"]
    bo.post(f"/api/v1/statuses/{post}/favourite")
    bo.post(f"/api/v1/statuses/{post}/bookmark")
    bo.post(f"/api/v1/statuses/{post}/reblog")
    bo.say("well", in_reply_to_id=post)
    (found,) = root.post(MEASURES, keys=["interactions"])
    assert problems("Admin_Measure", found) == []
    assert (found["total"], found["previous_total"], found["data"][-1]["value"]) == ("3", "0", "3")


def test_dimensions_of_sign_ups_space_and_hashtags(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    body = {"username": "bo", "password": "long enough to be good", "agreement": True, "email": "bo@example.org"}
    network.app_caller("write:accounts").post("/api/v1/accounts", **body)
    ana.say("#oak", language="fr")
    ana.say("#elm", language="de")
    tag = network.visitor.get("/api/v1/tags/oak")["id"]
    asked = {"keys": ["sources", "space_usage", "tag_languages"], "tag_languages": {"id": tag}}
    found = {each["key"]: each["data"] for each in root.post(DIMENSIONS, **asked)}
    (app,) = (line for line in found["sources"] if line["key"] != "web")
    assert (app["value"], app["human_key"]) == ("1", app["key"])
    assert ("web", "2") in [(line["key"], line["value"]) for line in found["sources"]]
    assert [(line["key"], line["value"]) for line in found["tag_languages"]] == [("fr", "1")]
    space = {line["key"]: line for line in found["space_usage"]}
    assert set(space) == {"database", "media"}
    assert int(space["database"]["value"]) > 0
    assert (space["media"]["value"], space["media"]["unit"], space["media"]["human_value"]) == (
        "0",
        "bytes",
        "0 bytes",
    )
    assert root.post(DIMENSIONS, keys=["tag_languages"]) == []


def test_retention_counts_who_joined_and_wrote(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    ana.say("one")
    ana.say("two")
    for frequency in ("day", "month"):
        (cohort,) = root.post(RETENTION, start_at=_today(), end_at=_today(), frequency=frequency)
        assert problems("Admin_Cohort", cohort) == []
        (now,) = cohort["data"]
        assert (now["rate"], now["value"]) == (0.5, "1")
    root.post(RETENTION, 422, start_at=_today(), end_at=_today(), frequency="year")


def test_a_cohort_is_followed_through_later_periods_only() -> None:
    joined = {1: 10, 2: 10, 3: 11}
    activity = [(1, 10), (1, 12), (1, 12), (2, 9), (3, 12), (4, 10)]
    assert cohorts(joined, activity, [10, 11, 12]) == [
        Cohort(10, 2, ((10, 1), (11, 0), (12, 1))),
        Cohort(11, 1, ((11, 0), (12, 1))),
        Cohort(12, 0, ((12, 0),)),
    ]


def test_a_span_is_bounded_and_in_order() -> None:
    assert len(span(clock.Instant(0), clock.Instant(5_000 * DAY)).days) == LONGEST
    turned = span(clock.Instant(3 * DAY), clock.Instant(1 * DAY))
    assert (list(turned.days), list(turned.before().days)) == ([1, 2, 3], [-2, -1, 0])


@pytest.mark.parametrize("path", [MEASURES, DIMENSIONS, RETENTION])
def test_figures_are_for_administrators(network: Network, path: str) -> None:
    network.member("ana", SCOPES).post(path, 403, keys=["new_users"])
    network.token_for(root_of(network), "admin:read:accounts").post(path, 403, keys=["new_users"])
