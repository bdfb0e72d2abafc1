"""Recording facts and reading them back.

The order of the journal is the order of commits, on both databases: positions are taken from the single row
of ``journal_head`` as the last thing before a commit. On PostgreSQL that row stays locked until the commit,
so whoever takes the next position commits later; there are no gaps, because a rollback takes the position
back with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, select
from sqlalchemy import update as sql_update

from palabre.events import Event
from palabre.journal.tables import journal, journal_head
from palabre.store.engine import Recorded
from palabre.store.session import Snapshot, Transaction
from palabre.store.statement import delete, insert, statement, upsert

_HEAD = statement(select(journal_head.c.position))
_TAKE = statement(
    sql_update(journal_head)
    .where(journal_head.c.one == 1)
    .values(position=journal_head.c.position + bindparam("count"))
    .returning(journal_head.c.position)
)
_BEGIN = upsert(journal_head, key=["one"], change={"position": journal_head.c.position})
_APPEND = insert(journal)
_AFTER = statement(
    select(journal.c.position, journal.c.kind, journal.c.payload)
    .where(journal.c.position > bindparam("after"))
    .order_by(journal.c.position)
    .limit(bindparam("most"))
)
_TRIM = delete(journal, journal.c.position <= bindparam("upto"), journal.c.at < bindparam("before"))

_encoder = msgspec.json.Encoder()


def record(tx: Transaction, event: Event) -> None:
    """State that ``event`` happened, in the same commit as the change it tells of."""
    tx.facts.append(event)


def seal(tx: Transaction, facts: list[Event]) -> list[Recorded]:
    """Give ``facts`` their positions; called once per batch, just before its commit."""
    last = tx.value(_TAKE, count=len(facts))
    if last is None:
        tx.run(_BEGIN, one=1, position=0)
        last = tx.value(_TAKE, count=len(facts))
    first = int(last) - len(facts) + 1
    recorded = [Recorded(first + index, fact) for index, fact in enumerate(facts)]
    now = tx.now
    tx.run_many(
        _APPEND,
        (
            {
                "position": each.position,
                "kind": each.event.kind(),
                "payload": _encoder.encode(each.event).decode(),
                "at": now,
            }
            for each in recorded
        ),
    )
    return recorded


def head(db: Snapshot) -> int:
    """Return the position of the newest fact; 0 before the first."""
    return int(db.value(_HEAD) or 0)


class Entry(NamedTuple):
    """A fact as the journal holds it."""

    position: int
    kind: str
    payload: str


def read_after(db: Snapshot, position: int, *, most: int = 1_000) -> list[Entry]:
    """Return the facts after ``position``, oldest first."""
    return [Entry(*row) for row in db.all(_AFTER, after=position, most=most)]


def holds(db: Snapshot, facts: Sequence[Recorded]) -> bool:
    """Tell whether the journal has exactly these facts: whether the commit that they were part of took effect."""
    found = read_after(db, facts[0].position - 1, most=len(facts))
    expected = [Entry(each.position, each.event.kind(), _encoder.encode(each.event).decode()) for each in facts]
    return found == expected


def trim(tx: Transaction, *, upto: int, before: int) -> int:
    """Forget facts that everybody has read (``upto``) and that are older than ``before``; return how many."""
    return tx.change(_TRIM, upto=upto, before=before)


class Journal:
    """Decodes facts by their tags; made once from all the events that anybody cares about."""

    def __init__(self, events: Iterable[type[Event]]) -> None:
        self._decoders: dict[str, Callable[[str], Any]] = {
            event.kind(): msgspec.json.Decoder(event).decode for event in events
        }

    def decode(self, entry: Entry) -> Event | None:
        """Return the fact, or ``None`` if nobody here knows its kind."""
        decoder = self._decoders.get(entry.kind)
        return decoder(entry.payload) if decoder else None


class Cursor:
    """Follows the journal in memory, also past facts that another process wrote.

    Positions have no gaps, so a batch that does not continue where the cursor stands tells that something
    was written elsewhere, and that is read from the database first.
    """

    def __init__(self, journal: Journal, apply: Callable[[Event], None], position: int) -> None:
        self._journal = journal
        self._apply = apply
        self.position = position

    def take(self, recorded: list[Recorded]) -> bool:
        """Apply a batch of this process; return ``False`` if something before it must be read first."""
        for position, event in recorded:
            if position <= self.position:
                continue
            if position != self.position + 1:
                return False
            self._apply(event)
            self.position = position
        return True

    def read_on(self, entries: Iterable[Entry]) -> None:
        """Apply what the database has after the cursor, read with :func:`read_after`."""
        for entry in entries:
            if entry.position <= self.position:
                continue
            event = self._journal.decode(entry)
            if event is not None:
                self._apply(event)
            self.position = entry.position


__all__ = ["Cursor", "Entry", "Journal", "Recorded", "head", "holds", "read_after", "record", "seal", "trim"]
