"""Replies for which the viewer is asked, or which wait for others; and replies that are folded away."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from palabre.api.mastodon.entities import ReplyRequest
from palabre.api.mastodon.entities.reply_request import reply_request
from palabre.api.mastodon.pages import StatusJson, StatusPage, changed_json, views_page
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import now
from palabre.edge.answers import Page
from palabre.edge.binding import SKIP_UNKNOWN, AccountRef, PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import Kind
from palabre.posts.errors import ReplyRequestNotFound
from palabre.posts.model import ReplyState
from palabre.posts.replying import AT_ONCE, decide, decide_one, decide_person, set_hidden
from palabre.posts.requests import counts_of, request_of, requests_page, sent_page

Decided = Literal["approved", "denied", "muted", "spam"]


class Queue(Paging, kw_only=True):
    """The query of the queue."""

    state: ReplyState = ReplyState.PENDING
    account_id: AccountRef | None = None
    """Only what this account wrote."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a decision about one reply."""

    state: Decided


class Decisions(Decision, frozen=True, kw_only=True):
    """The body of a decision about several: some, everything that waits of one account, or both."""

    ids: Annotated[list[PostRef], SKIP_UNKNOWN] = msgspec.field(default_factory=list)
    account_id: AccountRef | None = None


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """How many replies are in each state."""

    pending: int = 0
    approved: int = 0
    denied: int = 0
    muted: int = 0
    spam: int = 0


async def _counts(app: Site, viewer: Viewer) -> Counts:
    found = await app.db.read(counts_of, viewer.account)
    return Counts(**{state.value: count for state, count in found.items()})


@endpoint("GET", "/api/palabre/v1/reply_requests", scope="read:statuses")
async def reply_requests(
    query: Queue, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, list[ReplyRequest]]:
    """Show the replies in one state for which the viewer was asked, the newest first."""
    rows = query.window(app.ids, Kind.POST)
    found = await app.db.read(requests_page, viewer.account, query.state, rows, writer=query.account_id)
    names = app.part(Pieces).names
    return Page([reply_request(names, each) for each in found.items], link(request, found, Kind.POST))


@endpoint("GET", "/api/palabre/v1/reply_requests/counts", scope="read:statuses")
async def reply_request_counts(viewer: Viewer, app: Site) -> Counts:
    """Show how many replies are in each state."""
    return await _counts(app, viewer)


@endpoint("GET", "/api/palabre/v1/reply_requests/sent", scope="read:statuses")
async def sent_replies(query: Paging, request: Request, viewer: Viewer, app: Site) -> StatusPage:
    """Show what the viewer replied and what has not appeared; whether it was denied is not said."""
    return await views_page(request, app, viewer.account, Kind.POST, sent_page, query.window(app.ids, Kind.POST))


@endpoint("GET", "/api/palabre/v1/reply_requests/{reply}", scope="read:statuses")
async def show_reply_request(reply: PostRef, viewer: Viewer, app: Site) -> ReplyRequest:
    """Show one of them."""
    return reply_request(app.part(Pieces).names, await app.db.read(request_of, viewer.account, reply))


@endpoint("POST", "/api/palabre/v1/reply_requests/{reply}", scope="write:statuses")
async def decide_reply_request(reply: PostRef, body: Decision, viewer: Viewer, app: Site) -> ReplyRequest:
    """Decide about one of them. What is out is shown afterwards only to whom its writer shows it."""
    before = await app.db.read(request_of, viewer.account, reply)
    state = ReplyState(body.state)
    await app.db.write(decide_one, viewer.account, reply, state, terms=app.terms)
    try:
        shown = await app.db.read(request_of, viewer.account, reply)
    except ReplyRequestNotFound:  # it is for its writer's followers now, and he is none: he has seen it until here
        decided = msgspec.structs.replace(before.request, state=state, decided=now())
        shown = msgspec.structs.replace(before, request=decided)
    return reply_request(app.part(Pieces).names, shown)


@endpoint("POST", "/api/palabre/v1/reply_requests", scope="write:statuses")
async def decide_reply_requests(body: Decisions, viewer: Viewer, app: Site) -> Counts:
    """Decide about several; what is gone meanwhile, or out already, is left out."""
    state = ReplyState(body.state)
    for at in range(0, len(body.ids), AT_ONCE):
        await app.db.write(decide, viewer.account, body.ids[at : at + AT_ONCE], state, terms=app.terms)
    if body.account_id is not None:
        while not await app.db.write(decide_person, viewer.account, body.account_id, state, terms=app.terms):
            pass
    return await _counts(app, viewer)


@endpoint("POST", "/api/palabre/v1/statuses/{post}/hide", scope="write:statuses")
async def hide_reply(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Fold a reply away at the end of the viewer's conversation."""
    await app.db.write(set_hidden, viewer.account, post, hidden=True)
    return await changed_json(app, viewer.account, post)


@endpoint("POST", "/api/palabre/v1/statuses/{post}/unhide", scope="write:statuses")
async def unhide_reply(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Let it stand in its place again."""
    await app.db.write(set_hidden, viewer.account, post, hidden=False)
    return await changed_json(app, viewer.account, post)


ROUTES = (
    reply_requests,
    reply_request_counts,
    sent_replies,
    show_reply_request,
    decide_reply_request,
    decide_reply_requests,
    hide_reply,
    unhide_reply,
)
