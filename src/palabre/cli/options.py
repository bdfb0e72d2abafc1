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
