"""What other apps share with this one: it opens the composer, filled in."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.request import Request
from palabre.edge.viewer import Viewer
from palabre.web.page import go, page

_MOST = 2_000


class Shared(msgspec.Struct, frozen=True, kw_only=True):
    """The query, in the words of the W3C Web Share Target; links of other sites use it too."""

    title: str = ""
    text: str = ""
    url: str = ""


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
    return go(request, f"/compose?{urlencode({'text': words_of(query)})}")


ROUTES = (share,)
