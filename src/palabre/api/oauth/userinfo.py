"""Who the member is, for sites that let people in with their account here; and where OAuth is."""

from __future__ import annotations

import msgspec

from palabre.accounts.queries import seen_account
from palabre.accounts.scopes import KNOWN
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer


class UserInfo(msgspec.Struct, frozen=True, kw_only=True):
    """OpenID Connect's words for a profile."""

    iss: str
    sub: str
    name: str
    preferred_username: str
    profile: str
    picture: str


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 8414: what an app has to know before it begins."""

    issuer: str
    service_documentation: str
    authorization_endpoint: str
    token_endpoint: str
    app_registration_endpoint: str
    revocation_endpoint: str
    userinfo_endpoint: str
    scopes_supported: list[str]
    response_types_supported: tuple[str, ...] = ("code",)
    response_modes_supported: tuple[str, ...] = ("query",)
    grant_types_supported: tuple[str, ...] = ("authorization_code", "client_credentials")
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic", "client_secret_post")
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)


async def _userinfo(viewer: Viewer, app: Site) -> UserInfo:
    found = await app.db.read(seen_account, viewer.account, viewer.account)
    names = app.part(Pieces).names
    return UserInfo(
        iss=f"{names.uris.origin}/",
        sub=names.uris.actor(found.id),
        name=found.display_name or found.username,
        preferred_username=found.username,
        profile=names.uris.account(found.acct),
        picture=names.uris.avatar(found.avatar),
    )


@endpoint("GET", "/oauth/userinfo", scope="profile")
async def userinfo(viewer: Viewer, app: Site) -> UserInfo:
    """Show who the member is."""
    return await _userinfo(viewer, app)


@endpoint("POST", "/oauth/userinfo", scope="profile")
async def post_userinfo(viewer: Viewer, app: Site) -> UserInfo:
    """Show it to those who ask by POST, as OpenID Connect lets them."""
    return await _userinfo(viewer, app)


@endpoint("GET", "/.well-known/oauth-authorization-server")
async def metadata(app: Site) -> Metadata:
    """Tell where everything of OAuth is."""
    origin = app.uris.origin
    return Metadata(
        issuer=f"{origin}/",
        service_documentation=f"{origin}/about",
        authorization_endpoint=f"{origin}/oauth/authorize",
        token_endpoint=f"{origin}/oauth/token",
        app_registration_endpoint=f"{origin}/api/v1/apps",
        revocation_endpoint=f"{origin}/oauth/revoke",
        userinfo_endpoint=f"{origin}/oauth/userinfo",
        scopes_supported=sorted(scope for scope in KNOWN if not scope.startswith("admin:")),
    )


ROUTES = (userinfo, post_userinfo, metadata)
