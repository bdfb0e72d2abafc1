"""Tells programs of what happened: makes the body, signs it, sends it, and notes the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable

from palabre import __version__, clock
from palabre.edge.outside import Outside, Unreachable
from palabre.edge.site import Site
from palabre.hooks import actions, rules
from palabre.hooks.model import Sending
from palabre.hooks.queries import Due, due, target_of
from palabre.ids import AccountId, Kind

Body = Callable[[Site, Due], Awaitable[bytes | None]]
"""Writes what a program is told, as its owner sees it now; ``None`` if that is nothing any more."""

_AT_ONCE = 2
"""Deliveries of one owner: programs that do not answer must not keep all other work of the network waiting."""


class Hooking:
    """What sends webhooks, for as long as the network runs."""

    def __init__(self, site: Site, body: Body) -> None:
        self._site = site
        self._body = body
        self._under_way: Counter[AccountId] = Counter()
        self._postponed: dict[int, AccountId] = {}
        """Deliveries that wait for others of their owners."""
        self._waiting: Counter[AccountId] = Counter()
        """How many of them each owner has."""
        self._outside = Outside(anywhere=site.config.push_anywhere == "on")

    async def send(self, sending: Sending) -> None:
        """Try one delivery. What fails is noted and tried again by a job of its own, so this always ends well."""
        site = self._site
        self._comes_back(sending.delivery)
        found = await site.db.read(due, sending.delivery)
        if found is None:
            await site.db.write(actions.drop, sending.delivery)
            return
        owner = found.hook.account
        if self._under_way[owner] >= _AT_ONCE:
            await site.db.write(actions.postpone, sending.delivery, behind=self._waiting[owner])
            self._postponed[sending.delivery] = owner
            self._waiting[owner] += 1
            return
        self._under_way[owner] += 1
        try:
            await self._try(found)
        finally:
            self._under_way[owner] -= 1
            if not self._under_way[owner]:
                del self._under_way[owner]

    def _comes_back(self, delivery: int) -> None:
        owner = self._postponed.pop(delivery, None)
        if owner is None:
            return
        self._waiting[owner] -= 1
        if not self._waiting[owner]:
            del self._waiting[owner]

    async def _try(self, found: Due) -> None:
        site, number = self._site, found.delivery.id
        body = await self._body(site, found)
        if body is None:
            await site.db.write(actions.drop, number)
            return
        target = target_of(site.keyring, found.hook)
        try:
            status = await self._outside.post(target.url, body, self._headers(found, target.secret, body))
        except Unreachable as silent:
            await site.db.write(actions.note_answer, number, None, str(silent))
        else:
            await site.db.write(actions.note_answer, number, status)

    def _headers(self, found: Due, secret: str, body: bytes) -> dict[str, str]:
        message = f"msg_{self._site.ids.encode(Kind.DELIVERY, found.delivery.id)}"
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Palabre/{__version__} (+{self._site.origin})",
            **rules.sign(secret, message, clock.now() // clock.SECOND, body),
        }
        return headers | rules.sign_as_mastodon(secret, body) if found.hook.for_admins else headers

    async def close(self) -> None:
        """Close the connections that were kept."""
        await self._outside.close()
