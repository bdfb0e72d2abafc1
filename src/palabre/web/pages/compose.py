"""Writing a post: text, warning, visibility, language, pictures. Nothing that was typed is ever lost."""

from __future__ import annotations

import contextlib
import datetime as dt
from hashlib import blake2b

import msgspec

from palabre.clock import Instant, from_datetime
from palabre.edge.answers import Answer
from palabre.edge.binding import MediaRef, PostRef, UnpublishedRef
from palabre.edge.films import Progress, change_media, most_bytes, set_captions, take_media, wait_for, withdraw
from palabre.edge.pictures import count_uploads
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.edge.viewer import Viewer
from palabre.errors import Forbidden, Invalid, NotFound, Refusal, TooMany, Unavailable
from palabre.ids import AccountId, Kind, MediaId, PostId
from palabre.media.errors import MediaAttached, MediaNotFound
from palabre.media.model import MOST_ATTACHMENTS, Attachment, Focus, Unfinished
from palabre.media.unfinished import upload_of
from palabre.posts.actions import publish as publish_post
from palabre.posts.errors import CannotReply, PostNotFound, UnpublishedNotFound, WrongTime
from palabre.posts.model import Draft, PollDraft, PostView, QuotePolicy, QuoteState, ReplyPolicy, Visibility
from palabre.posts.queries import post_view, published_under
from palabre.posts.replying import barred_by, would_wait
from palabre.posts.unpublished import delete_draft, draft_of, keep_draft, schedule
from palabre.posts.wording import Terms
from palabre.store import Transaction
from palabre.web.drafts import NO_POLL, blank, offered, usual_policies
from palabre.web.forms import Told
from palabre.web.page import go, page, show, words_of
from palabre.web.pictures import describe, read_point

PATIENCE = 20.0
"""Seconds that a browser without a script waits for a video; then it asks again."""

_MESSAGES = "/direct"

FIELDS = {
    "status": "text",
    "spoiler_text": "warning",
    "media_ids": "media",
    "file": "media",
    "captions": "media",
    "thumbnail": "media",
    "poll": "poll",
    "quoted_status_id": "quote",
}
"""What refusals call a field, in Mastodon's words → what it is called here."""


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the page: what to answer, whom to address, what to begin with, who is to read it."""

    reply_to: PostRef | None = None
    quote: PostRef | None = None
    draft: UnpublishedRef | None = None
    to: str = ""
    text: str = ""
    visibility: Visibility | None = None
    shared: str = ""
    """Under which the installed app keeps files that another app shared."""


class Describing(msgspec.Struct, kw_only=True):
    """What a form says of the uploads in it."""

    language: str = ""
    description: dict[str, str] = {}
    """By the public id of a picture."""
    focus: dict[str, str] = {}
    captions: dict[str, str] = {}
    """By the public id of a video or a recording: WebVTT."""
    poster: dict[str, Upload] = {}
    """By the public id of a video or a recording: what stands for it until it plays."""
    attach: bool = False
    detach: MediaRef | None = None


class Written(Describing, kw_only=True):
    """The form."""

    text: str = ""
    warning: str = ""
    visibility: Visibility = Visibility.PUBLIC
    reply_to: PostRef | None = None
    quote: PostRef | None = None
    quote_policy: QuotePolicy | None = None
    reply_policy: ReplyPolicy | None = None
    choices: list[str] = []
    poll_seconds: int = NO_POLL.seconds
    poll_multiple: bool = False
    poll_hide: bool = False
    draft: UnpublishedRef | None = None
    """The draft on the server that is finished with this."""
    at: str = ""
    offset: int = 0
    """Minutes from the clock of the browser to UTC; 0 without a script."""
    keep: bool = False
    key: str = ""
    next: str = "/home"
    media: list[MediaRef] = []
    picture: Upload | None = None
    """Sent without a script, with the form."""

    @property
    def poll(self) -> PollDraft | None:
        """The poll, if an answer was written."""
        if not any(choice.strip() for choice in self.choices):
            return None
        return PollDraft(
            choices=tuple(self.choices),
            seconds=self.poll_seconds,
            multiple=self.poll_multiple,
            hide_totals=self.poll_hide,
        )


class OnePicture(msgspec.Struct, kw_only=True):
    """A picture sent by the composer's script."""

    file: Upload


@page("GET", "/compose")
async def compose(request: Request, viewer: Viewer, app: Site, query: Opening) -> Answer:
    """Show an empty composer, or one that answers a post."""
    if query.draft is not None:
        return await _resume(request, viewer, app, query.draft)
    reply_to = await app.db.read(post_view, viewer.account, query.reply_to) if query.reply_to else None
    quote = await app.db.read(post_view, viewer.account, query.quote) if query.quote else None
    barred = await app.db.read(barred_by, viewer.account, reply_to.shown.post) if reply_to else None
    if barred is not None:
        raise CannotReply
    waits = reply_to is not None and await app.db.read(would_wait, viewer.account, reply_to.shown.post)
    text = query.text[:5000] or (f"@{query.to[:200]} " if query.to else "")
    draft = await blank(request, viewer, next_page="/home", reply_to=reply_to, quote=quote, text=text)
    private = reply_to is None and quote is None and query.visibility is Visibility.MENTIONED
    if private:
        # What is written to one person is neither kept nor found again under what is written to another, or to all.
        key = f"direct-{query.to[:200]}"
        draft = msgspec.structs.replace(draft, visibility=Visibility.MENTIONED.value, key=key, next=_MESSAGES)
    elif query.to and reply_to is None and quote is None:
        draft = msgspec.structs.replace(draft, key=f"to-{query.to[:200]}")
    elif (query.text or query.shared) and reply_to is None and quote is None:
        # What was shared is neither lost under what was written before, nor found again under what is written later.
        given = blake2b(f"{query.shared} {text}".encode(), digest_size=8).hexdigest()
        draft = msgspec.structs.replace(draft, key=f"given-{given}", shared=query.shared[:100])
    return await show(request, "compose.html", draft=draft, waits=waits, private=private)


async def _resume(request: Request, viewer: Viewer, app: Site, number: int) -> Answer:
    """Show the composer with a draft."""
    kept = await app.db.read(draft_of, viewer.account, number)
    written = kept.draft
    reply_to, quote = [
        await _still_there(app, viewer, post) if post is not None else None
        for post in (written.reply_to, written.quote)
    ]
    fresh = await blank(request, viewer, next_page="/home", reply_to=reply_to, quote=quote)
    draft = msgspec.structs.replace(
        fresh,
        key=f"draft-{number}-{kept.changed}",
        text=written.text,
        warning=written.warning,
        visibility=written.visibility.value,
        language=written.language or fresh.language,
        media=await loose(viewer, app, [MediaId(each) for each in written.media]),
        quote_policy=written.quote_policy.value,
        reply_policy=written.reply_policy.value,
        poll=NO_POLL if written.poll is None else offered(written.poll),
        kept=app.ids.encode(Kind.UNPUBLISHED, number),
    )
    return await show(request, "compose.html", draft=draft)


async def _again(
    request: Request,
    viewer: Viewer,
    app: Site,
    body: Written,
    *,
    media: tuple[Attachment | Unfinished, ...],
    refusal: Refusal | None = None,
    status: int = 200,
) -> Answer:
    """Show the composer with what was typed."""
    reply_to, quote = [
        await _still_there(app, viewer, post) if post is not None else None for post in (body.reply_to, body.quote)
    ]
    fresh = await blank(request, viewer, next_page=body.next, reply_to=reply_to, quote=quote)
    errors = {}
    if refusal is not None:
        field = FIELDS.get(refusal.field or "", "")
        errors[field] = words_of(request, refusal)
    draft = msgspec.structs.replace(
        fresh,
        idempotency=body.key or fresh.idempotency,
        text=body.text,
        warning=body.warning,
        visibility=body.visibility.value,
        language=body.language or fresh.language,
        media=media,
        quote_policy=(body.quote_policy or QuotePolicy(fresh.quote_policy)).value,
        reply_policy=(body.reply_policy or ReplyPolicy(fresh.reply_policy)).value,
        poll=body.poll or NO_POLL,
        kept=app.ids.encode(Kind.UNPUBLISHED, body.draft) if body.draft else "",
        at=body.at,
        errors=Told(errors),
    )
    return await show(request, "compose.html", status=status, draft=draft, percent=app.part(Progress).percent)


async def _still_there(app: Site, viewer: Viewer, post: PostId) -> PostView | None:
    try:
        return await app.db.read(post_view, viewer.account, post)
    except PostNotFound:
        return None


async def loose(viewer: Viewer, app: Site, ids: list[MediaId]) -> tuple[Attachment | Unfinished, ...]:
    """Load the uploads that are still there and still without a post."""
    found: list[Attachment | Unfinished] = []
    for each in ids:
        try:
            one = await app.db.read(upload_of, viewer.account, each)
        except (MediaNotFound, Invalid):
            continue
        if isinstance(one, Unfinished) or one.post is None:
            found.append(one)
    return tuple(found)


async def caption_all(app: Site, viewer: Viewer, body: Describing, media: list[MediaId]) -> None:
    """Give media the captions that were written for them; those for which none were written keep what they have."""
    for each in media:
        text = body.captions.get(app.ids.encode(Kind.MEDIA, each), "")
        if text.strip():
            await set_captions(app, viewer.account, each, text, body.language)


async def show_stills(app: Site, viewer: Viewer, body: Describing, media: list[MediaId]) -> None:
    """Let the pictures that were given stand for what has no post yet."""
    for each in media:
        still = body.poster.get(app.ids.encode(Kind.MEDIA, each))
        if still is not None:
            await change_media(app, viewer.account, each, thumbnail=still)


def key_of(written: str) -> bytes | None:
    """Return under which key it is remembered that a form was sent, if it says which form it is."""
    return blake2b(written.encode(), digest_size=16).digest() if written else None


async def is_out(app: Site, viewer: Viewer, written: str, refusal: Refusal) -> bool:
    """Tell whether a form was refused because it was sent twice: its pictures belong to the post already."""
    key = key_of(written)
    return (
        isinstance(refusal, MediaAttached | MediaNotFound)
        and key is not None
        and await app.db.read(published_under, viewer.account, key) is not None
    )


async def take_one(app: Site, viewer: Viewer, upload: Upload) -> MediaId:
    """Take what came with a form; a video gets a while to be prepared, since no script asks for it again."""
    count_uploads(app, viewer.account, upload)
    taken = await take_media(app, viewer.account, upload)
    if isinstance(taken, Unfinished):
        await wait_for(app, viewer.account, taken.id, seconds=PATIENCE)
    return taken.id


async def describe_all(
    app: Site, viewer: Viewer, body: Describing, media: list[MediaId]
) -> tuple[Attachment | Unfinished, ...]:
    """Give uploads all that the form says of them, and return them in their order."""
    await show_stills(app, viewer, body, media)
    words, points = of_pictures(app, body)
    attached = await app.db.write(describe, viewer.account, media, words, points)
    await caption_all(app, viewer, body, [each.id for each in attached if isinstance(each, Attachment)])
    return attached


@page("POST", "/compose", limit="statuses", uploads=most_bytes)
async def publish(request: Request, viewer: Viewer, app: Site, body: Written) -> Answer:
    """Publish what was written, or attach and detach pictures for browsers without a script."""
    media: list[MediaId] = list(body.media)
    try:
        if body.picture is not None and len(media) < MOST_ATTACHMENTS:
            media.append(await take_one(app, viewer, body.picture))
        if body.detach is not None and body.detach in media:
            media.remove(body.detach)
            await withdraw(app, viewer.account, body.detach)
        attached = await describe_all(app, viewer, body, media)
        if body.attach or body.detach is not None:
            return await _again(request, viewer, app, body, media=attached)
        quotes, replies = await app.db.read(usual_policies, viewer.account)
        draft = Draft(
            text=body.text,
            visibility=body.visibility,
            reply_to=body.reply_to,
            warning=body.warning,
            language=body.language or None,
            media=tuple(media),
            poll=body.poll,
            quote=body.quote,
            quote_policy=body.quote_policy or quotes,
            reply_policy=body.reply_policy or replies,
        )
        flash, made = await app.db.write(_finish, viewer.account, draft, body, key_of(body.key), app.terms)
    except (Forbidden, Invalid, NotFound, TooMany, Unavailable) as refusal:
        if await is_out(app, viewer, body.key, refusal):
            return go(request, body.next, flash="posted")
        kept = await loose(viewer, app, media)
        return await _again(request, viewer, app, body, media=kept, refusal=refusal, status=422)
    if made is not None and body.next == _MESSAGES:  # the list of conversations learns of it a moment later
        return go(request, f"/posts/{app.ids.encode(Kind.POST, made)}", flash=flash)
    return go(request, body.next, flash=flash)


def _finish(
    tx: Transaction, viewer: AccountId, draft: Draft, body: Written, key: bytes | None, terms: Terms
) -> tuple[str, PostId | None]:
    """Publish, schedule or keep what was written; return what happened, and the post that is out.

    What was a draft is none any more.
    """
    waits = asks = False
    number: PostId | None = None
    if body.keep:
        keep_draft(tx, viewer, draft, number=body.draft)
        return "kept", None
    if body.at:
        schedule(tx, viewer, draft, _time_of(body), terms=terms)
    else:
        made = publish_post(tx, viewer, draft, terms=terms, idempotency_key=key)
        number = made.post.id
        waits = made.post.visibility is Visibility.WAITING
        asks = made.post.quote_state is QuoteState.PENDING
    if body.draft is not None:
        with contextlib.suppress(UnpublishedNotFound):  # the form was sent twice
            delete_draft(tx, viewer, body.draft, keep_media=True)
    return "scheduled" if body.at else "waits" if waits else "quote_asked" if asks else "posted", number


def _time_of(body: Written) -> Instant:
    try:
        at = dt.datetime.fromisoformat(body.at)
        return from_datetime(at.replace(tzinfo=dt.UTC) + dt.timedelta(minutes=min(max(body.offset, -1_440), 1_440)))
    except (ValueError, OverflowError):
        raise WrongTime(field="scheduled_at") from None


def of_pictures(app: Site, body: Describing) -> tuple[dict[int, str], dict[int, Focus]]:
    """Read what the form says of each picture: descriptions and focal points."""
    words = {
        number: text for ref, text in body.description.items() if (number := app.ids.try_decode(Kind.MEDIA, ref))
    }
    points = {
        number: point
        for ref, text in body.focus.items()
        if (number := app.ids.try_decode(Kind.MEDIA, ref)) and (point := read_point(text))
    }
    return words, points


@page("POST", "/compose/media", limit="media", uploads=most_bytes)
async def add_picture(request: Request, viewer: Viewer, app: Site, body: OnePicture) -> Answer:
    """Take one upload and return its place in the composer."""
    made = await take_media(app, viewer.account, body.file)
    return await _place(request, app, made)


@page("GET", "/compose/media/{media}")
async def show_picture(request: Request, viewer: Viewer, app: Site, media: MediaRef) -> Answer:
    """Return the place of an upload: when the page is loaded again, and while it is being processed."""
    found = await app.db.read(upload_of, viewer.account, media)
    if isinstance(found, Attachment) and found.post is not None:
        raise MediaNotFound
    return await _place(request, app, found)


async def _place(request: Request, app: Site, found: Attachment | Unfinished) -> Answer:
    percent = app.part(Progress).percent
    return await show(request, "parts/attached.html", at="/compose", attachment=found, percent=percent)


ROUTES = (compose, publish, add_picture, show_picture)
