"""WebAuthn level 2, as far as passkeys need it: what authenticators are asked, and whether what they signed is right.

The checking is py_webauthn's, loaded when the first passkey is used. No attestation is asked for: whose make an
authenticator is, is nobody's business.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import msgspec

from palabre.accounts.errors import PasskeyRefused
from palabre.accounts.model import Passkey

_LONGEST = 65_536
_TIMEOUT = 5 * 60 * 1000
_ALGORITHMS = (-8, -7, -257)
"""Ed25519, ECDSA with P-256, RSA: COSE numbers, the best first."""


class Place(msgspec.Struct, frozen=True):
    """Where a passkey is made and used: an origin of the network, as browsers write it, and its host alone."""

    origin: str
    host: str


class Signed(msgspec.Struct, frozen=True):
    """What a passkey that was used says of itself."""

    credential: bytes
    user: bytes | None
    raw: str


def place_of(origin: str) -> Place | None:
    """Return the place of an origin; ``None`` if its host is an address of numbers, which no passkey is bound to."""
    host = urlsplit(origin).hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Place(origin, host) if host else None
    return None


def load() -> None:
    """Load the library, which takes a moment: not in a transaction, where others would wait."""
    import webauthn  # noqa: F401, PLC0415 - 10 MB that a network without passkeys does not need


def encoded(value: bytes) -> str:
    """Write bytes as WebAuthn does in JSON: base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _decoded(text: Any) -> bytes:
    if not isinstance(text, str):
        raise PasskeyRefused
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise PasskeyRefused from None


def creation_options(
    place: Place, challenge: bytes, *, user: bytes, name: str, title: str, known: Iterable[Passkey]
) -> dict[str, Any]:
    """Return ``PublicKeyCredentialCreationOptions`` for a discoverable credential that knows its user."""
    return {
        "rp": {"id": place.host, "name": title},
        "user": {"id": encoded(user), "name": name, "displayName": name},
        "challenge": encoded(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": number} for number in _ALGORITHMS],
        "timeout": _TIMEOUT,
        "excludeCredentials": _named(known),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def request_options(
    place: Place, challenge: bytes, *, known: Iterable[Passkey] = (), verified: bool
) -> dict[str, Any]:
    """Return ``PublicKeyCredentialRequestOptions``: for those ``known``, or for whichever the member chooses.

    ``verified``: the authenticator has to make sure who holds it, by finger, face or PIN.
    """
    return {
        "rpId": place.host,
        "challenge": encoded(challenge),
        "timeout": _TIMEOUT,
        "allowCredentials": _named(known),
        "userVerification": "required" if verified else "preferred",
    }


def _named(known: Iterable[Passkey]) -> list[dict[str, str]]:
    return [{"type": "public-key", "id": encoded(each.credential)} for each in known]


def signed(raw: str) -> Signed:
    """Read which passkey signed, before it is known whether that is true.

    Raises:
        PasskeyRefused: it is not what a browser sends.

    """
    if len(raw) > _LONGEST:
        raise PasskeyRefused
    try:
        told = msgspec.json.decode(raw)
        user = told["response"].get("userHandle")
        return Signed(_decoded(told["id"]), _decoded(user) if user else None, raw)
    except (msgspec.DecodeError, UnicodeError, KeyError, TypeError, AttributeError, RecursionError):
        raise PasskeyRefused from None


def check_new(place: Place, challenge: bytes, raw: str) -> tuple[bytes, bytes, int]:
    """Return credential id, public key (COSE) and count of a new passkey.

    Raises:
        PasskeyRefused: it did not sign this challenge, at this place, for a member it made sure of.

    """
    from webauthn import verify_registration_response  # noqa: PLC0415 - as above
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415

    if len(raw) > _LONGEST:
        raise PasskeyRefused
    try:
        found = verify_registration_response(
            credential=raw,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(number) for number in _ALGORITHMS],
        )
    except Exception:  # whatever a stranger's bytes make of the parsers, it is no passkey
        raise PasskeyRefused from None
    return found.credential_id, found.credential_public_key, found.sign_count


def check_use(place: Place, challenge: bytes, by: Signed, known: Passkey, *, verified: bool) -> int:
    """Return what the passkey counts, if it has signed.

    Raises:
        PasskeyRefused: not this challenge, at this place; or it counts less than before, so that it was copied.

    """
    from webauthn import verify_authentication_response  # noqa: PLC0415 - as above

    try:
        found = verify_authentication_response(
            credential=by.raw,
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=known.public_key,
            credential_current_sign_count=known.sign_count,
            require_user_verification=verified,
        )
    except Exception:  # as above
        raise PasskeyRefused from None
    if found.credential_id != known.credential:
        raise PasskeyRefused
    return found.new_sign_count
