"""``palabre jobs``: work that was given up, and another life for it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import rich_click as click

from palabre import clock
from palabre import jobs as queue
from palabre.cli import options
from palabre.folder import open_folder


@click.group()
def jobs() -> None:
    """Look at durable work that failed for good."""


@jobs.command("dead")
@options.data
@options.as_json
def dead(folder: Path, *, as_json: bool) -> None:
    """List the jobs that were given up, newest first."""
    database = open_folder(folder).database
    try:
        letters = database.read_now(queue.dead_letters)
    finally:
        database.close()
    for letter in letters:
        if as_json:
            click.echo(msgspec.json.encode(letter).decode())
        else:
            click.echo(f"{letter.id}  {clock.iso(letter.created)}  {letter.kind}  {letter.error}")
    if not letters and not as_json:
        click.echo("No job was given up.")


@jobs.command("retry")
@click.argument("number", type=int)
@options.data
def retry(number: int, folder: Path) -> None:
    """Let the dead job NUMBER be tried again."""
    database = open_folder(folder).database
    try:
        found = database.write_now(queue.retry_dead, number)
    finally:
        database.close()
    if not found:
        raise click.ClickException(f"No dead job has the number {number}: see palabre jobs dead.")
    click.echo("It will be tried again within a minute.")
