"""Reading announcements."""

from __future__ import annotations

import msgspec

from palabre.announcements import sql
from palabre.announcements.errors import AnnouncementNotFound
from palabre.announcements.model import Announcement
from palabre.ids import AccountId
from palabre.store import Snapshot


def announcements(
    db: Snapshot, viewer: AccountId | None, *, dismissed: bool = False, over: bool = False
) -> list[Announcement]:
    """Return the announcements, the newest first: at most four statements.

    Without those that the viewer has ``dismissed``, and without those whose time is ``over``, unless asked for.
    """
    found = _seen(db, viewer, sql.everything(db) if over else sql.current(db))
    return [each for each in found if dismissed or not each.read]


def announcement(db: Snapshot, viewer: AccountId | None, number: int) -> Announcement:
    """Return one announcement.

    Raises:
        AnnouncementNotFound: there is none, or its time is over.

    """
    found = sql.one(db, number)
    if found is None:
        raise AnnouncementNotFound
    return _seen(db, viewer, [found])[0]


def _seen(db: Snapshot, viewer: AccountId | None, found: list[Announcement]) -> list[Announcement]:
    ids = [each.id for each in found]
    if not ids:
        return []
    read = sql.read_among(db, viewer, ids) if viewer is not None else set()
    reactions = sql.reactions(db, viewer, ids)
    return [
        msgspec.structs.replace(each, read=each.id in read, reactions=reactions.get(each.id, ())) for each in found
    ]
