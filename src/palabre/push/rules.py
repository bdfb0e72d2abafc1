"""Pure decisions about push subscriptions."""

from __future__ import annotations

import base64
import binascii
from ipaddress import ip_address
from urllib.parse import urlsplit

from palabre.push.errors import WrongEndpoint, WrongKey
from palabre.push.model import Policy, Receiver

_MOST_ENDPOINT = 2_048
_POINT = 65
_AUTH = 16


def check_receiver(*, endpoint: str, p256dh: str, auth: str, token: str, anywhere: bool) -> Receiver:
    """Return where a device is reached, if that can be.

    Whether the host is a public one is looked at when it is called, since names change; one that is written as an
    address is looked at here too.

    Raises:
        WrongEndpoint: no https address without user name (``anywhere``: http too), or an address that is not public.
        WrongKey: ``p256dh`` is no uncompressed point of P-256, or ``auth`` has not 16 bytes.

    """
    if not _is_good(endpoint, anywhere=anywhere):
        raise WrongEndpoint(field="endpoint")
    point = _decoded(p256dh)
    if len(point) != _POINT or point[0] != 4 or not _on_curve(point):
        raise WrongKey(field="p256dh", name="p256dh", expected="a point of the curve P-256, uncompressed")
    secret = _decoded(auth)
    if len(secret) != _AUTH:
        raise WrongKey(field="auth", name="auth", expected="16 bytes")
    return Receiver(endpoint=endpoint, p256dh=point, auth=secret, token=token)


def _is_good(endpoint: str, *, anywhere: bool) -> bool:
    if len(endpoint) > _MOST_ENDPOINT or not endpoint.isascii() or any(sign <= " " for sign in endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
        _ = parts.port
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return False
    if anywhere:
        return parts.scheme in {"https", "http"}
    return parts.scheme == "https" and _may_be_public(parts.hostname)


def _may_be_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        return "." in host.rstrip(".")


def _decoded(text: str) -> bytes:
    if len(text) > 200:
        return b""
    plain = text.replace("+", "-").replace("/", "_").rstrip("=")
    try:
        return base64.urlsafe_b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""


_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def _on_curve(point: bytes) -> bool:
    """Tell whether an uncompressed point is on P-256 (y² = x³ - 3x + b)."""
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    return x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0


def wants(policy: Policy, *, follows_actor: bool, followed_by_actor: bool) -> bool:
    """Decide whether what somebody did is told."""
    match policy:
        case Policy.ALL:
            return True
        case Policy.FOLLOWED:
            return follows_actor
        case Policy.FOLLOWERS:
            return followed_by_actor
        case Policy.NONE:
            return False
