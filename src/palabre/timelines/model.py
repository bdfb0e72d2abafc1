"""What timelines are made of: the lines that posts have too."""

from palabre.posts.model import Entry

__all__ = ["Entry"]
