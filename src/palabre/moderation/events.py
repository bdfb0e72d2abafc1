"""What happens to reports, and what moderators change that is kept in memory."""

from __future__ import annotations

from palabre.events import Event
from palabre.ids import AccountId


class ReportMade(Event, frozen=True, kw_only=True, tag="report.made"):
    """Somebody reported something; only those who run the network may learn of it."""

    report: int


class AccountWarned(Event, frozen=True, kw_only=True, tag="moderation.account_warned"):
    """Moderators did something about ``account`` of which it is told."""

    account: AccountId
    act: int


class AppealMade(Event, frozen=True, kw_only=True, tag="moderation.appeal_made"):
    """``account`` asks that an act upon it be looked at again; only those who run the network may learn of it."""

    act: int
    account: AccountId


class AppealDecided(Event, frozen=True, kw_only=True, tag="moderation.appeal_decided"):
    """It was looked at again, and taken back if ``agreed``; only ``account`` may learn of it."""

    act: int
    account: AccountId
    agreed: bool


class IpBlocksChanged(Event, frozen=True, kw_only=True, tag="moderation.ip_blocks_changed"):
    """A network is kept out, or no longer, or otherwise."""

    block: int


class ServerBlocksChanged(Event, frozen=True, kw_only=True, tag="moderation.server_blocks_changed"):
    """Another server is blocked, or no longer, or otherwise."""

    block: int
