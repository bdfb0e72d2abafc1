"""oEmbed: how other sites show a post of ours."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import msgspec

from palabre.api.mastodon.entities.oembed import OEmbed, oembed
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.errors import Invalid
from palabre.ids import Kind, PostId
from palabre.posts.errors import PostNotFound
from palabre.posts.queries import post_view

_PATH = re.compile(r"/@([A-Za-z0-9_]{1,30})/(\d{31})(?:/embed)?/?")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The query."""

    url: str = ""
    maxwidth: int | None = None
    maxheight: int | None = None
    format: str = "json"


class OnlyJson(Invalid):
    """Answers in XML are optional in oEmbed, and there are none."""

    code = "oembed.only_json"
    message = "Only JSON is available"


def _named(app: Site, url: str) -> tuple[str, PostId]:
    """Read the address of a post of this network, on any of its origins.

    Raises:
        PostNotFound: it is none.

    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise PostNotFound from None
    found = _PATH.fullmatch(parts.path)
    number = app.ids.try_decode(Kind.POST, found[2]) if found else None
    if found is None or number is None or f"{parts.scheme}://{parts.netloc}" not in app.lighthouse.addresses:
        raise PostNotFound
    return found[1], PostId(number)


@endpoint("GET", "/api/oembed")
async def describe_post(query: Asked, app: Site) -> OEmbed:
    """Describe the frame of a post that anybody may read."""
    if query.format != "json":
        raise OnlyJson(field="format")
    name, post = _named(app, query.url)
    view = await app.db.read(post_view, None, post)
    if view.original is not None or view.author.acct.lower() != name.lower():
        raise PostNotFound
    names = app.part(Pieces).names
    return oembed(names, app.config.title, view, max_width=query.maxwidth, max_height=query.maxheight)


ROUTES = (describe_post,)
