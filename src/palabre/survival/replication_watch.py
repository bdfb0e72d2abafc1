"""Says loudly, all the time, when no PostgreSQL standby has what is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from palabre import clock
from palabre.errors import Unavailable
from palabre.store import Database
from palabre.store.replication import Replication, replication

_LOOK_SECONDS = 5.0
_REPEAT_SECONDS = 60.0

_log = structlog.get_logger("survival")


async def watch(database: Database, tell: Callable[[Replication | None], None]) -> None:
    """Look at the replication every few seconds, and tell how it is; runs until cancelled. SQLite has none."""
    if database.dialect != "postgresql":
        return
    said: float | None = None
    while True:
        try:
            now = await database.read(replication)
        except Unavailable:  # who is away says so himself
            now = None
        tell(now)
        if now is not None and now.is_missing(several=database.engine.several):
            if said is None or clock.monotonic() - said >= _REPEAT_SECONDS:
                said = clock.monotonic()
                _log.error(
                    "NO SYNCHRONOUS STANDBY: what is written now is on one machine only", look="palabre doctor"
                )
        elif now is not None and said is not None and now.synchronous:
            said = None
            _log.warning("a standby has every write again", standby=now.synchronous[0].name)
        await asyncio.sleep(_LOOK_SECONDS)
