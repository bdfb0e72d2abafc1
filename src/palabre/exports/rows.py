"""The rows of a member's sections as they are written, some hundred at a time, each from a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec
from sqlalchemy import select

from palabre.accounts.tables import account
from palabre.clock import Instant, iso
from palabre.exports.model import Here
from palabre.exports.sections import How, Section
from palabre.ids import AccountId, Kind
from palabre.posts import tables as posts
from palabre.posts.model import Mark, choices_of
from palabre.store import Snapshot, among, statement

BATCH: Final = 500
"""Rows read at once."""


class Names:
    """What the numbers in some rows are called outside, by at most two statements."""

    _PEOPLE = statement(
        select(account.c.id, account.c.username, account.c.domain).where(among(account.c.id, "numbers"))
    )
    _POSTS = statement(
        select(posts.post.c.id, posts.post.c.uri).where(
            among(posts.post.c.id, "numbers"), posts.post.c.uri.is_not(None)
        )
    )

    def __init__(self, db: Snapshot, here: Here, people: set[int], of_posts: set[int]) -> None:
        self._here = here
        found = db.all(self._PEOPLE, numbers=sorted(people)) if people else []
        self._people = {int(number): here.handle(name, domain) for number, name, domain in found}
        far = db.all(self._POSTS, numbers=sorted(of_posts)) if of_posts else []
        self._far = {int(number): str(uri) for number, uri in far}
        self._uris = here.uris

    def person(self, number: int | None) -> str | None:
        """Return ``name@domain``; ``None`` for somebody who is gone."""
        return None if number is None else self._people.get(number)

    def post(self, number: int | None) -> str | None:
        """Return the address of a post, which may be gone."""
        return None if number is None else self._far.get(number) or self._uris.note(number)


def rows_of(
    read: Callable[..., Any], section: Section, member: AccountId, here: Here
) -> Iterator[list[dict[str, Any]]]:
    """Iterate over the rows of a section as they are written, some hundred at a time, each from a snapshot."""
    for of in read(section.outer, member):
        after = section.first
        while True:
            after, found, more = read(_batch, section, of, after, here)
            if found:
                yield found
            if not more:
                break


def _batch(db: Snapshot, section: Section, of: Any, after: Any, here: Here) -> tuple[Any, list[dict[str, Any]], bool]:
    rows = db.all(section.query, of=of, after=after, most=BATCH)
    people: set[int] = set()
    of_posts: set[int] = set()
    for place, field in enumerate(section.fields, 1):
        values = (row[place] for row in rows if row[place] is not None)
        if field.how is How.PERSON:
            people.update(values)
        elif field.how is How.POST:
            of_posts.update(values)
    names = Names(db, here, people, of_posts)
    found = [_written(section, row, names, here) for row in rows]
    return (rows[-1][0] if rows else after), found, len(rows) == BATCH


def _written(section: Section, row: tuple[Any, ...], names: Names, here: Here) -> dict[str, Any]:
    made = {
        field.name: _value(value, field.how, names, here)
        for field, value in zip(section.fields, row[1:], strict=True)
    }
    return _marks(made) if section.name == "marks" else made


_KINDS = {
    How.LIST: Kind.LIST,
    How.FILTER: Kind.FILTER,
    How.ANNOUNCEMENT: Kind.ANNOUNCEMENT,
    How.COLLECTION: Kind.COLLECTION,
}


def _value(value: Any, how: How, names: Names, here: Here) -> Any:
    if value is None or how is How.PLAIN:
        return value
    if how in _KINDS:
        return here.id(_KINDS[how], value)
    written: dict[How, Callable[[Any], Any]] = {
        How.FLAG: bool,
        How.PARSED: msgspec.json.decode,
        How.HEX: lambda inside: bytes(inside).hex(),
        How.TIME: lambda at: iso(Instant(at)),
        How.PERSON: names.person,
        How.POST: names.post,
        How.POSTS: lambda inside: [names.post(number) for number in msgspec.json.decode(inside)],
    }
    return written[how](value)


def _marks(row: dict[str, Any]) -> dict[str, Any]:
    """Say in words what the bits of ``viewer_post.marks`` mean."""
    bits = row.pop("marks")
    words = {Mark.LIKED: "liked", Mark.REPOSTED: "reposted", Mark.BOOKMARKED: "bookmarked", Mark.PINNED: "pinned"}
    return {
        **row,
        **{word: bool(bits & mark) for mark, word in words.items()},
        "vote_on_reply": 1 if bits & Mark.UP else -1 if bits & Mark.DOWN else 0,
        "poll_choices": list(choices_of(bits)),
    }
