"""For those who run the network: hashtags, and what is let happen with them."""

from __future__ import annotations

import msgspec

from palabre.accounts.roles import Permission
from palabre.edge.answers import Answer
from palabre.edge.binding import HashtagRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.ids import Kind
from palabre.moderation.hashtags import HashtagChange, change_hashtag
from palabre.moderation.trends_review import decided, may_trend
from palabre.posts.hashtags import Hashtag, all_hashtags, any_hashtag, hashtag
from palabre.store import Snapshot
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import admin_page, go, show
from palabre.web.windows import PAGE, Paged, more_address, window

_MAY = Permission.MANAGE_TAXONOMIES
_PAGE = "/admin/hashtags"


class Looking(Paged, frozen=True, kw_only=True):
    """The query of the list."""

    name: str = ""


class TagForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of one hashtag; a box that is not ticked is not sent."""

    display_name: str = ""
    usable: bool = False
    listable: bool = False
    trendable: bool = False


@admin_page("GET", "/admin/hashtags", may=_MAY)
async def list_hashtags(request: Request, viewer: Viewer, app: Site, query: Looking) -> Answer:  # noqa: ARG001 - an administrator must be asking
    """Show all hashtags, the newest first, or the one that is looked for."""
    name = query.name.strip().removeprefix("#")
    found = await app.db.read_slow(all_hashtags, window(app.ids, Kind.HASHTAG, query))
    items = found.items
    if name:
        one = await app.db.read(hashtag, name)
        items = [] if one is None else [one]
    more = None if name else more_address(app.ids, Kind.HASHTAG, _PAGE, found, PAGE)
    listed = [(each, app.ids.encode(Kind.HASHTAG, each.id)) for each in items]
    return await show(request, "admin/hashtags.html", hashtags=listed, form=form({"name": name}), more_address=more)


def _found(db: Snapshot, number: int) -> tuple[Hashtag, bool | None]:
    one = any_hashtag(db, number)
    return one, decided(db, [one]).get(number)


async def _one(request: Request, app: Site, number: int, told: Form | None = None, status: int = 200) -> Answer:
    shown, decision = await app.db.read_slow(_found, number)
    trendable = may_trend(decision, app.config.trends)
    told = told or form(
        {
            "display_name": shown.name,
            "usable": shown.usable,
            "listable": shown.listable,
            "trendable": trendable,
        }
    )
    place = f"{_PAGE}/{app.ids.encode(Kind.HASHTAG, number)}"
    return await show(
        request, "admin/hashtag.html", status=status, tag=shown, place=place, form=told, policy=app.config.trends
    )


@admin_page("GET", "/admin/hashtags/{hashtag}", may=_MAY)
async def show_hashtag(request: Request, viewer: Viewer, app: Site, hashtag: HashtagRef) -> Answer:  # noqa: ARG001 - as above
    """Show one, to decide about it."""
    return await _one(request, app, hashtag)


@admin_page("POST", "/admin/hashtags/{hashtag}", may=_MAY)
async def decide_hashtag(request: Request, viewer: Viewer, app: Site, hashtag: HashtagRef, body: TagForm) -> Answer:
    """Decide about one. Whether it trends counts only where something does, and only if it was changed."""
    shown, decision = await app.db.read_slow(_found, hashtag)
    trends = app.config.trends
    asked = trends != "off" and shown.posts_count > 0 and body.trendable is not may_trend(decision, trends)
    wanted = HashtagChange(
        display_name=body.display_name or None,
        usable=body.usable,
        listable=body.listable,
        trendable=body.trendable if asked else None,
    )
    try:
        await app.db.write(change_hashtag, viewer.account, hashtag, wanted)
    except Invalid as refusal:
        return await _one(request, app, hashtag, refused_form(request, refusal, body, ("display_name",)), 422)
    return go(request, _PAGE, flash="hashtag_decided")


ROUTES = (list_hashtags, show_hashtag, decide_hashtag)
