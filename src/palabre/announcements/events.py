"""What happens to announcements."""

from __future__ import annotations

from palabre.events import Event


class Announced(Event, frozen=True, kw_only=True, tag="announcement.published"):
    """All members are told something."""

    announcement: int


class AnnouncementReacted(Event, frozen=True, kw_only=True, tag="announcement.reacted"):
    """More or fewer answer with the emoji ``name``."""

    announcement: int
    name: str


class AnnouncementDeleted(Event, frozen=True, kw_only=True, tag="announcement.deleted"):
    """An announcement is gone."""

    announcement: int
