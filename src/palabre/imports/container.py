"""Opens a zip or tar archive that may be hostile: names are only keys, nothing is ever unpacked to a name in it."""

from __future__ import annotations

import contextlib
import copy
import re
import shutil
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from palabre.imports.errors import ArchiveEncrypted, ArchiveTooLarge, DamagedMember, NotAnArchive
from palabre.imports.model import Limits, Part, Reason, Skipped

_UNREADABLE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    ValueError,
)
"""What the standard library raises on damaged archives."""

_RATIO_FROM = 1 << 20
"""Bytes from which on the growth of a member is judged; small ones may be all blanks."""
_PLAIN_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END_RECORD = b"PK\x05\x06"
_END_RECORD_64 = b"PK\x06\x06"
_SYMLINK = 0o120000
_CLUTTER = re.compile(r"(?:^|/)(?:__MACOSX/|\.DS_Store$|\._)")
"""What a Mac adds when it packs a folder again."""


class Container(Protocol):
    """The members of an archive by name, readable within bounds."""

    skipped: list[Skipped]

    def names(self) -> Iterator[str]:
        """Return the names of all readable members."""
        ...

    def __contains__(self, name: str) -> bool: ...

    def open(self, name: str, *, most: int) -> BinaryIO:
        """Open the member ``name`` for reading up to ``most`` bytes; its reads raise `DamagedMember`."""
        ...


class _Bounded:
    """A stream that counts, and turns every way of being broken into `DamagedMember`."""

    def __init__(
        self, stream: BinaryIO, *, most: int, owner: _Budget, packed: int | None = None, checksum: int | None = None
    ) -> None:
        self._stream = stream
        self._checksum = checksum
        self._sum = 0
        self._left = most
        self._allowed = None if packed is None else max(_RATIO_FROM, packed * owner.limits.ratio)
        self._owner = owner
        self._read = 0

    def read(self, size: int = -1) -> bytes:
        if size >= 0:
            return self._some(size)
        parts = []
        while part := self._some(1 << 18):
            parts.append(part)
        return b"".join(parts)

    def _some(self, size: int) -> bytes:
        """Read up to ``size`` bytes, all that can be read before anything that cannot."""
        try:
            found = self._stream.read1(min(size, self._left + 1))  # type: ignore[attr-defined]  # all of ours have it
        except _UNREADABLE as wrong:
            raise DamagedMember(_plain(wrong)) from wrong
        self._left -= len(found)
        self._read += len(found)
        if self._left < 0:
            raise DamagedMember("too large")
        if self._allowed is not None and self._read > self._allowed:
            raise ArchiveTooLarge
        self._owner.spend(len(found))
        if self._checksum is not None:
            self._sum = zlib.crc32(found, self._sum)
            if not found and self._sum != self._checksum:
                raise DamagedMember("its checksum is wrong")
        return bytes(found)

    def close(self) -> None:
        self._stream.close()


class _Budget:
    """What may still be unpacked from one archive."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._left = limits.total

    def spend(self, size: int) -> None:
        self._left -= size
        _refuse_beyond(self._left)


class ZipContainer:
    """A zip archive."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Read the table of contents of ``path``."""
        self._budget = _Budget(limits)
        self.skipped: list[Skipped] = []
        _check_directory(path, limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except _UNREADABLE as wrong:
            raise NotAnArchive from wrong
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in self._zip.infolist():
            name, reason = _accepted(member.filename, self._members)
            mode = member.external_attr >> 16
            if member.is_dir() or (name is None and reason is None):
                continue
            if mode & 0o170000 == _SYMLINK or member.compress_type not in _PLAIN_METHODS:
                reason = Reason.NOT_SUPPORTED
            elif member.flag_bits & 1:
                reason = Reason.ENCRYPTED
            if reason is not None:
                self.skipped.append(_left_out(member.filename, reason))
            if name is not None and reason is None:
                self._members[name] = member
        if not self._members and any(each.reason is Reason.ENCRYPTED for each in self.skipped):
            raise ArchiveEncrypted

    def names(self) -> Iterator[str]:
        """Return the names of all readable members."""
        return iter(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def open(self, name: str, *, most: int) -> BinaryIO:
        """Open the member ``name`` for reading up to ``most`` bytes."""
        member = self._members[name]
        try:
            unchecked = copy.copy(member)
            del unchecked.CRC  # else the last part would be withheld when it is wrong
            stream = cast("BinaryIO", self._zip.open(unchecked))
        except _UNREADABLE as wrong:
            raise DamagedMember(_plain(wrong)) from wrong
        bounded = _Bounded(stream, most=most, packed=member.compress_size, checksum=member.CRC, owner=self._budget)
        return cast("BinaryIO", bounded)

    def close(self) -> None:
        """Close the file."""
        self._zip.close()


class TarContainer:
    """A tar archive, unpacked once into one nameless temporary file when it is compressed."""

    def __init__(self, path: Path, limits: Limits, folder: Path) -> None:
        """Read the headers of ``path``; temporary files go to ``folder``."""
        self._budget = _Budget(limits)
        self.skipped: list[Skipped] = []
        self._file = _seekable(path, limits, self.skipped, folder)
        self._members: dict[str, tarfile.TarInfo] = {}
        try:
            self._tar = tarfile.open(fileobj=self._file, mode="r:")  # noqa: SIM115 - closed in close()
        except _UNREADABLE as wrong:
            self._file.close()
            raise NotAnArchive from wrong
        self._index(limits)

    def _index(self, limits: Limits) -> None:
        seen = 0
        while True:
            try:
                member = self._tar.next()
            except _UNREADABLE:
                self.skipped.append(_left_out("", Reason.DAMAGED))
                return
            if member is None:
                return
            self._tar.members.clear()  # type: ignore[attr-defined]  # tarfile keeps every header it has read
            seen += 1
            if seen > limits.members:
                raise ArchiveTooLarge
            name, reason = _accepted(member.name, self._members)
            if member.isdir() or (name is None and reason is None):
                continue
            if not member.isreg():
                reason = Reason.NOT_SUPPORTED
            if reason is not None:
                self.skipped.append(_left_out(member.name, reason))
            elif name is not None:
                self._members[name] = member

    def names(self) -> Iterator[str]:
        """Return the names of all readable members."""
        return iter(self._members)

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def open(self, name: str, *, most: int) -> BinaryIO:
        """Open the member ``name`` for reading up to ``most`` bytes."""
        try:
            stream = self._tar.extractfile(self._members[name])
        except _UNREADABLE as wrong:
            raise DamagedMember(_plain(wrong)) from wrong
        if stream is None:
            raise DamagedMember("not a file")
        return cast("BinaryIO", _Bounded(cast("BinaryIO", stream), most=most, owner=self._budget))

    def close(self) -> None:
        """Close the file; the temporary one is gone with it."""
        self._tar.close()
        self._file.close()


@contextlib.contextmanager
def opened(path: Path, limits: Limits, folder: Path) -> Iterator[Container]:
    """Open the archive at ``path``, whatever its name says it is; temporary files go to ``folder``.

    Raises:
        NotAnArchive: it is neither zip nor tar.
        ArchiveEncrypted: it asks for a password.
        ArchiveTooLarge: it goes beyond ``limits``, now or while it is read.

    """
    container = ZipContainer(path, limits) if zipfile.is_zipfile(path) else TarContainer(path, limits, folder)
    try:
        yield container
    finally:
        container.close()


def read_whole(container: Container, name: str, *, most: int) -> bytes:
    """Read a small member at once.

    Raises:
        DamagedMember: it cannot be read, or has more than ``most`` bytes.

    """
    with contextlib.closing(container.open(name, most=most)) as stream:
        return stream.read()


def _plain(wrong: BaseException) -> str:
    return str(wrong)[:200] or type(wrong).__name__


def _left_out(name: str, reason: Reason) -> Skipped:
    return Skipped(part=Part.FILE, reason=reason, what=_printable(name))


def _printable(name: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in name[:200].encode("utf-8", "replace").decode())


def _accepted(
    name: str, known: dict[str, zipfile.ZipInfo] | dict[str, tarfile.TarInfo]
) -> tuple[str | None, Reason | None]:
    """Return the key for ``name``, or why it gets none; neither for what is not worth a word."""
    clean = name.replace("\\", "/")
    while clean.startswith("./"):
        clean = clean[2:]
    if _CLUTTER.search(clean) or not clean or clean.endswith("/"):
        return None, None
    if clean.startswith("/") or ":" in clean.split("/", 1)[0] or ".." in clean.split("/") or "\x00" in clean:
        return None, Reason.UNSAFE_NAME
    if clean in known:
        return None, Reason.TWICE
    return clean, None


def _check_directory(path: Path, limits: Limits) -> None:
    """Refuse a table of contents that would fill the memory before anything can be counted.

    Zip specification (APPNOTE 6.3.10), sections 4.3.14 to 4.3.16.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - (1 << 16) - 22 - 20 - 56))
        tail = file.read()
    end = tail.rfind(_END_RECORD)
    if end < 0 or len(tail) - end < 22:
        raise NotAnArchive
    (directory,) = struct.unpack_from("<L", tail, end + 12)
    if directory == 0xFFFFFFFF:
        large = tail.rfind(_END_RECORD_64, 0, end)
        if large < 0 or len(tail) - large < 48:
            raise NotAnArchive
        (directory,) = struct.unpack_from("<Q", tail, large + 40)
    if directory > limits.directory:
        raise ArchiveTooLarge


def _seekable(path: Path, limits: Limits, skipped: list[Skipped], folder: Path) -> BinaryIO:
    """Open a tar for reading anywhere: the file itself, or its content in a temporary file without a name."""
    with path.open("rb") as probe:
        packed = probe.read(2) == b"\x1f\x8b"
    if not packed:
        return path.open("rb")
    # pictures do not shrink and text shrinks 10 to 30 times: an honest export stays far below
    size = path.stat().st_size
    most = min(limits.total, (256 << 20) + size * limits.ratio // 4)
    if shutil.disk_usage(folder).free < min(most, size * 2):
        raise ArchiveTooLarge
    target = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - the caller closes it
    try:
        with path.open("rb") as stream:
            for chunk in _unpacked(stream, skipped, path.name):
                most -= len(chunk)
                _refuse_beyond(most)
                target.write(chunk)
    except BaseException:
        target.close()
        raise
    target.seek(0)
    return cast("BinaryIO", target)


def _unpacked(stream: BinaryIO, skipped: list[Skipped], name: str) -> Iterator[bytes]:
    """Undo gzip up to the end, or to where nothing more can be read; the library's reader drops its last part."""
    unpacker = zlib.decompressobj(wbits=31)
    while chunk := unpacker.unconsumed_tail or unpacker.unused_data or stream.read(1 << 18):
        if unpacker.eof:  # several streams may follow each other
            unpacker = zlib.decompressobj(wbits=31)
        try:
            yield unpacker.decompress(chunk, 1 << 20)
        except zlib.error:
            break
    if not unpacker.eof:
        skipped.append(_left_out(name, Reason.DAMAGED))


def _refuse_beyond(left: int) -> None:
    if left < 0:
        raise ArchiveTooLarge
