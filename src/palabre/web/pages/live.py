"""How many new posts wait, as a stream of events."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
from starlette.responses import StreamingResponse

from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.i18n import translations
from palabre.ids import Kind
from palabre.web.callers import shown_token
from palabre.web.desk import desk_of
from palabre.web.page import language_of, page
from palabre.web.wording import Wording


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows."""

    since: str = ""
    """The newest line."""
    home: bool = True
    """Whether it is home, where new posts wait."""
    unread: int | None = None
    """Notifications that wait, as it says; ``None``: it says nothing of them."""
    account: str = ""
    """Whose the page is: another account may be active by now."""


@page("GET", "/live/home")
async def live_home(request: Request, viewer: Viewer, app: Site, query: Since) -> StreamingResponse | Answer:
    """Tell of new posts at home and of notifications, in words for the button and for the bell.

    It ends when the session does.
    """
    if query.account and app.ids.try_decode(Kind.ACCOUNT, query.account) != viewer.account:
        return Answer(b"", 204)
    desk = desk_of(app)
    by_token = shown_token(request) is not None
    since = (app.ids.try_decode(Kind.POST, query.since) or 0) if query.home else None
    language = language_of(request, viewer)
    catalogue = translations(language)
    wording = Wording(language, catalogue)

    async def events() -> AsyncIterator[bytes]:
        yield b"retry: 5000\n\n"
        posts, unread = 0, query.unread
        async for news in desk.live.news(viewer, since, unread=unread, by_token=by_token):
            if news is None:
                yield b":\n\n"
                continue
            if news.posts != posts:
                posts = news.posts
                words = catalogue.ngettext("{n} new post", "{n} new posts", posts).format(n=posts)
                yield f"data: {words if posts else ''}\n\n".encode()
            if unread is not None and news.unread != unread:
                unread = news.unread
                words = catalogue.ngettext("{n} new", "{n} new", unread).format(n=unread)
                told = {"count": wording.count(unread) if unread else "", "words": words if unread else ""}
                yield b"event: unread\ndata: " + msgspec.json.encode(told) + b"\n\n"

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


ROUTES = (live_home,)
