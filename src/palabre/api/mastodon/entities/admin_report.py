"""A report as those who run the network see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from palabre.api.mastodon.entities.admin_account import AdminAccount
from palabre.api.mastodon.entities.rule import Rule, rule
from palabre.api.mastodon.entities.status import Status
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import AccountId, Kind
from palabre.moderation.model import Category
from palabre.moderation.model import Report as Stored
from palabre.moderation.model import Rule as Made


class AdminReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with whom, and what was done about it."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: Category
    comment: str
    forwarded: bool
    created_at: str
    updated_at: str
    account: AdminAccount
    target_account: AdminAccount
    assigned_account: AdminAccount | None
    action_taken_by_account: AdminAccount | None
    statuses: Sequence[Status | msgspec.Raw]
    """Those of the posts that whoever asks may read as any member."""
    rules: list[Rule]


def admin_report(
    names: Names,
    shown: Stored,
    who: Callable[[AccountId], AdminAccount],
    statuses: Sequence[msgspec.Raw],
    rules: Mapping[int, Made],
) -> AdminReport:
    """Render a report; ``who`` renders an account, or what stands for one that is gone."""
    return AdminReport(
        id=names.ids.encode(Kind.REPORT, shown.id),
        action_taken=shown.closed is not None,
        action_taken_at=None if shown.closed is None else iso(shown.closed),
        category=shown.category,
        comment=shown.comment,
        forwarded=False,
        created_at=iso(shown.created),
        updated_at=iso(shown.updated or shown.created),
        account=who(shown.reporter),
        target_account=who(shown.target),
        assigned_account=None if shown.assigned is None else who(shown.assigned),
        action_taken_by_account=None if shown.closed_by is None else who(shown.closed_by),
        statuses=statuses,
        rules=[rule(names, rules[number]) for number in shown.rules if number in rules],
    )
