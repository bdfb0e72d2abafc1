"""Time. The only module that reads the clock, so that tests can set it."""

from __future__ import annotations

import datetime as dt
import time
from functools import lru_cache
from typing import NewType

Instant = NewType("Instant", int)
"""Milliseconds since 1970-01-01T00:00:00Z."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def now() -> Instant:
    """Return the present."""
    return Instant(time.time_ns() // 1_000_000)


def monotonic() -> float:
    """Return seconds on a clock that never goes back; only differences mean something."""
    return time.monotonic()


def since_boot() -> float:
    """Return seconds on a clock that never goes back and does not stop while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def pause(seconds: float) -> None:
    """Wait, in a thread or a command that has nothing else to do."""
    time.sleep(seconds)


def iso(at: int) -> str:
    """Write ``at`` as RFC 3339 in UTC with milliseconds, as Mastodon does: ``2026-11-22T09:30:00.000Z``."""
    return f"{_to_the_second(at // 1_000)}.{at % 1_000:03d}Z"


@lru_cache(maxsize=4_096)
def _to_the_second(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")


def day(at: int) -> str:
    """Write the UTC day of ``at``: ``2026-11-22``."""
    return _to_the_second(at // DAY * (DAY // 1_000))[:10]


def as_datetime(at: int) -> dt.datetime:
    """Return ``at`` as an aware datetime in UTC."""
    return dt.datetime.fromtimestamp(at // 1_000, dt.UTC).replace(microsecond=at % 1_000 * 1_000)


def from_datetime(value: dt.datetime) -> Instant:
    """Return the instant of an aware ``value``; a naive one is taken as UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return Instant(int(aware.timestamp() * 1_000))
