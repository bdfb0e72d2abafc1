"""Home, local, hashtags, likes, bookmarks."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from palabre import clock
from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import AccountId, Kind
from palabre.markup.entities import hashtag_key
from palabre.paging import Slice, Window
from palabre.posts.errors import HashtagNotFound
from palabre.posts.hashtags import unusable_among
from palabre.posts.model import PostView
from palabre.posts.tags import stance_to
from palabre.store import Snapshot
from palabre.timelines.queries import bookmarks_page, hashtag_page, home_views, likes_page, local_page
from palabre.web.beside import Beside, beside
from palabre.web.desk import desk_of
from palabre.web.drafts import blank
from palabre.web.page import Header, page, show
from palabre.web.trends import Trends, trends_for
from palabre.web.visits import KEPT_SECONDS, looked, visit_of
from palabre.web.windows import PAGE, Paged, more_address, window

_TRENDS = 3
"""So many hashtags, links and posts that trend stand above what is new."""


def _looked(request: Request, app: Site) -> tuple[int, list[Header]]:
    """Return since when the member was away, if that was long, and what the browser is told to remember."""
    cookie = desk_of(app).visit
    visit, is_news = looked(visit_of(cookie.read(request)), clock.now())
    return visit.since, [cookie.set(visit.cookie, seconds=KEPT_SECONDS)] if is_news else []


@page("GET", "/home")
async def home(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show the posts of those whom the member follows."""
    lines = await app.home_lines(viewer.account, window(app.ids, Kind.POST, query))
    views = await app.db.read(home_views, viewer.account, lines.items)
    more = more_address(app.ids, Kind.POST, "/home", lines)
    if query.part:
        return await show(
            request, "parts/more.html", at="/home", context=Context.HOME, views=views, more_address=more
        )
    missed_since, told = (0, []) if query.before else _looked(request, app)
    return await show(
        request,
        "home.html",
        headers=told,
        context=Context.HOME,
        missed_since=missed_since,
        draft=await blank(request, viewer, next_page="/home"),
        views=views,
        more_address=more,
        newest=app.ids.encode(Kind.POST, lines.newest or 0) if not query.before else "",
        beside=await beside(app, viewer),
    )


async def _list(
    request: Request,
    template: str,
    path: str,
    found: Slice[PostView],
    more: str | None,
    *,
    part: bool,
    context: Context | None = None,
    **subject: Any,
) -> Answer:
    if part:
        return await show(request, "parts/more.html", at=path, context=context, views=found.items, more_address=more)
    return await show(request, template, context=context, views=found.items, more_address=more, **subject)


@page("GET", "/local")
async def local(request: Request, viewer: Viewer | None, app: Site, query: Paged) -> Answer:
    """Show what is said on this network, newest first."""
    me = viewer.account if viewer else None
    found = await app.db.read(local_page, me, window(app.ids, Kind.POST, query))
    more = more_address(app.ids, Kind.POST, "/local", found, PAGE)
    trends, aside = Trends(), Beside()
    if not query.part:
        aside = await beside(app, viewer, trends=bool(query.before))
    if not query.part and not query.before:
        trends = await trends_for(app, me, hashtags=_TRENDS, links=_TRENDS, posts=_TRENDS)
    return await _list(
        request,
        "local.html",
        "/local",
        found,
        more,
        part=query.part,
        context=Context.PUBLIC,
        beside=aside,
        hashtags=trends.hashtags,
        links=trends.links,
        trending=trends.views,
    )


def _tagged(db: Snapshot, viewer: AccountId | None, tag: str, rows: Window) -> Slice[PostView]:
    """Return a page of public posts with a hashtag.

    Raises:
        HashtagNotFound: moderators let nobody use it.

    """
    if unusable_among(db, [hashtag_key(tag)]):
        raise HashtagNotFound
    return hashtag_page(db, viewer, tag, rows)


@page("GET", "/tags/{tag}")
async def hashtag(request: Request, viewer: Viewer | None, app: Site, query: Paged, tag: str) -> Answer:
    """Show public posts with a hashtag."""
    path = f"/tags/{quote(tag)}"
    me = viewer.account if viewer else None
    found = await app.db.read(_tagged, me, tag, window(app.ids, Kind.POST, query))
    more = more_address(app.ids, Kind.POST, path, found, PAGE)
    stance = None
    if me is not None and not query.part:
        stance = (await app.db.read(stance_to, me, [tag]))[hashtag_key(tag)]
    return await _list(
        request,
        "hashtag.html",
        path,
        found,
        more,
        part=query.part,
        context=Context.PUBLIC,
        tag=tag,
        stance=stance,
        beside=Beside() if query.part else await beside(app, viewer),
    )


@page("GET", "/likes")
async def likes(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show what the member likes."""
    found = await app.db.read(likes_page, viewer.account, window(app.ids, Kind.MARK, query))
    more = more_address(app.ids, Kind.MARK, "/likes", found, PAGE)
    return await _list(request, "kept.html", "/likes", found, more, part=query.part, which="likes")


@page("GET", "/bookmarks")
async def bookmarks(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show what the member keeps."""
    found = await app.db.read(bookmarks_page, viewer.account, window(app.ids, Kind.MARK, query))
    more = more_address(app.ids, Kind.MARK, "/bookmarks", found, PAGE)
    return await _list(request, "kept.html", "/bookmarks", found, more, part=query.part, which="bookmarks")


ROUTES = (home, local, hashtag, likes, bookmarks)
