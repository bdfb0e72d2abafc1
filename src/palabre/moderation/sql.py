"""All the SQL of rules and reports."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import BigInteger, and_, bindparam, func, literal, null, or_, select

from palabre.ids import AccountId, PostId
from palabre.moderation.model import Category, Report, Rule, Translation
from palabre.moderation.tables import report, rule
from palabre.paging import Window
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update
from palabre.store.pages import Pages

_r = report.c
_RULES = statement(select(rule.c.id, rule.c.text, rule.c.hint, rule.c.translations).order_by(rule.c.id))
_INSERT_RULE = insert(rule)
_DELETE_RULE = delete(rule, rule.c.id == bindparam("rule"))

_reports = select(
    _r.id, _r.reporter, _r.target, _r.category, _r.comment, _r.posts, _r.rules, _r.created, _r.closed, _r.closed_by,
    _r.assigned, _r.updated, _r.collections,
)  # fmt: skip
_OPEN = Pages(_reports.where(_r.closed.is_(None)), _r.id)
_CLOSED = Pages(_reports.where(_r.closed.is_not(None)), _r.id)
_about = and_(
    or_(bindparam("by", type_=BigInteger) < 0, _r.reporter == bindparam("by")),
    or_(bindparam("of", type_=BigInteger) < 0, _r.target == bindparam("of")),
)
_OPEN_ABOUT = Pages(_reports.where(_r.closed.is_(None), _about), _r.id)
_CLOSED_ABOUT = Pages(_reports.where(_r.closed.is_not(None), _about), _r.id)
_OF_REPORTER = Pages(_reports.where(_r.reporter == bindparam("reporter")), _r.id)
_ONE = statement(_reports.where(_r.id == bindparam("report")))
_MANY = statement(_reports.where(among(_r.id, "numbers")))
_COUNTS = statement(select(_r.target, func.count()).where(among(_r.target, "targets")).group_by(_r.target))
_OPEN_COUNT = statement(
    select(func.count()).select_from(select(_r.id).where(_r.closed.is_(None)).limit(1_000).subquery())
)
_INSERT = insert(report)
_CLOSE = update(
    report, _r.id == bindparam("report"), closed=bindparam("at"), closed_by=bindparam("by"), updated=bindparam("now")
)
_ASSIGN = update(report, _r.id == bindparam("report"), assigned=bindparam("to"), updated=bindparam("now"))
_CHANGE = update(
    report,
    _r.id == bindparam("report"),
    category=bindparam("new_category"),
    rules=bindparam("new_rules"),
    updated=bindparam("now"),
)
_FORGET_TARGET = delete(report, _r.target == bindparam("gone"))
_FORGET_REPORTER = update(report, _r.reporter == bindparam("gone"), reporter=literal(0))
_FORGET_CLOSER = update(report, _r.closed_by == bindparam("gone"), closed_by=null())
_FORGET_ASSIGNED = update(report, _r.assigned == bindparam("gone"), assigned=null())


def rules(db: Snapshot) -> list[Rule]:
    """Load the rules that the operator has made, the first one first."""
    return [
        Rule(
            id=row[0],
            text=row[1],
            hint=row[2],
            translations=msgspec.json.decode(row[3], type=dict[str, Translation]),
        )
        for row in db.all(_RULES)
    ]


def insert_rule(tx: Transaction, made: Rule) -> None:
    """Add a rule."""
    translations = msgspec.json.encode(made.translations).decode()
    tx.run(_INSERT_RULE, id=made.id, text=made.text, hint=made.hint, translations=translations)


def delete_rule(tx: Transaction, number: int) -> bool:
    """Remove a rule."""
    return tx.change(_DELETE_RULE, rule=number) == 1


def _report(row: tuple[Any, ...]) -> tuple[int, Report]:
    (
        number, reporter, target, category, comment, posts, broken, created, closed, closed_by, assigned, updated,
        collections,
    ) = row  # fmt: skip
    return number, Report(
        id=number,
        reporter=reporter,
        target=target,
        category=Category(category),
        comment=comment,
        posts=tuple(PostId(post) for post in msgspec.json.decode(posts, type=list[int])),
        rules=tuple(msgspec.json.decode(broken, type=list[int])),
        created=created,
        closed=closed,
        closed_by=closed_by,
        assigned=assigned,
        updated=updated,
        collections=tuple(msgspec.json.decode(collections, type=list[int])),
    )


def reports(db: Snapshot, window: Window, *, closed: bool) -> list[tuple[int, Report]]:
    """Load open or closed reports, the newest first."""
    return [_report(row) for row in (_CLOSED if closed else _OPEN).rows(db, window)]


def many(db: Snapshot, numbers: Collection[int]) -> list[Report]:
    """Load some reports."""
    return [_report(row)[1] for row in db.all(_MANY, numbers=list(numbers))]


def reports_of(db: Snapshot, reporter: AccountId, window: Window) -> list[tuple[int, Report]]:
    """Load what somebody has reported, the newest first."""
    return [_report(row) for row in _OF_REPORTER.rows(db, window, reporter=reporter)]


def one(db: Snapshot, number: int) -> Report | None:
    """Load a report."""
    row = db.one(_ONE, report=number)
    return _report(row)[1] if row else None


def counts(db: Snapshot, targets: Collection[AccountId]) -> dict[AccountId, int]:
    """Count the reports of each account."""
    return dict(db.all(_COUNTS, targets=list(targets)))


def open_count(db: Snapshot) -> int:
    """Count the open reports, up to a thousand."""
    return int(db.value(_OPEN_COUNT))


def insert_report(tx: Transaction, made: Report) -> None:
    """Add a report."""
    tx.run(
        _INSERT,
        id=made.id,
        reporter=made.reporter,
        target=made.target,
        category=made.category.value,
        comment=made.comment,
        posts=msgspec.json.encode(made.posts).decode(),
        rules=msgspec.json.encode(made.rules).decode(),
        created=made.created,
        closed=None,
        closed_by=None,
        assigned=None,
        updated=None,
        collections=msgspec.json.encode(made.collections).decode(),
    )


def close(tx: Transaction, number: int, at: int | None, by: AccountId | None) -> bool:
    """Close a report, or open it again; return whether there is one."""
    return tx.change(_CLOSE, report=number, at=at, by=by, now=tx.now) == 1


def assign(tx: Transaction, number: int, to: AccountId | None) -> bool:
    """Note which moderator looks into a report; return whether there is one."""
    return tx.change(_ASSIGN, report=number, to=to, now=tx.now) == 1


def change(tx: Transaction, number: int, category: Category, rules: Collection[int]) -> None:
    """Write what a report is about."""
    encoded = msgspec.json.encode(list(rules)).decode()
    tx.run(_CHANGE, report=number, new_category=category.value, new_rules=encoded, now=tx.now)


def reports_about(
    db: Snapshot, window: Window, *, closed: bool, by: AccountId | None, of: AccountId | None
) -> list[tuple[int, Report]]:
    """Load open or closed reports by somebody, of somebody or both, the newest first."""
    pages = _CLOSED_ABOUT if closed else _OPEN_ABOUT
    who = {"by": -1 if by is None else by, "of": -1 if of is None else of}
    return [_report(row) for row in pages.rows(db, window, **who)]


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Remove the reports of an account, and take its number out of those that it made or closed."""
    for each in (_FORGET_TARGET, _FORGET_REPORTER, _FORGET_CLOSER, _FORGET_ASSIGNED):
        tx.run(each, gone=gone)
