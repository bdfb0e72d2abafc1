"""The SQL of what moderators did: rows are added and never changed, but for names of accounts that are gone."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import bindparam, literal, select

from palabre.ids import AccountId, PostId
from palabre.moderation.model import Act, Deed
from palabre.moderation.tables import moderation_act
from palabre.moderation.tables import report as reports
from palabre.paging import Window
from palabre.store import Snapshot, Transaction, among, insert, statement, update
from palabre.store.pages import Pages

_m = moderation_act.c
_columns = (_m.id, _m.actor, _m.act, _m.target, _m.subject, _m.reason, _m.report, _m.created)
_ALL = Pages(select(*_columns), _m.id)
_OF_TARGET = Pages(select(*_columns).where(_m.target == bindparam("target")), _m.id)
_AMONG = statement(
    select(*_columns, reports.c.posts)
    .select_from(moderation_act.outerjoin(reports, reports.c.id == _m.report))
    .where(among(_m.id, "numbers"), _m.target == bindparam("target"))
)
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
    number, actor, act, target, subject, reason, report, created, *_ = row
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


def among_acts(db: Snapshot, target: AccountId, numbers: Collection[int]) -> list[Deed]:
    """Load those of some acts that were upon an account, each with the posts of the report that asked for it."""
    return [_with_posts(row) for row in db.all(_AMONG, target=target, numbers=list(numbers))]


def _with_posts(row: tuple[Any, ...]) -> Deed:
    *act, posts = row
    reported = msgspec.json.decode(posts, type=list[PostId]) if posts else []
    return msgspec.structs.replace(_deed(tuple(act))[1], posts=tuple(reported))


def page(db: Snapshot, window: Window, target: AccountId | None) -> list[tuple[int, Deed]]:
    """Load acts, all or those upon an account, the newest first."""
    rows = _ALL.rows(db, window) if target is None else _OF_TARGET.rows(db, window, target=target)
    return [_deed(row) for row in rows]


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Take a deleted account out of the acts: its number, and what was said of it."""
    for each in (_FORGET_ACTOR, _FORGET_TARGET):
        tx.run(each, gone=gone)
