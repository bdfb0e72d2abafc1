"""What a member wants to hear of whom, and who waits to be heard, through the API."""

from __future__ import annotations

from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network

POLICY = "/api/v2/notifications/policy"
REQUESTS = "/api/v1/notifications/requests"


def change(member: Caller, **wanted: str) -> dict[str, object]:
    answer: dict[str, object] = member.call("PATCH", POLICY, json=wanted).json()
    return answer


def kinds(member: Caller, **params: object) -> list[str]:
    return [one["type"] for one in member.get("/api/v1/notifications", **params)]


def test_a_policy_is_as_mastodons_until_it_is_changed(network: Network) -> None:
    ana = network.member("ana")
    kept = ana.get(POLICY)
    assert problems("NotificationPolicy", kept) == []
    assert kept == {
        "for_not_following": "accept",
        "for_not_followers": "accept",
        "for_new_accounts": "accept",
        "for_private_mentions": "filter",
        "for_limited_accounts": "filter",
        "summary": {"pending_requests_count": 0, "pending_notifications_count": 0},
    }
    changed = change(ana, for_new_accounts="drop", for_private_mentions="accept")
    assert (changed["for_new_accounts"], changed["for_private_mentions"]) == ("drop", "accept")
    assert changed["for_not_following"] == "accept"
    assert ana.get(POLICY) == changed
    refused = ana.call("PATCH", POLICY, 422, json={"for_not_following": "maybe"}).json()
    assert "for_not_following" in refused["error"]
    before = ana.get("/api/v1/notifications/policy")
    assert before["filter_new_accounts"] is True
    for method in ("PUT", "PATCH"):
        ana.call(method, "/api/v1/notifications/policy", json={"filter_new_accounts": False})
        assert ana.get(POLICY)["for_new_accounts"] == "accept"


def test_what_is_filtered_waits_and_is_let_through(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    change(ana, for_not_following="filter")
    post = bo.say("@ana hi")
    bo.follow(ana)
    network.settle()
    assert kinds(ana) == []
    assert ana.get("/api/v2/notifications")["notification_groups"] == []
    assert ana.get("/api/v1/notifications/unread_count") == {"count": 0}
    assert kinds(ana, include_filtered=True) == ["follow", "mention"]
    assert ana.get(POLICY)["summary"] == {"pending_requests_count": 1, "pending_notifications_count": 2}
    (waiting,) = ana.get(REQUESTS)
    assert problems("NotificationRequest", waiting, without=OPTIONAL["NotificationRequest"] - {"last_status"}) == []
    assert waiting["account"]["id"] == bo.id
    assert waiting["notifications_count"] == "2"
    assert waiting["last_status"]["id"] == post["id"]
    assert ana.get(f"{REQUESTS}/{waiting['id']}") == waiting
    bo.get(f"{REQUESTS}/{waiting['id']}", 404)
    bo.post(f"{REQUESTS}/{waiting['id']}/accept", 404)
    assert ana.post(f"{REQUESTS}/{waiting['id']}/accept") == {}
    assert kinds(ana) == ["follow", "mention"]
    assert ana.get(REQUESTS) == []
    assert ana.get(f"{REQUESTS}/merged") == {"merged": True}
    bo.say("@ana again")
    network.settle()
    assert kinds(ana) == ["mention", "follow", "mention"], "accepted once, heard for good"


def test_what_is_dismissed_is_gone_and_comes_again_as_a_request(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    change(ana, for_not_followers="filter")
    bo.say("@ana hi")
    network.settle()
    (waiting,) = ana.get(REQUESTS)
    assert ana.post(f"{REQUESTS}/{waiting['id']}/dismiss") == {}
    assert kinds(ana, include_filtered=True) == []
    ana.post(f"{REQUESTS}/{waiting['id']}/dismiss", 404)
    bo.say("@ana hi again")
    network.settle()
    assert [one["notifications_count"] for one in ana.get(REQUESTS)] == ["1"]


def test_several_are_answered_at_once_or_none(network: Network) -> None:
    ana, bo, cy, di = (network.member(name) for name in ("ana", "bo", "cy", "di"))
    change(ana, for_new_accounts="filter")
    for other in (bo, cy, di):
        other.say("@ana hi")
    network.settle()
    pages = ana.pages(REQUESTS, limit=2)
    assert [[one["account"]["username"] for one in page] for page in pages] == [["di", "cy"], ["bo"]]
    ids = [one["id"] for page in pages for one in page]
    ana.post(f"{REQUESTS}/dismiss", id=[ids[0]])
    ana.post(f"{REQUESTS}/accept", 404, id=ids)
    assert kinds(ana) == []
    ana.post(f"{REQUESTS}/accept", id=ids[1:])
    assert kinds(ana) == ["mention", "mention"]
    assert ana.get(REQUESTS) == []


def test_what_is_dropped_is_never_written(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    change(ana, for_not_following="drop")
    bo.say("@ana hi")
    network.settle()
    assert kinds(ana, include_filtered=True) == []
    ana.follow(bo)
    bo.say("@ana hi")
    network.settle()
    assert kinds(ana) == ["mention"]


def test_a_request_ends_with_the_post_that_made_it(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = bo.say("@ana psst", visibility="direct")
    network.settle()
    assert len(ana.get(REQUESTS)) == 1
    bo.delete(f"/api/v1/statuses/{post['id']}")
    network.settle()
    assert ana.get(REQUESTS) == []


def test_private_mentions_arrive_from_those_one_follows_or_has_written_to(network: Network) -> None:
    ana, bo, cy = (network.member(name) for name in ("ana", "bo", "cy"))
    ana.follow(bo)
    bo.say("@ana psst", visibility="direct")
    written = ana.say("@cy hello", visibility="direct")
    cy.say("@ana yes", visibility="direct", in_reply_to_id=written["id"])
    cy.say("@ana out of nowhere", visibility="direct")
    network.settle()
    assert kinds(ana) == ["mention", "mention"]
    assert [one["account"]["username"] for one in ana.get(REQUESTS)] == ["cy"]


def test_a_block_takes_back_what_was_accepted(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.say("@ana psst", visibility="direct")
    network.settle()
    ana.post(f"{REQUESTS}/{ana.get(REQUESTS)[0]['id']}/accept")
    ana.post(f"/api/v1/accounts/{bo.id}/block")
    ana.post(f"/api/v1/accounts/{bo.id}/unblock")
    network.settle()
    bo.say("@ana psst", visibility="direct")
    network.settle()
    assert len(ana.get(REQUESTS)) == 1
