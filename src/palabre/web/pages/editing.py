"""Editing a post that is out, and reading what it said before."""

from __future__ import annotations

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.binding import PostRef
from palabre.edge.films import most_bytes
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Forbidden, Invalid, NotFound, Refusal, TooMany, Unavailable
from palabre.ids import MediaId
from palabre.media.errors import MediaNotFound
from palabre.media.model import MOST_ATTACHMENTS, Attachment, Unfinished
from palabre.media.unfinished import upload_of
from palabre.posts.editing import edit_post
from palabre.posts.errors import NotYours
from palabre.posts.model import MediaChange, PollDraft, PostView, Revision
from palabre.posts.queries import post_view, versions_of
from palabre.web.desk import desk_of
from palabre.web.drafts import NO_POLL, Writable
from palabre.web.forms import Told
from palabre.web.page import go, page, show, words_of
from palabre.web.pages.compose import FIELDS, Written, caption_all, of_pictures, show_stills, take_one


def _draft(view: PostView, address: str, ref: str) -> Writable:
    post, poll = view.post, view.poll
    asked = NO_POLL
    if poll is not None:
        titles = tuple(choice.title for choice in poll.choices)
        asked = PollDraft(
            choices=titles, seconds=NO_POLL.seconds, multiple=poll.multiple, hide_totals=poll.hide_totals
        )
    return Writable(
        key=f"edit-{post.id}-{post.edited or 0}",
        next=address,
        idempotency="",
        text=post.text,
        warning=post.warning,
        visibility=post.visibility.value,
        language=post.language or "",
        media=view.media,
        quote=view.quoted,
        quote_policy=post.quote_policy.value,
        reply_policy=post.reply_policy.value,
        answers=post.reply_to_author is not None,
        poll=asked,
        action=f"/posts/{ref}/edit",
        edits=True,
    )


async def _own(app: Site, viewer: Viewer, post: PostRef) -> tuple[PostView, Writable]:
    view = await app.db.read(post_view, viewer.account, post)
    if view.post.author != viewer.account or view.original is not None:
        raise NotYours
    addresses = desk_of(app).renderer.addresses
    return view, _draft(view, addresses.post(view), addresses.ref(view))


@page("GET", "/posts/{post}/edit")
async def edit(request: Request, viewer: Viewer, app: Site, post: PostRef) -> Answer:
    """Show the post in a composer."""
    _, draft = await _own(app, viewer, post)
    return await show(request, "compose.html", draft=draft)


async def _pictures(
    app: Site, viewer: Viewer, ids: list[MediaId], post: PostRef
) -> tuple[Attachment | Unfinished, ...]:
    """Load media of the post, and those uploaded for it."""
    found: list[Attachment | Unfinished] = []
    for each in ids:
        try:
            one = await app.db.read(upload_of, viewer.account, each)
        except (MediaNotFound, Invalid):
            continue
        if isinstance(one, Unfinished) or one.post in {None, post}:
            found.append(one)
    return tuple(found)


@page("POST", "/posts/{post}/edit", limit="statuses", uploads=most_bytes)
async def save(request: Request, viewer: Viewer, app: Site, body: Written, post: PostRef) -> Answer:
    """Let the post say what was written, or attach and detach pictures for browsers without a script."""
    view, draft = await _own(app, viewer, post)
    media = list(body.media)
    refusal: Refusal | None = None
    try:
        if body.picture is not None and len(media) < MOST_ATTACHMENTS:
            media.append(await take_one(app, viewer, body.picture))
        if body.detach in media:
            media.remove(body.detach)
        await show_stills(app, viewer, body, media)
        if not body.attach and body.detach is None:
            words, points = of_pictures(app, body)
            changes = tuple(
                MediaChange(id=each, description=words.get(each), focus=points.get(each)) for each in media
            )
            revision = Revision(
                text=body.text,
                warning=body.warning,
                sensitive=view.post.sensitive and not view.post.warning,
                language=body.language or None,
                media=tuple(media),
                changes=changes,
                poll=body.poll,
                quote_policy=body.quote_policy,
                reply_policy=body.reply_policy,
            )
            await app.db.write(edit_post, viewer.account, post, revision, terms=app.terms)
            await caption_all(app, viewer, body, media)
            return go(request, draft.next, flash="edited")
    except (Forbidden, Invalid, NotFound, TooMany, Unavailable) as wrong:
        refusal = wrong
    errors = {} if refusal is None else {FIELDS.get(refusal.field or "", ""): words_of(request, refusal)}
    draft = msgspec.structs.replace(
        draft,
        text=body.text,
        warning=body.warning,
        language=body.language,
        media=await _pictures(app, viewer, media, post),
        poll=body.poll or NO_POLL,
        quote_policy=body.quote_policy.value if body.quote_policy else draft.quote_policy,
        reply_policy=body.reply_policy.value if body.reply_policy else draft.reply_policy,
        errors=Told(errors),
    )
    return await show(request, "compose.html", status=422 if refusal else 200, draft=draft)


@page("GET", "/@{name}/{post}/history")
async def history(
    request: Request,
    viewer: Viewer | None,
    app: Site,
    name: str,  # noqa: ARG001 - part of the address
    post: PostRef,
) -> Answer:
    """Show what a post says and said, the newest first."""
    versions = await app.db.read(versions_of, viewer.account if viewer else None, post)
    return await show(request, "history.html", view=versions[-1], versions=versions[::-1])


ROUTES = (edit, save, history)
