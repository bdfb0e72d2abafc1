"""What all renderers need: names for ids and addresses, and Mastodon's words for ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from palabre.emojis.model import EmojiBook
from palabre.ids import IdCodec
from palabre.posts.model import Visibility
from palabre.uris import Uris

WireVisibility = Literal["public", "unlisted", "private", "direct"]

_VISIBILITY: dict[Visibility, WireVisibility] = {
    Visibility.PUBLIC: "public",
    Visibility.UNLISTED: "unlisted",
    Visibility.FOLLOWERS: "private",
    Visibility.MENTIONED: "direct",
    Visibility.WAITING: "direct",
}
_VISIBILITY_OF = {
    word: visibility for visibility, word in _VISIBILITY.items() if visibility is not Visibility.WAITING
}


class Names(msgspec.Struct, frozen=True):
    """How what is inside is called outside."""

    ids: IdCodec
    uris: Uris
    domain: str
    """Right side of ``name@domain`` for the accounts of this network, in lower case."""
    push_key: Callable[[], str] = str
    """The network's key of push messages, made when somebody asks."""
    emojis: EmojiBook = msgspec.field(default_factory=EmojiBook)
    language: str = "en"
    """That of the network, for those who have chosen none."""


def wire_visibility(visibility: Visibility | str) -> WireVisibility:
    """Say ``visibility`` in Mastodon's words."""
    return _VISIBILITY[Visibility(visibility)]


def visibility_of(word: WireVisibility) -> Visibility:
    """Return what Mastodon's ``word`` means."""
    return _VISIBILITY_OF[word]
