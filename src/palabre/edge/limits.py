"""Rate limits: a leaky bucket per member, address and network (GCRA), in memory, of bounded size.

A bucket is one number, the moment at which it will be empty. Addresses are never written anywhere; a restart
forgets them all.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Final

import msgspec

from palabre import clock
from palabre.edge.addresses import Origin, Proxies
from palabre.edge.request import Request
from palabre.edge.viewer import Viewer
from palabre.errors import TooMany

_MOST_BUCKETS = 100_000
_BY_ADDRESS = frozenset({"sign_in", "sign_up"})
"""Deeds counted to the address also of members: throwaway accounts give nobody more tries."""

Headers = list[tuple[bytes, bytes]]


class Rate(msgspec.Struct, frozen=True):
    """So many requests in so many seconds, all at once if need be."""

    most: int
    seconds: int


RATES: Final[Mapping[str, Rate]] = {
    "api": Rate(300, 5 * 60),
    "anonymous": Rate(300, 5 * 60),
    "network": Rate(3000, 5 * 60),
    "statuses": Rate(300, 3 * 3600),
    "deletions": Rate(30, 30 * 60),
    "media": Rate(30, 30 * 60),
    "links": Rate(20, 3600),
    "sign_up": Rate(5, 30 * 60),
    "sign_in": Rate(10, 5 * 60),
    "sign_in_known": Rate(10, 5 * 60),
    "sign_in_here": Rate(5, 15 * 60),
    "sign_in_name": Rate(30, 15 * 60),
    "proof": Rate(10, 5 * 60),
    "second_step": Rate(10, 30 * 60),
    "apps": Rate(30, 10 * 60),
    "tokens": Rate(60, 5 * 60),
}
"""Class → rate; Mastodon's numbers where it has one. ``api`` counts a member's requests, ``anonymous`` those of
an address without member, ``network`` those of the network around it; the others count one kind of deed.

Tries at a name: ``sign_in_known`` from a browser in which it has signed in before; else ``sign_in_here`` from one
address, and ``sign_in_name`` from all of them. One address alone gets a sixth of what keeps a name shut, so it
shuts nobody out but itself. ``proof`` counts the tries of who is signed in to show that it is he."""


class Left(msgspec.Struct, frozen=True):
    """What is left in a bucket."""

    limit: int
    remaining: int
    reset: int
    """When the bucket is empty again, in seconds since 1970."""

    def headers(self) -> Headers:
        """Tell it as Mastodon does."""
        return [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            _reset_header(self.reset),
        ]


class RateExceeded(TooMany):
    """A bucket is full; ``retry_after`` (seconds) is among the details."""

    code = "rate.exceeded"

    def __init__(self, left: Left, retry_after: float) -> None:
        """Keep what the bucket's headers tell."""
        super().__init__(retry_after=retry_after)
        self.left = left


@lru_cache(maxsize=1024)
def _reset_header(second: int) -> tuple[bytes, bytes]:
    return b"x-ratelimit-reset", clock.iso(second * clock.SECOND).encode()


class Limits:
    """All buckets of one process."""

    def __init__(
        self,
        *,
        enabled: bool = True,
        trusted_proxies: Iterable[str] = (),
        rates: Mapping[str, Rate] = RATES,
        most_buckets: int = _MOST_BUCKETS,
        now: Callable[[], float] = clock.monotonic,
    ) -> None:
        """Start with empty buckets.

        Args:
            enabled: ``False`` counts nothing and refuses nothing.
            trusted_proxies: addresses whose ``X-Forwarded-For`` is believed.
            rates: what each class allows.
            most_buckets: buckets kept; beyond, the longest unused are forgotten.
            now: seconds on a clock that never goes back.

        """
        self.enabled = enabled
        self.proxies = Proxies(trusted_proxies)
        # Half a request of slack in the last: a hundred additions of 0.1 are not quite 10.
        self._rates = {
            name: (rate.most, rate.seconds / rate.most, rate.seconds * (1 + 0.5 / rate.most))
            for name, rate in rates.items()
        }
        self._most = most_buckets
        self._now = now
        self._wall = clock.now() / clock.SECOND - now()
        """What to add to ``now`` for the time of day, which only the headers tell."""
        self._buckets: OrderedDict[Hashable, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def origin(self, request: Request) -> Origin:
        """Return the address and network of the caller."""
        return self.proxies.origin(request.scope)

    def spend(self, rate: str, who: int | str, cost: int = 1) -> Left:
        """Count ``cost`` requests of class ``rate`` to ``who``: a member's id, an address, a name.

        Raises:
            RateExceeded: there is no room for them; nothing was counted.

        """
        most, each, span = self._rates[rate]
        now = self._now()
        if not self.enabled:
            return Left(most, most, int(self._wall + now))
        key = (rate, who)
        empty_at = max(self._buckets.get(key, now), now)
        later = empty_at + cost * each
        room = now + span - later
        if room < 0:
            raise RateExceeded(Left(most, 0, int(self._wall + empty_at) + 1), -room)
        self._buckets[key] = later
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        return Left(most, int(room / each), int(self._wall + later) + 1)

    def admit(self, request: Request, rate: str | None = None) -> Headers:
        """Count one request: to the member, else to his address and network; then to the class ``rate``.

        Signing in and up count to the address whoever calls, and to the member as well.

        Returns the headers about the narrowest bucket.

        Raises:
            RateExceeded: one of the buckets is full.

        """
        if not self.enabled:
            return []
        caller = request.caller
        if isinstance(caller, Viewer):
            left = self.spend("api", caller.account)
            if rate is not None:
                left = self.spend(rate, caller.account)
            if rate in _BY_ADDRESS:
                at_address = self.spend(rate, self.origin(request).address)
                left = min(left, at_address, key=lambda each: each.remaining)
        else:
            origin = self.origin(request)
            self.spend("network", origin.network)
            left = self.spend("anonymous", origin.address)
            if rate is not None:
                left = self.spend(rate, origin.address)
        return left.headers()
