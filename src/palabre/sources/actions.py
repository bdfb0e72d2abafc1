"""Feeding an account: connecting a feed, taking its new entries, and letting it go."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import msgspec

from palabre import jobs
from palabre.accounts.actions import note_fed
from palabre.accounts.queries import account as account_of
from palabre.accounts.queries import acting_login
from palabre.clock import Instant
from palabre.errors import Refusal
from palabre.ids import AccountId, new_id
from palabre.posts.actions import create_post
from palabre.posts.model import Draft
from palabre.posts.wording import Terms, active
from palabre.sources import rules, sql
from palabre.sources.errors import FedAlready, FeedNotFound, FeedUnreachable
from palabre.sources.model import Entry, Feed, Polling, Source
from palabre.store import Transaction

POLL = "sources.poll"
"""The job that asks a feed, for one :class:`~palabre.sources.model.Polling`."""

_LONGEST_PROBLEM = 200


def connect(
    tx: Transaction, viewer: AccountId, url: str, feed: Feed, *, etag: str = "", modified: str = ""
) -> Source:
    """Feed the viewer's account from ``url`` from now on. The entries that are there already are not posted.

    Raises:
        FedAlready: it is fed from a feed.
        MayNotWrite: the account is not active; it may have gone while the feed was looked at.

    """
    active(tx, viewer)
    if sql.source_of(tx, viewer) is not None:
        raise FedAlready
    made = Source(
        id=new_id(tx.now),
        account=viewer,
        url=url,
        title=feed.title or urlsplit(url).hostname or "",
        etag=etag,
        modified=modified,
        due=Instant(tx.now + rules.EVERY),
        fetched=tx.now,
        failures=0,
        problem=None,
        created=tx.now,
    )
    sql.insert_source(tx, made)
    sql.note_seen(tx, made.id, [key for entry in feed.entries for key in rules.keys_of(entry)], keep=rules.KEPT)
    _ask_again(tx, made)
    note_fed(tx, viewer, fed=True)
    return made


def resume(
    tx: Transaction, viewer: AccountId, url: str, *, title: str, created: Instant, seen: Iterable[bytes] | None
) -> None:
    """Feed the viewer's account from the feed that it was fed from elsewhere; it is asked at once.

    Args:
        tx: the open transaction.
        viewer: whose account it is.
        url: where the feed is; nobody has looked there yet.
        title: what it called itself.
        created: since when it has been read.
        seen: what ``rules.key_of`` says of the entries that are posts already or were passed over; ``None`` if nobody
            knows: then those that the first answer holds are passed over.

    Raises:
        FeedUnreachable: ``url`` is no address of the web.
        FedAlready: the account is fed from a feed.
        MayNotWrite: it is not active.

    """
    active(tx, viewer)
    if not rules.is_address(url):
        raise FeedUnreachable(field="url")
    if sql.source_of(tx, viewer) is not None:
        raise FedAlready
    made = Source(
        id=new_id(tx.now),
        account=viewer,
        url=url,
        title=title or urlsplit(url).hostname or "",
        etag="",
        modified="",
        due=Instant(tx.now + 1),
        fetched=None if seen is None else created,
        failures=0,
        problem=None,
        created=Instant(min(created, tx.now)),
    )
    sql.insert_source(tx, made)
    sql.note_seen(tx, made.id, list(seen or ())[: 2 * rules.KEPT], keep=rules.KEPT)
    _ask_again(tx, made)
    note_fed(tx, viewer, fed=True)


def disconnect(tx: Transaction, viewer: AccountId) -> None:
    """Feed the viewer's account no more; the posts stay.

    Raises:
        FeedNotFound: it is fed from nothing.

    """
    found = sql.source_of(tx, viewer)
    if found is None:
        raise FeedNotFound
    sql.delete_source(tx, found.id)
    note_fed(tx, viewer, fed=False)


def _ask_again(tx: Transaction, source: Source) -> None:
    jobs.enqueue(tx, POLL, Polling(source.id, source.due), key=f"feed {source.id}", at=source.due)


def _asked(tx: Transaction, polling: Polling) -> Source | None:
    """Return the feed that was asked, if that was its turn; a job that runs twice does nothing the second time.

    A feed that outlived its account goes.
    """
    found = sql.source(tx, polling.source)
    if found is None or found.due != polling.due:
        return None
    if account_of(tx, found.account) is None:
        sql.delete_source(tx, found.id)
        return None
    return found


def take(
    tx: Transaction, polling: Polling, feed: Feed | None, *, terms: Terms, etag: str = "", modified: str = ""
) -> int:
    """Post what is new in ``feed`` (``None``: nothing has changed), and ask again later; return how many posts.

    What appears while the account is suspended or disabled is passed over: it does not come all at once afterwards.
    """
    source = _asked(tx, polling)
    if source is None:
        return 0
    posted, whole = (0, True) if feed is None else _take_new(tx, source, feed, terms)
    changed = msgspec.structs.replace(
        source,
        title=feed.title or source.title if feed is not None else source.title,
        # What is still to be posted must come again with the next fetch.
        etag=(etag if whole else "") if feed is not None else source.etag,
        modified=(modified if whole else "") if feed is not None else source.modified,
        due=Instant(max(tx.now + rules.EVERY, source.due + 1)),  # never the same turn again
        fetched=tx.now,
        failures=0,
        problem=None,
    )
    sql.change(tx, changed)
    _ask_again(tx, changed)
    return posted


def _take_new(tx: Transaction, source: Source, feed: Feed, terms: Terms) -> tuple[int, bool]:
    """Post the oldest of the new entries; return how many, and whether none is left for the next turn."""
    known = sql.seen(tx, source.id)
    new: list[Entry] = []
    again: list[bytes] = []  # the other keys of entries that are known by one
    for entry in rules.in_order(feed.entries):
        keys = rules.keys_of(entry)
        if known.isdisjoint(keys):
            new.append(entry)
        else:
            again += [key for key in keys if key not in known]
        known.update(keys)
    posted, left = 0, False
    if source.fetched is not None and acting_login(tx, source.account) is not None:
        new, left = new[: rules.AT_ONCE], len(new) > rules.AT_ONCE
        posted = sum(_post(tx, source, entry, feed.language, terms) for entry in new)
    # If nothing was fetched before, nobody knows which of them were posts elsewhere: all are passed over.
    taken = [key for entry in new for key in rules.keys_of(entry)]
    standing = [key for entry in feed.entries for key in rules.keys_of(entry)]
    sql.note_seen(tx, source.id, [*taken, *again], keep=rules.KEPT, standing=standing)
    return posted, not left


def _post(tx: Transaction, source: Source, entry: Entry, language: str | None, terms: Terms) -> int:
    draft = Draft(text=rules.text_of(entry, terms.limit), language=language)
    try:
        create_post(tx, source.account, draft, terms=terms)
    except Refusal:  # an entry that cannot be a post is passed over, for it would never be one
        return 0
    return 1


def note_failure(tx: Transaction, polling: Polling, problem: str) -> None:
    """Note that a feed could not be read, and ask again later, ever more rarely; after a month, no more."""
    source = _asked(tx, polling)
    if source is None:
        return
    failures = source.failures + 1
    wait = rules.wait_after(failures)
    changed = msgspec.structs.replace(
        source,
        due=Instant(0) if wait is None else Instant(max(tx.now + wait, source.due + 1)),
        failures=failures,
        problem=problem[:_LONGEST_PROBLEM],
    )
    sql.change(tx, changed)
    if wait is not None:
        _ask_again(tx, changed)


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Remove the feed of a deleted account."""
    found = sql.source_of(tx, gone)
    if found is not None:
        sql.delete_source(tx, found.id)
