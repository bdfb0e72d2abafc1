"""Third places for the lease: a folder whose locks reach all servers, or any S3 store that keeps to conditions."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec

from palabre.config import WrongSetting
from palabre.files import write_durably
from palabre.ids import random_name
from palabre.survival.errors import LeaseUnfit
from palabre.survival.lease import Held, Lease, LeasePlace

_NAME: Final = "lease"
_RACERS: Final = 2
"""As many as there ever are; some stores make those who meet on an object wait a second each."""
_SHARE_OF_A_REQUEST: Final = 0.25
"""A request that takes a longer part of the lease than this counts as failed, so that there is time for another."""


class FolderPlace:
    """A folder, on one machine or on a file system whose locks reach all servers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / _NAME
        self.shown = f"folder:{folder}"

    def prove(self) -> None:
        """Nothing to prove: the lock is the kernel's."""

    def read(self) -> Held | None:
        """Return what is there."""
        if not self._folder.is_dir():
            raise FileNotFoundError(self._folder)
        try:
            content = self._file.read_bytes()
        except FileNotFoundError:
            return None
        return Held(lease=msgspec.json.decode(content, type=Lease), version=_version(content))

    def put(self, lease: Lease, *, instead_of: str | None) -> str | None:
        """Replace a version under a lock that the kernel holds."""
        lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            held = self.read()
            if (held.version if held else None) != instead_of:
                return None
            content = msgspec.json.encode(lease)
            write_durably(self._file, content)
            return _version(content)
        finally:
            os.close(lock)


def _version(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


class S3Place:
    """An object in an S3 store, changed only by conditional puts (``If-Match``, ``If-None-Match``).

    See Also:
        Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".

    """

    def __init__(self, address: str, *, seconds: float) -> None:
        """Prepare for the store at ``address``; nothing is asked of it yet.

        Args:
            address: as for vaults, ``s3://KEY:SECRET@bucket/prefix?endpoint=…&region=…``.
            seconds: the length of the lease.

        """
        from palabre.survival.vaults.places import shown  # noqa: PLC0415 - only for leases in S3 stores
        from palabre.survival.vaults.s3 import store_of  # noqa: PLC0415

        self.shown = shown(address)
        patience = max(0.5, seconds * _SHARE_OF_A_REQUEST)
        self._store: Any = store_of(address, seconds=patience, connect_seconds=patience, retries=0)
        self._proved = False

    def prove(self) -> None:
        """Make sure, once, that of several conditional puts exactly one wins.

        Raises:
            LeaseUnfit: the store ignores conditions, so that two servers could both believe that they lead.

        """
        if self._proved:
            return
        name = f"lease-check-{random_name()}"
        first = self._put(name, b"first", None)
        try:
            again = self._put(name, b"again", None)
            with ThreadPoolExecutor(_RACERS) as racers:
                answers = list(racers.map(lambda n: self._put(name, b"racer %d" % n, first), range(_RACERS)))
            late = self._put(name, b"late", first)
        finally:
            with contextlib.suppress(Exception):  # a small object that stays behind harms nobody
                self._store.delete(name)
        won = [answer for answer in (*answers, late) if answer is not None]
        if first is None or again is not None or len(won) != 1:
            raise LeaseUnfit(place=self.shown)
        self._proved = True

    def read(self) -> Held | None:
        """Return what is there."""
        from obstore.exceptions import NotFoundError  # noqa: PLC0415 - optional dependency

        with self._explained():
            try:
                got = self._store.get(_NAME)
                content, version = bytes(got.bytes()), got.meta["e_tag"]
            except (NotFoundError, FileNotFoundError):
                return None
            if not version:
                raise LeaseUnfit(place=self.shown)
            return Held(lease=msgspec.json.decode(content, type=Lease), version=version)

    def put(self, lease: Lease, *, instead_of: str | None) -> str | None:
        """Replace a version, if it is still there."""
        return self._put(_NAME, msgspec.json.encode(lease), instead_of)

    def _put(self, name: str, content: bytes, instead_of: str | None) -> str | None:
        from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError  # noqa: PLC0415 - optional

        with self._explained():
            try:
                done = self._store.put(
                    name, content, mode="create" if instead_of is None else {"e_tag": instead_of}, use_multipart=False
                )
            except (AlreadyExistsError, PreconditionError):
                return None
            except (NotFoundError, FileNotFoundError):
                if instead_of is not None:
                    return None  # it was there and is gone
                raise ConnectionError(f"{self.shown}: there is no such bucket") from None
            if not done["e_tag"]:
                raise LeaseUnfit(place=self.shown)
            return str(done["e_tag"])

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError  # noqa: PLC0415

        try:
            yield
        except (PermissionDeniedError, UnauthenticatedError) as error:
            raise PermissionError(f"{self.shown} does not accept the key, or does not allow this with it") from error
        except BaseError as error:
            problem = str(error).strip().partition("\n")[0][:200]
            raise ConnectionError(f"{self.shown} does not answer as it should: {problem}") from error


@cache
def place_of(address: str, seconds: float) -> LeasePlace:
    """Return the third place that a setting names, for a lease of that length.

    Raises:
        WrongSetting: it names none.

    """
    from palabre.survival.vaults.errors import WrongPlace  # noqa: PLC0415 - only with automatic failover

    kind, _, where = address.partition(":")
    if kind == "folder" and where.startswith("/"):
        return FolderPlace(Path(where))
    if kind == "s3" and where.startswith("//"):
        try:
            return S3Place(address, seconds=seconds)
        except WrongPlace as wrong:
            raise WrongSetting(name="lease", problem=f"{wrong.details['place']} {wrong.details['problem']}") from None
    raise WrongSetting(name="lease", problem="is not like folder:/path or s3://bucket/prefix?endpoint=https://…")
