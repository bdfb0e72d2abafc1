"""Replies that wait until the member has seen them."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from palabre.accounts.actions import update_preferences
from palabre.accounts.model import Preferences
from palabre.accounts.queries import login_of
from palabre.edge.answers import Answer
from palabre.edge.binding import SKIP_UNKNOWN, AccountRef, PostRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.paging import Slice, Window
from palabre.posts.model import ReplyRequestView, ReplyState
from palabre.posts.replying import AT_ONCE, decide, decide_one, decide_person
from palabre.posts.requests import counts_of, requests_page
from palabre.store import Snapshot, Transaction
from palabre.web.forms import form
from palabre.web.page import go, page, show
from palabre.web.windows import PAGE, Paged, more_address, window

_PATH = "/settings/replies"
Decided = Literal["approved", "denied", "muted", "spam"]


class Queue(Paged, frozen=True, kw_only=True):
    """The query of the page."""

    state: ReplyState = ReplyState.PENDING


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a decision: the button says which."""

    state: Decided
    next: str = _PATH


class Deeds(Deed, frozen=True, kw_only=True):
    """The same about those that are ticked."""

    replies: Annotated[list[PostRef], SKIP_UNKNOWN] = msgspec.field(default_factory=list)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """The form of whose replies wait."""

    reply_approval: Literal["none", "strangers", "all"] = "none"


def _preferences(db: Snapshot, viewer: AccountId) -> Preferences:
    login = login_of(db, viewer)
    return login.preferences if login else Preferences()


def _queue(
    db: Snapshot, viewer: AccountId, state: ReplyState, rows: Window
) -> tuple[Slice[ReplyRequestView], dict[ReplyState, int], Preferences]:
    return requests_page(db, viewer, state, rows), counts_of(db, viewer), _preferences(db, viewer)


@page("GET", "/settings/replies")
async def queue(request: Request, viewer: Viewer, app: Site, query: Queue) -> Answer:
    """Show the replies in one state, and whose replies wait."""
    rows = window(app.ids, Kind.POST, query)
    found, counts, chosen = await app.db.read(_queue, viewer.account, query.state, rows)
    more = more_address(app.ids, Kind.POST, _PATH, found, PAGE, state=query.state.value)
    return await show(
        request,
        "settings/replies.html",
        replies=found.items,
        counts={state.value: counts.get(state, 0) for state in ReplyState},
        state=query.state.value,
        more_address=more,
        form=form({"reply_approval": chosen.reply_approval}),
    )


def _keep(tx: Transaction, viewer: AccountId, wanted: Options) -> None:
    changed = msgspec.structs.replace(_preferences(tx, viewer), reply_approval=wanted.reply_approval)
    update_preferences(tx, viewer, changed)


@page("POST", "/settings/replies/options")
async def choose(request: Request, viewer: Viewer, app: Site, body: Options) -> Answer:
    """Choose whose replies wait from now on."""
    await app.db.write(_keep, viewer.account, body)
    return go(request, _PATH, flash="policy")


@page("POST", "/settings/replies")
async def decide_ticked(request: Request, viewer: Viewer, app: Site, body: Deeds) -> Answer:
    """Decide about the replies that are ticked."""
    for at in range(0, len(body.replies), AT_ONCE):
        ticked = body.replies[at : at + AT_ONCE]
        await app.db.write(decide, viewer.account, ticked, ReplyState(body.state), terms=app.terms)
    return go(request, body.next, flash="replies")


@page("POST", "/settings/replies/{post}")
async def decide_about(request: Request, viewer: Viewer, app: Site, body: Deed, post: PostRef) -> Answer:
    """Decide about one reply."""
    await app.db.write(decide_one, viewer.account, post, ReplyState(body.state), terms=app.terms)
    return go(request, body.next, flash="replies")


@page("POST", "/settings/replies/of/{account}")
async def decide_of(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Decide about everything that waits of one person."""
    state = ReplyState(body.state)
    while not await app.db.write(decide_person, viewer.account, account, state, terms=app.terms):
        pass
    return go(request, body.next, flash="replies")


ROUTES = (queue, choose, decide_ticked, decide_about, decide_of)
