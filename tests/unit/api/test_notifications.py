"""What a member is told, through the API."""

from __future__ import annotations

from unit.api.documented import OPTIONAL, problems
from unit.api.network import Network


def test_everything_that_concerns_somebody_is_told(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ana.say("hello")
    bo.follow(ana)
    bo.post(f"/api/v1/statuses/{post['id']}/favourite")
    bo.post(f"/api/v1/statuses/{post['id']}/reblog")
    bo.say("@ana hi", in_reply_to_id=post["id"])
    network.settle()
    counted = "/api/v1/notifications/unread_count"
    assert ana.get(counted) == {"count": 4}
    assert ana.get(counted, limit=2) == {"count": 2}
    kinds = [each["type"] for each in ana.get("/api/v1/notifications")]
    assert ana.get(counted, **{"types[]": kinds[0]}) == {"count": kinds.count(kinds[0])}
    assert ana.get(counted, **{"exclude_types[]": kinds[0]}) == {"count": 4 - kinds.count(kinds[0])}
    assert ana.get(counted, **{"types[]": "severed_relationships"}) == {"count": 0}
    assert ana.get(counted, account_id=ana.id) == {"count": 0}
    told = ana.get("/api/v1/notifications")
    assert [one["type"] for one in told] == ["mention", "reblog", "favourite", "follow"]
    for one in told:
        left_out = OPTIONAL["Notification"] if one["type"] == "follow" else OPTIONAL["Notification"] - {"status"}
        assert problems("Notification", one, without=left_out) == []
        assert one["account"]["id"] == bo.id
    assert told[1]["status"]["id"] == told[2]["status"]["id"] == post["id"]
    assert told[2]["status"]["favourites_count"] == 1
    assert ana.get(f"/api/v1/notifications/{told[0]['id']}") == told[0]
    bo.get(f"/api/v1/notifications/{told[0]['id']}", 404)


def test_kinds_and_people_can_be_chosen(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    for other in (bo, cy):
        other.follow(ana)
        other.say("@ana hi")
    network.settle()

    def kinds(**params: object) -> list[str]:
        return [one["type"] for one in ana.call("GET", "/api/v1/notifications", params=params).json()]

    assert kinds(**{"types[]": ["follow"]}) == ["follow", "follow"]
    assert kinds(**{"exclude_types[]": ["follow", "poll"]}) == ["mention", "mention"]
    assert kinds(account_id=bo.id) == ["mention", "follow"]
    assert kinds(**{"types[]": ["poll"]}) == []
    pages = ana.pages("/api/v1/notifications", limit=3)
    assert [len(page) for page in pages] == [3, 1]


def test_notifications_are_dismissed_and_cleared(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.follow(ana)
    bo.say("@ana hi")
    network.settle()
    first, second = ana.get("/api/v1/notifications")
    assert ana.post(f"/api/v1/notifications/{first['id']}/dismiss") == {}
    assert ana.get("/api/v1/notifications") == [second]
    assert ana.post("/api/v1/notifications/clear") == {}
    assert ana.get("/api/v1/notifications") == []


def test_what_is_kept_of_a_notification_follows_what_becomes_of_it(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.call("PATCH", "/api/v1/accounts/update_credentials", data={"locked": "true"})
    bo.follow(ana)
    network.settle()
    [asked] = ana.get("/api/v1/notifications")
    ana.post(f"/api/v1/follow_requests/{bo.id}/authorize")
    network.settle()
    [told] = ana.get("/api/v1/notifications")
    assert (asked["type"], told["type"], told["id"]) == ("follow_request", "follow", asked["id"])
    bo.call("PATCH", "/api/v1/accounts/update_credentials", data={"display_name": 'Bo "the bold" \\ \x7f'})
    network.settle()
    [renamed] = ana.get("/api/v1/notifications")
    assert renamed["account"]["display_name"].startswith('Bo "the bold" \\')
    assert {**renamed, "account": None} == {**told, "account": None}
    assert ana.get(f"/api/v1/notifications/{told['id']}") == renamed
    known = ana.get("/api/v1/notifications", **{"supported_types[]": "follow"})
    assert known == [renamed]
    bo.say("@ana hello")
    network.settle()
    told = ana.get("/api/v1/notifications")
    assert told[0] == ana.get("/api/v1/notifications", **{"supported_types[]": "mention"})[0]
    assert [each["id"] for each in told[1:]] == [renamed["id"]]
    assert told[0]["status"]["content"].endswith("hello</p>")
