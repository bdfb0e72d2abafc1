"""The network's secret keys: one file beside the database, readable by its owner only, never backed up in clear."""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b
from pathlib import Path

import msgspec

from palabre.errors import Unavailable

_FILE = "keyring"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (FIPS 186-5)."""


class KeyringMissing(Unavailable):
    """The keyring is not where it should be, or is damaged."""

    code = "keyring.missing"
    message = "The keyring {path} {problem}. Restore it from a backup: without it e-mail addresses cannot be read."


class Keyring(msgspec.Struct, frozen=True, kw_only=True):
    """32-byte keys, in hexadecimal in the file."""

    network: str
    """Seed of the network's signing key."""
    ids: str
    """Key of the public ids."""
    columns: str
    """Key of the encrypted columns."""
    lookups: str
    """Key of the hashes by which e-mail addresses and tokens are found."""
    forms: str
    """Key of the CSRF tokens."""

    @property
    def id_key(self) -> bytes:
        """Key of the public ids."""
        return bytes.fromhex(self.ids)

    @property
    def form_key(self) -> bytes:
        """Key of the CSRF tokens."""
        return bytes.fromhex(self.forms)

    @property
    def push_scalar(self) -> int:
        """Secret number of the key that signs push messages (P-256), made from the network's seed.

        So every network has one, old ones too, and it goes wherever the keyring goes. 48 bytes are reduced, that
        no number is likelier than another (FIPS 186-5, A.2.1).
        """
        made = blake2b(b"palabre push", digest_size=48, key=bytes.fromhex(self.network), person=b"vapid").digest()
        return int.from_bytes(made, "big") % (_ORDER - 1) + 1

    def look_up(self, purpose: str, value: str) -> bytes:
        """Return the keyed hash under which a secret or private ``value`` is stored and found: 32 bytes."""
        return blake2b(
            value.encode(), digest_size=32, key=bytes.fromhex(self.lookups), person=purpose.encode()[:16]
        ).digest()

    def seal(self, purpose: str, value: str) -> bytes:
        """Encrypt ``value`` for a column (AES-256-GCM, ``purpose`` authenticated): nonce, then ciphertext."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 10 MB nobody may need

        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(bytes.fromhex(self.columns)).encrypt(nonce, value.encode(), purpose.encode())

    def unseal(self, purpose: str, sealed: bytes) -> str:
        """Decrypt what :meth:`seal` made for the same ``purpose``."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 10 MB nobody may need

        return AESGCM(bytes.fromhex(self.columns)).decrypt(sealed[:12], sealed[12:], purpose.encode()).decode()


def create(folder: Path) -> Keyring:
    """Make new keys and write them, readable by the owner only. An existing keyring is never replaced."""
    keyring = Keyring(**{name: secrets.token_hex(32) for name in Keyring.__struct_fields__})
    path = folder / _FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(keyring)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return keyring


def load(folder: Path) -> Keyring:
    """Read the keyring.

    Raises:
        KeyringMissing: it is not there, or cannot be decoded.

    """
    path = folder / _FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=Keyring)
    except FileNotFoundError as error:
        raise KeyringMissing(path=path, problem="is not there") from error
    except (msgspec.DecodeError, OSError) as error:
        raise KeyringMissing(path=path, problem=f"cannot be read ({error})") from error
