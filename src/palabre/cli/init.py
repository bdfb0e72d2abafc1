"""``palabre init``: make a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import rich_click as click

from palabre.cli import options, postgresql_ha, recovery_key
from palabre.folder import initialise
from palabre.survival.vaults import recovery as recoveries


@click.command()
@options.data
@click.option("--origin", default="http://localhost:8000", show_default=True, help="Where members will reach it.")
@click.option("--yes", is_flag=True, help="Do not ask whether this is right.")
@options.as_json
@postgresql_ha.options
def init(
    folder: Path, origin: str, *, yes: bool, as_json: bool, ha_folder: str | None, **high_availability: Any
) -> None:
    """Make a new network: settings, keys, an empty database, and the recovery key of its backups."""
    if ha_folder is not None:
        place = Path(ha_folder) if ha_folder else folder / "postgresql-ha"
        postgresql_ha.write(place, as_json=as_json, **high_availability)
        return
    if not yes:
        click.confirm(f"Make a network for {origin} in {folder}?", default=True, abort=True)
    config = initialise(folder, origin=origin.rstrip("/"))
    private = recoveries.create(folder)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "origin": config.origin, "recovery_key": private}))
        return
    click.echo(f"{folder} now holds a network for {config.origin}.")
    click.echo("Its keyring is in there too: who has it can read everything, and without it much is lost.")
    recovery_key.show(private)
    click.echo(f"Next: palabre account create NAME --admin --data {folder}, then palabre serve --data {folder}")
