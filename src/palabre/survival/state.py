"""What a server remembers about its part in the network: its role, the epoch, and the others."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import msgspec

from palabre import clock
from palabre.clock import Instant
from palabre.files import make_durable, remove_durably, write_durably
from palabre.folder import STANDBY
from palabre.ids import nonce
from palabre.survival.errors import WrongInvitation

_STATE: Final = "state.json"
WISH: Final = "promote"
"""A file of this name: somebody wants this standby promoted."""
_INVITATION_LIFE = clock.HOUR

How = Literal["hand", "lease", "move"]
"""Who decides that a standby leads: an operator, the lease, or the server in front, which hands over."""


class Began(msgspec.Struct, frozen=True, kw_only=True):
    """Where in the log of its predecessor an epoch began: what lies behind was never vouched for."""

    salt: bytes
    frames: int
    facts: int
    """The newest fact of the journal then."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A server's part. Raised, never lowered: ``epoch``."""

    epoch: int = 1
    began: Began | None = None
    fenced: int = 0
    """The epoch of the server that has replaced this one; 0 if none has."""
    guarded: bool = False
    """Whether a standby has ever been in step, so that writes wait for one."""
    led: bool = False
    """Whether this server was a primary since it last copied another's database."""
    complete: bool = True
    """Whether the copy of a standby is whole."""
    in_step: bool = False
    """Whether this standby is the one that has every acknowledged write."""
    turn: int = 0
    """The newest turn (:class:`Standing`) that a primary gave, or that a standby in step has heard."""
    primary: str = ""
    """Where a standby's primary listens; after a promotion, the predecessor."""
    primary_certificate: bytes = b""
    announced: bool = True
    """Whether the predecessor knows that it was replaced."""
    handed_to: str = ""
    """The standby to which this server has handed the network: nothing is acknowledged until it comes back as one."""
    handed_at: Began | None = None
    """Where the log was then: what lies before it both have."""
    move: str = ""
    """The id of the move by which the network was handed over, or by which this server takes over."""
    let_go: bool = False
    """Whether the standby to which the network was handed may lead: it was told so, or has the lease."""
    successor: str = ""
    """After a move: where the successor takes the requests that still come here, ``host:port``."""
    successor_name: str = ""
    successor_origin: str = ""
    announce: str | None = None
    """What a server that took over on purpose tells its predecessor as ``successor``."""
    taking_over: How | Literal[""] = ""
    """How a promotion was decided whose epoch is raised, while the folder is still marked as a standby's."""
    after: tuple[bytes, int] | None = None
    """On a standby: the end of the generation that it has wholly copied into its database."""


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """Another server of the network."""

    name: str
    certificate: bytes
    since: Instant
    address: str = ""
    """Where it listens for standbys while it leads; empty if that is not known."""
    told: bool = False
    """Whether a primary spoke of it to this standby, which forgets it when the primary does."""


class Part:
    """The folder ``survival`` in the data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.folder = data / "survival"
        self._peers = self.folder / "peers"
        self._invitations = self.folder / "invitations"
        self.state = self._load()

    def _load(self) -> State:
        try:
            return msgspec.json.decode((self.folder / _STATE).read_bytes(), type=State)
        except FileNotFoundError:
            return State()

    def reload(self) -> State:
        """Read again what another process may have changed."""
        self.state = self._load()
        return self.state

    def change(self, **changes: object) -> State:
        """Change some of it; durable when it returns."""
        changed = msgspec.structs.replace(self.state, **changes)
        if changed.epoch < self.state.epoch:
            msg = f"the epoch cannot go back from {self.state.epoch} to {changed.epoch}"
            raise ValueError(msg)
        if changed != self.state:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_durably(self.folder / _STATE, msgspec.json.format(msgspec.json.encode(changed)) + b"\n")
            self.state = changed
        return changed

    @property
    def is_standby(self) -> bool:
        """Whether this folder follows another server."""
        return (self.data / STANDBY).exists()

    @property
    def interrupted(self) -> bool:
        """Whether a promotion of this folder was decided, and ended before the folder was a primary's."""
        return self.is_standby and bool(self.state.taking_over)

    def follow(self) -> None:
        """Make this folder a standby: nothing opens its network until it is promoted, by a wish to come."""
        self.change(taking_over="", move="")
        if self.folder.exists():
            remove_durably(self.folder / WISH)
        write_durably(self.data / STANDBY, b"This folder follows another server. See: palabre standby status\n")

    def lead(self) -> None:
        """Make this folder a primary; its epoch is raised already."""
        remove_durably(self.data / STANDBY)
        self.change(taking_over="", move="")

    # The others

    def peers(self) -> list[Peer]:
        """Return the standbys that were accepted."""
        if not self._peers.exists():
            return []
        return [msgspec.json.decode(path.read_bytes(), type=Peer) for path in sorted(self._peers.glob("*.json"))]

    def accept(self, name: str, certificate: bytes, *, address: str = "", told: bool = False) -> None:
        """Let a server in from now on; where it is known to listen stays, unless ``address`` says it anew."""
        self._peers.mkdir(mode=0o700, parents=True, exist_ok=True)
        before = next((peer for peer in self.peers() if peer.name == name), None)
        peer = Peer(
            name=name,
            certificate=certificate,
            since=before.since if before else clock.now(),
            address=address or (before.address if before else ""),
            told=told,
        )
        if peer == before:
            return
        write_durably(self._peers / f"{name}.json", msgspec.json.encode(peer))

    def certificate_of(self, name: str) -> bytes:
        """Return the certificate of a server that was accepted; empty if it was not."""
        return next((peer.certificate for peer in self.peers() if peer.name == name), b"")

    def remove(self, name: str) -> None:
        """Let a server in no more."""
        remove_durably(self._peers / f"{name}.json")

    # Invitations

    def invite(self, own_name: str) -> str:
        """Make a token that lets one server join within the hour; it also says whom to trust."""
        secret = nonce(20).hex()
        self._invitations.mkdir(mode=0o700, parents=True, exist_ok=True)
        expires = str(clock.now() + _INVITATION_LIFE).encode()
        write_durably(self._invitations / sha256(secret.encode()).hexdigest(), expires)
        return f"{secret}.{own_name}"

    def redeem(self, token: str) -> None:
        """Use up a token.

        Raises:
            WrongInvitation: it is not good.

        """
        path = self._invitations / sha256(token.partition(".")[0].encode()).hexdigest()
        try:
            expires = int(path.read_bytes())
            path.unlink()  # of two at once, one gets an error here
        except FileNotFoundError:
            raise WrongInvitation(problem="it is unknown or was used") from None
        make_durable(self._invitations)
        if expires < clock.now():
            raise WrongInvitation(problem="it is more than an hour old")


def trusted(token: str) -> str:
    """Return the fingerprint of the server that made ``token``."""
    secret, _, name = token.strip().partition(".")
    if not secret or len(name) != 64:
        raise WrongInvitation(problem="it is not whole")
    return name
