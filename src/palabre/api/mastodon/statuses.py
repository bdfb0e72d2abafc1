"""Posts: written, shown, deleted; their conversations and sources."""

from __future__ import annotations

from hashlib import blake2b
from typing import Annotated

import msgspec

from palabre import clock
from palabre.accounts.model import Preferences
from palabre.accounts.queries import accounts
from palabre.api.mastodon.entities import Context, Status, StatusEdit, StatusSource, WireVisibility
from palabre.api.mastodon.entities.account import account
from palabre.api.mastodon.entities.quote_approval import WirePolicy, changed_policy
from palabre.api.mastodon.entities.reply_policy import WireReplyPolicy, reply_policy_of
from palabre.api.mastodon.entities.status import status
from palabre.api.mastodon.entities.status_edit import status_edit
from palabre.api.mastodon.entities.status_source import status_source
from palabre.api.mastodon.entities.wire import visibility_of
from palabre.api.mastodon.media import focus_of
from palabre.api.mastodon.pages import StatusJson, account_of, changed_json, post_json, posts_json, written_json
from palabre.api.mastodon.pieces import Pieces
from palabre.api.mastodon.scheduled import shown, time_of
from palabre.edge.answers import Answer
from palabre.edge.binding import SKIP_UNKNOWN, AccountRef, MediaRef, PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import WrongValue
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import AppToken, Viewer
from palabre.filters.model import Context as ShownIn
from palabre.ids import AccountId, PostId
from palabre.posts.actions import publish
from palabre.posts.deleting import delete_post
from palabre.posts.editing import edit_post
from palabre.posts.errors import NotYours, PostNotFound, UnmeantMentions
from palabre.posts.model import (
    Draft,
    MediaChange,
    PollDraft,
    Post,
    PostView,
    ReplyPolicy,
    Revision,
    Visibility,
)
from palabre.posts.queries import post_view, readable_post, versions_of
from palabre.posts.rules import language_of
from palabre.posts.unpublished import schedule
from palabre.posts.wording import Terms
from palabre.store import Transaction

_KEY_LENGTH = 255


class NewPoll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll in a body."""

    options: list[str] = msgspec.field(default_factory=list)
    expires_in: int
    """Seconds."""
    multiple: bool = False
    hide_totals: bool = False

    def draft(self) -> PollDraft:
        """Say it in our words."""
        return PollDraft(
            choices=tuple(self.options),
            seconds=self.expires_in,
            multiple=self.multiple,
            hide_totals=self.hide_totals,
        )


class NewStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v1/statuses``."""

    status: str = ""
    media_ids: list[MediaRef] = msgspec.field(default_factory=list)
    in_reply_to_id: PostRef | None = None
    sensitive: bool | None = None
    spoiler_text: str = ""
    visibility: WireVisibility | None = None
    language: str | None = None
    scheduled_at: str | None = None
    poll: NewPoll | None = None
    quoted_status_id: PostRef | None = None
    quote_approval_policy: WirePolicy | None = None
    quote_asking: bool | None = None
    """Ours, as the next: whether those who may not quote at once may ask."""
    reply_policy: WireReplyPolicy | None = None
    allowed_mentions: list[AccountRef] | None = None
    """Whom the post may mention; if it would mention somebody else, it is not published."""


def draft_of(body: NewStatus, viewer: Viewer) -> Draft:
    """Say what is to be published, as the member's preferences have it where the app says nothing."""
    usual = viewer.preferences or Preferences()
    asked = body.visibility
    return Draft(
        text=body.status,
        visibility=Visibility(usual.visibility) if asked is None else visibility_of(asked),
        reply_to=body.in_reply_to_id,
        warning=body.spoiler_text,
        sensitive=usual.sensitive and bool(body.media_ids) if body.sensitive is None else body.sensitive,
        language=language_of(body.language, usual.post_language),
        media=tuple(body.media_ids),
        app=viewer.app,
        poll=body.poll.draft() if body.poll else None,
        quote=body.quoted_status_id,
        quote_policy=changed_policy(usual.quote_policy, body.quote_approval_policy, asking=body.quote_asking),
        reply_policy=ReplyPolicy(usual.reply_policy)
        if body.reply_policy is None
        else reply_policy_of(body.reply_policy),
    )


def _said_by_warning(draft: Draft) -> Draft:
    """Return ``draft``; if there is nothing for its warning to stand before, the warning is what it says."""
    if draft.text.strip() or not draft.warning or draft.media or draft.quote is not None:
        return draft
    return msgspec.structs.replace(draft, text=draft.warning, warning="", sensitive=True)


def _idempotency_key(request: Request, *, scheduled: bool) -> bytes | None:
    """Return the hash of the app's key; of a post that waits it is another than of one that is out."""
    given = request.header(b"idempotency-key")
    if not given:
        return None
    if len(given) > _KEY_LENGTH:
        raise WrongValue(field="Idempotency-Key", name="Idempotency-Key", expected="is too long")
    return blake2b(given.encode(), digest_size=16, person=b"scheduled" if scheduled else b"").digest()


async def _unmeant(app: Site, refusal: UnmeantMentions) -> Answer:
    """Say who else would be mentioned, so that the app can ask."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    found = await app.db.read(accounts, refusal.accounts)
    shown = msgspec.Raw(pieces.people([found[each] for each in refusal.accounts if each in found], mark))
    return Answer.json({"error": str(refusal), "unexpected_accounts": shown}, 422)


@endpoint("POST", "/api/v1/statuses", scope="write:statuses", limit="statuses")
async def create_status(body: NewStatus, request: Request, viewer: Viewer, app: Site) -> Annotated[Answer, Status]:
    """Publish a post; with ``scheduled_at``, have it published then, and return the ScheduledStatus.

    A time that is over means now: the app may have been without a network when it came.
    """
    at = time_of(body.scheduled_at) if body.scheduled_at else None
    waits = at is not None and at > clock.now()
    key = _idempotency_key(request, scheduled=waits)
    pieces = app.part(Pieces)
    mark = pieces.mark
    draft = _said_by_warning(draft_of(body, viewer))
    if at is not None and waits:
        waiting = await app.db.write(schedule, viewer.account, draft, at, terms=app.terms, idempotency_key=key)
        return Answer.json(await shown(app, viewer.account, waiting))
    try:
        written = await app.db.write(
            publish, viewer.account, draft, terms=app.terms, idempotency_key=key, meant=body.allowed_mentions
        )
    except UnmeantMentions as refusal:
        return await _unmeant(app, refusal)
    return Answer(await written_json(app, viewer.account, written, mark))


class Several(msgspec.Struct, frozen=True):
    """The query of ``GET /api/v1/statuses``."""

    id: Annotated[list[PostRef], SKIP_UNKNOWN] = msgspec.field(default_factory=list)


@endpoint("GET", "/api/v1/statuses", scope="read:statuses")
async def several_statuses(query: Several, viewer: Viewer | None, app: Site) -> Annotated[bytes, list[Status]]:
    """Show those of some posts that the viewer may read."""
    reader = account_of(viewer)
    found = await app.lines.readable(reader, query.id[:_MOST_AT_ONCE])
    return await posts_json(app, reader, [found[post] for post in dict.fromkeys(query.id) if post in found])


_MOST_AT_ONCE = 20


@endpoint("GET", "/api/v1/statuses/{post}", scope="read:statuses")
async def show_status(post: PostRef, viewer: Viewer | None, app: Site) -> StatusJson:
    """Show a post."""
    return await post_json(app, account_of(viewer), post)


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a deletion, where some apps say in the query what others say in a form."""

    delete_media: bool = True
    """``false``: the media are kept for a day, for a post that is written anew."""


def _delete(tx: Transaction, viewer: AccountId, post: PostId, *, keep_media: bool) -> PostView:
    view = post_view(tx, viewer, post)
    try:
        delete_post(tx, viewer, post, keep_media=keep_media)
    except NotYours:
        raise PostNotFound from None  # as for a post that does not exist
    return view


@endpoint("DELETE", "/api/v1/statuses/{post}", scope="write:statuses", limit="deletions")
async def delete_status(post: PostRef, body: Deleted, viewer: Viewer, app: Site) -> Status:
    """Delete one's post, and return it with its source, so that it can be written anew."""
    view = await app.db.write(_delete, viewer.account, post, keep_media=not body.delete_media)
    names = app.part(Pieces).names
    return status(names, view, account=account(names, view.author), source=True)


@endpoint("GET", "/api/v1/statuses/{post}/context", scope="read:statuses")
async def show_context(
    post: PostRef,
    viewer: Viewer | None,
    app: Site,
) -> Annotated[bytes, Context]:
    """Show what a post replies to, and what replies to it."""
    reader = account_of(viewer)
    found = await app.lines.thread(reader, post)
    return b'{"ancestors":%s,"descendants":%s}' % (
        await posts_json(app, reader, found.ancestors, ShownIn.THREAD),
        await posts_json(app, reader, found.descendants, ShownIn.THREAD),
    )


@endpoint("GET", "/api/v1/statuses/{post}/source", scope="read:statuses")
async def show_source(post: PostRef, viewer: Viewer | AppToken, app: Site) -> StatusSource:
    """Show a post as it was written."""
    reader = viewer.account if isinstance(viewer, Viewer) else None
    found = await app.db.read(readable_post, reader, post)
    return status_source(app.part(Pieces).names, found)


class MediaAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be different about a picture."""

    id: MediaRef
    description: str | None = None
    focus: str = ""

    def change(self) -> MediaChange:
        """Say it in our words."""
        return MediaChange(id=self.id, description=self.description, focus=focus_of(self.focus))


class EditedStatus(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PUT /api/v1/statuses/:id``: the whole of what the post is to say."""

    status: str = ""
    media_ids: list[MediaRef] = msgspec.field(default_factory=list)
    media_attributes: list[MediaAttributes] = msgspec.field(default_factory=list)
    sensitive: bool = False
    spoiler_text: str = ""
    language: str | None = None
    poll: NewPoll | None = None
    quote_approval_policy: WirePolicy | None = None
    quote_asking: bool | None = None
    reply_policy: WireReplyPolicy | None = None

    def revision(self, before: Post) -> Revision:
        """Say it in our words; ``before`` is the post as it is: its language stays if no other is named."""
        bare = not self.status.strip() and not self.media_ids and before.quote_of is None
        return Revision(
            text=self.spoiler_text if bare else self.status,
            warning="" if bare else self.spoiler_text,
            sensitive=self.sensitive or bool(self.spoiler_text),
            language=language_of(self.language, before.language),
            media=tuple(self.media_ids),
            changes=tuple(each.change() for each in self.media_attributes),
            poll=self.poll.draft() if self.poll else None,
            quote_policy=changed_policy(before.quote_policy, self.quote_approval_policy, asking=self.quote_asking),
            reply_policy=None if self.reply_policy is None else reply_policy_of(self.reply_policy),
        )


def _edit(tx: Transaction, viewer: AccountId, post: PostId, body: EditedStatus, terms: Terms) -> PostView:
    revision = body.revision(readable_post(tx, viewer, post))
    try:
        return edit_post(tx, viewer, post, revision, terms=terms)
    except NotYours:
        raise PostNotFound from None  # as for a post that does not exist


@endpoint("PUT", "/api/v1/statuses/{post}", scope="write:statuses", limit="statuses")
async def edit_status(post: PostRef, body: EditedStatus, viewer: Viewer, app: Site) -> StatusJson:
    """Let one's post say something else."""
    await app.db.write(_edit, viewer.account, post, body, app.terms)
    return await changed_json(app, viewer.account, post)


@endpoint("GET", "/api/v1/statuses/{post}/history", scope="read:statuses")
async def show_history(post: PostRef, viewer: Viewer | None, app: Site) -> list[StatusEdit]:
    """Show what a post says and said, oldest first."""
    names = app.part(Pieces).names
    found = await app.db.read(versions_of, account_of(viewer), post)
    author = account(names, found[0].author)
    return [status_edit(names, version, account=author) for version in found]


ROUTES = (
    edit_status,
    show_history,
    create_status,
    several_statuses,
    show_status,
    delete_status,
    show_context,
    show_source,
)
