"""The ``palabre`` command. Each subcommand is a module, imported when it is called."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import rich_click as click

from palabre import __version__
from palabre.errors import Refusal

_COMMANDS = {
    "serve": "palabre.cli.serve:serve",
    "init": "palabre.cli.init:init",
    "account": "palabre.cli.account:account",
    "invite": "palabre.cli.account:invite",
    "emoji": "palabre.cli.emoji:emoji",
    "import": "palabre.cli.import_:import_",
    "standby": "palabre.cli.standby:standby",
    "promote": "palabre.cli.standby:promote",
    "move": "palabre.cli.move:move",
    "keys": "palabre.cli.keys:keys",
    "beacon": "palabre.cli.beacon:beacon",
    "sample": "palabre.cli.sample:sample",
    "jobs": "palabre.cli.jobs:jobs",
    "backup": "palabre.cli.backup:backup",
    "restore": "palabre.cli.backup:restore_",
    "doctor": "palabre.cli.doctor:doctor",
    "drill": "palabre.cli.drill:drill",
    "bench": "palabre.cli.bench:bench",
}


class _Lazy(click.RichGroup):
    """Finds subcommands by name, so that ``palabre serve`` loads nothing of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        where = _COMMANDS.get(cmd_name)
        if where is None:
            return None
        module, _, name = where.partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="palabre")
def palabre() -> None:
    """A social network that nobody can switch off, rob or quietly censor."""


def main(arguments: list[str] | None = None) -> Any:
    """Run a command; a refusal is one line on standard error and exit status 1."""
    try:
        return palabre.main(args=arguments, prog_name="palabre", standalone_mode=False)
    except click.UsageError as wrong:
        wrong.show()
        sys.exit(wrong.exit_code)
    except click.ClickException as wrong:
        problem = wrong.format_message()
    except Refusal as refusal:
        problem = str(refusal)
    except click.Abort:
        problem = "stopped"
    except OSError as error:
        if error.filename is None:  # of no file: whoever mends it needs to know where it came from
            raise
        problem = f"{error.filename}: {error.strerror}"
    print(f"palabre: {problem}", file=sys.stderr)  # noqa: T201 - this is where it is told
    sys.exit(1)
