"""A line of a timeline, before anything of the post itself is loaded."""

from __future__ import annotations

from typing import NamedTuple

from palabre.ids import PostId


class Entry(NamedTuple):
    """A post in a timeline that the viewer may read."""

    post: PostId
    original: int
    """The post that it reposts; 0 for none."""
    marks: int
    """Bits of ``posts.model.Mark``: what the viewer did with the post, or with the original of a repost."""
