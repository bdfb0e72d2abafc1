"""For those who run the network: hashtags, and what is let happen with them."""

from __future__ import annotations

from typing import Annotated

from palabre.accounts.roles import Permission
from palabre.api.mastodon.entities.admin_tag import AdminTag, admin_tag
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.admin import admin_endpoint
from palabre.edge.answers import Page
from palabre.edge.binding import HashtagRef
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.moderation.hashtags import HashtagChange, change_hashtag
from palabre.moderation.trends_review import decided
from palabre.paging import Slice, Window
from palabre.posts.hashtags import Hashtag, all_hashtags, any_hashtag
from palabre.store import Snapshot, Transaction

_READ = "admin:read"
_WRITE = "admin:write"
_MAY = Permission.MANAGE_TAXONOMIES

TagsPage = Annotated[Page, list[AdminTag]]


def _page(db: Snapshot, window: Window) -> tuple[Slice[Hashtag], dict[int, bool]]:
    found = all_hashtags(db, window)
    return found, decided(db, found.items)


def _one(db: Snapshot, number: int) -> tuple[Hashtag, bool | None]:
    found = any_hashtag(db, number)
    return found, decided(db, [found]).get(number)


def _shown(app: Site, found: tuple[Hashtag, bool | None]) -> AdminTag:
    return admin_tag(app.part(Pieces).names, *found, app.config.trends)


@admin_endpoint("GET", "/api/v1/admin/tags", scope=_READ, may=_MAY)
async def list_tags(request: Request, query: Paging, viewer: Viewer, app: Site) -> TagsPage:  # noqa: ARG001 - an administrator must be asking
    """Show all hashtags, the newest first."""
    window = query.window(app.ids, Kind.HASHTAG, usual=100, most=200)
    found, decisions = await app.db.read_slow(_page, window)
    shown = [_shown(app, (each, decisions.get(each.id))) for each in found.items]
    return Page(shown, link(request, found, Kind.HASHTAG))


@admin_endpoint("GET", "/api/v1/admin/tags/{hashtag}", scope=_READ, may=_MAY)
async def show_tag(hashtag: HashtagRef, viewer: Viewer, app: Site) -> AdminTag:  # noqa: ARG001 - as above
    """Show one."""
    return _shown(app, await app.db.read_slow(_one, hashtag))


def _change(tx: Transaction, admin: AccountId, number: int, change: HashtagChange) -> tuple[Hashtag, bool | None]:
    change_hashtag(tx, admin, number, change)
    return _one(tx, number)


@admin_endpoint("PUT", "/api/v1/admin/tags/{hashtag}", scope=_WRITE, may=_MAY)
async def change_tag(hashtag: HashtagRef, body: HashtagChange, viewer: Viewer, app: Site) -> AdminTag:
    """Decide about one; what is not given stays."""
    return _shown(app, await app.db.write(_change, viewer.account, hashtag, body))


ROUTES = (list_tags, show_tag, change_tag)
