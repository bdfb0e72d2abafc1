"""A member's own profile as it was written, to edit it."""

from __future__ import annotations

import msgspec

from palabre.accounts import model
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.queries import account
from palabre.api.mastodon.entities.account import shows
from palabre.api.mastodon.entities.featured_tag import FeaturedTag, featured_tag
from palabre.api.mastodon.entities.field import Field, field_source
from palabre.api.mastodon.entities.wire import Names
from palabre.api.mastodon.own_account import CredentialsChange, profile_change, upload_bytes
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.endpoint import endpoint
from palabre.edge.pictures import change_profile
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId, Kind
from palabre.posts import tags
from palabre.store import Snapshot


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as its owner wrote it; pictures are ``null`` where the default ones are shown."""

    id: str
    display_name: str
    note: str
    fields: list[Field]
    avatar: str | None
    avatar_static: str | None
    avatar_description: str
    header: str | None
    header_static: str | None
    header_description: str
    locked: bool
    bot: bool
    hide_collections: bool | None
    discoverable: bool | None
    indexable: bool
    show_media: bool
    show_media_replies: bool
    show_featured: bool
    attribution_domains: tuple[str, ...]
    featured_tags: list[FeaturedTag]


def _profile(names: Names, own: model.Account, featured: list[tags.Featured]) -> Profile:
    avatar = names.uris.avatar(own.avatar) if own.avatar else None
    header = names.uris.header(own.header) if own.header else None
    return Profile(
        id=names.ids.encode(Kind.ACCOUNT, own.id),
        display_name=own.display_name,
        note=own.bio,
        fields=[field_source(field) for field in own.fields],
        avatar=avatar,
        avatar_static=avatar,
        avatar_description=own.avatar_description,
        header=header,
        header_static=header,
        header_description=own.header_description,
        locked=own.locked,
        bot=own.bot,
        discoverable=own.discoverable,
        indexable=own.indexable,
        attribution_domains=own.attribution_domains,
        featured_tags=[featured_tag(names, each) for each in featured],
        **shows(own),
    )


def _own(db: Snapshot, viewer: AccountId) -> tuple[model.Account, list[tags.Featured]]:
    own = account(db, viewer)
    if own is None:
        raise AccountNotFound
    return own, tags.featured_of(db, viewer)


async def _shown(app: Site, viewer: AccountId) -> Profile:
    return _profile(app.part(Pieces).names, *await app.db.read(_own, viewer))


@endpoint("GET", "/api/v1/profile", scope=("profile", "read:accounts"))
async def show_profile(viewer: Viewer, app: Site) -> Profile:
    """Show the viewer's profile as it was written."""
    return await _shown(app, viewer.account)


@endpoint("PATCH", "/api/v1/profile", scope="write:accounts", uploads=upload_bytes)
async def change_own_profile(body: CredentialsChange, viewer: Viewer, app: Site) -> Profile:
    """Change it: what is not named stays as it is."""
    await change_profile(app, viewer.account, profile_change(body), avatar=body.avatar, header=body.header)
    return await _shown(app, viewer.account)


ROUTES = (show_profile, change_own_profile)
