"""Media of which each standby has a copy."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from palabre.media.storage import FolderStore


class FileShipper(Protocol):
    """Sends files on; called in any thread."""

    def file_kept(self, name: str, content: bytes) -> None:
        """Send a file."""
        ...

    def files_gone(self, names: Collection[str]) -> None:
        """Have files deleted."""
        ...


class FollowedStore(FolderStore):
    """Media in a folder, of which each standby has a copy."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.shipper: FileShipper | None = None

    def put(self, name: str, content: bytes) -> None:
        """Keep a file here, and have it sent."""
        super().put(name, content)
        if self.shipper is not None:
            self.shipper.file_kept(name, content)

    def delete(self, names: Collection[str]) -> None:
        """Remove files here, and have them removed."""
        super().delete(names)
        if self.shipper is not None:
            self.shipper.files_gone(names)
