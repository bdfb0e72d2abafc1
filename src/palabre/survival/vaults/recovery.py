"""The recovery key: an age key pair whose private half is shown once and kept off the server.

The server keeps the public half, to which everything in a vault is encrypted, and a key derived one way from
the private half, with which everything is sealed. So whoever holds the private half, and nothing else, can
read a vault *and* tell that what is in it comes from the network and not from the vault.
"""

from __future__ import annotations

import io
import os
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import pyrage

from palabre import clock
from palabre.clock import Instant
from palabre.survival.vaults.errors import NoRecoveryKey, NoRecoveryKeyToReplace, RecoveryKeyExists, WrongKey

FILE = "recovery"
_LARGE = 1 << 20


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """What the server keeps of the recovery key: enough to write to a vault, too little to read from it."""

    recipient: str
    """The public half."""
    seal: str
    """Key of the seals, in hexadecimal."""
    made: Instant

    @property
    def seal_key(self) -> bytes:
        """Key of the seals."""
        return bytes.fromhex(self.seal)

    def encrypt(self, content: bytes) -> bytes:
        """Encrypt to the recovery key."""
        recipient = pyrage.x25519.Recipient.from_str(self.recipient)
        if len(content) < _LARGE:
            return bytes(pyrage.encrypt(content, [recipient]))
        written = io.BytesIO()
        pyrage.encrypt_io(_Yielding(content), written, [recipient])
        return written.getvalue()


class _Yielding(io.BytesIO):
    """Read piece by piece, in Python, so that other threads get their turn while much is encrypted."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as usual."""
        return super().read(size)


class Identity:
    """The private half, in the hands of who restores."""

    def __init__(self, text: str) -> None:
        """Parse the key as it was printed.

        Raises:
            WrongKey: it is none.

        """
        text = "".join(text.split()).upper()
        try:
            self._identity: Any = pyrage.x25519.Identity.from_str(text)
        except pyrage.IdentityError:
            raise WrongKey(problem="is not one: it begins with AGE-SECRET-KEY-1 and has 74 characters") from None
        self.public = Recovery(
            recipient=str(self._identity.to_public()),
            seal=blake2b(text.encode(), digest_size=32, person=b"palabre seal").hexdigest(),
            made=clock.now(),
        )

    def decrypt(self, content: bytes) -> bytes:
        """Decrypt what was encrypted to this key.

        Raises:
            WrongKey: it was encrypted to another one.

        """
        try:
            return bytes(pyrage.decrypt(content, [self._identity]))
        except pyrage.DecryptError:
            raise WrongKey(problem="does not open what is there") from None


def create(folder: Path, *, replace: bool = False) -> str:
    """Make a recovery key, keep its public part in ``folder``, and return the private half, which nothing keeps.

    Raises:
        RecoveryKeyExists: there is one, and it is not to be replaced.

    """
    if (folder / FILE).exists() and not replace:
        raise RecoveryKeyExists
    private = str(pyrage.x25519.Identity.generate())
    keep(folder, Identity(private).public)
    return private


def rotate(folder: Path) -> str:
    """Make a new recovery key in place of the one there is, and return its private half, which nothing keeps.

    Raises:
        NoRecoveryKeyToReplace: there is none.

    """
    if not (folder / FILE).exists():
        raise NoRecoveryKeyToReplace
    return create(folder, replace=True)


def changed(folder: Path) -> int:
    """Return what is another number when there is a new recovery key."""
    try:
        return (folder / FILE).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def keep(folder: Path, recovery: Recovery) -> None:
    """Write what the server keeps, durably, readable by the owner only."""
    partial = folder / f"{FILE}.new"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(recovery)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    partial.rename(folder / FILE)


def load(folder: Path) -> Recovery:
    """Read what the server keeps.

    Raises:
        NoRecoveryKey: there is none, or it cannot be read.

    """
    try:
        return msgspec.json.decode((folder / FILE).read_bytes(), type=Recovery)
    except (FileNotFoundError, msgspec.DecodeError):
        raise NoRecoveryKey from None
