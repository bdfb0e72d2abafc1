"""When a browser last looked at home: kept by the browser in a cookie, and nowhere else."""

from __future__ import annotations

from typing import NamedTuple

from palabre.clock import DAY, MINUTE
from palabre.timelines.ranking import LONG_AWAY

KEPT_SECONDS = 30 * DAY // 1_000
_STEP = 5 * MINUTE
"""The cookie is not written anew before so much has passed."""
_MOST_DIGITS = 15


class Visit(NamedTuple):
    """Two instants in milliseconds since 1970."""

    since: int
    """When the visit before this one ended, if that was long ago and the digest has not been opened since; else 0."""
    last: int
    """When home was last looked at, give or take five minutes."""

    @property
    def cookie(self) -> str:
        """What the browser keeps."""
        return f"{self.since}.{self.last}"


def visit_of(cookie: str | None) -> Visit | None:
    """Read what the browser kept; whatever is not right counts as nothing."""
    since, _, last = (cookie or "").partition(".")
    for part in (since, last):
        if not (part.isascii() and part.isdigit() and len(part) <= _MOST_DIGITS):
            return None
    return Visit(int(since), int(last))


def looked(before: Visit | None, now: int) -> tuple[Visit, bool]:
    """Return the visit when home is looked at now, and whether the browser has to be told of it."""
    if before is None or before.last > now:
        return Visit(0, now), True
    if now - before.last > LONG_AWAY:
        return Visit(before.last, now), True
    return before._replace(last=now), now - before.last >= _STEP
