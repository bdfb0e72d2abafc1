"""What happens to the beacon."""

from __future__ import annotations

from palabre.events import Event


class BeaconIssued(Event, frozen=True, kw_only=True, tag="beacon.issued"):
    """The network has said anew where it is."""

    epoch: int
    sequence: int
