"""Collections: accounts that a member recommends together."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon.entities.html import text_html
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.graph.model import AccountCollection, Collected
from palabre.ids import Kind, time_of


class ShallowTag(msgspec.Struct, frozen=True):
    """A hashtag, without its uses."""

    name: str
    url: str


class CollectionItem(msgspec.Struct, frozen=True):
    """An account in a collection. Nobody is asked by hand here, so all are accepted."""

    id: str
    account_id: str | None
    state: Literal["pending", "accepted"]
    created_at: str


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """A collection, with those in it whom the reader may see."""

    id: str
    account_id: str
    uri: str
    url: str | None
    name: str
    description: str
    language: str | None
    local: bool
    sensitive: bool
    discoverable: bool
    tag: ShallowTag | None
    created_at: str
    updated_at: str
    item_count: int
    items: list[CollectionItem]


def collection_item(names: Names, shown: Collected) -> CollectionItem:
    """Render ``shown``."""
    encode = names.ids.encode
    return CollectionItem(
        encode(Kind.COLLECTION_ITEM, shown.id),
        encode(Kind.ACCOUNT, shown.account.id),
        "accepted",
        iso(time_of(shown.id)),
    )


def collection(names: Names, shown: AccountCollection) -> Collection:
    """Render ``shown``."""
    said, encode = shown.said, names.ids.encode
    address = names.uris.collection(shown.id)
    return Collection(
        id=encode(Kind.COLLECTION, shown.id),
        account_id=encode(Kind.ACCOUNT, shown.owner.id),
        uri=address,
        url=address,
        name=said.name,
        description=text_html(names, said.description),
        language=said.language,
        local=True,
        sensitive=said.sensitive,
        discoverable=said.discoverable,
        tag=None if said.hashtag is None else ShallowTag(said.hashtag, names.uris.hashtag(said.hashtag)),
        created_at=iso(time_of(shown.id)),
        updated_at=iso(shown.updated),
        item_count=len(shown.items),
        items=[collection_item(names, each) for each in shown.items],
    )
