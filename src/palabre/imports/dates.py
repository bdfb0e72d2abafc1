"""Dates as X and Mastodon write them, and the milliseconds that are hidden in their ids."""

from __future__ import annotations

import datetime as dt
import re

from palabre.clock import DAY, SECOND, Instant, from_datetime

_MONTHS = {"Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6}
_MONTHS |= {"Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12}
_TWITTER = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d) (\d{4})")

_TWITTER_EPOCH = 1_288_834_974_657
"""Milliseconds of the first snowflake, 2010-11-04."""
FIRST_TWEET = Instant(1_142_899_200_000)
"""2006-03-21: nothing on X is older."""
FIRST_NOTE = Instant(946_684_800_000)
"""2000-01-01: older than anything that could have been exported to the fediverse."""


def twitter_date(text: str) -> Instant | None:
    """Read ``Wed Oct 10 20:19:24 +0000 2018``, whatever the locale."""
    found = _TWITTER.fullmatch(text)
    if found is None or found[1] not in _MONTHS:
        return None
    offset = dt.timedelta(hours=int(found[7]), minutes=int(found[8])) * (-1 if found[6] == "-" else 1)
    try:
        zone = dt.timezone(offset)
        when = dt.datetime(
            int(found[9]), _MONTHS[found[1]], int(found[2]), int(found[3]), int(found[4]), int(found[5]), tzinfo=zone
        )
        return from_datetime(when)
    except (ValueError, OverflowError, OSError):
        return None


def iso_date(text: str) -> Instant | None:
    """Read ``2022-11-04T18:59:07Z``, with or without fractions."""
    if len(text) > 40:
        return None
    try:
        return from_datetime(dt.datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        return None


def believable(at: Instant | None, *, first: Instant, now: Instant) -> bool:
    """Tell whether a post can have been written at ``at``; a day of grace for wrong clocks."""
    return at is not None and first <= at <= now + DAY


def with_snowflake(at: Instant, number: str, *, mastodon: bool = False) -> Instant:
    """Add the milliseconds that an id made at ``at`` tells: the parts of a thread may share a second.

    The id is only believed when it agrees on the second. Snowflakes: X, 22 low bits; Mastodon, 16.
    """
    if not (number.isascii() and number.isdigit() and len(number) <= 19):
        return at
    told = (int(number) >> 16) if mastodon else (int(number) >> 22) + _TWITTER_EPOCH
    return Instant(told) if told // SECOND == at // SECOND else at
