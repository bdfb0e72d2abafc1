"""A limited account is heard by its followers and by whoever comes to it; one whose media are covered is covered."""

from __future__ import annotations

import io

from PIL import Image

from palabre.search.actions import fill
from palabre.search.model import Slice
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import ACCOUNTS, act, root_of


def _ids(posts: list[dict]) -> list[str]:
    return [each["id"] for each in posts]


def _public(reader: Caller) -> list[str]:
    return _ids(reader.get("/api/v1/timelines/public", local="true")) + _ids(reader.get("/api/v1/timelines/tag/oak"))


def test_posts_stand_nowhere_in_public_but_reach_followers_and_visitors_of_the_page(network: Network) -> None:
    root, ana, fan, bo = root_of(network), *(network.member(name) for name in ("ana", "fan", "bo"))
    fan.follow(ana)
    before = ana.say("before #oak")
    assert _public(bo) == [before["id"], before["id"]]
    act(root, ana, "silence")
    assert _public(bo) == []  # the windows that all readers share are now in memory
    after = ana.say("after #oak")
    for reader in (bo, fan, network.visitor):
        assert _public(reader) == []
    assert _ids(fan.get("/api/v1/timelines/home")) == [after["id"], before["id"]]
    assert _ids(bo.get(f"/api/v1/accounts/{ana.id}/statuses")) == [after["id"], before["id"]]
    assert bo.get(f"/api/v1/statuses/{after['id']}")["account"]["limited"] is True
    root.post(f"{ACCOUNTS}/{ana.id}/unsilence")
    assert _public(bo) == [after["id"], before["id"]] * 2
    assert "limited" not in bo.get(f"/api/v1/accounts/{ana.id}")


def test_a_followed_hashtag_does_not_bring_it_home(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    bo.post("/api/v1/tags/oak/follow")
    bo.get("/api/v1/timelines/home")
    act(root, ana, "silence")
    ana.say("after #oak")
    assert bo.get("/api/v1/timelines/home") == []
    network.site.homes.drop(bo.number)
    assert bo.get("/api/v1/timelines/home") == []
    bo.follow(ana)
    assert len(bo.get("/api/v1/timelines/home")) == 1


def test_it_is_found_by_its_followers_only(network: Network) -> None:
    root, ana, fan, bo = root_of(network), *(network.member(name) for name in ("ana", "fan", "bo"))
    ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"indexable": True, "discoverable": True})
    fan.follow(ana)
    ana.say("an acorn")
    network.settle()
    assert len(bo.get("/api/v2/search", q="acorn", type="statuses")["statuses"]) == 1
    act(root, ana, "silence")
    network.settle()
    network.write(fill, Slice(ana.number))
    assert bo.get("/api/v2/search", q="acorn", type="statuses")["statuses"] == []
    assert bo.get("/api/v2/search", q="ana", type="accounts")["accounts"] == []
    assert [each["username"] for each in fan.get("/api/v2/search", q="ana", type="accounts")["accounts"]] == ["ana"]
    assert "ana" not in [each["username"] for each in bo.get("/api/v1/directory")]


def test_notifications_of_it_wait_unless_it_is_followed(network: Network) -> None:
    root, ana, fan, bo = root_of(network), *(network.member(name) for name in ("ana", "fan", "bo"))
    fan.follow(ana)
    act(root, ana, "silence")
    ana.say("@bo @fan hello")
    network.settle()
    assert [each["type"] for each in fan.get("/api/v1/notifications")] == ["mention"]
    assert bo.get("/api/v1/notifications") == []
    assert [each["account"]["username"] for each in bo.get("/api/v1/notifications/requests")] == ["ana"]


def test_covered_media_are_covered_at_once_and_uncovered_again(network: Network) -> None:
    root, ana, bo = root_of(network), network.member("ana"), network.member("bo")
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    media = ana.call("POST", "/api/v2/media", files={"file": ("x.png", picture.getvalue(), "image/png")}).json()
    with_picture, words = ana.say("look", media_ids=[media["id"]]), ana.say("words")
    address = f"/api/v1/statuses/{with_picture['id']}"
    assert bo.get(address)["sensitive"] is False
    act(root, ana, "sensitive")
    assert bo.get(address)["sensitive"] is True
    assert bo.get(f"/api/v1/statuses/{words['id']}")["sensitive"] is False
    assert root.post(f"{ACCOUNTS}/{ana.id}/unsensitive")["sensitized"] is False
    assert bo.get(address)["sensitive"] is False
