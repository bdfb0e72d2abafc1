"""All the SQL of the sessions of browsers."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from palabre.accounts import tables
from palabre.accounts.model import Access, Preferences, Role, Session, Standing
from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, delete, insert, statement, update

_s = tables.session.c
_a = tables.account.c
_l = tables.login.c
_columns = (_s.id, _s.account, _s.agent, _s.created, _s.seen, _s.expires)
_preferences = msgspec.json.Decoder(Preferences).decode

_INSERT = insert(tables.session)
_BY_SECRET = statement(select(*_columns).where(_s.secret_key == bindparam("secret"), _s.expires > bindparam("now")))
_ACCESS = statement(
    select(*_columns, _l.role, _l.preferences, _a.standing)
    .join_from(tables.session, tables.login, _l.account == _s.account)
    .join(tables.account, _a.id == _s.account)
    .where(_s.secret_key == bindparam("secret"), _s.expires > bindparam("now"))
)
_OF = statement(
    select(*_columns)
    .where(_s.account == bindparam("account"), _s.expires > bindparam("now"))
    .order_by(_s.seen.desc(), _s.id.desc())
)
_TOUCH = update(tables.session, _s.id == bindparam("session"), seen=bindparam("now"), expires=bindparam("until"))
_END = delete(tables.session, _s.id == bindparam("session"), _s.account == bindparam("account"))
_END_ALL = delete(tables.session, _s.account == bindparam("account"), _s.id != bindparam("keep"))
_END_EXPIRED = delete(tables.session, _s.expires <= bindparam("now"))


def insert_session(tx: Transaction, new: Session, secret_key: bytes) -> None:
    """Add a session."""
    tx.run(
        _INSERT,
        id=new.id,
        account=new.account,
        secret_key=secret_key,
        agent=new.agent,
        created=new.created,
        seen=new.seen,
        expires=new.expires,
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


def end_expired(tx: Transaction) -> None:
    """Remove the sessions that have run out."""
    tx.run(_END_EXPIRED, now=tx.now)
