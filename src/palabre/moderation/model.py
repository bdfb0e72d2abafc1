"""Rules and reports, as stored and as shown."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from palabre.accounts.model import Account
from palabre.clock import Instant
from palabre.ids import AccountId, PostId


class Translation(msgspec.Struct, frozen=True):
    """A rule in another language."""

    text: str
    hint: str = ""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the network."""

    id: int
    text: str
    hint: str = ""
    translations: dict[str, Translation] = {}

    def said(self, language: str) -> Translation:
        """Return it in ``language``, or as it was written."""
        return self.translations.get(language) or Translation(self.text, self.hint)


class Category(StrEnum):
    """What is wrong, in short. Stored by value: never rename one."""

    SPAM = "spam"
    LEGAL = "legal"
    VIOLATION = "violation"
    """It breaks a rule of the network."""
    OTHER = "other"


class Wrong(msgspec.Struct, frozen=True, kw_only=True):
    """What a member reports."""

    target: AccountId
    posts: tuple[PostId, ...] = ()
    collections: tuple[int, ...] = ()
    category: Category = Category.OTHER
    rules: tuple[int, ...] = ()
    comment: str = ""


class Act(StrEnum):
    """What moderators do. Stored by value: never rename one; those about accounts have Mastodon's names."""

    WARN = "none"
    SENSITIZE = "sensitive"
    DISABLE = "disable"
    LIMIT = "silence"
    SUSPEND = "suspend"
    UNSENSITIZE = "unsensitive"
    ENABLE = "enable"
    UNLIMIT = "unsilence"
    UNSUSPEND = "unsuspend"
    APPROVE = "approve"
    REFUSE = "reject"
    DELETE = "delete"
    CHANGE_ROLE = "role_changed"
    VOUCH = "vouch"
    GIVE_PASSWORD_LINK = "password_link_given"  # noqa: S105 - the name of an act
    RESET_PASSWORD = "password_reset"  # noqa: S105 - as above
    CHANGE_REPORT = "report_changed"
    ASSIGN_REPORT = "report_assigned"
    UNASSIGN_REPORT = "report_unassigned"
    CLOSE_REPORT = "report_closed"
    REOPEN_REPORT = "report_reopened"
    APPROVE_APPEAL = "appeal_approved"
    REFUSE_APPEAL = "appeal_rejected"
    BLOCK_EMAIL_DOMAIN = "email_domain_blocked"
    UNBLOCK_EMAIL_DOMAIN = "email_domain_unblocked"
    BLOCK_EMAIL = "email_blocked"
    UNBLOCK_EMAIL = "email_unblocked"
    BLOCK_IP = "ip_blocked"
    CHANGE_IP_BLOCK = "ip_block_changed"
    UNBLOCK_IP = "ip_unblocked"
    BLOCK_SERVER = "server_blocked"
    CHANGE_SERVER_BLOCK = "server_block_changed"
    UNBLOCK_SERVER = "server_unblocked"
    ALLOW_SERVER = "server_allowed"
    DISALLOW_SERVER = "server_disallowed"
    BAR_HASHTAG = "hashtag_barred"
    ALLOW_HASHTAG = "hashtag_allowed"
    UNLIST_HASHTAG = "hashtag_unlisted"
    LIST_HASHTAG = "hashtag_listed"
    APPROVE_TREND = "trend_approved"
    REFUSE_TREND = "trend_rejected"
    """Of a hashtag, a page or a publisher."""
    APPROVE_POST_TREND = "post_trend_approved"
    REFUSE_POST_TREND = "post_trend_rejected"


TOLD = frozenset({Act.WARN, Act.SENSITIZE, Act.LIMIT})
"""Acts of which the account is told, and against which it may appeal. Who can no longer sign in could not read it."""


class AppealState(StrEnum):
    """How an appeal stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "rejected"


class Appeal(msgspec.Struct, frozen=True, kw_only=True):
    """What a member says against an act, as it is kept."""

    act: int
    account: AccountId
    text: str
    created: Instant
    decided: Instant | None = None
    decided_by: AccountId | None = None
    """0: an account that is deleted."""
    agreed: bool = False

    @property
    def state(self) -> AppealState:
        """How it stands."""
        if self.decided is None:
            return AppealState.PENDING
        return AppealState.APPROVED if self.agreed else AppealState.REFUSED


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """An act as it is kept: nobody changes one, and none is removed."""

    id: int
    actor: AccountId
    """0: the operator by the command line, or an account that is deleted."""
    act: Act
    target: AccountId
    """0: no account, or one that is deleted."""
    subject: str
    reason: str
    report: int | None
    created: Instant
    posts: tuple[PostId, ...] = ()
    """Those of the report that asked for it, where that is loaded too."""
    appeal: Appeal | None = None
    """What the member said against it, where that is loaded too."""


class DeedView(msgspec.Struct, frozen=True, kw_only=True):
    """An act with the accounts that it names, as far as they are there."""

    deed: Deed
    actor: Account | None
    target: Account | None


class AppealView(msgspec.Struct, frozen=True, kw_only=True):
    """An act against which a member appeals, with the accounts that it names, for those who run the network."""

    deed: Deed
    appeal: Appeal
    account: Account
    actor: Account | None
    """Who did it."""
    judge: Account | None
    """Who decided about the appeal."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report as stored. The reported account is never told of it, nor by whom it is."""

    id: int
    reporter: AccountId
    """0: the account is deleted."""
    target: AccountId
    category: Category
    comment: str
    posts: tuple[PostId, ...]
    rules: tuple[int, ...]
    created: Instant
    closed: Instant | None = None
    closed_by: AccountId | None = None
    assigned: AccountId | None = None
    updated: Instant | None = None
    collections: tuple[int, ...] = ()


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """A report with the accounts that it names, already loaded."""

    report: Report
    target: Account
    reporter: Account | None = None
    """For those who run the network only."""
    assigned: Account | None = None
    """Who looks into it; for those who run the network only."""
    against: int = 0
    """How many reports of the same account there are; for those who run the network only."""


class Publisher(msgspec.Struct, frozen=True):
    """The host of pages that trend, and whether they may, if that was decided."""

    id: int
    domain: str
    trendable: bool | None = None
    decided: Instant | None = None
