"""What is encrypted or hashed under a key that was renewed gets the new one, slice by slice, while members write."""

from __future__ import annotations

import msgspec

from palabre import jobs
from palabre.accounts import rules, second_factor, sql
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Transaction

RENEW = "accounts.renew_keys"
"""The job that does one slice, and asks for the next."""
RENEW_SECRETS = "accounts.renew_secrets"
"""The same for the secrets of the second step of signing in."""
RENEWED = "accounts.keys_renewed"
"""The job that comes after the last slice."""
_SLICE = 200


class Slice(msgspec.Struct, frozen=True):
    """Where to go on."""

    after: int = 0
    generation: str = ""
    """A fingerprint of the keyring: a slice that an older renewal asked for does nothing."""


def begin(tx: Transaction, keyring: Keyring) -> None:
    """Ask for everything to be renewed; to be asked again after a crash does no harm."""
    jobs.enqueue(tx, RENEW, Slice(generation=keyring.generation), key=RENEW)


def end(tx: Transaction, keyring: Keyring) -> None:
    """Say that everything is renewed."""
    jobs.enqueue(tx, RENEWED, keyring.generation, key=RENEW)


def renew(tx: Transaction, keyring: Keyring, at: Slice, *, then: str) -> bool:
    """Renew one slice of the log-ins: the address encrypted with the new key, and findable under the new key.

    After the last slice the job ``then`` begins, with a :class:`Slice` of its own.
    """
    if at.generation != keyring.generation:
        return True
    found = sql.sealed_emails(tx, at.after, _SLICE)
    for number, key, sealed in found:
        email = keyring.unseal("email", sealed)
        new_key = None if key is None else keyring.look_up("email", rules.email_key(email))
        sql.set_email(tx, number, new_key, keyring.seal("email", email))
    if len(found) < _SLICE:
        jobs.enqueue(tx, then, Slice(generation=at.generation), key=RENEW)
    else:
        last = AccountId(found[-1][0])
        jobs.enqueue(tx, RENEW, Slice(after=last, generation=at.generation), key=RENEW)
    return True


def renew_secrets(tx: Transaction, keyring: Keyring, at: Slice, *, then: str) -> bool:
    """Renew one slice of the secrets that two-step sign-in needs, as :func:`renew` does."""
    if at.generation != keyring.generation:
        return True
    last = second_factor.renew(tx, keyring, at.after, _SLICE)
    if last is None:
        jobs.enqueue(tx, then, Slice(generation=at.generation), key=RENEW)
    else:
        jobs.enqueue(tx, RENEW_SECRETS, Slice(after=last, generation=at.generation), key=RENEW)
    return True
