"""Sessions of browsers: a random secret in a cookie, its keyed hash here."""

from __future__ import annotations

from collections.abc import Sequence

from palabre import journal
from palabre.accounts import session_sql as sql
from palabre.accounts.credentials import first, new_secret
from palabre.accounts.errors import SessionNotFound
from palabre.accounts.events import AccessEnded
from palabre.accounts.model import Session, Standing
from palabre.clock import DAY, HOUR, Instant
from palabre.ids import AccountId, new_id
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

LIFETIME = 90 * DAY
"""How long a session lives after it was last used."""
TOUCH_EVERY = HOUR
_AGENT_LENGTH = 120


def start_session(
    tx: Transaction, keyring: Keyring, account: AccountId, agent: str, *, beside: int | None = None
) -> str:
    """Sign a member in and return the secret for the cookie; ``agent`` names browser and system in words.

    ``beside`` names the sessions of the same browser, if that is known.
    """
    secret = new_secret()
    made = Session(
        id=new_id(tx.now),
        account=account,
        agent=agent[:_AGENT_LENGTH],
        created=tx.now,
        seen=tx.now,
        expires=Instant(tx.now + LIFETIME),
    )
    sql.insert_session(tx, made, keyring.look_up("session", secret), beside)
    return secret


def session_of(db: Snapshot, keyring: Keyring, secret: str) -> Session | None:
    """Return the living session that this secret opens."""
    return first(sql.by_secret, db, keyring.look_ups("session", secret))


def sessions(db: Snapshot, account: AccountId) -> list[Session]:
    """Return the living sessions of a member, the last used first."""
    return sql.of(db, account)


def is_open(db: Snapshot, account: AccountId, session: int, *, by_token: bool) -> bool:
    """Tell whether a session still opens what it opened; ``by_token``: for the installed app, by its token.

    One statement: for what goes on for long, whenever something about the account's access has changed.
    """
    found = sql.standing(db, account, session)
    return found is not None and found[0] is not Standing.SUSPENDED and (found[1] or not by_token)


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


def put_together(tx: Transaction, held: Sequence[tuple[AccountId, int]]) -> None:
    """Note that one browser holds these sessions, the active one first: it has shown the secret of each.

    So all of them can be ended from where only one is known: another origin of the network.
    """
    names = [sql.browser(tx, account, session) for account, session in held]
    name = next((each for each in names if each is not None), None) or new_id(tx.now)
    for (_, session), before in zip(held, names, strict=True):
        if before != name:
            sql.put(tx, session, name)


def end_browser(tx: Transaction, viewer: AccountId, session: int) -> None:
    """Sign the browser that holds one of the viewer's sessions out of all accounts, at whichever origins."""
    name = sql.browser(tx, viewer, session)
    for number, account in [(session, viewer)] if name is None else sql.in_browser(tx, name):
        if sql.end(tx, account, number):
            journal.record(tx, AccessEnded(account=account))


def end_other_sessions(tx: Transaction, viewer: AccountId, keep: int) -> None:
    """Sign all browsers of the viewer out but this one."""
    sql.end_all(tx, viewer, keep=keep)
    journal.record(tx, AccessEnded(account=viewer))


def forget_expired(tx: Transaction) -> None:
    """Delete the sessions that have run out."""
    sql.end_expired(tx)
