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
    category: Category = Category.OTHER
    rules: tuple[int, ...] = ()
    comment: str = ""


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


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """A report with the accounts that it names, already loaded."""

    report: Report
    target: Account
    reporter: Account | None = None
    """For those who run the network only."""
    against: int = 0
    """How many reports of the same account there are; for those who run the network only."""
