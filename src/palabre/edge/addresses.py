"""Where a request comes from: an address and the network around it, kept in memory only."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple

from starlette.types import Scope

_NOWHERE = "local"
_UNICAST = ip_network("2000::/3")
"""The only IPv6 addresses that are given out for the public internet (RFC 4291 section 2.4, IANA's registry)."""


class Origin(NamedTuple):
    """What limits count by."""

    address: str
    """An IPv4 address, or the /64 that one IPv6 customer has at least."""

    network: str
    """The IPv4 /24 or the IPv6 /56 around it."""


@lru_cache(maxsize=4096)
def origin_of(text: str) -> Origin:
    """Return what to count ``text`` by; anything that is no address counts as one place."""
    address = _parse(text)
    if address is None:
        return Origin(_NOWHERE, _NOWHERE)
    if isinstance(address, IPv4Address):
        return Origin(str(address), str(ip_network(f"{address}/24", strict=False)))
    return Origin(
        str(ip_network(f"{address}/64", strict=False)),
        str(ip_network(f"{address}/56", strict=False)),
    )


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    text = text.strip().partition("%")[0]
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.1:443
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_public(text: str) -> bool:
    """Tell whether ``text`` is an address that anybody may be asked at: no private, local or special one.

    IPv6 addresses that carry an IPv4 one are taken for it, so that none of them leads to a neighbour.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if address.teredo is not None or address not in _UNICAST:
            return False  # the others lead to neighbours, or hold an IPv4 address: ::7f00:1, 64:ff9b::7f00:1
    return address.is_global and not address.is_multicast


def literal(host: str) -> str | None:
    """Return ``host`` as an IP address if it is one, in whatever way it is written."""
    host = host.rstrip(".")
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    try:  # 127.1, 0x7f000001, 2130706433: the system's resolver takes them for addresses
        return socket.inet_ntoa(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


class Proxies:
    """The proxies whose word about the caller's address is taken."""

    __slots__ = ("_networks",)

    def __init__(self, trusted: Iterable[str] = ()) -> None:
        """``trusted`` are addresses or networks, such as ``127.0.0.1`` or ``10.0.0.0/8``."""
        self._networks = tuple(ip_network(one, strict=False) for one in trusted)

    def trusts(self, text: str) -> bool:
        """Tell whether ``text`` is the address of a trusted proxy."""
        address = _parse(text)
        return address is not None and any(
            address.version == network.version and address in network for network in self._networks
        )

    def origin(self, scope: Scope) -> Origin:
        """Return what to count the caller by."""
        return origin_of(self.caller(scope))

    def address(self, scope: Scope) -> str:
        """Return the caller's address alone; empty if it is none."""
        found = _parse(self.caller(scope))
        return "" if found is None else str(found)

    def caller(self, scope: Scope) -> str:
        """Find who really asks: the last address in ``X-Forwarded-For`` that no trusted proxy has.

        What stands before it was written by that caller, who may have invented it.
        """
        client = scope.get("client")
        peer: str = client[0] if client else _NOWHERE
        if not self._networks or not self.trusts(peer):
            return peer
        told = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        for hop in reversed(told.decode("latin-1")[-1024:].split(",")):
            if _parse(hop) is None:
                break  # nothing to the left of nonsense can be believed
            peer = hop
            if not self.trusts(hop):
                break
        return peer
