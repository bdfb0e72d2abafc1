"""Tokens are given and taken back: RFC 6749 section 4, 7636, 7009."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_plus

import msgspec

from palabre.accounts import errors, oauth
from palabre.accounts.model import Token as GivenToken
from palabre.api.mastodon.entities.token import Token
from palabre.clock import SECOND
from palabre.edge.answers import Answer
from palabre.edge.consent import app_number
from palabre.edge.endpoint import endpoint
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.errors import Invalid, Refusal
from palabre.keyring import Keyring
from palabre.store import Transaction

_UNSTORED = [(b"cache-control", b"no-store"), (b"pragma", b"no-cache")]
_STATUS = {"invalid_client": 401, "unauthorized_client": 403}
"""All other errors of RFC 6749 are 400."""


class InvalidRequest(Invalid):
    """RFC 6749 section 5.2: something is missing; ``field`` says what."""

    code = "oauth.invalid_request"
    message = "The request is missing a required parameter, includes an unsupported parameter value, or is malformed."


class UnsupportedGrantType(Invalid):
    """RFC 6749 section 5.2: neither a code nor client credentials."""

    code = "oauth.unsupported_grant_type"
    message = "The authorization grant type is not supported by the authorization server."


class TokenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /oauth/token``."""

    grant_type: str = ""
    client_id: str = ""
    client_secret: str = ""
    code: str = ""
    redirect_uri: str = ""
    code_verifier: str | None = None
    scope: str | None = None


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /oauth/revoke``."""

    client_id: str = ""
    client_secret: str = ""
    token: str = ""


def _client(request: Request, body: TokenRequest | Revocation) -> tuple[str, str]:
    """Return id and secret of the app: from the body, or from HTTP Basic (RFC 6749 section 2.3.1)."""
    given = request.header(b"authorization")
    if given is None or not given.lower().startswith("basic "):
        return body.client_id, body.client_secret
    try:
        name, _, secret = base64.b64decode(given[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(name), unquote_plus(secret)


def oauth_error(refusal: Refusal) -> Answer:
    """Answer ``refusal`` as RFC 6749 section 5.2 has it; its code is ours without ``oauth.``."""
    word = refusal.code.removeprefix("oauth.")
    told = {"error": word, "error_description": str(refusal)}
    return Answer.json(told, _STATUS.get(word, 400), _UNSTORED)


def _exchange(
    tx: Transaction, keyring: Keyring, client: int, secret: str, body: TokenRequest
) -> tuple[str, GivenToken] | Refusal:
    """Give a token for a code or to the app itself; a refusal that must be committed is returned."""
    app = oauth.check_app_secret(tx, keyring, client, secret)
    if body.grant_type == "client_credentials":
        given: str | Refusal = oauth.app_token(tx, keyring, app.id, body.scope or "read")
    else:
        given = oauth.exchange(tx, keyring, app.id, body.code, body.redirect_uri, body.code_verifier or None)
    if isinstance(given, Refusal):
        return given
    token = oauth.token_of(tx, keyring, given)
    return errors.InvalidGrant() if token is None else (given, token)


@endpoint("POST", "/oauth/token", limit="tokens")
async def give_token(body: TokenRequest, request: Request, app: Site) -> Answer:
    """Give a token for a code, or to an app that acts for itself."""
    name, secret = _client(request, body)
    try:
        if not body.grant_type:
            raise InvalidRequest(field="grant_type")
        if body.grant_type not in {"authorization_code", "client_credentials"}:
            raise UnsupportedGrantType
        client = app_number(app.ids, name)
        result = await app.db.write(_exchange, app.keyring, client, secret, body)
    except Refusal as refusal:
        return oauth_error(refusal)
    if isinstance(result, Refusal):
        return oauth_error(result)
    token, about = result
    return Answer.json(Token(token, "Bearer", about.scopes, about.created // SECOND), 200, _UNSTORED)


def _revoke(tx: Transaction, keyring: Keyring, client: int, secret: str, token: str) -> None:
    app = oauth.check_app_secret(tx, keyring, client, secret)
    oauth.revoke(tx, keyring, app.id, token)


@endpoint("POST", "/oauth/revoke", limit="tokens")
async def revoke_token(body: Revocation, request: Request, app: Site) -> Answer:
    """Take a token back; one that nobody has is taken back already."""
    name, secret = _client(request, body)
    try:
        await app.db.write(_revoke, app.keyring, app_number(app.ids, name), secret, body.token)
    except (errors.InvalidClient, errors.UnauthorizedClient):
        return oauth_error(errors.UnauthorizedClient())
    return Answer.json({}, 200, _UNSTORED)


ROUTES = (give_token, revoke_token)
