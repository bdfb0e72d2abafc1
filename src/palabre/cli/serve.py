"""``palabre serve``: run the network."""

from __future__ import annotations

import gc
from pathlib import Path

import rich_click as click

from palabre.cli import options


@click.command()
@options.data
@click.option("--host", help="The address to listen on.")
@click.option("--port", type=click.IntRange(1, 65_535), help="The port to listen on.")
@click.option("--metrics-port", type=click.IntRange(0, 65_535), help="Loopback port of the metrics; 0 for none.")
@click.option(
    "--auto-failover",
    is_flag=True,
    default=None,
    help="Lead only with the lease; as a standby, take over when nobody renews it. Needs the setting lease.",
)
def serve(
    folder: Path, *, host: str | None, port: int | None, metrics_port: int | None, auto_failover: bool | None
) -> None:
    """Run the network until it is told to stop."""
    gc.disable()  # nothing that is loaded now is garbage; the server turns it on again
    from palabre.serving import run  # noqa: PLC0415 - everything is behind it

    run(folder, host=host, port=port, metrics_port=metrics_port, auto_failover=auto_failover or None)
