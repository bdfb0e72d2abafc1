"""Fetching from strangers' servers, without being led to our own.

Whoever writes a link chooses where this server connects to. So addresses are resolved here, each is checked against
everything that is not public, and the connection goes to the very address that was checked, at every redirect anew.
What comes back is bounded in bytes and in time, and nothing in it is decompressed.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import msgspec

from palabre import __version__
from palabre.edge import addresses
from palabre.edge.names import Names

if TYPE_CHECKING:
    from aiohttp.abc import ResolveResult

_SECONDS = 8.0
_REDIRECTS = 4
_MOVED = {301, 302, 303, 307, 308}
_PORTS = {80, 443, None}
_LONGEST = 2_048
_LONGEST_TAG = 200
_names = Names("pages")


class Forbidden(Exception):  # noqa: N818 - never asked again
    """The address is not one that may be fetched, or what is there is not what is wanted."""


class Silent(Exception):  # noqa: N818 - perhaps later
    """The server does not answer, or not now."""


class Answer(msgspec.Struct, frozen=True):
    """What was fetched."""

    url: str
    """Where it was found in the end."""
    kind: str
    """Media type, in lower case, without parameters."""
    charset: str | None
    body: bytes
    etag: str = ""
    """What the server calls this version of it; empty if it does not."""
    modified: str = ""
    """``Last-Modified`` as it came."""
    unchanged: bool = False
    """It is what the tag or date that was shown names; there is no body."""


def is_public(text: str, *, loopback: bool = False) -> bool:
    """Tell whether an IP address is one of the public internet; ``loopback`` lets this machine pass, for tests."""
    if loopback:
        with contextlib.suppress(ValueError):
            if ipaddress.ip_address(text).is_loopback:
                return True
    return addresses.is_public(text)


def check_url(url: str, *, loopback: bool = False) -> str:
    """Return the host of an address that may be asked.

    Raises:
        Forbidden: another scheme or port, a name and password, or an IP address that is not public.

    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Forbidden("no address") from None
    if parts.scheme not in {"http", "https"} or not host or len(url) > _LONGEST:
        raise Forbidden("no web address")
    if parts.username is not None or parts.password is not None:
        raise Forbidden("a name or password in the address")
    if port not in _PORTS and not loopback:
        raise Forbidden("an unusual port")
    literal = addresses.literal(host)
    if literal is not None and not is_public(literal, loopback=loopback):
        raise Forbidden("not a public address")
    return host


async def resolve(host: str, port: int, *, loopback: bool) -> list[tuple[str, int]]:
    """Return the addresses of ``host``: ``(address, family)``.

    Raises:
        Forbidden: one of them is not public; then none is used.
        Silent: there is none.

    """
    try:
        rows = await _names.look_up(host, port)
    except (OSError, UnicodeError) as error:
        raise Silent("the name has no address") from error
    found = [(str(row[4][0]), int(row[0])) for row in rows]
    if not found:
        raise Silent("the name has no address")
    if not all(is_public(address, loopback=loopback) for address, _ in found):
        raise Forbidden("not a public address")
    return found


def _session(*, loopback: bool, agent: str) -> Any:
    import aiohttp  # noqa: PLC0415 - 10 MB, for those who fetch something
    from aiohttp.abc import AbstractResolver  # noqa: PLC0415

    class Checked(AbstractResolver):
        """Gives the connection the addresses that were checked, and no others."""

        async def resolve(
            self,
            host: str,
            port: int = 0,
            family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - both are taken
        ) -> list[ResolveResult]:
            return [
                {
                    "hostname": host,
                    "host": address,
                    "port": port,
                    "family": kind,
                    "proto": 0,
                    "flags": socket.AI_NUMERICHOST,
                }
                for address, kind in await resolve(host, port, loopback=loopback)
            ]

        async def close(self) -> None:
            return None

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=Checked(), use_dns_cache=False, force_close=True, limit=4),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=_SECONDS),
        auto_decompress=False,
        trust_env=False,
        headers={"User-Agent": agent, "Accept-Encoding": "identity"},
        max_line_size=8_190,
        max_field_size=8_190,
    )


async def fetch(
    url: str,
    *,
    accept: str,
    most: int,
    loopback: bool,
    origin: str,
    barred: Callable[[str], bool],
    whole: bool = True,
    etag: str = "",
    modified: str = "",
) -> Answer:
    """Fetch ``url`` and whatever it redirects to, at most ``most`` bytes in eight seconds altogether.

    Args:
        url: of a public server, http or https.
        accept: media types that are wanted, as in the header; others are refused.
        most: bytes.
        loopback: whether this machine may be asked, for tests.
        origin: ours, told to the server that is asked.
        barred: tells whether a host is one that is not asked, because it is blocked.
        whole: refuse what is bigger; else only its beginning is returned.
        etag: what is there already, as its server called it.
        modified: when that was changed last, as its server said.

    Raises:
        Forbidden: it may not be fetched, is not there, or is something else.
        Silent: nobody answers, or not now.

    """
    import aiohttp  # noqa: PLC0415 - as above

    kinds = {each.partition(";")[0].strip() for each in accept.split(",")}
    asked = {"Accept": accept}
    if etag:
        asked["If-None-Match"] = etag
    if modified:
        asked["If-Modified-Since"] = modified
    agent = f"Palabre/{__version__} (+{origin})"
    try:
        async with asyncio.timeout(_SECONDS), _session(loopback=loopback, agent=agent) as session:
            for _ in range(_REDIRECTS + 1):
                target = _checked(url, loopback=loopback)
                if barred(target.raw_host):
                    raise Forbidden("a blocked server")
                async with session.get(target, allow_redirects=False, headers=asked) as answer:
                    if answer.status not in _MOVED:
                        return await _read(answer, url, kinds, most=most, whole=whole)
                    url = urljoin(url, answer.headers.get("Location", ""))
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Silent(type(error).__name__) from error
    except ValueError as error:  # an address that the client does not understand
        raise Forbidden("no address") from error
    raise Forbidden("too many redirects")


def _checked(url: str, *, loopback: bool) -> Any:
    """Return ``url`` as the client understands it, if it understands what was checked."""
    from yarl import URL  # noqa: PLC0415 - comes with aiohttp

    host = check_url(url, loopback=loopback)
    target = URL(url)
    if host not in {target.host, target.raw_host}:
        raise Forbidden("an ambiguous address")
    return target


async def _read(answer: Any, url: str, kinds: set[str], *, most: int, whole: bool) -> Answer:
    if answer.status >= 500 or answer.status == 429:
        raise Silent(f"status {answer.status}")
    if answer.status == 304:
        return Answer(url, "", None, b"", unchanged=True)
    if answer.status != 200:
        raise Forbidden(f"status {answer.status}")
    kind = answer.content_type.lower()
    if kind not in kinds and f"{kind.partition('/')[0]}/*" not in kinds:
        raise Forbidden("another kind of content")
    if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Forbidden("compressed although nobody asked for it")
    if whole and (answer.content_length or 0) > most:
        raise Forbidden("too big")
    body = bytearray()
    async for chunk in answer.content.iter_chunked(16_384):
        body += chunk
        if len(body) > most:
            if whole:
                raise Forbidden("too big")
            break
    return Answer(
        url,
        kind,
        answer.charset,
        bytes(body[:most]),
        etag=_tag(answer.headers.get("ETag", "")),
        modified=_tag(answer.headers.get("Last-Modified", "")),
    )


def _tag(value: str) -> str:
    """Return what a server calls a version, to be kept and shown to it again; nothing if that cannot be."""
    return value if len(value) <= _LONGEST_TAG and value.isascii() and value.isprintable() else ""
