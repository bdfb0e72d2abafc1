"""Reading attachments. Those of a post are as readable as the post: ask only for posts already let through."""

from __future__ import annotations

from collections.abc import Collection

from palabre.ids import AccountId, MediaId, PostId
from palabre.media import sql
from palabre.media.errors import MediaNotFound
from palabre.media.model import Attachment
from palabre.store import Snapshot


def attachments_of(db: Snapshot, posts: Collection[PostId]) -> dict[PostId, list[Attachment]]:
    """Load the attachments of ``posts``, in order; posts without any are left out. One statement."""
    if not posts:
        return {}
    found: dict[PostId, list[Attachment]] = {}
    for each in sql.of_posts(db, posts):
        if each.post is not None:
            found.setdefault(each.post, []).append(each)
    return found


def attachment(db: Snapshot, viewer: AccountId, media: MediaId) -> Attachment:
    """Load an attachment that ``viewer`` uploaded.

    Raises:
        MediaNotFound: there is none, or it is somebody else's.

    """
    found = sql.attachments(db, [media]).get(media)
    if found is None or found.account != viewer:
        raise MediaNotFound
    return found


def uploads_of(db: Snapshot, viewer: AccountId, media: Collection[int]) -> list[Attachment]:
    """Load those among ``media`` that ``viewer`` uploaded and that are still there, in this order. One statement."""
    found = sql.attachments(db, [MediaId(each) for each in media]) if media else {}
    return [found[MediaId(each)] for each in media if each in found and found[MediaId(each)].account == viewer]


def orphans(db: Snapshot, names: Collection[str]) -> set[str]:
    """Return those among ``names`` of stored files that nothing refers to. One statement.

    A file is written before the row that names it: ask only about files that are some hours old.
    """
    return set(names) - sql.used(db, names)
