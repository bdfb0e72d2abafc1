"""Ed25519, from the library that TLS uses here; loaded where something is signed."""

from __future__ import annotations

from palabre.beacon.model import Link
from palabre.beacon.rules import from_text, link_bytes, promise, signed_bytes, to_text


class Signer:
    """One signing key."""

    __slots__ = ("_key", "public")

    def __init__(self, seed: bytes) -> None:
        """Make the key of a seed of 32 bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - 10 MB

        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = to_text(self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> str:
        """Sign ``message``."""
        return to_text(self._key.sign(message))

    def link(self, network: str, following: Signer) -> Link:
        """Announce the key that comes next."""
        after = promise(from_text(following.public))
        return Link(key=self.public, next=after, signature=self.sign(link_bytes(network, self.public, after)))

    def beacon(self, fields: dict[str, object]) -> dict[str, object]:
        """Add the signature to the fields of a beacon."""
        return {**fields, "signature": self.sign(signed_bytes(fields))}


def check(key: bytes, message: bytes, signature: bytes) -> bool:
    """Tell whether ``signature`` is that of ``key`` over ``message``."""
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
