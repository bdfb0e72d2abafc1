"""Polls: shown, and voted in."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities import Poll
from palabre.api.mastodon.entities.poll import poll
from palabre.api.mastodon.pages import account_of
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import PollRef
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, PostId
from palabre.posts.errors import PollNotFound
from palabre.posts.polls import vote
from palabre.posts.queries import poll_view


class Vote(msgspec.Struct, frozen=True):
    """The body of ``POST /api/v1/polls/:id/votes``."""

    choices: list[int] = msgspec.field(default_factory=list)


async def _show(app: Site, viewer: AccountId | None, post: PostId) -> Poll:
    view = await app.db.read(poll_view, viewer, post)
    if view.poll is None:
        raise PollNotFound
    marks = None if viewer is None else int(view.marks)
    return poll(app.part(Pieces).names, view.poll, marks=marks, own=viewer == view.author.id)


@endpoint("GET", "/api/v1/polls/{poll}", scope="read:statuses")
async def show_poll(poll: PollRef, viewer: Viewer | None, app: Site) -> Poll:
    """Show a poll of a post that the viewer may read."""
    return await _show(app, account_of(viewer), poll)


@endpoint("POST", "/api/v1/polls/{poll}/votes", scope="write:statuses")
async def vote_in_poll(poll: PollRef, body: Vote, viewer: Viewer, app: Site) -> Poll:
    """Vote, once and for good."""
    await app.db.write(vote, viewer.account, poll, body.choices)
    return await _show(app, viewer.account, poll)


ROUTES = (show_poll, vote_in_poll)
