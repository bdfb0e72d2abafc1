"""``palabre keys``: what the keyring holds, and new keys in place of old ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

import rich_click as click

from palabre import keyring as keyrings
from palabre.cli import options
from palabre.errors import Conflict
from palabre.folder import require_network
from palabre.store.turns import Turns
from palabre.survival.node import Node
from palabre.survival.state import Part


class StillRenewing(Conflict):
    """Old keys are needed until everything is encrypted anew."""

    code = "keys.still_renewing"
    message = "The old keys are still needed: palabre serve has to run until palabre keys list is quiet."


class NeverRenewed(Conflict):
    """The key cannot be changed; detail: ``reason``."""

    code = "keys.never_renewed"
    message = "{reason}"


class StandbysFollow(Conflict):
    """The certificate of a server that others follow cannot be renewed in place."""

    code = "keys.standbys_follow"
    message = (
        "Standbys know this server by its certificate. Move the network to one of them (palabre move), then do this "
        "here, and let this server join again."
    )


class Key(NamedTuple):
    """What a key is for, and what it means to renew it."""

    use: str
    renewing: str
    """What happens to members."""


RENEWABLE: Final = {
    "columns": Key(
        "encrypts e-mail addresses, secrets of two-step sign-in, and where devices are told",
        "Nothing changes for members. All of it is encrypted anew while the server runs; then the old key goes.",
    ),
    "lookups": Key(
        "finds e-mail addresses, sessions, tokens and invitations by their keyed hashes",
        "Nothing changes at first: addresses are hashed anew, and what was given out before is still found with the\n"
        "old key. That key stays until you say palabre keys forget lookups: then whoever has not signed in since\n"
        "the renewal has to, apps have to be allowed again, and unused invitations are void.",
    ),
    "forms": Key(
        "proves that a form came from a page of ours",
        "Nothing changes for members: pages that are open now are good until the server is started again.",
    ),
}
FIXED: Final = {
    "ids": Key(
        "makes the ids in every address",
        "The key of the ids is never renewed: every link to every post and picture would be dead, here and in\n"
        "everything that others have kept. If it is known to strangers they can tell when a post was written from\n"
        "its address, and no more: what may not be read stays unreadable.",
    ),
    "network": Key(
        "the network's identity",
        "The key of the network is what others would know it by. Push messages are signed\n"
        "with a key made from it: with another, no device that is told now would be told any more. Recovery codes\n"
        "of two-step sign-in are hashed with it, and passkeys know their members by it.",
    ),
}
ALL: Final = {**RENEWABLE, **FIXED}


@click.group()
def keys() -> None:
    """Look at the secret keys of the network, and renew them."""


@keys.command("list")
@options.data
@options.as_json
def list_(folder: Path, *, as_json: bool) -> None:
    """Say which keys there are, without showing them: a fingerprint tells two apart."""
    require_network(folder)
    now, coming = keyrings.load(folder), keyrings.coming(folder)
    for name, key in ALL.items():
        value = getattr(now, name)
        waits = coming is not None and getattr(coming, name) != value
        old = now.old.get(name, [])
        facts = {
            "key": name, "use": key.use, "fingerprint": keyrings.fingerprint(value), "renewable": name in RENEWABLE,
            "old": [keyrings.fingerprint(each) for each in old], "waits_for_start": waits,
            "renewing": now.pending and bool(old),
        }  # fmt: skip
        if as_json:
            click.echo(json.dumps(facts))
            continue
        state = "a new one waits for the next start of palabre serve" if waits else ""
        if old:
            state = (
                "everything is being renewed" if now.pending else "the old one still opens what was given out before"
            )
        click.echo(f"{name:<12} {facts['fingerprint']}  {key.use}{state and f'; {state}'}")
    node = Node(Part(folder).folder).name[:8] if (folder / "survival" / "node.crt").exists() else ""
    if as_json:
        click.echo(json.dumps({"key": "certificate", "fingerprint": node, "renewable": True}))
    elif node:
        click.echo(f"{'certificate':<12} {node}  proves this server to the other ones")


@keys.command()
@click.argument("name", type=click.Choice([*ALL, "certificate"]), metavar="KEY")
@options.data
@options.yes
def rotate(name: str, folder: Path, *, yes: bool) -> None:
    """Make a new KEY: columns, lookups, forms or certificate. The others cannot be renewed, and it says why.

    The next start of palabre serve takes a new key into use and encrypts everything anew, while members go on;
    interrupted, it goes on at the next start. Standbys and vaults get the new keyring by themselves.
    """
    if name == "certificate":
        _renew_certificate(folder, yes=yes)
        return
    require_network(folder)
    if name in FIXED:
        raise NeverRenewed(reason=FIXED[name].renewing)
    key = RENEWABLE[name]
    options.confirm(f"A new key for what {key.use}.\n{key.renewing}", yes=yes)
    made = keyrings.renew(folder, name)
    click.echo(f"The new key is {keyrings.fingerprint(getattr(made, name))}.")
    click.echo(
        "Next: start palabre serve again, which takes it into use. palabre keys list tells when all is renewed."
    )


@keys.command()
@click.argument("name", type=click.Choice(["lookups"]), metavar="KEY")
@options.data
@options.yes
def forget(name: str, folder: Path, *, yes: bool) -> None:
    """Let the old versions of KEY (lookups) open nothing any more."""
    require_network(folder)
    now = keyrings.load(folder)
    if now.pending or keyrings.coming(folder) is not None:
        raise StillRenewing
    if not now.old.get(name):
        click.echo("There is no old version; nothing was changed.")
        return
    options.confirm(
        "Whoever has not signed in since the key was renewed has to sign in again; apps that were allowed before\n"
        "have to be allowed again; invitations made before are void. This cannot be undone.",
        yes=yes,
    )
    keyrings.forget(folder, name)
    click.echo("Next: start palabre serve again. From then on the old key opens nothing.")


def _renew_certificate(folder: Path, *, yes: bool) -> None:
    part = Part(folder)
    if not part.is_standby and part.peers():
        raise StandbysFollow
    turns = Turns(folder / "palabre.db")
    turns.serve(patience=0.0)
    try:
        before = Node(part.folder)
        again = (
            f"The server at {part.state.primary} does not know the new one: this standby has to join again with a\n"
            "token, and has no new writes until then."
            if part.is_standby
            else "No other server follows this one, so nothing else has to be done."
        )
        options.confirm(f"A new key pair, with which this server proves itself to others.\n{again}", yes=yes)
        made = before.renewed()
    finally:
        turns.serve_no_more()
    click.echo(f"This server is {made.name[:8]} now; it was {before.name[:8]}.")
    if part.is_standby:
        click.echo("Next, on the server in front:")
        click.echo(f"  palabre standby remove {before.name[:8]} && palabre standby invite")
        click.echo("Then here:")
        click.echo(f"  palabre standby join {part.state.primary} --token TOKEN --data {folder} --once")
