"""Posts are rendered once; what a fact makes stale is forgotten; the memory stays in its bounds."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from palabre.accounts.events import AccountChanged, AccountDeleted
from palabre.accounts.model import Badge, BadgeKind, Standing, Voucher
from palabre.api.mastodon.entities.account import account
from palabre.api.mastodon.loading import Loading, view_json, views_json
from palabre.api.mastodon.pieces import ANYBODY, Pieces, line_of
from palabre.clock import Instant
from palabre.events import Event
from palabre.graph.events import Followed
from palabre.ids import PostId
from palabre.posts.events import PostChanged, PostCreated, PostDeleted, PostMarked
from palabre.posts.model import Mark, PostView
from palabre.timelines.model import Entry
from unit.api.samples import NAMES, ana, full_view, repost_of, view


@pytest.fixture
def pieces() -> Pieces:
    return Pieces(NAMES, 10_000_000)


def decoded(page: bytes | None) -> Any:
    assert page is not None
    return json.loads(page)


def test_a_warm_page_is_what_the_cold_one_was(pieces: Pieces) -> None:
    original = full_view()
    shown = [original, repost_of(original, ana(username="cy")), view(ana(username="di"))]
    cold = views_json(pieces, shown, pieces.mark, reader=ANYBODY)
    assert pieces.page([line_of(one) for one in shown], reader=ANYBODY) == cold
    assert [post["reblog"] and post["reblog"]["id"] for post in decoded(cold)] == [
        None,
        decoded(cold)[0]["id"],
        None,
    ]
    assert decoded(cold)[1]["favourited"] is decoded(cold)[1]["reblog"]["favourited"] is True


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"posts_count": 7, "last_post": Instant(1_800_000_000_000)},
        {"followers_count": 3},
        {"following_count": 2, "last_post": None},
        {"display_name": 'Ana "last_status_at":null,"statuses_count":0,"followers_count":0,"following_count":0'},
        {"bio": "Other words", "posts_count": 8},
        {"locked": True},
        {"badges": (Badge(BadgeKind.OFFICIAL, Voucher.OPERATOR),)},
        {"standing": Standing.SUSPENDED, "posts_count": 9},
        {"domain": "elsewhere.example", "bio": "<p>Hi</p>"},
    ],
)
def test_an_account_whose_counts_changed_is_written_as_if_for_the_first_time(
    pieces: Pieces, changed: dict[str, Any]
) -> None:
    before = ana()
    after = msgspec.structs.replace(before, **changed)
    for shown in (before, after, before):
        written = pieces.person(shown, pieces.mark)
        assert written == msgspec.json.encode(account(NAMES, shown))
        pieces.apply(PostCreated(post=PostId(1), author=shown.id, visibility="public"))


def test_nothing_is_kept_of_an_account_that_is_gone(pieces: Pieces) -> None:
    shown = ana()
    for fact in (AccountDeleted(account=shown.id), AccountChanged(account=shown.id)):
        pieces.person(shown, pieces.mark)
        pieces.apply(fact)
        assert not pieces.authors.entries
        assert not pieces._profiles.entries


def test_an_empty_page_is_an_empty_list(pieces: Pieces) -> None:
    assert pieces.page([], reader=ANYBODY) == b"[]" == views_json(pieces, [], pieces.mark, reader=ANYBODY)


def test_a_visitor_gets_the_same_piece_without_marks(pieces: Pieces) -> None:
    shown = view()
    member, visitor = (json.loads(view_json(pieces, shown, pieces.mark, reader=m)) for m in (ANYBODY, None))
    assert set(member) - set(visitor) == {"favourited", "reblogged", "muted", "bookmarked", "pinned", "filtered"}
    assert {key: member[key] for key in visitor} == visitor


def test_a_page_with_a_missing_piece_is_left_to_the_slow_way(pieces: Pieces) -> None:
    kept, other = view(), view(ana(username="bo"))
    view_json(pieces, kept, pieces.mark, reader=ANYBODY)
    lines = [line_of(kept), line_of(other)]
    assert pieces.page(lines, reader=ANYBODY) is None
    assert Loading(pieces, 0).missing(lines) == ([other.post.id], [])


def test_what_is_gone_meanwhile_is_left_out(pieces: Pieces) -> None:
    kept = view()
    load = Loading(pieces, pieces.mark)
    load.add([kept])
    page = load.assemble([Entry(PostId(1), 0, 0), line_of(kept), Entry(PostId(2), kept.post.id, 0)], reader=ANYBODY)
    assert [post["content"] for post in decoded(page)] == ["<p>Hello</p>"]


def _facts(shown: PostView) -> dict[str, Event]:
    post, author = shown.post.id, shown.author.id
    return {
        "counts or pictures": PostChanged(post=post),
        "a like": PostMarked(account=author, post=post, author=author, marks=1),
        "deletion": PostDeleted(post=post, author=author),
        "deletion of what it reposts": PostDeleted(post=PostId(1), author=author, reposts=(post,)),
        "a reply": PostCreated(post=PostId(1), author=author, visibility="public", reply_to=post),
        "a repost": PostCreated(post=PostId(1), author=author, visibility="public", repost_of=post),
        "a repost taken back": PostDeleted(post=PostId(1), author=author, repost_of=post),
    }


@pytest.mark.parametrize("what", _facts(view()))
def test_a_post_is_forgotten_after(what: str, pieces: Pieces) -> None:
    shown, other = view(), view()
    views_json(pieces, [shown, other], pieces.mark, reader=ANYBODY)
    pieces.apply(_facts(shown)[what])
    posts, _ = Loading(pieces, 0).missing([line_of(shown), line_of(other)])
    assert posts == [shown.post.id]


def test_a_new_profile_shows_on_posts_that_are_kept(pieces: Pieces) -> None:
    before, other = ana(), ana(username="bo")
    shown = [view(before), view(before), view(other)]
    views_json(pieces, shown, pieces.mark, reader=ANYBODY)
    pieces.apply(AccountChanged(account=before.id))
    lines = [line_of(one) for one in shown]
    assert Loading(pieces, 0).missing(lines) == ([], [before.id])
    load = Loading(pieces, pieces.mark)
    load.missing(lines)
    load.add((), [ana(id=before.id, display_name="Ana B.")])
    page = load.assemble(lines, reader=ANYBODY)
    assert [post["account"]["display_name"] for post in decoded(page)] == ["Ana B.", "Ana B.", "Ana <3"]
    assert pieces.page(lines, reader=ANYBODY) == page


def test_a_new_follower_is_counted_on_posts_that_are_kept(pieces: Pieces) -> None:
    shown, reader = view(), ana(username="bo")
    view_json(pieces, shown, pieces.mark, reader=ANYBODY)
    pieces.apply(Followed(id=1, follower=reader.id, followed=shown.author.id))
    assert Loading(pieces, 0).missing([line_of(shown)]) == ([], [shown.author.id])


def test_what_was_read_before_a_fact_and_arrives_after_it_is_not_kept(pieces: Pieces) -> None:
    shown = view()
    mark = pieces.mark
    pieces.apply(PostChanged(post=shown.post.id))
    pieces.apply(AccountChanged(account=shown.author.id))
    assert json.loads(view_json(pieces, shown, mark, reader=ANYBODY))["content"] == "<p>Hello</p>"
    assert Loading(pieces, 0).missing([line_of(shown)])[0] == [shown.post.id]
    assert shown.author.id not in pieces.authors.entries


def test_what_was_not_used_longest_goes_first() -> None:
    pieces = Pieces(NAMES, 40_000)
    first, *rest = (view(ana(username=f"u{n}"), "x" * 500) for n in range(40))
    view_json(pieces, first, pieces.mark, reader=ANYBODY)
    for one in rest:
        view_json(pieces, one, pieces.mark, reader=ANYBODY)
        pieces.page([line_of(first)], reader=ANYBODY)
    assert pieces.posts.bytes <= 30_000
    assert first.post.id in pieces.posts.entries
    assert rest[0].post.id not in pieces.posts.entries
    assert Loading(pieces, 0).missing([line_of(rest[-1])]) == ([], [])


def test_a_page_is_whole_although_the_memory_is_too_small_for_it() -> None:
    shown = [view(ana(username=f"u{n}"), marks=Mark.LIKED) for n in range(20)]
    page = decoded(views_json(Pieces(NAMES, 5_000), shown, 0, reader=ANYBODY))
    assert [post["account"]["username"] for post in page] == [f"u{n}" for n in range(20)]


def test_text_cannot_break_out_of_its_piece(pieces: Pieces) -> None:
    hostile = view(
        ana(display_name='\x00\x01"}', bio="\x00"), 'a \x00 "},{ \x01 <b>', warning="\x00\x01", language=None
    )
    shown = decoded(
        views_json(pieces, [hostile, repost_of(hostile, ana(username="bo"))], pieces.mark, reader=ANYBODY)
    )
    assert [post["spoiler_text"] for post in shown] == ["\x00\x01", ""]
    assert shown[1]["reblog"]["content"] == "<p>a  &quot;},{  &lt;b&gt;</p>" or shown[1]["reblog"][
        "content"
    ].startswith("<p>a")
