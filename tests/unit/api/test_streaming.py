"""Live updates: who hears what. What arrives in a stream is what the timeline shows, to everybody."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from listening import Listening
from palabre.accounts import oauth
from palabre.accounts.actions import suspend
from palabre.api.mastodon import streaming as streams
from palabre.events import Event
from palabre.graph import actions as graph
from palabre.graph.queries import hidden_from
from palabre.ids import AccountId
from palabre.posts import actions as posts
from palabre.streaming import hub as hubs
from palabre.streaming.hub import Hub
from palabre.streaming.listener import MOST_MESSAGES
from palabre.streaming.reactions import ToEverybody, ToMember
from unit.api.network import Caller, Network


def hub_of(network: Network) -> Hub:
    return network.site.part(Hub)


# Getting in


def test_the_token_may_come_in_three_ways(network: Network) -> None:
    ana = network.member("ana")
    by_header = Listening(ana, stream="user")
    by_query = Listening(ana, headers={}, stream="user", access_token=ana.token)
    by_protocol = Listening(ana, headers={}, protocols=(ana.token, "other"), stream="user")
    said = ana.say("Hello")
    for each in (by_header, by_query, by_protocol):
        each.settle()
        assert [post["id"] for post in each.told()] == [said["id"]]
    assert by_protocol.said[0] == {"type": "websocket.accept", "subprotocol": ana.token}
    assert by_header.said[0] == {"type": "websocket.accept", "subprotocol": None}


@pytest.mark.parametrize("socket", [True, False])
def test_nobody_gets_in_without_a_good_token(network: Network, socket: bool) -> None:
    path = "" if socket else "/user"
    missing = Listening(network.visitor, path, socket=socket)
    assert missing.turned_away == (401, {"error": "Missing access token"})
    wrong = Listening(Caller(network, "wrong"), path, socket=socket)
    assert wrong.turned_away == (401, {"error": "The access token is invalid"})
    for_itself = Listening(network.app_caller("read"), path, socket=socket)
    assert for_itself.turned_away == wrong.turned_away
    assert not any(each.is_open for each in (missing, wrong, for_itself))
    assert hub_of(network).listeners == 0


def test_scopes_are_enforced_for_each_stream(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    statuses = Listening(network.token_for(ana, "read:statuses"))
    notifications = Listening(network.token_for(ana, "read:notifications"))
    writing = Listening(network.token_for(ana, "write"))
    refused = {"error": "Access token does not have the required scopes", "status": 401}
    for stream in ("user", "user:notification", "public", "hashtag", "direct", "list"):
        statuses.ask("subscribe", stream, tag="x")
        notifications.ask("subscribe", stream, tag="x")
        writing.ask("subscribe", stream, tag="x")
    assert statuses.heard == [refused, {"error": "Not authorized to stream this list", "status": 401}]
    assert notifications.heard == [refused] * 5
    assert writing.heard == [refused] * 6
    post = ana.say("Hello")
    ben.post(f"/api/v1/statuses/{post['id']}/favourite")
    network.settle()
    for each in (statuses, notifications, writing):
        each.settle()
    assert [len(statuses.told(event)) for event in ("update", "notification")] == [2, 0]
    assert [len(notifications.told(event)) for event in ("update", "notification")] == [0, 1]
    assert writing.told() == []
    path = Listening(network.token_for(ana, "write"), "/user", socket=False)
    assert path.turned_away == (401, {"error": "Access token does not have the required scopes"})


_SEND = 'Send {"type": "subscribe" or "unsubscribe", "stream": "…"}'


@pytest.mark.parametrize(
    ("asked", "refused", "status"),
    [
        ("not json", _SEND, 400),
        ('{"type":"dance","stream":"user"}', _SEND, 400),
        ('{"type":"subscribe"}', _SEND, 400),
        ('{"type":"subscribe","stream":"nowhere"}', "Unknown stream type", 400),
        ('{"type":"subscribe","stream":"hashtag"}', "Missing tag name parameter", 400),
        ('{"type":"subscribe","stream":"list","list":"1"}', "Not authorized to stream this list", 401),
    ],
)
def test_what_makes_no_sense_is_refused_and_the_connection_stays(
    network: Network, asked: str, refused: str, status: int
) -> None:
    listening = Listening(network.member("ana"))
    listening.text(asked)
    assert listening.heard == [{"error": refused, "status": status}]
    assert listening.is_open


def test_event_streams_refuse_in_json(network: Network) -> None:
    ana = network.member("ana")
    assert Listening(ana, "/hashtag", socket=False).turned_away == (400, {"error": "Missing tag name parameter"})
    assert Listening(ana, "/list", socket=False, list="1").turned_away == (
        401,
        {"error": "Not authorized to stream this list"},
    )
    assert Listening(ana, "", socket=False, stream="nowhere").turned_away == (400, {"error": "Unknown stream type"})
    assert ana.call("GET", "/api/v1/streaming/nowhere", 404)


def test_health_is_plain_and_open(network: Network) -> None:
    answer = network.visitor.call("GET", "/api/v1/streaming/health")
    assert (answer.text, answer.headers["content-type"]) == ("OK", "text/plain; charset=utf-8")


def test_the_instance_says_where_updates_are(network: Network) -> None:
    assert network.visitor.get("/api/v2/instance")["configuration"]["urls"]["streaming"] == "ws://localhost"
    assert network.visitor.get("/api/v1/instance")["urls"]["streaming_api"] == "ws://localhost"


# What is said


def test_messages_have_mastodons_shape(network: Network) -> None:
    ana = network.member("ana")
    listening = Listening(ana, stream="user")
    listening.ask("subscribe", "hashtag", tag="Été")
    said = ana.say("#été")
    listening.settle()
    first, second = listening.heard
    assert list(first) == ["stream", "event", "payload"]
    assert (first["stream"], first["event"]) == (["user"], "update")
    assert isinstance(first["payload"], str)
    assert second["stream"] == ["hashtag", "Été"]
    assert {**json.loads(first["payload"]), **json.loads(second["payload"])} == json.loads(first["payload"])
    assert listening.told()[0] == ana.get(f"/api/v1/statuses/{said['id']}")
    ana.delete(f"/api/v1/statuses/{said['id']}")
    listening.settle()
    assert listening.heard[2:] == [
        {"stream": ["user"], "event": "delete", "payload": said["id"]},
        {"stream": ["hashtag", "Été"], "event": "delete", "payload": said["id"]},
    ]


def test_a_stream_of_events_says_the_same(network: Network) -> None:
    ana = network.member("ana")
    listening = Listening(ana, "/user", socket=False)
    start, opened = listening.said
    assert dict(start["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert opened["body"] == b":)\n"
    said = ana.say("Hello")
    listening.settle()
    assert listening.told() == [ana.get(f"/api/v1/statuses/{said['id']}")]
    ana.delete(f"/api/v1/statuses/{said['id']}")
    listening.settle()
    assert listening.events[1:] == [("delete", said["id"])]


def test_silent_event_streams_thump(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "_BEAT_SECONDS", 0.0)
    listening = Listening(network.member("ana"), "/public", socket=False)
    socket = Listening(network.member("ben"), stream="public")
    beating = network.loop.create_task(hub_of(network).beat())
    while not any(each.get("body") == b":thump\n" for each in listening.said):
        listening.settle()
    beating.cancel()
    assert socket.heard == []


def test_a_stream_is_heard_until_it_is_taken_back(network: Network) -> None:
    ana = network.member("ana")
    listening = Listening(ana)
    for _ in range(2):
        listening.ask("subscribe", "user")
    listening.text('{"type":"subscribe","stream":"public","tag":null,"list":null}')
    one = ana.say("one")["id"]
    listening.settle()
    listening.ask("unsubscribe", "user")
    two = ana.say("two")["id"]
    listening.settle()
    heard = [(each["stream"][0], json.loads(each["payload"])["id"]) for each in listening.heard]
    assert heard == [("user", one), ("public", one), ("public", two)]
    listening.hang_up()
    assert not listening.is_open
    hub = hub_of(network)
    assert (hub.listeners, hub._members, hub._channels, hub._addresses, hub._public) == (0, {}, {}, {}, 0)
    assert network.site.homes.kept == set()


def test_notifications_are_what_the_list_shows(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    home, alone = Listening(ana, stream="user"), Listening(ana, "/user/notification", socket=False)
    post = ana.say("Hello")
    ben.follow(ana)
    ben.post(f"/api/v1/statuses/{post['id']}/favourite")
    ben.post(f"/api/v1/statuses/{post['id']}/reblog")
    ben.say("@ana hi")
    network.settle()
    home.settle()
    shown = ana.get("/api/v1/notifications")
    assert len(shown) == 4
    # What is told shows each thing as it was in that moment; counts go on.
    assert [each["id"] for each in home.told("notification")] == [each["id"] for each in shown[::-1]]
    assert home.told("notification")[-1] == shown[0]
    assert alone.told("notification") == home.told("notification")
    assert alone.told() == []


class _Changed(Event, frozen=True, kw_only=True, tag="test.changed"):
    account: AccountId


class _Announced(Event, frozen=True, kw_only=True, tag="test.announced"):
    text: str


def test_another_kind_of_event_takes_a_line_in_the_table(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    lines = [Listening(each, stream="user") for each in (ana, ben)]
    events = Listening(ana, "/user", socket=False)
    hub = hub_of(network)

    async def announcement(fact: _Announced) -> bytes:
        return json.dumps({"content": fact.text}).encode()

    hub._reactions[_Changed] = ToMember("filters_changed", account=lambda fact: fact.account)
    hub._reactions[_Announced] = ToEverybody("announcement", announcement)
    for fact in (_Changed(account=AccountId(ana.number)), _Announced(text="Hello all")):
        hub._take(fact)
    hub._told([], set())
    lines[0].settle()
    told = {"stream": ["user"], "event": "announcement", "payload": '{"content": "Hello all"}'}
    # Without a payload: some clients take an empty one for JSON.
    assert lines[0].heard == [{"stream": ["user"], "event": "filters_changed"}, told]
    assert lines[1].heard == [told]
    assert events.events == [("filters_changed", "undefined"), ("announcement", '{"content": "Hello all"}')]


def test_event_streams_of_media_alone_and_questions_for_heads(network: Network) -> None:
    ana = network.member("ana")
    listening = Listening(ana, "/public", socket=False, only_media="true")
    ana.say("no picture")
    listening.settle()
    assert listening.told() == []
    assert list(hub_of(network)._channels) == [("public:media", 0)]
    assert ana.call("HEAD", "/api/v1/streaming/public").headers["content-type"].startswith("text/event-stream")


# Who hears what


def _relations(network: Network) -> dict[str, Caller]:
    """An author, and readers who stand to him in every way."""
    author = network.member("author")
    readers = {
        name: network.member(name)
        for name in ("stranger", "follower", "muting", "blocking", "blocked", "mentioned", "unfollowed", "quiet")
    }
    for name in ("follower", "muting", "unfollowed", "quiet"):
        readers[name].follow(author)
    network.write(graph.mute, readers["muting"].number, author.number)
    network.write(graph.block, readers["blocking"].number, author.number)
    network.write(graph.block, author.number, readers["blocked"].number)
    network.write(graph.unfollow, readers["unfollowed"].number, author.number)
    network.write(graph.follow, readers["quiet"].number, author.number, show_reposts=False)
    return {"author": author, **readers}


_TIMELINES = {
    "user": "/api/v1/timelines/home",
    "public": "/api/v1/timelines/public",
    "public:local": "/api/v1/timelines/public?local=true",
    "public:media": "/api/v1/timelines/public?only_media=true",
    "public:local:media": "/api/v1/timelines/public?only_media=true",
    "public:remote": "/api/v1/timelines/public?remote=true",
    "hashtag": "/api/v1/timelines/tag/tag",
    "hashtag:local": "/api/v1/timelines/tag/tag",
}


def test_what_arrives_in_a_stream_is_what_the_timeline_shows(network: Network) -> None:
    people = _relations(network)
    author = people["author"]
    other = network.member("other")
    original = other.say("an original")
    lines: dict[tuple[str, str], Listening] = {}
    for (name, reader), stream in itertools.product(people.items(), _TIMELINES):
        lines[name, stream] = Listening(reader, stream=stream, tag="tag")
    before = {key: _ids(people[key[0]], _TIMELINES[key[1]]) for key in lines}
    expected_somewhere = []
    for visibility in ("public", "unlisted", "private", "direct"):
        said = author.say(f"{visibility} for @mentioned #tag", visibility=visibility)
        author.say("a reply to myself #tag", visibility=visibility, in_reply_to_id=said["id"])
        author.say("@other a reply to somebody else #tag", visibility=visibility, in_reply_to_id=original["id"])
        expected_somewhere.append(said["id"])
    author.post(f"/api/v1/statuses/{original['id']}/reblog")
    people["follower"].post(f"/api/v1/statuses/{expected_somewhere[0]}/reblog")
    network.settle()
    for each in lines.values():
        each.settle()
    for (name, stream), listening in lines.items():
        shown = [post for post in _ids(people[name], _TIMELINES[stream]) if post not in before[name, stream]]
        arrived = [post["id"] for post in listening.told()]
        assert arrived == shown[::-1], f"{name} hears on {stream} what the timeline does not show, or the reverse"
    heard = {name: len(lines[name, "user"].told()) for name in people}
    assert heard["follower"] > heard["quiet"] > 0, "the test shows nothing if nothing arrives"
    assert heard["stranger"] == heard["muting"] == heard["blocking"] == heard["blocked"] == heard["unfollowed"] == 0
    assert len(lines["stranger", "public"].told()) == 2
    for name in ("muting", "blocking", "blocked"):
        assert lines[name, "public"].told() == lines[name, "hashtag"].told() == []


def _ids(reader: Caller, path: str) -> list[str]:
    return [post["id"] for post in reader.call("GET", path).json()]


def test_deletions_are_told_only_to_those_who_had_the_post(network: Network) -> None:
    people = _relations(network)
    author = people["author"]
    people["fan"] = network.member("fan")
    people["fan"].follow(people["follower"])
    both = itertools.product(people.items(), ("user", "public", "hashtag"))
    lines = {(name, stream): Listening(reader, stream=stream, tag="tag") for (name, reader), stream in both}
    posts_of = {v: author.say(f"{v} #tag", visibility=v)["id"] for v in ("public", "unlisted", "private", "direct")}
    repost = people["follower"].post(f"/api/v1/statuses/{posts_of['public']}/reblog")["id"]
    for each in lines.values():
        each.settle()
    had = {key: {post["id"] for post in each.told()} for key, each in lines.items()}
    for post in posts_of.values():
        author.delete(f"/api/v1/statuses/{post}")
    for key, each in lines.items():
        each.settle()
        assert set(each.told("delete")) == had[key], key
    assert had["fan", "user"] == {repost}
    assert had["stranger", "public"] == {posts_of["public"]}


def test_a_change_of_relation_counts_from_the_next_post_on(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    home, public = Listening(ana, stream="user"), Listening(ana, stream="public")

    def heard_of(text: str) -> tuple[bool, bool]:
        said = ben.say(text)["id"]
        home.settle()
        return tuple(said in {post["id"] for post in each.told()} for each in (home, public))  # type: ignore[return-value]

    assert heard_of("before") == (False, True)
    ana.follow(ben)
    assert heard_of("followed") == (True, True)
    ana.post(f"/api/v1/accounts/{ben.id}/mute")
    assert heard_of("muted") == (False, False)
    ana.post(f"/api/v1/accounts/{ben.id}/unmute")
    assert heard_of("unmuted") == (True, True)
    ben.post(f"/api/v1/accounts/{ana.id}/block")
    assert heard_of("blocked") == (False, False)
    assert len(home.told()) == 2, "what was written before a follow does not come as news"


def test_nothing_is_told_while_nobody_knows_who_may_hear_it(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubs, "_WAIT_SECONDS", 0.0)
    ana, ben = network.member("ana"), network.member("ben")
    public = Listening(ana, stream="public")
    read, failures = network.site.db.read, 0

    async def away(query: Any, *given: Any, **more: Any) -> Any:
        nonlocal failures
        if query is hidden_from and (failures := failures + 1) < 5:
            raise ConnectionError  # the database is away for a moment
        return await read(query, *given, **more)

    monkeypatch.setattr(network.site.db, "read", away)
    ana.post(f"/api/v1/accounts/{ben.id}/block")
    ben.say("not for ana")
    mine = ana.say("mine")["id"]
    public.settle()
    assert failures == 5
    assert [post["id"] for post in public.told()] == [mine]


def test_windows_of_listeners_do_not_make_room_for_others(network_with: Any) -> None:
    network = network_with(window_cache_bytes=0)
    ana, ben = network.member("ana"), network.member("ben")
    ana.follow(ben)
    home = Listening(ana, stream="user")
    for _ in range(3):
        ben.get("/api/v1/timelines/home")
        network.member("other" + str(_)).get("/api/v1/timelines/home")
    said = ben.say("still here")["id"]
    home.settle()
    assert [post["id"] for post in home.told()] == [said]


def test_marks_of_the_reader_are_in_what_he_gets(network: Network) -> None:
    ana, ben, cleo, dan = (network.member(name) for name in ("ana", "ben", "cleo", "dan"))
    said = cleo.say("Hello")["id"]
    ana.post(f"/api/v1/statuses/{said}/favourite")
    for each in (ana, ben):
        each.follow(dan)
    homes = [Listening(each, stream="user") for each in (ana, ben)]
    dan.post(f"/api/v1/statuses/{said}/reblog")
    for each, reader, liked in zip(homes, (ana, ben), (True, False), strict=True):
        each.settle()
        assert each.told() == reader.get("/api/v1/timelines/home")[:1]
        assert each.told()[0]["reblog"]["favourited"] is liked


# Ending


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("socket", [True, False])
def test_a_revoked_token_ends_its_connections_and_no_others(network: Network, socket: bool, ours: bool) -> None:
    ana = network.member("ana")
    other = network.token_for(ana, "read")
    path = "" if socket else "/user"
    ended, kept = (Listening(each, path, socket=socket, ours=ours, stream="user") for each in (ana, other))
    network.write(oauth.revoke, network.site.keyring, None, ana.token)
    ended.wait_for_the_end()
    assert kept.is_open
    if socket:
        assert ended.code == 1008
    said = other_say(network, ana)
    kept.settle()
    assert [post["id"] for post in kept.told()] == [said]
    assert ended.told() == []


@pytest.mark.parametrize("socket", [True, False])
def test_a_token_that_is_revoked_while_a_stream_opens_opens_none(
    network: Network, socket: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub hears of the end before it knows of the connection."""
    ana, arrive = network.member("ana"), streams._arrive

    async def revoked_meanwhile(*given: Any) -> Any:
        found = await arrive(*given)
        await network.site.db.write(oauth.revoke, network.site.keyring, None, ana.token)
        return found

    monkeypatch.setattr(streams, "_arrive", revoked_meanwhile)
    listening = Listening(ana, "" if socket else "/user", socket=socket, stream="user")
    listening.wait_for_the_end()
    assert listening.told() == []
    if socket:
        assert listening.code == 1008


def other_say(network: Network, member: Caller) -> str:
    return str(network.token_for(member, "write").say("after")["id"])


def test_a_suspension_ends_all_connections(network: Network) -> None:
    ana = network.member("ana")
    listening = Listening(ana, stream="user")
    network.write(suspend, ana.number)
    listening.wait_for_the_end()


def test_a_stop_ends_everybody_at_once(network: Network) -> None:
    socket = Listening(network.member("ana"), stream="public")
    events = Listening(network.member("ben"), "/public", socket=False)

    async def stop() -> None:
        network.site.stop()

    network.run(stop())
    for each in (socket, events):
        each.settle()
        assert not each.is_open
    assert socket.code == 1001
    assert events.said[-1] == {"type": "http.response.body", "body": b"", "more_body": False}


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("socket", [True, False])
def test_who_does_not_read_is_dropped_and_nobody_waits(network: Network, socket: bool, ours: bool) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    path = "" if socket else "/public"
    deaf = Listening(ben, path, socket=socket, ours=ours)
    deaf._reads.clear()
    if socket:
        deaf.ask("subscribe", "public")
    quick = Listening(ana, stream="public")
    written = 0
    while deaf.is_open:
        network.write(posts.create_post, ana.number, posts.Draft(text="x" * 900), terms=network.site.terms)
        quick.settle()
        written += 1
        assert written <= MOST_MESSAGES + 2
    assert len(quick.told()) == written
    assert hub_of(network).dropped == 1
    assert hub_of(network).listeners == 1


# Bounds


def test_connections_and_subscriptions_are_bounded(network_with: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST_OF_MEMBER", 2)
    monkeypatch.setattr(hubs, "MOST_OF_ADDRESS", 4)
    monkeypatch.setattr(hubs, "MOST_SUBSCRIPTIONS", 2)
    network = network_with(live_connections=5, rates={})
    ana, ben, cleo = (network.member(name) for name in ("ana", "ben", "cleo"))
    first = Listening(ana, stream="user")
    Listening(ana, "/user", socket=False)
    assert Listening(ana).turned_away == (
        429, {"error": "Too many connections for live updates are open: at most 2"},
    )  # fmt: skip
    for _ in range(2):
        Listening(ben)
    assert Listening(cleo, "/user", socket=False).turned_away == (
        429, {"error": "Too many connections for live updates are open: at most 4"},
    )  # fmt: skip
    first.ask("subscribe", "public")
    first.ask("subscribe", "direct")
    assert first.heard == [{"error": "One connection takes at most 2 streams", "status": 429}]
    first.hang_up()
    assert Listening(cleo).turned_away is None


def test_a_server_takes_only_so_many(network_with: Any) -> None:
    network = network_with(live_connections=1)
    Listening(network.member("ana"))
    assert Listening(network.member("ben")).turned_away == (
        503, {"error": "There is no room for more live updates right now. Please try again later."},
    )  # fmt: skip


def test_messages_are_small_and_text(network: Network) -> None:
    long = Listening(network.member("ana"))
    long.text("x" * 5_000)
    assert long.code == 1009
    binary = Listening(network.member("ben"))
    binary._push({"type": "websocket.receive", "bytes": b"\x00"})
    assert binary.code == 1003


def test_asking_counts_against_the_members_limit(network_with: Any) -> None:
    from palabre.edge.limits import Rate

    network = network_with(rates={"api": Rate(3, 60)})
    listening = Listening(network.member("ana"))
    for _ in range(3):
        listening.ask("unsubscribe", "user")
    assert [each["status"] for each in listening.heard] == [429]


def test_an_edit_is_told_to_those_who_have_the_post(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    ben.follow(ana)
    ben.get("/api/v1/timelines/home")
    listening = Listening(ben, stream="user")
    post = ana.say("Helo")
    ana.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Hello"})
    listening.settle()
    assert [one["content"] for one in listening.told("status.update")] == ["<p>Hello</p>"]


def test_a_quote_is_told_whole_and_as_each_reader_sees_it(network: Network) -> None:
    ana, ben, cleo, dan, eve = (network.member(name) for name in ("ana", "ben", "cleo", "dan", "eve"))
    quoted = ana.say("Not for Cleo")
    for reader in (cleo, dan, eve):
        reader.follow(ben)
        reader.get("/api/v1/timelines/home")
    dan.post(f"/api/v1/statuses/{quoted['id']}/favourite")
    network.write(graph.block, ana.number, cleo.number)
    readers = (cleo, dan, eve)
    ears = [(Listening(each, stream="user"), Listening(each, stream="public")) for each in readers]
    post = ben.say("Look", quoted_status_id=quoted["id"])
    quotes = []
    for each, (home, public) in zip(readers, ears, strict=True):
        home.settle()
        public.settle()
        (told,), (also,) = home.told(), public.told()
        kept = each.get(f"/api/v1/statuses/{post['id']}")["quote"]
        assert told["quote"] == kept == each.get("/api/v1/timelines/home")[0]["quote"]
        assert also["quote"]["state"] == kept["state"]
        quotes.append(kept)
    assert [each["state"] for each in quotes] == ["unauthorized", "accepted", "accepted"]
    assert [each["quoted_status"]["favourited"] for each in quotes[1:]] == [True, False]
    ben.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Look there"})
    ears[1][0].settle()
    assert ears[1][0].told("status.update")[0]["quote"]["quoted_status"]["id"] == quoted["id"]
