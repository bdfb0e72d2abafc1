"""Tokens of the installed app: they go where cookies cannot, to the network's other origins.

One belongs to one session of a browser and ends with it. It lives for a week and is changed all the time; when one
that was already changed is shown again, somebody has copied it, and the session has no token any more.
"""

from __future__ import annotations

from enum import StrEnum

from palabre import journal
from palabre.accounts import app_token_sql as sql
from palabre.accounts import session_sql
from palabre.accounts.credentials import first, new_secret
from palabre.accounts.errors import HandOverUsed, SessionNotFound
from palabre.accounts.events import AccessEnded
from palabre.accounts.model import Access
from palabre.accounts.sessions import start_session
from palabre.clock import DAY, MINUTE, Instant
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

LIFETIME = 7 * DAY
"""How long a token is good if it is not changed before."""
GRACE = MINUTE
"""For requests that were under way with the former token when the new one was used."""
CODE_LIFETIME = MINUTE
_PURPOSE = "app token"


def give(tx: Transaction, keyring: Keyring, viewer: AccountId, session: int) -> tuple[str, Instant]:
    """Make the token of a session, in place of any that it had; return it, and until when it is good."""
    if not any(each.id == session for each in session_sql.of(tx, viewer)):
        raise SessionNotFound
    secret = new_secret()
    expires = Instant(tx.now + LIFETIME)
    sql.keep(tx, session, keyring.look_up(_PURPOSE, secret), None, expires)
    journal.record(tx, AccessEnded(account=viewer))
    return secret, expires


def change(tx: Transaction, keyring: Keyring, secret: str) -> tuple[str, Instant] | None:
    """Make a new token in place of ``secret``, which stays good until the new one is used: answers get lost.

    ``None`` if it is not good. One that was already changed, and its successor used, ends the session's token.
    """
    found = first(sql.find, tx, keyring.look_ups(_PURPOSE, secret))
    if found is None or found.access.session is None or found.access.account is None:
        return None
    if not found.current and found.arrived:
        if tx.now - found.rotated > GRACE:
            revoke(tx, found.access.account, found.access.session)
        return None
    made = new_secret()
    expires = Instant(tx.now + LIFETIME)
    former = keyring.look_up(_PURPOSE, secret)
    sql.keep(tx, found.access.session, keyring.look_up(_PURPOSE, made), former, expires)
    journal.record(tx, AccessEnded(account=found.access.account))
    return made, expires


class Use(StrEnum):
    """What the use of a token says."""

    ORDINARY = "ordinary"
    ARRIVED = "arrived"
    """The newest one is used for the first time: see :func:`note_arrival`."""
    FORMER = "former"
    """The one before, which is good for a moment."""
    COPIED = "copied"
    """The one before, long after its successor was used: see :func:`revoke`."""


def access(db: Snapshot, keyring: Keyring, secret: str) -> tuple[Access, Use] | None:
    """Return whom a token stands for, and what its use says."""
    found = first(sql.find, db, keyring.look_ups(_PURPOSE, secret))
    if found is None:
        return None
    if found.current:
        return found.access, Use.ORDINARY if found.arrived else Use.ARRIVED
    late = found.arrived and db.now - found.rotated > GRACE
    return found.access, Use.COPIED if late else Use.FORMER


def note_arrival(tx: Transaction, session: int) -> None:
    """Note that the newest token of a session was used: the former is good no more."""
    sql.note_arrival(tx, session)


def revoke(tx: Transaction, account: AccountId, session: int) -> None:
    """End the token of a session; the session itself goes on in its browser."""
    if sql.revoke(tx, session):
        journal.record(tx, AccessEnded(account=account))


def begin_hand_over(tx: Transaction, keyring: Keyring, viewer: AccountId, session: int) -> str:
    """Make a code with which the same browser is signed in on another origin: once, within a minute."""
    if not any(each.id == session for each in session_sql.of(tx, viewer)):
        raise SessionNotFound
    code = new_secret()
    sql.insert_code(tx, keyring.look_up("hand over", code), session, tx.now + CODE_LIFETIME)
    return code


def handed_over(db: Snapshot, keyring: Keyring, code: str) -> AccountId:
    """Return whom a code would sign in; it stays good.

    Raises:
        HandOverUsed: the code is unknown, was used, or is older than a minute.

    """
    found = sql.code(db, keyring.look_up("hand over", code))
    if found is None:
        raise HandOverUsed
    return found[1]


def finish_hand_over(tx: Transaction, keyring: Keyring, code: str, agent: str) -> tuple[AccountId, str]:
    """Begin a session in place of the one that the code was made in; return whose it is, and the cookie's secret.

    The former session ends: its cookie would go to whoever holds the former origin now.

    Raises:
        HandOverUsed: the code is unknown, was used, or is older than a minute.

    """
    found = sql.use_code(tx, keyring.look_up("hand over", code))
    if found is None:
        raise HandOverUsed
    former, account = found
    beside = session_sql.browser(tx, account, former)
    session_sql.end(tx, account, former)
    sql.revoke(tx, former)
    journal.record(tx, AccessEnded(account=account))
    return account, start_session(tx, keyring, account, agent, beside=beside)


def forget_expired(tx: Transaction) -> None:
    """Delete the tokens and codes that have run out."""
    sql.forget_expired(tx)
