"""Keeping the index of words: what stands in it, and for whom."""

from __future__ import annotations

from collections.abc import Collection

from palabre import jobs
from palabre.accounts.model import Standing
from palabre.accounts.queries import account
from palabre.clock import DAY
from palabre.ids import AccountId, PostId, first_id
from palabre.posts.model import Visibility
from palabre.search import sql
from palabre.search.model import Slice, Trait
from palabre.search.volumes_sql import Bound
from palabre.store import Snapshot, Transaction

FILL = "search.fill"
"""The job that looks at the next slice of posts, for :func:`fill`."""
_SLICE = 200
_OLD_GAP = first_id(DAY)
_MERGED_AT_ONCE = 64
"""Pages of 4 KB."""
_OPEN, _REPLY, _MEDIA, _POLL, _LINK = map(int, Trait)  # or-ing flags takes thirty times as long as or-ing numbers


def traits_of(source: sql.Source) -> int:
    """Return what the index knows of a post besides its words: bits of :class:`Trait`."""
    traits = 0
    if source.open_author and source.visibility == Visibility.PUBLIC:
        traits |= _OPEN
    if source.reply_to is not None:
        traits |= _REPLY
    if source.media_count:
        traits |= _MEDIA
    if source.has_poll:
        traits |= _POLL
    if sql.has_link(source.entities):
        traits |= _LINK
    return traits


def index_posts(tx: Transaction, ids: Collection[PostId], known: Collection[PostId] = ()) -> None:
    """Put posts into the index, of which ``known`` may be there; those that are gone or reposts are passed over."""
    sql.put(tx, sorted(sql.sources(tx, ids)), traits_of, old_gap=_OLD_GAP, known=known)


def begin(tx: Transaction) -> None:
    """See that what was written before there was an index gets into it; does nothing the second time."""
    if sql.begin_filling(tx):
        after = 0
        while found := sql.indexable_authors(tx, after, 1_000):
            for author in found:
                sql.set_open(tx, author, on=True)
            after = found[-1]
        jobs.enqueue(tx, FILL, Slice(), key=FILL)


def is_scattered(db: Snapshot) -> bool:
    """Tell whether :func:`tidy` is worth its while: more than a quarter of the index is apart from the rest.

    So the whole is written anew each time it has grown by a third, and not more often.
    """
    return sql.is_scattered(db)


def prepare(db: Snapshot) -> Bound | None:
    """Make ready what :func:`tidy` will write, so that writers do not wait for it; ``None``: there is nothing to."""
    return sql.prepare(db)


def tidy(tx: Transaction, prepared: Bound | None = None) -> bool:
    """Bring a little more of the index together, which makes it smaller and faster; return whether more is left.

    What was ``prepared`` is written if nothing was changed since, and made again otherwise.
    """
    return sql.merge(tx, _MERGED_AT_ONCE, prepared)


def follow_choice(tx: Transaction, author: AccountId) -> None:
    """Take note of whether an author allows the search of public posts; if that is new, look at all of them."""
    found = account(tx, author)
    on = found is not None and found.indexable and found.standing is Standing.ACTIVE and not found.limited
    if on != sql.is_open(tx, author):
        sql.set_open(tx, author, on=on)
        jobs.enqueue(tx, FILL, Slice(author), key=f"{FILL}:{author}")


def fill(tx: Transaction, at: Slice) -> bool:
    """Index a slice; the next one is a job of its own."""
    found = sql.sources_after(tx, at.author, at.after, _SLICE)
    known = {each.id for each in found} if at.author else ()
    sql.put(tx, found, traits_of, old_gap=_OLD_GAP, known=known, filling=True)
    if found:
        sql.note_filled(tx, found[-1].id)
    if len(found) == _SLICE:
        key = f"{FILL}:{at.author}" if at.author else FILL
        jobs.enqueue(tx, FILL, Slice(at.author, found[-1].id), key=key)
    return True
