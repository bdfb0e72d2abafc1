"""All the SQL of custom emojis."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, select

from palabre.emojis.model import Emoji
from palabre.emojis.tables import custom_emoji
from palabre.store import Snapshot, Transaction, delete, insert, statement

_COLUMNS = [custom_emoji.c[name] for name in Emoji.__struct_fields__]
_INSERT = insert(custom_emoji, ignore=True)
_ALL = statement(select(*_COLUMNS).order_by(custom_emoji.c.shortcode))
_BY_NAME = statement(select(*_COLUMNS).where(custom_emoji.c.shortcode == bindparam("name")))
_DELETE = delete(custom_emoji, custom_emoji.c.id == bindparam("number"))


def insert_emoji(tx: Transaction, new: Emoji) -> bool:
    """Add one; ``False`` if the name is taken."""
    return tx.change(_INSERT, **msgspec.structs.asdict(new)) == 1


def everything(db: Snapshot) -> list[Emoji]:
    """Load all, by name."""
    return db.structs(_ALL, Emoji)


def by_name(db: Snapshot, name: str) -> Emoji | None:
    """Load one."""
    return db.struct(_BY_NAME, Emoji, name=name)


def delete_emoji(tx: Transaction, number: int) -> None:
    """Remove one."""
    tx.run(_DELETE, number=number)
