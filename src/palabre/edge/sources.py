"""Asks the feeds that accounts are fed from: outside first, then one transaction."""

from __future__ import annotations

import asyncio

from palabre.edge.fetching import Answer, Forbidden, Silent, fetch
from palabre.edge.site import Site
from palabre.ids import AccountId
from palabre.sources.actions import connect, note_failure, take
from palabre.sources.errors import FedAlready, FeedUnreachable, FeedUnreadable
from palabre.sources.model import Feed, Polling, Source
from palabre.sources.queries import source, source_of
from palabre.sources.reading import MOST_BYTES, read_feed

_KINDS = "application/rss+xml,application/atom+xml,application/xml,text/xml,application/rdf+xml"


async def _fetched(site: Site, url: str, *, etag: str = "", modified: str = "") -> Answer:
    return await fetch(
        url,
        accept=_KINDS,
        most=MOST_BYTES,
        loopback=site.config.fetch_loopback,
        origin=site.origin,
        barred=site.borders.bars,
        etag=etag,
        modified=modified,
    )


async def _read(answer: Answer) -> Feed:
    return await asyncio.to_thread(read_feed, answer.body, answer.charset, answer.url)


async def connect_feed(site: Site, viewer: AccountId, url: str) -> Source:
    """Feed the viewer's account from ``url``, once it is seen to be a feed.

    Raises:
        FedAlready: it is fed from one already.
        FeedUnreachable: nothing may be fetched there, nobody answers, or it is something else.
        FeedUnreadable: it cannot be read.

    """
    if await site.db.read(source_of, viewer) is not None:
        raise FedAlready
    try:
        answer = await _fetched(site, url.strip())
    except (Forbidden, Silent) as problem:
        raise FeedUnreachable(field="url") from problem
    feed = await _read(answer)
    made: Source = await site.db.write(connect, viewer, url.strip(), feed, etag=answer.etag, modified=answer.modified)
    return made


async def poll(site: Site, polling: Polling) -> None:
    """Ask a feed whose turn it is, and post what is new in it."""
    known = await site.db.read(source, polling.source)
    if known is None or known.due != polling.due:
        return
    try:
        answer = await _fetched(site, known.url, etag=known.etag, modified=known.modified)
        feed = None if answer.unchanged else await _read(answer)
    except (Forbidden, Silent) as problem:
        await site.db.write(note_failure, polling, str(problem))
    except FeedUnreadable as problem:
        await site.db.write(note_failure, polling, problem.code)
    else:
        await site.db.write(take, polling, feed, terms=site.terms, etag=answer.etag, modified=answer.modified)
