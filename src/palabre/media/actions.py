"""What members do with media. Files are written before these run, and removed after they are durable.

Whatever makes a file superfluous enqueues a ``DELETE_FILES`` job in the same transaction: a crash between the
commit and the unlinking delays it, and cannot prevent it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from palabre import jobs
from palabre.clock import Instant
from palabre.errors import Refusal
from palabre.ids import AccountId, MediaId, PostId, new_id
from palabre.media import rules, sql
from palabre.media.errors import (
    CaptionsNotForPictures,
    DescriptionMissing,
    DuplicateAttachment,
    MediaAttached,
    MediaNotFound,
    MediaUnfinished,
    TooManyAttachments,
    failure_of,
)
from palabre.media.model import MOST_ATTACHMENTS, Attachment, Focus, MediaKind, Poster, StoredPicture
from palabre.media.queries import attachment
from palabre.store import Transaction

DELETE_FILES = "media.delete_files"
"""The job that removes files from the media store; its payload is the list of their names."""


def add_attachment(
    tx: Transaction,
    account: AccountId,
    stored: StoredPicture,
    *,
    description: str = "",
    focus: Focus = Focus(),  # noqa: B008 - frozen
) -> Attachment:
    """Note that ``account`` uploaded ``stored``, for a post that is still to be written.

    Raises:
        DescriptionTooLong, FocusOutside: as they say. The caller then removes the files of ``stored``.

    """
    rules.check_focus(focus)
    new = _new(tx, MediaId(new_id(tx.now)), account, stored, rules.checked_description(description), focus)
    sql.insert_attachment(tx, new)
    return new


def keep_finished(
    tx: Transaction, media: MediaId, account: AccountId, stored: StoredPicture, description: str, focus: Focus
) -> None:
    """Note an upload that was processed later, under the id that the member knows."""
    sql.insert_attachment(tx, _new(tx, media, account, stored, description, focus))


def _new(
    tx: Transaction, media: MediaId, account: AccountId, stored: StoredPicture, description: str, focus: Focus
) -> Attachment:
    timing = stored.timing
    return Attachment(
        id=media,
        account=account,
        kind=stored.kind,
        file=stored.file,
        preview=stored.preview,
        mime=stored.mime,
        size=stored.size,
        width=stored.width,
        height=stored.height,
        preview_width=stored.preview_width,
        preview_height=stored.preview_height,
        blurhash=stored.blurhash,
        description=description,
        focus_x=focus.x,
        focus_y=focus.y,
        created=tx.now,
        seconds=timing.seconds if timing else None,
        frame_rate=timing.frame_rate if timing else "",
        bitrate=timing.bitrate if timing else 0,
        channels=timing.channels if timing else 0,
    )


def _of_post(tx: Transaction, viewer: AccountId, media: MediaId, post: PostId | None) -> Attachment:
    """Load an upload of the viewer's that belongs to ``post``, or to none yet."""
    found = attachment(tx, viewer, media)
    if found.post != post:
        raise MediaAttached
    return found


def update_attachment(
    tx: Transaction,
    viewer: AccountId,
    media: MediaId,
    *,
    description: str | None = None,
    focus: Focus | None = None,
    of: PostId | None = None,
) -> Attachment:
    """Change what is given of an upload of the viewer's.

    ``of`` is the post it belongs to, when a post is being edited; the caller then states the fact that the
    post changed. Without it, only a picture that no post has yet can be changed.

    Raises:
        MediaNotFound: there is none, or it is somebody else's.
        MediaAttached: it belongs to another post than ``of``.
        DescriptionTooLong, FocusOutside: as they say.

    """
    found = _of_post(tx, viewer, media, of)
    words = found.description if description is None else rules.checked_description(description)
    point = Focus(found.focus_x, found.focus_y) if focus is None else focus
    rules.check_focus(point)
    sql.describe(tx, media, description=words, x=point.x, y=point.y)
    return attachment(tx, viewer, media)


def show_still(tx: Transaction, viewer: AccountId, media: MediaId, still: Poster) -> Attachment:
    """Let ``still`` stand for an upload of the viewer's until it plays, and where it is small; the old one goes.

    Raises:
        MediaNotFound: there is none, or it is somebody else's.
        MediaAttached: it belongs to a post.

    """
    found = _of_post(tx, viewer, media, None)
    sql.show(tx, media, still)
    if found.preview != found.file:
        forget_files(tx, [found.preview])
    return attachment(tx, viewer, media)


def caption(
    tx: Transaction, viewer: AccountId, media: MediaId, name: str | None, language: str, *, of: PostId | None = None
) -> Attachment:
    """Give an upload of the viewer's the captions in the file ``name``, or none; the file of the old ones goes.

    ``of`` is the post it belongs to, if it does; the caller then states the fact that the post changed.

    Raises:
        MediaNotFound: there is none, or it is somebody else's.
        MediaAttached: it belongs to another post than ``of``.
        CaptionsNotForPictures: it does not play.

    """
    found = _of_post(tx, viewer, media, of)
    if found.kind not in {MediaKind.VIDEO, MediaKind.SOUND}:
        raise CaptionsNotForPictures(field="captions")
    sql.caption(tx, media, name, language if name else "")
    if found.captions is not None:
        forget_files(tx, [found.captions])
    return attachment(tx, viewer, media)


def attach(
    tx: Transaction, viewer: AccountId, media: Collection[int], post: PostId, *, described: bool = False
) -> list[Attachment]:
    """Give ``post`` the uploads ``media`` of the viewer's, in this order.

    Raises:
        DescriptionMissing: all must be ``described``, and one is not.
        TooManyAttachments, DuplicateAttachment: as they say.
        MediaNotFound: one does not exist, or is somebody else's.
        MediaAttached: one belongs to a post already.

    """
    ids = [MediaId(each) for each in media]
    if len(ids) > MOST_ATTACHMENTS:
        raise TooManyAttachments(field="media_ids", limit=MOST_ATTACHMENTS)
    if len(set(ids)) != len(ids):
        raise DuplicateAttachment(field="media_ids")
    if not ids:
        return []
    found = sql.attachments(tx, ids)
    for each in ids:
        if each not in found or found[each].account != viewer:
            raise _missing(tx, viewer, each)
        if found[each].post is not None:
            raise MediaAttached(field="media_ids")
    if described and not all(found[each].description for each in ids):
        raise DescriptionMissing(field="media_ids")
    for position, each in enumerate(ids):
        if not sql.attach(tx, each, post, position):
            raise MediaAttached(field="media_ids")
    return sql.of_posts(tx, [post])


def rearrange(tx: Transaction, viewer: AccountId, media: Collection[int], post: PostId) -> list[Attachment]:
    """Let an edited ``post`` have the pictures ``media``, in this order; those that it no longer has are deleted.

    Raises:
        TooManyAttachments, DuplicateAttachment, MediaNotFound, MediaAttached: as in :func:`attach`.

    """
    ids = [MediaId(each) for each in media]
    if len(ids) > MOST_ATTACHMENTS:
        raise TooManyAttachments(field="media_ids", limit=MOST_ATTACHMENTS)
    if len(set(ids)) != len(ids):
        raise DuplicateAttachment(field="media_ids")
    found = sql.attachments(tx, ids) if ids else {}
    for each in ids:
        if each not in found or found[each].account != viewer:
            raise _missing(tx, viewer, each)
        if found[each].post not in {None, post}:
            raise MediaAttached(field="media_ids")
    _delete(tx, [each for each in sql.of_posts(tx, [post]) if each.id not in found])
    for position, each in enumerate(ids):
        sql.place(tx, each, post, position)
    return sql.of_posts(tx, [post])


def _missing(tx: Transaction, viewer: AccountId, media: MediaId) -> Refusal:
    """Say why a post cannot have ``media``."""
    begun = sql.unfinished(tx, [media]).get(media)
    if begun is None or begun.account != viewer:
        return MediaNotFound(field="media_ids")
    return MediaUnfinished() if begun.failure is None else failure_of(begun)


def delete_attachment(tx: Transaction, viewer: AccountId, media: MediaId) -> list[str]:
    """Remove an upload of the viewer's that no post has; return the names of its files.

    Raises:
        MediaNotFound: there is none, or it is somebody else's.
        MediaAttached: it belongs to a post.

    """
    found = _of_post(tx, viewer, media, None)
    return _delete(tx, [found])


def delete_of_posts(tx: Transaction, posts: Collection[PostId]) -> list[str]:
    """Remove the pictures of deleted ``posts``; return the names of their files, which a job unlinks."""
    return _delete(tx, sql.of_posts(tx, posts)) if posts else []


def keep_of_post(tx: Transaction, post: PostId) -> None:
    """Take the media from a post that is about to be deleted: they wait for another as if just uploaded."""
    ids = [each.id for each in sql.of_posts(tx, [post])]
    if ids:
        sql.detach(tx, ids, tx.now)


def hold(tx: Transaction, viewer: AccountId, media: Collection[int]) -> list[Attachment]:
    """Keep uploads of the viewer's for a post that comes later; return them in this order.

    Raises:
        TooManyAttachments: more than a post takes.
        MediaNotFound: one does not exist, or is somebody else's.
        MediaAttached: one belongs to a post already.

    """
    ids = [MediaId(each) for each in dict.fromkeys(media)]
    if len(ids) > MOST_ATTACHMENTS:
        raise TooManyAttachments(field="media_ids", limit=MOST_ATTACHMENTS)
    if not ids:
        return []
    found = sql.attachments(tx, ids)
    for each in ids:
        if each not in found or found[each].account != viewer:
            raise _missing(tx, viewer, each)
        if found[each].post is not None:
            raise MediaAttached(field="media_ids")
    sql.hold(tx, ids, holds=True)
    return [found[each] for each in ids]


def release(tx: Transaction, media: Collection[int]) -> None:
    """Let go of uploads that were held; those that no post takes within a day are swept."""
    if media:
        sql.hold(tx, [MediaId(each) for each in media], holds=False)


def discard(tx: Transaction, viewer: AccountId, media: Collection[int]) -> list[str]:
    """Remove those among ``media`` that are the viewer's and that no post has; return the names of their files."""
    found = sql.attachments(tx, [MediaId(each) for each in media]) if media else {}
    return _delete(tx, [each for each in found.values() if each.account == viewer and each.post is None])


def sweep_unattached(tx: Transaction, *, before: Instant, most: int = 200) -> int:
    """Remove uploads from before a moment that no post took; return how many, ``most`` at a time."""
    found = sql.unattached(tx, before=before, most=most)
    _delete(tx, found)
    return len(found)


def forget_member(tx: Transaction, gone: AccountId, *, most: int = 200) -> bool:
    """Remove uploads of a deleted account that no post took; return whether none is left."""
    found = sql.unattached_of(tx, gone, most=most)
    _delete(tx, found)
    return len(found) < most


def forget_files(tx: Transaction, names: Iterable[str]) -> None:
    """Have files removed from the media store once this transaction is durable."""
    unique = sorted(set(names))
    if unique:
        jobs.enqueue(tx, DELETE_FILES, unique)


def _delete(tx: Transaction, gone: list[Attachment]) -> list[str]:
    if not gone:
        return []
    sql.delete_attachments(tx, [each.id for each in gone])
    names = sorted(set[str]().union(*(each.names for each in gone)))
    forget_files(tx, names)
    return names
