"""What stands between the page that asks a member whether an app may act for him, and OAuth itself.

The page is the web's; tokens are the API's; both meet here. An address that the app did not register is never
redirected to: then ``consent`` refuses, and the refusal is shown as a page.
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from palabre.accounts import oauth
from palabre.accounts.errors import InvalidClient
from palabre.accounts.model import App
from palabre.errors import Invalid
from palabre.ids import AccountId, IdCodec, Kind
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction


class UnsupportedResponseType(Invalid):
    """RFC 6749 section 4.1.2.1: only codes are given."""

    code = "oauth.unsupported_response_type"
    message = "The authorization server does not support this response type."


class UnknownApp(Invalid):
    """No app has this ``client_id``. Not ``InvalidClient``: that would be mended by signing in."""

    code = "oauth.unknown_app"
    message = "No such application is registered here."


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The query of ``GET /oauth/authorize``; the form of the page sends the same fields back."""

    response_type: str = "code"
    client_id: str = ""
    redirect_uri: str = ""
    scope: str = ""
    state: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    force_login: bool = False
    """The app asks that whoever is signed in may choose another account."""
    lang: str | None = None


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """A request in order, for a page to show."""

    app: App
    asked: Asked
    scopes: tuple[str, ...]
    out_of_band: bool
    """The code is shown on a page, for the member to copy."""

    @property
    def grave(self) -> bool:
        """Whether the app would run the network: then a session alone is not enough to allow it.

        Whoever has no role is asked too: the token outlives the day when he gets one.
        """
        return any(scope.startswith("admin") for scope in self.scopes)


def consent(db: Snapshot, ids: IdCodec, asked: Asked) -> Consent:
    """Check what an app asks for.

    Raises:
        UnsupportedResponseType: it wants something else than a code.
        UnknownApp: there is no such app.
        InvalidRedirect: the address is not exactly one that the app registered.
        InvalidScope: more than the app registered for.
        InvalidChallenge: PKCE, but not with S256.

    """
    if asked.response_type != "code":
        raise UnsupportedResponseType(field="response_type")
    try:
        app, scopes = oauth.check_authorization(
            db,
            app_number(ids, asked.client_id),
            asked.redirect_uri,
            asked.scope,
            asked.code_challenge or None,
            method=asked.code_challenge_method or None,
        )
    except InvalidClient:
        raise UnknownApp(field="client_id") from None
    return Consent(
        app=app,
        asked=asked,
        scopes=tuple(scopes.split()),
        out_of_band=asked.redirect_uri == oauth.OUT_OF_BAND,
    )


def app_number(ids: IdCodec, client_id: str) -> int:
    """Return the app that calls itself ``client_id``.

    Raises:
        InvalidClient: no app does.

    """
    number = ids.try_decode(Kind.APP, client_id)
    if number is None:
        raise InvalidClient
    return number


def allow(tx: Transaction, keyring: Keyring, viewer: AccountId, given: Consent) -> str:
    """Let the app act for ``viewer``; return the code. Everything is checked again: time has passed."""
    asked = given.asked
    return oauth.authorize(
        tx,
        keyring,
        viewer,
        given.app.id,
        asked.redirect_uri,
        asked.scope,
        asked.code_challenge or None,
        method=asked.code_challenge_method or None,
    )


def allowed_url(asked: Asked, code: str) -> str:
    """Return where to send the member who consented."""
    return _with(asked, code=code)


def denied_url(asked: Asked) -> str:
    """Return where to send the member who did not."""
    return _with(
        asked,
        error="access_denied",
        error_description="The resource owner or authorization server denied the request.",
    )


def _with(asked: Asked, **told: str) -> str:
    if asked.state is not None:
        told["state"] = asked.state
    parts = urlsplit(asked.redirect_uri)
    query = "&".join(part for part in (parts.query, urlencode(told)) if part)
    return urlunsplit(parts._replace(query=query))
