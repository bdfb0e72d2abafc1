"""What members make who write programs: apps of their own, and tokens for their own account."""

from __future__ import annotations

from collections.abc import Sequence

from palabre import jobs, journal
from palabre.accounts import errors, oauth
from palabre.accounts import oauth_sql as sql
from palabre.accounts import scopes as scope_rules
from palabre.accounts.events import AccessEnded
from palabre.accounts.model import App, AuthorisedApp
from palabre.accounts.rules import clean_line
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

CLEAR_APP = "accounts.clear_app"
"""The job that ends the tokens of an app that was removed, for :func:`clear_app`."""

MOST_APPS = 25
MOST_TOKENS = 50
_NAME_LENGTH = 60
_SLICE = 200


def _check_scopes(scopes: Sequence[str], *, admin: bool) -> str:
    """Return ``scopes`` as they are kept.

    Raises:
        NoScope: there is none; what may do nothing is of no use.
        InvalidScope: one does not exist, or is for those who run the network.

    """
    asked = " ".join(scopes)
    if not asked.strip():
        raise errors.NoScope(field="scopes")
    found = scope_rules.parse(asked)
    if not admin and any(scope.startswith("admin") for scope in found):
        raise errors.InvalidScope(field="scopes")
    return " ".join(found)


def create_app(
    tx: Transaction, keyring: Keyring, owner: AccountId, new: oauth.NewApp, scopes: Sequence[str], *, admin: bool
) -> tuple[App, str]:
    """Register an app that its owner finds again; return it with its secret, which is kept nowhere.

    Raises:
        TooManyApps: the owner has as many as there may be.
        NoScope, InvalidScope: see above; and what ``oauth.register_app`` refuses.

    """
    if len(sql.apps_of(tx, owner)) >= MOST_APPS:
        raise errors.TooManyApps(limit=MOST_APPS)
    wanted = oauth.NewApp(
        name=new.name,
        redirect_uris=new.redirect_uris,
        scopes=_check_scopes(scopes, admin=admin),
        website=new.website,
    )
    return oauth.register_app(tx, keyring, wanted, owner=owner)


def apps_of(db: Snapshot, owner: AccountId) -> list[App]:
    """Return the apps that a member made, newest first."""
    return sql.apps_of(db, owner)


def delete_app(tx: Transaction, owner: AccountId, app: int) -> None:
    """Remove an app: nobody can let it in any more, and the tokens that it has end.

    Raises:
        AppNotFound: the member made no such app.

    """
    if not sql.delete_app(tx, owner, app):
        raise errors.AppNotFound
    if not clear_app(tx, app):
        jobs.enqueue(tx, CLEAR_APP, app)


def clear_app(tx: Transaction, app: int) -> bool:
    """End a slice of the tokens of an app that is no more; return whether none is left."""
    found = sql.tokens_of_app(tx, app, _SLICE)
    for number, _ in found:
        sql.delete_token(tx, number)
    for account in {account for _, account in found}:
        journal.record(tx, AccessEnded(account=account))
    return len(found) < _SLICE


def create_token(
    tx: Transaction, keyring: Keyring, owner: AccountId, name: str, scopes: Sequence[str], *, admin: bool
) -> str:
    """Make a token for the owner's own account and return its secret, which is kept nowhere.

    Raises:
        TokenNameInvalid: no name, or too long a one.
        TooManyTokens: the owner has as many as there may be.
        NoScope, InvalidScope: see above.

    """
    called = clean_line(name)
    if not 1 <= len(called) <= _NAME_LENGTH:
        raise errors.TokenNameInvalid(field="token_name", limit=_NAME_LENGTH)
    given = _check_scopes(scopes, admin=admin)
    if len(personal_tokens(tx, owner)) >= MOST_TOKENS:
        raise errors.TooManyTokens(limit=MOST_TOKENS)
    return oauth.personal_token(tx, keyring, owner, called, given)


def personal_tokens(db: Snapshot, owner: AccountId) -> list[AuthorisedApp]:
    """Return the tokens that a member made for himself, newest first."""
    return [each for each in sql.of(db, owner) if each.name is not None]


def revoke_personal_token(tx: Transaction, owner: AccountId, token: int) -> None:
    """End one of them.

    Raises:
        TokenNotFound: the member made no such token.

    """
    if all(each.token != token for each in personal_tokens(tx, owner)):
        raise errors.TokenNotFound
    oauth.revoke_token(tx, owner, token)


def note_token_use(tx: Transaction, token: int) -> None:
    """Note that a token was used, to the hour; nothing happens if it is gone."""
    sql.touch_token(tx, token, tx.now)
