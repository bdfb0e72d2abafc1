"""All the SQL of imports."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from palabre.clock import Instant
from palabre.filters.tables import post_filter
from palabre.ids import AccountId, PostId
from palabre.imports.model import ImportedTie, ImportRun, State, WaitingTie
from palabre.imports.tables import import_item, import_run, import_waiting
from palabre.posts.tables import post, unpublished
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update

_RUN_COLUMNS = ImportRun.__struct_fields__
_JSON = ("left_out", "listed")
_RUN = select(*(import_run.c[name] for name in _RUN_COLUMNS))
_BY_ID = statement(_RUN.where(import_run.c.id == bindparam("run")))
_OF_ACCOUNT = statement(
    _RUN.where(import_run.c.account == bindparam("account")).order_by(import_run.c.id.desc()).limit(bindparam("most"))
)
_UNFINISHED = statement(select(import_run.c.id).where(among(import_run.c.state, "states")))
_INSERT = insert(import_run)
_CHANGE = update(
    import_run,
    import_run.c.id == bindparam("run"),
    **{name: bindparam(name) for name in _RUN_COLUMNS if name not in {"id", "account", "name", "created", "durable"}},
)
_ITEMS = statement(
    select(import_item.c.key, import_item.c.post).where(
        import_item.c.account == bindparam("account"), among(import_item.c.key, "keys")
    )
)
_KEEP_ITEM = insert(import_item, ignore=True)
_KEEP_WAITING = insert(import_waiting, ignore=True)
_FORGET_WAITING = delete(
    import_waiting,
    import_waiting.c.account == bindparam("account"),
    import_waiting.c.tie == bindparam("tie"),
    import_waiting.c.target == bindparam("target"),
)
_WAITING = statement(
    select(import_waiting.c.tie, import_waiting.c.target, import_waiting.c.choices)
    .where(import_waiting.c.account == bindparam("account"))
    .order_by(import_waiting.c.tie, import_waiting.c.target)
    .limit(bindparam("most"))
)

_WRITTEN_BY = statement(select(post.c.id).where(among(post.c.id, "posts"), post.c.author == bindparam("account")))
_MADE_BY = {
    table.name: statement(
        select(table.c.id).where(among(table.c.id, "numbers"), table.c.account == bindparam("account"))
    )
    for table in (post_filter, unpublished)
}
_RUNS_BY = delete(import_run, import_run.c.account == bindparam("account"))
_WAITING_BY = delete(import_waiting, import_waiting.c.account == bindparam("account"))
_ITEMS_BY = statement(
    select(import_item.c.key).where(import_item.c.account == bindparam("account")).limit(bindparam("most"))
)
_FORGET_ITEMS = delete(import_item, import_item.c.account == bindparam("account"), among(import_item.c.key, "keys"))


class _Choices(msgspec.Struct, frozen=True, omit_defaults=True):
    show_reposts: bool = True
    notify: bool = False
    languages: tuple[str, ...] = ()
    hide_notifications: bool = True
    text: str = ""
    withdrawn: bool = False
    expires: Instant | None = None
    at: Instant | None = None


def _run_of(row: tuple[Any, ...]) -> ImportRun:
    values = dict(zip(_RUN_COLUMNS, row, strict=True))
    for name in _JSON:
        values[name] = msgspec.json.decode(values[name])
    return msgspec.convert(values, ImportRun, strict=False)


def _values_of(run: ImportRun) -> dict[str, Any]:
    values = {name: getattr(run, name) for name in _RUN_COLUMNS}
    for name in _JSON:
        values[name] = msgspec.json.encode(values[name]).decode()
    values["state"] = str(run.state.value)
    values["source"] = run.source.value if run.source else None
    return values


def run(db: Snapshot, number: int) -> ImportRun | None:
    """Return one import."""
    row = db.one(_BY_ID, run=number)
    return None if row is None else _run_of(row)


def runs_of(db: Snapshot, account: AccountId, *, most: int) -> list[ImportRun]:
    """Return the imports of an account, newest first."""
    return [_run_of(row) for row in db.all(_OF_ACCOUNT, account=account, most=most)]


def unfinished(db: Snapshot) -> list[int]:
    """Return the imports of all accounts that are not over."""
    return [
        int(number) for number in db.column(_UNFINISHED, states=[state.value for state in State if not state.over])
    ]


def insert_run(tx: Transaction, new: ImportRun) -> None:
    """Write a new import."""
    tx.run(_INSERT, **_values_of(new))


def change_run(tx: Transaction, changed: ImportRun) -> None:
    """Write what changes of an import."""
    values = _values_of(changed)
    kept = {name: values[name] for name in values if name not in {"id", "account", "name", "created", "durable"}}
    tx.run(_CHANGE, run=changed.id, **kept)


def items(db: Snapshot, account: AccountId, keys: Collection[int]) -> dict[int, PostId | None]:
    """Return which of ``keys`` the account has imported, with the posts that they became."""
    found = db.all(_ITEMS, account=account, keys=list(keys)) if keys else []
    return {int(key): None if post is None else PostId(post) for key, post in found}


def written_by(db: Snapshot, account: AccountId, posts: Collection[PostId]) -> set[PostId]:
    """Return which of ``posts`` are here and the account's own."""
    return set(map(PostId, db.column(_WRITTEN_BY, posts=list(posts), account=account))) if posts else set()


def filters_made_by(db: Snapshot, account: AccountId, numbers: Collection[int]) -> set[int]:
    """Return which of these filters are here and the account's own."""
    return _made_by(db, post_filter.name, account, numbers)


def unpublished_by(db: Snapshot, account: AccountId, numbers: Collection[int]) -> set[int]:
    """Return which of these drafts and scheduled posts are here and the account's own."""
    return _made_by(db, unpublished.name, account, numbers)


def _made_by(db: Snapshot, table: str, account: AccountId, numbers: Collection[int]) -> set[int]:
    return set(map(int, db.column(_MADE_BY[table], numbers=list(numbers), account=account))) if numbers else set()


def keep_item(tx: Transaction, account: AccountId, key: int, post: PostId | None) -> None:
    """Note that something was imported."""
    tx.run(_KEEP_ITEM, account=account, key=key, post=post)


def keep_waiting(tx: Transaction, account: AccountId, tie: ImportedTie, at: Instant) -> None:
    """Note a tie to somebody elsewhere."""
    choices = _Choices(**{name: getattr(tie, name) for name in _Choices.__struct_fields__})
    tx.run(
        _KEEP_WAITING,
        account=account,
        tie=tie.tie.value,
        target=tie.target,
        choices=msgspec.json.encode(choices).decode(),
        created=at,
    )


def forget_waiting(tx: Transaction, account: AccountId, tie: str, target: str) -> bool:
    """Remove a tie that waits; return whether there was one."""
    return tx.change(_FORGET_WAITING, account=account, tie=tie, target=target) > 0


def waiting(db: Snapshot, account: AccountId, *, most: int) -> list[WaitingTie]:
    """Return the ties that wait."""
    return [
        msgspec.convert({"tie": tie, "target": target, **msgspec.json.decode(choices)}, WaitingTie)
        for tie, target, choices in db.all(_WAITING, account=account, most=most)
    ]


def forget_member(tx: Transaction, account: AccountId, *, most: int) -> bool:
    """Forget imports of an account, and at most ``most`` of what came with them; return whether all is forgotten."""
    tx.run(_RUNS_BY, account=account)
    tx.run(_WAITING_BY, account=account)
    keys = tx.column(_ITEMS_BY, account=account, most=most)
    if keys:
        tx.run(_FORGET_ITEMS, account=account, keys=keys)
    return len(keys) < most
