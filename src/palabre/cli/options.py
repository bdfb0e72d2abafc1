"""Options that several commands share."""

from __future__ import annotations

import os
import pwd
from functools import partial
from pathlib import Path
from typing import Any

import rich_click as click

from palabre.errors import Conflict


class OfAnotherUser(Conflict):
    """Root would leave files there that the server cannot read; details: ``folder``, ``owner``, ``command``."""

    code = "folder.of_another_user"
    message = (
        "{folder} is {owner}'s, and what root writes there the server could not read. "
        "Do this as that user: runuser -u {owner} -- {command} …"
    )


def _by_its_owner(context: Any, _option: Any, folder: Path) -> Path:
    """Refuse root in the folder of somebody who has a name here.

    Raises:
        OfAnotherUser: it is one.

    """
    if os.geteuid() == 0 and folder.exists() and not context.resilient_parsing and (uid := folder.stat().st_uid):
        try:
            owner = pwd.getpwuid(uid).pw_name
        except KeyError:  # a folder of the host, in a container
            return folder
        raise OfAnotherUser(folder=folder, owner=owner, command=context.command_path)
    return folder


_data = partial(
    click.option,
    "--data",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default="data",
    show_default=True,
    envvar="PALABRE_DATA",
    help="The folder of the network.",
)
data = _data(callback=_by_its_owner)

anybodys_data = _data()
"""For what root does in a folder that it gives to its user afterwards."""

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
