"""Collections: accounts that a member recommends together."""

from __future__ import annotations

import msgspec

from palabre.accounts.queries import seen_account
from palabre.api.mastodon.entities.collection import Collection, CollectionItem, collection, collection_item
from palabre.api.mastodon.pages import account_of
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import AccountRef, CollectionItemRef, CollectionRef
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph import curation
from palabre.graph.errors import NotCollectable
from palabre.graph.model import AccountCollection, CollectionDraft
from palabre.ids import AccountId
from palabre.store import Transaction

_USUAL, _MOST = 40, 80


class NewCollection(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v1/collections``."""

    name: str
    description: str = ""
    language: str | None = None
    tag_name: str | None = None
    sensitive: bool = False
    discoverable: bool = True
    account_ids: list[AccountRef] = msgspec.field(default_factory=list)

    def draft(self) -> CollectionDraft:
        """Say it in our words."""
        return CollectionDraft(
            name=self.name,
            description=self.description,
            language=self.language,
            hashtag=self.tag_name,
            sensitive=self.sensitive,
            discoverable=self.discoverable,
        )


class CollectionChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PATCH /api/v1/collections/:id``: what is not named stays; an empty word takes it away."""

    name: str | None = None
    description: str | None = None
    language: str | None = None
    tag_name: str | None = None
    sensitive: bool | None = None
    discoverable: bool | None = None

    def applied_to(self, said: CollectionDraft) -> CollectionDraft:
        """Return what the collection is to say."""
        given = msgspec.structs.asdict(self)
        given["hashtag"] = given.pop("tag_name")
        return msgspec.structs.replace(said, **{name: value for name, value in given.items() if value is not None})


class Part(msgspec.Struct, frozen=True):
    """The query of lists of collections."""

    limit: int = _USUAL
    offset: int = 0

    @property
    def most(self) -> int:
        """Return how many are wanted."""
        return min(max(self.limit, 1), _MOST)

    @property
    def start(self) -> int:
        """Return how many are left out."""
        return max(self.offset, 0)


class Whom(msgspec.Struct, frozen=True):
    """The body of ``POST /api/v1/collections/:id/items``."""

    account_id: AccountRef


class WrappedCollection(msgspec.Struct, frozen=True):
    """A collection under its name."""

    collection: Collection


class WrappedCollectionItem(msgspec.Struct, frozen=True):
    """An account in a collection, under its name."""

    collection_item: CollectionItem


class CollectionWithAccounts(msgspec.Struct, frozen=True):
    """A collection, its owner and those in it."""

    accounts: msgspec.Raw
    collection: Collection


class Collections(msgspec.Struct, frozen=True):
    """Several collections."""

    collections: list[Collection]


def _wrapped(app: Site, shown: AccountCollection) -> WrappedCollection:
    return WrappedCollection(collection(app.part(Pieces).names, shown))


def _several(app: Site, shown: list[AccountCollection]) -> Collections:
    names = app.part(Pieces).names
    return Collections([collection(names, each) for each in shown])


@endpoint("POST", "/api/v1/collections", scope="write:collections")
async def new_collection(body: NewCollection, viewer: Viewer, app: Site) -> WrappedCollection:
    """Make a collection of accounts that want to be discovered."""
    made = await app.db.write(curation.create_collection, viewer.account, body.draft(), body.account_ids)
    return _wrapped(app, made)


@endpoint("GET", "/api/v1/collections/{number}", scope="read:collections")
async def show_collection(number: CollectionRef, viewer: Viewer | None, app: Site) -> CollectionWithAccounts:
    """Show a collection, whose it is, and who is in it."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    found = await app.db.read(curation.collection, account_of(viewer), number)
    people = [found.owner, *(each.account for each in found.items)]
    return CollectionWithAccounts(msgspec.Raw(pieces.people(people, mark)), collection(pieces.names, found))


@endpoint("GET", "/api/v1/accounts/{account}/collections", scope="read:collections")
async def collections_of(account: AccountRef, query: Part, viewer: Viewer | None, app: Site) -> Collections:
    """Show the collections on a profile."""
    found = await app.db.read(
        curation.collections_of, account_of(viewer), account, most=query.most, offset=query.start
    )
    return _several(app, found)


@endpoint("GET", "/api/v1/accounts/{account}/in_collections", scope="read:collections")
async def collections_with(account: AccountRef, query: Part, viewer: Viewer, app: Site) -> Collections:
    """Show the collections that the member is in; nobody else is told."""
    await app.db.read(seen_account, viewer.account, account)
    if account != viewer.account:
        raise NotCollectable
    found = await app.db.read(curation.collections_with, account, most=query.most, offset=query.start)
    return _several(app, found)


def _change(tx: Transaction, viewer: AccountId, number: int, changes: CollectionChanges) -> AccountCollection:
    said = curation.own_collection(tx, viewer, number).said
    return curation.change_collection(tx, viewer, number, changes.applied_to(said))


@endpoint("PATCH", "/api/v1/collections/{number}", scope="write:collections")
async def change_collection(
    number: CollectionRef, body: CollectionChanges, viewer: Viewer, app: Site
) -> WrappedCollection:
    """Change what a collection says of itself."""
    return _wrapped(app, await app.db.write(_change, viewer.account, number, body))


@endpoint("DELETE", "/api/v1/collections/{number}", scope="write:collections")
async def delete_collection(number: CollectionRef, viewer: Viewer, app: Site) -> None:
    """Remove a collection."""
    await app.db.write(curation.delete_collection, viewer.account, number)


@endpoint("POST", "/api/v1/collections/{number}/items", scope="write:collections")
async def add_item(number: CollectionRef, body: Whom, viewer: Viewer, app: Site) -> WrappedCollectionItem:
    """Put somebody who wants to be discovered into a collection."""
    added = await app.db.write(curation.collect, viewer.account, number, body.account_id)
    return WrappedCollectionItem(collection_item(app.part(Pieces).names, added))


@endpoint("DELETE", "/api/v1/collections/{number}/items/{item}", scope="write:collections")
async def remove_item(number: CollectionRef, item: CollectionItemRef, viewer: Viewer, app: Site) -> None:
    """Take somebody out of a collection."""
    await app.db.write(curation.uncollect, viewer.account, number, item)


@endpoint("POST", "/api/v1/collections/{number}/items/{item}/revoke", scope="write:collections")
async def revoke_item(number: CollectionRef, item: CollectionItemRef, viewer: Viewer, app: Site) -> None:
    """Leave somebody's collection for good."""
    await app.db.write(curation.withdraw, viewer.account, number, item)


ROUTES = (
    new_collection,
    show_collection,
    collections_of,
    collections_with,
    change_collection,
    delete_collection,
    add_item,
    remove_item,
    revoke_item,
)
