"""Notifications about no post: who has joined, reports, warnings, collections; and kinds that an app may not know."""

from __future__ import annotations

from typing import Any

import pytest

from listening import Listening
from palabre.accounts.actions import SignUp, set_role, sign_up
from palabre.accounts.model import Role
from unit.api.documented import problems
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import act, root_of
from unit.api.test_push import due, subscribe

NOTIFICATIONS = "/api/v1/notifications"


def told(member: Caller, kind: str, **query: Any) -> list[Any]:
    member.network.settle()
    return [each for each in member.get(NOTIFICATIONS, **query) if each["type"] == kind]


def groups(member: Caller, kind: str, **query: Any) -> list[Any]:
    found = member.get("/api/v2/notifications", **query)["notification_groups"]
    return [each for each in found if each["type"] == kind]


def join(network: Network, name: str, policy: str = "open") -> Any:
    wanted = SignUp(username=name, password_hash="x")
    return network.write(sign_up, network.site.keyring, wanted, policy=policy)


def test_who_runs_the_network_is_told_who_has_joined(network: Network) -> None:
    root, ana = root_of(network), network.member("ana")
    waiting = join(network, "bo", "approval")
    join(network, "cy")
    found = told(root, "admin.sign_up")
    assert [each["account"]["username"] for each in found] == ["cy", "bo"]
    assert problems("Notification", found[0], without=_ABSENT) == []
    assert len(groups(root, "admin.sign_up")) == 2
    assert told(ana, "admin.sign_up") == []
    network.write(set_role, root.number, Role.MEMBER)
    assert told(root, "admin.sign_up") == groups(root, "admin.sign_up") == []
    assert waiting.username == "bo"


def test_who_runs_the_network_is_told_of_reports(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    listening = Listening(root, stream="user:notification")
    made = [ana.post("/api/v1/reports", account_id=bo.id, comment=each)["id"] for each in ("one", "two")]
    found = told(root, "admin.report")
    listening.settle()
    assert [each["report"]["id"] for each in found] == made[::-1]
    assert [each["id"] for each in listening.told("notification")] == [each["id"] for each in found[::-1]]
    assert (found[0]["account"]["id"], found[0]["report"]["target_account"]["id"]) == (ana.id, bo.id)
    assert problems("Notification", found[0], without=_ABSENT - {"report"}) == []
    assert problems("Report", found[0]["report"]) == []
    assert [each["report"]["id"] for each in groups(root, "admin.report")] == made[::-1]
    for member in (ana, bo):
        assert told(member, "admin.report") == []
    ana.post("/api/v1/reports", account_id=root.id, comment="of the one who would be told")
    root.post("/api/v1/reports", account_id=bo.id, comment="by the one who would be told")
    assert [each["report"]["id"] for each in told(root, "admin.report")] == made[::-1]
    network.write(set_role, root.number, Role.MEMBER)
    assert told(root, "admin.report") == groups(root, "admin.report") == []
    root.get(f"{NOTIFICATIONS}/{found[0]['id']}", 404)


def test_an_account_is_told_what_moderators_did_about_it(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    for kind in ("none", "sensitive", "silence"):
        act(root, ana, kind, text=f"Because of {kind}")
    found = told(ana, "moderation_warning")
    assert [(each["moderation_warning"]["action"], each["moderation_warning"]["text"]) for each in found] == [
        (kind, f"Because of {kind}") for kind in ("silence", "sensitive", "none")
    ]
    assert {each["account"]["id"] for each in found} == {ana.id}, "no moderator is named"
    assert problems("Notification", found[0], without=_ABSENT - {"moderation_warning"}) == []
    assert problems("AccountWarning", found[0]["moderation_warning"]) == []
    assert found[0]["moderation_warning"]["status_ids"] is None
    assert len(groups(ana, "moderation_warning")) == 3
    assert told(bo, "moderation_warning") == []
    act(root, bo, "disable", text="Nobody reads this")
    act(root, bo, "suspend")
    network.settle()
    act(root, ana, "none")
    assert len(told(ana, "moderation_warning")) == 4


def test_a_warning_names_the_posts_that_were_reported(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    posts = [ana.say(each)["id"] for each in ("one", "two")]
    report = bo.post("/api/v1/reports", account_id=ana.id, status_ids=posts)["id"]
    act(root, ana, "silence", text="Rude", report_id=report)
    (found,) = told(ana, "moderation_warning")
    assert problems("AccountWarning", found["moderation_warning"]) == []
    assert set(found["moderation_warning"]["status_ids"]) == set(posts)
    assert bo.id not in str(found), "nobody is told who reported"


def test_who_is_put_into_a_collection_is_told_and_what_it_says_later(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    made = ana.post("/api/v1/collections", name="Trees", account_ids=[bo.id])["collection"]["id"]
    ana.post(f"/api/v1/collections/{made}/items", account_id=cy.id)
    for member in (bo, cy):
        (found,) = told(member, "added_to_collection")
        assert (found["account"]["id"], found["collection"]["name"]) == (ana.id, "Trees")
        assert problems("Notification", found, without=_ABSENT - {"collection"}) == []
        assert [each["collection"]["id"] for each in groups(member, "added_to_collection")] == [made]
    assert told(ana, "added_to_collection") == []
    ana.call("PATCH", f"/api/v1/collections/{made}", json={"name": "Trees"})
    assert told(bo, "collection_update") == [], "nothing has changed"
    for name in ("Old trees", "Very old trees"):
        ana.call("PATCH", f"/api/v1/collections/{made}", json={"name": name})
    (found,) = told(bo, "collection_update")
    assert found["collection"]["name"] == "Very old trees"
    item = next(
        each["id"]
        for each in ana.get(f"/api/v1/collections/{made}")["collection"]["items"]
        if each["account_id"] == bo.id
    )
    bo.post(f"/api/v1/collections/{made}/items/{item}/revoke")
    assert told(bo, "added_to_collection") == told(bo, "collection_update") == []
    assert len(told(cy, "added_to_collection")) == 1
    ana.delete(f"/api/v1/collections/{made}")
    assert told(cy, "added_to_collection") == told(cy, "collection_update") == []


def test_who_is_blocked_tells_of_no_collection(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.post("/api/v1/collections", name="Trees", account_ids=[bo.id])
    assert len(told(bo, "added_to_collection")) == 1
    bo.post(f"/api/v1/accounts/{ana.id}/block")
    assert told(bo, "added_to_collection") == []


def test_devices_are_told_what_they_ask_for(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana", "read write follow push"), network.member("bo")
    asked = ("moderation_warning", "added_to_collection", "reply_request")
    assert {name for name, on in subscribe(ana, alerts=asked)["alerts"].items() if on} == set(asked)
    bo.post("/api/v1/collections", name="Trees", account_ids=[ana.id])
    act(root, ana, "none", text="Hm")
    assert len(due(network)) == 2


def test_what_only_this_network_has_is_told_to_apps_that_know_it(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"reply_approval": "all"}})
    question = ana.say("hello")["id"]
    bo.say("well", in_reply_to_id=question)
    bo.post(f"/api/v1/statuses/{question}/favourite")
    counted = f"{NOTIFICATIONS}/unread_count"
    assert told(ana, "reply_request") == groups(ana, "reply_request") == []
    assert (ana.get(counted), ana.get("/api/v2/notifications/unread_count")) == ({"count": 1}, {"count": 1})
    for query in ({"types[]": "reply_request"}, {"supported_types[]": ["favourite", "reply_request"]}):
        (found,) = told(ana, "reply_request", **query)
        assert "fallback" not in found
        (group,) = groups(ana, "reply_request", **query)
        assert "fallback" not in group
    known = {"supported_types[]": ["favourite"]}
    assert (ana.get(counted, **known), ana.get("/api/v2/notifications/unread_count", **known)) == (
        {"count": 2}, {"count": 2},
    )  # fmt: skip
    (found,), (group,) = told(ana, "reply_request", **known), groups(ana, "reply_request", **known)
    assert found["fallback"] == group["fallback"]
    assert problems("NotificationFallback", {**found["fallback"], "details": ""}) == []
    assert found["fallback"]["title"] == "Replies wait for your approval"
    (known_kind,) = told(ana, "favourite", **known)
    assert "fallback" not in known_kind
    one = ana.get(f"{NOTIFICATIONS}/{found['id']}", **known)
    assert one["fallback"] == found["fallback"]


def test_the_words_for_a_kind_that_an_app_does_not_know_are_no_markup(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.call("PATCH", "/api/v1/profile", json={"display_name": "<b>Bo"})
    bo.post("/api/v1/collections", name="Trees", account_ids=[ana.id])
    (found,) = told(ana, "added_to_collection", **{"supported_types[]": "mention"})
    assert found["fallback"]["title"] == "&lt;b&gt;Bo put you into a collection"


def test_posts_and_follows_cost_no_look_at_subjects(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.follow(ana)
    network.settle()
    ana.get(NOTIFICATIONS)
    asked: list[str] = []
    read = network.site.db.read

    async def noting(query: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(query.__name__)
        return await read(query, *args, **kwargs)

    monkeypatch.setattr(network.site.db, "read", noting)
    ana.get(NOTIFICATIONS)
    assert "subjects_of" not in asked


_ABSENT = frozenset({"status", "report", "event", "moderation_warning", "fallback", "collection"})
