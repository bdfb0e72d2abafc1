"""Threads: written at once, and their replies in the order that the reader wants; votes on replies."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from palabre.api.mastodon.entities import Status
from palabre.api.mastodon.loading import views_json
from palabre.api.mastodon.pages import StatusJson, account_of, changed_json, posts_json
from palabre.api.mastodon.pieces import Pieces
from palabre.api.mastodon.statuses import NewStatus, draft_of
from palabre.edge.binding import PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal
from palabre.filters.model import Context
from palabre.posts.actions import publish_thread, vote_on_reply
from palabre.posts.lines import ReplyOrder, sorted_replies
from palabre.posts.queries import post_views
from palabre.posts.rules import THREAD


class NewThread(msgspec.Struct, frozen=True):
    """The body of ``POST /api/palabre/v1/threads``: posts as for ``/api/v1/statuses``, the first one first."""

    statuses: list[NewStatus] = msgspec.field(default_factory=list)


class Wanted(msgspec.Struct, frozen=True):
    """The query of the replies."""

    sort: ReplyOrder = ReplyOrder.TIME


class Vote(msgspec.Struct, frozen=True):
    """The body of a vote."""

    value: Literal[1, -1, 0]


@endpoint("POST", "/api/palabre/v1/threads", scope="write:statuses", limit="statuses")
async def create_thread(body: NewThread, viewer: Viewer, app: Site) -> Annotated[bytes, list[Status]]:
    """Publish several posts at once, each answering the one before: all of them, or none."""
    drafts = [draft_of(each, viewer) for each in body.statuses]
    app.limits.spend(
        "statuses", viewer.account, min(max(len(drafts), 1), THREAD) - 1
    )  # one is counted as the request
    try:
        made = await app.db.write(publish_thread, viewer.account, drafts, terms=app.terms)
    except Refusal as refusal:
        if refusal.part is not None:
            refusal.field = f"statuses[{refusal.part}]" + (f"[{refusal.field}]" if refusal.field else "")
        raise
    pieces = app.part(Pieces)
    mark = pieces.mark
    return views_json(pieces, await app.db.read(post_views, viewer.account, made), mark, reader=viewer.account)


@endpoint("GET", "/api/palabre/v1/statuses/{post}/replies", scope="read:statuses")
async def replies(post: PostRef, query: Wanted, viewer: Viewer | None, app: Site) -> Annotated[bytes, list[Status]]:
    """Show the replies to a post, and the replies to those, each branch together: by votes, time or author."""
    reader = account_of(viewer)
    found = await app.db.read(sorted_replies, reader, post, query.sort)
    return await posts_json(app, reader, found, Context.THREAD)


@endpoint("POST", "/api/palabre/v1/statuses/{post}/vote", scope="write:favourites")
async def vote(post: PostRef, body: Vote, viewer: Viewer, app: Site) -> StatusJson:
    """Vote a reply of somebody else up (1) or down (-1), or take the vote back (0)."""
    return await changed_json(
        app, viewer.account, await app.db.write(vote_on_reply, viewer.account, post, body.value)
    )


ROUTES = (create_thread, replies, vote)
