"""Files that arrive in a request: spooled to disk, gone with the request unless somebody takes them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO, cast


class Upload:
    """One file of a multipart body.

    ``filename`` and ``content_type`` are what the sender claims: never believe either.
    """

    __slots__ = ("_file", "_pending", "content_type", "filename", "path", "size")

    def __init__(self, folder: Path, filename: str, content_type: str) -> None:
        """Open an empty file in ``folder``, readable by this process's user only."""
        self.filename = filename
        self.content_type = content_type
        self.size = 0
        self._pending = bytearray()
        handle = tempfile.NamedTemporaryFile(dir=folder, prefix="upload-", delete=False)  # noqa: SIM115
        self._file: BinaryIO | None = cast("BinaryIO", handle)
        self.path: Path | None = Path(handle.name)

    def feed(self, data: bytes | memoryview) -> int:
        """Keep ``data`` in memory until ``flush``; return how much waits."""
        self._pending += data
        self.size += len(data)
        return len(self._pending)

    def flush(self) -> None:
        """Write what waits. Blocks: call it in a thread."""
        if self._file is not None and self._pending:
            self._file.write(self._pending)
            self._pending.clear()

    def finish(self) -> None:
        """Write what waits and close the file. Blocks: call it in a thread."""
        if self._file is not None:
            self.flush()
            self._file.close()
            self._file = None

    def take(self) -> Path:
        """Hand the file over: the caller removes it from now on."""
        if self.path is None:
            msg = "this upload was taken or discarded already"
            raise RuntimeError(msg)
        path, self.path = self.path, None
        return path

    def discard(self) -> None:
        """Close and remove the file unless it was taken."""
        self._pending.clear()
        if self._file is not None:
            self._file.close()
            self._file = None
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path = None
