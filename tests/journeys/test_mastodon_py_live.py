"""With Mastodon.py, live updates in both ways: server-sent events, and many streams in one WebSocket."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from mastodon import Mastodon, WebSocketStreamHandle
from mastodon.errors import MastodonNetworkError
from mastodon.streaming import SSEStreamHandle

from mastodon_py import Clients, Heard, picture, soon
from running import RunningServer

People = Callable[[int], list[Mastodon]]


@pytest.fixture(scope="module")
def people(server: RunningServer) -> Iterator[People]:
    """Makes so many members."""
    made = Clients(server)
    yield made.members
    made.close()


def _by_events(client: Mastodon, friends: Any, listen: Callable[[str], Heard]) -> list[Any]:
    return [
        client.stream_user(listen("user"), run_async=True),
        client.stream_user_notifications(listen("told"), run_async=True),
        client.stream_local(listen("local"), run_async=True),
        client.stream_public(listen("media"), run_async=True, only_media=True),
        client.stream_hashtag("walls", listen("tag"), run_async=True),
        client.stream_list(friends, listen("list"), run_async=True),
        client.stream_direct(listen("direct"), run_async=True),
    ]


def _leave(handle: SSEStreamHandle) -> None:
    """Hear no more. To close a stream of events waits for the next one, so its socket is ended under it."""
    handle.closed = True
    handle.connection.raw.connection.sock.shutdown(socket.SHUT_RDWR)
    handle._thread.join(60)
    assert not handle._thread.is_alive()


def test_live_updates_come_as_events(people: People) -> None:
    ana, bo = people(2)
    him = bo.me().acct
    bo.account_follow(ana.me())
    friends = bo.list_create("Friends")
    bo.list_accounts_add(friends, [ana.me()])
    heard: dict[str, Heard] = {}

    def listen(stream: str) -> Heard:
        return heard.setdefault(stream, Heard())

    def named(streams: str, event: str, post: Any) -> None:
        for stream in streams.split():
            soon(lambda stream=stream: heard[stream].names(event, post))

    with ExitStack() as opened:
        for handle in _by_events(bo, friends, listen):
            opened.callback(_leave, handle)
        media = [ana.media_post(picture(), mime_type="image/jpeg") for _ in range(2)]
        first = ana.status_post(f"@{him} are you there? #walls", media_ids=media[:1])

        def all_listen() -> bool:
            ana.status_post(f"@{him} alone", visibility="direct")
            ana.status_update(first, f"@{him} there, {time.monotonic_ns()}? #walls", media_ids=media[:1])
            return (
                all(heard[name].has("status.update") for name in ("user", "local", "media", "tag", "list"))
                and heard["told"].has("notification")
                and heard["direct"].has("conversation")
            )

        soon(all_listen, shown=heard)  # a stream tells of what happens from when it is open
        post = ana.status_post(f"@{him} look #walls", media_ids=media[1:])
        named("user local media tag list", "update", post)
        soon(lambda: heard["told"].has("notification", lambda told: told.status.id == post.id))
        soon(lambda: heard["user"].has("notification", lambda told: told.status.id == post.id))
        assert not heard["told"].has("update")
        bare = ana.status_post("No picture #walls")
        named("local tag", "update", bare)
        bo.create_filter_v2("Nothing", ["home"], "warn")
        soon(lambda: heard["user"].has("filters_changed"))
        ana.status_delete(post)
        named("user local media tag list", "delete", post)
        assert not heard["media"].names("update", bare)


def _by_one_socket(opened: WebSocketStreamHandle, friends: Any, listen: Callable[[str], Heard]) -> None:
    for name in ("user", "user:notification", "public", "public:local", "public:media", "direct"):
        opened.subscribe(name, listener=listen(name))
    opened.subscribe("hashtag", listener=listen("hashtag"), tag="walls")
    opened.subscribe("list", listener=listen("list"), list=str(friends.id))


def test_one_socket_carries_many_streams_and_each_is_named(people: People) -> None:
    ana, bo = people(2)
    him = bo.me().acct
    bo.account_follow(ana.me())
    friends = bo.list_create("Friends")
    bo.list_accounts_add(friends, [ana.me()])
    heard: dict[str, Heard] = {}
    rest = Heard()

    def listen(stream: str) -> Heard:
        return heard.setdefault(stream, Heard())

    def named(streams: str, event: str, post: Any) -> None:
        for stream in streams.split():
            soon(lambda stream=stream: heard[stream].names(event, post), shown=(stream, heard[stream]))

    with bo.stream_open_websocket(listener=rest) as opened:
        _by_one_socket(opened, friends, listen)
        media = ana.media_post(picture(), mime_type="image/jpeg")
        first = ana.status_post(f"@{him} are you there?")

        def all_listen() -> bool:
            ana.status_post(f"@{him} alone", visibility="direct")
            ana.status_update(first, f"@{him} there, {time.monotonic_ns()}? #walls")
            told = heard["user:notification"].has("notification") and heard["direct"].has("conversation")
            return told and all(
                heard[name].has("status.update") for name in ("user", "public:local", "hashtag", "list")
            )

        soon(all_listen, shown=heard)  # a stream tells of what happens from when it is open
        post = ana.status_post(f"@{him} look #Walls", media_ids=[media])
        named("user public public:local public:media hashtag list", "update", post)
        for stream in ("user", "user:notification"):
            soon(lambda stream=stream: heard[stream].has("notification", lambda told: told.status.id == post.id))
        bare = ana.status_post("Neither picture nor hashtag")
        named("user public public:local list", "update", bare)
        opened.unsubscribe("public:local")
        refused = Heard()
        opened.subscribe("list", listener=refused, list="1")
        soon(lambda: refused.errors)  # messages are taken in their order, so by now nobody hears the local stream
        assert "Not authorized to stream this list" in refused.errors[0]
        ana.status_update(post, f"@{him} look again #walls", media_ids=[media])
        named("user public public:media hashtag list", "status.update", post)
        bo.create_filter_v2("Nothing", ["home"], "warn")
        soon(lambda: heard["user"].has("filters_changed"))
        ana.status_delete(post)
        named("user public public:media hashtag list", "delete", post)
    assert not heard["public:local"].names("status.update", post)
    assert not heard["public:local"].names("delete", post)
    for stream in ("public:media", "hashtag"):
        assert not heard[stream].names("update", bare), "each event goes to the stream that it came by"
    assert {name for name, _ in heard["user:notification"].said} == {"notification"}
    assert {name for name, _ in heard["direct"].said} == {"conversation"}
    assert rest.said == [], "every event says which stream it came by"


def test_a_socket_that_is_cut_is_opened_again_with_all_its_streams(people: People) -> None:
    ana, bo = people(2)
    bo.account_follow(ana.me())
    home, tag = Heard(), Heard()

    def both_hear() -> bool:
        before = len(home.said), len(tag.said)
        ana.status_post("Look #walls")
        return len(home.said) > before[0] and len(tag.said) > before[1]

    opened = bo.stream_open_websocket(reconnect_async=True, reconnect_async_wait_sec=0)
    try:
        opened.subscribe("user", listener=home)
        opened.subscribe("hashtag", listener=tag, tag="walls")
        soon(both_hear, shown=(home, tag))
        first = opened.connection
        first.sock.shutdown(socket.SHUT_RDWR)
        soon(lambda: opened.connection not in {first, None}, shown=home)
        soon(both_hear, shown=(home, tag))
        assert (len(home.errors), len(tag.errors)) == (1, 1), "each is told once that the connection ended"
    finally:
        opened.close()
        opened.join(60)


def test_nobody_listens_with_a_token_that_was_not_given(people: People) -> None:
    [ana] = people(1)
    stranger = Mastodon(api_base_url=ana.api_base_url, access_token="nonsense", session=ana.session)
    with pytest.raises(MastodonNetworkError, match="401"):
        stranger.stream_open_websocket(Heard())
    with pytest.raises(MastodonNetworkError, match="Unauthorized"):
        stranger.stream_user(Heard())
