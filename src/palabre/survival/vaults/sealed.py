"""The form of what lies in a vault.

An object of the log is ``link ‖ seal ‖ age(deflate(length ‖ head ‖ body))``. Its seal is a keyed hash over its
number, its link and its ciphertext; its link is the seal of the object before it. So an object that was changed,
moved, exchanged or taken from another time does not verify, and one that is missing leaves a gap. A medium is
sealed over its own name and has no link. ``docs/explanation/vaults.md`` tells what this shows and hides.
"""

from __future__ import annotations

import hmac
import zlib
from hashlib import blake2b
from typing import Literal, NamedTuple

import msgspec
from isal import isal_zlib

from palabre.clock import Instant
from palabre.survival.vaults.errors import WrongKey
from palabre.survival.vaults.recovery import Identity, Recovery

SEAL_BYTES = 32
FIRST_LINK = bytes(SEAL_BYTES)
_PER_FOLDER = 4_096


class Begin(msgspec.Struct, frozen=True, kw_only=True, tag="begin"):
    """A snapshot begins. What the database file holds comes in pieces, in between come changes."""

    at: Instant
    lineage: str
    before: int
    """The snapshot before this one, or 0."""
    page_size: int
    files: dict[str, str]
    """The settings, the keyring, and what the operator has written, by their names in the data folder."""


class Piece(msgspec.Struct, frozen=True, kw_only=True, tag="piece"):
    """Some pages as they stood in the database file; the body is these."""

    at: Instant
    base: int
    snapshot: int
    first: int
    """The first page's number; pages count from 1."""


class Complete(msgspec.Struct, frozen=True, kw_only=True, tag="complete"):
    """The snapshot is whole: it can be restored from here on."""

    at: Instant
    base: int
    snapshot: int
    pieces: int
    end: int = 0
    """Of a PostgreSQL cluster: where in the log it is consistent."""


class Step(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What was committed since the step before."""

    at: Instant
    """Everything committed by then is in it."""
    size: int
    """Of the database, in pages."""
    pages: list[int]


class Changes(msgspec.Struct, frozen=True, kw_only=True, tag="changes"):
    """Steps of one lineage; the body is their pages, one after the other."""

    at: Instant
    """The moment of the first of them."""
    base: int
    lineage: str
    """Only changes of the snapshot's own lineage continue it: another begins whenever something was missed."""
    page_size: int
    steps: list[Step]


class Files(msgspec.Struct, frozen=True, kw_only=True, tag="files"):
    """The settings, the keyring or a text have changed: all of them, as they are now."""

    at: Instant
    base: int
    lineage: str
    files: dict[str, str]


class BaseBackup(msgspec.Struct, frozen=True, kw_only=True, tag="base"):
    """A snapshot of a PostgreSQL cluster begins. What it holds comes in archives, in between comes its log."""

    at: Instant
    lineage: str
    before: int
    """The snapshot before this one, or 0."""
    files: dict[str, str]
    """The settings and the keyring."""
    version: int
    """The major version of PostgreSQL."""
    system: str
    """The cluster's own identifier."""
    timeline: int
    start: int
    """Where in the log a restore begins, in bytes."""
    segment: int
    """Bytes of a segment of the log."""
    database: str
    user: str


class Archive(msgspec.Struct, frozen=True, kw_only=True, tag="archive"):
    """The next bytes of the tar archive of a cluster's folder; the body is these."""

    at: Instant
    base: int
    snapshot: int
    index: int
    """Counts from 0."""


class Wal(msgspec.Struct, frozen=True, kw_only=True, tag="wal"):
    """The next bytes of a cluster's log; the body is these."""

    at: Instant
    """When the first of them came."""
    until: Instant
    """When the last of them came: everything committed by then is in it or before it."""
    base: int
    lineage: str
    start: int
    """Where in the log they stand."""


Head = Begin | Piece | Complete | Changes | Files | BaseBackup | Archive | Wal
_decoder = msgspec.json.Decoder(Head)


class Opened(NamedTuple):
    """An object of the log, decrypted."""

    number: int
    head: Head
    body: bytes

    @property
    def base(self) -> int:
        """The newest complete snapshot at that moment, or 0."""
        return self.head.before if isinstance(self.head, Begin | BaseBackup) else self.head.base


Verdict = Literal["good", "damaged", "unlinked"]


def log_name(number: int) -> str:
    """Return the name of an object of the log: it tells its order and nothing else."""
    return f"log/{number // _PER_FOLDER:08x}/{number:012x}"


def log_number(name: str) -> int | None:
    """Return the number in such a name."""
    try:
        number = int(name.rpartition("/")[2], 16)
    except ValueError:
        return None
    return number if log_name(number) == name else None


def media_name(recovery: Recovery, name: str) -> str:
    """Return the name under which a medium lies in a vault: always the same, and nothing can be told from it."""
    digest = blake2b(name.encode(), digest_size=20, key=recovery.seal_key, person=b"palabre media").hexdigest()
    return f"media/{digest[:2]}/{digest}"


def _seal(recovery: Recovery, purpose: bytes, *parts: bytes | memoryview) -> bytes:
    keyed = blake2b(digest_size=SEAL_BYTES, key=recovery.seal_key, person=purpose)
    for part in parts:
        keyed.update(part)
    return keyed.digest()


def pack(recovery: Recovery, number: int, link: bytes, head: Head, body: bytes = b"") -> tuple[bytes, bytes]:
    """Make the object ``number``; return its seal, and all of it."""
    front = msgspec.json.encode(head)
    plain = b"".join((len(front).to_bytes(4, "big"), front, body))
    cipher = recovery.encrypt(bytes(isal_zlib.compress(plain, 1)))
    seal = _seal(recovery, b"palabre log", number.to_bytes(8, "big"), link, cipher)
    return seal, b"".join((link, seal, cipher))


def check(recovery: Recovery, number: int, content: bytes, *, link: bytes | None) -> Verdict:
    """Tell whether ``content`` is this network's object ``number``, and follows the one with the seal ``link``."""
    own_link, seal = content[:SEAL_BYTES], content[SEAL_BYTES : 2 * SEAL_BYTES]
    with memoryview(content) as view:
        made = _seal(recovery, b"palabre log", number.to_bytes(8, "big"), own_link, view[2 * SEAL_BYTES :])
    if not hmac.compare_digest(seal, made):
        return "damaged"
    return "good" if link is None or hmac.compare_digest(link, own_link) else "unlinked"


def seal_of(content: bytes) -> bytes:
    """Return the seal that an object bears."""
    return content[SEAL_BYTES : 2 * SEAL_BYTES]


def unpack(identity: Identity, number: int, content: bytes) -> Opened:
    """Decrypt an object whose seal is good.

    Raises:
        WrongKey: another key is needed.

    """
    plain = _inflate(identity.decrypt(content[2 * SEAL_BYTES :]))
    length = int.from_bytes(plain[:4], "big")
    return Opened(number, _decoder.decode(plain[4 : 4 + length]), plain[4 + length :])


def seal_claim(recovery: Recovery, epoch: int) -> bytes:
    """Make the object by which a server says that it leads since ``epoch``; it tells nothing else."""
    return _seal(recovery, b"palabre claim", epoch.to_bytes(8, "big"))


def pack_medium(recovery: Recovery, name: str, content: bytes) -> bytes:
    """Make the object of a medium; pictures are compressed already."""
    cipher = recovery.encrypt(content)
    return _seal(recovery, b"palabre medium", name.encode(), b"\0", cipher) + cipher


def check_medium(recovery: Recovery, name: str, content: bytes) -> bool:
    """Tell whether ``content`` is the medium ``name`` of this network."""
    with memoryview(content) as view:
        made = _seal(recovery, b"palabre medium", name.encode(), b"\0", view[SEAL_BYTES:])
    return hmac.compare_digest(content[:SEAL_BYTES], made)


def unpack_medium(identity: Identity, content: bytes) -> bytes:
    """Decrypt a medium whose seal is good."""
    return identity.decrypt(content[SEAL_BYTES:])


def _inflate(content: bytes) -> bytes:
    try:
        return bytes(isal_zlib.decompress(content))
    except zlib.error as error:  # isal raises the same
        raise WrongKey(problem="opened something that cannot be read") from error
