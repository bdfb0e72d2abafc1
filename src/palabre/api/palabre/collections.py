"""Collections that their owners let everybody come across, and following everybody in one."""

from __future__ import annotations

from typing import Annotated

from palabre.api.mastodon.entities import Relationship
from palabre.api.mastodon.entities.collection import Collection, collection
from palabre.api.mastodon.entities.relationship import relationship
from palabre.api.mastodon.pages import account_of
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.answers import Page
from palabre.edge.binding import CollectionRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph import model
from palabre.graph.curation import follow_all, found_collections
from palabre.graph.queries import relationships
from palabre.ids import AccountId, Kind
from palabre.store import Transaction


@endpoint("GET", "/api/palabre/v1/collections", scope="read:collections")
async def discover(
    query: Paging, request: Request, viewer: Viewer | None, app: Site
) -> Annotated[Page, list[Collection]]:
    """Show the collections that everybody may come across, the newest first."""
    found = await app.db.read(found_collections, account_of(viewer), query.window(app.ids, Kind.COLLECTION))
    names = app.part(Pieces).names
    return Page([collection(names, each) for each in found.items], link(request, found, Kind.COLLECTION))


def _follow(tx: Transaction, viewer: AccountId, number: int) -> list[model.Relationship]:
    people = follow_all(tx, viewer, number)
    return relationships(tx, viewer, people)


@endpoint("POST", "/api/palabre/v1/collections/{number}/follow", scope="write:follows")
async def follow_everybody(number: CollectionRef, viewer: Viewer, app: Site) -> list[Relationship]:
    """Follow everybody in a collection who can be followed, and show how the viewer stands to each of them."""
    found = await app.db.write(_follow, viewer.account, number)
    names = app.part(Pieces).names
    return [relationship(names, each) for each in found]


ROUTES = (discover, follow_everybody)
