"""A post that waits for its time, or a draft: what an app sent, and its pictures."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.media_attachment import MediaAttachment, media_attachment
from palabre.api.mastodon.entities.quote_approval import WirePolicy, asking, wire_policy
from palabre.api.mastodon.entities.reply_policy import WireReplyPolicy, wire_reply_policy
from palabre.api.mastodon.entities.wire import Names, WireVisibility, wire_visibility
from palabre.clock import iso
from palabre.ids import Kind
from palabre.media.model import Attachment
from palabre.posts.model import Draft, Unpublished


class ScheduledPoll(msgspec.Struct, frozen=True, kw_only=True):
    """The poll of a post that is not out yet."""

    options: list[str]
    expires_in: int
    """Seconds from its publication."""
    multiple: bool
    hide_totals: bool


class Params(msgspec.Struct, frozen=True, kw_only=True):
    """What an app sent. Ids are strings, as everywhere, since a number of 31 digits loses some of them in an app."""

    text: str
    poll: ScheduledPoll | None
    media_ids: list[str] | None
    sensitive: bool | None
    spoiler_text: str | None
    visibility: WireVisibility
    in_reply_to_id: str | None
    language: str | None
    application_id: int
    scheduled_at: None
    idempotency: str | None
    with_rate_limit: bool
    quoted_status_id: str | None
    quote_approval_policy: WirePolicy
    quote_asking: bool
    reply_policy: WireReplyPolicy


class ScheduledStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A post that waits for its time."""

    id: str
    scheduled_at: str
    params: Params
    media_attachments: list[MediaAttachment]


class DraftEntity(msgspec.Struct, frozen=True, kw_only=True):
    """A draft that the server keeps."""

    id: str
    updated_at: str
    params: Params
    media_attachments: list[MediaAttachment]


def _params(names: Names, draft: Draft) -> Params:
    encode, poll = names.ids.encode, draft.poll
    return Params(
        text=draft.text,
        poll=None
        if poll is None
        else ScheduledPoll(
            options=list(poll.choices),
            expires_in=poll.seconds,
            multiple=poll.multiple,
            hide_totals=poll.hide_totals,
        ),
        media_ids=[encode(Kind.MEDIA, each) for each in draft.media] or None,
        sensitive=draft.sensitive,
        spoiler_text=draft.warning or None,
        visibility=wire_visibility(draft.visibility),
        in_reply_to_id=None if draft.reply_to is None else encode(Kind.POST, draft.reply_to),
        language=draft.language,
        application_id=0,
        scheduled_at=None,
        idempotency=None,
        with_rate_limit=False,
        quoted_status_id=None if draft.quote is None else encode(Kind.POST, draft.quote),
        quote_approval_policy=wire_policy(draft.quote_policy),
        quote_asking=asking(draft.quote_policy),
        reply_policy=wire_reply_policy(draft.reply_policy),
    )


def scheduled_status(names: Names, waiting: Unpublished, media: list[Attachment]) -> ScheduledStatus:
    """Render a post that waits for its time."""
    return ScheduledStatus(
        id=names.ids.encode(Kind.UNPUBLISHED, waiting.id),
        scheduled_at=iso(waiting.due or 0),
        params=_params(names, waiting.draft),
        media_attachments=[media_attachment(names, each) for each in media],
    )


def draft_entity(names: Names, kept: Unpublished, media: list[Attachment]) -> DraftEntity:
    """Render a draft."""
    return DraftEntity(
        id=names.ids.encode(Kind.UNPUBLISHED, kept.id),
        updated_at=iso(kept.changed),
        params=_params(names, kept.draft),
        media_attachments=[media_attachment(names, each) for each in media],
    )
