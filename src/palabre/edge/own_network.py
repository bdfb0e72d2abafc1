"""Moderators do not keep themselves out by mistake."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.moderation.blocks import WantedIpBlock
from palabre.moderation.blocks_model import IpSeverity
from palabre.moderation.blocks_rules import check_network
from palabre.moderation.errors import OwnNetwork


def refuse_own_network(request: Request, app: Site, wanted: WantedIpBlock) -> None:
    """Refuse to shut the network out from which the request itself comes.

    Raises:
        NetworkInvalid: it is no network.
        OwnNetwork: whoever asks is in it.

    """
    network = ip_network(check_network(wanted.network))
    own = app.limits.proxies.address(request.scope)
    if wanted.severity is IpSeverity.NO_ACCESS and own and ip_address(own) in network:
        raise OwnNetwork(field="ip")
