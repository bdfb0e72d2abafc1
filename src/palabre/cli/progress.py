"""How far a copy is, told on standard error."""

from __future__ import annotations

import rich_click as click

from palabre.survival.following import Progress


def shown_to_operator() -> Progress:
    """Return what is told of a copy: it says something every 64 MB and every 1,000 files."""
    shown = {"bytes": 0, "files": 0}

    def show(what: str, done: int) -> None:
        unit = 64 * 1024**2 if what == "bytes" else 1_000
        if done // unit != shown[what]:
            shown[what] = done // unit
            click.echo(f"copied {done / 1024**2:,.0f} MB" if what == "bytes" else f"copied {done:,} files", err=True)

    return show
