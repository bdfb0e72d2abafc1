"""The work of the job that proves the link of a profile: the page is read, outside, then one transaction."""

from __future__ import annotations

import asyncio
from html.parser import HTMLParser
from urllib.parse import urljoin

import structlog

from palabre.accounts import links
from palabre.accounts.links import Proving
from palabre.accounts.model import Standing
from palabre.cards.reading import decoded, feed
from palabre.edge.fetching import Forbidden, Silent, fetch
from palabre.edge.site import Site
from palabre.media.model import MEBIBYTE

_MOST = MEBIBYTE
_HTML = "text/html,application/xhtml+xml"
_TAGS = {"a", "area", "link"}
_LINKS = 2_000
"""Of one page that are looked at."""

_log = structlog.get_logger("links")


class _Mine(HTMLParser):
    """Collects where a page says that its author is found too: ``rel="me"``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _TAGS and "me" in (given.get("rel") or "").lower().split() and len(self.found) < _LINKS:
            self.found.append(given.get("href") or "")


def links_of(body: bytes, charset: str | None, url: str) -> list[str]:
    """Return the addresses that the page at ``url`` links with ``rel="me"``."""
    reader = _Mine()
    feed(reader, decoded(body, charset))
    found = []
    for link in reader.found:
        try:
            found.append(urljoin(url, link))
        except ValueError:
            continue
    return found


async def prove_link(site: Site, proving: Proving) -> None:
    """Read the page of a field, and note whether it links back to the profile.

    Over plain HTTP anybody on the way could answer, so such pages prove nothing; nor do those of another host.
    Nothing is read for members who wait for approval or are suspended, nor where the operator has turned reading off:
    there marks go, since nobody looks whether they are true.
    """
    member = await site.db.read(links.wanted, proving)
    secure = proving.url.startswith("https://") or site.config.fetch_loopback
    if member is None or not secure:
        return
    if not site.config.reads_links:
        await site.db.write(links.note, proving, proved=False)
        return
    if member.standing is not Standing.ACTIVE:
        await site.db.write(links.look_later, proving)
        return
    try:
        mine = await _links_at(site, proving.url)
    except Silent:
        await site.db.write(links.ask_again, proving)
        return
    except Forbidden as refused:
        _log.info("a page proves no link", reason=str(refused))
        mine = []
    proved = links.leads_here(mine, site.lighthouse.addresses, member.username)
    await site.db.write(links.note, proving, proved=proved)


async def _links_at(site: Site, url: str) -> list[str]:
    page = await fetch(
        url,
        accept=_HTML,
        most=_MOST,
        loopback=site.config.fetch_loopback,
        origin=site.origin,
        barred=site.borders.bars,
        whole=False,
    )
    if not links.is_its_own(url, page.url):
        raise Forbidden("it leads elsewhere")
    return await asyncio.to_thread(links_of, page.body, page.charset, page.url)
