"""A conversation as its member sees it."""

from __future__ import annotations

import msgspec

from palabre.accounts.model import Account
from palabre.posts.model import PostView


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """A thread of posts for the mentioned alone, in the list of one member."""

    id: int
    unread: bool
    people: tuple[Account, ...]
    """Those of the newest post, without the member himself; the member if he talks to nobody else."""
    last_post: PostView
