"""What a post says or said."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.custom_emoji import CustomEmoji, emojis_in
from palabre.api.mastodon.entities.html import post_html
from palabre.api.mastodon.entities.media_attachment import MediaAttachment, media_attachment
from palabre.api.mastodon.entities.quote import ShallowQuote, shallow_quote
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.posts.model import PostView


class EditedOption(msgspec.Struct, frozen=True):
    """An answer, as it was written."""

    title: str


class EditedPoll(msgspec.Struct, frozen=True):
    """A poll, as it was written."""

    options: list[EditedOption]


class StatusEdit(msgspec.Struct, frozen=True, kw_only=True):
    """One wording of a post, and when it began."""

    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: Account | msgspec.Raw
    poll: EditedPoll | msgspec.UnsetType = msgspec.UNSET
    media_attachments: list[MediaAttachment]
    emojis: tuple[CustomEmoji, ...]
    quote: ShallowQuote | None


def status_edit(names: Names, version: PostView, *, account: Account | msgspec.Raw) -> StatusEdit:
    """Render ``version``."""
    choices = version.poll.choices if version.poll else ()
    return StatusEdit(
        content=post_html(names, version.post),
        spoiler_text=version.post.warning,
        sensitive=version.post.sensitive,
        created_at=iso(version.post.created),
        account=account,
        poll=EditedPoll([EditedOption(choice.title) for choice in choices]) if choices else msgspec.UNSET,
        media_attachments=[media_attachment(names, picture) for picture in version.media],
        emojis=emojis_in(names, version.post.text, version.post.warning, *(choice.title for choice in choices)),
        quote=shallow_quote(names, version.post),
    )
