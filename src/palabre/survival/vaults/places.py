"""Where vaults are: folders, machines with SFTP, S3 stores. They keep bytes under names and are trusted no more."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import parse_qs, urlsplit

from palabre.survival.vaults.errors import PlaceUnavailable, WrongPlace


class Missing(Exception):  # noqa: N818 - an answer, not a fault
    """There is no object of this name."""


class AlreadyThere(Exception):  # noqa: N818 - an answer, not a fault
    """There is an object of this name, and it was left as it is."""


class Place(Protocol):
    """A place for ciphertext. Everything blocks, and raises ``PlaceUnavailable`` when it cannot be done now."""

    shown: str
    """Its address, without secrets."""

    def put(self, name: str, content: bytes) -> None:
        """Keep ``content`` for good, or raise ``AlreadyThere``: nothing is ever overwritten."""
        ...

    def get(self, name: str) -> bytes:
        """Return an object, or raise ``Missing``."""
        ...

    def names(self, prefix: str) -> Iterator[tuple[str, int]]:
        """List the objects below ``prefix/``, in any order, with their sizes."""
        ...

    def delete(self, names: Collection[str]) -> None:
        """Remove objects; those that are not there do not matter."""
        ...

    def prepare(self, *, new: bool) -> None:
        """Make the place ready; one that is not ``new`` must be there already."""
        ...

    def close(self) -> None:
        """Hang up; the next request connects again."""
        ...


def open_place(address: str) -> Place:
    """Open the place at ``address``: a path, ``sftp://user@host/path?…``, or ``s3://bucket/prefix?endpoint=…``.

    Raises:
        WrongPlace: it is none of these.

    """
    scheme, colon, _ = address.partition("://")
    if not colon:
        if not address.startswith("/"):
            raise WrongPlace(place=address, problem="has to be a path that begins with /, or an address like s3://…")
        return FolderPlace(Path(address))
    if scheme == "s3":
        from palabre.survival.vaults.s3 import S3Place  # noqa: PLC0415 - optional dependency

        return S3Place(address)
    if scheme == "sftp":
        from palabre.survival.vaults.sftp import SftpPlace  # noqa: PLC0415 - optional dependency

        return SftpPlace(address)
    raise WrongPlace(place=shown(address), problem=f"is of a kind that is not known: {scheme}")


def shown(address: str) -> str:
    """Return ``address`` without user, password and options."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def options(address: str) -> dict[str, str]:
    """Return what stands after the question mark."""
    return {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}


_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK})


def _take(path: Path) -> None:
    """Make sure that a name is nobody else's yet; what comes in its place is put there next."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        raise AlreadyThere from None


def _name_it(partial: Path, path: Path) -> None:
    """Give a file its name unless another has it, also if that one came at this moment from another machine."""
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        partial.unlink()
        raise AlreadyThere from None
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _take(path)  # a file system without links, such as that of a USB stick
        partial.rename(path)
    else:
        partial.unlink()


class FolderPlace:
    """A folder: another disk, a network mount."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shown = str(folder)

    def prepare(self, *, new: bool) -> None:
        """Make the folder; but when it was there once, a disk that is not mounted must not be mistaken for it."""
        with self._explained():
            if new:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            elif not self.folder.is_dir():
                raise PlaceUnavailable(place=self.shown, problem="the folder is not there; is the disk mounted?")

    def put(self, name: str, content: bytes) -> None:
        """Write aside, make durable, then give it its name."""
        path = self.folder / name
        with self._explained():
            if path.exists():
                raise AlreadyThere
            if not path.parent.exists():
                if not self.folder.is_dir():
                    raise PlaceUnavailable(place=self.shown, problem="the folder is not there; is the disk mounted?")
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            partial = path.with_name(f"{path.name}.part")
            descriptor = self._alone(partial)
            try:
                with open(descriptor, "wb") as file:  # noqa: PTH123 - opened with its flags, locked until it is closed
                    file.truncate(0)
                    file.write(content)
                    file.flush()
                    os.fsync(descriptor)
                    _name_it(partial, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    partial.unlink(missing_ok=True)
                raise

    def _alone(self, partial: Path) -> int:
        """Open a file that nobody else writes now, whatever an earlier attempt left in it."""
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = partial.stat().st_ino == os.fstat(descriptor).st_ino
        except (BlockingIOError, FileNotFoundError):
            mine = False
        except OSError:  # no locks on this file system: then it is not shared either
            mine = True
        if not mine:  # or it has just got its name, and is an object now
            os.close(descriptor)
            raise PlaceUnavailable(place=self.shown, problem="another server writes to it at this moment")
        return descriptor

    def get(self, name: str) -> bytes:
        """Read a file."""
        with self._explained():
            try:
                return (self.folder / name).read_bytes()
            except (FileNotFoundError, IsADirectoryError):
                raise Missing from None

    def names(self, prefix: str) -> Iterator[tuple[str, int]]:
        """Walk through the folders."""
        with self._explained():
            for path in (self.folder / prefix).glob("*/*"):
                if path.suffix != ".part":
                    yield path.relative_to(self.folder).as_posix(), path.stat().st_size

    def delete(self, names: Collection[str]) -> None:
        """Unlink, and remove folders that are empty then."""
        with self._explained():
            folders = set()
            for name in names:
                path = self.folder / name
                path.unlink(missing_ok=True)
                folders.add(path.parent)
            for folder in folders:
                with contextlib.suppress(OSError):
                    folder.rmdir()

    def close(self) -> None:
        """Nothing is held open."""

    @contextlib.contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            problem = error.strerror or type(error).__name__
            raise PlaceUnavailable(place=self.shown, problem=problem) from error
