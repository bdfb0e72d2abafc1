"""``palabre beacon``: say where the network is, look at what is said, and change the key that says it."""

from __future__ import annotations

import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import rich_click as click

from palabre import clock
from palabre.beacon import actions
from palabre.beacon.errors import BeaconForeign, NoBeacon, SetElsewhere
from palabre.beacon.model import Beacon, Places
from palabre.beacon.rules import MOST_BYTES, read, txt_record, verified
from palabre.beacon.signing import check
from palabre.cli import options
from palabre.clock import SECOND
from palabre.config import is_domain, is_origin
from palabre.edge.site import settled_places
from palabre.folder import Opened, open_folder
from palabre.keyring import Keyring
from palabre.survival.state import Part

_PATH = "/.well-known/palabre/beacon"
_PATIENCE = 10


@click.group(invoke_without_command=True)
@options.data
@options.as_json
@click.pass_context
def beacon(context: click.Context, folder: Path, *, as_json: bool) -> None:
    """Show where the network says it is, and the DNS record that says it too."""
    if context.invoked_subcommand is not None:
        return
    opened = open_folder(folder)
    try:
        body, _ = opened.database.read_now(actions.kept)
    finally:
        opened.database.close()
    if not body:
        raise NoBeacon
    if as_json:
        click.echo(body)
        return
    _tell(read(body.encode())[0])
    click.echo(f"\nFor DNS, beside each domain: _palabre.{urlsplit(opened.config.origin).hostname} TXT")
    click.echo(txt_record(body.encode()))


def _tell(said: Beacon) -> None:
    click.echo(f"network  {said.network}")
    click.echo(f"epoch    {said.epoch}, number {said.sequence}, key {len(said.keys)}")
    click.echo(f"issued   {clock.iso(said.issued * SECOND)}, good until {clock.iso(said.expires * SECOND)}")
    for origin in said.origins:
        click.echo(f"origin   {origin}")
    if said.onion:
        click.echo(f"onion    {said.onion}")
    for domain in said.reserve:
        click.echo(f"reserve  {domain}")
    for origin in said.former:
        click.echo(f"lost     {origin}")


@beacon.command()
@click.argument("where", metavar="URL|FILE")
@click.option("--network", help="The network that it should be of, as `palabre beacon` shows it.")
@options.as_json
def verify(where: str, network: str | None, *, as_json: bool) -> None:
    """Check the beacon at a URL (an origin will do) or in a FILE (JSON or TXT record); exit status 1 if it is bad."""
    text = _fetched(where) if where.startswith(("https://", "http://")) else _file(Path(where))
    said, _ = verified(text, None, clock.now(), check)
    if network is not None and said.network != network:
        raise BeaconForeign(network=said.network)
    if as_json:
        click.echo(msgspec.json.encode(said).decode())
        return
    click.echo(
        "good: signed, and not expired" + ("" if network else "; whether it is yours, the network's name says")
    )
    _tell(said)


def _fetched(url: str) -> bytes:
    if not urlsplit(url).path.strip("/"):
        url = url.rstrip("/") + _PATH
    try:
        with urllib.request.urlopen(url, timeout=_PATIENCE) as answer:  # noqa: S310 - the operator gave the address
            return bytes(answer.read(MOST_BYTES + 1))
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise click.ClickException(f"{url} does not answer: {error}") from None


def _file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(2 * MOST_BYTES)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}") from None


@beacon.command("set")
@options.data
@click.option(
    "--origin", "origins", multiple=True, help="Where members reach the network, the best first; repeatable."
)
@click.option("--reserve", "reserves", multiple=True, help="A domain of yours that is not used yet; repeatable.")
@click.option("--onion", help="The onion service, like http://….onion; an empty one removes it.")
def set_(folder: Path, origins: tuple[str, ...], reserves: tuple[str, ...], onion: str | None) -> None:
    """Say where the network is. What an option names replaces what was said before; the rest stays."""
    if not origins and not reserves and onion is None:
        raise click.UsageError("Say at least one of --origin, --reserve and --onion.")
    for origin in [*origins, *([onion] if onion else [])]:
        if not is_origin(origin):
            raise click.BadParameter(f"{origin!r} is not like https://example.org")
    for domain in reserves:
        if not is_domain(domain):
            raise click.BadParameter(f"{domain!r} is not like example.org")
    opened = open_folder(folder)
    try:
        settings = settled_places(opened.config)
        for name, given, set_already in (
            ("origins", origins, settings.origins),
            ("reserve_domains", reserves, settings.reserve),
            ("onion", onion is not None, settings.onion),
        ):
            if given and set_already:
                raise SetElsewhere(name=name)
        _, before = opened.database.read_now(actions.kept)
        said = Places(
            origins=origins or before.origins,
            reserve=reserves or before.reserve,
            onion=before.onion if onion is None else onion,
        )
        opened.database.write_now(actions.say_places, said)
        body = opened.database.write_now(actions.issue, *_as_of(opened))
    finally:
        opened.database.close()
    _tell(read(body)[0])


@beacon.command()
@options.data
@click.argument("origin", metavar="ORIGIN")
@options.yes
def lose(folder: Path, origin: str, *, yes: bool) -> None:
    """Say that ORIGIN is lost: apps take whoever answers there for a stranger, and go on at the others.

    Its members are asked once whether they go on at another origin. Nothing is proved for it any more, so nobody who
    holds it can pass requests on. It is one again when `palabre beacon set` names it. Accounts keep their addresses.
    """
    options.confirm(
        f"Apps leave {origin}, and send nothing there any more; nobody can prove to be this network there.\n"
        "Members who open them are taken to another origin. Apps that have learned it never again believe an answer\n"
        "from there without a proof.",
        yes=yes,
    )
    opened = open_folder(folder)
    try:
        body = opened.database.write_now(actions.lose, *_as_of(opened), origin.rstrip("/"))
    finally:
        opened.database.close()
    _tell(read(body)[0])


def _as_of(opened: Opened) -> tuple[Keyring, Places, str, int]:
    epoch = Part(opened.folder).state.epoch
    return opened.keyring, settled_places(opened.config), opened.config.origin, epoch


@beacon.group()
def key() -> None:
    """The key that signs the beacon."""


@key.command()
@options.data
@options.yes
def rotate(folder: Path, *, yes: bool) -> None:
    """Sign with the key that was promised from now on, and promise another. The former key is destroyed."""
    options.confirm(
        "The key that was promised signs from now on, and the present one is destroyed: there is no way back. A\n"
        "copy of this network's database from before can then say nothing any more that apps believe.",
        yes=yes,
    )
    opened = open_folder(folder)
    try:
        body = opened.database.write_now(actions.rotate, *_as_of(opened))
    finally:
        opened.database.close()
    _tell(read(body)[0])
