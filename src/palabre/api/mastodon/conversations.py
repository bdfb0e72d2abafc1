"""Conversations among those whom posts mention, as a list."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.api.mastodon.entities.conversation import Conversation
from palabre.api.mastodon.loading import Loading
from palabre.api.mastodon.pages import StatusPage, posts_json
from palabre.api.mastodon.pieces import Pieces, line_of
from palabre.api.mastodon.tails import tails_for
from palabre.conversations import actions, model, queries
from palabre.conversations.errors import ConversationNotFound
from palabre.edge.answers import Page
from palabre.edge.binding import ConversationRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import AccountId, Kind
from palabre.timelines.model import Entry


async def _render(
    app: Site, viewer: AccountId, mark: int, found: list[model.Conversation], context: Context | None
) -> list[Conversation]:
    """Render those whose last post the viewer's filters do not hide in ``context``."""
    pieces = app.part(Pieces)
    load = Loading(pieces, mark)
    load.add([each.last_post for each in found])
    lines = [line_of(each.last_post) for each in found]
    tails = await tails_for(app, viewer, lines, context, load.quotes)
    shown = []
    for each, line in zip(found, lines, strict=True):
        post = load.one(line, reader=viewer, tails=tails)
        if post is not None:
            number = pieces.names.ids.encode(Kind.CONVERSATION, each.id)
            people = msgspec.Raw(pieces.people(each.people, mark))
            shown.append(Conversation(number, each.unread, people, msgspec.Raw(post)))
    return shown


async def _one(app: Site, viewer: AccountId, number: int, context: Context | None = None) -> Conversation:
    mark = app.part(Pieces).mark
    found = await app.db.read(queries.conversation, viewer, number)
    for shown in await _render(app, viewer, mark, [found], context):
        return shown
    raise ConversationNotFound


async def conversation_json(app: Site, viewer: AccountId, number: int) -> bytes | None:
    """Return the JSON of a conversation; ``None`` if the viewer has none, or may not read it, or filters hide it."""
    try:
        return msgspec.json.encode(await _one(app, viewer, number, Context.THREAD))
    except ConversationNotFound:
        return None


@endpoint("GET", "/api/v1/conversations", scope="read:statuses")
async def list_conversations(
    query: Paging, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, list[Conversation]]:
    """Show the member's conversations, whichever was written in last first."""
    mark = app.part(Pieces).mark
    window = query.window(app.ids, Kind.POST, usual=20, most=40)
    found = await app.db.read(queries.conversations_page, viewer.account, window)
    shown = await _render(app, viewer.account, mark, found.items, Context.THREAD)
    return Page(shown, link(request, found, Kind.POST))


@endpoint("DELETE", "/api/v1/conversations/{conversation}", scope="write:conversations")
async def delete_conversation(conversation: ConversationRef, viewer: Viewer, app: Site) -> None:
    """Take a conversation off the list; its posts stay."""
    await app.db.write(actions.delete_conversation, viewer.account, conversation)


@endpoint("POST", "/api/v1/conversations/{conversation}/read", scope="write:conversations")
async def read_conversation(conversation: ConversationRef, viewer: Viewer, app: Site) -> Conversation:
    """Note that the member has read a conversation."""
    await app.db.write(actions.mark, viewer.account, conversation, unread=False)
    return await _one(app, viewer.account, conversation)


@endpoint("POST", "/api/v1/conversations/{conversation}/unread", scope="write:conversations")
async def keep_conversation_unread(conversation: ConversationRef, viewer: Viewer, app: Site) -> Conversation:
    """Note that the member wants to read a conversation again."""
    await app.db.write(actions.mark, viewer.account, conversation, unread=True)
    return await _one(app, viewer.account, conversation)


@endpoint("GET", "/api/v1/timelines/direct", scope="read:statuses")
async def direct_timeline(query: Paging, request: Request, viewer: Viewer, app: Site) -> StatusPage:
    """Show the last post of each conversation, to apps that do not know conversations."""
    window = query.window(app.ids, Kind.POST, usual=20, most=40)
    found = await app.db.read(queries.conversations_page, viewer.account, window)
    lines = [Entry(each.last_post.post.id, 0, int(each.last_post.marks)) for each in found.items]
    return Page(await posts_json(app, viewer.account, lines, Context.THREAD), link(request, found, Kind.POST))


ROUTES = (
    list_conversations,
    delete_conversation,
    read_conversation,
    keep_conversation_unread,
    direct_timeline,
)
