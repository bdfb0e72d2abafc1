"""Hashtags: shown, followed, featured."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec

from palabre.accounts.model import Standing
from palabre.accounts.queries import seen_account
from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.entities.featured_tag import FeaturedTag, featured_tag
from palabre.api.mastodon.entities.tag import tag
from palabre.api.mastodon.pages import account_of
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.answers import Page
from palabre.edge.binding import AccountRef, FeaturedRef
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import NoRoute
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.graph.queries import hidden_among
from palabre.ids import AccountId, Kind
from palabre.markup.entities import hashtag_key
from palabre.paging import Slice, Window
from palabre.posts import tags
from palabre.posts.errors import HashtagInvalid
from palabre.posts.hashtags import Hashtag
from palabre.store import Snapshot, Transaction

Stance = tuple[bool, bool]
"""Whether the viewer follows it, and whether he features it."""


class NewFeature(msgspec.Struct, frozen=True):
    """The body of ``POST /api/v1/featured_tags``."""

    name: str


def _one(db: Snapshot, viewer: AccountId | None, name: str) -> tuple[Hashtag, Stance | None]:
    found = tags.named_hashtag(db, name)
    stance = None if viewer is None else tags.stance_to(db, viewer, [found.name])[hashtag_key(found.name)]
    return found, stance


@endpoint("GET", "/api/v1/tags/{name}")
async def show_tag(name: str, viewer: Viewer | None, app: Site) -> wire.Tag:
    """Show a hashtag; one that nobody has used has no uses. As on Mastodon, what can be no hashtag is not found."""
    try:
        found, stance = await app.db.read_slow(_one, account_of(viewer), name)
    except HashtagInvalid:
        raise NoRoute from None
    return tag(app.part(Pieces).names, found, stance)


async def _change(
    app: Site, viewer: AccountId, name: str, action: Callable[[Transaction, AccountId, str], Any]
) -> wire.Tag:
    """Do something about a hashtag, and show how the viewer stands to it after that.

    The name stands in the path: as on Mastodon, what can be no hashtag is not found.
    """

    def write(tx: Transaction) -> tuple[Hashtag, Stance]:
        action(tx, viewer, name)
        word = tags.good_hashtag(name)
        return tags.named_hashtag(tx, word), tags.stance_to(tx, viewer, [word])[hashtag_key(word)]

    try:
        found, stance = await app.db.write(write)
    except HashtagInvalid:
        raise NoRoute from None
    return tag(app.part(Pieces).names, found, stance)


@endpoint("POST", "/api/v1/tags/{name}/follow", scope="write:follows")
async def follow(name: str, viewer: Viewer, app: Site) -> wire.Tag:
    """Show public posts with a hashtag at home."""
    return await _change(app, viewer.account, name, tags.follow_hashtag)


@endpoint("POST", "/api/v1/tags/{name}/unfollow", scope="write:follows")
async def unfollow(name: str, viewer: Viewer, app: Site) -> wire.Tag:
    """Follow a hashtag no longer."""
    return await _change(app, viewer.account, name, tags.unfollow_hashtag)


@endpoint("POST", "/api/v1/tags/{name}/feature", scope="write:accounts")
async def feature(name: str, viewer: Viewer, app: Site) -> wire.Tag:
    """Show a hashtag on the viewer's profile."""
    return await _change(app, viewer.account, name, tags.feature_hashtag)


@endpoint("POST", "/api/v1/tags/{name}/unfeature", scope="write:accounts")
async def unfeature(name: str, viewer: Viewer, app: Site) -> wire.Tag:
    """Show a hashtag on the viewer's profile no longer."""
    return await _change(app, viewer.account, name, tags.unfeature_hashtag)


def _followed(db: Snapshot, viewer: AccountId, window: Window) -> tuple[Slice[str], list[tuple[Hashtag, Stance]]]:
    found = tags.followed_page(db, viewer, window)
    stances = tags.stance_to(db, viewer, found.items)
    return found, [(tags.named_hashtag(db, name), stances[hashtag_key(name)]) for name in found.items]


@endpoint("GET", "/api/v1/followed_tags", scope="read:follows")
async def followed_tags(
    query: Paging, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, list[wire.Tag]]:
    """Show the hashtags that the viewer follows, the newest first."""
    window = query.window(app.ids, Kind.FOLLOW, usual=100, most=200)
    names = app.part(Pieces).names
    found, shown = await app.db.read_slow(_followed, viewer.account, window)
    return Page([tag(names, one, stance) for one, stance in shown], link(request, found, Kind.FOLLOW))


@endpoint("GET", "/api/v1/featured_tags", scope="read:accounts")
async def featured_tags(viewer: Viewer, app: Site) -> list[FeaturedTag]:
    """Show the hashtags on the viewer's profile."""
    names = app.part(Pieces).names
    return [featured_tag(names, one) for one in await app.db.read(tags.featured_of, viewer.account)]


def _feature(tx: Transaction, viewer: AccountId, name: str) -> tags.Featured:
    return tags.feature_hashtag(tx, viewer, name, again=False)


@endpoint("POST", "/api/v1/featured_tags", scope="write:accounts")
async def new_featured_tag(body: NewFeature, viewer: Viewer, app: Site) -> FeaturedTag:
    """Show one more hashtag on the viewer's profile."""
    made = await app.db.write(_feature, viewer.account, body.name)
    return featured_tag(app.part(Pieces).names, made)


@endpoint("DELETE", "/api/v1/featured_tags/{featured}", scope="write:accounts")
async def remove_featured_tag(featured: FeaturedRef, viewer: Viewer, app: Site) -> None:
    """Show a hashtag on the viewer's profile no longer."""
    await app.db.write(tags.unfeature_one, viewer.account, featured)


def _suggested(db: Snapshot, viewer: AccountId) -> list[tuple[Hashtag, Stance]]:
    found = tags.feature_suggestions(db, viewer)
    stances = tags.stance_to(db, viewer, found)
    return [(tags.named_hashtag(db, name), stances[hashtag_key(name)]) for name in found]


@endpoint("GET", "/api/v1/featured_tags/suggestions", scope="read:accounts")
async def suggestions(viewer: Viewer, app: Site) -> list[wire.Tag]:
    """Show the hashtags that the viewer uses most and does not feature."""
    names = app.part(Pieces).names
    return [tag(names, one, stance) for one, stance in await app.db.read_slow(_suggested, viewer.account)]


def _of_account(db: Snapshot, viewer: AccountId | None, account: AccountId) -> list[tags.Featured]:
    owner = seen_account(db, viewer, account)
    if owner.standing is not Standing.ACTIVE and viewer != account:
        return []
    if viewer is not None and account in hidden_among(db, viewer, [account]).blocked_by:
        return []
    return tags.featured_of(db, account)


@endpoint("GET", "/api/v1/accounts/{account}/featured_tags")
async def featured_tags_of(account: AccountRef, viewer: Viewer | None, app: Site) -> list[FeaturedTag]:
    """Show the hashtags on a profile."""
    names = app.part(Pieces).names
    return [featured_tag(names, one) for one in await app.db.read(_of_account, account_of(viewer), account)]


ROUTES = (
    show_tag,
    follow,
    unfollow,
    feature,
    unfeature,
    followed_tags,
    featured_tags,
    new_featured_tag,
    remove_featured_tag,
    suggestions,
    featured_tags_of,
)
