"""How far a copy is, told on standard error."""

from __future__ import annotations

from typing import Final

import rich_click as click

from palabre import clock
from palabre.survival.following import Progress

_EVERY: Final = {"bytes": 64 * 1024**2, "files": 1_000}
_SECONDS: Final = 2.0
"""On a slow line something is said this often."""


def shown_to_operator() -> Progress:
    """Return what is told of a copy: it says something every 64 MB, every 1,000 files, and every two seconds."""
    shown = {"bytes": 0, "files": 0}
    said = clock.monotonic()

    def show(what: str, done: int) -> None:
        nonlocal said
        part = done // _EVERY[what]
        if part != shown[what] or clock.monotonic() - said >= _SECONDS:
            shown[what], said = part, clock.monotonic()
            click.echo(f"copied {done / 1024**2:,.1f} MB" if what == "bytes" else f"copied {done:,} files", err=True)

    return show
