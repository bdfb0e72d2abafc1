"""A post as its author wrote it."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.ids import Kind
from palabre.posts.model import Post


class StatusSource(msgspec.Struct, frozen=True):
    """The text before it became HTML."""

    id: str
    text: str
    spoiler_text: str


def status_source(names: Names, post: Post) -> StatusSource:
    """Render the source of ``post``."""
    return StatusSource(names.ids.encode(Kind.POST, post.id), post.text, post.warning)
