"""Reading posts: always for a viewer. The only doors to a post; hidden and absent look the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from palabre.accounts.model import Account, Standing
from palabre.accounts.queries import accounts as accounts_among
from palabre.ids import AccountId, PostId
from palabre.media.queries import attachments_of
from palabre.paging import Slice, Window
from palabre.posts import rules, sql
from palabre.posts.errors import PostNotFound
from palabre.posts.lines import branches, thread_edges, unbroken
from palabre.posts.model import Mark, Post, PostView, ThreadView
from palabre.store import Snapshot


def _readable(found: sql.Found, viewer: AccountId | None) -> bool:
    if found.standing != Standing.ACTIVE and found.view.post.author != viewer:
        return False
    return rules.may_read(found.view.post, viewer, follows_author=found.follows_author, blocked=found.blocked)


def readable_post(db: Snapshot, viewer: AccountId | None, post: PostId) -> Post:
    """Return a post that ``viewer`` may read. One statement.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    found = sql.find(db, viewer, [post]).get(post)
    if found is None or not _readable(found, viewer):
        raise PostNotFound
    return found.view.post


def post_views(db: Snapshot, viewer: AccountId | None, ids: Sequence[PostId]) -> list[PostView]:
    """Load the posts among ``ids`` that ``viewer`` may read, in that order.

    At most three statements, whatever ``len(ids)``: posts, originals of reposts, media.
    """
    found = {id_: each for id_, each in sql.find(db, viewer, ids).items() if _readable(each, viewer)}
    wanted = {each.view.post.repost_of for each in found.values() if each.view.post.repost_of is not None}
    missing = [id_ for id_ in wanted if id_ not in found]
    originals = dict(found)
    if missing:
        originals |= {id_: each for id_, each in sql.find(db, viewer, missing).items() if _readable(each, viewer)}
    with_media = [id_ for id_, each in originals.items() if each.media_count]
    media = attachments_of(db, with_media) if with_media else {}

    def complete(each: sql.Found) -> PostView:
        pictures = media.get(each.view.post.id)
        return msgspec.structs.replace(each.view, media=tuple(pictures)) if pictures else each.view

    views = []
    for id_ in ids:
        each = found.get(id_)
        if each is None:
            continue
        repost_of = each.view.post.repost_of
        if repost_of is None:
            views.append(complete(each))
        elif repost_of in originals:
            original = complete(originals[PostId(repost_of)])
            views.append(msgspec.structs.replace(each.view, original=original, marks=original.marks))
    return views


def post_view(db: Snapshot, viewer: AccountId | None, post: PostId) -> PostView:
    """Load one post. At most three statements.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    views = post_views(db, viewer, [post])
    if not views:
        raise PostNotFound
    return views[0]


def thread_view(db: Snapshot, viewer: AccountId | None, post: PostId) -> ThreadView:
    """Load a post with what it replies to and the replies to it, each branch together, oldest first.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    focus = post_view(db, viewer, post)
    if focus.original is not None:
        focus = focus.original
    of = focus.post
    above, below = branches(thread_edges(db, of.thread), of.id, of.reply_to)
    views = {view.post.id: view for view in post_views(db, viewer, [*above, *below])}
    return ThreadView(
        ancestors=[views[each] for each in unbroken(above, views)],
        post=focus,
        descendants=[views[each] for each in below if each in views],
    )


def marks_of(db: Snapshot, viewer: AccountId, posts: Collection[PostId]) -> dict[PostId, Mark]:
    """Return what ``viewer`` did with each of ``posts``; posts without a mark are left out."""
    return sql.marks_among(db, viewer, posts)


def liked_by(db: Snapshot, viewer: AccountId | None, post: PostId, window: Window) -> Slice[Account]:
    """Return who likes a post, newest like first. Three statements."""
    readable_post(db, viewer, post)
    rows = sql.likers(db, post, upper=window.upper, lower=window.lower, most=window.limit)
    return _people(db, rows)


def reposted_by(db: Snapshot, viewer: AccountId | None, post: PostId, window: Window) -> Slice[Account]:
    """Return who reposted a post, newest repost first. Three statements."""
    readable_post(db, viewer, post)
    rows = sql.reposters(db, post, upper=window.upper, lower=window.lower, most=window.limit)
    return _people(db, rows)


def _people(db: Snapshot, rows: Sequence[tuple[int, AccountId]]) -> Slice[Account]:
    if not rows:
        return Slice([], None, None)
    people = accounts_among(db, {account for _, account in rows})
    shown = [people[account] for _, account in rows if account in people]
    active = [each for each in shown if each.standing is Standing.ACTIVE]
    return Slice(active, rows[0][0], rows[-1][0])
