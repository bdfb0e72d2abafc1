"""Drafts, posts that wait for their time, and threads that are written at once."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.binding import UnpublishedRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Forbidden, Invalid, NotFound, Unavailable
from palabre.ids import AccountId, IdCodec, Kind
from palabre.paging import Slice, Window
from palabre.posts import unpublished
from palabre.posts.actions import publish_thread
from palabre.posts.model import Draft, Unpublished, Visibility
from palabre.posts.rules import THREAD
from palabre.store import Snapshot
from palabre.web.drafts import blank, usual_policies
from palabre.web.forms import form, refused_form
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


class Parts(msgspec.Struct, kw_only=True):
    """The form of a thread."""

    parts: list[str] = []
    visibility: Visibility = Visibility.PUBLIC
    language: str = ""
    key: str = ""
    next: str = "/home"
    more: bool = False


@page("GET", "/compose/thread")
async def write_thread(request: Request, viewer: Viewer) -> Answer:
    """Show a form with room for three posts."""
    fresh = await blank(request, viewer, next_page="/home")
    values = Parts(parts=[""] * 3, visibility=Visibility(fresh.visibility), language=fresh.language)
    return await show(request, "thread_composer.html", form=form(values), key=fresh.idempotency)


@page("POST", "/compose/thread", limit="statuses")
async def publish(request: Request, viewer: Viewer, app: Site, body: Parts) -> Answer:
    """Publish the thread, or show the form with one part more."""
    if body.more:
        room = msgspec.structs.replace(body, parts=[*body.parts, ""][:THREAD])
        return await show(request, "thread_composer.html", form=form(room), key=body.key)
    quotes, replies = await app.db.read(usual_policies, viewer.account)
    drafts = [
        Draft(
            text=part,
            visibility=body.visibility,
            language=body.language or None,
            quote_policy=quotes,
            reply_policy=replies,
        )
        for part in body.parts
        if part.strip()
    ]
    key = blake2b(body.key.encode(), digest_size=16).digest() if body.key else None
    try:
        await app.db.write(publish_thread, viewer.account, drafts, terms=app.terms, idempotency_key=key)
    except (Forbidden, Invalid, NotFound, Unavailable) as refusal:
        told = refused_form(request, refusal, body, ())
        return await show(request, "thread_composer.html", status=422, form=told, key=body.key)
    return go(request, body.next, flash="threaded")


ROUTES = (drafts, delete, cancel, write_thread, publish)
