"""What announcements refuse."""

from __future__ import annotations

from palabre.errors import Invalid, NotFound


class AnnouncementNotFound(NotFound):
    """There is none, or its time is over."""

    code = "announcement.not_found"
    message = "There is no such announcement."


class AnnouncementEmpty(Invalid):
    """It says nothing."""

    code = "announcement.empty"
    message = "An announcement needs a text."


class AnnouncementTooLong(Invalid):
    """Details: ``limit``."""

    code = "announcement.too_long"
    message = "An announcement has at most {limit} characters."


class AnnouncementEndsFirst(Invalid):
    """It ends before it begins."""

    code = "announcement.ends_first"
    message = "An announcement cannot end before it begins."


class NoEmoji(Invalid):
    """A reaction is something else than one emoji."""

    code = "announcement.no_emoji"
    message = "A reaction is one emoji."


class TooManyReactions(Invalid):
    """Details: ``limit``."""

    code = "announcement.too_many_reactions"
    message = "An announcement has at most {limit} different reactions."
