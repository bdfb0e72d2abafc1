"""Accounts: shown, listed, found, and what they have posted."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Account as StoredAccount
from palabre.accounts.model import Standing
from palabre.accounts.queries import accounts, seen_account, seen_handle
from palabre.api.mastodon.entities import Account
from palabre.api.mastodon.loading import views_json
from palabre.api.mastodon.pages import AccountPage, StatusPage, account_of, lines_page, people_page
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.answers import Page
from palabre.edge.binding import SKIP_UNKNOWN, AccountRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.graph.queries import followers_page, following_page
from palabre.graph.search import search_accounts
from palabre.ids import AccountId, Kind
from palabre.markup.entities import hashtag_key
from palabre.paging import Window
from palabre.posts.model import PostView, Visibility
from palabre.posts.queries import pinned_views
from palabre.store import Snapshot

_MOST_AT_ONCE = 40

AccountJson = Annotated[bytes, Account]


class Several(msgspec.Struct, frozen=True):
    """The query of ``GET /api/v1/accounts``."""

    id: Annotated[list[AccountRef], SKIP_UNKNOWN] = msgspec.field(default_factory=list)


class LookUp(msgspec.Struct, frozen=True):
    """The query of ``GET /api/v1/accounts/lookup``."""

    acct: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The query of ``GET /api/v1/accounts/search``."""

    q: str
    limit: int = 40
    offset: int = 0
    following: bool = False


class StatusPaging(Paging, kw_only=True):
    """The query of an account's posts."""

    only_media: bool = False
    exclude_replies: bool = False
    exclude_reblogs: bool = False
    pinned: bool = False
    tagged: str | None = None


def _some(db: Snapshot, viewer: AccountId | None, ids: list[AccountId]) -> list[StoredAccount]:
    found = accounts(db, ids)
    shown = (found[number] for number in dict.fromkeys(ids) if number in found)
    return [one for one in shown if one.standing is not Standing.PENDING or one.id == viewer]


@endpoint("GET", "/api/v1/accounts")
async def several_accounts(query: Several, viewer: Viewer | None, app: Site) -> Annotated[bytes, list[Account]]:
    """Show those of some accounts that there are."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    found = await app.db.read(_some, account_of(viewer), query.id[:_MOST_AT_ONCE])
    return pieces.people(found, mark)


@endpoint("GET", "/api/v1/accounts/lookup")
async def look_up(query: LookUp, viewer: Viewer | None, app: Site) -> AccountJson:
    """Show the account with a name, without asking anybody else for it."""
    name, domain = handle(query.acct, app)
    pieces = app.part(Pieces)
    mark = pieces.mark
    return pieces.person(await app.db.read(seen_handle, account_of(viewer), name, domain), mark)


def handle(acct: str, app: Site) -> tuple[str, str]:
    """Split ``name`` or ``name@domain``; our own domain is none."""
    name, _, domain = acct.strip().removeprefix("@").partition("@")
    if not name or len(acct) > 400:
        raise AccountNotFound
    return name, "" if domain.lower() == app.config.domain.lower() else domain


@endpoint("GET", "/api/v1/accounts/search", scope="read:accounts")
async def search(query: Wanted, viewer: Viewer, app: Site) -> Annotated[bytes, list[Account]]:
    """Find accounts by name."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    found = await app.db.read_slow(
        search_accounts,
        viewer.account,
        query.q,
        limit=min(max(query.limit, 1), 80),
        offset=max(query.offset, 0),
        following_only=query.following,
    )
    return pieces.people(found, mark)


@endpoint("GET", "/api/v1/accounts/{account}")
async def show_account(account: AccountRef, viewer: Viewer | None, app: Site) -> AccountJson:
    """Show an account."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    return pieces.person(await app.db.read(seen_account, account_of(viewer), account), mark)


def _pinned(
    db: Snapshot, viewer: AccountId | None, author: AccountId, query: StatusPaging, window: Window
) -> list[PostView]:
    """Load what stands on top of a profile, the last pinned first, as far as ``query`` asks for it.

    Bounds are ids of the posts, not of their pins; at most five are read, so they are sifted here.
    """
    seen_account(db, viewer, author)
    found = [view for view in pinned_views(db, viewer, author) if _is_asked_for(view, query, window)]
    if window.upwards:  # as on Mastodon: the nearest above the bound, the newest first
        return sorted(found, key=lambda view: view.post.id)[: window.limit][::-1]
    return found[: window.limit]


def _is_asked_for(view: PostView, query: StatusPaging, window: Window) -> bool:
    post = view.post
    tags = map(hashtag_key, post.hashtags) if post.visibility is Visibility.PUBLIC else ()
    return (
        window.lower < post.id < window.upper
        and (not query.only_media or bool(view.media))
        and (not query.exclude_replies or post.reply_to_author in {None, post.author})
        and (not query.tagged or hashtag_key(query.tagged) in tags)
    )


@endpoint("GET", "/api/v1/accounts/{account}/statuses", scope="read:statuses")
async def statuses(
    account: AccountRef, query: StatusPaging, request: Request, viewer: Viewer | None, app: Site
) -> StatusPage:
    """Show what an account has posted, or what stands on top of its profile."""
    reader = account_of(viewer)
    window = query.window(app.ids, Kind.POST)
    if query.pinned:
        pieces = app.part(Pieces)
        mark = pieces.mark
        return Page(
            views_json(pieces, await app.db.read(_pinned, reader, account, query, window), mark, reader=reader)
        )
    found = await app.lines.of_account(
        reader,
        account,
        window,
        replies=not query.exclude_replies,
        reposts=not query.exclude_reblogs,
        only_media=query.only_media,
        tagged=query.tagged or None,
    )
    return await lines_page(request, app, reader, found, Context.ACCOUNT)


@endpoint("GET", "/api/v1/accounts/{account}/followers")
async def followers(
    account: AccountRef, query: Paging, request: Request, viewer: Viewer | None, app: Site
) -> AccountPage:
    """Show who follows an account."""
    window = query.window(app.ids, Kind.FOLLOW, usual=40, most=80)
    return await people_page(request, app, Kind.FOLLOW, followers_page, account_of(viewer), account, window)


@endpoint("GET", "/api/v1/accounts/{account}/following")
async def following(
    account: AccountRef, query: Paging, request: Request, viewer: Viewer | None, app: Site
) -> AccountPage:
    """Show whom an account follows."""
    window = query.window(app.ids, Kind.FOLLOW, usual=40, most=80)
    return await people_page(request, app, Kind.FOLLOW, following_page, account_of(viewer), account, window)


ROUTES = (several_accounts, look_up, search, show_account, statuses, followers, following)
