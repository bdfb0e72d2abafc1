"""Nothing deleted stays in the database file: the unused part of a page is zeroed on its way there.

``secure_delete`` overwrites a deleted row, but not the copies that stay behind in the unused middle of a page
when rows move to its neighbour: of posts written out of order and deleted again, one in some hundreds was still
in the file. Pages reach the file only when the log is copied into it, so the connection that does this gets its
file through this VFS, which zeroes the middle of each page. SQLite never reads those bytes.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import apsw

VFS: Final = "palabre-scrub"

_PAGE = 4_096
_INTERIOR = (2, 5)
_LEAF = (10, 13)
_MOST_BYTES: Final = _PAGE << 24
"""64 GB: until twice this, a page that is no b-tree page begins with 0 or 1 (the number of its successor), so that
the kinds cannot be mistaken. A larger file is left as SQLite writes it; docs/explanation/deletion.md says so."""


def scrubbed(page: bytes, *, first: bool = False) -> bytes:
    """Return ``page`` with zeros between its cell pointers and its cells; any other kind of page as it is."""
    start = 100 if first else 0  # the file's own header
    kind = page[start]
    if kind in _LEAF:
        pointers = start + 8
    elif kind in _INTERIOR:
        pointers = start + 12
    else:
        return page
    unused = pointers + 2 * int.from_bytes(page[start + 3 : start + 5], "big")
    cells = int.from_bytes(page[start + 5 : start + 7], "big")
    if unused >= cells or not any(page[unused:cells]):
        return page
    return page[:unused] + bytes(cells - unused) + page[cells:]


class _File(apsw.VFSFile):
    def __init__(self, name: apsw.URIFilename | str | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._is_database = bool(flags[0] & apsw.SQLITE_OPEN_MAIN_DB)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's name
        """Write what SQLite hands over, scrubbed if it is a page of the database."""
        if self._is_database and len(data) == _PAGE and offset % _PAGE == 0 and self.xFileSize() < _MOST_BYTES:
            data = scrubbed(data, first=offset == 0)
        super().xWrite(data, offset)


class _Vfs(apsw.VFS):
    def __init__(self) -> None:
        super().__init__(VFS, "")

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> _File:  # noqa: N802 - SQLite's name
        """Open a file as the usual VFS does."""
        return _File(name, flags)


@cache
def register() -> apsw.VFS:
    """Make the VFS known to SQLite, once; it is there as long as what is returned is kept."""
    return _Vfs()
