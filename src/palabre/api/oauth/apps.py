"""Apps register, and ask who they are."""

from __future__ import annotations

import msgspec

from palabre.accounts.oauth import NewApp, app_by_id, register_app
from palabre.api.mastodon.entities.application import (
    Application,
    CredentialApplication,
    application,
    credential_application,
)
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import NoRoute, naming
from palabre.edge.site import Site
from palabre.edge.viewer import AppToken, Viewer


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v1/apps``. Several addresses come as a list, or on one line each."""

    client_name: str
    redirect_uris: str | list[str]
    scopes: str | list[str] = "read"
    website: str | None = None


@endpoint("POST", "/api/v1/apps", limit="apps")
async def create_app(body: Registration, app: Site) -> CredentialApplication:
    """Register an app."""
    uris = body.redirect_uris if isinstance(body.redirect_uris, list) else body.redirect_uris.split()
    scopes = " ".join(body.scopes) if isinstance(body.scopes, list) else body.scopes
    wanted = NewApp(name=body.client_name, redirect_uris=tuple(uris), scopes=scopes, website=body.website)
    with naming(scope="scopes"):
        registered, secret = await app.db.write(register_app, app.keyring, wanted)
    return credential_application(app.part(Pieces).names, registered, secret)


@endpoint("GET", "/api/v1/apps/verify_credentials")
async def verify_app(viewer: Viewer | AppToken, app: Site) -> Application:
    """Show the app that holds the token."""
    found = await app.db.read(app_by_id, viewer.app) if viewer.app is not None else None
    if found is None:
        raise NoRoute  # the operator made this token, for no app
    return application(app.part(Pieces).names, found)


ROUTES = (create_app, verify_app)
