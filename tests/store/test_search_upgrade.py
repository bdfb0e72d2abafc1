"""An index of words of before is carried over: what it knew is found, and is forgotten with the post."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fixtures_postgresql import PostgreSQL
from palabre import journal
from palabre.accounts.queries import account_by_handle
from palabre.markup.words import number_of, tokens
from palabre.posts.deleting import delete_post
from palabre.search import sql as search
from palabre.search.model import Trait
from palabre.search.queries import search_posts
from palabre.store import Database, Statement
from palabre.store.migrations import applied, migrate, migrations
from palabre.store.postgresql import PostgresqlEngine
from palabre.store.session import Transaction
from palabre.store.sqlite import SqliteEngine

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
_POSTS = Statement("SELECT id, text, warning, language, author FROM post WHERE repost_of IS NULL ORDER BY id")
_OLD = Statement(
    "INSERT INTO search_post (doc, post, traits) VALUES (:doc, :post, :traits)",
    "INSERT INTO search_post (doc, post, traits, words)"
    " VALUES (%(post)s, %(post)s, %(traits)s, %(words)s::int[]) ON CONFLICT DO NOTHING",
)
_OLD_WORDS = Statement("INSERT INTO search_index (rowid, tokens) VALUES (:doc, :tokens)", "SELECT 1")
_LEFT = Statement(
    "SELECT count(*) FROM search_index WHERE search_index MATCH :author",
    "SELECT count(*) FROM search_loose WHERE words @> ARRAY[%(author)s]::int[]",
)


def _index_as_before(tx: Transaction) -> int:
    """Write what version 0070 of the schema had of each post; a part of the places lies below 0, as of imports."""
    found = tx.all(_POSTS)
    for at, (post, text, warning, language, author) in enumerate(found):
        names = tokens(text, warning, language, author, Trait.OPEN)
        doc = at - 2
        tx.run(_OLD, **_only(tx, doc=doc, post=post, traits=1, words=[number_of(each) for each in names]))
        tx.run(_OLD_WORDS, **_only(tx, doc=doc, tokens=" ".join(names)))
    return len(found)


def _only(tx: Transaction, **values: object) -> dict[str, object]:
    """Leave out what only the other database is asked for."""
    left = {"sqlite": {"words"}, "postgresql": {"doc", "tokens"}}[tx.dialect]
    return {name: value for name, value in values.items() if name not in left}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def before(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The golden database of each, at the last version with the old index."""
    kept = next(path for path in sorted(GOLDEN.glob("*.gz")) if f".{request.param}." in path.name)
    if request.param == "postgresql":
        cluster: PostgreSQL = request.getfixturevalue("postgresql")
        name = cluster.create()
        with psycopg.connect(cluster.url(name)) as connection:
            connection.execute(gzip.decompress(kept.read_bytes()))
        engine: SqliteEngine | PostgresqlEngine = PostgresqlEngine(cluster.url(name))
    else:
        (tmp_path / "palabre.db").write_bytes(gzip.decompress(kept.read_bytes()))
        engine = SqliteEngine(tmp_path / "palabre.db")
    done = applied(engine)
    for step in migrations(engine.dialect):
        if step.number < 250 and step.number not in done:
            engine.execute_script(
                f"{step.script}\nINSERT INTO schema_migration VALUES ({step.number}, '{step.name}', 0);"
            )
    database = Database(engine)
    database.seal = journal.seal
    yield database
    database.close()
    if request.param == "postgresql":
        cluster.drop(name)


def test_what_the_index_knew_is_found_and_forgotten_as_before(before: Database) -> None:
    count = before.write_now(_index_as_before)
    assert count > 3
    migrate(before.engine)
    ana = before.read_now(account_by_handle, "ana")
    assert ana is not None
    author = f'"=a{ana.id}"' if before.dialect == "sqlite" else number_of(f"=a{ana.id}")
    mine = before.read_now(search_posts, ana.id, "from:me", limit=20)
    assert len(mine) >= 3
    assert [view.post.id for view in mine] == sorted((view.post.id for view in mine), reverse=True)
    assert before.read_now(lambda db: db.value(_LEFT, author=author)) == len(mine)
    word = max(mine[0].post.text.split(), key=len)
    assert mine[0].post.id in [each.post.id for each in before.read_now(search_posts, ana.id, word, limit=20)]
    for view in mine:
        before.write_now(delete_post, ana.id, view.post.id)
    assert before.read_now(lambda db: db.value(_LEFT, author=author)) == 0
    assert before.read_now(search_posts, ana.id, "from:me", limit=20) == []


_HAS_FILLED = Statement("SELECT count(*) FROM search_filled")
_FILLED = Statement("INSERT INTO search_filled (one, done) VALUES (1, TRUE)")
_VOLUMES = Statement(
    "SELECT 0",
    "SELECT (SELECT count(*) FROM search_volume) + (SELECT count(*) FROM search_page)"
    " + (SELECT count(*) FROM search_post)",
)
_OLD_VOLUME = (
    Statement("SELECT 1", "INSERT INTO search_volume VALUES (1, 5, 9, FALSE)"),
    Statement("SELECT 1", "INSERT INTO search_page VALUES (1, 7, '\\x00000007'::bytea)"),
    Statement("SELECT 1", "INSERT INTO search_post VALUES (248, '\\x0000000000000005'::bytea)"),
)


@pytest.mark.parametrize("bound", [False, True])
def test_volumes_of_before_are_made_again(before: Database, bound: bool) -> None:
    """Their pages were written in another way: on PostgreSQL all posts are indexed again, if there were any."""
    for step in migrations(before.dialect):
        if 250 <= step.number < 280:
            before.engine.execute_script(
                f"{step.script}\nINSERT INTO schema_migration VALUES ({step.number}, '{step.name}', 0);"
            )
    for each in (_FILLED, *(_OLD_VOLUME if bound and before.dialect == "postgresql" else ())):
        before.write_now(lambda tx, each=each: tx.run(each))
    migrate(before.engine)
    assert before.read_now(lambda db: db.value(_VOLUMES)) == 0
    again = bound and before.dialect == "postgresql"
    assert before.read_now(lambda db: db.value(_HAS_FILLED)) == (0 if again else 1)
    assert before.write_now(search.begin_filling) is again
