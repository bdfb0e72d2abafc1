"""Reading the queue of replies for which an author is asked: for the author, and for who wrote them."""

from __future__ import annotations

from palabre.ids import AccountId, PostId
from palabre.paging import Slice, Window
from palabre.posts import requests_sql
from palabre.posts.errors import ReplyRequestNotFound
from palabre.posts.model import PostView, ReplyRequest, ReplyRequestView, ReplyState
from palabre.posts.queries import post_views, views_for_owner
from palabre.store import Snapshot


def request_of(db: Snapshot, owner: AccountId, post: PostId) -> ReplyRequestView:
    """Return a reply for which ``owner`` was asked.

    Raises:
        ReplyRequestNotFound: there is none, or it is gone.

    """
    found = _with_views(db, owner, requests_sql.requests_among(db, owner, [post]))
    if not found:
        raise ReplyRequestNotFound
    return found[0]


def requests_page(
    db: Snapshot, owner: AccountId, state: ReplyState, window: Window, *, writer: AccountId | None = None
) -> Slice[ReplyRequestView]:
    """Return a page of the queue of ``owner``, the newest reply first. At most six statements."""
    found = requests_sql.page(db, owner, state, window, writer=writer)
    if not found:
        return Slice([], None, None)
    return Slice(_with_views(db, owner, found), found[0].post, found[-1].post, len(found))


def _with_views(db: Snapshot, owner: AccountId, found: list[ReplyRequest]) -> list[ReplyRequestView]:
    views = views_for_owner(db, owner, [each.post for each in found])
    return [ReplyRequestView(each, views[each.post]) for each in found if each.post in views]


def sent_page(db: Snapshot, writer: AccountId, window: Window) -> Slice[PostView]:
    """Return what ``writer`` replied and what has not appeared, the newest first."""
    found = requests_sql.sent(db, writer, window)
    if not found:
        return Slice([], None, None)
    return Slice(post_views(db, writer, [each.post for each in found]), found[0].post, found[-1].post, len(found))


def counts_of(db: Snapshot, owner: AccountId) -> dict[ReplyState, int]:
    """Return how many replies are in each state, of those that the queue shows. One statement."""
    return requests_sql.counts(db, owner)


def anything_waits(db: Snapshot, owner: AccountId) -> bool:
    """Tell whether the queue of ``owner`` shows a reply that waits. One statement."""
    return requests_sql.is_any(db, owner, ReplyState.PENDING)
