"""The streams that can be listened to: their names, what they need, and under which key listeners are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from palabre.edge.viewer import allows
from palabre.ids import AccountId, IdCodec, Kind
from palabre.markup.entities import hashtag_key
from palabre.posts.events import tag_mark
from palabre.streaming.errors import ListClosed, StreamOutsideScopes, TagMissing, UnknownStream

Key = tuple[str, int | str]
"""Kind of stream, and what it is of: a member, a hashtag, or 0."""

_PUBLIC: Final = (
    "public",
    "public:media",
    "public:local",
    "public:local:media",
    "public:remote",
    "public:remote:media",
)
_TAGGED: Final = ("hashtag", "hashtag:local")
OWN: Final = ("user", "user:notification", "direct")
"""What is of the member alone."""

NAMES: Final = (*OWN, *_PUBLIC, *_TAGGED, "list")
"""All streams, by Mastodon's names."""

_MOST_TAG = 200


class Channel(NamedTuple):
    """One stream, as somebody asked for it."""

    key: Key
    label: tuple[str, ...]
    """How messages name it: the name, and its parameter if it has one."""

    @property
    def own(self) -> bool:
        """Whether it is of the member alone."""
        return self.key[0] in OWN or self.key[0] == "list"

    @property
    def windowed(self) -> bool:
        """Whether it shows what the member's home timeline shows, or one of his lists."""
        return self.key[0] in {"user", "list"}


def channel(name: str, params: Mapping[str, str], member: AccountId, scopes: frozenset[str], ids: IdCodec) -> Channel:
    """Return the stream ``name`` for ``member``, who has shown a token with ``scopes``.

    Whether he has the list that he names, the hub sees.

    Raises:
        UnknownStream: there is none of this name.
        StreamOutsideScopes: it needs ``read:statuses``, or ``read:notifications`` for notifications alone.
        TagMissing: it is of a hashtag, and none is named.
        ListClosed: there can be no such list.

    """
    if name not in NAMES:
        raise UnknownStream
    if not allows(scopes, "read:notifications" if name == "user:notification" else "read:statuses"):
        raise StreamOutsideScopes
    if name in OWN:
        return Channel((name, member), (name,))
    if name in _PUBLIC:
        return Channel((name, 0), (name,))
    if name == "list":
        number = ids.try_decode(Kind.LIST, params.get("list", ""))
        if number is None:
            raise ListClosed
        return Channel((name, number), (name, params["list"]))
    tag = params.get("tag", "").strip().removeprefix("#")
    if not tag or len(tag) > _MOST_TAG:
        raise TagMissing
    return Channel((name, tag_mark(hashtag_key(tag))), (name, tag))


def public_keys(*, listed: bool, local: bool, media: bool, tags: frozenset[str]) -> list[Key]:
    """Return the streams on which a public post stands: those of everybody if it is ``listed``, those of its tags."""
    here = "local" if local else "remote"
    keys: list[Key] = []
    if listed:
        keys += [("public", 0), (f"public:{here}", 0)]
        if media:
            keys += [("public:media", 0), (f"public:{here}:media", 0)]
    for tag in sorted(tags):
        keys.append(("hashtag", tag))
        if local:
            keys.append(("hashtag:local", tag))
    return keys
