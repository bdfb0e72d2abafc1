"""Sessions of browsers: a random secret in a cookie, its keyed hash here."""

from __future__ import annotations

from palabre import journal
from palabre.accounts import session_sql as sql
from palabre.accounts.credentials import first, new_secret
from palabre.accounts.errors import SessionNotFound
from palabre.accounts.events import AccessEnded
from palabre.accounts.model import Session
from palabre.clock import DAY, HOUR, Instant
from palabre.ids import AccountId, new_id
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

LIFETIME = 90 * DAY
"""How long a session lives after it was last used."""
TOUCH_EVERY = HOUR
_AGENT_LENGTH = 120


def start_session(tx: Transaction, keyring: Keyring, account: AccountId, agent: str) -> str:
    """Sign a member in and return the secret for the cookie; ``agent`` names browser and system in words."""
    secret = new_secret()
    made = Session(
        id=new_id(tx.now),
        account=account,
        agent=agent[:_AGENT_LENGTH],
        created=tx.now,
        seen=tx.now,
        expires=Instant(tx.now + LIFETIME),
    )
    sql.insert_session(tx, made, keyring.look_up("session", secret))
    return secret


def session_of(db: Snapshot, keyring: Keyring, secret: str) -> Session | None:
    """Return the living session that this secret opens."""
    return first(sql.by_secret, db, keyring.look_ups("session", secret))


def sessions(db: Snapshot, account: AccountId) -> list[Session]:
    """Return the living sessions of a member, the last used first."""
    return sql.of(db, account)


def touch_session(tx: Transaction, session: int) -> None:
    """Note that a session is in use: at most once an hour, as :meth:`AccessCache.wants_touch` says."""
    sql.touch(tx, session, tx.now + LIFETIME)


def end_session(tx: Transaction, viewer: AccountId, session: int) -> None:
    """Sign one of the viewer's browsers out.

    Raises:
        SessionNotFound: the viewer has no such session.

    """
    if not sql.end(tx, viewer, session):
        raise SessionNotFound
    journal.record(tx, AccessEnded(account=viewer))


def end_other_sessions(tx: Transaction, viewer: AccountId, keep: int) -> None:
    """Sign all browsers of the viewer out but this one."""
    sql.end_all(tx, viewer, keep=keep)
    journal.record(tx, AccessEnded(account=viewer))


def forget_expired(tx: Transaction) -> None:
    """Delete the sessions that have run out."""
    sql.end_expired(tx)
