"""Conversations among those whom posts mention, as a list."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.api.mastodon.entities.conversation import Conversation
from palabre.api.mastodon.pages import StatusPage, posts_json
from palabre.api.mastodon.pieces import Pieces
from palabre.conversations import actions, model, queries
from palabre.conversations.errors import ConversationNotFound
from palabre.edge.answers import Page
from palabre.edge.binding import ConversationRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.timelines.model import Entry


def _render(pieces: Pieces, mark: int, found: model.Conversation) -> Conversation:
    return Conversation(
        pieces.names.ids.encode(Kind.CONVERSATION, found.id),
        found.unread,
        msgspec.Raw(pieces.people(list(found.people), mark)),
        msgspec.Raw(pieces.view(found.last_post, mark, member=True)),
    )


async def _one(app: Site, viewer: AccountId, number: int) -> Conversation:
    pieces = app.part(Pieces)
    mark = pieces.mark
    return _render(pieces, mark, await app.db.read(queries.conversation, viewer, number))


async def conversation_json(app: Site, viewer: AccountId, number: int) -> bytes | None:
    """Return the JSON of a conversation; ``None`` if the viewer has none, or may not read it any more."""
    try:
        return msgspec.json.encode(await _one(app, viewer, number))
    except ConversationNotFound:
        return None


@endpoint("GET", "/api/v1/conversations", scope="read:statuses")
async def list_conversations(
    query: Paging, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, list[Conversation]]:
    """Show the member's conversations, whichever was written in last first."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    window = query.window(app.ids, Kind.POST, usual=20, most=40)
    found = await app.db.read(queries.conversations_page, viewer.account, window)
    shown = [_render(pieces, mark, each) for each in found.items]
    return Page(shown, link(request, found, Kind.POST))


@endpoint("DELETE", "/api/v1/conversations/{conversation}", scope="write:conversations")
async def delete_conversation(conversation: ConversationRef, viewer: Viewer, app: Site) -> None:
    """Take a conversation off the list; its posts stay."""
    await app.db.write(actions.delete_conversation, viewer.account, conversation)


@endpoint("POST", "/api/v1/conversations/{conversation}/read", scope="write:conversations")
async def read_conversation(conversation: ConversationRef, viewer: Viewer, app: Site) -> Conversation:
    """Note that the member has read a conversation."""
    await app.db.write(actions.mark_read, viewer.account, conversation)
    return await _one(app, viewer.account, conversation)


@endpoint("GET", "/api/v1/timelines/direct", scope="read:statuses")
async def direct_timeline(query: Paging, request: Request, viewer: Viewer, app: Site) -> StatusPage:
    """Show the last post of each conversation, to apps that do not know conversations."""
    window = query.window(app.ids, Kind.POST, usual=20, most=40)
    found = await app.db.read(queries.conversations_page, viewer.account, window)
    lines = [Entry(each.last_post.post.id, 0, int(each.last_post.marks)) for each in found.items]
    return Page(await posts_json(app, viewer.account, lines), link(request, found, Kind.POST))


ROUTES = (list_conversations, delete_conversation, read_conversation, direct_timeline)
