"""What a member is told in groups, through the API."""

from __future__ import annotations

from typing import Any

import pytest

from palabre import clock
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network


@pytest.fixture
def liked(network: Network) -> tuple[Caller, list[Caller], dict[str, Any]]:
    """Ana, whose post three others like; and the post."""
    ana = network.member("ana")
    others = [network.member(name) for name in ("bo", "cy", "di")]
    post = ana.say("hello")
    for other in others:
        other.post(f"/api/v1/statuses/{post['id']}/favourite")
    others[0].follow(ana)
    network.settle()
    return ana, others, post


def test_likes_of_one_post_are_one_group(
    network: Network, liked: tuple[Caller, list[Caller], dict[str, Any]]
) -> None:
    ana, (bo, cy, di), post = liked
    answer = ana.get("/api/v2/notifications")
    assert problems("GroupedNotificationsResults", answer, without=frozenset({"partial_accounts"})) == []
    follow, like = answer["notification_groups"]
    absent = OPTIONAL["NotificationGroup"] - {"page_min_id", "page_max_id", "latest_page_notification_at"}
    assert problems("NotificationGroup", follow, without=absent) == []
    assert problems("NotificationGroup", like, without=absent - {"status_id"}) == []
    assert (like["type"], like["notifications_count"], like["status_id"]) == ("favourite", 3, post["id"])
    assert like["sample_account_ids"] == [di.id, cy.id, bo.id]
    assert follow["sample_account_ids"] == [bo.id]
    assert "status_id" not in follow
    assert {one["id"] for one in answer["accounts"]} == {bo.id, cy.id, di.id}
    assert [one["id"] for one in answer["statuses"]] == [post["id"]]
    told = ana.get("/api/v1/notifications")
    assert [one["group_key"] for one in told] == [follow["group_key"]] + [like["group_key"]] * 3
    assert like["page_max_id"] == told[1]["id"]
    assert like["page_min_id"] == told[3]["id"]


def test_the_number_of_the_newest_is_a_place_in_the_list(
    network: Network, liked: tuple[Caller, list[Caller], dict[str, Any]]
) -> None:
    ana, (bo, _, _), _ = liked

    def keys(**bounds: object) -> list[str]:
        return [one["group_key"] for one in ana.get("/api/v2/notifications", **bounds)["notification_groups"]]

    follow, like = ana.get("/api/v2/notifications")["notification_groups"]
    newest = follow["most_recent_notification_id"]
    assert like["most_recent_notification_id"] < newest < 2**53  # JavaScript holds it, and Swift
    assert keys(since_id=newest) == []
    assert keys(max_id=newest) == [like["group_key"]]
    assert keys(min_id=like["most_recent_notification_id"]) == [follow["group_key"]]
    assert ana.get("/api/v2/notifications/unread_count") == {"count": 2}
    moved = ana.call("POST", "/api/v1/markers", data={"notifications[last_read_id]": str(newest)}).json()
    assert moved["notifications"]["last_read_id"] == follow["page_max_id"]
    assert ana.get("/api/v2/notifications/unread_count") == {"count": 0}
    ana.post(f"/api/v1/accounts/{bo.id}/unfollow")
    bo.say("@ana hi")
    network.settle()
    (mention,) = ana.get("/api/v2/notifications", since_id=newest)["notification_groups"]
    assert mention["type"] == "mention"
    assert ana.get("/api/v2/notifications/unread_count") == {"count": 1}


def test_one_has_read_up_to_a_notification_or_to_nothing(
    liked: tuple[Caller, list[Caller], dict[str, Any]],
) -> None:
    ana, _, _ = liked
    for text in ("1000000000000", "12", "nothing", "9" * 31):
        ana.call("POST", "/api/v1/markers", 404, data={"notifications[last_read_id]": text})
    assert ana.get("/api/v2/notifications/unread_count") == {"count": 2}
    ana.get("/api/v1/timelines/home", 422, max_id=2**50)  # posts are never numbered


def test_faces_are_enough_for_apps_that_ask_for_them(
    network: Network, liked: tuple[Caller, list[Caller], dict[str, Any]]
) -> None:
    ana, (bo, cy, di), _ = liked
    answer = ana.get("/api/v2/notifications", expand_accounts="partial_avatars")
    assert problems("GroupedNotificationsResults", answer) == []
    assert {one["id"] for one in answer["accounts"]} == {bo.id, di.id}
    assert [one["id"] for one in answer["partial_accounts"]] == [cy.id]
    assert problems("PartialAccountWithAvatar", answer["partial_accounts"][0]) == []
    ana.get("/api/v2/notifications", 422, expand_accounts="none")


def test_kinds_that_an_app_cannot_group_stand_alone(
    network: Network, liked: tuple[Caller, list[Caller], dict[str, Any]]
) -> None:
    ana, _, _ = liked
    answer = ana.call("GET", "/api/v2/notifications", params={"grouped_types[]": ["follow"]}).json()
    likes = [one for one in answer["notification_groups"] if one["type"] == "favourite"]
    assert [one["notifications_count"] for one in likes] == [1, 1, 1]
    assert all(one["group_key"] == f"ungrouped-{one['page_max_id']}" for one in likes)
    only = ana.call("GET", "/api/v2/notifications", params={"types[]": ["follow"]}).json()
    assert [one["type"] for one in only["notification_groups"]] == ["follow"]


def test_groups_are_paged_and_counted(network: Network, liked: tuple[Caller, list[Caller], dict[str, Any]]) -> None:
    ana, (bo, _, _), post = liked
    bo.say("@ana hi", in_reply_to_id=post["id"])
    network.settle()
    assert ana.get("/api/v2/notifications/unread_count") == {"count": 3}
    assert ana.get("/api/v2/notifications/unread_count", limit=2) == {"count": 2}
    found = []
    answer = ana.call("GET", "/api/v2/notifications", params={"limit": 1})
    while answer.json()["notification_groups"]:
        found += [one["type"] for one in answer.json()["notification_groups"]]
        answer = ana.call("GET", answer.links["next"]["url"].removeprefix("http://localhost"))
    assert found == ["mention", "follow", "favourite"]
    newest = ana.get("/api/v1/notifications")[0]["id"]
    ana.post("/api/v1/markers", notifications={"last_read_id": newest})
    assert ana.get("/api/v2/notifications/unread_count") == {"count": 0}


def test_one_group_is_shown_with_all_its_people_and_dismissed(
    network: Network, liked: tuple[Caller, list[Caller], dict[str, Any]]
) -> None:
    ana, (bo, cy, di), _ = liked
    key = ana.get("/api/v2/notifications")["notification_groups"][1]["group_key"]
    one = ana.get(f"/api/v2/notifications/{key}")
    assert problems("GroupedNotificationsResults", one, without=frozenset({"partial_accounts"})) == []
    assert one["notification_groups"][0]["notifications_count"] == 3
    pages = ana.pages(f"/api/v2/notifications/{key}/accounts", limit=2)
    assert [[each["id"] for each in page] for page in pages] == [[di.id, cy.id], [bo.id]]
    for path in (key, f"{key}/accounts"):
        bo.get(f"/api/v2/notifications/{path}", 404)
    bo.post(f"/api/v2/notifications/{key}/dismiss", 404)
    assert ana.post(f"/api/v2/notifications/{key}/dismiss") == {}
    assert [each["type"] for each in ana.get("/api/v1/notifications")] == ["follow"]
    ana.get(f"/api/v2/notifications/{key}", 404)
    ana.post(f"/api/v2/notifications/{key}/dismiss", 404)


def test_what_stands_alone_has_a_key_too(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.say("@ana hi")
    network.settle()
    key = ana.get("/api/v1/notifications")[0]["group_key"]
    assert ana.get(f"/api/v2/notifications/{key}")["notification_groups"][0]["type"] == "mention"
    assert [each["id"] for each in ana.get(f"/api/v2/notifications/{key}/accounts")] == [bo.id]
    for wrong in ("ungrouped-1", "mention", "favourite-7-3", "favourite-x", "follow-999999999999", "a-b-c-d"):
        ana.get(f"/api/v2/notifications/{wrong}", 404)
    assert ana.post(f"/api/v2/notifications/{key}/dismiss") == {}
    assert ana.get("/api/v2/notifications")["notification_groups"] == []


def test_a_group_closes_after_twelve_hours_and_a_new_one_begins(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = network.member("ana")
    post = ana.say("hello")
    begin = clock.now()
    for name, hours in (("bo", 13), ("cy", 2), ("di", 0)):
        other = network.member(name)
        monkeypatch.setattr(clock, "now", lambda hours=hours: begin - hours * clock.HOUR)
        other.post(f"/api/v1/statuses/{post['id']}/favourite")
        network.settle()
    counts = [one["notifications_count"] for one in ana.get("/api/v2/notifications")["notification_groups"]]
    assert counts == [1, 2]


def test_people_one_mutes_are_not_counted(
    network: Network, liked: tuple[Caller, list[Caller], dict[str, Any]]
) -> None:
    ana, (bo, cy, di), _ = liked
    ana.post(f"/api/v1/accounts/{di.id}/mute")
    like = ana.get("/api/v2/notifications")["notification_groups"][1]
    assert like["sample_account_ids"] == [cy.id, bo.id]
    assert like["notifications_count"] == 2
