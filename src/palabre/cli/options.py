"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

data = click.option(
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="data",
    show_default=True,
    envvar="PALABRE_DATA",
    help="The folder of the network.",
)

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line, for scripts.")

yes = click.option("--yes", is_flag=True, help="Do not ask whether this is right.")


def confirm(plan: str, *, yes: bool, question: str = "Go on?") -> None:
    """Say what is about to be done, and ask; with ``yes``, say it and go on.

    Raises:
        Abort: the answer is no, or nobody is there to answer.

    """
    click.echo(plan, err=True)
    if not yes:
        click.confirm(question, default=False, abort=True, err=True)
