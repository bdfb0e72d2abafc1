"""``palabre doctor``: say in plain words what is wrong with a set-up, and how to mend it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import rich_click as click

from palabre import clock, journal
from palabre import keyring as keyrings
from palabre.beacon import actions as announced
from palabre.beacon.rules import read as read_beacon
from palabre.cli import options
from palabre.config import Config, WrongSetting, load
from palabre.edge.outside import Outside, Unreachable
from palabre.errors import Refusal
from palabre.folder import DatabaseMissing, pending_migrations, require_database, require_network
from palabre.hooks.queries import untold as untold_programs
from palabre.jobs import dead_letters, troubled, waiting
from palabre.posts import linking
from palabre.push import actions as push
from palabre.sources.queries import silent as silent_feeds
from palabre.store import Database, migrations
from palabre.store.migrations import NewerSchema
from palabre.store.replication import replication
from palabre.survival.alarms import VAULT_LATE_MS, alarms
from palabre.survival.node import Node
from palabre.survival.state import Part
from palabre.survival.status import read_status
from palabre.survival.vaults import recovery
from palabre.survival.vaults import state as states
from palabre.survival.vaults.places import shown

_LOW_DISK = 1024**3
_PATIENCE = 3.0
_MOST_BYTES = 1024**2


class Finding(NamedTuple):
    """One thing looked at."""

    good: bool
    what: str
    mend: str = ""


@click.command()
@options.data
@options.as_json
def doctor(folder: Path, *, as_json: bool) -> None:
    """Check the network in the data folder; exit status 1 if something is wrong."""
    findings = list(examine(folder))
    for finding in findings:
        if as_json:
            click.echo(json.dumps(finding._asdict()))
        else:
            mark = click.style("good ", fg="green") if finding.good else click.style("wrong", fg="red")
            click.echo(f"{mark}  {finding.what}")
            if finding.mend:
                click.echo(f"       {finding.mend}")
    if not all(finding.good for finding in findings):
        raise SystemExit(1)


def examine(folder: Path) -> Iterator[Finding]:
    """Look at everything, from what the rest depends on to the rest; stop where nothing further can be known."""
    try:
        require_network(folder)
    except Refusal as refusal:
        yield Finding(good=False, what=str(refusal))
        return
    yield Finding(good=True, what=f"{folder} holds a network")
    try:
        config = load(folder)
    except WrongSetting as wrong:
        yield Finding(good=False, what=str(wrong), mend="docs/reference/configuration.md lists all settings.")
        return
    yield Finding(good=True, what=f"the settings are understood; members come to {config.origin}")
    yield from _keyring(folder)
    yield from _disk(folder)
    yield from _database(folder, config)
    yield from _vaults(folder, config)
    yield from _standbys(folder, config)
    yield from _alarms(folder, config)
    yield from _lease(folder, config)
    yield from _translation(config)
    yield from _origin(config)


def _alarms(folder: Path, config: Config) -> Iterator[Finding]:
    for alarm in alarms(folder, config):
        yield Finding(good=not alarm.urgent, what=alarm.words, mend=alarm.mend)


def _beacon(database: Database, config: Config) -> Iterator[Finding]:
    body, _ = database.read_now(announced.kept)
    if not body:
        yield Finding(good=True, what="the network has not said where it is yet: palabre serve does so")
        return
    said = read_beacon(body.encode())[0]
    expires = clock.iso(said.expires * clock.SECOND)
    if said.expires * clock.SECOND <= clock.now():
        mend = "Apps believe it no more. palabre serve signs a new one when it starts."
        yield Finding(good=False, what=f"the beacon was good until {expires}", mend=mend)
    elif config.origin not in {*said.origins, *said.former}:
        mend = "palabre serve signs a new one when it starts."
        yield Finding(good=False, what=f"the beacon does not name {config.origin}", mend=mend)
    else:
        names = ", ".join(said.origins)
        alone = len(said.origins) == 1 and not said.onion
        mend = (
            "With a second origin the app goes on when this one is lost: docs/how-to/add-an-origin.md"
            if alone
            else ""
        )
        yield Finding(good=True, what=f"the beacon names {names} and is good until {expires}", mend=mend)


def _standbys(folder: Path, config: Config) -> Iterator[Finding]:
    part = Part(folder)
    status = read_status(part)
    if part.state.successor:
        yield Finding(
            good=True,
            what=f"the network has moved: this server sends on what comes to it, to {part.state.successor}",
            mend="When nothing comes any more, stop it and destroy its folder: the keys are in there.",
        )
    elif config.standby_listen and status is not None and not status.alone:
        in_step = [peer.name[:8] for peer in status.peers if peer.in_step]
        if in_step:
            yield Finding(good=True, what=f"standby {', '.join(in_step)} is in step")
    for peer in status.peers if status is not None and config.standby_listen and not part.state.successor else ():
        if peer.behind and not peer.in_step:
            how = "connected" if peer.connected else "not connected"
            yield Finding(good=True, what=f"standby {peer.name[:8]} is {how}, and {peer.lag}")


def _lease(folder: Path, config: Config) -> Iterator[Finding]:
    if not config.auto_failover:
        return
    from palabre.survival.lease_places import place_of  # noqa: PLC0415 - S3 only for those who have it there

    name = Node(Part(folder).folder).name
    try:
        place = place_of(config.lease, config.lease_seconds)
        place.prove()
        held = place.read()
    except Refusal as refusal:
        yield Finding(good=False, what=str(refusal), mend="docs/how-to/fail-over-by-itself.md says which do.")
        return
    except (OSError, ValueError) as error:
        yield Finding(
            good=False,
            what=f"the lease cannot be reached: {error}",
            mend="Without it this server acknowledges nothing, and no standby takes over.",
        )
        return
    if held is None:
        yield Finding(good=True, what=f"the lease in {place.shown} was never taken: palabre serve takes it")
    elif held.lease.holder != name:
        who = f"another server ({held.lease.holder[:8]}, epoch {held.lease.epoch})"
        yield Finding(
            good=False,
            what=f"{who} holds the lease in {place.shown}",
            mend=f"Make this one its standby: palabre standby join ADDRESS --data {folder}",
        )
    else:
        who = (
            f"standby {held.lease.in_step[:8]} may take over"
            if held.lease.in_step
            else "no standby may take over yet"
        )
        yield Finding(good=True, what=f"this server holds the lease in {place.shown}; {who}")


def _keyring(folder: Path) -> Iterator[Finding]:
    path = folder / "keyring"
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        yield Finding(good=False, what="others on this machine can read the keyring", mend=f"chmod 600 {path}")
    try:
        keyrings.load(folder)
    except Refusal as refusal:
        yield Finding(good=False, what=str(refusal))
    else:
        yield Finding(good=True, what="the keyring can be read")


def _disk(folder: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(folder).free
    enough = free >= _LOW_DISK
    mend = "" if enough else "Free some space: when the disk is full nothing can be posted."
    yield Finding(enough, f"{free / 1024**3:.1f} GB free on the disk", mend)
    for place in (folder, folder / "media"):
        if not os.access(place, os.W_OK):
            yield Finding(good=False, what=f"{place} cannot be written", mend="Run palabre as the folder's owner.")


def _database(folder: Path, config: Config) -> Iterator[Finding]:
    faults: tuple[type[Exception], ...] = (DatabaseMissing, *Database.faults(config.database))
    try:
        require_database(folder, config)
        database = Database.open(config.database, folder)
    except faults as error:
        yield Finding(good=False, what=f"the database cannot be opened: {error}")
        return
    try:
        migrations.check_not_newer(database.engine)
        missing = pending_migrations(database)
        if missing:
            yield Finding(
                good=False,
                what=f"the database lacks {len(missing)} migration(s)",
                mend="palabre serve applies them when it starts; make a copy first.",
            )
            return
        yield Finding(good=True, what=f"the database answers ({database.engine.size() / 1024**2:.1f} MB)")
        yield from _beacon(database, config)
        yield from _work(database)
        yield from _replication(database)
    except NewerSchema as newer:
        yield Finding(good=False, what=str(newer))
    except Exception as error:  # whatever it is, the operator wants to read it
        yield Finding(
            good=False,
            what=f"the database does not answer: {str(error).strip() or type(error).__name__}",
            mend="Is PostgreSQL running, and is PALABRE_DATABASE right?" if config.database else "",
        )
    finally:
        database.close()


def _work(database: Database) -> Iterator[Finding]:
    for standing in database.read_now(journal.cursors):
        if standing.failure:
            yield Finding(
                good=False,
                what=f"{standing.name} cannot go on, {standing.behind} facts wait: {standing.failure}",
                mend="Nothing is lost. Upgrade, or report this line.",
            )
    dead = database.read_now(dead_letters)
    if dead:
        yield Finding(
            good=False,
            what=f"{len(dead)} job(s) were given up, the newest: {dead[0].kind}: {dead[0].error}",
            mend="palabre jobs dead lists them, palabre jobs retry NUMBER tries one again.",
        )
    else:
        yield Finding(good=True, what="no job was given up")

    yield from _outside(database)


def _outside(database: Database) -> Iterator[Finding]:
    """Tell of those outside who do not answer. Nobody here has to mend anything: it is tried again."""
    failed = database.read_now(troubled).get(push.SEND, 0)
    if failed:
        yield Finding(
            good=True,
            what=f"{failed} push message(s) wait: a push service does not answer",
            mend="They are sent when it does. Members find what they tell of in the app.",
        )
    silent = sum(each.tries > 0 for each in database.read_now(waiting, linking.FETCH, linking.Wanted))
    if silent:
        yield Finding(
            good=True,
            what=f"{silent} linked page(s) do not answer, or their names are not found (DNS)",
            mend="They are asked again later. Until then posts show the link without a card.",
        )
    untold = database.read_now(untold_programs)
    if untold:
        yield Finding(
            good=True,
            what=f"{untold} message(s) to programs of members wait: the programs do not answer",
            mend="They are tried again for days. Their owners see it under Settings, Development, Webhooks.",
        )
    unread = database.read_now(silent_feeds)
    if unread:
        yield Finding(
            good=True,
            what=f"{unread} feed(s) from which accounts are fed do not answer",
            mend="They are asked again, less and less often. Their owners see it under Settings, Feed.",
        )


def _translation(config: Config) -> Iterator[Finding]:
    if not config.translate_url:
        return
    try:
        asyncio.run(_ask_translator(config.translate_url))
    except (Unreachable, TimeoutError):
        mend = "Posts are read as they were written until it does. Is translate_url right, and does it run?"
        yield Finding(good=True, what="the translation service does not answer", mend=mend)
    else:
        yield Finding(good=True, what="the translation service answers")


async def _ask_translator(url: str) -> None:
    async with asyncio.timeout(_PATIENCE):
        status, _ = await Outside(anywhere=True).ask(
            "GET", f"{url.rstrip('/')}/languages", None, {}, most=_MOST_BYTES
        )
    if status != 200:
        raise Unreachable(f"status {status}")


def _replication(database: Database) -> Iterator[Finding]:
    now = database.read_now(replication)
    if now is None:
        return
    several = database.engine.several
    guide = "docs/how-to/postgresql-on-two-machines.md tells how to set one up, and what to look at."
    if not now.leads:
        mend = "A standby takes over within half a minute. If none does: patronictl list, on each machine."
        yield Finding(good=False, what="no PostgreSQL leads: members can read, and post nothing", mend=mend)
    elif now.hidden:
        mend = "As PostgreSQL's administrator: GRANT pg_monitor TO palabre (or whoever is in the database setting)."
        yield Finding(good=False, what="PostgreSQL does not tell this user about its standbys", mend=mend)
    elif now.is_missing(several=several):
        what = "no synchronous standby of PostgreSQL: what is written now is on one machine only"
        yield Finding(good=False, what=what, mend=guide)
    elif not now.synchronous:
        yield Finding(good=True, what="there is no standby: when PostgreSQL's machine is gone, all is", mend=guide)
    for each in now.standbys:
        part = (
            "has every write before it is answered" if each.synchronous else "follows, and may lack the last writes"
        )
        yield Finding(
            good=True, what=f"the standby {each.name} {part}; it shows all but {each.behind} bytes of the log"
        )


def _vaults(folder: Path, config: Config) -> Iterator[Finding]:
    if not config.vaults:
        return
    try:
        recovery.load(folder)
    except Refusal as refusal:
        yield Finding(good=False, what=str(refusal))
        return
    if config.database:
        yield from _may_be_followed(config)
    for address in config.vaults:
        state = states.load(folder, shown(address))
        if state.base and not state.failing and clock.now() - state.success <= VAULT_LATE_MS:
            yield Finding(
                good=True, what=f"the vault {state.place} was last written to at {clock.iso(state.success)}"
            )


def _may_be_followed(config: Config) -> Iterator[Finding]:
    from palabre.survival.vaults.replication import Replication  # noqa: PLC0415 - optional dependency

    try:
        line = Replication(config.database)
        try:
            line.identify()
        finally:
            line.close()
    except Refusal as refusal:
        yield Finding(good=False, what=str(refusal), mend="docs/how-to/use-postgresql.md tells what a vault needs.")
    else:
        yield Finding(good=True, what="PostgreSQL hands out its log to the vaults")


def _origin(config: Config) -> Iterator[Finding]:
    if not config.secure and not config.is_loopback:
        yield Finding(
            good=False,
            what=f"members come to {config.origin} without encryption",
            mend="Put a TLS proxy in front and set the origin to https://…",
        )
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{config.port}/health/ready", timeout=3) as answer:
            good = answer.status == 200
    except OSError:
        yield Finding(good=True, what=f"no server answers on port {config.port} now")
    else:
        yield Finding(good=good, what=f"the server on port {config.port} is ready")
