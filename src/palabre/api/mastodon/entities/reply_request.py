"""A reply for which its author was asked."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.account import account
from palabre.api.mastodon.entities.status import Status, status
from palabre.api.mastodon.entities.wire import Names, wire_visibility
from palabre.clock import iso
from palabre.ids import Kind
from palabre.posts.model import ReplyRequestView, ReplyState


class ReplyRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A reply that waits, or about which the author of the conversation has decided."""

    id: str
    """That of the reply."""
    state: ReplyState
    created_at: str
    decided_at: str | None
    status: Status
    """The reply, with the visibility that it has once it is approved."""


def reply_request(names: Names, shown: ReplyRequestView) -> ReplyRequest:
    """Render ``shown`` for who decides."""
    request, view = shown.request, shown.view
    whole = status(names, view, account=account(names, view.author))
    return ReplyRequest(
        id=names.ids.encode(Kind.POST, request.post),
        state=request.state,
        created_at=iso(view.post.created),
        decided_at=None if request.decided is None else iso(request.decided),
        status=msgspec.structs.replace(whole, visibility=wire_visibility(request.visibility)),
    )
