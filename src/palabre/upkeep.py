"""What a server does every ten minutes, since it need not be done at once."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from typing import Final

import structlog

from palabre import clock
from palabre.accounts import app_tokens, sessions, signing_in
from palabre.clock import Instant
from palabre.edge.exports import sweep_exports
from palabre.edge.films import sweep_sources
from palabre.edge.imports import sweep_imports
from palabre.edge.site import Site
from palabre.edge.sweeps import forget_facts, sweep_files, sweep_uploads
from palabre.errors import Unavailable
from palabre.journal import Subscriber
from palabre.moderation import trending
from palabre.posts import actions as posts
from palabre.search import actions as search

_SECONDS = 600
KEYS_KEPT: Final = 8 * clock.DAY
"""How long a post sent twice is still known again: a day longer than an app keeps what it could not send."""

_log = structlog.get_logger("server")


async def run(site: Site, subscribers: Sequence[Subscriber]) -> None:
    """Do all of it until cancelled; a fact is kept until each of ``subscribers`` has read it."""
    try:
        await sweep_files(site.db, site.media, before=Instant(clock.now() - clock.DAY))
    except Unavailable as later:  # nothing may be written now: tried again at the next start
        _log.warning("files were not swept", reason=str(later))
    except Exception:
        _log.exception("sweeping files failed")
    while True:
        await asyncio.sleep(_SECONDS)
        try:
            await sweep_imports(site)
            await sweep_exports(site)
            await sweep_sources(site, before=Instant(clock.now() - clock.HOUR))
            await sweep_uploads(site.db, before=Instant(clock.now() - clock.DAY))
            await site.db.write_patiently(posts.forget_idempotency_keys, before=clock.now() - KEYS_KEPT)
            await site.db.write_patiently(sessions.forget_expired)
            await site.db.write_patiently(app_tokens.forget_expired)
            await site.db.write_patiently(signing_in.forget_expired)
            await site.db.write_patiently(trending.forget_reviews)
            await forget_facts(site.db, subscribers, known=site.facts.position)
            if await site.db.read_slow(search.is_scattered):
                while await site.db.write_patiently(search.tidy, await site.db.read_slow(search.prepare)):
                    pass
            gc.collect()
        except Unavailable as later:  # tried again in ten minutes, like what fails
            _log.warning("upkeep waits", reason=str(later))
        except Exception:
            _log.exception("upkeep failed")
