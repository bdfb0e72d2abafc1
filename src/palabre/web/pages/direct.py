"""Conversations among those whom posts mention."""

from __future__ import annotations

from palabre.conversations import actions
from palabre.conversations.queries import conversations_page
from palabre.edge.answers import Answer
from palabre.edge.binding import ConversationRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import Kind
from palabre.web.page import go, page, show
from palabre.web.windows import PAGE, Paged, more_address, window


@page("GET", "/direct")
async def conversations(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show them, whichever was written in last first."""
    found = await app.db.read(conversations_page, viewer.account, window(app.ids, Kind.POST, query))
    more = more_address(app.ids, Kind.POST, "/direct", found, PAGE)
    shown = [(each, app.ids.encode(Kind.CONVERSATION, each.id)) for each in found.items]
    return await show(request, "direct.html", context=Context.THREAD, conversations=shown, more_address=more)


@page("POST", "/direct/{conversation}/read")
async def mark_read(request: Request, viewer: Viewer, app: Site, conversation: ConversationRef) -> Answer:
    """Note that one is read."""
    await app.db.write(actions.mark, viewer.account, conversation, unread=False)
    return go(request, "/direct", flash="conversation_read")


@page("POST", "/direct/{conversation}/unread")
async def mark_unread(request: Request, viewer: Viewer, app: Site, conversation: ConversationRef) -> Answer:
    """Note that one is to be read again."""
    await app.db.write(actions.mark, viewer.account, conversation, unread=True)
    return go(request, "/direct", flash="conversation_unread")


@page("POST", "/direct/{conversation}/remove")
async def remove(request: Request, viewer: Viewer, app: Site, conversation: ConversationRef) -> Answer:
    """Take one off the list."""
    await app.db.write(actions.delete_conversation, viewer.account, conversation)
    return go(request, "/direct", flash="conversation_gone")


ROUTES = (conversations, mark_read, mark_unread, remove)
