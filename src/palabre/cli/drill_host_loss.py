"""``palabre drill host-loss``: the machine that leads is gone, while members post."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import rich_click as click

from palabre.drill import hostloss, named
from palabre.drill.figures import told
from palabre.drill.host import Broken
from palabre.drill.load import Target
from palabre.folder import require_network
from palabre.survival.drills import DrillReport, keep

_USUALLY = 0.8
"""How much of what members try to write they write in a drill that proves something: 200 of 250 a second."""


@click.command("host-loss")
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True, help="Losses, one after the other.")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(hostloss.KINDS),
    help="How a host is lost; may be given several times.  [default: all in turn, then by chance]",
)  # fmt: skip
@click.option("--rate", type=click.FloatRange(1), default=250.0, show_default=True, help="Posts a second.")
@click.option("--clients", type=click.IntRange(2), default=24, show_default=True, help="Members who post at once.")
@click.option("--lease", default="", help="An s3://… store with an http:// endpoint.  [default: a folder of its own]")
@click.option("--lease-seconds", type=click.FloatRange(2), default=8.0, show_default=True)
@click.option(
    "--rto-limit", type=click.FloatRange(1), default=15.0, show_default=True,
    help="The drill fails if more than 5 of 100 losses last longer than so many seconds.",
)  # fmt: skip
@click.option(
    "--writes-limit", type=click.FloatRange(0),
    help="The drill fails if members write less than so many times a second before more than 5 of 100 losses.  "
    "[default: four fifths of --rate]",
)  # fmt: skip
@click.option("--seed", type=int, help="Repeat the chances of an earlier drill.")
@click.option("--primary", help="Rehearse on named hosts instead: where the one that leads now is, https://…")
@click.option("--standby", help="Where the one that has to take over will serve.")
@click.option("--kill-command", help="What destroys the primary, e.g. 'ssh one systemctl kill -s KILL palabre'.")
@click.option(
    "--token", "tokens", multiple=True, envvar="PALABRE_DRILL_TOKEN",
    help="An access token with which to post on named hosts (read and write); may be given several times.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Do not ask whether the named host may be destroyed.")
@click.option(
    "--data", "folder", type=click.Path(file_okay=False, path_type=Path),
    help="The folder of a network, which keeps the report.",
)  # fmt: skip
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="A file for the report as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def host_loss(
    rounds: int,
    kinds: tuple[str, ...],
    rate: float,
    clients: int,
    lease: str,
    lease_seconds: float,
    rto_limit: float,
    writes_limit: float | None,
    seed: int | None,
    primary: str | None,
    standby: str | None,
    kill_command: str | None,
    tokens: tuple[str, ...],
    folder: Path | None,
    report: Path | None,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Lose the host that leads while members post, and see whether the standby has everything; 1 if not.

    Without --primary two servers are made on this machine, in a folder that is removed afterwards: nothing that
    exists is touched. With --primary, --standby, --kill-command and --token it is done to real ones, once.
    """
    if folder is not None:
        require_network(folder)
    least = _USUALLY * rate if writes_limit is None else writes_limit
    if primary or standby or kill_command:
        if not (primary and standby and kill_command and tokens):
            raise click.UsageError("--primary, --standby, --kill-command and --token belong together")
        done = _on_named_hosts(primary, standby, kill_command, tokens, clients, rate, rto_limit, least, yes=yes)
    else:
        options = hostloss.Options(
            rounds=rounds,
            kinds=kinds or hostloss.KINDS,
            clients=clients,
            rate=rate,
            lease=hostloss.unique(lease) if lease else "",
            lease_seconds=lease_seconds,
            rto_limit=rto_limit,
            writes_limit=least,
            seed=seed,
        )
        done = _finished(hostloss.run(options, lambda what: click.echo(what, err=True)))
    encoded = msgspec.json.format(msgspec.json.encode(done))
    if report is not None:
        report.write_bytes(encoded + b"\n")
    if folder is not None:
        click.echo(f"kept as {keep(folder, done)}", err=True)
    click.echo(encoded.decode() if as_json else told(done))
    if not done.passed:
        raise SystemExit(1)


def _on_named_hosts(
    primary: str,
    standby: str,
    kill_command: str,
    tokens: tuple[str, ...],
    clients: int,
    rate: float,
    rto_limit: float,
    writes_limit: float,
    *,
    yes: bool,
) -> DrillReport:
    try:
        targets = (Target.parse(primary), Target.parse(standby))
        plan = named.Plan(
            targets=targets, command=kill_command, tokens=tokens, clients=clients, rate=rate, rto_limit=rto_limit,
            writes_limit=writes_limit,
        )  # fmt: skip
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo(plan.told(), err=True)
    if not yes:
        click.confirm("Do this now?", default=False, abort=True, err=True)
    return _finished(named.run(plan, lambda what: click.echo(what, err=True)))


def _finished(drill: object) -> DrillReport:
    try:
        return asyncio.run(drill)  # type: ignore[arg-type]
    except Broken as broken:
        raise click.ClickException(str(broken)) from None
