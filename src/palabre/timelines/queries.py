"""Timelines for a viewer: lines first, posts when a page needs them."""

from __future__ import annotations

from collections.abc import Sequence

from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Standing
from palabre.cards.queries import card_of
from palabre.ids import AccountId, PostId
from palabre.markup.entities import hashtag_key
from palabre.paging import Slice, Window, cut
from palabre.posts.model import PostView, Visibility
from palabre.posts.queries import post_views
from palabre.store import Snapshot
from palabre.timelines import sql
from palabre.timelines.model import Entry
from palabre.timelines.shared import BUILT, Shared


def local_lines(db: Snapshot, viewer: AccountId | None, window: Window, *, only_media: bool = False) -> Slice[Entry]:
    """Return lines of the network's public timeline. One statement."""
    return cut(
        sql.local(
            db, viewer, upper=window.upper, lower=window.lower, most=window.limit, upwards=window.upwards,
            only_media=only_media,
        )
    )  # fmt: skip


def hashtag_lines(
    db: Snapshot,
    viewer: AccountId | None,
    tag: str,
    window: Window,
    *,
    any_of: Sequence[str] = (),
    all_of: Sequence[str] = (),
    none_of: Sequence[str] = (),
    only_media: bool = False,
) -> Slice[Entry]:
    """Return lines of public posts with ``tag`` or one of ``any_of``, all of ``all_of``, none of ``none_of``."""
    keys = [hashtag_key(each) for each in (tag, *any_of, *all_of, *none_of)]
    found = sql.hashtag_ids(db, keys)
    either = [found[key] for key in dict.fromkeys(map(hashtag_key, (tag, *any_of))) if key in found]
    every = list(dict.fromkeys(map(hashtag_key, all_of)))
    if not either or any(key not in found for key in every):
        return Slice([], None, None)
    return cut(
        sql.of_hashtag(
            db,
            viewer,
            any_of=either,
            all_of=[found[key] for key in every],
            none_of=[found[key] for key in map(hashtag_key, none_of) if key in found],
            upper=window.upper,
            lower=window.lower,
            most=window.limit,
            upwards=window.upwards,
            only_media=only_media,
        )
    )


def link_lines(db: Snapshot, viewer: AccountId | None, url: str, window: Window) -> Slice[Entry]:
    """Return lines of public posts that show the card of a page. Two statements."""
    card = card_of(db, url)
    if card is None:
        return Slice([], None, None)
    return cut(
        sql.linking(
            db, viewer, card.id, upper=window.upper, lower=window.lower, most=window.limit, upwards=window.upwards
        )
    )


def link_page(db: Snapshot, viewer: AccountId | None, url: str, window: Window) -> Slice[PostView]:
    """Return a page of public posts that show the card of a page. At most five statements."""
    return views(db, viewer, link_lines(db, viewer, url, window))


def account_lines(
    db: Snapshot,
    viewer: AccountId | None,
    author: AccountId,
    window: Window,
    *,
    replies: bool = True,
    reposts: bool = True,
    only_media: bool = False,
    tagged: str | None = None,
) -> Slice[Entry]:
    """Return lines of one account's posts that the viewer may read.

    Raises:
        AccountNotFound: there is no such account, it is suspended, or it blocks the viewer.

    """
    visible = [Visibility.PUBLIC.value, Visibility.UNLISTED.value]
    if viewer != author:
        found = sql.author_for(db, viewer, author)
        if found is None or found.standing != Standing.ACTIVE:
            raise AccountNotFound
        if found.blocks_viewer:
            return Slice([], None, None)
        if found.followed:
            visible.append(Visibility.FOLLOWERS.value)
    tag = None
    if tagged is not None:
        tag = sql.hashtag_ids(db, [hashtag_key(tagged)]).get(hashtag_key(tagged))
        if tag is None:
            return Slice([], None, None)
    return cut(
        sql.of_account(
            db,
            viewer,
            author,
            visibilities=visible,
            tag=tag,
            replies=replies,
            reposts=reposts,
            only_media=only_media,
            upper=window.upper,
            lower=window.lower,
            most=window.limit,
            upwards=window.upwards,
        )
    )


def local_window(db: Snapshot) -> Shared:
    """Read the window of what is said here. One statement."""
    found = sql.shared_local(db, most=BUILT)
    return Shared(found, complete=len(found) < BUILT)


def tag_window(db: Snapshot, key: str) -> Shared:
    """Read the window of a hashtag, by its folded spelling. One statement."""
    found = sql.shared_tag(db, key, most=BUILT)
    return Shared(found, complete=len(found) < BUILT)


def author_window(db: Snapshot, author: AccountId) -> Shared | None:
    """Read the window of an account's posts; ``None`` if there is no such account, or it is not active."""
    found = sql.shared_author(db, author, most=BUILT)
    return None if found is None else Shared(found, complete=len(found) < BUILT)


def views(db: Snapshot, viewer: AccountId | None, lines: Slice[Entry]) -> Slice[PostView]:
    """Load the posts of a page of lines: at most three statements."""
    loaded = post_views(db, viewer, [line.post for line in lines.items])
    return lines.showing(loaded)


def local_page(
    db: Snapshot, viewer: AccountId | None, window: Window, *, only_media: bool = False
) -> Slice[PostView]:
    """Return a page of the network's public timeline. At most four statements."""
    return views(db, viewer, local_lines(db, viewer, window, only_media=only_media))


def hashtag_page(db: Snapshot, viewer: AccountId | None, tag: str, window: Window) -> Slice[PostView]:
    """Return a page of public posts with a hashtag. At most five statements."""
    return views(db, viewer, hashtag_lines(db, viewer, tag, window))


def account_page(
    db: Snapshot,
    viewer: AccountId | None,
    author: AccountId,
    window: Window,
    *,
    replies: bool = True,
    reposts: bool = True,
    only_media: bool = False,
) -> Slice[PostView]:
    """Return a page of one account's posts. At most seven statements."""
    lines = account_lines(db, viewer, author, window, replies=replies, reposts=reposts, only_media=only_media)
    return views(db, viewer, lines)


def likes_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[PostView]:
    """Return what ``viewer`` likes, newest like first; the cursors are those of the likes."""
    return _marked_page(db, viewer, "liked", window)


def bookmarks_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[PostView]:
    """Return what ``viewer`` keeps, newest bookmark first; the cursors are those of the bookmarks."""
    return _marked_page(db, viewer, "bookmarked", window)


def _marked_page(db: Snapshot, viewer: AccountId, column: str, window: Window) -> Slice[PostView]:
    rows: list[tuple[int, PostId]] = sql.marked(
        db, viewer, column, upper=window.upper, lower=window.lower, most=window.limit, upwards=window.upwards
    )
    if not rows:
        return Slice([], None, None)
    return Slice(post_views(db, viewer, [post for _, post in rows]), rows[0][0], rows[-1][0], len(rows))


def home_views(db: Snapshot, viewer: AccountId, lines: Sequence[Entry]) -> list[PostView]:
    """Load the posts of home lines: at most three statements."""
    return post_views(db, viewer, [line.post for line in lines])
