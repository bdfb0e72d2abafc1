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
    direct: int | None = None
    """The same of conversations."""
    account: str = ""
    """Whose the page is: another account may be active by now."""


@page("GET", "/live/home")
async def live_home(request: Request, viewer: Viewer, app: Site, query: Since) -> StreamingResponse | Answer:
    """Tell of new posts at home, and how many notifications and conversations wait, in words for the page.

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
        posts, shown = 0, {"unread": query.unread, "direct": query.direct}
        coming = desk.live.news(viewer, since, unread=query.unread, direct=query.direct, by_token=by_token)
        async for news in coming:
            if news is None:
                yield b":\n\n"
                continue
            if news.posts != posts:
                posts = news.posts
                words = catalogue.ngettext("{n} new post", "{n} new posts", posts).format(n=posts)
                yield f"data: {words if posts else ''}\n\n".encode()
            for name, now in (("unread", news.unread), ("direct", news.direct)):
                if shown[name] not in {None, now}:
                    shown[name] = now
                    words = catalogue.ngettext("{n} new", "{n} new", now).format(n=now)
                    told = {"count": wording.count(now) if now else "", "words": words if now else ""}
                    yield b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(told))

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


ROUTES = (live_home,)
