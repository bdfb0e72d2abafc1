"""OAuth 2 for apps: RFC 6749 (code and client credentials), 7636 (PKCE with S256), 7009 (revocation).

Secrets have 256 random bits and are kept only as keyed hashes, so finding the hash is the comparison. The edge
reads ``code`` of a refusal without its ``oauth.`` as the error code of the RFC.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from urllib.parse import urlsplit

import msgspec

from palabre import journal
from palabre.accounts import errors
from palabre.accounts import oauth_sql as sql
from palabre.accounts import scopes as scope_rules
from palabre.accounts.credentials import first, new_secret
from palabre.accounts.events import AccessEnded
from palabre.accounts.model import App, AuthorisedApp, Token
from palabre.accounts.rules import clean_line
from palabre.clock import DAY, MINUTE, Instant
from palabre.ids import AccountId, new_id
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""The code is shown to the user, who gives it to the app by hand."""

_CODE_LIFE = 10 * MINUTE
_NAME_LENGTH = 60
_WEBSITE_LENGTH = 2_000
_URI_LENGTH = 2_000
_URIS = 20
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE)
_FORBIDDEN_SCHEMES = frozenset({"javascript", "vbscript", "data", "blob", "file", "about", "mailto"})
"""Schemes that run or show what an attacker chose instead of going to an app."""


class NewApp(msgspec.Struct, frozen=True, kw_only=True):
    """What an app says of itself when it registers."""

    name: str
    redirect_uris: tuple[str, ...]
    scopes: str = scope_rules.DEFAULT
    website: str | None = None


def register_app(
    tx: Transaction, keyring: Keyring, new: NewApp, *, owner: AccountId | None = None
) -> tuple[App, str]:
    """Register an app and return it with its secret, which is kept nowhere; ``owner`` finds it in the settings.

    Raises:
        AppNameInvalid: no name, or too long a one.
        AppWebsiteInvalid: the website is not an address of the web.
        InvalidRedirect: no address to return to, or one that is not absolute, has a fragment, or runs code.
        InvalidScope: a scope does not exist.

    """
    name = clean_line(new.name)
    if not 1 <= len(name) <= _NAME_LENGTH:
        raise errors.AppNameInvalid(field="client_name", limit=_NAME_LENGTH)
    website = (new.website or "").strip() or None
    if website and not (website.startswith(("https://", "http://")) and len(website) <= _WEBSITE_LENGTH):
        raise errors.AppWebsiteInvalid(field="website")
    uris = tuple(dict.fromkeys(uri.strip() for uri in new.redirect_uris if uri.strip()))
    if not 1 <= len(uris) <= _URIS or not all(map(_may_register, uris)):
        raise errors.InvalidRedirect(field="redirect_uris")
    made = App(
        id=new_id(tx.now),
        name=name,
        website=website,
        redirect_uris=uris,
        scopes=" ".join(scope_rules.parse(new.scopes)),
        created=tx.now,
    )
    secret = new_secret()
    sql.insert_app(tx, made, keyring.look_up("app", secret), owner)
    return made, secret


def _may_register(uri: str) -> bool:
    if uri == OUT_OF_BAND:
        return True
    scheme, colon, _ = uri.partition(":")
    if len(uri) > _URI_LENGTH or not colon or not _SCHEME.fullmatch(scheme) or "#" in uri:
        return False
    if scheme.lower() in _FORBIDDEN_SCHEMES or any(character <= " " or character == "\x7f" for character in uri):
        return False
    if scheme.lower() not in {"http", "https"}:
        return True
    try:
        return bool(urlsplit(uri).hostname)
    except ValueError:
        return False


def app_by_id(db: Snapshot, number: int) -> App | None:
    """Return an app."""
    found = sql.app(db, number)
    return found[0] if found else None


def check_app_secret(db: Snapshot, keyring: Keyring, number: int, secret: str) -> App:
    """Return the app that proves itself with its secret.

    Raises:
        InvalidClient: there is no such app, or the secret is another's.

    """
    found = sql.app(db, number)
    if found is None or not any(hmac.compare_digest(found[1], key) for key in keyring.look_ups("app", secret)):
        raise errors.InvalidClient
    return found[0]


def check_authorization(
    db: Snapshot, app: int, redirect_uri: str, scopes: str, challenge: str | None, *, method: str | None = None
) -> tuple[App, str]:
    """Return the app and the scopes as they will be given, if a request to be authorized is in order.

    Refusals of app and address must be shown to the user; nobody is ever redirected to an address that fails here.

    Raises:
        InvalidClient: there is no such app.
        InvalidRedirect: the address is not exactly one that the app registered.
        InvalidScope: more than the app registered for.
        InvalidChallenge: PKCE, but not with S256.

    """
    found = app_by_id(db, app)
    if found is None:
        raise errors.InvalidClient
    if redirect_uri not in found.redirect_uris:
        raise errors.InvalidRedirect(field="redirect_uri")
    if challenge is None and method is not None:
        raise errors.InvalidChallenge(field="code_challenge")
    if challenge is not None and (method != "S256" or not _CHALLENGE.fullmatch(challenge)):
        raise errors.InvalidChallenge(field="code_challenge_method")
    return found, scope_rules.subset(scopes, found.scopes)


def authorize(
    tx: Transaction,
    keyring: Keyring,
    viewer: AccountId,
    app: int,
    redirect_uri: str,
    scopes: str,
    challenge: str | None = None,
    *,
    method: str | None = None,
) -> str:
    """Let ``app`` act for ``viewer``: return a code, good once and for ten minutes. Checks as above."""
    _, given = check_authorization(tx, app, redirect_uri, scopes, challenge, method=method)
    sql.forget_codes(tx, tx.now - DAY)
    code = new_secret()
    made = sql.Code(app, viewer, redirect_uri, given, challenge, tx.now + _CODE_LIFE, None)
    sql.insert_code(tx, keyring.look_up("code", code), made)
    return code


def exchange(
    tx: Transaction, keyring: Keyring, app: int, code: str, redirect_uri: str, verifier: str | None = None
) -> str | errors.InvalidGrant:
    """Give a token for a code; the caller has checked the secret of ``app``.

    A code that comes a second time was stolen, by whoever came first or second: the token given for it is revoked
    (RFC 6749 section 4.1.2). That must be committed, so this one refusal is returned, not raised.

    Raises:
        InvalidGrant: the code is unknown, has run out, or belongs to another app, address or verifier.

    """
    key = keyring.look_up("code", code)
    found = sql.code(tx, key)
    if found is None or found.app != app:
        raise errors.InvalidGrant
    if found.token is not None:
        if sql.delete_token(tx, found.token):
            journal.record(tx, AccessEnded(account=found.account))
        return errors.InvalidGrant()
    if found.expires <= tx.now or found.redirect_uri != redirect_uri or not _proves(found.challenge, verifier):
        raise errors.InvalidGrant
    secret, number = _give(tx, keyring, app, found.account, found.scopes)
    if not sql.use_code(tx, key, number):
        raise errors.InvalidGrant
    return secret


def _proves(challenge: str | None, verifier: str | None) -> bool:
    """Tell whether ``verifier`` answers ``challenge``; one without the other is an attack (RFC 9700, 2.1.1)."""
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(digest, challenge)


def app_token(tx: Transaction, keyring: Keyring, app: int, scopes: str) -> str:
    """Give an app a token to act for itself (client credentials)."""
    found = app_by_id(tx, app)
    if found is None:
        raise errors.InvalidClient
    return _give(tx, keyring, app, None, scope_rules.subset(scopes, found.scopes))[0]


def member_token(tx: Transaction, keyring: Keyring, app: int | None, account: AccountId, scopes: str) -> str:
    """Give a token to act for a member who needs no asking: after signing up in an app, or made by the operator."""
    return _give(tx, keyring, app, account, " ".join(scope_rules.parse(scopes)))[0]


def personal_token(tx: Transaction, keyring: Keyring, account: AccountId, name: str, scopes: str) -> str:
    """Give a member a token for the own account, called ``name``."""
    return _give(tx, keyring, None, account, scopes, name)[0]


def _give(
    tx: Transaction,
    keyring: Keyring,
    app: int | None,
    account: AccountId | None,
    scopes: str,
    name: str | None = None,
) -> tuple[str, int]:
    secret = new_secret()
    made = Token(id=new_id(tx.now), app=app, account=account, scopes=scopes, created=Instant(tx.now))
    sql.insert_token(tx, made, keyring.look_up("token", secret), name)
    return secret, made.id


def revoke(tx: Transaction, keyring: Keyring, app: int, token: str) -> None:
    """Make a token invalid at the wish of the app that holds it. An unknown one is no error (RFC 7009 section 2.2).

    Raises:
        UnauthorizedClient: the token belongs to another app.

    """
    found = first(sql.token, tx, keyring.look_ups("token", token))
    if found is None:
        return
    if found.app != app:
        raise errors.UnauthorizedClient
    sql.delete_token(tx, found.id)
    journal.record(tx, AccessEnded(account=found.account))


def revoke_app(tx: Transaction, viewer: AccountId, app: int) -> None:
    """Take back everything that the viewer allowed an app."""
    if sql.delete_of_app(tx, viewer, app):
        journal.record(tx, AccessEnded(account=viewer))


def revoke_token(tx: Transaction, viewer: AccountId, token: int) -> None:
    """Take back one token of the viewer, by its id in :func:`tokens_of`.

    Raises:
        TokenNotFound: the viewer has given no such token.

    """
    if not sql.delete_one_of(tx, viewer, token):
        raise errors.TokenNotFound
    journal.record(tx, AccessEnded(account=viewer))


def token_of(db: Snapshot, keyring: Keyring, token: str) -> Token | None:
    """Return the token that this secret is."""
    return first(sql.token, db, keyring.look_ups("token", token))


def tokens_of(db: Snapshot, account: AccountId) -> list[AuthorisedApp]:
    """Return what a member has allowed to apps, newest first."""
    return sql.of(db, account)
