"""A post in another language."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.edge.translating import TranslatedPost
from palabre.ids import Kind
from palabre.posts.model import PostView


class TranslationAttachment(msgspec.Struct, frozen=True):
    """The description of a picture."""

    id: str
    description: str


class TranslationPollOption(msgspec.Struct, frozen=True):
    """An answer of the poll."""

    title: str


class TranslationPoll(msgspec.Struct, frozen=True):
    """The poll."""

    id: str
    options: list[TranslationPollOption]


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """All words of a post in another language."""

    detected_source_language: str
    language: str
    provider: str
    spoiler_text: str
    content: str
    poll: TranslationPoll | None
    media_attachments: list[TranslationAttachment]


def translation(names: Names, view: PostView, made: TranslatedPost) -> Translation:
    """Show what the service made of ``view``."""
    encode = names.ids.encode
    poll = None
    if view.poll is not None:
        poll = TranslationPoll(encode(Kind.POLL, view.poll.post), [TranslationPollOption(t) for t in made.choices])
    described = zip(view.media, made.descriptions, strict=True)
    return Translation(
        detected_source_language=made.source,
        language=made.target,
        provider=made.provider,
        spoiler_text=made.warning,
        content=made.content,
        poll=poll,
        media_attachments=[
            TranslationAttachment(encode(Kind.MEDIA, each.id), words) for each, words in described if each.description
        ],
    )
