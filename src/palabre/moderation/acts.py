"""What moderators did, kept for good: each act with who, upon whom, why and when, written with the act itself."""

from __future__ import annotations

from collections.abc import Collection

from palabre.accounts.queries import accounts
from palabre.ids import AccountId, new_id
from palabre.moderation import acts_sql, errors
from palabre.moderation.model import Act, Deed, DeedView
from palabre.paging import Slice, Window, cut
from palabre.store import Snapshot, Transaction

NOBODY = AccountId(0)
REASON_LENGTH = 2_000


def note(
    tx: Transaction,
    actor: AccountId,
    act: Act,
    *,
    target: AccountId = NOBODY,
    subject: str = "",
    reason: str = "",
    report: int | None = None,
) -> int:
    """Keep an act, in the transaction that does it; return its number.

    Raises:
        ReasonTooLong: more than :data:`REASON_LENGTH` characters.

    """
    reason = reason.replace("\x00", "").strip()
    if len(reason) > REASON_LENGTH:
        raise errors.ReasonTooLong(field="text", limit=REASON_LENGTH)
    number = new_id(tx.now)
    acts_sql.add(
        tx,
        Deed(
            id=number,
            actor=actor,
            act=act,
            target=target,
            subject=subject,
            reason=reason,
            report=report,
            created=tx.now,
        ),
    )
    return number


def deeds_upon(db: Snapshot, target: AccountId, numbers: Collection[int]) -> list[Deed]:
    """Return those of some acts that were upon ``target``, as :func:`deeds_among` does."""
    return [each for each in deeds_among(db, numbers) if each.target == target]


def deeds_among(db: Snapshot, numbers: Collection[int]) -> list[Deed]:
    """Return some acts, with the reported posts and the appeal against each. One statement, none for none."""
    return acts_sql.among_acts(db, numbers) if numbers else []


def acts_page(db: Snapshot, window: Window, target: AccountId | None = None) -> Slice[DeedView]:
    """Return what moderators did, to an account or at all, for those who run the network. Two statements."""
    found = cut(acts_sql.page(db, window, target))
    people = accounts(db, {each.actor for each in found.items} | {each.target for each in found.items})
    shown = [
        DeedView(deed=each, actor=people.get(each.actor), target=people.get(each.target)) for each in found.items
    ]
    return found.showing(shown)
