"""Durable reactions: a subscriber's rows and its cursor commit together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from palabre.events import Event
from palabre.journal.log import Entry, head, read_after, trim
from palabre.journal.tables import subscriber_cursor
from palabre.store.session import Snapshot, Transaction
from palabre.store.statement import Statement, insert, statement, update

_cursor = select(subscriber_cursor.c.position).where(subscriber_cursor.c.name == bindparam("subscriber"))
_LOCK = Statement(_cursor, _cursor.with_for_update())
_START = insert(subscriber_cursor, ignore=True)
_MOVE = update(
    subscriber_cursor,
    subscriber_cursor.c.name == bindparam("subscriber"),
    position=bindparam("reached"),
    failure=bindparam("error"),
)
_FAIL = update(subscriber_cursor, subscriber_cursor.c.name == bindparam("subscriber"), failure=bindparam("error"))
_CURSORS = statement(select(subscriber_cursor.c.name, subscriber_cursor.c.position, subscriber_cursor.c.failure))


class Subscriber:
    """A name for the cursor, and what to do about each kind of fact."""

    __slots__ = ("_decoders", "name", "prepare", "reactions")

    def __init__(
        self,
        name: str,
        reactions: Mapping[type[Any], Callable[[Transaction, Any], None]],
        *,
        prepare: Callable[[Transaction, list[Any]], None] | None = None,
    ) -> None:
        """Keep what to do about each kind of fact.

        Args:
            name: of the cursor; eternal.
            reactions: what to do about each kind of fact.
            prepare: called once per step with the facts it is about, to look up for all of them at once what each
                would have to look up for itself; what it finds goes into ``tx.notes``.

        """
        self.name = name
        self.prepare = prepare
        self.reactions = {event.kind(): reaction for event, reaction in reactions.items()}
        self._decoders = {event.kind(): msgspec.json.Decoder(event).decode for event in reactions}

    def cares_about(self, event: Event) -> bool:
        """Tell whether ``event`` is one it reacts to."""
        return event.kind() in self.reactions

    def react(self, tx: Transaction, entries: Iterable[Entry]) -> None:
        """React to those of the stored facts that it cares about, in their order."""
        facts = [
            (self.reactions[entry.kind], self._decoders[entry.kind](entry.payload))
            for entry in entries
            if entry.kind in self.reactions
        ]
        if facts and self.prepare is not None:
            self.prepare(tx, [fact for _, fact in facts])
        for reaction, fact in facts:
            reaction(tx, fact)


def advance(tx: Transaction, subscriber: Subscriber, *, most: int = 500) -> int:
    """React to the facts not read yet, at most ``most`` of them; return how many were read.

    A reaction that raises undoes the whole step, cursor included: nothing is skipped, nothing is done twice.
    """
    position = tx.value(_LOCK, subscriber=subscriber.name)
    if position is None:
        tx.run(_START, name=subscriber.name, position=0, failure=None)
        position = 0
    entries = read_after(tx, int(position), most=most)
    subscriber.react(tx, entries)
    if entries:
        tx.run(_MOVE, subscriber=subscriber.name, reached=entries[-1].position, error=None)
    return len(entries)


def forget_read(tx: Transaction, names: Collection[str], *, known: int, before: int, most: int = 1_000) -> int:
    """Forget at most ``most`` facts that everybody has read, and that are older than ``before`` (ms since 1970).

    Args:
        tx: the open transaction.
        names: of all who react to facts; while one of them has read nothing yet, nothing is forgotten. The cursor of
            somebody else, whom an earlier version had, keeps nothing.
        known: the newest fact that the caches of this process know.
        before: what was stated later stays, for other processes and for whoever looks back.
        most: so that no transaction is long.

    Returns how many were forgotten; fewer than ``most``: that was all.
    """
    reached = {name: int(position) for name, position, _ in tx.all(_CURSORS)}
    return trim(tx, upto=min(known, *(reached.get(name, 0) for name in names)), before=before, most=most)


def mark_failure(tx: Transaction, name: str, error: str) -> None:
    """Note why a subscriber cannot go on; the next success clears it."""
    tx.run(_START, name=name, position=0, failure=None)
    tx.run(_FAIL, subscriber=name, error=error[:1000])


class Standing(msgspec.Struct, frozen=True):
    """How far one subscriber is."""

    name: str
    position: int
    behind: int
    failure: str | None


def cursors(db: Snapshot) -> list[Standing]:
    """Return how far every subscriber is, for ``doctor`` and the metrics."""
    newest = head(db)
    return [Standing(name, position, newest - position, failure) for name, position, failure in db.all(_CURSORS)]
