"""Timelines: home, public, hashtag; and what the viewer likes and keeps."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.pages import StatusPage, account_of, lines_page, views_page
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.answers import Page
from palabre.edge.binding import ListRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, links
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import Kind
from palabre.paging import Slice, Window, empty
from palabre.timelines.model import Entry
from palabre.timelines.queries import bookmarks_page, likes_page


class PublicPaging(Paging, kw_only=True):
    """The query of the public timeline."""

    local: bool = False
    remote: bool = False
    only_media: bool = False


class TagPaging(PublicPaging, kw_only=True):
    """The query of a hashtag's timeline; at most some more hashtags, as on Mastodon."""

    any: list[str] = msgspec.field(default_factory=list)
    all: list[str] = msgspec.field(default_factory=list)
    none: list[str] = msgspec.field(default_factory=list)


class LinkPaging(Paging, kw_only=True):
    """The query of the posts that link a page."""

    url: str


_MOST_TAGS = 4


def window_of_posts(query: Paging, app: Site) -> Window:
    """Read the bounds of a page whose cursors are posts."""
    return query.window(app.ids, Kind.POST)


@endpoint("GET", "/api/v1/timelines/home", scope="read:statuses")
async def home(query: Paging, request: Request, viewer: Viewer, app: Site) -> StatusPage:
    """Show what the accounts that the viewer follows have posted."""
    window = window_of_posts(query, app)
    known = await app.home(viewer.account)
    span = known.span(window)
    if span is not None and app.lenses.plain(viewer.account):
        low, high = span
        ready = app.part(Pieces).home(known, low, high, viewer.account)
        if ready is not None:
            return Page(ready, links(request, known.ids[high - 1], known.ids[low], Kind.POST) if high > low else None)
    return await lines_page(request, app, viewer.account, await app.home_lines(viewer.account, window), Context.HOME)


@endpoint("GET", "/api/v1/timelines/public", scope="read:statuses")
async def public(query: PublicPaging, request: Request, viewer: Viewer | None, app: Site) -> StatusPage:
    """Show public posts. All are local: the network does not speak to others yet."""
    reader = account_of(viewer)
    found: Slice[Entry] = empty()
    if not query.remote:
        window = window_of_posts(query, app)
        found = await app.lines.local(reader, window, only_media=query.only_media)
    return await lines_page(request, app, reader, found, Context.PUBLIC)


@endpoint("GET", "/api/v1/timelines/tag/{hashtag}", scope="read:statuses")
async def of_tag(hashtag: str, query: TagPaging, request: Request, viewer: Viewer | None, app: Site) -> StatusPage:
    """Show public posts with a hashtag, or one of others, or several, or not some."""
    reader = account_of(viewer)
    found: Slice[Entry] = empty()
    if not query.remote:
        found = await app.lines.hashtag(
            reader,
            hashtag.removeprefix("#"),
            window_of_posts(query, app),
            any_of=query.any[:_MOST_TAGS],
            all_of=query.all[:_MOST_TAGS],
            none_of=query.none[:_MOST_TAGS],
            only_media=query.only_media,
        )
    return await lines_page(request, app, reader, found, Context.PUBLIC)


@endpoint("GET", "/api/v1/timelines/link", scope="read:statuses")
async def of_link(query: LinkPaging, request: Request, viewer: Viewer | None, app: Site) -> StatusPage:
    """Show public posts with the card of a page; of a page that none shows, an empty list."""
    reader = account_of(viewer)
    found = await app.lines.link(reader, query.url, window_of_posts(query, app))
    return await lines_page(request, app, reader, found, Context.PUBLIC)


@endpoint("GET", "/api/v1/timelines/list/{list}", scope="read:lists")
async def of_list(list: ListRef, query: Paging, request: Request, viewer: Viewer, app: Site) -> StatusPage:  # noqa: A002 - named in the path
    """Show what the people in one of the viewer's lists have posted."""
    found = await app.list_lines(viewer.account, list, window_of_posts(query, app))
    return await lines_page(request, app, viewer.account, found, Context.HOME)


@endpoint("GET", "/api/v1/favourites", scope="read:favourites")
async def favourites(query: Paging, request: Request, viewer: Viewer, app: Site) -> StatusPage:
    """Show what the viewer likes, newest like first."""
    window = query.window(app.ids, Kind.MARK)
    return await views_page(request, app, viewer.account, Kind.MARK, likes_page, window)


@endpoint("GET", "/api/v1/bookmarks", scope="read:bookmarks")
async def bookmarks(query: Paging, request: Request, viewer: Viewer, app: Site) -> StatusPage:
    """Show what the viewer keeps, newest bookmark first."""
    window = query.window(app.ids, Kind.MARK)
    return await views_page(request, app, viewer.account, Kind.MARK, bookmarks_page, window)


ROUTES = (home, public, of_tag, of_link, of_list, favourites, bookmarks)
