"""A list of people."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.graph import model
from palabre.ids import Kind

RepliesPolicy = Literal["followed", "list", "none"]


class List(msgspec.Struct, frozen=True, kw_only=True):
    """A list, which only its owner sees."""

    id: str
    title: str
    replies_policy: RepliesPolicy
    exclusive: bool


def list_(names: Names, shown: model.List) -> List:
    """Render a list."""
    return List(
        id=names.ids.encode(Kind.LIST, shown.id),
        title=shown.title,
        replies_policy=shown.replies.value,
        exclusive=shown.exclusive,
    )
