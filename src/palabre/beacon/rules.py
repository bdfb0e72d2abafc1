"""What is signed, and when a beacon is believed: the same in every app. The caller checks signatures."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import msgspec

from palabre.beacon.errors import (
    BeaconExpired,
    BeaconForeign,
    BeaconForged,
    BeaconMalformed,
    BeaconOlder,
    BeaconWrongKey,
)
from palabre.beacon.model import VERSION, Beacon, Link, Pin
from palabre.clock import SECOND, iso

Check = Callable[[bytes, bytes, bytes], bool]
"""Whether a signature is good: public key, message, signature."""

MOST_BYTES = 16_384
_TXT = "palabre-beacon="
_TXT_STRING = 255
"""The most bytes of one string of a TXT record (RFC 1035, section 3.3.14)."""
_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
_encode = msgspec.json.Encoder(order="sorted").encode


def to_text(raw: bytes) -> str:
    """Write bytes as base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_text(text: str) -> bytes:
    """Read what :func:`to_text` wrote; nothing where it is something else."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def promise(key: bytes) -> str:
    """Return what is announced of a public key before it is used."""
    return to_text(sha256(key).digest())


def link_bytes(network: str, key: str, following: str) -> bytes:
    """Return what a key signs about itself: four lines."""
    return f"palabre key {VERSION}\n{network}\n{key}\n{following}".encode()


def signed_bytes(fields: dict[str, Any]) -> bytes:
    """Return what is signed of a beacon: a line, then its JSON without ``signature``.

    The JSON is canonical as in RFC 8785, for the values that occur: members in the order of their names, no
    white space, whole numbers, UTF-8.
    """
    return f"palabre beacon {VERSION}\n".encode() + _encode({k: v for k, v in fields.items() if k != "signature"})


def proof_bytes(network: str, origin: str, epoch: int, issued: int, nonce: str) -> bytes:
    """Return what an origin signs to show that it is one: six lines, the last for the nonce that was asked with."""
    return f"palabre proof {VERSION}\n{network}\n{origin}\n{epoch}\n{issued}\n{nonce}".encode()


def is_nonce(text: str) -> bool:
    """Whether a proof may be asked for with this."""
    return _NONCE.fullmatch(text) is not None


def read(text: bytes) -> tuple[Beacon, dict[str, Any]]:
    """Read a beacon from JSON or from its TXT record; also return all fields, those of later versions included.

    Raises:
        BeaconMalformed: it is neither.

    """
    text = text.strip()
    if text.startswith((b'"', _TXT.encode())):
        text = from_text(text.replace(b'" "', b"").strip(b'"').decode("ascii", "replace").removeprefix(_TXT))
    if len(text) > MOST_BYTES:
        raise BeaconMalformed(problem=f"it is longer than {MOST_BYTES} bytes")
    try:
        fields = msgspec.json.decode(text, type=dict[str, Any])
        beacon = msgspec.convert(fields, Beacon)
    except msgspec.MsgspecError as error:
        raise BeaconMalformed(problem=str(error)) from None
    if beacon.version != VERSION:
        raise BeaconMalformed(problem=f"it is of version {beacon.version}, known is {VERSION}")
    if not beacon.keys or not beacon.origins:
        raise BeaconMalformed(problem="it names no key or no origin")
    return beacon, fields


def txt_record(body: bytes) -> str:
    """Write a beacon as the value of a DNS TXT record: quoted strings of at most 255 bytes."""
    value = _TXT + to_text(body)
    return " ".join(f'"{value[start : start + _TXT_STRING]}"' for start in range(0, len(value), _TXT_STRING))


def verified(text: bytes, pin: Pin | None, now: int, check: Check) -> tuple[Beacon, Pin]:
    """Return a beacon that may be believed, and what to remember of its network from now on.

    Args:
        text: as it came.
        pin: what is remembered; ``None`` the first time: then whatever is consistent is believed.
        now: milliseconds since 1970.
        check: the signatures.

    Raises:
        BeaconMalformed, BeaconForeign, BeaconWrongKey, BeaconForged, BeaconExpired, BeaconOlder: checked in this
            order.

    """
    beacon, fields = read(text)
    if pin is not None and beacon.network != pin.network:
        raise BeaconForeign(network=beacon.network)
    _check_keys(beacon, pin, check)
    last = beacon.keys[-1]
    if not check(from_text(last.key), signed_bytes(fields), from_text(beacon.signature)):
        raise BeaconForged
    if beacon.expires * SECOND <= now:
        raise BeaconExpired(expired=iso(beacon.expires * SECOND))
    if pin is not None and (beacon.epoch, beacon.sequence) < (pin.epoch, pin.sequence):
        raise BeaconOlder(epoch=pin.epoch, sequence=pin.sequence)
    return beacon, Pin(
        network=beacon.network, key=last.key, next=last.next, epoch=beacon.epoch, sequence=beacon.sequence
    )


def _check_keys(beacon: Beacon, pin: Pin | None, check: Check) -> None:
    """Follow the keys from the first one, and from the one that is remembered."""
    if beacon.keys[0].key != beacon.network:
        raise BeaconWrongKey
    before: Link | None = None
    for link in beacon.keys:
        if before is not None and promise(from_text(link.key)) != before.next:
            raise BeaconWrongKey
        signed = link_bytes(beacon.network, link.key, link.next)
        if not check(from_text(link.key), signed, from_text(link.signature)):
            raise BeaconWrongKey
        before = link
    if pin is not None and all((link.key, link.next) != (pin.key, pin.next) for link in beacon.keys):
        raise BeaconWrongKey
