"""``palabre drill restore``: lose everything but a vault, and see what comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import rich_click as click

from palabre.cli.backup import read_identity
from palabre.config import load
from palabre.drill import existing
from palabre.drill import restore as drills
from palabre.folder import require_network
from palabre.survival.drills import keep


@click.command("restore")
@click.option("--database", type=click.Choice(["sqlite", "postgresql"]), default="sqlite", show_default=True)
@click.option(
    "--vault", default="", metavar="PLACE", help="The vault to use.  [default: a folder of the drill's own]"
)
@click.option("--seconds", type=click.FloatRange(1), default=10.0, show_default=True, help="How long members post.")
@click.option("--rate", type=click.FloatRange(1), default=50.0, show_default=True, help="Posts a second.")
@click.option(
    "--fill", "megabytes", type=click.IntRange(0), default=0, help="Put so many MB into the database before."
)
@click.option(
    "--data", "folder", type=click.Path(file_okay=False, path_type=Path),
    help="Use the network in this folder and its vault instead of making one; nothing is destroyed.",
)  # fmt: skip
@click.option("--key", "key_file", metavar="FILE", help="With --data: the recovery key (- for standard input).")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="A file for the report as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def restore(
    database: str, vault: str, seconds: float, rate: float, megabytes: int, folder: Path | None, key_file: str | None,
    report: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Lose everything but a vault, bring the network back elsewhere, and compare; exit status 1 if anything is amiss.

    Without --data a network is made for this, in a temporary folder: members post, its server is killed, its folder
    and its database are removed, and the vault has to bring back all that it was said to have. With --data the vault
    of a real network is restored beside it, compared with it, and removed again; the report stays in its folder.
    """

    def tell(what: str) -> None:
        click.echo(what, err=True)

    if folder is None:
        options = drills.Options(
            database=database, vault=vault, seconds=seconds, rate=rate, fill_bytes=megabytes * 1024**2
        )
        done = asyncio.run(drills.run(options, tell))
    else:
        require_network(folder)
        places = [vault] if vault else list(load(folder).vaults)
        if not places:
            raise click.UsageError("There is no vault. Name one with --vault, or in the settings")
        done = existing.run(folder, places[0], read_identity(key_file), tell)
        click.echo(f"kept as {keep(folder, done)}", err=True)
    encoded = msgspec.json.format(msgspec.json.encode(done))
    if report is not None:
        report.write_bytes(encoded + b"\n")
    click.echo(encoded.decode() if as_json else drills.told(done))
    if not done.passed:
        raise SystemExit(1)
