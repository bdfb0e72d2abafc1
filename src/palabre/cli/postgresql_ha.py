"""The part of ``palabre init`` that writes the files of PostgreSQL on two machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rich_click as click

from palabre.survival.patroni import Layout, write_files
from palabre.survival.patroni.layout import WrongLayout, newest_binaries, ports_of

_OPTIONS = (
    click.option(
        "--postgresql-ha",
        "ha_folder",
        is_flag=False,
        flag_value="",
        metavar="[DIR]",
        help="Make no network, but write the files of PostgreSQL on two machines into DIR (without DIR: into"
        " postgresql-ha in the data folder).",
    ),
    click.option(
        "--ha-machine", "machines", multiple=True, metavar="ADDRESS", help="A machine with PostgreSQL; give two."
    ),
    click.option(
        "--ha-etcd",
        "etcd",
        multiple=True,
        metavar="ADDRESS",
        help="A machine with etcd; give three: the two above and another one.",
    ),
    click.option(
        "--ha-application",
        "applications",
        multiple=True,
        metavar="ADDRESS",
        help="A machine that runs Palabre, if it is not one of the two.",
    ),
    click.option(
        "--ha-ports",
        "ports",
        default="5432,8008,2379",
        show_default=True,
        help="The ports of PostgreSQL, Patroni and etcd, whose members also use the next one.",
    ),
    click.option(
        "--ha-bin", "binaries", metavar="DIR", help="Where PostgreSQL's programs are. Default: as Debian has it."
    ),
    click.option(
        "--ha-etc",
        "etc",
        metavar="DIR",
        default=Layout().etc,
        show_default=True,
        help="Where the files will be on each machine.",
    ),
    click.option(
        "--ha-data",
        "ha_data",
        metavar="DIR",
        default=Layout().data,
        show_default=True,
        help="Where the data will be on each machine.",
    ),
)


def options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of :func:`write`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def write(
    folder: Path,
    *,
    machines: tuple[str, ...],
    etcd: tuple[str, ...],
    applications: tuple[str, ...],
    ports: str,
    binaries: str | None,
    etc: str,
    ha_data: str,
    as_json: bool,
) -> None:
    """Write the files, and say what to do with them.

    Raises:
        WrongLayout: an option is wrong, or one is missing that belongs to another.
        FileExists: one of the files is there; nothing was written.

    """
    examples = not machines and not etcd
    if not examples and not (machines and etcd):
        option = "--ha-etcd" if machines else "--ha-machine"
        raise WrongLayout(option=option, problem="is needed too, once the other addresses are given")
    usual = Layout()
    postgresql_port, patroni_port, etcd_port = ports_of(ports)
    layout = Layout(
        machines=machines or usual.machines,
        etcd=etcd or usual.etcd,
        applications=applications,
        postgresql_port=postgresql_port,
        patroni_port=patroni_port,
        etcd_port=etcd_port,
        bin=binaries or newest_binaries(),
        etc=etc,
        data=ha_data,
    )
    written = write_files(folder, layout)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "files": [path.name for path in written]}))
        return
    click.echo(f"{folder} now holds {len(written)} files, with passwords that were made just now.")
    if examples:
        click.echo(
            f"The addresses in them are examples ({', '.join(usual.etcd)}): --ha-machine and --ha-etcd set yours."
        )
    click.echo(f"Next: {folder / 'README.md'} has the steps.")
