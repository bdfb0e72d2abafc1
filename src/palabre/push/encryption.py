"""Encryption of push messages: RFC 8291 on RFC 8188, the draft of it that older apps read, and VAPID (RFC 8292)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

import msgspec

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_RECORD = 4_096
"""Bytes of a record; a message is one, since push services take no more."""
MOST_TEXT = 3_000
"""Most bytes of a message before encryption, so that it stays below what push services take in either form."""

Headers = dict[str, str]


class Sealed(NamedTuple):
    """What goes to the push service: the body, and the headers that belong to it."""

    body: bytes
    headers: Headers
    sender: bytes
    """The public key that the message was encrypted with, for the headers of the draft."""


def b64(value: bytes) -> str:
    """Encode as all of web push does: base64 for addresses, without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def private_key(scalar: int) -> EllipticCurvePrivateKey:
    """Return the key of P-256 with this secret number."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - 10 MB for those who push

    return ec.derive_private_key(scalar, ec.SECP256R1())


def public_point(key: EllipticCurvePrivateKey) -> bytes:
    """Return the public key as an uncompressed point: 65 bytes."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415

    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)


def _shared(sender: EllipticCurvePrivateKey, receiver: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    return sender.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), receiver))


def _lock(key: bytes, nonce: bytes, text: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key).encrypt(nonce, text, None)


def seal_content(text: bytes, secret: bytes, salt: bytes, key_id: bytes) -> bytes:
    """Encrypt ``text`` as one record of ``aes128gcm`` (RFC 8188)."""
    key = _derive(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derive(salt, secret, b"Content-Encoding: nonce\0", 12)
    head = salt + _RECORD.to_bytes(4, "big") + bytes([len(key_id)]) + key_id
    return head + _lock(key, nonce, text + b"\x02")


def seal(text: bytes, *, receiver: bytes, auth: bytes, sender: EllipticCurvePrivateKey, salt: bytes) -> Sealed:
    """Encrypt as RFC 8291 says.

    Args:
        text: at most :data:`MOST_TEXT` bytes.
        receiver: the device's public key, 65 bytes.
        auth: the secret shared with it, 16 bytes.
        sender: a key made for this message alone.
        salt: 16 random bytes.

    """
    own = public_point(sender)
    info = b"WebPush: info\0" + receiver + own
    secret = _derive(auth, _shared(sender, receiver), info, 32)
    return Sealed(seal_content(text, secret, salt, own), {"Content-Encoding": "aes128gcm"}, own)


def seal_as_draft(
    text: bytes, *, receiver: bytes, auth: bytes, sender: EllipticCurvePrivateKey, salt: bytes
) -> Sealed:
    """Encrypt as draft-ietf-webpush-encryption-04 says (``aesgcm``), for apps from before RFC 8291."""
    own = public_point(sender)
    secret = _derive(auth, _shared(sender, receiver), b"Content-Encoding: auth\0", 32)
    context = b"P-256\0" + b"".join(len(point).to_bytes(2, "big") + point for point in (receiver, own))
    key = _derive(salt, secret, b"Content-Encoding: aesgcm\0" + context, 16)
    nonce = _derive(salt, secret, b"Content-Encoding: nonce\0" + context, 12)
    headers = {"Content-Encoding": "aesgcm", "Encryption": f"salt={b64(salt)}", "Crypto-Key": f"dh={b64(own)}"}
    return Sealed(_lock(key, nonce, b"\0\0" + text), headers, own)


def vapid_token(key: EllipticCurvePrivateKey, *, audience: str, expires: int, subject: str) -> str:
    """Sign who sends (RFC 8292): a JSON Web Token (ES256) for the push service at ``audience``.

    Args:
        key: the network's.
        audience: origin of the endpoint.
        expires: seconds since 1970, at most a day ahead.
        subject: how the sender is reached: ``mailto:`` or an https address.

    """
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    said = [{"typ": "JWT", "alg": "ES256"}, {"aud": audience, "exp": expires, "sub": subject}]
    signed = ".".join(b64(msgspec.json.encode(part)) for part in said)
    r, s = utils.decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{b64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
