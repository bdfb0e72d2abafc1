"""Threads that are written at once, each part with its pictures. Nothing that was typed is ever lost."""

from __future__ import annotations

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.binding import MediaRef
from palabre.edge.films import Progress, most_bytes, withdraw
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.edge.viewer import Viewer
from palabre.errors import Forbidden, Invalid, NotFound, Refusal, TooMany, Unavailable
from palabre.ids import MediaId
from palabre.media.model import MOST_ATTACHMENTS, Attachment, Unfinished
from palabre.posts.actions import publish_thread
from palabre.posts.model import Draft, Visibility
from palabre.posts.rules import THREAD
from palabre.web.callers import site_of
from palabre.web.drafts import blank, usual_policies
from palabre.web.page import go, page, show, words_of
from palabre.web.pages.compose import Describing, describe_all, is_out, key_of, loose, take_one


class Parts(Describing, kw_only=True):
    """The form of a thread; what belongs to a part is under its number, from 0."""

    parts: list[str] = msgspec.field(default_factory=list)
    media: dict[str, list[MediaRef]] = msgspec.field(default_factory=dict)
    picture: dict[str, Upload] = msgspec.field(default_factory=dict)
    """Sent with the form."""
    warning: str = ""
    """Of every part."""
    visibility: Visibility = Visibility.PUBLIC
    key: str = ""
    next: str = "/home"
    more: bool = False


class Part(msgspec.Struct, kw_only=True):
    """A part, as the page shows it."""

    text: str = ""
    media: tuple[Attachment | Unfinished, ...] = ()
    wrong: str = ""
    """Why it cannot be published."""


@page("GET", "/compose/thread")
async def write_thread(request: Request, viewer: Viewer) -> Answer:
    """Show a form with room for three posts."""
    fresh = await blank(request, viewer, next_page="/home")
    body = Parts(visibility=Visibility(fresh.visibility), language=fresh.language, key=fresh.idempotency)
    return await _form(request, body, [Part() for _ in range(3)])


async def _form(request: Request, body: Parts, parts: list[Part], *, wrong: str = "", status: int = 200) -> Answer:
    return await show(
        request,
        "thread_composer.html",
        status=status,
        written=body,
        parts=parts,
        wrong=wrong,
        percent=site_of(request).part(Progress).percent,
    )


async def _again(viewer: Viewer, app: Site, body: Parts, media: list[list[MediaId]]) -> list[Part]:
    """Return the parts with what was typed, and what was uploaded and is still there."""
    return [
        Part(text=text, media=await loose(viewer, app, uploaded))
        for text, uploaded in zip(body.parts, media, strict=True)
    ]


@page("POST", "/compose/thread", limit="statuses", uploads=most_bytes)
async def publish(request: Request, viewer: Viewer, app: Site, body: Parts) -> Answer:
    """Publish the thread, or show the form with one part more, or with what was attached and taken away."""
    body.parts = body.parts[: THREAD + 1]  # one too many is refused, with all that was typed
    media: list[list[MediaId]] = [list(body.media.get(str(place), ())) for place in range(len(body.parts))]
    said: list[int] = []
    place: int | None = None
    try:
        for place, uploaded in enumerate(media):
            picture = body.picture.get(str(place))
            if picture is not None and len(uploaded) < MOST_ATTACHMENTS:
                uploaded.append(await take_one(app, viewer, picture))
            if body.detach in uploaded:
                uploaded.remove(body.detach)
                await withdraw(app, viewer.account, body.detach)
            await describe_all(app, viewer, body, uploaded)
        place = None
        if body.more or body.attach or body.detach is not None:
            parts = await _again(viewer, app, body, media)
            return await _form(request, body, [*parts, Part()][:THREAD] if body.more else parts)
        said = [each for each, text in enumerate(body.parts) if text.strip() or media[each]]
        app.limits.spend("statuses", viewer.account, max(len(said) - 1, 0))  # the first is counted as the request
        await app.db.write(
            publish_thread,
            viewer.account,
            await _drafts(viewer, app, body, [(body.parts[each], media[each]) for each in said]),
            terms=app.terms,
            idempotency_key=key_of(body.key),
        )
    except (Forbidden, Invalid, NotFound, TooMany, Unavailable) as refusal:
        if await is_out(app, viewer, body.key, refusal):
            return go(request, body.next, flash="threaded")
        parts = await _again(viewer, app, body, media)
        if refusal.part is not None:
            place = said[refusal.part]
        return await _refused(request, body, parts, refusal, place)
    return go(request, body.next, flash="threaded")


async def _drafts(viewer: Viewer, app: Site, body: Parts, said: list[tuple[str, list[MediaId]]]) -> list[Draft]:
    quotes, replies = await app.db.read(usual_policies, viewer.account)
    return [
        Draft(
            text=text,
            media=tuple(media),
            warning=body.warning,
            visibility=body.visibility,
            language=body.language or None,
            quote_policy=quotes,
            reply_policy=replies,
        )
        for text, media in said
    ]


async def _refused(request: Request, body: Parts, parts: list[Part], refusal: Refusal, place: int | None) -> Answer:
    """Show the form with what was typed, and what is wrong: at the part that it is about, if it is about one."""
    words = words_of(request, refusal)
    if place is None:
        return await _form(request, body, parts, wrong=words, status=422)
    parts[place].wrong = words
    return await _form(request, body, parts, status=422)


ROUTES = (write_thread, publish)
