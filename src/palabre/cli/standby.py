"""``palabre standby`` and ``palabre promote``: a second server that has everything, and takes over."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path

import msgspec
import rich_click as click

from palabre import clock
from palabre.cli import options
from palabre.cli.progress import shown_to_operator
from palabre.config import Config, load
from palabre.folder import require_network
from palabre.store.turns import AlreadyServed, Turns
from palabre.survival.errors import NotPromoted, SQLiteOnly
from palabre.survival.following import join as join_network
from palabre.survival.following import rejoin
from palabre.survival.node import Node
from palabre.survival.promotion import asking, check
from palabre.survival.standby import follow_until_promoted
from palabre.survival.state import Part
from palabre.survival.status import read_status
from palabre.survival.wire import Address
from palabre.survival.wishes import REFUSAL, promote_by_hand

_PROMOTION_SECONDS = 60.0
_STALE_SECONDS = 5


@click.group()
def standby() -> None:
    """Keep a second server that has every write before it is answered."""


@standby.command()
@options.data
@options.as_json
def invite(folder: Path, *, as_json: bool) -> None:
    """Make a token with which one server may join as a standby, within the hour."""
    require_network(folder)
    config = load(folder)
    if config.database:
        raise SQLiteOnly
    part = Part(folder)
    token = part.invite(Node(part.folder).name)
    if as_json:
        click.echo(json.dumps({"token": token, "address": config.standby_listen}))
        return
    if not config.standby_listen:
        click.echo(
            'This server listens for no standbys yet. Set standby_listen = "ADDRESS:8100" and restart it.', err=True
        )
    click.echo("On the other machine, within an hour (ADDRESS is where it reaches this one):")
    click.echo(f"  palabre standby join {_reached(config.standby_listen)} --token {token} --data data")
    click.echo("Who has this token gets the keys of the network: send it by a way that you trust.")


def _reached(listens: str) -> str:
    """Return where another machine connects, as far as that is known here: a server may listen on all addresses."""
    where = Address.parse(listens or "0.0.0.0:8100")
    return f"ADDRESS:{where.port}" if where.host in {"0.0.0.0", "::"} else str(where)  # noqa: S104 - to compare


@standby.command()
@click.argument("address")
@options.data
@click.option("--token", help="What palabre standby invite printed; not needed by a server that was in already.")
@click.option("--once", is_flag=True, help="End when everything is here, instead of following.")
@options.yes
def join(address: str, folder: Path, *, token: str | None, once: bool, yes: bool) -> None:
    """Make this folder a standby of the server at ADDRESS (host:port): copy everything, then follow.

    A server that knows the other already (one of them has followed the other) needs no token. A folder that was the
    primary before keeps what nobody vouched for aside, and says so.
    """
    try:
        where = Address.parse(address)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
    if (folder / "palabre.db").exists() and not Part(folder).is_standby:
        options.confirm(
            f"{folder} holds a network. Its database is replaced by the one of {address}; what only {folder} has is\n"
            "kept in survival/aside-… there.",
            yes=yes,
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    turns = Turns(folder / "palabre.db")
    turns.serve(patience=0.0)
    try:
        if token:
            asyncio.run(join_network(folder, where, token))
        else:
            asyncio.run(rejoin(folder, where))
    finally:
        turns.serve_no_more()
    click.echo(f"{folder} is a standby of {address}.", err=True)
    follow_until_promoted(folder, load(folder), progress=shown_to_operator(), once=once)
    if once:
        click.echo(
            f"Everything is here. Next: palabre serve --data {folder} (it follows, and serves once promoted)",
            err=True,
        )


@standby.command()
@options.data
@options.as_json
def status(folder: Path, *, as_json: bool) -> None:
    """Say what this server is to the others, and how far they are; exit status 1 if something is wrong."""
    part = Part(folder)
    now = read_status(part)
    fresh = now is not None and clock.now() - now.at < _STALE_SECONDS * clock.SECOND
    if as_json:
        click.echo(msgspec.json.encode({"running": fresh, "last": now}).decode())
    elif part.state.successor:
        click.echo(f"moved: what comes here is sent on to {part.state.successor}")
        return
    elif now is None:
        click.echo("This server has no standby, and is none.")
    else:
        click.echo(f"{now.role}, epoch {now.epoch}" + ("" if fresh else f"; NOT RUNNING since {clock.iso(now.at)}"))
        if now.role == "standby":
            has_all = f"in step: it has every acknowledged write (turn {now.turn})"
            click.echo(has_all if now.in_step else "not in step")
            click.echo("connected" if now.connected else "NOT CONNECTED")
        if now.trouble:
            click.echo(f"TROUBLE: {now.trouble}")
        if now.lease is not None:
            click.echo(f"LEASE: {now.lease}" if now.lease else "the lease can be reached")
        for peer in now.peers:
            how = "in step" if peer.in_step else "connected" if peer.connected else "NOT CONNECTED"
            behind = "" if peer.behind is None else f", {peer.lag}"
            away = "" if peer.round_trip_ms is None else f", {peer.round_trip_ms} ms away"
            click.echo(f"standby {peer.name[:8]}: {how}{behind}{away}")
    if now is not None and (not fresh or now.alone or now.connected is False or now.role == "fenced"):
        raise SystemExit(1)
    if now is not None and (now.lease or now.trouble):
        raise SystemExit(1)


@standby.command()
@click.argument("name")
@options.data
@options.yes
def remove(name: str, folder: Path, *, yes: bool) -> None:
    """Let the standby NAME (as status shows it) in no more. Without any standby, writes wait for none."""
    part = Part(folder)
    found = [peer.name for peer in part.peers() if peer.name.startswith(name)]
    if len(found) != 1:
        raise click.BadParameter(f"{len(found)} standbys have a name that begins like this")
    last = len(part.peers()) == 1
    alone = "It is the last one: from then on what members write is on this machine only.\n" if last else ""
    options.confirm(
        f"The standby {found[0][:8]} gets nothing any more, and comes back only with a new token.\n{alone}", yes=yes
    )
    part.remove(found[0])
    click.echo(
        f"{found[0][:8]} is removed. It keeps what it has, keys included: destroy its folder if it is not yours."
    )


def _promotion(part: Part, *, force: bool) -> str:
    if part.interrupted:
        return (
            f"The promotion of {part.data} was begun, and interrupted. This finishes it. If another server has led\n"
            "meanwhile, what was written there is lost here: then join that one instead (palabre standby join)."
        )
    lost = ""
    if not part.state.in_step and force:
        lost = "Writes that were acknowledged may be missing in this copy: they would be LOST.\n"
    return (
        f"{lost}{part.data} takes over from {part.state.primary or 'nobody'}, which comes back only as a standby.\n"
        "If it still runs, stop it first, above all if another standby follows it: with that one's word it could go\n"
        "on answering members until the two servers reach each other, and what it answers then is lost. To change\n"
        "hosts while both run, palabre move is the gentle way."
    )


@click.command()
@options.data
@click.option("--force", is_flag=True, help="Even if this copy may lack writes that were acknowledged.")
@options.yes
def promote(folder: Path, *, force: bool, yes: bool) -> None:
    """Make this standby the primary. The server it followed can acknowledge nothing any more."""
    part = Part(folder)
    check(part, force=force)
    options.confirm(_promotion(part, force=force), yes=yes, question=f"Make {folder} the primary?")
    started = clock.monotonic()
    _promote(part, load(folder), force=force)
    took = clock.monotonic() - started
    click.echo(f"{folder} is the primary since {took:.2f} s, epoch {part.reload().epoch}.")


def _promote(part: Part, config: Config, *, force: bool) -> None:
    """Promote, or have it done by the process that follows in the folder: that one may end, or begin, meanwhile."""
    refusal = part.folder / REFUSAL
    refusal.unlink(missing_ok=True)
    deadline = clock.monotonic() + _PROMOTION_SECONDS
    turns = Turns(part.data / "palabre.db")
    with ExitStack() as wish:
        asks = False
        while part.is_standby:
            if refusal.exists():
                raise click.ClickException(refusal.read_text())
            try:
                turns.serve(patience=0.0)
            except AlreadyServed:
                if clock.monotonic() > deadline:
                    raise NotPromoted(folder=part.data) from None
                if not asks and part.is_standby:
                    wish.enter_context(asking(part, force=force))
                    asks = True
                clock.pause(0.02)
                continue
            try:
                if part.is_standby:
                    promote_by_hand(part, config, force=force)
            finally:
                turns.serve_no_more()
