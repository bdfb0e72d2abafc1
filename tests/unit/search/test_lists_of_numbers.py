"""A list travels to either database as one parameter, whatever it is a list of, and however many it has."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from fixtures_store import Store
from palabre.accounts.tables import account
from palabre.store import among, array, statement
from search_finding import Finding

_BY_ID = statement(select(account.c.id).where(among(account.c.id, "ids")))
_BY_NAME = statement(select(account.c.id).where(among(account.c.username, "names")))


def test_lists_of_numbers_and_of_words(store: Store) -> None:
    finding = Finding(store)
    ana, ben = finding.ana, finding.people.member("ben")
    asked = [([], []), ([ana], [ana]), ([ben, -1, ana, 0, (1 << 63) - 1, -(1 << 63), *range(1, 5_000)], [ana, ben])]
    for ids, right in asked:
        for kind in (list, tuple, set):
            found = finding.store.read(lambda db, given: db.column(_BY_ID, ids=given), kind(ids))
            assert set(right) <= set(found)
            assert len(found) >= len(right)
            assert bool(found) is bool(ids)
    odd = ["ana", "it's", '"', "{", "a,b", "\\", ""]
    assert finding.store.read(lambda db: db.column(_BY_NAME, names=odd)) == [ana]
    assert finding.store.read(lambda db: db.column(_BY_NAME, names=[])) == []


@pytest.mark.parametrize(
    ("numbers", "written"), [([], "{}"), ([5], "{5}"), ((-1, 0, 1 << 62), "{-1,0,4611686018427387904}")]
)
def test_an_array_is_written_as_postgresql_reads_it(numbers: list[int], written: str) -> None:
    assert array(numbers) == written
