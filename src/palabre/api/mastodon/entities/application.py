"""An app: what everybody may know of it, and what only its makers are told."""

from __future__ import annotations

from typing import Any

import msgspec

from palabre.accounts.model import App
from palabre.api.mastodon.entities.wire import Names
from palabre.ids import Kind


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """A registered app."""

    id: str
    name: str
    website: str | None
    scopes: list[str]
    redirect_uris: list[str]
    redirect_uri: str
    vapid_key: str


class CredentialApplication(Application, frozen=True, kw_only=True):
    """A registered app with its credentials: shown once, when it registers."""

    client_id: str
    client_secret: str
    client_secret_expires_at: int


def _shared(names: Names, app: App) -> dict[str, Any]:
    return {
        "id": names.ids.encode(Kind.APP, app.id),
        "name": app.name,
        "website": app.website,
        "scopes": app.scopes.split(),
        "redirect_uris": list(app.redirect_uris),
        "redirect_uri": "\n".join(app.redirect_uris),
        "vapid_key": names.push_key(),
    }


def application(names: Names, app: App) -> Application:
    """Render ``app``."""
    return Application(**_shared(names, app))


def credential_application(names: Names, app: App, secret: str) -> CredentialApplication:
    """Render ``app`` with the secret it has just been given."""
    return CredentialApplication(
        client_id=names.ids.encode(Kind.APP, app.id),
        client_secret=secret,
        client_secret_expires_at=0,
        **_shared(names, app),
    )
