"""What live posts say of what their reader did: at home and in lists all of it, in public nothing."""

from __future__ import annotations

from typing import Any

from listening import Listening
from unit.api.network import Network


def test_an_edit_comes_home_with_what_the_reader_did(network: Network) -> None:
    ana, ben, cleo = (network.member(name) for name in ("ana", "ben", "cleo"))
    for each in (ben, cleo):
        each.follow(ana)
    listed = ben.post("/api/v1/lists", title="Friends")["id"]
    ben.post(f"/api/v1/lists/{listed}/accounts", account_ids=[ana.id])
    said = ana.say("Helo", poll={"options": ["a", "b"], "expires_in": 300})
    ben.post(f"/api/v1/statuses/{said['id']}/favourite")
    ben.post(f"/api/v1/polls/{said['poll']['id']}/votes", choices=[1])
    ears = [
        (ben, Listening(ben, stream="user"), True),
        (ben, Listening(ben, stream="list", list=listed), True),
        (cleo, Listening(cleo, stream="user"), False),
    ]
    poll = {"options": ["a", "b"], "expires_in": 300}
    ana.call("PUT", f"/api/v1/statuses/{said['id']}", json={"status": "Hello", "poll": poll})
    for reader, listening, did in ears:
        listening.settle()
        (told,) = listening.told("status.update")
        assert (told["favourited"], told["poll"]["voted"]) == (did, did)
        assert told == reader.get("/api/v1/timelines/home")[0]


_OWN = {"favourited", "reblogged", "muted", "bookmarked", "pinned", "filtered"}


def test_public_streams_do_not_say_what_a_reader_did(network: Network) -> None:
    ana, ben, cleo = (network.member(name) for name in ("ana", "ben", "cleo"))
    cleo.post("/api/v2/filters", title="Trees", context=["public"], keywords_attributes=[{"keyword": "oak"}])
    asked = ben.say("A question")
    told: list[dict[str, Any]] = []
    streams = ("public", "hashtag")
    ears = [Listening(each, stream=stream, tag="oak") for each in (ana, ben, cleo) for stream in streams]
    poll = {"options": ["a", "b"], "expires_in": 300}
    said = ana.say("An #oak", quoted_status_id=asked["id"], poll=poll)
    ana.say("@ben a reply under an #oak", in_reply_to_id=asked["id"])
    ben.post(f"/api/v1/statuses/{said['id']}/favourite")
    ana.call("PUT", f"/api/v1/statuses/{said['id']}", json={"status": "An old #oak", "poll": poll})
    for number, each in enumerate(ears):
        each.settle()
        heard = [*each.told(), *each.told("status.update")]
        told += heard
        filters = number >= 4  # cleo
        for post in heard:
            assert post.keys() & _OWN == ({"filtered"} if filters else set())
            if filters:
                assert post["filtered"][0]["filter"]["title"] == "Trees"
            assert not (post["poll"] or {}).keys() & {"voted", "own_votes"}
            assert "vote" not in post.get("palabre", {})
            if post["quote"]:
                assert post["quote"]["quoted_status"].keys() & _OWN <= {"filtered"}
    assert len([post for post in told if post["poll"]]) == 12
    assert len([post for post in told if "palabre" in post]) >= 3, "replies, with what all say of them"
