"""Measures search in a large library: a million made-up posts, a fixed mix of queries, and how large the index is.

``make bench-search`` runs it. The posts of ``palabre.bench.library`` are written straight into the tables and indexed
by the code that indexes them in a server; three of five authors let everybody search them. Two members ask, through
the function that the server asks: one who is new and knows nobody, and one who follows 100 people, likes 2,000 posts
and keeps 300. First with nothing in memory, right after a start, then warm.

Nothing is written anywhere but into a temporary folder, or into the one of ``--folder``, which is kept: writing the
posts then goes on where it ended when ``--seconds`` were over.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src")]

from palabre.accounts.tables import account  # noqa: E402
from palabre.bench.cluster import Cluster  # noqa: E402
from palabre.bench.library import AUTHORS, BEGAN, SLICE, Library, Post, Query, name_of  # noqa: E402
from palabre.bench.process import cpu_seconds  # noqa: E402
from palabre.bench.report import write_into  # noqa: E402
from palabre.bench.run import machine  # noqa: E402
from palabre.folder import initialise, open_folder  # noqa: E402
from palabre.graph.actions import follow  # noqa: E402
from palabre.ids import AccountId, PostId, first_id  # noqa: E402
from palabre.posts.actions import bookmark, like  # noqa: E402
from palabre.posts.tables import post, post_mention  # noqa: E402
from palabre.search import actions  # noqa: E402
from palabre.search.queries import search_lines  # noqa: E402
from palabre.store import Database, Statement, Transaction, insert  # noqa: E402

BEGIN, END = "<!-- search: written by `make bench-search` -->", "<!-- end of search -->"
_NEW, _REGULAR = AccountId(AUTHORS + 1), AccountId(AUTHORS + 2)
_VIEWERS = {"follows nobody": _NEW, "follows 100": _REGULAR}
_LIKES, _KEPT, _FOLLOWED = 2_000, 300, 100
_INSERT_POST, _INSERT_ACCOUNT, _INSERT_MENTION = insert(post), insert(account), insert(post_mention, ignore=True)
_LAST = Statement("SELECT max(id) FROM post")
_TEXT = Statement("SELECT sum(octet_length(text)) FROM post")
_TABLES = ("search_loose", "search_volume", "search_page", "search_post")
_INDEXES = ("ix_search_loose_words", *(f"pk_{table}" for table in _TABLES))
_SIZES = Statement(
    "SELECT name, sum(pgsize) FROM dbstat WHERE name LIKE 'search_index%' OR name = 'search_post' GROUP BY name",
    "SELECT CAST(part AS text), pg_table_size(part)"  # of an index too
    f" FROM unnest(ARRAY[{', '.join(repr(each) for each in (*_TABLES, *_INDEXES))}]::regclass[]) AS part",
)
_ANALYZE = Statement("SELECT 1", "ANALYZE")
_MARKED = Statement("SELECT count(*) FROM viewer_post")
_PROMISED = 1_000_000
"""Posts of which the promises speak."""
_LISTS = {"entities", "mentions", "hashtags", "fields", "badges", "attribution_domains"}
_AT_ONCE = 4
"""Slices that are written before they are indexed."""


def _row(table: Any, **given: object) -> dict[str, object]:
    """Return a row with something for each column that must have it."""
    row: dict[str, object] = {}
    for column in table.columns:
        if column.nullable:
            row[column.name] = None
        elif str(column.type) in {"BIGINT", "INTEGER"}:
            row[column.name] = 0
        elif str(column.type) == "BOOLEAN":
            row[column.name] = False
        else:
            row[column.name] = "[]" if column.name in _LISTS else ""
    return row | given


_A_POST = _row(
    post, visibility="public", quote_policy="all", reply_policy="all", local=True, listed=True, created=BEGAN
)


def _of(one: Post) -> dict[str, object]:
    return _A_POST | {
        "id": one.id, "author": one.author, "thread": one.id, "text": one.text, "language": one.language,
        "media_count": one.media_count, "reply_to": one.reply_to, "entities": one.entities,
    }  # fmt: skip


def _people(tx: Transaction) -> None:
    for number in range(1, AUTHORS + 3):
        name = name_of(number)
        row = _row(account, username=name, username_key=name, standing="active", role="member", created=BEGAN)
        tx.run(_INSERT_ACCOUNT, **row | {"id": number, "indexable": number % 5 < 3})
        actions.follow_choice(tx, AccountId(number))
    for number in range(_FOLLOWED):
        follow(tx, _REGULAR, AccountId(number * 7 + 1))


class _Writer:
    """Puts posts into the tables, without any of what a server does beside."""

    def __init__(self, database: Database, url: str) -> None:
        self._database = database
        self._url = url

    def write(self, posts: Sequence[Post]) -> None:
        if self._url:
            self._copy(posts)
        else:
            self._database.write_now(self._insert, posts)
        for start in range(0, len(posts), SLICE):
            ids = [PostId(each.id) for each in posts[start : start + SLICE]]
            self._database.write_now(actions.index_posts, ids)
        if self._url and self._database.read_now(actions.is_scattered):  # as a server looks every ten minutes
            while self._database.write_now(actions.tidy):
                self._database.engine.purge()  # as it is soon after

    @staticmethod
    def _insert(tx: Transaction, posts: Sequence[Post]) -> None:
        for each in posts:
            tx.run(_INSERT_POST, **_of(each))
            for mentioned in each.mentions:
                tx.run(_INSERT_MENTION, account=mentioned, post=each.id)

    def _copy(self, posts: Sequence[Post]) -> None:
        import psycopg  # noqa: PLC0415 - optional dependency

        with psycopg.connect(self._url) as line, line.cursor() as cursor:
            with cursor.copy(f"COPY post ({', '.join(_A_POST)}) FROM STDIN") as copy:
                for each in posts:
                    copy.write_row(list(_of(each).values()))
            with cursor.copy("COPY post_mention (account, post) FROM STDIN") as copy:
                for each in posts:
                    for mentioned in each.mentions:
                        copy.write_row((mentioned, each.id))


def _mark(tx: Transaction, numbers: Sequence[int]) -> None:
    for number in numbers:
        like(tx, _REGULAR, PostId(number))
        if number % 20 < 3:
            bookmark(tx, _REGULAR, PostId(number))


def _fill(database: Database, url: str, library: Library, until: float) -> int:
    """Write what is not there yet; return how many posts are there."""
    last = database.read_now(lambda db: db.value(_LAST))
    if database.read_now(lambda db: db.value(Statement("SELECT count(*) FROM account"))) == 0:
        database.write_now(_people)
    writer, step = _Writer(database, url), library.id_of(1) - library.id_of(0)
    done = 0 if last is None else (last - first_id(BEGAN)) // step
    while done < library.count and time.monotonic() < until:
        starts = range(done, min(done + SLICE * _AT_ONCE, library.count), SLICE)
        writer.write([each for start in starts for each in library.slice(start)])
        done = min(done + SLICE * _AT_ONCE, library.count)
        sys.stderr.write(f"\r{done:,} posts")
    sys.stderr.write("\n")
    return done


def _finish(database: Database, url: str, library: Library) -> dict[str, Any]:
    """Let the member like and keep, bring the index together, and return how large it is."""
    if not database.read_now(lambda db: db.value(_MARKED)):
        numbers = sorted(random.Random(7).sample(range(library.count), min(_LIKES, library.count // 10)))  # noqa: S311
        for start in range(0, len(numbers), 200):
            database.write_now(_mark, [library.id_of(number) for number in numbers[start : start + 200]])
    text = int(database.read_now(lambda db: db.value(_TEXT)))
    apart = sum(size for _, size in database.read_now(lambda db: db.all(_SIZES)))
    began = time.monotonic()
    while database.write_now(actions.tidy):
        pass
    lived_in = sum(size for _, size in database.read_now(lambda db: db.all(_SIZES)))
    if url:
        _rewrite(url)
    tidied = time.monotonic() - began
    database.write_now(lambda tx: tx.run(_ANALYZE))
    sizes = dict(database.read_now(lambda db: db.all(_SIZES)))
    return {
        "text_bytes": text,
        "index_bytes_before_tidying": apart,
        "index_bytes_before_rewriting": lived_in,
        "index_bytes": sum(sizes.values()),
        "index_part": round(sum(sizes.values()) / text, 3),
        "tidying_seconds": round(tidied, 1),
        "parts": {name: round(size / text, 3) for name, size in sorted(sizes.items())},
    }


def _rewrite(url: str) -> None:
    """Write the tables anew, as a server does with those up to a gigabyte once a day."""
    import psycopg  # noqa: PLC0415 - optional dependency

    with psycopg.connect(url, autocommit=True) as line:
        for table in _TABLES:
            line.execute(f"VACUUM (FULL) {table}".encode())


def _evict(folder: Path) -> None:
    """Have the system forget the files: what is read next comes from the disk."""
    os.sync()
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            with contextlib.suppress(OSError):
                number = os.open(file, os.O_RDONLY)
                os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
                os.close(number)


def _percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]


def _spread(values: Sequence[float]) -> dict[str, float]:
    named = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99, "most_ms": 1.0}
    return {name: round(_percentile(values, part), 2) for name, part in named.items()}


def _ask(database: Database, viewer: AccountId, query: Query) -> tuple[float, int]:
    """Return how many ms an answer took, and how many posts were found."""
    below = None if query.below is None else PostId(query.below)
    began = time.perf_counter()
    found = database.read_now(search_lines, viewer, query.text, limit=20, offset=query.offset, below=below)
    return (time.perf_counter() - began) * 1e3, len(found)


def _cold(database: Database, queries: dict[str, list[Query]]) -> dict[str, float]:
    """Ask a few of each kind, once, of a database that nobody has read yet."""
    asked = [(viewer, query) for few in queries.values() for query in few[-2:] for viewer in _VIEWERS.values()]
    random.Random(7).shuffle(asked)  # noqa: S311 - the same at every run
    return _spread([_ask(database, viewer, query)[0] for viewer, query in asked])


def _warm(
    database: Database, queries: dict[str, list[Query]], pids: Sequence[int]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    kinds, everything, cpu = [], [], 0.0
    for kind, several in queries.items():
        for viewer in _VIEWERS.values():
            for query in several:
                _ask(database, viewer, query)
        used, times, found = time.process_time() + cpu_seconds(pids), [], []
        for viewer in _VIEWERS.values():
            for query in several:
                taken, count = _ask(database, viewer, query)
                times.append(taken)
                found.append(count)
        used = time.process_time() + cpu_seconds(pids) - used
        cpu += used
        everything += times
        kinds.append(
            {"kind": kind, "found": median(found), "cpu_ms": round(used / len(times) * 1e3, 2), **_spread(times)}
        )
    return {**_spread(everything), "cpu_ms": round(cpu / len(everything) * 1e3, 2), "queries": len(everything)}, kinds


class _Place:
    """A folder with a network, and a cluster if it needs one."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._kind = kind
        self.cluster: Cluster | None = None
        self.start()
        if not (folder / "network" / "keyring").exists():
            self._with_url(initialise, folder / "network", origin="http://localhost:8000")

    @property
    def url(self) -> str:
        return self.cluster.url if self.cluster else ""

    @property
    def pids(self) -> list[int]:
        return self.cluster.pids if self.cluster else []

    def start(self) -> None:
        if self._kind == "postgresql":
            self.cluster = Cluster(self.folder / "postgresql")

    def stop(self) -> None:
        if self.cluster:
            self.cluster.stop()

    def _with_url(self, make: Any, *args: Any, **more: Any) -> Any:
        os.environ["PALABRE_DATABASE"] = self.url
        try:
            return make(*args, **more)
        finally:
            del os.environ["PALABRE_DATABASE"]

    @contextlib.contextmanager
    def opened(self) -> Iterator[Database]:
        database = open_folder(self.folder / "network", database=self.url).database
        try:
            yield database
        finally:
            database.close()


def _measure(place: _Place, library: Library, each: int, seconds: float) -> dict[str, Any]:
    began, used = time.monotonic(), time.process_time()
    with place.opened() as database:
        done = _fill(database, place.url, library, began + seconds)
        filling = time.process_time() - used
        if done < library.count:
            return {"posts": done, "unfinished": True}
        sizes = _finish(database, place.url, library)
        version = (
            place.cluster.version
            if place.cluster
            else database.read_now(lambda db: db.value(Statement("SELECT sqlite_version()")))
        )
    queries = library.queries(each)
    place.stop()
    _evict(place.folder)
    place.start()
    with place.opened() as database:
        cold = _cold(database, queries)
        warm, kinds = _warm(database, queries, place.pids)
    return {
        "database": "PostgreSQL" if place.cluster else "SQLite",
        "version": version,
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": machine(),
        "load": round(os.getloadavg()[0], 1),
        "posts": library.count,
        **sizes,
        "filling_cpu_ms_a_post": round(filling / library.count * 1e3, 3),
        "cold": cold,
        "warm": warm,
        "kinds": kinds,
    }


def _table(done: Sequence[dict[str, Any]]) -> str:
    lines: list[str] = []
    for one in done:
        warm, cold = one["warm"], one["cold"]
        lines += [
            f"**{one['database']} {one['version']}**, {one['posts']:,} posts, {one['date']}, {one['machine']}.",
            "",
            "| promise | must | measured | kept |",
            "|---|---|---|---|",
            _must("p95 of all queries, warm", 50, warm["p95_ms"], "ms", one["posts"]),
            _must("index, part of the text", 40, one["index_part"] * 100, "%", one["posts"]),
            "",
            *_said(one),
            (f"- {warm['queries']} queries, warm: p50 {warm['p50_ms']:.1f} ms, p95 {warm['p95_ms']:.1f}, p99 "
            f"{warm['p99_ms']:.1f}; processor time {warm['cpu_ms']:.1f} ms on average."),
            (f"- Right after a start, nothing in memory: p50 {cold['p50_ms']:.1f} ms, p95 {cold['p95_ms']:.1f}, at "
            f"worst {cold['most_ms']:.0f}."),
            "",
            "| query | found | CPU, ms | p50, ms | p95, ms | at worst, ms |",
            "|---|--:|--:|--:|--:|--:|",
        ]  # fmt: skip
        for each in one["kinds"]:
            times = " | ".join(f"{each[name]:.1f}" for name in ("cpu_ms", "p50_ms", "p95_ms", "most_ms"))
            lines.append(f"| {each['kind']} | {each['found']:.0f} | {times} |")
        lines.append("")
    return "\n".join(lines)


def _said(one: dict[str, Any]) -> list[str]:
    names = ("text_bytes", "index_bytes", "index_bytes_before_tidying", "index_bytes_before_rewriting")
    text, index, apart, lived_in = (one[name] / 1e6 for name in names)
    parts = ", ".join(f"`{name}` {part:.1%}" for name, part in one["parts"].items() if part >= 0.001)
    tidied = (
        f" {apart:.0f} before it was brought together, in {one['tidying_seconds']:.0f} s." if apart > index else ""
    )
    if lived_in > index:
        tidied += (
            f" {lived_in:.0f} ({lived_in / text:.1%}) before its tables were written anew, as they are once a day."
        )
    return [
        f"- {text:.0f} MB of text, {index:.0f} MB of index ({parts}).{tidied}",
        f"- {one['load']} processes wanted to run.",
    ]


def _must(what: str, bound: float, value: float, unit: str, posts: int) -> str:
    kept = "**no**" if value > bound else "yes" if posts >= _PROMISED else f"with {posts:,} posts"
    return f"| {what} | ≤ {bound} {unit} | {value:.1f} {unit} | {kept} |"


def main(words: list[str]) -> None:
    """Measure on one or both databases; print JSON, one object a line, and a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=_PROMISED)
    parser.add_argument("--each", type=int, default=12, help="queries of each kind, asked by each of the two members")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--folder", type=Path, help="kept, and gone on with")
    parser.add_argument("--seconds", type=float, default=1e9, help="after which no more posts are written")
    parser.add_argument("--results", type=Path, default=ROOT / "bench-results")
    parser.add_argument("--page", type=Path, help="a page of the documentation to write the tables into")
    asked = parser.parse_args(words)
    library, done = Library(asked.posts), []
    for kind in ("sqlite", "postgresql") if asked.database == "both" else (asked.database,):
        with contextlib.ExitStack() as kept:
            folder = asked.folder or Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="palabre-search-")))
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # PostgreSQL runs as another user
            place = _Place(folder / kind, kind)
            try:
                one = _measure(place, library, asked.each, asked.seconds)
            finally:
                place.stop()
        sys.stdout.write(json.dumps(one) + "\n")
        if one.get("unfinished"):
            sys.stderr.write(f"{one['posts']:,} posts so far: run this again with the same --folder\n")
            sys.exit(3)
        asked.results.mkdir(parents=True, exist_ok=True)
        (asked.results / f"search-{kind}.json").write_text(json.dumps(one, indent=2) + "\n")
        done.append(one)
    table = _table(done)
    sys.stdout.write(table)
    if asked.page:
        write_into(asked.page, table, BEGIN, END)


if __name__ == "__main__":
    main(sys.argv[1:])
