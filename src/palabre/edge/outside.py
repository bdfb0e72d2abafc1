"""HTTP to other hosts: only to public addresses, whatever a name resolves to; no redirects, no patience.

Whoever can make this server ask somewhere could otherwise ask its neighbours in its name: the address is looked up
once, checked, and the connection goes to exactly that address.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING

from palabre.edge.addresses import is_public, literal
from palabre.edge.names import Names

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import ResolveResult

_SECONDS = 10.0


class Unreachable(Exception):  # noqa: N818 - nothing here is at fault
    """The host did not answer, or must not be asked. Says neither its name nor its address: logs show this."""


class Outside:
    """A client for all requests that a member's data can cause."""

    def __init__(self, *, anywhere: bool) -> None:
        """``anywhere``: private addresses too, which only tests need."""
        self._anywhere = anywhere
        self._names = Names("others")
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp  # noqa: PLC0415 - 20 MB that a network without push does not need
        from aiohttp.abc import AbstractResolver  # noqa: PLC0415

        anywhere, names = self._anywhere, self._names

        class Resolver(AbstractResolver):
            """Finds public addresses only."""

            async def resolve(
                self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
            ) -> list[ResolveResult]:
                found = await names.look_up(host, port, family=family)
                good = [row for row in found if anywhere or is_public(str(row[4][0]))]
                if not good:
                    raise OSError("the name has no public address")
                return [
                    {
                        "hostname": host,
                        "host": str(row[4][0]),
                        "port": port,
                        "family": row[0],
                        "proto": row[2],
                        "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                    }
                    for row in good
                ]

            async def close(self) -> None:
                return None

        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=Resolver(), limit=64, limit_per_host=8, ttl_dns_cache=60),
            timeout=aiohttp.ClientTimeout(total=_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send ``body``; return the status of the answer, whose body is not read.

        Raises:
            Unreachable: no answer, or an address that must not be asked.

        """
        import aiohttp  # noqa: PLC0415 - as above
        from yarl import URL  # noqa: PLC0415

        if self._session is None:
            self._session = self._open()
        address = URL(url, encoded=True)
        self._check(address.host)
        try:
            async with self._session.post(address, data=body, headers=headers, allow_redirects=False) as answer:
                return answer.status
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unreachable(type(error).__name__) from None

    async def ask(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], *, most: int
    ) -> tuple[int, bytes]:
        """Ask on a connection of its own; return status and body, which has at most ``most`` bytes.

        Raises:
            Unreachable: no answer, one that is bigger, or an address that must not be asked.

        """
        import aiohttp  # noqa: PLC0415 - as above
        from yarl import URL  # noqa: PLC0415

        try:
            address = URL(url, encoded=True)
            self._check(address.host)
            async with (
                self._open() as session,
                session.request(method, address, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                found = bytearray()
                async for chunk in answer.content.iter_chunked(65_536):
                    found += chunk
                    if len(found) > most:
                        raise Unreachable("the answer is too big")
                return answer.status, bytes(found)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            raise Unreachable(type(error).__name__) from None

    def _check(self, host: str | None) -> None:
        address = literal((host or "").strip("[]"))
        if not self._anywhere and address is not None and not is_public(address):
            raise Unreachable("its address is not public")  # such a host is never looked up

    async def close(self) -> None:
        """Close the connections that were kept."""
        if self._session is not None:
            await self._session.close()
            self._session = None
