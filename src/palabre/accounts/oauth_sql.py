"""All the SQL of apps, authorization codes and tokens."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, null, select

from palabre.accounts import tables
from palabre.accounts.model import Access, App, AuthorisedApp, Preferences, Role, Standing, Token
from palabre.accounts.rows import standing_of_access
from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, delete, insert, statement, update

_app = tables.app.c
_code = tables.authorization.c
_t = tables.token.c
_a = tables.account.c
_l = tables.login.c
_app_columns = (_app.id, _app.name, _app.website, _app.redirect_uris, _app.scopes, _app.created)
_token_columns = (_t.id, _t.app, _t.account, _t.scopes, _t.created)
_uris = msgspec.json.Decoder(tuple[str, ...]).decode
_preferences = msgspec.json.Decoder(Preferences).decode

_INSERT_APP = insert(tables.app)
_APP = statement(select(*_app_columns, _app.secret_key).where(_app.id == bindparam("app")))
_INSERT_CODE = insert(tables.authorization)
_APPS_OF = statement(select(*_app_columns).where(_app.owner == bindparam("owner")).order_by(_app.id.desc()))
_DELETE_APP = delete(tables.app, _app.id == bindparam("app"), _app.owner == bindparam("owner"))
_ORPHAN_APPS = update(tables.app, _app.owner == bindparam("gone"), owner=null())
_CODE = statement(
    select(_code.app, _code.account, _code.redirect_uri, _code.scopes, _code.challenge, _code.expires, _code.token)
    .where(_code.code_key == bindparam("code"))
)  # fmt: skip
_USE_CODE = update(
    tables.authorization, _code.code_key == bindparam("code"), _code.token.is_(None), token=bindparam("given")
)
_FORGET_CODES = delete(tables.authorization, _code.expires <= bindparam("before"))
_DELETE_CODES_OF = delete(tables.authorization, _code.account == bindparam("account"))
_INSERT_TOKEN = insert(tables.token)
_TOKEN = statement(select(*_token_columns).where(_t.secret_key == bindparam("secret")))
_ACCESS = statement(
    select(_t.id, _t.app, _t.account, _t.scopes, _t.used, _a.role, _l.preferences, standing_of_access())
    .join_from(tables.token, tables.account, _a.id == _t.account, isouter=True)
    .join(tables.login, _l.account == _t.account, isouter=True)
    .where(_t.secret_key == bindparam("secret"))
)
_DELETE_TOKEN = delete(tables.token, _t.id == bindparam("token"))
_TOUCH = update(tables.token, _t.id == bindparam("token"), used=bindparam("at"))
_OF_APP = statement(
    select(_t.id, _t.account).where(_t.app == bindparam("app"), _t.app.is_not(None)).limit(bindparam("most"))
)
_DELETE_ALL = delete(tables.token, _t.account == bindparam("account"))
_DELETE_OF_APP = delete(tables.token, _t.account == bindparam("account"), _t.app == bindparam("app"))
_DELETE_ONE_OF = delete(tables.token, _t.account == bindparam("account"), _t.id == bindparam("token"))
_OF = statement(
    select(_t.id, _t.scopes, _t.created, _t.name, _t.used, *_app_columns)
    .join_from(tables.token, tables.app, _app.id == _t.app, isouter=True)
    .where(_t.account == bindparam("account"))
    .order_by(_t.id.desc())
)


class Code(NamedTuple):
    """An authorization code as stored."""

    app: int
    account: AccountId
    redirect_uri: str
    scopes: str
    challenge: str | None
    expires: int
    token: int | None
    """What was given for it; the code is then used up."""


def _app_from(row: tuple[Any, ...]) -> App:
    number, name, website, redirect_uris, scopes, created = row[:6]
    return App(
        id=number,
        name=name,
        website=website,
        redirect_uris=_uris(redirect_uris),
        scopes=scopes,
        created=Instant(created),
    )


def insert_app(tx: Transaction, new: App, secret_key: bytes, owner: AccountId | None = None) -> None:
    """Add an app; ``owner`` made it in the settings."""
    tx.run(
        _INSERT_APP,
        id=new.id,
        name=new.name,
        website=new.website,
        redirect_uris=msgspec.json.encode(new.redirect_uris).decode(),
        scopes=new.scopes,
        secret_key=secret_key,
        created=new.created,
        owner=owner,
    )


def apps_of(db: Snapshot, owner: AccountId) -> list[App]:
    """Load the apps that a member made, newest first."""
    return [_app_from(row) for row in db.all(_APPS_OF, owner=owner)]


def delete_app(tx: Transaction, owner: AccountId, number: int) -> bool:
    """Remove an app that a member made."""
    return tx.change(_DELETE_APP, app=number, owner=owner) == 1


def orphan_apps(tx: Transaction, gone: AccountId) -> None:
    """Keep the apps of a member who left, as apps of nobody: others use them."""
    tx.run(_ORPHAN_APPS, gone=gone)


def app(db: Snapshot, number: int) -> tuple[App, bytes] | None:
    """Load an app, with the keyed hash of its secret."""
    row = db.one(_APP, app=number)
    return (_app_from(row), bytes(row[6])) if row else None


def insert_code(tx: Transaction, code_key: bytes, new: Code) -> None:
    """Add an authorization code."""
    tx.run(_INSERT_CODE, code_key=code_key, **new._asdict())


def code(db: Snapshot, code_key: bytes) -> Code | None:
    """Find an authorization code, used or not."""
    row = db.one(_CODE, code=code_key)
    return Code(*row) if row else None


def use_code(tx: Transaction, code_key: bytes, token: int) -> bool:
    """Mark a code as used up by ``token``, unless it is."""
    return tx.change(_USE_CODE, code=code_key, given=token) == 1


def forget_codes(tx: Transaction, before: int) -> None:
    """Delete the codes that ran out before."""
    tx.run(_FORGET_CODES, before=before)


def insert_token(tx: Transaction, new: Token, secret_key: bytes, name: str | None = None) -> None:
    """Add a token; ``name`` is what a member calls one that he made for himself."""
    tx.run(
        _INSERT_TOKEN,
        id=new.id,
        secret_key=secret_key,
        app=new.app,
        account=new.account,
        scopes=new.scopes,
        created=new.created,
        name=name,
        used=None,
    )


def touch_token(tx: Transaction, number: int, at: int) -> None:
    """Note that a token was used."""
    tx.run(_TOUCH, token=number, at=at)


def tokens_of_app(db: Snapshot, of_app: int, most: int) -> list[tuple[int, AccountId | None]]:
    """Load some tokens that an app holds, with whose they are."""
    return [
        (int(number), None if account is None else AccountId(account))
        for number, account in db.all(_OF_APP, app=of_app, most=most)
    ]


def token(db: Snapshot, secret_key: bytes) -> Token | None:
    """Find a token."""
    row = db.one(_TOKEN, secret=secret_key)
    if row is None:
        return None
    number, of_app, account, scopes, created = row
    return Token(
        id=number,
        app=of_app,
        account=None if account is None else AccountId(account),
        scopes=scopes,
        created=Instant(created),
    )


def access(db: Snapshot, secret_key: bytes) -> Access | None:
    """Find a token, with what a request needs to know of its member."""
    row = db.one(_ACCESS, secret=secret_key)
    if row is None:
        return None
    number, of_app, account, scopes, used, role, preferences, standing = row
    allowed = frozenset(scopes.split())
    if account is None:
        return Access(account=None, app=of_app, token=number, scopes=allowed, seen=Instant(used or 0))
    chosen = _preferences(preferences)
    return Access(
        account=AccountId(account),
        app=of_app,
        token=number,
        scopes=allowed,
        role=Role(role),
        standing=Standing(standing),
        locale=chosen.language,
        preferences=chosen,
        seen=Instant(used or 0),
    )


def delete_token(tx: Transaction, number: int) -> bool:
    """Remove a token."""
    return tx.change(_DELETE_TOKEN, token=number) == 1


def delete_one_of(tx: Transaction, account: AccountId, number: int) -> bool:
    """Remove a token of a member."""
    return tx.change(_DELETE_ONE_OF, account=account, token=number) == 1


def delete_of_app(tx: Transaction, account: AccountId, of_app: int) -> int:
    """Remove the tokens that a member gave to an app; return how many."""
    return tx.change(_DELETE_OF_APP, account=account, app=of_app)


def delete_all(tx: Transaction, account: AccountId) -> None:
    """Remove the tokens of a member, and the codes that would become tokens."""
    tx.run(_DELETE_CODES_OF, account=account)
    tx.run(_DELETE_ALL, account=account)


def of(db: Snapshot, account: AccountId) -> list[AuthorisedApp]:
    """Load the tokens of a member with their apps, newest first."""
    return [
        AuthorisedApp(
            token=row[0],
            scopes=row[1],
            created=Instant(row[2]),
            name=row[3],
            used=None if row[4] is None else Instant(row[4]),
            app=None if row[5] is None else _app_from(row[5:]),
        )
        for row in db.all(_OF, account=account)
    ]
