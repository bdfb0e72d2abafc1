"""How a quote stands; the quote itself is beside the post that it holds, in ``status``."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.ids import Kind
from palabre.posts.model import Post, QuoteState

WireQuoteState = Literal[
    "pending",
    "accepted",
    "rejected",
    "revoked",
    "deleted",
    "unauthorized",
    "blocked_account",
    "blocked_domain",
    "muted_account",
]

_STATES: dict[QuoteState, WireQuoteState] = {
    QuoteState.PENDING: "pending",
    QuoteState.ACCEPTED: "accepted",
    QuoteState.REJECTED: "rejected",
    QuoteState.REVOKED: "revoked",
    QuoteState.DELETED: "deleted",
    QuoteState.UNAUTHORIZED: "unauthorized",
    QuoteState.BLOCKED: "blocked_account",
    QuoteState.MUTED: "muted_account",
}


class ShallowQuote(msgspec.Struct, frozen=True):
    """A quote in a quoted post: only where it leads."""

    state: WireQuoteState
    quoted_status_id: str | None


def wire_state(state: QuoteState) -> WireQuoteState:
    """Say ``state`` in Mastodon's words."""
    return _STATES[state]


def shallow_quote(names: Names, post: Post) -> ShallowQuote | None:
    """Render the quote of a post that is quoted itself."""
    if post.quote_of is None or post.quote_state is None:
        return None
    accepted = post.quote_state is QuoteState.ACCEPTED
    return ShallowQuote(
        wire_state(post.quote_state), names.ids.encode(Kind.POST, post.quote_of) if accepted else None
    )
