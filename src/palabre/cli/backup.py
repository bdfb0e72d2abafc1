"""``palabre backup`` and ``palabre restore``: put the network into vaults, and bring it back from one."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from palabre import clock, log
from palabre.cli import options, recovery_key
from palabre.config import load
from palabre.folder import open_folder, require_network
from palabre.media.storage import FolderStore
from palabre.survival.vaults import recovery as recoveries
from palabre.survival.vaults import state as states
from palabre.survival.vaults.errors import WrongKey
from palabre.survival.vaults.keeping import Vaults
from palabre.survival.vaults.places import open_place
from palabre.survival.vaults.recovery import Identity
from palabre.survival.vaults.restore import parse_moment, restore
from palabre.survival.vaults.verify import Verified, verify


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Any]:
    """Show bars on a terminal; return what is told of progress."""
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=quiet) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        yield tell


def read_identity(file: str | None) -> Identity:
    """Read the recovery key from a file, from standard input, or from whoever types it."""
    if file is None:
        return Identity(click.prompt("Recovery key", hide_input=True))
    if file == "-":
        return Identity(sys.stdin.readline())
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongKey(problem=f"cannot be read from {file}: {error}") from None
    return Identity(next((line for line in lines if line.strip() and not line.startswith("#")), ""))


@click.group(invoke_without_command=True)
@options.data
@click.option("--to", "places", multiple=True, metavar="PLACE", help="A vault; without it, those of the settings.")
@options.as_json
@click.pass_context
def backup(context: click.Context, folder: Path, places: tuple[str, ...], *, as_json: bool) -> None:
    """Bring the vaults up to date now. A running server does so all the time for those of its settings.

    PLACE is a folder on another disk, like /mnt/usb/palabre; a machine with SFTP, like
    sftp://user@host/path?key=/path/to/key&host_key=SHA256:…; or an S3 store, like
    s3://KEY:SECRET@bucket/prefix?endpoint=https://s3.example.org. It sees nothing but ciphertext.
    """
    context.obj = folder
    if context.invoked_subcommand is not None:
        return
    log.configure("console", level=40)
    require_network(folder)
    recoveries.load(folder)
    opened = open_folder(folder, vaults=places or None)
    config = opened.config
    if not config.vaults:
        opened.database.close()
        raise click.UsageError('There is no vault. Name one with --to, or in the settings: vaults = ["/mnt/…"]')
    vaults = Vaults(folder, config, opened.database, FolderStore(folder / "media"))
    good = not vaults.refused
    try:
        with _progress(quiet=as_json) as tell:
            good = vaults.once(tell) and good
    finally:
        opened.database.close()
        vaults.stop()
    for place, problem in vaults.refused.items():
        _say(as_json, {"place": place, "good": False, "problem": problem}, f"{problem}")
    for place in vaults.busy:
        known = states.load(folder, place)
        text = f"{place} is kept by the running server, and holds everything up to {clock.iso(known.as_of)}."
        _say(as_json, {"place": place, "good": True, "as_of": known.as_of}, text)
    for standing in vaults.standings():
        fine = not standing.failing
        text = (
            f"{standing.place} holds everything up to {clock.iso(standing.as_of)}, and {standing.media} media."
            if fine
            else f"{standing.place}: {standing.problem}"
        )
        _say(as_json, {**standing._asdict(), "good": fine}, text)
    if not good:
        raise SystemExit(1)


def _say(as_json: bool, facts: dict[str, Any], text: str) -> None:  # noqa: FBT001 - the option as it came
    click.echo(json.dumps(facts) if as_json else text)


@backup.command("verify")
@options.data
@click.option("--to", "places", multiple=True, metavar="PLACE", help="A vault; without it, those of the settings.")
@click.option("--key", "key_file", metavar="FILE", help="The recovery key (- for standard input): restores for real.")
@options.as_json
def verify_(folder: Path, places: tuple[str, ...], key_file: str | None, *, as_json: bool) -> None:
    """Prove that the vaults hold what they should, and nothing older than the term.

    Every object and every medium is read and its seal checked; no key is needed for that. With the recovery key the
    newest state is restored into a temporary folder, checked, and removed again.
    """
    require_network(folder)
    config = load(folder)
    identity = None if key_file is None else read_identity(key_file)
    recovery = recoveries.load(folder)
    if identity is not None and identity.public.recipient != recovery.recipient:
        raise WrongKey(problem="is not the one that this network encrypts to")
    results: list[Verified] = []
    for address in places or config.vaults:
        with _progress(quiet=as_json) as tell:
            found = verify(
                folder, open_place(address), recovery, FolderStore(folder / "media"),
                term=config.vault_term_days * clock.DAY, identity=identity, progress=tell,
            )  # fmt: skip
        results.append(found)
    if not results:
        raise click.UsageError('There is no vault. Name one with --to, or in the settings: vaults = ["/mnt/…"]')
    for found in results:
        if as_json:
            click.echo(msgspec.json.encode(found))
        else:
            _tell_verified(found)
    if not all(found.good for found in results):
        raise SystemExit(1)


def _tell_verified(found: Verified) -> None:
    mark = click.style("good ", fg="green") if found.good else click.style("wrong", fg="red")
    click.echo(f"{mark}  {found.place}: {found.objects} objects, {found.bytes / 1024**2:.1f} MB, {found.media} media")
    for problem in found.problems:
        click.echo(f"       {problem}")
    if found.oldest:
        click.echo(f"       any moment from {clock.iso(found.oldest)} to {clock.iso(found.as_of)}; nothing older")
    if found.restored is not None and found.restored.sound:
        click.echo(
            f"       restored for a test: {found.restored.bytes / 1024**2:.1f} MB, {found.restored.media} media"
        )


@backup.group("key", invoke_without_command=True)
@options.data
@click.option("--replace", is_flag=True, help="Make a new key although there is one; a new snapshot follows.")
@options.yes
@options.as_json
@click.pass_context
def key(context: click.Context, folder: Path, *, replace: bool, yes: bool, as_json: bool) -> None:
    """Make a recovery key, and print its private half, which is kept nowhere."""
    if context.invoked_subcommand is not None:
        return
    require_network(folder)
    if replace:
        options.confirm(
            "What is written to the vaults from now on is opened by a new key only. The old key still opens what\n"
            "was written before: keep both until the term is over.",
            yes=yes,
        )
    _show_key(recoveries.create(folder, replace=replace), as_json=as_json)


@key.command("rotate")
@options.data
@options.yes
@options.as_json
def rotate(folder: Path, *, yes: bool, as_json: bool) -> None:
    """Take a new recovery key from now on: because somebody may have seen the old one, or once a year.

    A running server notices within seconds, makes a new snapshot in each vault and copies the media anew, all
    encrypted to the new key. What is in the vaults already still opens with the old key only, and leaves them when
    the term has passed: keep the old key until then.
    """
    require_network(folder)
    days = load(folder).vault_term_days
    options.confirm(
        "A new recovery key takes the place of the present one, and is shown once: this server keeps no copy.\n"
        f"There is no way back to the old key, which opens only what is in the vaults now: keep it for {days} days.",
        yes=yes,
    )
    _show_key(recoveries.rotate(folder), as_json=as_json)
    if not as_json:
        click.echo(
            f"The old key opens what is older than this moment. Keep it for {days} more days, then destroy it."
        )


def _show_key(private: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"recovery_key": private}))
    else:
        recovery_key.show(private)
        click.echo("A running server that keeps vaults uses it within seconds.")


@click.command("restore")
@click.option("--from", "address", required=True, metavar="PLACE", help="The vault.")
@click.option(
    "--key", "key_file", metavar="FILE", help="The recovery key; - for standard input. Without it, you type it."
)
@click.option("--at", "moment", default="now", show_default=True, help="A moment, in UTC: 2026-11-22T09:30:00.")
@click.option(
    "--cluster", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Of a network on PostgreSQL: where the cluster comes.  [default: postgresql in the data folder]",
)  # fmt: skip
@options.anybodys_data  # a cluster of PostgreSQL is put in its place by root
@options.as_json
def restore_(
    address: str, key_file: str | None, moment: str, cluster: Path | None, folder: Path, *, as_json: bool
) -> None:
    """Rebuild the network in a new folder, as it was at a moment, and say what could not be found.

    A network on PostgreSQL comes with a cluster of its own, which PostgreSQL has recovered and this has read through.
    Exit status 2 says that it was restored, but that something is missing; what, is printed.
    """
    try:
        at = parse_moment(moment)
    except ValueError:
        raise click.BadParameter(f"{moment!r} is not like 2026-11-22T09:30:00", param_hint="--at") from None
    identity = read_identity(key_file)
    begun = clock.monotonic()
    with _progress(quiet=as_json) as tell:
        done = restore(open_place(address), identity, folder.absolute(), at=at, cluster=cluster, progress=tell)
    seconds = clock.monotonic() - begun
    if as_json:
        click.echo(json.dumps({**msgspec.to_builtins(done), "seconds": round(seconds, 1)}))
    else:
        click.echo(f"{folder} holds the network as it was at {clock.iso(done.at)}:")
        click.echo(f"  database {done.bytes / 1024**2:.1f} MB, {done.media} media, in {seconds:.1f} s")
        click.echo(
            f"  the newest thing in the vault is of {clock.iso(done.newest)}; what it withholds nobody can see"
        )
        for problem in done.problems:
            click.echo(f"  {problem}")
        for name in done.media_missing:
            click.echo(f"  this medium could not be found: {name}")
        if not done.sound:
            click.echo("  the database is damaged: try an earlier moment or another vault")
        if done.cluster:
            click.echo(f"Next: start PostgreSQL on {done.cluster}; docs/how-to/keep-a-vault.md tells how")
        click.echo(f"Next: palabre doctor --data {folder}, then palabre serve --data {folder}")
    if not done.complete:
        raise SystemExit(2)
