"""All the SQL of the tokens of the installed app, and of what moves a session to another origin."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, or_, select

from palabre.accounts import tables
from palabre.accounts.model import Access, Preferences, Role, Standing
from palabre.accounts.rows import standing_of_access
from palabre.clock import Instant
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, delete, insert, statement, update, upsert

_t = tables.app_token.c
_h = tables.hand_over.c
_s = tables.session.c
_l = tables.login.c
_a = tables.account.c
_preferences = msgspec.json.Decoder(Preferences).decode

_KEEP = upsert(
    tables.app_token, key=["session"], change=["secret_key", "former_key", "arrived", "rotated", "expires"]
)
_FIND = statement(
    select(
        _t.session, _t.secret_key, _t.arrived, _t.rotated, _t.expires,
        _s.account, _s.seen, _a.role, _l.preferences, standing_of_access(),
    )
    .join_from(tables.app_token, tables.session, _s.id == _t.session)
    .join(tables.login, _l.account == _s.account)
    .join(tables.account, _a.id == _s.account)
    .where(
        or_(_t.secret_key == bindparam("secret"), _t.former_key == bindparam("secret")),
        _t.expires > bindparam("now"),
        _s.expires > bindparam("now"),
    )
)  # fmt: skip
_ARRIVED = update(tables.app_token, _t.session == bindparam("session"), arrived=True)
_REVOKE = delete(tables.app_token, _t.session == bindparam("session"))
_FORGET = delete(tables.app_token, _t.expires <= bindparam("now"))
_sessions_of = select(_s.id).where(_s.account == bindparam("account"))
_FORGET_OF = delete(tables.app_token, _t.session.in_(_sessions_of))
_FORGET_CODES_OF = delete(tables.hand_over, _h.session.in_(_sessions_of))
_INSERT_CODE = insert(tables.hand_over)
_CODE = statement(
    select(_h.session, _s.account)
    .join_from(tables.hand_over, tables.session, _s.id == _h.session)
    .where(_h.code_key == bindparam("code"), _h.expires > bindparam("now"), _s.expires > bindparam("now"))
)
_USE_CODE = delete(tables.hand_over, _h.code_key == bindparam("code"))
_FORGET_CODES = delete(tables.hand_over, _h.expires <= bindparam("now"))


class Found(NamedTuple):
    """What a secret opens."""

    access: Access
    current: bool
    """It is the newest one, not the one before."""
    arrived: bool
    """The newest was used."""
    rotated: int


def keep(tx: Transaction, session: int, secret_key: bytes, former_key: bytes | None, expires: int) -> None:
    """Store the newest token of a session, and the one that it takes the place of."""
    tx.run(
        _KEEP, session=session, secret_key=secret_key, former_key=former_key,
        arrived=former_key is None, rotated=tx.now, expires=expires,
    )  # fmt: skip


def find(db: Snapshot, secret_key: bytes) -> Found | None:
    """Find a token, the newest of its session or the one before."""
    row = db.one(_FIND, secret=secret_key, now=db.now)
    if row is None:
        return None
    session, newest, arrived, rotated, expires, account, seen, role, preferences, standing = row
    access = Access(
        account=AccountId(account),
        session=session,
        role=Role(role),
        standing=Standing(standing),
        locale=_preferences(preferences).language,
        seen=Instant(seen),
        expires=Instant(expires),
    )
    return Found(access, bytes(newest) == secret_key, bool(arrived), rotated)


def note_arrival(tx: Transaction, session: int) -> None:
    """Note that the newest token was used."""
    tx.run(_ARRIVED, session=session)


def revoke(tx: Transaction, session: int) -> bool:
    """Remove the token of a session."""
    return tx.change(_REVOKE, session=session) == 1


def insert_code(tx: Transaction, code_key: bytes, session: int, expires: int) -> None:
    """Add a code."""
    tx.run(_INSERT_CODE, code_key=code_key, session=session, expires=expires)


def code(db: Snapshot, code_key: bytes) -> tuple[int, AccountId] | None:
    """Return the session that a code stands for, and whose that is."""
    row = db.one(_CODE, code=code_key, now=db.now)
    return None if row is None else (int(row[0]), AccountId(row[1]))


def use_code(tx: Transaction, code_key: bytes) -> tuple[int, AccountId] | None:
    """Use a code up; return what :func:`code` says of it."""
    found = code(tx, code_key)
    return found if found is not None and tx.change(_USE_CODE, code=code_key) == 1 else None


def forget_expired(tx: Transaction) -> None:
    """Delete the tokens and codes that have run out."""
    tx.run(_FORGET, now=tx.now)
    tx.run(_FORGET_CODES, now=tx.now)


def forget_member(tx: Transaction, account: AccountId) -> None:
    """Delete the tokens and codes of all sessions of an account, before the sessions themselves go."""
    tx.run(_FORGET_OF, account=account)
    tx.run(_FORGET_CODES_OF, account=account)
