"""The work of the job that reads a linked page: outside first, then one transaction."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from urllib.parse import urlsplit

import structlog

from palabre.cards.actions import remember_cardless
from palabre.cards.model import Picture, Reading
from palabre.cards.queries import card_of, is_cardless
from palabre.cards.reading import read_card
from palabre.edge.fetching import Forbidden, Silent, fetch
from palabre.edge.site import Site
from palabre.errors import Refusal
from palabre.media.model import MEBIBYTE, Limits, Purpose
from palabre.media.processing import process_picture
from palabre.media.storage import keep
from palabre.posts.linking import Wanted, ask_again, place_card

_PAGE = MEBIBYTE // 2
_PICTURE = 4 * MEBIBYTE
_HTML = "text/html,application/xhtml+xml"
_IMAGES = "image/jpeg,image/png,image/webp,image/gif,image/avif"
_LIMITS = Limits(upload=_PICTURE, frames=1, pixels_out=640 * 360, pixels_preview=640 * 360, bytes_out=2 * MEBIBYTE)
_thread = ThreadPoolExecutor(1, thread_name_prefix="palabre-card")
"""One after the other, so that strangers' pictures leave room for those of members, and hold no other thread."""

_log = structlog.get_logger("cards")


async def fetch_card(site: Site, wanted: Wanted) -> None:
    """Read a linked page once for all posts that link it, and let the post show its card."""
    host = urlsplit(wanted.url).hostname or ""
    if not site.config.reads_links or site.borders.bars(host):
        return
    reading: Reading | None = None
    picture: Picture | None = None
    if await site.db.read(card_of, wanted.url) is None:
        if await site.db.read(is_cardless, wanted.url):
            return
        try:
            reading = await _reading(site, wanted.url)
        except Silent:
            await site.db.write(ask_again, wanted)
            return
        except Forbidden as refused:
            _log.info("a page gives no card", reason=str(refused))
        if reading is None:
            await site.db.write(remember_cardless, wanted.url)
            return
        picture = None if site.borders.bars_media(host) else await _picture(site, reading)
    used = await site.db.write(place_card, wanted, reading, picture, creator=_member(site, reading))
    if picture is not None and not used:
        await asyncio.to_thread(site.media.delete, [picture.file])


async def _reading(site: Site, url: str) -> Reading | None:
    page = await fetch(
        url,
        accept=_HTML,
        most=_PAGE,
        loopback=site.config.fetch_loopback,
        origin=site.origin,
        barred=site.borders.bars,
        whole=False,
    )
    return await asyncio.to_thread(read_card, page.body, page.charset, page.url)


def _member(site: Site, reading: Reading | None) -> str | None:
    """Return the name of the member of this network whom a page names as its author."""
    name, _, domain = (reading.creator or "").partition("@") if reading is not None else ("", "", "")
    ours = {site.config.domain, *(origin.partition("://")[2] for origin in site.lighthouse.origins)}
    return name if name and domain in ours else None


async def _picture(site: Site, reading: Reading) -> Picture | None:
    """Draw the picture that a page names anew; a card is a card without it too."""
    if reading.image_url is None:
        return None
    try:
        found = await fetch(
            reading.image_url,
            accept=_IMAGES,
            most=_PICTURE,
            loopback=site.config.fetch_loopback,
            origin=site.origin,
            barred=site.borders.bars_media,
        )
        work = partial(process_picture, found.body, purpose=Purpose.PICTURE, limits=_LIMITS)
        drawn = await asyncio.get_running_loop().run_in_executor(_thread, work)
    except (Forbidden, Silent, Refusal):
        return None
    stored = await asyncio.to_thread(keep, site.media, drawn)
    if stored.preview != stored.file:
        await asyncio.to_thread(site.media.delete, [stored.file])
    return Picture(
        file=stored.preview, width=stored.preview_width, height=stored.preview_height, blurhash=stored.blurhash
    )
