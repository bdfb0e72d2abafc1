"""A deleted account leaves no row that belonged to a row of its own, and no word that only it has written."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from fixtures_store import import_all_tables
from palabre.store.metadata import METADATA
from palabre.store.statement import statement
from people import People
from unit.rights.test_leaving import Town

_OF_OTHERS = {
    ("post", "reply_to_author"),  # a reply of somebody else stays a reply
    ("post", "quote_of"),  # a post of somebody else that quoted one stays, and says that it is gone
    ("post", "thread"),  # and both stay together with what answers them
}


@pytest.fixture
def town(people: People) -> Town:
    import_all_tables()
    return Town(people)


def _numbers(town: Town, *, own: bool) -> set[tuple[str, str, int]]:
    """What stands in all columns of large numbers: of rows' own ids, or of whatever they name."""

    def look(db: Any) -> set[tuple[str, str, int]]:
        return {
            (table.name, column.name, number)
            for table in METADATA.tables.values()
            for column in table.columns
            if isinstance(column.type, sa.BigInteger) and (column.name == "id") == own
            for number in db.column(statement(sa.select(column).distinct().where(column > 2**40)))
        }

    return town.store.read(look)


def test_no_row_is_left_that_belonged_to_one_of_the_account(town: Town) -> None:
    before = _numbers(town, own=True)
    town.leave()
    town.clear()
    gone = {number for _, _, number in before - _numbers(town, own=True)}
    assert len(gone) > 30, "the test looks in the wrong places"
    left = {(table, column) for table, column, number in _numbers(town, own=False) if number in gone}
    assert left == _OF_OTHERS


def test_no_word_of_the_account_is_left(town: Town) -> None:
    def found() -> set[tuple[str, str]]:
        def look(db: Any) -> set[tuple[str, str]]:
            return {
                (table.name, column.name)
                for table in METADATA.tables.values()
                for column in table.columns
                if isinstance(column.type, sa.Text)
                and any("zebra" in (text or "").casefold() for text in db.column(statement(sa.select(column))))
            }

        return town.store.read(look)

    assert len(found()) > 8, "the test looks in the wrong places"
    town.leave()
    town.clear()
    assert found() == {("post", "text")}, "what Eve has written stays"
