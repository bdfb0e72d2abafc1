"""The second step of signing in: codes of an app (RFC 6238), and codes on paper for the day it is lost."""

from __future__ import annotations

import re

import msgspec

from palabre import journal
from palabre.accounts import credentials, passkey_sql, session_sql, totp
from palabre.accounts import second_factor_sql as sql
from palabre.accounts.errors import CodeWrong, SecondStepOff, SecondStepOn
from palabre.accounts.events import AccessEnded, SecondStepTurnedOff, SecondStepTurnedOn
from palabre.clock import MINUTE, Instant
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Snapshot, Transaction

RECOVERY_CODES = 10
_PURPOSE = "totp"
_SET_UP_WITHIN = 10 * MINUTE
_NOISE = re.compile(r"[\s-]+")


class SecondStep(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a member signs in with a second step, and what is left for the day the app is lost."""

    since: Instant | None = None
    """``None``: the password alone is enough."""
    codes_left: int = 0

    @property
    def on(self) -> bool:
        """Whether it is asked for."""
        return self.since is not None


def is_on(db: Snapshot, account: AccountId) -> bool:
    """Tell whether a member signs in with a second step."""
    found = sql.factor(db, account)
    return found is not None and found.confirmed is not None


def second_step(db: Snapshot, account: AccountId) -> SecondStep:
    """Return how it stands with a member's second step."""
    found = sql.factor(db, account)
    if found is None or found.confirmed is None:
        return SecondStep()
    return SecondStep(since=Instant(found.confirmed), codes_left=sql.count_codes(db, account))


def begin(tx: Transaction, keyring: Keyring, account: AccountId) -> None:
    """Make a secret for the member's app. Nothing is asked for before :func:`confirm`.

    Raises:
        SecondStepOn: there is one already.

    """
    if is_on(tx, account):
        raise SecondStepOn
    sql.keep(tx, account, keyring.seal(_PURPOSE, credentials.new_totp_secret().hex()))


def secret_to_confirm(db: Snapshot, keyring: Keyring, account: AccountId) -> bytes | None:
    """Return the secret that waits for its first code: for ten minutes, and never again once that has come."""
    found = sql.factor(db, account)
    if found is None or found.confirmed is not None or found.created + _SET_UP_WITHIN <= db.now:
        return None
    return _unsealed(keyring, found)


def confirm(
    tx: Transaction, keyring: Keyring, account: AccountId, code: str, *, keep_session: int | None
) -> list[str]:
    """Turn the second step on, once the app has shown a right code; return the recovery codes, kept nowhere.

    All other sessions end: they were begun with the password alone. Apps and passkeys stay, as they are listed.

    Raises:
        SecondStepOff: nothing waits to be confirmed, or for too long.
        CodeWrong: it is not the code of now.

    """
    secret = secret_to_confirm(tx, keyring, account)
    if secret is None:
        raise SecondStepOff
    step = totp.step_of(secret, _NOISE.sub("", code), tx.now, after=0)
    if step is None:
        raise CodeWrong(field="code")
    sql.take(tx, account, step)
    sql.confirm(tx, account)
    session_sql.end_all(tx, account, keep=keep_session)
    journal.record(tx, AccessEnded(account=account))
    journal.record(tx, SecondStepTurnedOn(account=account))
    return _new_codes(tx, keyring, account)


def is_timed(given: str) -> bool:
    """Tell whether something looks like a code of the app: so short that tries have to be counted.

    A code on paper is eighty bits of chance, which nobody finds by trying.
    """
    given = _NOISE.sub("", given)
    return len(given) == totp.DIGITS and given.isascii() and given.isdigit()


def check(tx: Transaction, keyring: Keyring, account: AccountId, given: str) -> bool:
    """Tell whether a code is right, and use it up: the one of now in the app, or one of those on paper.

    A wrong one is no refusal, so that what counts the tries is committed with it.
    """
    found = sql.factor(tx, account)
    if found is None or found.confirmed is None:
        return False
    timed, given = is_timed(given), _NOISE.sub("", given).lower()[:64]
    if timed:
        step = totp.step_of(_unsealed(keyring, found), given, tx.now, after=found.last_step)
        return step is not None and sql.take(tx, account, step)
    return sql.use_code(tx, account, _code_key(keyring, given))


def renew_codes(tx: Transaction, keyring: Keyring, account: AccountId) -> list[str]:
    """Make new recovery codes in place of the old ones, and return them: they are kept nowhere.

    Raises:
        SecondStepOff: there is no second step to recover.

    """
    if not is_on(tx, account):
        raise SecondStepOff
    return _new_codes(tx, keyring, account)


def turn_off(tx: Transaction, account: AccountId, *, by_operator: bool = False) -> None:
    """Let the password alone sign the member in; secret and recovery codes are forgotten.

    By the operator's hand the passkeys go too: whoever asks him says that they are lost.

    Raises:
        SecondStepOff: it does already.

    """
    if not is_on(tx, account):
        raise SecondStepOff
    sql.forget(tx, account)
    if by_operator:
        passkey_sql.forget_member(tx, account)
    journal.record(tx, SecondStepTurnedOff(account=account, by_operator=by_operator))


def renew(tx: Transaction, keyring: Keyring, after: int, most: int) -> AccountId | None:
    """Encrypt a slice of the secrets with the new key; return where to go on, ``None`` after the last."""
    found = sql.sealed_secrets(tx, after, most)
    for account, sealed in found:
        sql.reseal(tx, account, keyring.seal(_PURPOSE, keyring.unseal(_PURPOSE, sealed)))
    return found[-1][0] if len(found) == most else None


def _unsealed(keyring: Keyring, found: sql.Factor) -> bytes:
    return bytes.fromhex(keyring.unseal(_PURPOSE, found.sealed))


def _new_codes(tx: Transaction, keyring: Keyring, account: AccountId) -> list[str]:
    codes = [credentials.new_recovery_code() for _ in range(RECOVERY_CODES)]
    sql.replace_codes(tx, account, [_code_key(keyring, _NOISE.sub("", code)) for code in codes])
    return codes


def _code_key(keyring: Keyring, code: str) -> bytes:
    """Return the hash of a code: under a key that no renewal changes, since the code is not kept to hash it anew."""
    return keyring.lasting_look_up("recovery code", code)
