"""Everybody outside on whom a network may lean, what it loses without each, and how each is taken away in a drill.

Whoever lets Palabre speak to somebody new adds a line to :data:`VENDORS`.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from palabre.accounts.queries import account_by_handle
from palabre.bench.process import free_port
from palabre.drill.deeds import Visitor
from palabre.folder import Opened
from palabre.hooks.actions import create_hook
from palabre.hooks.model import Event as HookEvent
from palabre.ids import AccountId, nonce
from palabre.jobs import enqueue
from palabre.sources.actions import POLL, connect
from palabre.sources.model import Feed, Polling
from palabre.store import Transaction

MEMBER: Final = "member"
FRIEND: Final = "friend"
"""Who is there before anybody is away."""

How = Literal["refused", "stalled"]
"""The vendor's port refuses connections; or takes them and never says a word."""


class Place(msgspec.Struct, frozen=True):
    """Where the vendor would be."""

    folder: Path
    """Of this drill."""
    port: int


class Stage(msgspec.Struct, frozen=True):
    """The network of a drill, while it runs."""

    place: Place
    """Where the vendor is not."""
    member: Visitor
    friend: Visitor


class Vendor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody outside."""

    name: str
    degrades: str
    """What is missing while the vendor is away, in plain words."""
    settings: Callable[[Place], Mapping[str, str]]
    """``PALABRE_*`` that name the vendor at a place."""
    probe: str
    """What ``palabre doctor`` says then: a part of a line, so that the operator learns of it."""
    ways: tuple[How, ...] = ("refused", "stalled")
    stops_writing: bool = False
    """Whether nothing may be written without it, by design: reading has to go on, and a refusal be plain."""
    through: tuple[str, ...] = ()
    """The modules by which Palabre speaks to it; ``tests/architecture/test_vendors.py`` misses none."""
    prepare: Callable[[Opened, Place], None] | None = None
    """What was there before it went: done in the network's folder before the server starts."""
    touch: Callable[[Stage], None] | None = None
    """What members do so that the network turns to the vendor, where it does not by itself."""
    needs: str = ""
    """The module of an optional extra without which a network cannot have this vendor."""

    @property
    def possible(self) -> bool:
        """Whether a network on this machine could lean on it."""
        return not self.needs or find_spec(self.needs) is not None


def _s3_vault(place: Place) -> Mapping[str, str]:
    return {"PALABRE_VAULTS": f"s3://key:secret@drill/palabre?endpoint=http://127.0.0.1:{place.port}"}


def _sftp_vault(place: Place) -> Mapping[str, str]:
    key = place.folder / "sftp-key"
    key.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    key.chmod(0o600)
    pinned = f"SHA256:{base64.b64encode(bytes(32)).decode().rstrip('=')}"
    return {"PALABRE_VAULTS": f"sftp://drill@127.0.0.1:{place.port}/palabre?key={key}&host_key={pinned}"}


def _automatic(lease: str) -> Mapping[str, str]:
    return {
        "PALABRE_LEASE": lease,
        "PALABRE_AUTO_FAILOVER": "true",
        "PALABRE_STANDBY_LISTEN": f"127.0.0.1:{free_port()}",
    }


def _lease(place: Place) -> Mapping[str, str]:
    return _automatic(f"folder:{place.folder / 'no-such-place'}")


def _s3_lease(place: Place) -> Mapping[str, str]:
    return _automatic(f"s3://key:secret@drill/lease?endpoint=http://127.0.0.1:{place.port}")


def _push(_: Place) -> Mapping[str, str]:
    return {"PALABRE_PUSH_ANYWHERE": "on"}


def _be_pushed(stage: Stage) -> None:
    """Let the member have a telephone, and the friend mention him."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    stage.member.ask(
        "POST",
        "/api/v1/push/subscription",
        {
            "subscription[endpoint]": f"http://127.0.0.1:{stage.place.port}/push",
            "subscription[keys][p256dh]": base64.urlsafe_b64encode(point).decode().rstrip("="),
            "subscription[keys][auth]": base64.urlsafe_b64encode(nonce(16)).decode().rstrip("="),
            "subscription[standard]": "true",
            "data[alerts][mention]": "true",
        },
    )
    stage.friend.ask("POST", "/api/v1/statuses", {"status": f"@{MEMBER} can you hear me?"})


def _names(_: Place) -> Mapping[str, str]:
    return {"PALABRE_FETCH_LOOPBACK": "true"}


def _link(stage: Stage) -> None:
    stage.friend.ask("POST", "/api/v1/statuses", {"status": "Read http://a-page-of-the-drill.onion/story"})


def _translation(place: Place) -> Mapping[str, str]:
    return {"PALABRE_TRANSLATE_URL": f"http://127.0.0.1:{place.port}"}


def _be_translated(stage: Stage) -> None:
    _, text = stage.friend.ask("POST", "/api/v1/statuses", {"status": "Bonjour tout le monde", "language": "fr"})
    stage.member.ask("POST", f"/api/v1/statuses/{json.loads(text)['id']}/translate", {"lang": "en"})


def _account_of(opened: Opened, name: str) -> AccountId:
    found = opened.database.read_now(account_by_handle, name)
    if found is None:
        msg = f"there is no {name} in the drill"
        raise ValueError(msg)
    return found.id


def _have_a_program(opened: Opened, place: Place) -> None:
    url = f"http://127.0.0.1:{place.port}/told"
    viewer = _account_of(opened, MEMBER)
    opened.database.write_now(create_hook, opened.keyring, viewer, url, [HookEvent.STATUS_CREATED], plain=True)


def _tell_the_program(stage: Stage) -> None:
    stage.member.ask("POST", "/api/v1/statuses", {"status": "My program should know this"})


def _have_a_feed(opened: Opened, place: Place) -> None:
    """Feed the friend's account, and have the feed asked as soon as the server runs."""

    def work(tx: Transaction) -> None:
        url = f"http://127.0.0.1:{place.port}/feed.xml"
        made = connect(tx, _friend, url, Feed(title="A feed of the drill", language=None, entries=()))
        enqueue(tx, POLL, Polling(made.id, made.due))

    _friend = _account_of(opened, FRIEND)
    opened.database.write_now(work)


VENDORS: Final = (
    Vendor(
        name="push service",
        degrades="Telephones ring late or not at all; members find everything in the app.",
        settings=_push,
        probe="a push service does not answer",
        through=("palabre.edge.pushing",),
        touch=_be_pushed,
    ),
    Vendor(
        name="DNS",
        degrades="Links in posts have no card, and links in profiles are not proved, until names are found again.",
        settings=_names,
        probe="linked page(s) do not answer",
        through=("palabre.edge.cards", "palabre.edge.links"),
        ways=("refused",),  # a name of the domain onion is in no DNS (RFC 7686, section 2)
        touch=_link,
    ),
    Vendor(
        name="translation server",
        degrades="Posts are read as they were written; who asks for a translation is told that there is none now.",
        settings=_translation,
        probe="the translation service does not answer",
        through=("palabre.edge.translating", "palabre.cli.doctor"),
        touch=_be_translated,
    ),
    Vendor(
        name="webhook receivers",
        degrades="Programs are told later, or not at all if they are away for days; members post on.",
        settings=_push,
        probe="the programs do not answer",
        through=("palabre.edge.hooking",),
        prepare=_have_a_program,
        touch=_tell_the_program,
    ),
    Vendor(
        name="feed sources",
        degrades="What is new in a feed becomes a post later, when the feed answers again.",
        settings=_names,
        probe="from which accounts are fed do not answer",
        through=("palabre.edge.sources",),
        prepare=_have_a_feed,
    ),
    Vendor(
        name="S3 vault",
        degrades="What is written meanwhile is in no vault; it goes there when the vault is back.",
        settings=_s3_vault,
        probe="the vault s3://",
        through=("palabre.survival.vaults.s3",),
        needs="obstore",
    ),
    Vendor(
        name="SFTP vault",
        degrades="What is written meanwhile is not in this vault; it goes there when the machine is back.",
        settings=_sftp_vault,
        probe="the vault sftp://",
        through=("palabre.survival.vaults.sftp",),
        needs="asyncssh",
    ),
    Vendor(
        name="lease",
        degrades="With automatic failover nothing can be written: another server may lead. Reading goes on.",
        settings=_lease,
        probe="the lease cannot be renewed",
        ways=("refused",),
        stops_writing=True,
    ),
    Vendor(
        name="S3 lease",
        degrades="With automatic failover nothing can be written: another server may lead. Reading goes on.",
        settings=_s3_lease,
        probe="the lease cannot be renewed",
        through=("palabre.survival.lease_places",),
        stops_writing=True,
        needs="obstore",
    ),
)


@contextlib.contextmanager
def gone(how: How) -> Iterator[int]:
    """Give a port at which a vendor is away in one of the ways."""
    if how == "refused":
        yield free_port()
        return
    taken: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                taken.append(listener.accept()[0])

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for each in taken:
            each.close()
