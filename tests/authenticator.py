"""An authenticator for tests, written apart from the library that checks it: WebAuthn with ES256, no attestation."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

_PRESENT, _VERIFIED, _ATTESTED = 1, 4, 64


def plain(raw: bytes) -> str:
    """Write bytes as browsers do in JSON."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    """Read them."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Authenticator:
    """One passkey, in the hands of whoever says where he is and what to sign."""

    def __init__(self, name: bytes = b"passkey-1") -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = hashlib.sha256(name).digest()
        self.user = b""
        self.count = 0

    def _data(self, host: str, more: bytes = b"", *, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big") + more

    @staticmethod
    def _client(kind: str, challenge: str, origin: str) -> bytes:
        told = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def make(self, options: dict[str, Any], origin: str, *, host: str = "", verified: bool = True) -> str:
        """Make the passkey; return what the browser sends."""
        self.user = raw(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cose
        flags = _PRESENT | _ATTESTED | (_VERIFIED if verified else 0)
        data = self._data(host or options["rp"]["id"], attested, flags=flags)
        told = {
            "clientDataJSON": plain(self._client("webauthn.create", options["challenge"], origin)),
            "attestationObject": plain(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
        }
        return json.dumps({"id": plain(self.id), "rawId": plain(self.id), "type": "public-key", "response": told})

    def sign(
        self,
        options: dict[str, Any],
        origin: str,
        *,
        host: str = "",
        verified: bool = True,
        kind: str = "webauthn.get",
        user: bytes | None = None,
    ) -> str:
        """Sign the challenge; return what the browser sends."""
        self.count += 1
        data = self._data(host or options["rpId"], flags=_PRESENT | (_VERIFIED if verified else 0))
        client = self._client(kind, options["challenge"], origin)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        told = {
            "clientDataJSON": plain(client), "authenticatorData": plain(data), "signature": plain(signature),
            "userHandle": plain(self.user if user is None else user),
        }  # fmt: skip
        return json.dumps({"id": plain(self.id), "rawId": plain(self.id), "type": "public-key", "response": told})
