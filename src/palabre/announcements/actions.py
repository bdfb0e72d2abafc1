"""Announcing, and what members do with announcements."""

from __future__ import annotations

from palabre import journal
from palabre.announcements import errors, rules, sql
from palabre.announcements.events import Announced, AnnouncementDeleted, AnnouncementReacted
from palabre.announcements.model import Announcement
from palabre.announcements.queries import announcement
from palabre.clock import Instant
from palabre.ids import AccountId, new_id
from palabre.store import Transaction


def announce(
    tx: Transaction,
    text: str,
    *,
    starts: Instant | None = None,
    ends: Instant | None = None,
    all_day: bool = False,
) -> Announcement:
    """Tell all members something; it is no longer shown after ``ends``.

    Raises:
        AnnouncementEmpty: it says nothing.
        AnnouncementTooLong: it says too much.
        AnnouncementEndsFirst: it ends before it begins.

    """
    rules.check_span(starts, ends)
    made = Announcement(
        id=new_id(tx.now),
        text=rules.check_text(text),
        starts=starts,
        ends=ends,
        all_day=all_day,
        published=tx.now,
        updated=tx.now,
    )
    sql.insert_announcement(tx, made)
    journal.record(tx, Announced(announcement=made.id))
    return made


def delete_announcement(tx: Transaction, number: int) -> None:
    """Remove an announcement, with all that was answered.

    Raises:
        AnnouncementNotFound: there is none.

    """
    if not sql.delete_announcement(tx, number):
        raise errors.AnnouncementNotFound
    journal.record(tx, AnnouncementDeleted(announcement=number))


def dismiss(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Note that the viewer has read an announcement.

    Raises:
        AnnouncementNotFound: there is none.

    """
    announcement(tx, viewer, number)
    sql.dismiss(tx, viewer, number)


def react(tx: Transaction, viewer: AccountId, number: int, name: str) -> None:
    """Answer with an emoji. Twice is once.

    Raises:
        AnnouncementNotFound: there is no such announcement.
        NoEmoji: it is something else.
        TooManyReactions: it would be one emoji too many.

    """
    found = announcement(tx, viewer, number)
    rules.check_emoji(name)
    names = {each.name for each in found.reactions}
    if name not in names and len(names) >= rules.REACTIONS:
        raise errors.TooManyReactions(field="name", limit=rules.REACTIONS)
    if sql.react(tx, viewer, number, name):
        journal.record(tx, AnnouncementReacted(announcement=number, name=name))


def take_back(tx: Transaction, viewer: AccountId, number: int, name: str) -> None:
    """Take an answer back. What was not there changes nothing.

    Raises:
        AnnouncementNotFound: there is no such announcement.

    """
    announcement(tx, viewer, number)
    if sql.take_back(tx, viewer, number, name):
        journal.record(tx, AnnouncementReacted(announcement=number, name=name))


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Remove what a deleted account has read and answered; nothing is left then."""
    for number, name in sql.forget_member(tx, gone):
        journal.record(tx, AnnouncementReacted(announcement=number, name=name))
    return True
