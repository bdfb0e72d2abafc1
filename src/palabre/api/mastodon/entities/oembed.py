"""oEmbed: what another site needs to show a post in a frame (oembed.com, version 1.0)."""

from __future__ import annotations

from html import escape
from typing import Literal

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.posts.model import PostView

WIDTH = 400
"""Pixels, if the other site asks for no fewer."""
_LINE, _FRAME, _EACH_PICTURE = 24, 150, 260
_LINE_CHARS = 46
_LEAST, _TALLEST = 180, 900


class OEmbed(msgspec.Struct, frozen=True, kw_only=True):
    """A frame with a post."""

    type: Literal["rich"] = "rich"
    version: Literal["1.0"] = "1.0"
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    cache_age: int = 3_600
    """Seconds for which the other site may keep this; the frame itself shows when a post is gone."""
    html: str
    width: int
    height: int


def _height(view: PostView) -> int:
    """Guess how many pixels the frame needs: it has no script that could tell."""
    post = view.post
    lines = sum(1 + len(line) // _LINE_CHARS for line in (post.warning or post.text).splitlines())
    pictures = 0 if post.warning or post.sensitive else len(view.media)
    choices = len(view.poll.choices) if view.poll and not post.warning else 0
    return min(max(_FRAME + _LINE * (lines + choices) + _EACH_PICTURE * pictures, _LEAST), _TALLEST)


def oembed(names: Names, title: str, view: PostView, *, max_width: int | None, max_height: int | None) -> OEmbed:
    """Describe the frame of a post, no wider and no taller than asked."""
    author = view.author
    name = author.display_name or author.username
    width = min(WIDTH, max_width) if max_width is not None and max_width > 0 else WIDTH
    height = _height(view)
    if max_height is not None and max_height > 0:
        height = min(height, max_height)
    source = f"{names.uris.post(author.acct, view.post.id)}/embed"
    html = (
        f'<iframe src="{escape(source)}" title="{escape(name)} · {escape(title)}" width="{width}" height="{height}"'
        ' style="max-width:100%;border:0" loading="lazy" allowfullscreen'
        ' sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>'
    )
    return OEmbed(
        author_name=name,
        author_url=names.uris.account(author.acct),
        provider_name=title,
        provider_url=f"{names.uris.origin}/",
        html=html,
        width=width,
        height=height,
    )
