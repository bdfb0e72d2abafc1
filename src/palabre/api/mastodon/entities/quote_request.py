"""A quote for which the author of what it quotes is asked."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.account import account
from palabre.api.mastodon.entities.status import Status, status
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.posts.model import PostView, QuoteRequestView


class QuoteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A quote that waits until the author of what it quotes agrees."""

    id: str
    """That of the post that quotes."""
    created_at: str
    status: Status
    """The post that quotes."""
    quoted_status: Status
    """The post that is to be shown in it."""


def _whole(names: Names, view: PostView) -> Status:
    return status(names, view, account=account(names, view.author))


def quote_request(names: Names, shown: QuoteRequestView) -> QuoteRequest:
    """Render ``shown`` for who decides."""
    return QuoteRequest(
        id=names.ids.encode(Kind.POST, shown.view.post.id),
        created_at=iso(shown.view.post.created),
        status=_whole(names, shown.view),
        quoted_status=_whole(names, shown.quoted),
    )
