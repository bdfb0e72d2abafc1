"""What other apps share with this one: it opens the composer, filled in."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.films import most_bytes
from palabre.edge.request import Request
from palabre.edge.uploads import Upload
from palabre.edge.viewer import Viewer
from palabre.web.page import go, page

_MOST = 2_000


class Shared(msgspec.Struct, kw_only=True):
    """The query, in the words of the W3C Web Share Target; links of other sites use it too."""

    title: str = ""
    text: str = ""
    url: str = ""
    shared: str = ""
    """Under which the worker of the installed app keeps files that came along."""


class Sent(Shared, kw_only=True):
    """The form that the system sends; a file in it is only noticed."""

    media: Upload | None = None


def words_of(shared: Shared) -> str:
    """Write what was shared as the beginning of a post, nothing of it twice."""
    lines: list[str] = []
    for each in (shared.title, shared.text, shared.url):
        words = each.strip()[:_MOST]
        if words and not any(words in line for line in lines):
            lines = [line for line in lines if line not in words] + [words]
    return "\n\n".join(lines)


@page("GET", "/share")
async def share(request: Request, viewer: Viewer, query: Shared) -> Answer:  # noqa: ARG001 - members only
    """Open the composer with what was shared; who is not signed in comes back here afterwards."""
    return go(request, _composer(query))


def _composer(shared: Shared) -> str:
    asked = {"text": words_of(shared), "shared": shared.shared}
    return f"/compose?{urlencode({name: value for name, value in asked.items() if value})}"


@page("POST", "/share", limit="media", uploads=most_bytes)
async def receive(request: Request, viewer: Viewer, body: Sent) -> Answer:  # noqa: ARG001 - as above
    """Open the composer with the words that were shared, where the app has no worker that keeps the files.

    It needs no token, and may come from anywhere: the system sends it, in the name of any app. It changes nothing,
    keeps nothing, and opens what a link to ``/share`` opens.
    """
    return go(request, _composer(body), flash=None if body.media is None else "words_only")


ROUTES = (share, receive)
