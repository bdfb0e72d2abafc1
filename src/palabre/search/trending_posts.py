"""Posts that many people like and repost now. The formula is open: docs/explanation/trends.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from sqlalchemy import BindParameter, and_, bindparam, exists, func, or_, select

from palabre import journal
from palabre.accounts.model import Standing
from palabre.accounts.tables import account
from palabre.clock import Instant
from palabre.graph.tables import block, domain_block, mute
from palabre.ids import AccountId, PostId, first_id, time_of
from palabre.posts.events import PostMarked
from palabre.posts.model import Entry, Mark
from palabre.posts.tables import post, viewer_post
from palabre.search.trends import ACCOUNTS_LEAST, HALF, SPAN
from palabre.store import Snapshot, among, statement

KEPT = 200
"""So many are counted: some of them may be hidden from a reader, or rejected."""
OF_EACH = 5
"""At most so many of them are of one author: the next one stands in for a post that is rejected."""
_ACTS = 50_000
"""The newest likes and reposts that are looked at, however many there are."""
_DEEP = 200_000
"""The newest facts of any kind among which they are looked for."""
_CANDIDATES = 1_000
_VOICES = Mark.LIKED | Mark.REPOSTED

_a = account.c
_viewer: BindParameter[int] = bindparam("viewer")


class Trend(NamedTuple):
    """A post that trends."""

    post: PostId
    author: AccountId


class StillTrends(NamedTuple):
    """A post that trends still, as one viewer may see it."""

    entry: Entry
    author: AccountId


may_carry = and_(_a.discoverable, _a.standing == Standing.ACTIVE.value, ~_a.limited)
"""Whose posts trend, and make links trend."""
is_tame = or_(bindparam("sensitive") == 1, and_(post.c.warning == "", ~post.c.sensitive, ~_a.sensitized))
_eligible = and_(post.c.listed, may_carry, is_tame)
_ELIGIBLE = statement(
    select(post.c.id, post.c.author)
    .join_from(post, account, _a.id == post.c.author)
    .where(among(post.c.id, "ids"), _eligible)
)
_HEARD = statement(select(_a.id).where(among(_a.id, "ids"), _a.standing == Standing.ACTIVE.value, ~_a.limited))
_hidden = or_(
    exists().where(block.c.account == _viewer, block.c.target == _a.id),
    exists().where(block.c.account == _a.id, block.c.target == _viewer),
    exists().where(
        mute.c.account == _viewer,
        mute.c.target == _a.id,
        or_(mute.c.expires.is_(None), mute.c.expires > bindparam("now")),
    ),
    exists().where(domain_block.c.account == _viewer, domain_block.c.domain == _a.domain),
)
_STANDING = statement(
    select(post.c.id, post.c.author, func.coalesce(viewer_post.c.marks, 0))
    .join_from(post, account, _a.id == post.c.author)
    .outerjoin(viewer_post, and_(viewer_post.c.account == _viewer, viewer_post.c.post == post.c.id))
    .where(among(post.c.id, "ids"), _eligible, ~_hidden)
)


def voices_in(acts: Iterable[PostMarked], *, oldest: int) -> dict[int, set[int]]:
    """Return who likes or reposts each post, from acts that come the newest first: one voice for each person.

    The newest act of a person tells how it stands. Posts below the id ``oldest`` are left out.
    """
    seen: set[tuple[int, int]] = set()
    voices: dict[int, set[int]] = {}
    for act in acts:
        who = (act.post, act.account)
        if act.post < oldest or not (act.added | act.removed) & _VOICES or who in seen:
            continue
        seen.add(who)
        if act.marks & _VOICES:
            voices.setdefault(act.post, set()).add(act.account)
        if len(seen) == _ACTS:
            break
    return voices


def score(voices: int, written: int, now: int) -> float:
    """Return the score of a post with so many voices that was written at ``written`` (in ms)."""
    weight: float = 0.5 ** (max(now - written, 0) / HALF)
    return voices * weight


def trending_posts(db: Snapshot, *, sensitive: bool) -> tuple[Trend, ...]:
    """Count the trends as of now: at most :data:`KEPT` posts, the strongest first. For the slow reader."""
    since = Instant(db.now - SPAN)
    acts = journal.read_back(db, PostMarked, since=since, deep=_DEEP)
    voices = {
        number: who for number, who in voices_in(acts, oldest=first_id(since)).items() if len(who) >= ACCOUNTS_LEAST
    }
    strongest = sorted(voices, key=lambda each: -score(len(voices[each]), time_of(each), db.now))[:_CANDIDATES]
    authors = dict(db.all(_ELIGIBLE, ids=strongest, sensitive=int(sensitive))) if strongest else {}
    people = {who for number in authors for who in voices[number]}
    heard = set(db.column(_HEARD, ids=list(people))) if people else set()
    scores = {}
    for number, author in authors.items():
        count = len((voices[number] & heard) - {author})
        if count >= ACCOUNTS_LEAST:
            scores[number] = score(count, time_of(number), db.now)
    of_each: Counter[int] = Counter()
    found: list[Trend] = []
    for number in sorted(scores, key=lambda each: (-scores[each], each)):
        of_each[authors[number]] += 1
        if of_each[authors[number]] <= OF_EACH:
            found.append(Trend(PostId(number), AccountId(authors[number])))
    return tuple(found[:KEPT])


def standing_posts(
    db: Snapshot, viewer: AccountId | None, counted: Collection[Trend], *, sensitive: bool
) -> list[StillTrends]:
    """Return those that may trend now and that nobody hides from ``viewer``, in the same order. One statement."""
    if not counted:
        return []
    rows = db.all(
        _STANDING,
        ids=[each.post for each in counted],
        viewer=viewer or 0,
        now=db.now,
        sensitive=int(sensitive),
    )
    found = {row[0]: StillTrends(Entry(PostId(row[0]), 0, row[2]), AccountId(row[1])) for row in rows}
    return [found[each.post] for each in counted if each.post in found]


def one_of_each(found: Iterable[StillTrends]) -> list[Entry]:
    """Return the strongest post of each author, in the same order."""
    seen: set[AccountId] = set()
    lines = []
    for each in found:
        if each.author not in seen:
            seen.add(each.author)
            lines.append(each.entry)
    return lines
