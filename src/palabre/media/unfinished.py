"""Uploads that take a while: noted, processed by a job, then an attachment like any other; or failed, and why.

The row, the job and in the end the attachment change in one transaction each. So however often the server is
killed, an upload becomes one attachment, once, or is said to have failed.
"""

from __future__ import annotations

import msgspec

from palabre import jobs
from palabre.clock import Instant
from palabre.errors import Refusal
from palabre.ids import AccountId, MediaId, new_id
from palabre.media import actions, rules, sql
from palabre.media.errors import MediaNotFound, failure_of, words_of_failure
from palabre.media.formats import Format
from palabre.media.model import Attachment, Focus, Poster, StoredPicture, Unfinished
from palabre.media.queries import attachment
from palabre.store import Snapshot, Transaction

PROCESS = "media.process"
"""The job that processes an upload; its payload is the id. One runs at a time: they share an ordering key."""

DROP = "media.drop_sources"
"""The job that removes files of uploads that nobody waits for any more; its payload is their names."""


def begin(
    tx: Transaction,
    account: AccountId,
    *,
    source: str,
    fmt: Format,
    description: str = "",
    focus: Focus = Focus(),  # noqa: B008 - frozen
    still: Poster | None = None,
) -> Unfinished:
    """Note that ``account`` uploaded the file ``source``, and ask for it to be processed.

    ``still`` stands for it instead of one of its own pictures.

    Raises:
        DescriptionTooLong, FocusOutside: as they say. The caller then removes the file.

    """
    rules.check_focus(focus)
    new = Unfinished(
        id=MediaId(new_id(tx.now)),
        account=account,
        source=source,
        format=fmt.value,
        description=rules.checked_description(description),
        focus_x=focus.x,
        focus_y=focus.y,
        created=tx.now,
        poster=still.file if still else None,
        poster_width=still.width if still else 0,
        poster_height=still.height if still else 0,
        poster_blurhash=still.blurhash if still else None,
    )
    sql.insert_unfinished(tx, new)
    jobs.enqueue(tx, PROCESS, new.id, key=PROCESS)
    return new


def upload_of(db: Snapshot, viewer: AccountId, media: MediaId) -> Attachment | Unfinished:
    """Load what ``viewer`` uploaded, finished or not.

    Raises:
        MediaNotFound: there is none, or it is somebody else's.
        Refusal: it could not be processed; the one that says why.

    """
    begun = sql.unfinished(db, [media]).get(media)
    if begun is None:
        return attachment(db, viewer, media)
    if begun.account != viewer:
        raise MediaNotFound
    if begun.failure is not None:
        raise failure_of(begun)
    return begun


def to_process(db: Snapshot, media: MediaId) -> Unfinished | None:
    """Load an upload that is still to be processed; ``None`` if it is no longer."""
    begun = sql.unfinished(db, [media]).get(media)
    return begun if begun is not None and begun.failure is None else None


def finish(tx: Transaction, begun: Unfinished, stored: StoredPicture) -> bool:
    """Make an attachment of a processed upload; ``False`` when it was taken back meanwhile: remove the files."""
    now = sql.unfinished(tx, [begun.id]).get(begun.id)
    if now is None or not sql.end(tx, begun.id):
        return False
    focus = Focus(now.focus_x, now.focus_y)
    actions.keep_finished(tx, begun.id, begun.account, stored, now.description, focus)
    if (still := still_of(now)) is not None:
        actions.show_still(tx, begun.account, begun.id, still)
    return True


def still_of(begun: Unfinished) -> Poster | None:
    """Return the still that the member gave."""
    if begun.poster is None:
        return None
    return Poster(
        file=begun.poster, width=begun.poster_width, height=begun.poster_height, blurhash=begun.poster_blurhash
    )


def show_still(tx: Transaction, viewer: AccountId, media: MediaId, still: Poster) -> None:
    """Let ``still`` stand for an upload of the viewer's that no post has yet, finished or not; the old one goes.

    Raises:
        MediaNotFound, MediaAttached: as they say. The caller then removes the file.

    """
    begun = upload_of(tx, viewer, media)
    if isinstance(begun, Attachment):
        actions.show_still(tx, viewer, media, still)
        return
    sql.show_unfinished(tx, media, still)
    _forget_still(tx, begun)


def _forget_still(tx: Transaction, begun: Unfinished) -> None:
    if begun.poster is not None:
        actions.forget_files(tx, [begun.poster])


def fail(tx: Transaction, media: MediaId, refusal: Refusal) -> None:
    """Note why an upload could not be processed. The member is told when asking for it."""
    sql.fail(tx, media, words_of_failure(refusal))


def describe(
    tx: Transaction, viewer: AccountId, media: MediaId, *, description: str | None = None, focus: Focus | None = None
) -> Attachment | Unfinished:
    """Change what is given of an upload of the viewer's that no post has yet, finished or not.

    Raises:
        MediaNotFound, MediaAttached, DescriptionTooLong, FocusOutside: as they say.

    """
    begun = upload_of(tx, viewer, media)
    if isinstance(begun, Attachment):
        return actions.update_attachment(tx, viewer, media, description=description, focus=focus)
    words = begun.description if description is None else rules.checked_description(description)
    point = Focus(begun.focus_x, begun.focus_y) if focus is None else focus
    rules.check_focus(point)
    sql.describe_unfinished(tx, media, description=words, x=point.x, y=point.y)
    return msgspec.structs.replace(begun, description=words, focus_x=point.x, focus_y=point.y)


def withdraw(tx: Transaction, viewer: AccountId, media: MediaId) -> str | None:
    """Take back an upload that no post has; return the name of its file if it was not processed yet: remove it.

    Raises:
        MediaNotFound, MediaAttached: as they say.

    """
    begun = sql.unfinished(tx, [media]).get(media)
    if begun is not None and begun.account == viewer:
        sql.end(tx, media)
        _forget_still(tx, begun)
        return begun.source
    actions.delete_attachment(tx, viewer, media)
    return None


def sweep(tx: Transaction, *, before: Instant) -> int:
    """Forget uploads from before a moment that were never finished; return how many."""
    return sql.end_old(tx, before=before)


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Take back what a deleted account uploaded and what is not processed; nothing is left then."""
    actions.forget_files(tx, sql.posters_of(tx, gone))
    names = sql.end_all_of(tx, gone)
    if names:
        jobs.enqueue(tx, DROP, names)
    return True


def sources(db: Snapshot) -> set[str]:
    """Return the names of the files of uploads that are still to be processed."""
    return sql.sources(db)
