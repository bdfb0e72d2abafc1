"""The one way from a right password to a session: past the second step, where the member has one.

What is half done waits under the keyed hash of a cookie for ten minutes, five tries, and one success.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from palabre.accounts import second_factor, sql
from palabre.accounts import second_factor_sql as steps
from palabre.accounts.credentials import first, new_secret
from palabre.accounts.model import Login, Standing
from palabre.accounts.sessions import start_session
from palabre.clock import MINUTE
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

HALF_DONE_LIFETIME = 10 * MINUTE
_TRIES = 5
_PURPOSE = "second step"


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """What a right password is worth: a session, or the way to the second step. Both are secrets of a cookie."""

    session: str = ""
    step: str = ""


def begin(tx: Transaction, keyring: Keyring, account: AccountId, agent: str, *, known: str | None) -> Begun | None:
    """Go on after a right password: begin a session, or a second step if the member has one.

    ``known`` is the hash that the password was compared with, which took a while and no transaction. ``None``: the
    account has another by now, or is kept out.
    """
    login = _login_of_whoever_may_enter(tx, account)
    if login is None or login.password_hash != known:
        return None
    if not second_factor.is_on(tx, account):
        return Begun(session=start_session(tx, keyring, account, agent))
    secret = new_secret()
    key = keyring.look_up(_PURPOSE, secret)
    steps.begin_ceremony(tx, key, _PURPOSE, account, None, tx.now + HALF_DONE_LIFETIME)
    return Begun(step=secret)


def half_done(db: Snapshot, keyring: Keyring, secret: str) -> AccountId | None:
    """Return who has shown the right password and is at the second step."""
    found = first(lambda _, key: steps.ceremony(db, key, _PURPOSE), db, keyring.look_ups(_PURPOSE, secret))
    return found.account if found else None


def set_challenge(tx: Transaction, keyring: Keyring, secret: str, challenge: bytes) -> None:
    """Keep what a passkey is to sign in place of a code."""
    for key in keyring.look_ups(_PURPOSE, secret):
        steps.set_challenge(tx, key, challenge)


def finish(tx: Transaction, keyring: Keyring, secret: str, code: str, agent: str) -> str | None:
    """Begin the session if the code is right; ``None`` if not, and after five times the password is asked again."""
    return finish_with(tx, keyring, secret, lambda member, _: second_factor.check(tx, keyring, member, code), agent)


def finish_with(
    tx: Transaction, keyring: Keyring, secret: str, proves: Callable[[AccountId, bytes | None], bool], agent: str
) -> str | None:
    """Begin the session if ``proves`` says so, of the member and the challenge; else as :func:`finish`."""
    for key in keyring.look_ups(_PURPOSE, secret):
        found = steps.ceremony(tx, key, _PURPOSE)
        if found is None or found.account is None:
            continue
        if proves(found.account, found.challenge):
            return enter(tx, keyring, found.account, agent) if steps.end_ceremony(tx, key) else None
        if found.tries + 1 >= _TRIES:
            steps.end_ceremony(tx, key)
        else:
            steps.tried(tx, key)
            steps.set_challenge(tx, key, None)
    return None


def enter(tx: Transaction, keyring: Keyring, account: AccountId, agent: str) -> str | None:
    """Begin the session of whoever has proved all that is asked; who was kept out meanwhile stays out."""
    if _login_of_whoever_may_enter(tx, account) is None:
        return None
    return start_session(tx, keyring, account, agent)


def _login_of_whoever_may_enter(db: Snapshot, account: AccountId) -> Login | None:
    member, login = sql.account(db, account), sql.login(db, account)
    if member is None or member.standing is Standing.SUSPENDED or login is None or login.disabled:
        return None
    return login


def forget_expired(tx: Transaction) -> None:
    """Delete what nobody finished."""
    steps.forget_ceremonies(tx)
