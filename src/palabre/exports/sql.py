"""All the SQL of archives themselves; what is in them is read by ``sections`` and ``posts``."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from palabre.exports.model import ExportRun
from palabre.exports.tables import export_run
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction, delete, insert, statement, update

_COLUMNS = ExportRun.__struct_fields__
_FIXED = frozenset({"id", "account", "created"})
_RUN = select(*(export_run.c[name] for name in _COLUMNS))
_BY_ID = statement(_RUN.where(export_run.c.id == bindparam("run")))
_OF_ACCOUNT = statement(
    _RUN.where(export_run.c.account == bindparam("account")).order_by(export_run.c.id.desc()).limit(bindparam("most"))
)
_ALL = statement(_RUN.order_by(export_run.c.id))
_INSERT = insert(export_run)
_CHANGE = update(
    export_run,
    export_run.c.id == bindparam("run"),
    **{name: bindparam(name) for name in _COLUMNS if name not in _FIXED},
)
_DELETE = delete(export_run, export_run.c.id == bindparam("run"))
_DELETE_OF = delete(export_run, export_run.c.account == bindparam("account"))


def _run(row: tuple[Any, ...]) -> ExportRun:
    return msgspec.convert(dict(zip(_COLUMNS, row, strict=True)), ExportRun)


def run(db: Snapshot, number: int) -> ExportRun | None:
    """Return one archive."""
    row = db.one(_BY_ID, run=number)
    return None if row is None else _run(row)


def runs_of(db: Snapshot, account: AccountId, *, most: int) -> list[ExportRun]:
    """Return the archives of an account, newest first."""
    return [_run(row) for row in db.all(_OF_ACCOUNT, account=account, most=most)]


def every(db: Snapshot) -> list[ExportRun]:
    """Return the archives of all accounts: no more than there are members, and each for a week."""
    return [_run(row) for row in db.all(_ALL)]


def insert_run(tx: Transaction, new: ExportRun) -> None:
    """Write a new archive."""
    tx.run(_INSERT, **{name: getattr(new, name) for name in _COLUMNS} | {"state": new.state.value})


def change_run(tx: Transaction, changed: ExportRun) -> None:
    """Write what changes of an archive."""
    values = {name: getattr(changed, name) for name in _COLUMNS if name not in _FIXED}
    tx.run(_CHANGE, run=changed.id, **values | {"state": changed.state.value})


def delete_run(tx: Transaction, number: int) -> None:
    """Forget an archive."""
    tx.run(_DELETE, run=number)


def delete_of(tx: Transaction, account: AccountId) -> None:
    """Forget the archives of an account."""
    tx.run(_DELETE_OF, account=account)
