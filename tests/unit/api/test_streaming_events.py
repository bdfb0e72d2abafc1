"""Live updates: every kind of event on every stream, over both kinds of connections."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from PIL import Image

from listening import Listening
from palabre import clock
from palabre.announcements import actions as announcements
from palabre.ids import AccountId, Kind, PostId, _Newest
from palabre.posts.polls import Closing, close
from palabre.posts.queries import poll_view
from palabre.store import Transaction
from unit.api.network import Caller, Network
from unit.api.test_streaming_circles import new_list

_POST = ["update", "status.update", "delete"]
_EXPECTED: dict[str, list[str]] = {
    "user": [
        *_POST, "notification", "announcement", "announcement.reaction", "announcement.delete", "filters_changed",
        "notifications_merged",
    ],
    "user/notification": ["notification", "notifications_merged"],
    "public": _POST,
    "public?only_media=true": _POST,
    "public/local": _POST,
    "public/local?only_media=true": _POST,
    "public/remote": [],
    "public/remote?only_media=true": [],
    "hashtag": _POST,
    "hashtag/local": _POST,
    "list": _POST,
    "direct": ["conversation"] * 2,
}  # fmt: skip
"""Path below ``/api/v1/streaming/`` → what comes on it, in order, when all that :func:`_everything` does is done."""


class Ears(NamedTuple):
    """The same stream, over a WebSocket and over server-sent events."""

    socket: Listening
    events: Listening


def _ears(member: Caller, path: str, made: str) -> Ears:
    name, _, query = path.partition("?")
    stream = name.replace("/", ":") + (":media" if query else "")
    more = {"tag": "oak"} if name.startswith("hashtag") else {"list": made} if name == "list" else {}
    media = {"only_media": "true"} if query else {}
    return Ears(
        Listening(member, stream=stream, **more),
        Listening(member, f"/{name}", socket=False, **more, **media),
    )


def _picture(member: Caller) -> str:
    drawn = io.BytesIO()
    Image.new("RGB", (9, 9)).save(drawn, "PNG")
    files = {"file": ("x.png", drawn.getvalue(), "image/png")}
    return str(member.call("POST", "/api/v2/media", files=files).json()["id"])


def _everything(network: Network, ana: Caller, bo: Caller, stranger: Caller) -> None:
    """Cause every kind of event that ``ana``, who follows ``bo``, can be told of, each told before the next."""
    media = [_picture(bo)]
    said = bo.say("an #oak", media_ids=media)
    network.tell()
    bo.call("PUT", f"/api/v1/statuses/{said['id']}", json={"status": "the #oak", "media_ids": media})
    network.tell()
    bo.delete(f"/api/v1/statuses/{said['id']}")
    network.tell()
    talk = bo.say("@ana psst", visibility="direct")
    network.settle()
    network.tell()
    bo.call("PUT", f"/api/v1/statuses/{talk['id']}", json={"status": "@ana hush"})
    network.tell()
    network.settle()
    network.tell()
    [conversation] = ana.get("/api/v1/conversations")
    ana.post(f"/api/v1/conversations/{conversation['id']}/read")
    network.tell()
    announcement = network.write(announcements.announce, "News").id
    network.tell()
    network.write(announcements.react, stranger.number, announcement, "🌳")
    network.tell()
    network.write(announcements.delete_announcement, announcement)
    network.tell()
    ana.post("/api/v2/filters", title="Trees", context=["home"], keywords_attributes=[{"keyword": "elm"}])
    network.tell()
    stranger.say("@ana hello", visibility="unlisted")
    network.tell()
    network.settle()
    network.tell()
    [request] = ana.get("/api/v1/notifications/requests")
    ana.post(f"/api/v1/notifications/requests/{request['id']}/accept")
    network.tell()
    network.settle()
    network.tell()


def _heard(each: Listening) -> list[tuple[str, str | None]]:
    each.settle()
    if each.scope["type"] == "http":
        return [(event, None if data == "undefined" else data) for event, data in each.events]
    return [(one["event"], one.get("payload")) for one in each.heard]


def test_every_event_comes_on_its_streams_over_both_kinds_of_connections(network: Network) -> None:
    ana, bo, stranger = (network.member(name) for name in ("ana", "bo", "stranger"))
    ana.follow(bo)
    made = new_list(ana, bo)
    ana.call("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "filter"})
    ana.get("/api/v1/timelines/home")
    ears = {path: _ears(ana, path, made) for path in _EXPECTED}
    _everything(network, ana, bo, stranger)
    for path, (socket, events) in ears.items():
        heard = _heard(socket)
        assert heard == _heard(events), f"{path}: the two kinds of connections tell different things"
        assert [event for event, _ in heard] == _EXPECTED[path], path
        assert events.is_open
    bare = {"filters_changed", "delete", "announcement.delete"}
    told = _heard(ears["user"].events)
    assert all(json.loads(payload or "") for event, payload in told if event not in bare)
    assert [payload for event, payload in told if event == "filters_changed"] == [None]


def test_others_hear_nothing_of_what_is_one_members_own(network: Network) -> None:
    ana, bo, stranger, other = (network.member(name) for name in ("ana", "bo", "stranger", "other"))
    ana.follow(bo)
    made = new_list(other, bo) if other.follow(bo) else ""
    ana.call("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "filter"})
    ears = {path: _ears(other, path, made) for path in ("user", "user/notification", "direct", "list")}
    _everything(network, ana, bo, stranger)
    told = {path: [event for event, _ in _heard(each.events)] for path, each in ears.items()}
    network_wide = ["announcement", "announcement.reaction", "announcement.delete"]
    assert told == {"user": [*_POST, *network_wide], "user/notification": [], "direct": [], "list": _POST}


def test_many_streams_on_one_connection_each_said_once_and_taken_back_alone(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    made = new_list(ana, bo)
    listening = Listening(ana)
    params: dict[str, dict[str, str]] = {
        "hashtag": {"tag": "oak"},
        "hashtag:local": {"tag": "oak"},
        "list": {"list": made},
    }
    names = ["user", "user:notification", "direct", "public", "public:local", "public:media", "public:local:media",
             "public:remote", "public:remote:media", "hashtag", "hashtag:local", "list"]  # fmt: skip
    for _ in range(2):  # asking twice is asking once
        for name in names:
            listening.ask("subscribe", name, **params.get(name, {}))
    said = bo.say("an #oak", media_ids=[_picture(bo)])["id"]
    listening.settle()
    labels = [each["stream"] for each in listening.heard]
    with_post = set(names) - {"user:notification", "direct", "public:remote", "public:remote:media"}
    assert sorted(label[0] for label in labels) == sorted(with_post)
    assert {len(label) for label in labels if label[0] in params} == {2}
    assert {post["id"] for post in listening.told()} == {said}
    for name in names:
        if name != "public":
            listening.ask("unsubscribe", name, **params.get(name, {}))
    heard = len(listening.heard)
    bo.say("another #oak", media_ids=[_picture(bo)])
    listening.settle()
    assert [each["stream"] for each in listening.heard[heard:]] == [["public"]]


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"type": "unsubscribe", "stream": "nowhere"}, ("Unknown stream type", 400)),
        ({"type": "unsubscribe", "stream": "hashtag"}, ("Missing tag name parameter", 400)),
        ({"type": "unsubscribe", "stream": "list"}, ("Not authorized to stream this list", 401)),
        ({"type": "subscribe", "stream": "hashtag", "tag": "#"}, ("Missing tag name parameter", 400)),
        ({"type": "subscribe", "stream": "hashtag", "tag": "x" * 201}, ("Missing tag name parameter", 400)),
        ({"type": "subscribe", "stream": "user", "tag": 7}, None),
        ({"type": "subscribe", "stream": ["user"]}, None),
        (["subscribe", "user"], None),
        (None, None),
    ],
)
def test_what_cannot_be_taken_back_or_asked_is_refused_and_the_rest_goes_on(
    network: Network, asked: Any, refused: tuple[str, int] | None
) -> None:
    ana = network.member("ana")
    listening = Listening(ana, stream="user")
    listening.text(json.dumps(asked))
    unreadable = ('Send {"type": "subscribe" or "unsubscribe", "stream": "…"}', 400)
    error, status = refused or unreadable
    assert listening.heard == [{"error": error, "status": status}]
    said = ana.say("still here")["id"]
    listening.settle()
    assert [post["id"] for post in listening.told()] == [said]


def test_a_message_that_is_nested_too_deep_is_refused_and_the_rest_goes_on(network: Network) -> None:
    ana = network.member("ana")
    listening = Listening(ana, stream="user")
    listening.text('{"type":"subscribe","x":' + "[" * 2_000 + "]" * 2_000 + "}")
    assert [each["status"] for each in listening.heard] == [400]
    said = ana.say("still here")["id"]
    listening.settle()
    assert [post["id"] for post in listening.told()] == [said]


def test_taking_back_what_was_never_asked_for_changes_nothing(network: Network) -> None:
    ana = network.member("ana")
    listening = Listening(ana, stream="user")
    for name in ("public", "direct"):
        listening.ask("unsubscribe", name)
    listening.ask("unsubscribe", "hashtag", tag="oak")
    said = ana.say("an #oak")["id"]
    listening.settle()
    assert [(each["stream"], json.loads(each["payload"])["id"]) for each in listening.heard] == [(["user"], said)]


_Odd = Callable[[Network, Caller, Caller], list[str]]


def _muted_conversation(network: Network, ana: Caller, bo: Caller) -> list[str]:
    root = ana.say("root")
    ana.post(f"/api/v1/statuses/{root['id']}/mute")
    bo.say("@ana an answer", in_reply_to_id=root["id"])
    bo.post(f"/api/v1/statuses/{root['id']}/favourite")
    network.settle()
    return []


def _poll_that_ends(network: Network, ana: Caller, bo: Caller) -> list[str]:
    asked = bo.say("Tea?", poll={"options": ["yes", "no"], "expires_in": 300}, visibility="unlisted")
    ana.post(f"/api/v1/polls/{asked['poll']['id']}/votes", choices=[0])
    post = PostId(network.site.ids.decode(Kind.POST, asked["id"]))

    def end(tx: Transaction) -> None:
        poll = poll_view(tx, None, post).poll
        assert poll is not None
        close(tx, Closing(post, AccountId(bo.number), poll.expires))

    network.write(end)
    network.settle()
    return ["poll"]


def _edited_repost(network: Network, ana: Caller, bo: Caller) -> list[str]:
    said = bo.say("Helo", visibility="unlisted")
    ana.post(f"/api/v1/statuses/{said['id']}/reblog")
    bo.call("PUT", f"/api/v1/statuses/{said['id']}", json={"status": "Hello"})
    network.settle()
    return ["update"]


def _liked_and_taken_back(network: Network, ana: Caller, bo: Caller) -> list[str]:
    said = ana.say("x")
    for act in ("favourite", "unfavourite"):
        bo.post(f"/api/v1/statuses/{said['id']}/{act}")
    network.settle()
    return []


def _asked_while_requests_are_dismissed(network: Network, ana: Caller, bo: Caller) -> list[str]:
    ana.call("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "filter"})
    bo.say("@ana one", visibility="unlisted")
    network.settle()
    [request] = ana.get("/api/v1/notifications/requests")
    bo.say("@ana two", visibility="unlisted")  # it comes in this moment
    ana.post(f"/api/v1/notifications/requests/{request['id']}/dismiss")
    network.settle()
    assert ana.get("/api/v1/notifications") == []
    again = ana.get("/api/v1/notifications/requests")
    for each in again:
        ana.post(f"/api/v1/notifications/requests/{each['id']}/accept")
    bo.say("@ana three", visibility="unlisted")
    network.settle()
    return ["mention"]


@pytest.mark.parametrize(
    "odd",
    [
        _muted_conversation,
        _poll_that_ends,
        _edited_repost,
        _liked_and_taken_back,
        _asked_while_requests_are_dismissed,
    ],
)
def test_notifications_of_odd_sequences_come_live_as_the_list_shows_them(network: Network, odd: _Odd) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ears = _ears(ana, "user/notification", "")
    expected = odd(network, ana, bo)
    ears.events.settle()
    told = [each["type"] for each in ears.events.told("notification")]
    assert told == expected
    shown = [each["type"] for each in ana.get("/api/v1/notifications")]
    assert shown[: len(expected)] == expected


@pytest.mark.parametrize("stream", ["user", "public", "hashtag", "list"])
def test_a_filter_that_has_ended_hides_nothing_live(
    network: Network, stream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    ana.follow(bo)
    made = new_list(ana, bo)
    more = {"hashtag": {"tag": "tree"}, "list": {"list": made}}.get(stream, {})
    context = ["home"] if stream in {"user", "list"} else ["public"]
    listening = Listening(ana, f"/{stream}", socket=False, **more)
    ana.post(
        "/api/v2/filters", title="Trees", context=context, filter_action="hide", expires_in=3_600,
        keywords_attributes=[{"keyword": "oak"}],
    )  # fmt: skip
    bo.say("an oak #tree")
    listening.settle()
    assert listening.told() == []
    later = clock.now() + 3_601_000
    monkeypatch.setattr(_Newest, "number", _Newest.number)  # ids go back to the present with the clock
    monkeypatch.setattr(clock, "now", lambda: later)
    said = bo.say("another oak #tree")["id"]
    listening.settle()
    assert [post["id"] for post in listening.told()] == [said]
    assert listening.told()[0]["filtered"] == []
