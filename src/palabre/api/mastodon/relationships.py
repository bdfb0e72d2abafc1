"""Between accounts: follows, requests, blocks, mutes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Concatenate, ParamSpec

import msgspec

from palabre.accounts.model import Standing
from palabre.accounts.queries import accounts, seen_account
from palabre.api.mastodon.entities import MutedAccount, Relationship
from palabre.api.mastodon.entities.muted_account import muted_account
from palabre.api.mastodon.entities.relationship import relationship
from palabre.api.mastodon.pages import AccountPage, people_page
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import SECOND
from palabre.edge.answers import Page
from palabre.edge.binding import SKIP_UNKNOWN, AccountRef, Seconds
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph import actions, model
from palabre.graph.queries import blocks_page, mutes_page, relationships, requests_page
from palabre.ids import AccountId, Kind
from palabre.store import Snapshot, Transaction

P = ParamSpec("P")

_MOST_AT_ONCE = 100


class FollowOptions(msgspec.Struct, frozen=True):
    """The body of a follow: what is not named stays as it is."""

    reblogs: bool | None = None
    notify: bool | None = None
    languages: list[str] | None = None


class MuteOptions(msgspec.Struct, frozen=True):
    """The body of a mute; a ``duration`` of 0 seconds has no end."""

    notifications: bool = True
    duration: Seconds = 0


class Several(msgspec.Struct, frozen=True):
    """The query of ``GET /api/v1/accounts/relationships``."""

    id: Annotated[list[AccountRef], SKIP_UNKNOWN] = msgspec.field(default_factory=list)
    with_suspended: bool = False


async def act(
    app: Site,
    viewer: AccountId,
    other: AccountId,
    action: Callable[Concatenate[Transaction, AccountId, AccountId, P], None],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Relationship:
    """Do something to ``other``, whom the viewer may see, and show how the two stand after it."""

    def write(tx: Transaction) -> Any:
        seen_account(tx, viewer, other)
        action(tx, viewer, other, *args, **kwargs)
        return relationships(tx, viewer, [other])[0]

    return relationship(app.part(Pieces).names, await app.db.write(write))


def _towards(
    db: Snapshot, viewer: AccountId, ids: list[AccountId], *, with_suspended: bool
) -> list[model.Relationship]:
    shown = {Standing.ACTIVE, Standing.SUSPENDED} if with_suspended else {Standing.ACTIVE}  # who waits is as absent
    known = accounts(db, ids)
    return relationships(db, viewer, [each for each in ids if each in known and known[each].standing in shown])


@endpoint("GET", "/api/v1/accounts/relationships", scope="read:follows")
async def show_relationships(query: Several, viewer: Viewer, app: Site) -> list[Relationship]:
    """Show how the viewer stands to some accounts."""
    asked = query.id[:_MOST_AT_ONCE]
    found = await app.db.read(_towards, viewer.account, asked, with_suspended=query.with_suspended)
    names = app.part(Pieces).names
    return [relationship(names, one) for one in found]


@endpoint("POST", "/api/v1/accounts/{account}/follow", scope="write:follows")
async def follow(account: AccountRef, body: FollowOptions, viewer: Viewer, app: Site) -> Relationship:
    """Follow an account, or ask to; or change how it is followed."""
    languages = None if body.languages is None else tuple(body.languages)
    return await act(
        app,
        viewer.account,
        account,
        actions.follow,
        show_reposts=body.reblogs,
        notify=body.notify,
        languages=languages,
    )


@endpoint("POST", "/api/v1/accounts/{account}/unfollow", scope="write:follows")
async def unfollow(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Stop following an account, or asking to."""
    return await act(app, viewer.account, account, actions.unfollow)


@endpoint("POST", "/api/v1/accounts/{account}/remove_from_followers", scope="write:follows")
async def remove_from_followers(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Make an account no longer follow the viewer."""
    return await act(app, viewer.account, account, actions.remove_follower)


@endpoint("POST", "/api/v1/accounts/{account}/block", scope="write:blocks")
async def block(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Block an account."""
    return await act(app, viewer.account, account, actions.block)


@endpoint("POST", "/api/v1/accounts/{account}/unblock", scope="write:blocks")
async def unblock(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """End a block."""
    return await act(app, viewer.account, account, actions.unblock)


@endpoint("POST", "/api/v1/accounts/{account}/mute", scope="write:mutes")
async def mute(account: AccountRef, body: MuteOptions, viewer: Viewer, app: Site) -> Relationship:
    """Show an account no longer, for a while or for good."""
    return await act(
        app,
        viewer.account,
        account,
        actions.mute,
        notifications=body.notifications,
        duration_ms=body.duration * SECOND or None,
    )


@endpoint("POST", "/api/v1/accounts/{account}/unmute", scope="write:mutes")
async def unmute(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Show an account again."""
    return await act(app, viewer.account, account, actions.unmute)


@endpoint("GET", "/api/v1/follow_requests", scope="read:follows")
async def follow_requests(query: Paging, request: Request, viewer: Viewer, app: Site) -> AccountPage:
    """Show who asks to follow the viewer."""
    window = query.window(app.ids, Kind.FOLLOW, usual=40, most=80)
    return await people_page(request, app, Kind.FOLLOW, requests_page, viewer.account, window)


@endpoint("POST", "/api/v1/follow_requests/{account}/authorize", scope="write:follows")
async def accept_request(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Let somebody follow the viewer who asks to."""
    return await act(app, viewer.account, account, actions.accept_request)


@endpoint("POST", "/api/v1/follow_requests/{account}/reject", scope="write:follows")
async def reject_request(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Do not let somebody follow the viewer who asks to."""
    return await act(app, viewer.account, account, actions.refuse_request)


@endpoint("GET", "/api/v1/blocks", scope="read:blocks")
async def blocks(query: Paging, request: Request, viewer: Viewer, app: Site) -> AccountPage:
    """Show whom the viewer blocks."""
    window = query.window(app.ids, Kind.FOLLOW, usual=40, most=80)
    return await people_page(request, app, Kind.FOLLOW, blocks_page, viewer.account, window)


@endpoint("GET", "/api/v1/mutes", scope="read:mutes")
async def mutes(query: Paging, request: Request, viewer: Viewer, app: Site) -> Annotated[Page, list[MutedAccount]]:
    """Show whom the viewer mutes, and until when."""
    window = query.window(app.ids, Kind.FOLLOW, usual=40, most=80)
    found = await app.db.read(mutes_page, viewer.account, window)
    names = app.part(Pieces).names
    shown = [muted_account(names, account, how) for account, how in found.items]
    return Page(shown, link(request, found, Kind.FOLLOW))


ROUTES = (
    show_relationships,
    follow,
    unfollow,
    remove_from_followers,
    block,
    unblock,
    mute,
    unmute,
    follow_requests,
    accept_request,
    reject_request,
    blocks,
    mutes,
)
