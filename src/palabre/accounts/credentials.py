"""Passwords and secrets. Hashing is slow on purpose: the shell does it in a thread, never in a transaction.

argon2id with 19 MiB, two passes and one lane (the first choice of OWASP, RFC 9106 for constrained memory): about
40 ms on a small machine, and ten people who sign in at once take 190 MiB for that long. Hashes name their parameters,
so stronger ones can be chosen later: :func:`needs_rehash` says when a password is to be hashed again at sign-in.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

D = TypeVar("D")
T = TypeVar("T")

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def first(find: Callable[[D, bytes], T], db: D, keys: Iterable[bytes]) -> T | None:
    """Return what ``find`` finds under the first of some look-up keys that has anything; one statement each."""
    for key in keys:
        if found := find(db, key):
            return found
    return None


def hash_password(password: str) -> str:
    """Hash ``password`` for storage."""
    return _hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe(16))


def verify_password(password_hash: str | None, password: str) -> bool:
    """Tell whether ``password`` is right.

    Without a hash (no such account, or one without password) the same work is done for nothing, so that the
    time of the answer does not tell who has an account.
    """
    try:
        _hasher.verify(password_hash or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Tell whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def new_secret() -> str:
    """Return 256 random bits in 43 characters that fit in an address: a session, token, code or invitation."""
    return secrets.token_urlsafe(32)


def new_password() -> str:
    """Return a password for an account that an operator makes: 120 random bits in 20 characters."""
    return secrets.token_urlsafe(15)


def new_totp_secret() -> bytes:
    """Return the secret of time-based codes: 160 bits, as RFC 4226 section 4 recommends."""
    return secrets.token_bytes(20)


def new_challenge() -> bytes:
    """Return what a passkey is to sign: 256 random bits."""
    return secrets.token_bytes(32)


def new_recovery_code() -> str:
    """Return a code for paper: 80 random bits as four groups of letters and digits."""
    letters = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(letters[at : at + 4] for at in range(0, 16, 4))
