"""The network's secret keys: one file beside the database, readable by its owner only, never backed up in clear."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from palabre.errors import Unavailable
from palabre.files import make_durable, write_durably

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FILE = "keyring"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the curve P-256 (FIPS 186-5)."""
_NEXT = "keyring.next"
KEYS = ("network", "ids", "columns", "lookups", "forms")
"""The names of the keys."""


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
    old: dict[str, list[str]] = {}
    """What was in use before, newest first, by the name of the key: it still opens, but closes nothing."""
    pending: bool = False
    """Whether the job that encrypts everything anew has still to run, or runs."""

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

    @property
    def generation(self) -> str:
        """A name for this set of keys, from which nothing can be learnt about them."""
        return fingerprint("".join(getattr(self, name) for name in KEYS))

    @property
    def old_form_keys(self) -> list[bytes]:
        """Keys of the forms that were open when the key was renewed."""
        return [bytes.fromhex(key) for key in self.old.get("forms", ())]

    def look_up(self, purpose: str, value: str) -> bytes:
        """Return the keyed hash under which a secret or private ``value`` is stored: 32 bytes."""
        return _look_up(self.lookups, purpose, value)

    def look_ups(self, purpose: str, value: str) -> list[bytes]:
        """Return the hashes under which ``value`` may be found: the newest first, usually the only one."""
        return [_look_up(key, purpose, value) for key in (self.lookups, *self.old.get("lookups", ()))]

    def lasting_look_up(self, purpose: str, value: str) -> bytes:
        """Return a keyed hash that no renewal changes, for what cannot be hashed anew because it is not kept."""
        return _look_up(self.network, purpose, value)

    def seal(self, purpose: str, value: str) -> bytes:
        """Encrypt ``value`` for a column (AES-256-GCM, ``purpose`` authenticated): nonce, then ciphertext."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 10 MB nobody may need

        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(bytes.fromhex(self.columns)).encrypt(nonce, value.encode(), purpose.encode())

    def unseal(self, purpose: str, sealed: bytes) -> str:
        """Decrypt what :meth:`seal` made for the same ``purpose``."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - 10 MB nobody may need

        return self._unseal(AESGCM, purpose, sealed)

    def _unseal(self, cipher: type[AESGCM], purpose: str, sealed: bytes) -> str:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above

        keys = (self.columns, *self.old.get("columns", ()))
        for key in keys[:-1]:
            with suppress(InvalidTag):
                return cipher(bytes.fromhex(key)).decrypt(sealed[:12], sealed[12:], purpose.encode()).decode()
        return cipher(bytes.fromhex(keys[-1])).decrypt(sealed[:12], sealed[12:], purpose.encode()).decode()


def fingerprint(key: str) -> str:
    """Return eight digits that tell two keys apart."""
    return blake2b(key.encode(), digest_size=4, person=b"palabre key").hexdigest()


def _look_up(key: str, purpose: str, value: str) -> bytes:
    return blake2b(value.encode(), digest_size=32, key=bytes.fromhex(key), person=purpose.encode()[:16]).digest()


def _encoded(keyring: Keyring) -> bytes:
    return msgspec.json.format(msgspec.json.encode(keyring)) + b"\n"


def create(folder: Path) -> Keyring:
    """Make new keys and write them, readable by the owner only. An existing keyring is never replaced."""
    keyring = msgspec.convert({name: secrets.token_hex(32) for name in KEYS}, Keyring)
    path = folder / _FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(_encoded(keyring))
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


def renew(folder: Path, name: str) -> Keyring:
    """Make a new key ``name``, which the next start of the server takes into use; return the keyring to come.

    Nothing opens with the new keyring before, so a running server and the command line never disagree.
    """
    before = coming(folder) or load(folder)
    old = {**before.old, name: [getattr(before, name), *before.old.get(name, ())]}
    after = msgspec.structs.replace(before, old=old, pending=True, **{name: secrets.token_hex(32)})
    write_durably(folder / _NEXT, _encoded(after))
    return after


def forget(folder: Path, name: str) -> None:
    """Let the next start of the server forget the old versions of the key ``name``."""
    before = coming(folder) or load(folder)
    old = {key: values for key, values in before.old.items() if key != name}
    write_durably(folder / _NEXT, _encoded(msgspec.structs.replace(before, old=old)))


def coming(folder: Path) -> Keyring | None:
    """Return the keyring that the next start takes into use, if there is one."""
    try:
        return msgspec.json.decode((folder / _NEXT).read_bytes(), type=Keyring)
    except FileNotFoundError:
        return None


def adopt(folder: Path) -> None:
    """Take the keyring into use that was prepared; for the one process that serves the network."""
    if coming(folder) is not None:
        (folder / _NEXT).rename(folder / _FILE)
        make_durable(folder)


def renewed(folder: Path) -> None:
    """Note that everything is encrypted anew: the old column keys and form keys open nothing any more."""
    for file in (folder / _FILE, folder / _NEXT):
        if file.exists():
            before = msgspec.json.decode(file.read_bytes(), type=Keyring)
            waiting = file.name == _NEXT  # another renewal was asked for meanwhile: its job is still to come
            old = {name: keys for name, keys in before.old.items() if waiting or name == "lookups"}
            after = msgspec.structs.replace(before, old=old, pending=waiting and before.pending)
            write_durably(file, _encoded(after))
