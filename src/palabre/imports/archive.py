"""Opens whatever file a member brought, and reads it as one stream of records."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from palabre.clock import Instant
from palabre.imports import lists, mastodon, palabre, twitter
from palabre.imports.container import Container, opened, read_whole
from palabre.imports.errors import DamagedMember, NotAnArchive
from palabre.imports.model import Limits, Record, Source

_MAGIC_ZIP = b"PK"
_MAGIC_GZIP = b"\x1f\x8b"
_MAGIC_TAR = b"ustar"


class Archive:
    """An opened file: what it is, its records, its pictures."""

    def __init__(
        self,
        *,
        source: Source,
        container: Container | None,
        path: Path,
        limits: Limits,
    ) -> None:
        """Keep what was found; use `open_archive`."""
        self.source = source
        self._container = container
        self._path = path
        self._limits = limits

    def records(self, *, here: str, now: Instant) -> Iterator[Record]:
        """Read all that the file holds, and all that has to be left out, in the order of the file.

        Args:
            here: the domain of this network.
            now: the present; what claims to be later is not believed.

        """
        container, limits = self._container, self._limits
        if container is None:
            yield from lists.read_list(self._path, self.source, limits)
            return
        yield from container.skipped
        if self.source is Source.PALABRE:
            yield from palabre.read(container, here=here, now=now, limits=limits)
        elif self.source is Source.TWITTER:
            yield from twitter.read_posts(container, now=now, limits=limits)
            yield from twitter.read_people(container, limits)
        else:
            yield from mastodon.read_posts(container, here=here, now=now, limits=limits)
            yield from mastodon.read_bookmarks(container, limits)

    def picture(self, member: str) -> bytes | None:
        """Return the bytes of a picture as they are in the archive, or None if they cannot be read."""
        if self._container is None or member not in self._container:
            return None
        try:
            return read_whole(self._container, member, most=self._limits.picture)
        except DamagedMember:
            return None

    def film(self, member: str, to: Path) -> bool:
        """Copy a video or a recording into the file ``to``; return whether it could be read."""
        if self._container is None or member not in self._container:
            return False
        try:
            stream = self._container.open(member, most=self._limits.film)
            with contextlib.closing(stream), to.open("wb") as out:
                while part := stream.read(1 << 20):
                    out.write(part)
        except DamagedMember:
            return False
        return True


@contextlib.contextmanager
def open_archive(
    path: Path,
    *,
    name: str | None = None,
    source: Source | None = None,
    limits: Limits | None = None,
    folder: Path | None = None,
) -> Iterator[Archive]:
    """Open the file at ``path``.

    Args:
        path: where the file lies.
        name: what its owner called it, if ``path`` does not tell; only CSV files need it.
        source: what it is, where that is known.
        limits: bounds of what is accepted.
        folder: where temporary files go; beside the file if nothing is said.

    Raises:
        NotAnArchive: it is nothing that can be imported.
        ArchiveEncrypted: it asks for a password.
        ArchiveTooLarge: it goes beyond the limits, now or while it is read.
        KindUnclear: it is a list of accounts, and nothing says what for.

    """
    limits = limits or Limits()
    with path.open("rb") as file:
        head = file.read(512)
    if not head.startswith((_MAGIC_ZIP, _MAGIC_GZIP)) and head[257:262] != _MAGIC_TAR:
        source = source or lists.source_of(path, name, limits)
        yield Archive(source=source, container=None, path=path, limits=limits)
        return
    with opened(path, limits, folder or path.parent) as container:
        if palabre.is_palabre(container):
            found = Source.PALABRE
        elif twitter.is_twitter(container):
            found = Source.TWITTER
        elif mastodon.is_mastodon(container):
            found = Source.MASTODON
        else:
            raise NotAnArchive
        yield Archive(source=found, container=container, path=path, limits=limits)
