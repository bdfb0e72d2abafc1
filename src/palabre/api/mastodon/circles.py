"""Private notes, endorsements, blocked domains, followers whom one knows."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.accounts.queries import seen_account
from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.entities import Relationship
from palabre.api.mastodon.pages import AccountPage, account_of, people_page
from palabre.api.mastodon.pieces import Pieces
from palabre.api.mastodon.relationships import act
from palabre.edge.answers import Page
from palabre.edge.binding import SKIP_UNKNOWN, AccountRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph import actions, circles
from palabre.ids import Kind

_MOST_AT_ONCE = 40


class Note(msgspec.Struct, frozen=True):
    """The body of ``POST /api/v1/accounts/:id/note``; empty to remove it."""

    comment: str = ""


class Domain(msgspec.Struct, frozen=True):
    """The body of a block of a domain."""

    domain: str


class Several(msgspec.Struct, frozen=True):
    """The query of ``GET /api/v1/accounts/familiar_followers``."""

    id: Annotated[list[AccountRef], SKIP_UNKNOWN] = msgspec.field(default_factory=list)


class FamiliarFollowers(msgspec.Struct, frozen=True):
    """Followers of an account whom the viewer follows."""

    id: str
    accounts: list[wire.Account] | msgspec.Raw


@endpoint("POST", "/api/v1/accounts/{account}/note", scope="write:accounts")
async def note(account: AccountRef, body: Note, viewer: Viewer, app: Site) -> Relationship:
    """Keep a note about an account, for the viewer alone."""
    return await act(app, viewer.account, account, circles.write_note, body.comment)


@endpoint("POST", "/api/v1/accounts/{account}/endorse", scope="write:accounts")
async def endorse(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Show somebody on the viewer's profile."""
    return await act(app, viewer.account, account, circles.endorse)


@endpoint("POST", "/api/v1/accounts/{account}/unendorse", scope="write:accounts")
async def unendorse(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Show somebody on the viewer's profile no longer."""
    return await act(app, viewer.account, account, circles.unendorse)


@endpoint("POST", "/api/v1/accounts/{account}/pin", scope="write:accounts")
async def pin(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Show somebody on the viewer's profile: the name of before Mastodon 4.4."""
    return await act(app, viewer.account, account, circles.endorse)


@endpoint("POST", "/api/v1/accounts/{account}/unpin", scope="write:accounts")
async def unpin(account: AccountRef, viewer: Viewer, app: Site) -> Relationship:
    """Show somebody on the viewer's profile no longer: the name of before Mastodon 4.4."""
    return await act(app, viewer.account, account, circles.unendorse)


@endpoint("GET", "/api/v1/accounts/{account}/endorsements")
async def endorsements_of(
    account: AccountRef, query: Paging, request: Request, viewer: Viewer | None, app: Site
) -> AccountPage:
    """Show whom an account shows on its profile."""
    window = query.window(app.ids, Kind.FOLLOW, usual=40, most=80)
    return await people_page(request, app, Kind.FOLLOW, circles.endorsed_page, account_of(viewer), account, window)


@endpoint("GET", "/api/v1/endorsements", scope="read:accounts")
async def endorsements(query: Paging, request: Request, viewer: Viewer, app: Site) -> AccountPage:
    """Show whom the viewer shows on his profile."""
    window = query.window(app.ids, Kind.FOLLOW, usual=40, most=80)
    return await people_page(request, app, Kind.FOLLOW, circles.endorsed_page, viewer.account, viewer.account, window)


@endpoint("GET", "/api/v1/accounts/familiar_followers", scope="read:follows")
async def familiar_followers(query: Several, viewer: Viewer, app: Site) -> list[FamiliarFollowers]:
    """Show those whom the viewer follows among the followers of some accounts."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    found = await app.db.read_slow(circles.familiar_followers, viewer.account, query.id[:_MOST_AT_ONCE])
    return [
        FamiliarFollowers(app.ids.encode(Kind.ACCOUNT, account), msgspec.Raw(pieces.people(people, mark)))
        for account, people in found.items()
    ]


@endpoint("GET", "/api/v1/domain_blocks", scope="read:blocks")
async def domain_blocks(query: Paging, request: Request, viewer: Viewer, app: Site) -> Annotated[Page, list[str]]:
    """Show the domains of which the viewer wants to see nobody."""
    window = query.window(app.ids, Kind.FOLLOW, usual=100, most=200)
    found = await app.db.read(circles.domains_page, viewer.account, window)
    return Page(list(found.items), link(request, found, Kind.FOLLOW))


class BlockPreview(msgspec.Struct, frozen=True):
    """How many follows a block of a domain would end."""

    following_count: int
    followers_count: int


@endpoint("GET", "/api/v1/domain_blocks/preview", scope="read:blocks")
async def preview_block(query: Domain, viewer: Viewer) -> BlockPreview:  # noqa: ARG001 - what an app has to send
    """Count the follows that a block of a domain would end: none, while the network speaks to no other."""
    return BlockPreview(0, 0)


@endpoint("POST", "/api/v1/domain_blocks", scope="write:blocks")
async def block_domain(body: Domain, viewer: Viewer, app: Site) -> None:
    """See nobody of a domain any more: follows between the viewer and its people end."""
    while await app.db.write(actions.block_domain, viewer.account, body.domain):
        pass


@endpoint("DELETE", "/api/v1/domain_blocks", scope="write:blocks")
async def unblock_domain(body: Domain, viewer: Viewer, app: Site) -> None:
    """See the people of a domain again."""
    await app.db.write(actions.unblock_domain, viewer.account, body.domain)


class IdentityProof(msgspec.Struct, frozen=True):
    """That somebody elsewhere is the same person, as Keybase once vouched for."""

    provider: str
    provider_username: str
    updated_at: str
    proof_url: str
    profile_url: str


@endpoint("GET", "/api/v1/accounts/{account}/identity_proofs", auth="user")
async def identity_proofs(account: AccountRef, viewer: Viewer, app: Site) -> list[IdentityProof]:
    """List who vouches for an account: nobody, as everywhere since Mastodon 3.5."""
    await app.db.read(seen_account, viewer.account, account)
    return []


ROUTES = (
    note,
    endorse,
    unendorse,
    pin,
    unpin,
    endorsements_of,
    endorsements,
    familiar_followers,
    domain_blocks,
    preview_block,
    block_domain,
    unblock_domain,
    identity_proofs,
)
