"""``palabre move``: bring the network to this machine, on purpose and without a pause that members notice."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import rich_click as click

from palabre import clock
from palabre.cli import options
from palabre.cli.progress import shown_to_operator
from palabre.config import Config, load
from palabre.folder import NotInitialised
from palabre.store.turns import AlreadyServed, Turns
from palabre.survival.errors import NotAStandby, NotHandedOver, NowhereToListen, SQLiteOnly
from palabre.survival.following import join as join_network
from palabre.survival.moving import require_handed, take_back
from palabre.survival.promotion import asking
from palabre.survival.standby import follow_until_promoted
from palabre.survival.state import Part
from palabre.survival.wire import Address
from palabre.survival.wishes import REFUSAL

_PATIENCE_SECONDS = 60.0


@click.command()
@options.data
@click.option("--from", "source", metavar="HOST:PORT", help="Where the old server lets standbys in (standby_listen).")
@click.option("--token", help="What palabre standby invite printed on the old server.")
@click.option(
    "--to",
    "here",
    metavar="HOST:PORT",
    help="Where the old server reaches this one. Without it: the address that this one comes from.",
)
@click.option("--cancel", is_flag=True, help="On the old server: go on here; the new one is gone and never led.")
@click.option("--force", is_flag=True, help="With --cancel: although the new server was told already that it leads.")
@options.yes
@options.as_json
def move(
    folder: Path,
    *,
    source: str | None,
    token: str | None,
    here: str | None,
    cancel: bool,
    force: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Bring the network from another server to this one while it runs.

    On a new machine, with --from and --token: copy everything, take over, and serve. On a standby that follows
    already (palabre serve runs in its folder): take over. Nothing that was acknowledged is lost and nothing is
    refused: what members write waits for about a second. The old server sends on to this one whatever still comes to
    it, for as long as it runs.
    """
    if cancel:
        _cancel(folder, force=force, yes=yes)
        return
    for address in filter(None, (source, here)):
        _parse(address)
    joins = source is not None
    part = Part(folder)
    if not joins and not part.is_standby:
        raise NotAStandby(folder=folder)
    options.confirm(_plan(folder, source or part.state.primary, joins=joins), yes=yes)
    if joins:
        _join(folder, source or "", token)
        part = Part(folder)
    config = load(folder)
    if config.database:
        raise SQLiteOnly
    at = here or f":{_port(config, folder)}"
    served = _take_over(part, config, at)
    part.reload()
    if as_json:
        facts = {"moved": True, "from": part.state.primary, "epoch": part.state.epoch, "serving": served}
        click.echo(json.dumps(facts))
    else:
        click.echo(f"The network is here now, epoch {part.state.epoch}.")
        click.echo(f"{part.state.primary} sends on what still comes to it: let it run until the name leads here.")
    if not served:
        click.echo("Serving. Ctrl+C stops.", err=True)
        from palabre.serving import run  # noqa: PLC0415 - everything is behind it

        run(folder)


def _plan(folder: Path, source: str, *, joins: bool) -> str:
    copied = f"  1. {folder} becomes a copy of the server at {source}: database, pictures, keys.\n" if joins else ""
    first = 2 if joins else 1
    return (
        f"This moves the network from {source} to this machine:\n{copied}"
        f"  {first}. When the copy has everything, this server takes over. Writes wait about a second.\n"
        f"  {first + 1}. The old server writes nothing any more, for good. It sends on whatever comes to it.\n"
        "The way back is another move, in the other direction."
    )


def _parse(address: str) -> Address:
    try:
        return Address.parse(address)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _port(config: Config, folder: Path) -> int:
    if not config.standby_listen:
        raise NowhereToListen(settings=folder / "palabre.toml")
    return _parse(config.standby_listen).port


def _join(folder: Path, source: str, token: str | None) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    turns = Turns(folder / "palabre.db")
    turns.serve(patience=0.0)
    try:
        if token:
            asyncio.run(join_network(folder, _parse(source), token))
        else:
            part = Part(folder)
            if not part.state.primary_certificate:
                raise NotInitialised(folder=folder)
            part.follow()
            part.change(primary=source, in_step=False)
    finally:
        turns.serve_no_more()


def _take_over(part: Part, config: Config, at: str) -> bool:
    """Have the network handed over; return whether another process serves it."""
    refusal = part.folder / REFUSAL
    refusal.unlink(missing_ok=True)

    def prepare() -> None:
        from palabre.serving import get_ready  # noqa: PLC0415 - everything is behind it

        get_ready(config)

    shown = shown_to_operator()
    try:
        follow_until_promoted(part.data, config, progress=shown, move=at, prepare=prepare, patience=0.0)
    except AlreadyServed:
        _ask_who_follows(part, at)
        return True
    return False


def _ask_who_follows(part: Part, at: str) -> None:
    refusal = part.folder / REFUSAL
    deadline = clock.monotonic() + _PATIENCE_SECONDS
    with asking(part, move=at):
        while part.is_standby:
            if refusal.exists():
                raise click.ClickException(refusal.read_text())
            if clock.monotonic() > deadline:
                raise NotHandedOver(reason="the process that follows in this folder did not answer")
            clock.pause(0.02)


def _cancel(folder: Path, *, force: bool, yes: bool) -> None:
    part = Part(folder)
    turns = Turns(folder / "palabre.db")
    turns.serve(patience=0.0)
    try:
        config = load(folder)
        require_handed(part, config, force=force)
        options.confirm(_plan_of_cancelling(folder, part), yes=yes)
        take_back(part, config, force=force)
    finally:
        turns.serve_no_more()
    click.echo(f"{folder} goes on, epoch {part.state.epoch}. Next: palabre serve --data {folder}")


def _plan_of_cancelling(folder: Path, part: Part) -> str:
    name = part.state.handed_to[:8]
    if part.state.let_go:
        return (
            f"{folder} handed the network to {name}, and told it that it leads. If that server leads it anywhere,\n"
            "there will be two that answer until they meet, and what members write to it is lost. Go on here only\n"
            "if it is gone for good, or its folder was destroyed."
        )
    return (
        f"{folder} handed the network to {name}, which was not told that it leads, and never will be.\n"
        "When it comes back it follows this server again."
    )
