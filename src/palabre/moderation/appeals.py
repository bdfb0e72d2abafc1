"""Appeals: a member asks that what moderators did about the account be looked at again, and somebody decides.

One appeal against each act of which the account is told, within :data:`DAYS`; what is decided stays decided, and
both the member's words and the decision are kept with the act. Mastodon's rules (``Appeal`` and its entity, 4.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from palabre import journal
from palabre.accounts.queries import accounts
from palabre.clock import DAY
from palabre.ids import AccountId
from palabre.moderation import acts_sql, errors
from palabre.moderation.acts import deeds_among, deeds_upon, note
from palabre.moderation.events import AppealDecided, AppealMade
from palabre.moderation.judging import check, judge
from palabre.moderation.model import TOLD, Act, Appeal, AppealView, Deed
from palabre.paging import Slice, Window, cut
from palabre.store import Snapshot, Transaction

DAYS: Final = 20
"""How long after an act one may appeal against it."""
TEXT_LENGTH: Final = 2_000

_UNDONE_BY: Final[Mapping[Act, Act]] = {Act.SENSITIZE: Act.UNSENSITIZE, Act.LIMIT: Act.UNLIMIT}
"""A warning changes nothing that would have to be taken back."""


def may_appeal(deed: Deed, now: int) -> bool:
    """Tell whether the member may still appeal against an act."""
    return deed.act in TOLD and deed.appeal is None and deed.created > now - DAYS * DAY


def appeal(tx: Transaction, viewer: AccountId, number: int, text: str) -> Appeal:
    """Ask that an act upon the viewer's account be looked at again.

    Raises:
        WarningNotFound: there is no such act upon the account, or the account was not told of it.
        AppealEmpty: ``text`` says nothing.
        AppealTooLong: it says more than :data:`TEXT_LENGTH` characters.
        AppealTooLate: the act is older than :data:`DAYS`.
        AppealMadeAlready: the viewer has appealed against it.

    """
    found = [each for each in deeds_upon(tx, viewer, [number]) if each.act in TOLD]
    if not found:
        raise errors.WarningNotFound
    said = text.replace("\x00", "").strip()
    if not said:
        raise errors.AppealEmpty(field="text")
    if len(said) > TEXT_LENGTH:
        raise errors.AppealTooLong(field="text", limit=TEXT_LENGTH)
    if found[0].created <= tx.now - DAYS * DAY:
        raise errors.AppealTooLate(days=DAYS)
    made = Appeal(act=number, account=viewer, text=said, created=tx.now)
    if not acts_sql.add_appeal(tx, made):
        raise errors.AppealMadeAlready
    journal.record(tx, AppealMade(act=number, account=viewer))
    return made


def decide(tx: Transaction, admin: AccountId, number: int, *, agree: bool) -> None:
    """Decide about the appeal against an act; with ``agree``, the act is taken back, unless it was since.

    Raises:
        AppealNotFound: nobody appealed against it.
        AppealDecidedAlready: somebody has decided about it.
        AccountNotFound, NotYours: as ``judging.check``.

    """
    found = deeds_among(tx, [number])
    if not found or found[0].appeal is None:
        raise errors.AppealNotFound
    deed = found[0]
    check(tx, admin, deed.target)
    if not acts_sql.decide_appeal(tx, number, admin, agree=agree):
        raise errors.AppealDecidedAlready
    back = _UNDONE_BY.get(deed.act)
    if agree and back is not None and acts_sql.last_of(tx, deed.target, (deed.act, back)) == number:
        judge(tx, admin, deed.target, back)
    note(tx, admin, Act.APPROVE_APPEAL if agree else Act.REFUSE_APPEAL, target=deed.target)
    journal.record(tx, AppealDecided(act=number, account=deed.target, agreed=agree))


def warnings_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[Deed]:
    """Return what moderators did about the viewer's account and told it of, each with the appeal. One statement."""
    return cut(acts_sql.warnings(db, viewer, window))


def appeals_page(db: Snapshot, window: Window, *, decided: bool) -> Slice[AppealView]:
    """Return appeals that wait, or those that are decided, for those who run the network. Two statements."""
    found = cut(acts_sql.appealed(db, window, decided=decided))
    people = accounts(
        db,
        {each.target for each in found.items}
        | {each.actor for each in found.items}
        | {each.appeal.decided_by for each in found.items if each.appeal is not None and each.appeal.decided_by},
    )
    return found.showing(
        [
            AppealView(
                deed=each,
                appeal=each.appeal,
                account=people[each.target],
                actor=people.get(each.actor),
                judge=people.get(each.appeal.decided_by or AccountId(0)),
            )
            for each in found.items
            if each.appeal is not None and each.target in people
        ]
    )


def open_count(db: Snapshot) -> int:
    """Count the appeals that wait, up to a thousand. One statement."""
    return acts_sql.open_appeals(db)
