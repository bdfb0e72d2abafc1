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
from palabre.web.desk import desk_of
from palabre.web.page import language_of, page, shown_token


class Since(msgspec.Struct, frozen=True, kw_only=True):
    """The newest line that the page shows."""

    since: str = ""
    account: str = ""
    """Whose the page is: another account may be active by now."""


@page("GET", "/live/home")
async def live_home(request: Request, viewer: Viewer, app: Site, query: Since) -> StreamingResponse | Answer:
    """Tell of new posts at home: each event is the sentence for the button. It ends when the session does."""
    if query.account and app.ids.try_decode(Kind.ACCOUNT, query.account) != viewer.account:
        return Answer(b"", 204)
    live = desk_of(app).live
    by_token = shown_token(request) is not None
    since = app.ids.try_decode(Kind.POST, query.since) or 0
    catalogue = translations(language_of(request, viewer))

    async def events() -> AsyncIterator[bytes]:
        yield b"retry: 5000\n\n"
        async for count in live.counts(viewer, since, by_token=by_token):
            if count is None:
                yield b":\n\n"
                continue
            words = catalogue.ngettext("{n} new post", "{n} new posts", count).format(n=count)
            yield f"data: {words if count else ''}\n\n".encode()

    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(events(), media_type="text/event-stream", headers=headers)


ROUTES = (live_home,)
