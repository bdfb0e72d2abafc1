"""Collections: accounts that members recommend together. Anybody sees them; who is in one may leave it."""

from __future__ import annotations

import msgspec

from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Account
from palabre.accounts.queries import seen_account, seen_handle
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef, CollectionItemRef, CollectionRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Forbidden, Invalid, Refusal
from palabre.graph import curation
from palabre.graph.model import AccountCollection, CollectionDraft, Relationship
from palabre.ids import AccountId, Kind
from palabre.store import Snapshot, Transaction
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, show
from palabre.web.pages.profiles import related
from palabre.web.windows import PAGE, Paged, more_address, window

_FIELDS = ("name", "description", "tag_name")


class CollectionForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a collection."""

    name: str = ""
    description: str = ""
    tag_name: str = ""
    sensitive: bool = False
    discoverable: bool = False

    def draft(self, language: str | None = None) -> CollectionDraft:
        """Say it in the words of the domain."""
        return CollectionDraft(
            name=self.name,
            description=self.description,
            language=language,
            hashtag=self.tag_name or None,
            sensitive=self.sensitive,
            discoverable=self.discoverable,
        )


class PersonForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form that names somebody."""

    person: str = ""


def _both(db: Snapshot, viewer: AccountId) -> tuple[list[AccountCollection], list[AccountCollection]]:
    return curation.collections_of(db, viewer, viewer), curation.collections_with(db, viewer)


async def _overview(request: Request, viewer: Viewer, app: Site, asked: Form, status: int = 200) -> Answer:
    own, inside = await app.db.read(_both, viewer.account)
    return await show(request, "collections.html", status=status, own=own, inside=inside, form=asked)


@page("GET", "/collections")
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """List one's collections and those that one is in, and ask for one more."""
    return await _overview(request, viewer, app, form(CollectionForm(discoverable=True)))


@page("POST", "/collections")
async def create(request: Request, viewer: Viewer, app: Site, body: CollectionForm) -> Answer:
    """Make a collection with nobody in it."""
    try:
        made = await app.db.write(curation.create_collection, viewer.account, body.draft())
    except Invalid as refusal:
        return await _overview(request, viewer, app, refused_form(request, refusal, body, _FIELDS), 422)
    return go(request, _address(app, made.id), flash="collection")


def _address(app: Site, number: int) -> str:
    return f"/collections/{app.ids.encode(Kind.COLLECTION, number)}"


class Shown(msgspec.Struct, frozen=True):
    """A collection, and how the viewer stands to it and to those in it."""

    collection: AccountCollection
    inside: bool
    relations: dict[AccountId, Relationship | None]

    def strangers(self, viewer: AccountId | None) -> int:
        """Count those whom the viewer may follow and does not."""
        return sum(
            each is not None and who != viewer and not (each.following or each.requested or each.blocking)
            for who, each in self.relations.items()
        )


def _with_place(db: Snapshot, viewer: AccountId | None, number: int) -> Shown:
    found = curation.collection(db, viewer, number)
    inside = viewer is not None and curation.is_collected(db, viewer, number)
    return Shown(found, inside, related(db, viewer, [each.account for each in found.items]))


async def _one(
    request: Request,
    viewer: Viewer | None,
    app: Site,
    number: int,
    *,
    said: Form | None = None,
    whom: Form | None = None,
    status: int = 200,
) -> Answer:
    me = viewer.account if viewer else None
    found = await app.db.read(_with_place, me, number)
    shown = found.collection.said
    values = CollectionForm(
        name=shown.name,
        description=shown.description,
        tag_name=shown.hashtag or "",
        sensitive=shown.sensitive,
        discoverable=shown.discoverable,
    )
    return await show(
        request,
        "collection.html",
        status=status,
        collection=found.collection,
        inside=found.inside,
        relations=found.relations,
        strangers=found.strangers(me),
        form=said or form(values),
        whom=whom or form(PersonForm()),
    )


@page("GET", "/collections/{number}")
async def show_collection(request: Request, viewer: Viewer | None, app: Site, number: CollectionRef) -> Answer:
    """Show a collection; to its owner with what changes it."""
    return await _one(request, viewer, app, number)


def _change(tx: Transaction, viewer: AccountId, number: int, body: CollectionForm) -> None:
    said = curation.own_collection(tx, viewer, number).said
    curation.change_collection(tx, viewer, number, body.draft(said.language))


@page("POST", "/collections/{number}/follow")
async def follow_everybody(request: Request, viewer: Viewer, app: Site, number: CollectionRef) -> Answer:
    """Follow everybody in it."""
    await app.db.write(curation.follow_all, viewer.account, number)
    return go(request, _address(app, number), flash="collection_followed")


@page("GET", "/discover/collections")
async def discover(request: Request, viewer: Viewer | None, app: Site, query: Paged) -> Answer:
    """Show the collections that everybody may come across, the newest first."""
    me = viewer.account if viewer else None
    found = await app.db.read(curation.found_collections, me, window(app.ids, Kind.COLLECTION, query))
    more = None
    if found.oldest is not None:
        more = more_address(app.ids, Kind.COLLECTION, "/discover/collections", found, PAGE)
    return await show(request, "found_collections.html", found=found.items, more=more)


@page("POST", "/collections/{number}")
async def save(request: Request, viewer: Viewer, app: Site, body: CollectionForm, number: CollectionRef) -> Answer:
    """Change what it says of itself."""
    try:
        await app.db.write(_change, viewer.account, number, body)
    except Invalid as refusal:
        told = refused_form(request, refusal, body, _FIELDS)
        return await _one(request, viewer, app, number, said=told, status=422)
    return go(request, _address(app, number), flash="collection")


@page("POST", "/collections/{number}/delete")
async def remove(request: Request, viewer: Viewer, app: Site, number: CollectionRef) -> Answer:
    """Remove it."""
    await app.db.write(curation.delete_collection, viewer.account, number)
    return go(request, "/collections", flash="collection_gone")


def _add(tx: Transaction, viewer: AccountId, number: int, name: str) -> None:
    curation.own_collection(tx, viewer, number)
    username, _, domain = name.strip().removeprefix("@").partition("@")
    curation.collect(tx, viewer, number, seen_handle(tx, viewer, username, domain).id)


@page("POST", "/collections/{number}/people")
async def add(request: Request, viewer: Viewer, app: Site, body: PersonForm, number: CollectionRef) -> Answer:
    """Put somebody into it, by name."""
    refusal: Refusal
    try:
        await app.db.write(_add, viewer.account, number, body.person)
    except (AccountNotFound, Forbidden, Invalid) as refused:
        refusal = refused
    else:
        return go(request, _address(app, number), flash="collected")
    refusal.field = "person"
    told = refused_form(request, refusal, body, ("person",))
    return await _one(request, viewer, app, number, whom=told, status=422)


@page("POST", "/collections/{number}/people/{item}/remove")
async def take_out(
    request: Request, viewer: Viewer, app: Site, number: CollectionRef, item: CollectionItemRef
) -> Answer:
    """Take somebody out of it."""
    await app.db.write(curation.uncollect, viewer.account, number, item)
    return go(request, _address(app, number), flash="collection")


@page("POST", "/collections/{number}/leave")
async def leave(request: Request, viewer: Viewer, app: Site, number: CollectionRef) -> Answer:
    """Leave somebody's collection for good."""
    await app.db.write(curation.withdraw_from, viewer.account, number)
    return go(request, _address(app, number), flash="collection_left")


def _on_profile(
    db: Snapshot, viewer: AccountId | None, account: AccountId
) -> tuple[Account, list[AccountCollection]]:
    return seen_account(db, viewer, account), curation.collections_of(db, viewer, account)


@page("GET", "/accounts/{account}/collections")
async def on_profile(request: Request, viewer: Viewer | None, app: Site, account: AccountRef) -> Answer:
    """Show the collections on a profile."""
    owner, found = await app.db.read(_on_profile, viewer.account if viewer else None, account)
    return await show(request, "person_collections.html", account=owner, found=found)


ROUTES = (
    overview,
    create,
    discover,
    show_collection,
    follow_everybody,
    save,
    remove,
    add,
    take_out,
    leave,
    on_profile,
)
