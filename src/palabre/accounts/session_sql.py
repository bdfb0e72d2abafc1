"""All the SQL of the sessions of browsers."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, select

from palabre.accounts import tables
from palabre.accounts.model import Access, Preferences, Role, Session, Standing
from palabre.accounts.rows import standing_of_access
from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, delete, insert, statement, update

_s = tables.session.c
_a = tables.account.c
_l = tables.login.c
_t = tables.app_token.c
_columns = (_s.id, _s.account, _s.agent, _s.created, _s.seen, _s.expires)
_preferences = msgspec.json.Decoder(Preferences).decode

_INSERT = insert(tables.session)
_BY_SECRET = statement(select(*_columns).where(_s.secret_key == bindparam("secret"), _s.expires > bindparam("now")))
_ACCESS = statement(
    select(*_columns, _a.role, _l.preferences, standing_of_access())
    .join_from(tables.session, tables.login, _l.account == _s.account)
    .join(tables.account, _a.id == _s.account)
    .where(_s.secret_key == bindparam("secret"), _s.expires > bindparam("now"))
)
_STANDING = statement(
    select(standing_of_access(), _t.session)
    .join_from(tables.session, tables.login, _l.account == _s.account)
    .join(tables.account, _a.id == _s.account)
    .outerjoin(tables.app_token, and_(_t.session == _s.id, _t.expires > bindparam("now")))
    .where(_s.id == bindparam("session"), _s.account == bindparam("account"), _s.expires > bindparam("now"))
)
_OF = statement(
    select(*_columns)
    .where(_s.account == bindparam("account"), _s.expires > bindparam("now"))
    .order_by(_s.seen.desc(), _s.id.desc())
)
_TOUCH = update(tables.session, _s.id == bindparam("session"), seen=bindparam("now"), expires=bindparam("until"))
_END = delete(tables.session, _s.id == bindparam("session"), _s.account == bindparam("account"))
_END_ALL = delete(tables.session, _s.account == bindparam("account"), _s.id != bindparam("keep"))
_BROWSER = statement(select(_s.browser).where(_s.id == bindparam("session"), _s.account == bindparam("account")))
_IN_BROWSER = statement(select(_s.id, _s.account).where(_s.browser == bindparam("browser")).order_by(_s.id))
_PUT = update(tables.session, _s.id == bindparam("session"), browser=bindparam("name"))
_END_EXPIRED = delete(tables.session, _s.expires <= bindparam("now"))


def insert_session(tx: Transaction, new: Session, secret_key: bytes, beside: int | None = None) -> None:
    """Add a session; ``beside`` names those of the same browser."""
    tx.run(
        _INSERT,
        id=new.id,
        account=new.account,
        secret_key=secret_key,
        agent=new.agent,
        created=new.created,
        seen=new.seen,
        expires=new.expires,
        browser=beside,
    )


def _session(row: tuple[Any, ...]) -> Session:
    number, account, agent, created, seen, expires = row[:6]
    return Session(
        id=number,
        account=AccountId(account),
        agent=agent,
        created=Instant(created),
        seen=Instant(seen),
        expires=Instant(expires),
    )


def by_secret(db: Snapshot, secret_key: bytes) -> Session | None:
    """Find a living session."""
    row = db.one(_BY_SECRET, secret=secret_key, now=db.now)
    return _session(row) if row else None


def access(db: Snapshot, secret_key: bytes) -> Access | None:
    """Find a living session, with what a request needs to know of its member."""
    row = db.one(_ACCESS, secret=secret_key, now=db.now)
    if row is None:
        return None
    found = _session(row)
    role, preferences, standing = row[6:]
    return Access(
        account=found.account,
        session=found.id,
        role=Role(role),
        standing=Standing(standing),
        locale=_preferences(preferences).language,
        seen=found.seen,
        expires=found.expires,
    )


def standing(db: Snapshot, account: AccountId, session: int) -> tuple[Standing, bool] | None:
    """Say of a living session how its member stands, and whether the installed app has a token of it."""
    row = db.one(_STANDING, session=session, account=account, now=db.now)
    return None if row is None else (Standing(row[0]), row[1] is not None)


def of(db: Snapshot, account: AccountId) -> list[Session]:
    """Load the living sessions of a member, the last used first."""
    return [_session(row) for row in db.all(_OF, account=account, now=db.now)]


def touch(tx: Transaction, session: int, until: int) -> None:
    """Note that a session is in use, and let it live longer."""
    tx.run(_TOUCH, session=session, now=tx.now, until=until)


def end(tx: Transaction, account: AccountId, session: int) -> bool:
    """Remove one session of a member."""
    return tx.change(_END, account=account, session=session) == 1


def end_all(tx: Transaction, account: AccountId, *, keep: int | None) -> None:
    """Remove the sessions of a member, but for one."""
    tx.run(_END_ALL, account=account, keep=0 if keep is None else keep)


def browser(db: Snapshot, account: AccountId, session: int) -> int | None:
    """Return what names the sessions of the browser that holds this one; ``None``: it holds no other."""
    found = db.value(_BROWSER, session=session, account=account)
    return None if found is None else int(found)


def in_browser(db: Snapshot, name: int) -> list[tuple[int, AccountId]]:
    """Load the sessions of one browser, and whose they are."""
    return [(int(number), AccountId(account)) for number, account in db.all(_IN_BROWSER, browser=name)]


def put(tx: Transaction, session: int, name: int | None) -> None:
    """Note which browser holds a session."""
    tx.run(_PUT, session=session, name=name)


def end_expired(tx: Transaction) -> None:
    """Remove the sessions that have run out."""
    tx.run(_END_EXPIRED, now=tx.now)
