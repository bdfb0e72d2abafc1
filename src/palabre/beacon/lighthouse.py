"""The beacon and the proofs of this server's origins, in memory: what answers carry costs one look-up."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from palabre import clock
from palabre.beacon import actions
from palabre.beacon.errors import NoBeacon, WrongKeyring, WrongNonce
from palabre.beacon.model import Beacon, Places
from palabre.beacon.rules import is_nonce, proof_bytes
from palabre.clock import SECOND
from palabre.keyring import Keyring
from palabre.store import Snapshot

HEADER = b"palabre-proof"
RENEW_SECONDS = 60
"""How often proofs are signed anew; apps take those of the last ten minutes."""


def _become(kept: set[str], wanted: set[str]) -> None:
    """Change a set in place, without a moment in which something of both is missing."""
    kept |= wanted
    kept &= wanted


class Lighthouse:
    """What this process shows of the network's places."""

    def __init__(self, keyring: Keyring, settings: Places, origin: str) -> None:
        """Know only ``origin`` and those of the settings, until something was loaded."""
        self._keyring = keyring
        self.settings = settings
        self.origin = origin
        self.body = b""
        """The newest beacon, as signed."""
        self.origins: set[str] = {origin, *settings.origins} | ({settings.onion} if settings.onion else set())
        """Where forms may come from. Changed in place, as the next two are: others keep it."""
        self.readers: set[str] = set(self.origins)
        """Whose pages may read ours: also those of lost origins, where apps were installed that go on here."""
        self.addresses: set[str] = set(self.origins)
        """Where links lead that were given out at any time."""
        self._by_host: dict[bytes, str] = {}
        self._proofs: dict[bytes, tuple[bytes, bytes]] = {}
        self._signing: actions.Signing | None = None
        self._epoch = 0

    def load(self, db: Snapshot) -> None:
        """Take over what is stored."""
        body, _ = actions.kept(db)
        if not body or body.encode() == self.body:
            return
        beacon = msgspec.json.decode(body, type=Beacon)
        found = [*beacon.origins, *([beacon.onion] if beacon.onion else [])]
        try:
            self._signing = actions.signing(db, self._keyring)
        except WrongKeyring:  # the network is served all the same; nobody takes this server for it
            self._signing = None
        self._epoch = beacon.epoch
        self.body = body.encode()
        _become(self.origins, {self.origin, *found} - set(beacon.former))
        _become(self.readers, self.origins | set(beacon.former))
        _become(self.addresses, self.readers | {self.origin})
        self._by_host = {urlsplit(origin).netloc.encode(): origin for origin in found}
        self.renew()

    def renew(self) -> None:
        """Sign the proofs of all origins for the next minutes."""
        if self._signing is None:
            self._proofs = {}
            return
        self._proofs = {host: (HEADER, self._proof(origin).encode()) for host, origin in self._by_host.items()}

    def proof(self, host: bytes) -> tuple[bytes, bytes] | None:
        """Return the header that shows that the origin with this host is ours; ``None`` if it is not."""
        return self._proofs.get(host)

    def origin_of(self, host: str | None) -> str:
        """Return the origin that a request with this ``Host`` came to."""
        return self._by_host.get((host or "").encode(), self.origin)

    def challenge(self, host: str | None, nonce: str) -> str:
        """Prove it anew to somebody whose clock may be wrong.

        Raises:
            WrongNonce: it is too short, or not only letters, digits, ``-`` and ``_``.
            NoBeacon: nothing was announced yet, or not for this host.

        """
        if not is_nonce(nonce):
            raise WrongNonce(field="nonce")
        origin = self._by_host.get((host or "").encode())
        if origin is None:
            raise NoBeacon
        return self._proof(origin, nonce)

    def _proof(self, origin: str, nonce: str = "") -> str:
        by = self._signing
        if by is None:
            raise NoBeacon
        issued = clock.now() // SECOND
        signed = by.signer.sign(proof_bytes(by.links[0].key, origin, self._epoch, issued, nonce))
        return f"1.{self._epoch}.{issued}.{signed}"
