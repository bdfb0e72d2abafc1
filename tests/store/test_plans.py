"""Every statement reaches its rows through an index: no query grows with the size of a table."""

from __future__ import annotations

import importlib
import itertools
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

import palabre
from palabre.graph.circles_sql import _FAMILIAR
from palabre.notifications import groups_sql
from palabre.store import Statement
from palabre.store.pages import Pages
from palabre.store.sqlite import SqliteEngine

_WHOLE_TABLE_BY_INTENT = {
    # statement: why reading a whole table is right
    "palabre.journal.log._HEAD": "one row",
    "palabre.journal.subscriber._CURSORS": "a handful of rows",
    "palabre.accounts.sql._LOCAL_COUNT": "kept by the server and counted anew rarely",
    "palabre.accounts.sql._ACTIVE_COUNT": "kept by the server and counted anew rarely",
    "palabre.accounts.sql._STAFF": "its own index of those who run the network",
    "palabre.moderation.figures._INTERACTIONS": "counted when an administrator asks, on the slow reader",
    "palabre.moderation.figures._MEDIA_BYTES": "the same",
    "palabre.exports.sql._ALL": "the archives of a week, at most one for each member, every ten minutes",
    "palabre.emojis.sql._ALL": "at most 2,000 rows, when the server starts and when they change",
    "palabre.timelines.sql._SHARED_LOCAL": "from the end of its index, as many as are asked for",
    "palabre.accounts.sql._INVITATIONS": "the operator's list of invitations",
    "palabre.beacon.sql._KEYS": "one row a key that the network ever had",
    "palabre.media.sql._ALL_SOURCES": "uploads that are not processed yet: a day's at most",
    "palabre.media.sql._UNATTACHED_OF": "its own index of uploads that no post took: a day's, and those of drafts",
    "palabre.media.sql._USED": "the sweep of orphaned files at a start",
    "palabre.api.mastodon.instances._POSTS": "kept by the server and counted anew rarely",
    "palabre.imports.sql._UNFINISHED": "as many rows as there were imports; asked when the server starts",
    "palabre.moderation.blocks_sql._ALL_IPS": "the blocked networks, when the server starts and when they change",
    "palabre.moderation.trending._FORGET_POSTS": "what was decided about posts in a week, every ten minutes",
    "palabre.moderation.trending._FORGET_LINKS": "what was decided about pages that are still linked, as often",
    "palabre.moderation.sql._RULES": "the rules of the network, a handful",
    "palabre.moderation.acts_sql._OPEN_COUNT": "its own index of appeals that wait, up to a thousand",
    "palabre.moderation.sql._OPEN_COUNT": "its own index of open reports, up to a thousand",
    "palabre.announcements.sql._CURRENT": "from the end of its index, as many as are shown",
    "palabre.announcements.sql._ALL": "from the end of its index, as many as are shown",
    "palabre.jobs.queue._RELEASE": "once, when the server starts",
    "palabre.posts.muting._ANY": "one row, whichever comes first",
    "palabre.search.sql._ENDS": "the ends of the index, and 500 rows from one of them",
    "palabre.search.sql._FILLED": "one row",
    "palabre.accounts.roster_sql._SERVERS": "the names of servers, one look into an index for each",
    "palabre.hooks.sql._UNTOLD": "the deliveries that are kept, a few for each webhook, when doctor asks",
    "palabre.posts.hashtags._UNUSABLE": "its own index of the hashtags that nobody may use",
    "palabre.sources.sql._SILENT": "the accounts that are fed, when doctor asks",
    "palabre.search.sql._SCATTERED": "the table of contents of the index, every ten minutes, for the slow reader",
    "palabre.jobs.queue._TROUBLED": "the living jobs, when doctor asks",
    "palabre.jobs.queue._WAITING": "the living jobs, when doctor asks",
    "palabre.jobs.queue._NEXT": "only living jobs are there for long",
    "palabre.jobs.queue._NEXT_FREE": "the same, and for each that has a key one look into an index",
}
_SMALL = re.compile(
    r"SCAN (journal_head|subscriber_cursor|schema_migration|json_each|\w+ VIRTUAL TABLE|newest|with_tag|both|known"
    r"|new|recent|edges_out|edges_waiting|anon_\d+|CONSTANT)"
)


def _modules() -> Iterator[str]:
    for package in pkgutil.walk_packages(palabre.__path__, "palabre."):
        name = package.name
        if not name.startswith(("palabre.bench", "palabre.cli", "palabre.__main__")):
            yield name


def _statements() -> Iterator[tuple[str, Statement]]:
    for name in _modules():
        module = importlib.import_module(name)
        for key, value in vars(module).items():
            if isinstance(value, Statement):
                yield f"{name}.{key}", value
            elif isinstance(value, Pages):
                yield f"{name}.{key}.down", value._down
                yield f"{name}.{key}.up", value._up
            elif hasattr(value, "cache_info") and getattr(value, "__module__", "") == name:
                yield from _made_by(f"{name}.{key}", value)


def _made_by(name: str, factory) -> Iterator[tuple[str, Statement]]:
    """Call a cached factory of statements with every combination of its flags."""
    flags = [key for key, hint in factory.__annotations__.items() if hint == "bool"]
    if "Statement" not in str(factory.__annotations__.get("return")):
        return
    for chosen in itertools.product([False, True], repeat=len(flags)):
        options = dict(zip(flags, chosen, strict=True))
        words = [("liked",), ("bookmarked",)] if "column" in factory.__annotations__ else [()]
        for word in words:
            yield f"{name}{word}{options}", factory(*word, **options)


@pytest.fixture(scope="module")
def database(sqlite_template: Path) -> apsw.Connection:
    return SqliteEngine(sqlite_template)._open(readonly=True)  # triggers ask for functions of ours


def test_no_statement_scans_a_table_that_grows(database: apsw.Connection) -> None:
    found = dict(_statements())
    assert len(found) > 60, "the statements were not found"
    wrong = []
    for name, statement in found.items():
        compiled = statement.compiled("sqlite")
        names = set(re.findall(r":(\w+)", compiled.text))
        values = {key: "[5]" if key in compiled.lists else 5 for key in names}
        for row in database.execute("EXPLAIN QUERY PLAN " + compiled.text, values):
            step = str(row[3])
            if step.startswith("SCAN") and not _SMALL.match(step) and name not in _WHOLE_TABLE_BY_INTENT:
                wrong.append(f"{name}: {step}")
    assert not wrong, "\n".join(wrong)


def test_the_newest_group_of_a_notification_is_found_by_its_index(database: apsw.Connection) -> None:
    """Of somebody whom a hundred thousand follow today, too: read through, each new follower costs all before."""
    for query in (groups_sql._LATEST_ABOUT_NONE, groups_sql._LATEST_ABOUT_POST):
        text = query.compiled("sqlite").text
        values = dict.fromkeys(re.findall(r":(\w+)", text), 5)
        plan = [str(row[3]) for row in database.execute("EXPLAIN QUERY PLAN " + text, values)]
        assert len(plan) == 1
        assert "ix_notification_group (account=? AND kind=? AND post=?" in plan[0], plan


def test_followers_whom_one_knows_are_looked_for_among_those_whom_one_follows(database: apsw.Connection) -> None:
    """Not among all who follow somebody: with a hundred thousand followers that would be all of them, each time."""
    for query in (_FAMILIAR._down, _FAMILIAR._up):
        text = query.compiled("sqlite").text
        values = dict.fromkeys(re.findall(r":(\w+)", text), 5)
        plan = [str(row[3]) for row in database.execute("EXPLAIN QUERY PLAN " + text, values)]
        about = [step for step in plan if "follow" in step]
        assert len(about) == 2
        assert "follower=?" in about[0], plan
        assert "follower=? AND followed=?" in about[1], plan
