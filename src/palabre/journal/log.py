"""Recording facts and reading them back.

The order of the journal is the order of commits, on both databases: positions are taken from the single row
of ``journal_head`` as the last thing before a commit. On PostgreSQL that row stays locked until the commit,
so whoever takes the next position commits later; there are no gaps, because a rollback takes the position
back with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy import update as sql_update

from palabre.clock import Instant
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
_BACK = statement(
    select(journal.c.payload, journal.c.at)
    .where(
        journal.c.position > bindparam("after"),
        journal.c.position <= bindparam("upto"),
        journal.c.kind == bindparam("of"),
    )
    .order_by(journal.c.position.desc())
)
_OLDEST = statement(select(func.min(journal.c.position)))
_TRIM = delete(journal, journal.c.position <= bindparam("upto"), journal.c.at < bindparam("before"))

_BACK_AT_ONCE = 5_000
_encoder = msgspec.json.Encoder()
E = TypeVar("E", bound=Event)


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


def read_back(db: Snapshot, kind: type[E], *, since: Instant, deep: int) -> Iterator[E]:
    """Return the facts of one kind, the newest first: those stated since ``since`` among the ``deep`` newest of all.

    One statement for each 5,000 facts of any kind.
    """
    upto, decode = head(db), msgspec.json.Decoder(kind).decode
    end = max(upto - deep, 0)
    while upto > end:
        after = max(upto - _BACK_AT_ONCE, end)
        for payload, at in db.all(_BACK, after=after, upto=upto, of=kind.kind()):
            if at < since:
                return
            yield decode(payload)
        upto = after


def holds(db: Snapshot, facts: Sequence[Recorded]) -> bool:
    """Tell whether the journal has exactly these facts: whether the commit that they were part of took effect."""
    found = read_after(db, facts[0].position - 1, most=len(facts))
    expected = [Entry(each.position, each.event.kind(), _encoder.encode(each.event).decode()) for each in facts]
    return found == expected


def trim(tx: Transaction, *, upto: int, before: int, most: int = 1_000) -> int:
    """Forget the oldest facts, at most ``most`` of those up to ``upto`` that are older than ``before``.

    Moments are in milliseconds since 1970. Positions are taken from the head, not from the newest row: they go on as
    before, also when nothing is left. Returns how many were forgotten.
    """
    oldest = tx.value(_OLDEST)
    return 0 if oldest is None else tx.change(_TRIM, upto=min(upto, int(oldest) + most - 1), before=before)


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


__all__ = [
    "Cursor",
    "Entry",
    "Journal",
    "Recorded",
    "head",
    "holds",
    "read_after",
    "read_back",
    "record",
    "seal",
    "trim",
]
