"""For those who run the network: which hashtags, posts and pages may trend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from palabre.accounts.roles import Permission
from palabre.api.mastodon.entities.admin_tag import AdminTag, admin_tag
from palabre.api.mastodon.entities.trends import (
    AdminPublisher,
    AdminTrendsLink,
    AdminTrendsStatus,
    admin_publisher,
    admin_trends_link,
)
from palabre.api.mastodon.loading import view_json
from palabre.api.mastodon.pages import load
from palabre.api.mastodon.pieces import Pieces, line_of
from palabre.api.mastodon.trends import Part, part_of
from palabre.edge.admin import admin_endpoint
from palabre.edge.answers import Page
from palabre.edge.binding import HashtagRef, LinkRef, PostRef, PublisherRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.trending import ReviewedPost
from palabre.edge.viewer import Viewer
from palabre.ids import Kind, PostId
from palabre.moderation.trending import decide_link, decide_post, decide_publisher
from palabre.moderation.trends_review import decide

_MAY = Permission.MANAGE_TAXONOMIES
_READ = "admin:read"
_WRITE = "admin:write"
_USUAL, _MOST = 20, 100

TagPage = Annotated[Page, list[AdminTag]]
StatusPage = Annotated[Page, list[AdminTrendsStatus]]
StatusJson = Annotated[bytes, AdminTrendsStatus]
LinkPage = Annotated[Page, list[AdminTrendsLink]]
PublisherPage = Annotated[Page, list[AdminPublisher]]


def _undecided(app: Site, decision: bool | None) -> bool:  # noqa: FBT001 - what was decided, if anything
    """Tell whether something waits for those who run the network."""
    return app.config.trends == "review" and decision is None


# Hashtags


@admin_endpoint("GET", "/api/v1/admin/trends/tags", scope=_READ, may=_MAY)
async def list_trending(query: Part, request: Request, viewer: Viewer, app: Site) -> TagPage:  # noqa: ARG001 - an administrator must be asking
    """Show the hashtags that many people use now, those too that may not trend, the strongest first."""
    found, links = part_of(request, await app.trends.hashtags_to_review(), query, usual=_USUAL, most=_MOST)
    names = app.part(Pieces).names
    return Page([admin_tag(names, each.hashtag, each.decision, app.config.trends) for each in found], links)


async def _decision(app: Site, viewer: Viewer, number: int, *, trendable: bool) -> AdminTag:
    found = await app.db.write(decide, viewer.account, number, trendable=trendable)
    return admin_tag(app.part(Pieces).names, found, trendable, app.config.trends)


@admin_endpoint("POST", "/api/v1/admin/trends/tags/{hashtag}/approve", scope=_WRITE, may=_MAY)
async def approve_trend(hashtag: HashtagRef, viewer: Viewer, app: Site) -> AdminTag:
    """Let a hashtag trend."""
    return await _decision(app, viewer, hashtag, trendable=True)


@admin_endpoint("POST", "/api/v1/admin/trends/tags/{hashtag}/reject", scope=_WRITE, may=_MAY)
async def reject_trend(hashtag: HashtagRef, viewer: Viewer, app: Site) -> AdminTag:
    """Let a hashtag never trend."""
    return await _decision(app, viewer, hashtag, trendable=False)


# Posts


def _with_review(post: bytes, *, waits: bool) -> bytes:
    return post[:-1] + b',"requires_review":%s}' % (b"true" if waits else b"false")


async def _posts_json(app: Site, found: Sequence[ReviewedPost]) -> bytes:
    """Write posts as anybody sees them: what the administrator did with them, or hides, says nothing about them."""
    lines = [each.entry for each in found]
    loaded = await load(app, None, lines)
    shown = [(each, loaded.one(each.entry, reader=None)) for each in found]
    return b"[%s]" % b",".join(
        _with_review(post, waits=_undecided(app, each.decision)) for each, post in shown if post is not None
    )


@admin_endpoint("GET", "/api/v1/admin/trends/statuses", scope=_READ, may=_MAY)
async def list_trending_statuses(query: Part, request: Request, viewer: Viewer, app: Site) -> StatusPage:  # noqa: ARG001 - an administrator must be asking
    """Show the posts that many people like and repost now, those too that may not trend, the strongest first."""
    found, links = part_of(request, await app.trends.posts_to_review(), query, usual=_USUAL, most=_MOST)
    return Page(await _posts_json(app, found), links)


async def _post_decision(app: Site, viewer: Viewer, number: PostId, *, trendable: bool) -> StatusJson:
    pieces = app.part(Pieces)
    mark = pieces.mark
    view = await app.db.write(
        decide_post, viewer.account, number, trendable=trendable, ref=app.ids.encode(Kind.POST, number)
    )
    shown = (await load(app, None, [line_of(view)])).one(line_of(view), reader=None)
    return _with_review(shown or view_json(pieces, view, mark, reader=None), waits=False)


@admin_endpoint(
    "POST", "/api/v1/admin/trends/statuses/{post}/approve", scope=_WRITE, may=Permission.MANAGE_TAXONOMIES
)
async def approve_trending_status(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Let a post trend."""
    return await _post_decision(app, viewer, post, trendable=True)


@admin_endpoint("POST", "/api/v1/admin/trends/statuses/{post}/reject", scope=_WRITE, may=_MAY)
async def reject_trending_status(post: PostRef, viewer: Viewer, app: Site) -> StatusJson:
    """Let a post never trend."""
    return await _post_decision(app, viewer, post, trendable=False)


# Pages, and their publishers


@admin_endpoint("GET", "/api/v1/admin/trends/links", scope=_READ, may=_MAY)
async def list_trending_links(query: Part, request: Request, viewer: Viewer, app: Site) -> LinkPage:  # noqa: ARG001 - an administrator must be asking
    """Show the pages that many people link now, those too that may not trend, the strongest first."""
    found, links = part_of(request, await app.trends.links_to_review(), query, usual=_USUAL, most=_MOST)
    names = app.part(Pieces).names
    return Page(
        [admin_trends_link(names, each.link, requires_review=_undecided(app, each.decision)) for each in found],
        links,
    )


async def _link_decision(app: Site, viewer: Viewer, number: int, *, trendable: bool) -> AdminTrendsLink:
    card = await app.db.write(decide_link, viewer.account, number, trendable=trendable)
    shown = await app.trends.linked(card)
    return admin_trends_link(app.part(Pieces).names, shown, requires_review=False)


@admin_endpoint("POST", "/api/v1/admin/trends/links/{link}/approve", scope=_WRITE, may=_MAY)
async def approve_trending_link(link: LinkRef, viewer: Viewer, app: Site) -> AdminTrendsLink:
    """Let a page trend, whatever is decided about its publisher."""
    return await _link_decision(app, viewer, link, trendable=True)


@admin_endpoint("POST", "/api/v1/admin/trends/links/{link}/reject", scope=_WRITE, may=_MAY)
async def reject_trending_link(link: LinkRef, viewer: Viewer, app: Site) -> AdminTrendsLink:
    """Let a page never trend."""
    return await _link_decision(app, viewer, link, trendable=False)


@admin_endpoint("GET", "/api/v1/admin/trends/links/publishers", scope=_READ, may=_MAY)
async def list_trending_publishers(query: Part, request: Request, viewer: Viewer, app: Site) -> PublisherPage:  # noqa: ARG001 - an administrator must be asking
    """Show the publishers of the pages that many people link now."""
    found, links = part_of(request, await app.trends.publishers_to_review(), query, usual=_USUAL, most=_MOST)
    names = app.part(Pieces).names
    return Page(
        [admin_publisher(names, each, requires_review=_undecided(app, each.trendable)) for each in found], links
    )


async def _publisher_decision(app: Site, viewer: Viewer, number: int, *, trendable: bool) -> AdminPublisher:
    cards = [each.card for each in await app.trends.counted_links()]
    decided = await app.db.write(decide_publisher, viewer.account, number, cards, trendable=trendable)
    return admin_publisher(app.part(Pieces).names, decided, requires_review=False)


@admin_endpoint(
    "POST",
    "/api/v1/admin/trends/links/publishers/{publisher}/approve",
    scope=_WRITE,
    may=Permission.MANAGE_TAXONOMIES,
)
async def approve_publisher(publisher: PublisherRef, viewer: Viewer, app: Site) -> AdminPublisher:
    """Let the pages of a publisher trend, but for those that are rejected themselves."""
    return await _publisher_decision(app, viewer, publisher, trendable=True)


@admin_endpoint(
    "POST", "/api/v1/admin/trends/links/publishers/{publisher}/reject", scope=_WRITE, may=Permission.MANAGE_TAXONOMIES
)
async def reject_publisher(publisher: PublisherRef, viewer: Viewer, app: Site) -> AdminPublisher:
    """Let no page of a publisher trend, but for those that are approved themselves."""
    return await _publisher_decision(app, viewer, publisher, trendable=False)


ROUTES = (
    list_trending,
    approve_trend,
    reject_trend,
    list_trending_statuses,
    approve_trending_status,
    reject_trending_status,
    list_trending_links,
    approve_trending_link,
    reject_trending_link,
    list_trending_publishers,
    approve_publisher,
    reject_publisher,
)
