"""``palabre doctor``: say in plain words what is wrong with a set-up, and how to mend it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import rich_click as click

from palabre import journal
from palabre import keyring as keyrings
from palabre.cli import options
from palabre.config import Config, WrongSetting, load
from palabre.errors import Refusal
from palabre.folder import pending_migrations, require_network
from palabre.jobs import dead_letters
from palabre.store import Database

_LOW_DISK = 1024**3


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
    yield from _origin(config)


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
    database = Database.open(config.database, folder)
    try:
        missing = pending_migrations(database)
        if missing:
            yield Finding(
                good=False,
                what=f"the database lacks {len(missing)} migration(s)",
                mend="palabre serve applies them when it starts; make a copy first.",
            )
            return
        yield Finding(good=True, what=f"the database answers ({database.engine.size() / 1024**2:.1f} MB)")
        yield from _work(database)
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
