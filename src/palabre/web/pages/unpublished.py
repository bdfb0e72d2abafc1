"""Drafts, and posts that wait for their time."""

from __future__ import annotations

from palabre.edge.answers import Answer
from palabre.edge.binding import UnpublishedRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, IdCodec, Kind
from palabre.paging import Slice, Window
from palabre.posts import unpublished
from palabre.posts.model import Unpublished
from palabre.store import Snapshot
from palabre.web.page import go, page, show
from palabre.web.windows import PAGE, Paged, more_address, window

_SHORT = 200


def _both(db: Snapshot, viewer: AccountId, rows: Window) -> tuple[Slice[Unpublished], Slice[Unpublished]]:
    first = rows.before is None
    waiting = unpublished.scheduled_page(db, viewer, Window(limit=unpublished.SCHEDULED)) if first else None
    return unpublished.drafts_page(db, viewer, rows), waiting or Slice([], None, None)


def _row(ids: IdCodec, each: Unpublished) -> dict[str, object]:
    words = each.draft.warning or each.draft.text
    return {
        "ref": ids.encode(Kind.UNPUBLISHED, each.id),
        "words": words if len(words) <= _SHORT else words[:_SHORT] + "…",
        "pictures": len(each.draft.media),
        "poll": each.draft.poll is not None,
        "due": each.due,
        "changed": each.changed,
    }


@page("GET", "/drafts")
async def drafts(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """List them."""
    found, waiting = await app.db.read(_both, viewer.account, window(app.ids, Kind.UNPUBLISHED, query))
    more = more_address(app.ids, Kind.UNPUBLISHED, "/drafts", found, PAGE)
    soonest = sorted(waiting.items, key=lambda each: each.due or 0)
    return await show(
        request,
        "drafts.html",
        drafts=[_row(app.ids, each) for each in found.items],
        scheduled=[_row(app.ids, each) for each in soonest],
        more_address=more,
    )


@page("POST", "/drafts/{draft}/delete")
async def delete(request: Request, viewer: Viewer, app: Site, draft: UnpublishedRef) -> Answer:
    """Delete a draft."""
    await app.db.write(unpublished.delete_draft, viewer.account, draft)
    return go(request, "/drafts", flash="draft_deleted")


@page("POST", "/drafts/{draft}/cancel")
async def cancel(request: Request, viewer: Viewer, app: Site, draft: UnpublishedRef) -> Answer:
    """Let a scheduled post be a draft."""
    await app.db.write(unpublished.cancel, viewer.account, draft, keep=True)
    return go(request, "/drafts", flash="kept")


ROUTES = (drafts, delete, cancel)
