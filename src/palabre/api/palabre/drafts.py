"""Drafts on the server: begun on one device, finished on another."""

from __future__ import annotations

from typing import Annotated

from palabre.api.mastodon.entities.scheduled_status import DraftEntity, draft_entity
from palabre.api.mastodon.pieces import Pieces
from palabre.api.mastodon.statuses import NewStatus, draft_of
from palabre.edge.answers import Page
from palabre.edge.binding import UnpublishedRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.media.model import Attachment
from palabre.media.queries import uploads_of
from palabre.paging import Slice, Window
from palabre.posts import unpublished
from palabre.posts.model import Unpublished
from palabre.store import Snapshot


def _one(db: Snapshot, viewer: AccountId, number: int) -> tuple[Unpublished, list[Attachment]]:
    found = unpublished.draft_of(db, viewer, number)
    return found, uploads_of(db, viewer, found.draft.media)


def _some(db: Snapshot, viewer: AccountId, window: Window) -> tuple[Slice[Unpublished], dict[int, Attachment]]:
    found = unpublished.drafts_page(db, viewer, window)
    media = uploads_of(db, viewer, [each for one in found.items for each in one.draft.media])
    return found, {each.id: each for each in media}


async def _shown(app: Site, viewer: AccountId, number: int) -> DraftEntity:
    found, media = await app.db.read(_one, viewer, number)
    return draft_entity(app.part(Pieces).names, found, media)


@endpoint("GET", "/api/palabre/v1/drafts", scope="read:statuses")
async def drafts(query: Paging, request: Request, viewer: Viewer, app: Site) -> Annotated[Page, list[DraftEntity]]:
    """Show the viewer's drafts, the newest first."""
    found, media = await app.db.read(_some, viewer.account, query.window(app.ids, Kind.UNPUBLISHED))
    names = app.part(Pieces).names
    items = [
        draft_entity(names, one, [media[each] for each in one.draft.media if each in media]) for one in found.items
    ]
    return Page(items, link(request, found, Kind.UNPUBLISHED))


@endpoint("POST", "/api/palabre/v1/drafts", scope="write:statuses", limit="statuses")
async def keep_draft(body: NewStatus, viewer: Viewer, app: Site) -> DraftEntity:
    """Keep a draft, finished or not."""
    made = await app.db.write(unpublished.keep_draft, viewer.account, draft_of(body, viewer))
    return await _shown(app, viewer.account, made)


@endpoint("GET", "/api/palabre/v1/drafts/{draft}", scope="read:statuses")
async def show_draft(draft: UnpublishedRef, viewer: Viewer, app: Site) -> DraftEntity:
    """Show one of them."""
    return await _shown(app, viewer.account, draft)


@endpoint("PUT", "/api/palabre/v1/drafts/{draft}", scope="write:statuses", limit="statuses")
async def change_draft(draft: UnpublishedRef, body: NewStatus, viewer: Viewer, app: Site) -> DraftEntity:
    """Replace what it says; pictures that it no longer has are deleted."""
    await app.db.write(unpublished.keep_draft, viewer.account, draft_of(body, viewer), number=draft)
    return await _shown(app, viewer.account, draft)


@endpoint("DELETE", "/api/palabre/v1/drafts/{draft}", scope="write:statuses")
async def delete_draft(draft: UnpublishedRef, viewer: Viewer, app: Site) -> None:
    """Delete it, with its pictures."""
    await app.db.write(unpublished.delete_draft, viewer.account, draft)


ROUTES = (drafts, keep_draft, show_draft, change_draft, delete_draft)
