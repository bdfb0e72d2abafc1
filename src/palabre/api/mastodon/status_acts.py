"""What members do with posts: like, repost, keep; and who did."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts.model import Preferences
from palabre.api.mastodon.entities.wire import visibility_of
from palabre.api.mastodon.pages import AccountPage, StatusJson, account_of, changed_json, people_page
from palabre.edge.binding import PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import Kind
from palabre.posts.actions import bookmark, like, pin, repost, unbookmark, undo_repost, unlike, unpin
from palabre.posts.model import Visibility
from palabre.posts.muting import mute_thread, unmute_thread
from palabre.posts.queries import liked_by, reposted_by


class Repost(msgspec.Struct, frozen=True):
    """The body of ``POST /api/v1/statuses/:id/reblog``."""

    visibility: Literal["public", "unlisted", "private"] | None = None
    """As the member's posts usually are, where the app says nothing."""


def _visibility(body: Repost, viewer: Viewer) -> Visibility:
    if body.visibility is not None:
        return visibility_of(body.visibility)
    usual = Visibility((viewer.preferences or Preferences()).visibility)
    return Visibility.FOLLOWERS if usual is Visibility.MENTIONED else usual


@endpoint("POST", "/api/v1/statuses/{post}/favourite", scope="write:favourites")
async def favourite(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Like a post; of a repost, the original."""
    return await changed_json(app, viewer.account, await app.db.write(like, viewer.account, post))


@endpoint("POST", "/api/v1/statuses/{post}/unfavourite", scope="write:favourites")
async def unfavourite(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Take a like back."""
    return await changed_json(app, viewer.account, await app.db.write(unlike, viewer.account, post))


@endpoint("POST", "/api/v1/statuses/{post}/bookmark", scope="write:bookmarks")
async def keep(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Keep a post; nobody is told."""
    return await changed_json(app, viewer.account, await app.db.write(bookmark, viewer.account, post))


@endpoint("POST", "/api/v1/statuses/{post}/unbookmark", scope="write:bookmarks")
async def keep_no_longer(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Keep a post no longer."""
    return await changed_json(app, viewer.account, await app.db.write(unbookmark, viewer.account, post))


@endpoint("POST", "/api/v1/statuses/{post}/pin", scope="write:accounts")
async def pin_status(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Put one's post on top of one's profile."""
    return await changed_json(app, viewer.account, await app.db.write(pin, viewer.account, post))


@endpoint("POST", "/api/v1/statuses/{post}/unpin", scope="write:accounts")
async def unpin_status(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Take it from there."""
    return await changed_json(app, viewer.account, await app.db.write(unpin, viewer.account, post))


@endpoint("POST", "/api/v1/statuses/{post}/mute", scope="write:mutes")
async def mute(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Be told of a conversation no longer."""
    return await changed_json(app, viewer.account, await app.db.write(mute_thread, viewer.account, post))


@endpoint("POST", "/api/v1/statuses/{post}/unmute", scope="write:mutes")
async def unmute(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Be told of a conversation again."""
    return await changed_json(app, viewer.account, await app.db.write(unmute_thread, viewer.account, post))


@endpoint("POST", "/api/v1/statuses/{post}/reblog", scope="write:statuses", limit="statuses")
async def reblog(
    post: PostRef,
    body: Repost,
    viewer: Viewer,
    app: Site,
) -> StatusJson:
    """Show a post to one's followers; return the repost, with the original in it."""
    made = await app.db.write(repost, viewer.account, post, _visibility(body, viewer), app=viewer.app)
    return await changed_json(app, viewer.account, made)


@endpoint("POST", "/api/v1/statuses/{post}/unreblog", scope="write:statuses", limit="statuses")
async def unreblog(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Take a repost back; return the original."""
    return await changed_json(app, viewer.account, await app.db.write(undo_repost, viewer.account, post))


@endpoint("GET", "/api/v1/statuses/{post}/favourited_by", scope="read:accounts")
async def favourited_by(
    post: PostRef,
    query: Paging,
    request: Request,
    viewer: Viewer | None,
    app: Site,
) -> AccountPage:
    """Show who likes a post."""
    window = query.window(app.ids, Kind.MARK, usual=40, most=80)
    return await people_page(request, app, Kind.MARK, liked_by, account_of(viewer), post, window)


@endpoint("GET", "/api/v1/statuses/{post}/reblogged_by", scope="read:accounts")
async def reblogged_by(
    post: PostRef,
    query: Paging,
    request: Request,
    viewer: Viewer | None,
    app: Site,
) -> AccountPage:
    """Show who reposted a post."""
    window = query.window(app.ids, Kind.MARK, usual=40, most=80)
    return await people_page(request, app, Kind.MARK, reposted_by, account_of(viewer), post, window)


ROUTES = (
    favourite,
    unfavourite,
    keep,
    keep_no_longer,
    pin_status,
    unpin_status,
    mute,
    unmute,
    reblog,
    unreblog,
    favourited_by,
    reblogged_by,
)
