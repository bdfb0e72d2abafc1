"""What a member has reported."""

from __future__ import annotations

import msgspec

from palabre.accounts.model import Account as Target
from palabre.api.mastodon.entities.account import Account, account
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.moderation.model import Category
from palabre.moderation.model import Report as Stored


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with whom, and whether it has been dealt with."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: Category
    comment: str
    forwarded: bool
    created_at: str
    status_ids: list[str] | None
    collection_ids: list[str] | None
    rule_ids: list[str] | None
    target_account: Account


def report(names: Names, made: Stored, target: Target) -> Report:
    """Render a report."""
    encode = names.ids.encode
    return Report(
        id=encode(Kind.REPORT, made.id),
        action_taken=made.closed is not None,
        action_taken_at=None if made.closed is None else iso(made.closed),
        category=made.category,
        comment=made.comment,
        forwarded=False,
        created_at=iso(made.created),
        status_ids=[encode(Kind.POST, post) for post in made.posts],
        collection_ids=[encode(Kind.COLLECTION, number) for number in made.collections],
        rule_ids=[encode(Kind.RULE, number) for number in made.rules],
        target_account=account(names, target),
    )
