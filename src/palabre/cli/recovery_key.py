"""How the recovery key is shown: once, as text and as a QR code."""

from __future__ import annotations

import io

import rich_click as click
import segno


def show(private: str) -> None:
    """Print the private half of a recovery key."""
    drawn = io.StringIO()
    segno.make(private, error="l").terminal(drawn, compact=True, border=2)
    click.echo("\nThe recovery key, shown only now and kept nowhere on this machine:\n")
    click.echo(f"    {private}\n")
    click.echo(drawn.getvalue())
    click.echo("Write it down, or photograph it with a device that is not a server, and keep it in two safe places.")
    click.echo("Whoever has it can read every backup; without it no backup can be read, by anybody.\n")
