"""Small files that must survive a power cut, whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def write_durably(path: Path, content: bytes) -> None:
    """Replace ``path``, readable by its owner only; whoever looks finds the old content or the new."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - opened above with its mode
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    aside.rename(path)
    make_durable(path.parent)


def remove_durably(path: Path) -> None:
    """Remove ``path`` if it is there, for good."""
    path.unlink(missing_ok=True)
    make_durable(path.parent)


def make_durable(folder: Path) -> None:
    """Write the entries of ``folder`` to disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
