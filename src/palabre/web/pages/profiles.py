"""Profiles: posts, replies, media, followers, following."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Account, Shows, Standing
from palabre.accounts.queries import account_by_handle, seen_account
from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.graph.circles import endorsed_page, familiar_page
from palabre.graph.model import Relationship
from palabre.graph.queries import followers_page, following_page, hidden_among, relationship, relationships
from palabre.ids import AccountId, Kind
from palabre.paging import Slice, Window
from palabre.posts.model import PostView
from palabre.posts.queries import pinned_views
from palabre.posts.tags import Featured, featured_of
from palabre.sources.model import Source
from palabre.sources.queries import source_of
from palabre.store import Snapshot
from palabre.timelines.queries import account_page
from palabre.web.beside import beside
from palabre.web.page import page, show
from palabre.web.windows import PAGE, Paged, more_address, window

_WALL = 30
_ENDORSED = 12
"""Faces of endorsed people on a profile."""
_FAMILIAR = 3
"""Names of followers whom the reader follows, on a profile."""


def found_account(db: Snapshot, viewer: AccountId | None, name: str) -> Account:
    """Return the account called ``name`` or ``name@domain`` that the viewer may see.

    Raises:
        AccountNotFound: there is none.

    """
    username, _, domain = name.partition("@")
    found = account_by_handle(db, username, domain)
    if found is None:
        raise AccountNotFound
    return seen_account(db, viewer, found.id)


def _profile(
    db: Snapshot, viewer: AccountId | None, name: str, suffix: str, rows: Window
) -> tuple[Account, Relationship | None, Slice[PostView], list[PostView]]:
    owner = found_account(db, viewer, name)
    relation = relationship(db, viewer, owner.id) if viewer is not None and viewer != owner.id else None
    if owner.standing is not Standing.ACTIVE and viewer != owner.id:
        return owner, relation, Slice([], None, None), []
    only_media = suffix == "/media"
    posts = account_page(
        db,
        viewer,
        owner.id,
        rows,
        replies=suffix == "/with_replies" or (only_media and bool(owner.shows & Shows.MEDIA_REPLIES)),
        reposts=not only_media,
        only_media=only_media,
    )
    first = suffix == "" and rows.before is None
    return owner, relation, posts, pinned_views(db, viewer, owner.id) if first else []


class _Shown(NamedTuple):
    """What stands on a profile above the posts."""

    tags: Sequence[Featured] = ()
    endorsed: Sequence[Account] = ()
    fed: Source | None = None
    familiar: Sequence[Account] = ()
    """Followers whom the reader follows: one more than are named, if there are so many."""


def _shown_on(db: Snapshot, viewer: AccountId | None, owner: Account) -> _Shown:
    if owner.standing is not Standing.ACTIVE:
        return _Shown()
    people = endorsed_page(db, viewer, owner.id, Window(limit=_ENDORSED)).items
    if viewer is not None and owner.id in hidden_among(db, viewer, [owner.id]).blocked_by:
        return _Shown()
    familiar: Sequence[Account] = ()
    if viewer is not None and viewer != owner.id:
        familiar = familiar_page(db, viewer, owner.id, Window(limit=_FAMILIAR + 1)).items
    return _Shown(featured_of(db, owner.id), people, source_of(db, owner.id), familiar)


async def _show_profile(
    request: Request, viewer: Viewer | None, app: Site, query: Paged, name: str, suffix: str
) -> Answer:
    limit = _WALL if suffix == "/media" else PAGE
    rows = window(app.ids, Kind.POST, query, limit)
    owner, relation, found, pinned = await app.db.read(
        _profile, viewer.account if viewer else None, name, suffix, rows
    )
    path = f"/@{owner.acct}{suffix}"
    more = more_address(app.ids, Kind.POST, path, found, limit)
    if query.part:
        template = "parts/more_media.html" if suffix == "/media" else "parts/more.html"
        return await show(request, template, at=path, context=Context.ACCOUNT, views=found.items, more_address=more)
    shown = await app.db.read(_shown_on, viewer.account if viewer else None, owner)
    return await show(
        request,
        "profile.html",
        context=Context.ACCOUNT,
        tags=shown.tags,
        endorsed=shown.endorsed,
        fed=shown.fed,
        familiar=shown.familiar[:_FAMILIAR],
        more_familiar=len(shown.familiar) > _FAMILIAR,
        account=owner,
        relation=relation,
        shows={(part.name or "").lower(): bool(part & owner.shows) for part in Shows},
        suffix=suffix,
        views=found.items,
        pinned=pinned,
        more_address=more,
        suspended=owner.standing is Standing.SUSPENDED,
        beside=await beside(app, viewer, about=owner.id),
    )


@page("GET", "/@{name}")
async def profile(request: Request, viewer: Viewer | None, app: Site, query: Paged, name: str) -> Answer:
    """Show an account and its posts."""
    return await _show_profile(request, viewer, app, query, name, "")


@page("GET", "/@{name}/with_replies")
async def with_replies(request: Request, viewer: Viewer | None, app: Site, query: Paged, name: str) -> Answer:
    """Show an account and its posts with replies."""
    return await _show_profile(request, viewer, app, query, name, "/with_replies")


@page("GET", "/@{name}/media")
async def media(request: Request, viewer: Viewer | None, app: Site, query: Paged, name: str) -> Answer:
    """Show the pictures of an account."""
    return await _show_profile(request, viewer, app, query, name, "/media")


def related(db: Snapshot, viewer: AccountId | None, people: list[Account]) -> dict[AccountId, Relationship | None]:
    """Return how the viewer stands to each of ``people``."""
    if viewer is None:
        return {each.id: None for each in people}
    return {found.account: found for found in relationships(db, viewer, [each.id for each in people])}


def _familiar(db: Snapshot, viewer: AccountId | None, account: AccountId, rows: Window) -> Slice[Account]:
    return Slice([], None, None) if viewer is None else familiar_page(db, viewer, account, rows)


_LISTS = {"followers": followers_page, "following": following_page, "familiar_followers": _familiar}


def _connections(
    db: Snapshot, viewer: AccountId | None, name: str, which: str, rows: Window
) -> tuple[Account, Slice[Account], dict[AccountId, Relationship | None]]:
    owner = found_account(db, viewer, name)
    found = _LISTS[which](db, viewer, owner.id, rows)
    return owner, found, related(db, viewer, found.items)


async def _show_connections(
    request: Request, viewer: Viewer | None, app: Site, query: Paged, name: str, which: str
) -> Answer:
    me = viewer.account if viewer else None
    rows = window(app.ids, Kind.FOLLOW, query)
    owner, found, relations = await app.db.read(_connections, me, name, which, rows)
    path = f"/@{owner.acct}/{which}"
    more = more_address(app.ids, Kind.FOLLOW, path, found, PAGE)
    if query.part:
        return await show(
            request, "parts/more_people.html", at=path, accounts=found.items, relations=relations, more_address=more
        )
    return await show(
        request,
        "connections.html",
        account=owner,
        which=which,
        accounts=found.items,
        relations=relations,
        more_address=more,
        hidden=me != owner.id and not owner.shows & Shows.PEOPLE,
    )


@page("GET", "/@{name}/followers")
async def followers(request: Request, viewer: Viewer | None, app: Site, query: Paged, name: str) -> Answer:
    """Show who follows an account."""
    return await _show_connections(request, viewer, app, query, name, "followers")


@page("GET", "/@{name}/following")
async def following(request: Request, viewer: Viewer | None, app: Site, query: Paged, name: str) -> Answer:
    """Show whom an account follows."""
    return await _show_connections(request, viewer, app, query, name, "following")


@page("GET", "/@{name}/familiar_followers")
async def familiar_followers(request: Request, viewer: Viewer, app: Site, query: Paged, name: str) -> Answer:
    """Show who of those whom the member follows follows an account."""
    return await _show_connections(request, viewer, app, query, name, "familiar_followers")


ROUTES = (profile, with_replies, media, followers, following, familiar_followers)
