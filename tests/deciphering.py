"""A device that receives push messages: it decrypts by the RFCs, written apart from what encrypts."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    key = hmac.new(salt, secret, hashlib.sha256).digest()
    return hmac.new(key, info + b"\x01", hashlib.sha256).digest()[:length]


class Device:
    """Somebody's telephone."""

    def __init__(self, private: int | None = None, auth: bytes = b"") -> None:
        """Make one; with the keys that an app made itself, or its own."""
        curve = ec.SECP256R1()
        self._key = ec.generate_private_key(curve) if private is None else ec.derive_private_key(private, curve)
        self.point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.auth = auth or os.urandom(16)

    @property
    def keys(self) -> dict[str, str]:
        """What it gives away when it subscribes."""
        return {
            "p256dh": base64.urlsafe_b64encode(self.point).decode().rstrip("="),
            "auth": base64.urlsafe_b64encode(self.auth).decode().rstrip("="),
        }

    def _agree(self, sender: bytes) -> bytes:
        return self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))

    def read(self, body: bytes, headers: dict[str, str]) -> bytes:
        """Decrypt a message; of the draft, with the keys from ``headers``."""
        if headers["Content-Encoding"] == "aesgcm":
            salt = _raw(headers["Encryption"].removeprefix("salt="))
            sender = _raw(headers["Crypto-Key"].partition("dh=")[2].partition(";")[0])
            secret = _hkdf(self.auth, self._agree(sender), b"Content-Encoding: auth\0", 32)
            context = b"P-256\0\0\x41" + self.point + b"\0\x41" + sender
            key = _hkdf(salt, secret, b"Content-Encoding: aesgcm\0" + context, 16)
            nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\0" + context, 12)
            plain = AESGCM(key).decrypt(nonce, body, None)
            return plain[2 + int.from_bytes(plain[:2], "big") :]
        salt, size, length = body[:16], int.from_bytes(body[16:20], "big"), body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= size
        secret = _hkdf(self.auth, self._agree(sender), b"WebPush: info\0" + self.point + sender, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain[-1:] == b"\x02", "not the last record"
        return plain[:-1]
