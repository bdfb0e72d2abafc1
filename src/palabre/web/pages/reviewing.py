"""For those who run the network: which hashtags, posts and pages may trend."""

from __future__ import annotations

from typing import Any

import msgspec

from palabre.accounts.roles import Permission
from palabre.edge.answers import Answer
from palabre.edge.binding import HashtagRef, LinkRef, PostRef, PublisherRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import Kind
from palabre.moderation.trending import decide_link, decide_post, decide_publisher
from palabre.moderation.trends_review import decide, may_trend
from palabre.posts.queries import post_views
from palabre.web.page import admin_page, go, show


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a button."""

    trendable: bool = False


class Row(msgspec.Struct, frozen=True):
    """Something that may trend or not."""

    subject: Any
    address: str
    """Where its buttons lead, below the page."""
    shown: bool
    decided: bool


@admin_page("GET", "/admin/trends", may=Permission.MANAGE_TAXONOMIES)
async def list_trends(request: Request, viewer: Viewer, app: Site) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show what many people use, like and link now, counted this moment, and whether it may trend."""
    trends, policy, encode = app.trends, app.config.trends, app.ids.encode
    await trends.recount()

    def row(subject: Any, address: str, decision: bool | None) -> Row:  # noqa: FBT001 - what was decided, if anything
        return Row(subject, address, may_trend(decision, policy), decision is not None)

    posts = {each.entry.post: each.decision for each in await trends.posts_to_review()}
    views = await app.db.read(post_views, None, list(posts))
    return await show(
        request,
        "admin/trends.html",
        policy=policy,
        hashtags=[
            row(each.hashtag, encode(Kind.HASHTAG, each.hashtag.id), each.decision)
            for each in await trends.hashtags_to_review()
        ],
        posts=[row(view, f"posts/{encode(Kind.POST, view.post.id)}", posts[view.post.id]) for view in views],
        links=[
            row(each.link, f"links/{encode(Kind.LINK, each.link.card.id)}", each.decision)
            for each in await trends.links_to_review()
        ],
        publishers=[
            row(each, f"publishers/{encode(Kind.PUBLISHER, each.id)}", each.trendable)
            for each in await trends.publishers_to_review()
        ],
    )


@admin_page("POST", "/admin/trends/{hashtag}", may=Permission.MANAGE_TAXONOMIES)
async def decide_trend(request: Request, viewer: Viewer, app: Site, hashtag: HashtagRef, body: Decision) -> Answer:
    """Let a hashtag trend, or never."""
    await app.db.write(decide, viewer.account, hashtag, trendable=body.trendable)
    return go(request, "/admin/trends", flash="trend_decided")


@admin_page("POST", "/admin/trends/posts/{post}", may=Permission.MANAGE_TAXONOMIES)
async def decide_trending_post(request: Request, viewer: Viewer, app: Site, post: PostRef, body: Decision) -> Answer:
    """Let a post trend, or never."""
    await app.db.write(
        decide_post, viewer.account, post, trendable=body.trendable, ref=app.ids.encode(Kind.POST, post)
    )
    return go(request, "/admin/trends", flash="trend_decided")


@admin_page("POST", "/admin/trends/links/{link}", may=Permission.MANAGE_TAXONOMIES)
async def decide_trending_link(request: Request, viewer: Viewer, app: Site, link: LinkRef, body: Decision) -> Answer:
    """Let a page trend, or never."""
    await app.db.write(decide_link, viewer.account, link, trendable=body.trendable)
    return go(request, "/admin/trends", flash="trend_decided")


@admin_page("POST", "/admin/trends/publishers/{publisher}", may=Permission.MANAGE_TAXONOMIES)
async def decide_trending_publisher(
    request: Request, viewer: Viewer, app: Site, publisher: PublisherRef, body: Decision
) -> Answer:
    """Let the pages of a publisher trend, or none."""
    cards = [each.card for each in await app.trends.counted_links()]
    await app.db.write(decide_publisher, viewer.account, publisher, cards, trendable=body.trendable)
    return go(request, "/admin/trends", flash="trend_decided")


ROUTES = (list_trends, decide_trend, decide_trending_post, decide_trending_link, decide_trending_publisher)
