"""What is not out yet: drafts on the server, and posts that wait for their time."""

from __future__ import annotations

import msgspec

from palabre import jobs
from palabre.accounts.queries import acting_login
from palabre.clock import DAY, MINUTE, Instant
from palabre.errors import Refusal
from palabre.ids import AccountId, PostId, new_id
from palabre.media.actions import discard, hold, release
from palabre.media.errors import DescriptionMissing
from palabre.paging import Slice, Window
from palabre.posts import rules, sql, unpublished_sql
from palabre.posts.actions import create_post
from palabre.posts.errors import (
    DraftTooLong,
    MayNotWrite,
    TooManyDrafts,
    TooManyScheduled,
    UnpublishedNotFound,
    WrongTime,
)
from palabre.posts.model import Draft, Unpublished
from palabre.posts.queries import readable_post
from palabre.posts.quoting import check_mentioned, quotable
from palabre.posts.replying import received
from palabre.posts.wording import Terms, active, mentions_of, must_describe
from palabre.store import Snapshot, Transaction

PUBLISH = "posts.publish_scheduled"
"""The job that publishes a scheduled post."""
DRAFTS = 100
"""The most drafts of a member."""
SCHEDULED = 300
"""The most posts of a member that wait for their time; as on Mastodon."""
SCHEDULED_DAILY = 25
"""The most of them on one day."""
_SOONEST = 5 * MINUTE
_LATEST = 2 * 366 * DAY
_DRAFT_LENGTH = 100_000


class Due(msgspec.Struct, frozen=True):
    """A scheduled post and the time for which the job was made."""

    number: int
    at: Instant


def _own(db: Snapshot, viewer: AccountId, number: int, *, scheduled: bool) -> Unpublished:
    found = unpublished_sql.one(db, number)
    if found is None or found.account != viewer or (found.due is not None) != scheduled:
        raise UnpublishedNotFound
    return found


# Drafts


def keep_draft(tx: Transaction, viewer: AccountId, draft: Draft, *, number: int | None = None) -> int:
    """Keep ``draft`` as it is, finished or not; in place of the one called ``number``, if given. Return its id.

    Raises:
        UnpublishedNotFound: the viewer has no draft ``number``.
        TooManyDrafts, DraftTooLong: as they say.
        MediaNotFound, MediaAttached, TooManyAttachments: of its pictures.
        MayNotWrite: the account is not active.

    """
    active(tx, viewer)
    if len(draft.text) + len(draft.warning) > _DRAFT_LENGTH:
        field = "status" if len(draft.text) > _DRAFT_LENGTH else "spoiler_text"
        raise DraftTooLong(field=field, limit=_DRAFT_LENGTH)
    before = None if number is None else _own(tx, viewer, number, scheduled=False)
    if before is None and unpublished_sql.count_drafts(tx, viewer) >= DRAFTS:
        raise TooManyDrafts(limit=DRAFTS)
    hold(tx, viewer, draft.media)
    kept = Unpublished(
        id=before.id if before else new_id(tx.now), account=viewer, due=None, draft=draft, changed=tx.now
    )
    if before is None:
        unpublished_sql.insert_unpublished(tx, kept)
    else:
        discard(tx, viewer, [each for each in before.draft.media if each not in draft.media])
        unpublished_sql.rewrite(tx, kept)
    return kept.id


def delete_draft(tx: Transaction, viewer: AccountId, number: int, *, keep_media: bool = False) -> None:
    """Delete a draft, with its pictures unless a post takes them in this moment.

    Raises:
        UnpublishedNotFound: the viewer has no such draft.

    """
    found = _own(tx, viewer, number, scheduled=False)
    if not keep_media:
        discard(tx, viewer, found.draft.media)
    unpublished_sql.delete_one(tx, number)
    tx.wakes.add("purge")


def draft_of(db: Snapshot, viewer: AccountId, number: int) -> Unpublished:
    """Return one of the viewer's drafts.

    Raises:
        UnpublishedNotFound: there is none.

    """
    return _own(db, viewer, number, scheduled=False)


def drafts_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[Unpublished]:
    """Return the viewer's drafts, the newest first."""
    return _page(db, viewer, window, scheduled=False)


def _page(db: Snapshot, viewer: AccountId, window: Window, *, scheduled: bool) -> Slice[Unpublished]:
    found = unpublished_sql.page(db, viewer, window, scheduled=scheduled)
    return Slice(found, found[0].id, found[-1].id, len(found)) if found else Slice([], None, None)


# Posts that wait for their time


def schedule(
    tx: Transaction,
    viewer: AccountId,
    draft: Draft,
    at: Instant,
    *,
    terms: Terms,
    idempotency_key: bytes | None = None,
) -> int:
    """Have ``draft`` published ``at`` a later time; return the id under which it waits.

    What can be wrong with it now is refused now; what turns wrong until then makes a draft of it, so that nothing
    written is lost. With an ``idempotency_key`` used before, what was made then is returned, if it still waits.

    Raises:
        WrongTime, TooManyScheduled: as they say.
        Refusal: whatever publishing would refuse now.

    """
    before = None if idempotency_key is None else sql.post_of_key(tx, viewer, idempotency_key)
    if before is not None and unpublished_sql.one(tx, before) is not None:
        return before
    _check_time(tx, viewer, at)
    wording = rules.check(draft, limit=terms.limit)
    if draft.poll is not None:
        rules.checked_poll(draft.poll)
    active(tx, viewer)
    if draft.quote is not None:
        quoted = quotable(tx, viewer, draft.quote).post
        visibility = rules.visibility_of_quote(draft.visibility, quoted)
        check_mentioned(viewer, quoted, visibility, mentions_of(tx, wording.entities, terms.domain))
    if draft.reply_to is not None:
        received(tx, viewer, readable_post(tx, viewer, draft.reply_to), draft.visibility)
    held = hold(tx, viewer, draft.media)
    if must_describe(tx, viewer, terms) and not all(each.description for each in held):
        raise DescriptionMissing(field="media_ids")
    waiting = Unpublished(id=new_id(tx.now), account=viewer, due=at, draft=draft, changed=tx.now)
    unpublished_sql.insert_unpublished(tx, waiting)
    jobs.enqueue(tx, PUBLISH, Due(waiting.id, at), at=at)
    if idempotency_key is not None:
        sql.keep_key(tx, viewer, idempotency_key, waiting.id)
    return waiting.id


def _check_time(tx: Transaction, viewer: AccountId, at: Instant, *, moved: int = 0) -> None:
    if not tx.now + _SOONEST <= at <= tx.now + _LATEST:
        raise WrongTime(field="scheduled_at")
    waiting, on_the_day = unpublished_sql.count_scheduled(tx, viewer, at, but=moved)
    if waiting >= SCHEDULED or on_the_day >= SCHEDULED_DAILY:
        raise TooManyScheduled(field="scheduled_at", limit=SCHEDULED, daily=SCHEDULED_DAILY)


def reschedule(tx: Transaction, viewer: AccountId, number: int, at: Instant) -> None:
    """Give a scheduled post another time.

    Raises:
        UnpublishedNotFound: the viewer has no such scheduled post.
        WrongTime, TooManyScheduled: as they say.

    """
    found = _own(tx, viewer, number, scheduled=True)
    _check_time(tx, viewer, at, moved=number)
    unpublished_sql.rewrite(tx, msgspec.structs.replace(found, due=at, changed=tx.now))
    jobs.enqueue(tx, PUBLISH, Due(number, at), at=at)


def cancel(tx: Transaction, viewer: AccountId, number: int, *, keep: bool = False) -> None:
    """Have a scheduled post not published; with ``keep`` it becomes a draft, else its pictures are let go.

    Raises:
        UnpublishedNotFound: the viewer has no such scheduled post.

    """
    found = _own(tx, viewer, number, scheduled=True)
    if keep:
        unpublished_sql.rewrite(tx, msgspec.structs.replace(found, due=None, changed=tx.now))
    else:
        release(tx, found.draft.media)
        unpublished_sql.delete_one(tx, number)
        tx.wakes.add("purge")


def scheduled_of(db: Snapshot, viewer: AccountId, number: int) -> Unpublished:
    """Return one of the viewer's scheduled posts.

    Raises:
        UnpublishedNotFound: there is none.

    """
    return _own(db, viewer, number, scheduled=True)


def scheduled_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[Unpublished]:
    """Return the viewer's scheduled posts, the last written first."""
    return _page(db, viewer, window, scheduled=True)


def publish_due(tx: Transaction, due: Due, *, terms: Terms) -> bool:
    """Publish a scheduled post whose time has come, unless it was cancelled or has another time by now.

    Runs in the transaction that removes its job: it is published once, whenever the server is killed.
    """
    found = unpublished_sql.one(tx, due.number)
    if found is None or found.due != due.at:
        return True

    def publish() -> PostId:
        if acting_login(tx, found.account) is None:
            raise MayNotWrite
        return create_post(tx, found.account, found.draft, terms=terms)

    outcome = tx.attempt(publish)
    if isinstance(outcome, Refusal):  # what it answers is gone, or the account is suspended or disabled
        unpublished_sql.rewrite(tx, msgspec.structs.replace(found, due=None, changed=tx.now))
    else:
        unpublished_sql.delete_one(tx, due.number)
    return True
