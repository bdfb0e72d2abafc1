"""The ranked view and the digest of one member: lines from the window in memory, the rest when it is asked for.

The chronological home knows nothing of this: what is here runs only for who opens the ranked view or the digest.
"""

from __future__ import annotations

import msgspec

from palabre import clock
from palabre.clock import DAY, Instant
from palabre.edge.site import Site
from palabre.edge.unseen import hidden_by_filters
from palabre.ids import AccountId, first_id
from palabre.notifications.digest import COUNTED_MOST, Missed, last_read, missed
from palabre.paging import Window
from palabre.store import Snapshot
from palabre.timelines.home import Home
from palabre.timelines.model import Entry
from palabre.timelines.ranking import REACH, SPAN, Ranked, earliest, looked_at, rank

BEST = 10
"""So many posts are in a digest."""


class RankedView(msgspec.Struct, frozen=True, kw_only=True):
    """The ranked view at one moment."""

    since: Instant
    """No line is older, and no like of followed people that is counted."""
    lines: list[Ranked]


class Digest(msgspec.Struct, frozen=True, kw_only=True):
    """What a member has missed since an instant."""

    since: Instant
    best: list[Ranked]
    missed: Missed


def _lines(home: Home, since: int) -> list[Entry]:
    return looked_at(home.page(Window(limit=len(home.ids))) or [], since)


def _people(home: Home) -> frozenset[int]:
    return home.taste.followed - home.taste.hidden


async def ranked_view(app: Site, reader: AccountId) -> RankedView:
    """Rank the newest lines of the reader's home. At most two statements when the window is warm."""
    home = await app.home(reader)
    since = earliest(None, clock.now(), span=SPAN)
    lines = await app.db.read(rank, _lines(home, since), _people(home), since)
    return RankedView(since=Instant(since), lines=lines)


def _digest(
    db: Snapshot, reader: AccountId, lines: list[Entry], people: frozenset[int], since: int
) -> tuple[list[Ranked], Missed]:
    return rank(db, lines, people, since, without=reader)[:BEST], missed(db, reader, since)


async def digest(app: Site, reader: AccountId, since: int | None) -> Digest:
    """Tell what the reader has missed since an instant, by default since an app last said how far he has read.

    Where none ever did, it is the last day; never more than a week. Posts that he wrote, likes, keeps or has reposted
    are not missed. At most seven statements when the window is warm.
    """
    home = await app.home(reader)
    now = clock.now()
    if since is None:
        since = await app.db.read(last_read, reader) or now - DAY
    since = earliest(min(since, now), now, span=REACH)
    lines = [line for line in _lines(home, since) if not line.marks]
    best, others = await app.db.read(_digest, reader, lines, _people(home), since)
    if hidden := await hidden_by_filters(app, reader, since=first_id(since) - 1, most=COUNTED_MOST):
        told = {kind: left for kind, count in others.told.items() if (left := count - hidden[kind]) > 0}
        others = msgspec.structs.replace(others, told=told)
    return Digest(since=Instant(since), best=best, missed=others)
