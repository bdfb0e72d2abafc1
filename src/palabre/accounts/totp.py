"""Time-based one-time codes: RFC 6238 with what every authenticator app knows: SHA-1, six digits, half a minute."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import quote, urlencode

from palabre.clock import SECOND

STEP = 30 * SECOND
DIGITS = 6
_DRIFT = 1
"""Steps by which the two clocks may differ, either way (RFC 6238 section 5.2)."""


def code_at(secret: bytes, step: int, digits: int = DIGITS) -> str:
    """Return the code of a step, counted from 1970: RFC 4226 section 5.3 over RFC 6238 section 4.2."""
    mac = hmac.digest(secret, step.to_bytes(8, "big"), hashlib.sha1)
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: bytes, given: str, now: int, *, after: int) -> int | None:
    """Return the step whose code was given: of now (milliseconds) or one beside it, and later than ``after``.

    The caller keeps it as the next ``after``, so that nobody who looked on can use a code again.
    """
    this = now // STEP
    found = None
    for step in range(this - _DRIFT, this + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), given.encode()) and step > after:
            found = step
    return found


def written(secret: bytes) -> str:
    """Return a secret as people type it: base32 in groups of four."""
    letters = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def address(secret: bytes, *, username: str, issuer: str) -> str:
    """Return the ``otpauth`` address that authenticator apps read from the QR code."""
    letters = base64.b32encode(secret).decode().rstrip("=")
    told = {"secret": letters, "issuer": issuer, "algorithm": "SHA1", "digits": DIGITS, "period": STEP // SECOND}
    return f"otpauth://totp/{quote(f'{issuer}:{username}', safe=':')}?{urlencode(told, quote_via=quote)}"
