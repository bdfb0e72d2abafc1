"""Where files of media are kept: under random names, written durably before anything refers to them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

from palabre.clock import Instant
from palabre.ids import random_name
from palabre.media.errors import MediaNotFound
from palabre.media.formats import EXTENSIONS, Format
from palabre.media.model import MediaKind, ProcessedPicture, Rendition, StoredPicture

_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{36}\.(?:jpg|png|webp|mp4|webm|m4a|vtt)")
_TYPES = {extension: fmt.value for fmt, extension in EXTENSIONS.items()} | {"vtt": "text/vtt"}
_INCOMING = "incoming"


class MediaStore(Protocol):
    """A place for files. Everything blocks: the shell calls it in threads."""

    def put(self, name: str, content: bytes) -> None:
        """Keep ``content``; return when it would survive a power cut."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading from any place in it; raise ``MediaNotFound`` if there is none."""
        ...

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file."""
        ...

    def delete(self, names: Collection[str]) -> None:
        """Remove files, for good when it returns; those that are not there do not matter."""
        ...

    def names(self, *, before: Instant) -> Iterator[str]:
        """List the files written before a moment."""
        ...

    def tidy(self, *, before: Instant) -> int:
        """Remove what is left of writing that was interrupted, begun before a moment; return how many files."""
        ...


def is_name(name: str) -> bool:
    """Tell whether ``name`` is one that a media store gives: nothing else ever becomes part of a path."""
    return _NAME.fullmatch(name) is not None


def new_name(extension: str) -> str:
    """Make a name that nobody guesses (160 bits). Its first parts spread a folder's files over 65,536 folders."""
    digits = random_name()
    return f"{digits[:2]}/{digits[2:4]}/{digits[4:]}.{extension}"


def content_type(name: str) -> str:
    """Return the media type that ``name`` promises."""
    return _TYPES[name.rpartition(".")[2]]


def keep(store: MediaStore, picture: ProcessedPicture) -> StoredPicture:
    """Put a processed picture into ``store`` under new names. Blocks until it is durable."""
    file = _put(store, picture.full)
    preview = _put(store, picture.preview) if picture.preview else file
    small = picture.preview or picture.full
    return StoredPicture(
        kind=_kind(picture),
        file=file,
        preview=preview,
        mime=picture.full.format.value,
        size=len(picture.full.content),
        width=picture.full.width,
        height=picture.full.height,
        preview_width=small.width,
        preview_height=small.height,
        blurhash=picture.blurhash,
        timing=picture.timing,
    )


def _kind(picture: ProcessedPicture) -> MediaKind:
    if picture.full.format is Format.M4A:
        return MediaKind.SOUND
    if picture.timing is not None:
        return MediaKind.VIDEO
    if not picture.animated:
        return MediaKind.PICTURE
    return MediaKind.LOOP if picture.full.format is Format.MP4 else MediaKind.ANIMATION


def _put(store: MediaStore, rendition: Rendition) -> str:
    name = new_name(EXTENSIONS[rendition.format])
    store.put(name, rendition.content)
    return name


class FolderStore:
    """Files in a local folder: a name is a path in it, so that a web server in front may serve them too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listeners: list[Callable[[str], None]] = []
        """Told of each file that was put here, in the thread that did it; must be quick, and must not raise."""

    def path(self, name: str) -> Path:
        """Return where ``name`` is or would be.

        Raises:
            MediaNotFound: it is not a name that a store gives, so it names nothing.

        """
        if not is_name(name):
            raise MediaNotFound
        return self.folder / name

    def put(self, name: str, content: bytes) -> None:
        """Write aside, make durable, then give it its name: a reader never sees half a file."""
        path = self.path(name)
        incoming = self.folder / _INCOMING
        for folder in (incoming, path.parent.parent, path.parent):
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _make_durable(folder.parent)
        partial = incoming / path.name
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "wb") as file:  # noqa: PTH123 - opened above with its flags
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            partial.rename(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        _make_durable(path.parent)
        for listener in self.listeners:
            listener(name)

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading."""
        try:
            return self.path(name).open("rb")
        except FileNotFoundError:
            raise MediaNotFound from None

    def exists(self, name: str) -> bool:
        """Tell whether there is such a file."""
        return is_name(name) and self.path(name).exists()

    def delete(self, names: Collection[str]) -> None:
        """Unlink, then make that durable: a power cut must not bring back what a member deleted."""
        changed: set[Path] = set()
        for name in filter(is_name, names):
            path = self.path(name)
            try:
                path.unlink()
            except FileNotFoundError:
                continue
            changed.add(path.parent)
        for folder in changed:
            _make_durable(folder)

    def names(self, *, before: Instant) -> Iterator[str]:
        """List the files written before a moment."""
        for path in self.folder.glob("??/??/*"):
            name = path.relative_to(self.folder).as_posix()
            if is_name(name) and _older(path, before):
                yield name

    def tidy(self, *, before: Instant) -> int:
        """Remove what is left of writing that was interrupted, begun before a moment; return how many files."""
        old = [path for path in (self.folder / _INCOMING).glob("*") if _older(path, before)]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def _older(path: Path, before: Instant) -> bool:
    try:
        return path.stat().st_mtime_ns // 1_000_000 < before
    except FileNotFoundError:
        return False  # somebody else removed it


def _make_durable(folder: Path) -> None:
    """Write the entries of ``folder`` to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
