"""The SQL of what moderators did: rows are added and never changed, but for names of accounts that are gone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import and_, bindparam, func, literal, literal_column, select

from palabre.ids import AccountId, PostId
from palabre.moderation.model import TOLD, Act, Appeal, Deed
from palabre.moderation.tables import appeal as appeals
from palabre.moderation.tables import moderation_act
from palabre.moderation.tables import report as reports
from palabre.paging import Window
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update
from palabre.store.pages import Pages

_m, _a = moderation_act.c, appeals.c
_columns = (_m.id, _m.actor, _m.act, _m.target, _m.subject, _m.reason, _m.report, _m.created)
_appeal = (_a.account, _a.text, _a.created, _a.decided, _a.decided_by, _a.agreed)
_told = _m.act.in_([literal_column(f"'{act.value}'") for act in sorted(TOLD)])
_with_all = (
    select(*_columns, *_appeal, reports.c.posts)
    .select_from(moderation_act.outerjoin(reports, reports.c.id == _m.report))
    .outerjoin(appeals, _a.act == _m.id)
)
_ALL = Pages(select(*_columns), _m.id)
_OF_TARGET = Pages(select(*_columns).where(_m.target == bindparam("target")), _m.id)
_AMONG = statement(_with_all.where(among(_m.id, "numbers")))
_WARNINGS = Pages(_with_all.where(_m.target == bindparam("target"), _told), _m.id)
_appealed = (
    select(*_columns, *_appeal, reports.c.posts)
    .select_from(appeals.join(moderation_act, _m.id == _a.act))
    .outerjoin(reports, reports.c.id == _m.report)
)
_OPEN_APPEALS = Pages(_appealed.where(_a.decided.is_(None)), _a.act)
_CLOSED_APPEALS = Pages(_appealed.where(_a.decided.is_not(None)), _a.act)
_OPEN_COUNT = statement(
    select(func.count()).select_from(select(_a.act).where(_a.decided.is_(None)).limit(1_000).subquery())
)
_LAST = statement(select(func.max(_m.id)).where(_m.target == bindparam("target"), among(_m.act, "kinds")))
_INSERT_APPEAL = insert(appeals, ignore=True)
_DECIDE = update(
    appeals,
    and_(_a.act == bindparam("number"), _a.decided.is_(None)),
    decided=bindparam("now"),
    decided_by=bindparam("by"),
    agreed=bindparam("agree"),
)
_FORGET_APPEALS = delete(appeals, _a.account == bindparam("gone"))
_FORGET_JUDGE = update(appeals, _a.decided_by == bindparam("gone"), decided_by=literal(0))
_INSERT = insert(moderation_act)
_FORGET_ACTOR = update(moderation_act, _m.actor == bindparam("gone"), actor=literal(0))
_FORGET_TARGET = update(moderation_act, _m.target == bindparam("gone"), target=literal(0), reason=literal(""))


def add(tx: Transaction, done: Deed) -> None:
    """Keep an act."""
    tx.run(
        _INSERT,
        id=done.id,
        actor=done.actor,
        act=done.act.value,
        target=done.target,
        subject=done.subject,
        reason=done.reason,
        report=done.report,
        created=done.created,
    )


def _deed(row: tuple[Any, ...]) -> tuple[int, Deed]:
    number, actor, act, target, subject, reason, report, created = row[: len(_columns)]
    return number, Deed(
        id=number,
        actor=actor,
        act=Act(act),
        target=target,
        subject=subject,
        reason=reason,
        report=report,
        created=created,
    )


def among_acts(db: Snapshot, numbers: Collection[int]) -> list[Deed]:
    """Load some acts, each with the posts of the report that asked for it and with the appeal against it."""
    return [_whole(row)[1] for row in db.all(_AMONG, numbers=list(numbers))]


def _whole(row: tuple[Any, ...]) -> tuple[int, Deed]:
    number, deed = _deed(row)
    account, text, created, decided, decided_by, agreed, posts = row[len(_columns) :]
    said = None
    if account is not None:
        said = Appeal(
            act=number,
            account=account,
            text=text,
            created=created,
            decided=decided,
            decided_by=decided_by,
            agreed=bool(agreed),
        )
    reported = msgspec.json.decode(posts, type=list[PostId]) if posts else []
    return number, msgspec.structs.replace(deed, posts=tuple(reported), appeal=said)


def warnings(db: Snapshot, target: AccountId, window: Window) -> list[tuple[int, Deed]]:
    """Load what an account was told of, each with the appeal against it, the newest first."""
    return [_whole(row) for row in _WARNINGS.rows(db, window, target=target)]


def appealed(db: Snapshot, window: Window, *, decided: bool) -> list[tuple[int, Deed]]:
    """Load acts against which somebody appeals, or appealed, the newest act first."""
    return [_whole(row) for row in (_CLOSED_APPEALS if decided else _OPEN_APPEALS).rows(db, window)]


def open_appeals(db: Snapshot) -> int:
    """Count the appeals that wait, up to a thousand."""
    return int(db.value(_OPEN_COUNT))


def last_of(db: Snapshot, target: AccountId, kinds: Collection[Act]) -> int | None:
    """Return the newest act of these kinds upon an account."""
    found: int | None = db.value(_LAST, target=target, kinds=[kind.value for kind in kinds])
    return found


def add_appeal(tx: Transaction, said: Appeal) -> bool:
    """Keep an appeal; return whether there was none against this act."""
    return (
        tx.change(
            _INSERT_APPEAL,
            act=said.act,
            account=said.account,
            text=said.text,
            created=said.created,
            decided=None,
            decided_by=None,
            agreed=False,
        )
        == 1
    )


def decide_appeal(tx: Transaction, number: int, by: AccountId, *, agree: bool) -> bool:
    """Keep a decision; return whether there was none yet."""
    return tx.change(_DECIDE, number=number, by=by, agree=agree, now=tx.now) == 1


def page(db: Snapshot, window: Window, target: AccountId | None) -> list[tuple[int, Deed]]:
    """Load acts, all or those upon an account, the newest first."""
    rows = _ALL.rows(db, window) if target is None else _OF_TARGET.rows(db, window, target=target)
    return [_deed(row) for row in rows]


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Take a deleted account out of the acts: its number, what was said of it, and what it said itself."""
    for each in (_FORGET_ACTOR, _FORGET_TARGET, _FORGET_APPEALS, _FORGET_JUDGE):
        tx.run(each, gone=gone)
