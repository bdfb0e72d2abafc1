"""``palabre bench``: what a network costs per request on this machine."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import rich_click as click

from palabre.bench import report as tables
from palabre.bench.http import WrongAnswer
from palabre.bench.run import PARTS, Options, quick, run

_DATABASES = {"sqlite": ("sqlite",), "postgresql": ("postgresql",), "both": ("sqlite", "postgresql")}


@click.command()
@click.option("--database", type=click.Choice(list(_DATABASES)), default="both", show_default=True)
@click.option(
    "--only", multiple=True, type=click.Choice(PARTS), help="Measure only this; may be given several times."
)
@click.option("--seconds", type=click.IntRange(1), help="Length of a pass.  [default: 2]")
@click.option("--passes", type=click.IntRange(1), help="Passes of each load.  [default: 3]")
@click.option("--megabytes", type=click.IntRange(1), help="Database that is promoted and restored.  [default: 1000]")
@click.option(
    "--quick", "short", is_flag=True, help="A small town and short passes: a minute, and figures that say little."
)
@click.option(
    "--results", type=click.Path(file_okay=False, path_type=Path), default="bench-results", show_default=True,
    help="The folder for the results as JSON and as a table.",
)  # fmt: skip
@click.option(
    "--page", type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="A page of the documentation to write the table into.",
)  # fmt: skip
def bench(
    database: str,
    only: tuple[str, ...],
    seconds: int | None,
    passes: int | None,
    megabytes: int | None,
    results: Path,
    page: Path | None,
    *,
    short: bool,
) -> None:
    """Measure a network of 1,000 people, made for this and removed afterwards, with wrk; check all answers."""
    options = Options(databases=_DATABASES[database], parts=only or PARTS)
    if short:
        options = quick(options)
    chosen = {"seconds": seconds, "passes": passes, "large_bytes": megabytes and megabytes * 10**6}
    options = msgspec.structs.replace(options, **{name: value for name, value in chosen.items() if value})
    try:
        report = asyncio.run(run(options, lambda what: click.echo(f"  {what}", err=True)))
    except WrongAnswer as wrong:
        raise click.ClickException(f"a wrong answer: {wrong}") from wrong
    table = tables.markdown(report)
    results.mkdir(parents=True, exist_ok=True)
    name = f"{report.date}-{'-'.join(options.databases)}{'-quick' if short else ''}"
    (results / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(report)))
    (results / f"{name}.md").write_text(table, "utf-8")
    if page is not None:
        tables.write_into(page, table)
    click.echo(table)
