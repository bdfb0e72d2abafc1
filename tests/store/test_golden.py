"""Databases of earlier versions: this version opens them, brings them up to date, and everything is there."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from fixtures_postgresql import PostgreSQL
from palabre import journal
from palabre.accounts.queries import account_by_handle, email_of
from palabre.jobs import next_run
from palabre.notifications.queries import notifications_page
from palabre.paging import Window
from palabre.posts.queries import thread_view
from palabre.store import METADATA, Database, Statement
from palabre.store.engine import Engine
from palabre.store.migrations import applied, migrate, migrations
from palabre.store.postgresql import PostgresqlEngine
from palabre.store.sqlite import SqliteEngine
from palabre.timelines.building import build
from palabre.timelines.queries import home_views
from people import KEYRING

GOLDEN = Path(__file__).parents[1] / "fixtures" / "golden"
_EMPTY = {
    "app_token", "beacon", "cardless_page",
    "custom_emoji", "export_run", "hand_over", "import_item", "import_waiting", "link_card",
    "network_key",
    "announcement", "announcement_dismissal", "announcement_reaction", "appeal", "conversation",
    "notification_permission", "notification_policy", "report", "rule",
    "email_block", "email_domain_block", "hashtag_review", "link_review", "post_review", "publisher_review",
    "ip_block", "moderation_act", "server_allow", "server_block", "server_mark",
    "oauth_authorization", "poll", "poll_choice", "post_version", "push_subscription", "unpublished",
    "unfinished_media",
    "quote_request", "reply_request", "reply_rule",
    "annual_report", "collection", "collection_item",
    "post_filter", "filter_keyword", "filter_post", "account_list", "list_member", "account_note", "domain_block",
    "endorsement", "followed_hashtag", "featured_hashtag", "muted_thread", "gone_name",
    "second_factor", "recovery_code", "ceremony", "passkey",
    "search_active", "search_author", "search_dismissed", "search_filled", "search_post",
    "incoming_webhook", "webhook", "webhook_delivery", "feed_source", "feed_entry",
}  # fmt: skip
"""Tables that nothing in the golden content fills."""


def _of_sqlite(kept: Path, folder: Path) -> Engine:
    path = folder / "palabre.db"
    path.write_bytes(gzip.decompress(kept.read_bytes()))
    return SqliteEngine(path)


@pytest.fixture(params=sorted(path.name for path in GOLDEN.glob("*.gz")))
def golden(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A copy of each, opened and brought up to date by this version."""
    kept = GOLDEN / request.param
    cleanup = None
    if ".postgresql." in request.param:
        cluster: PostgreSQL = request.getfixturevalue("postgresql")
        name = cluster.create()
        with psycopg.connect(cluster.url(name)) as connection:
            connection.execute(gzip.decompress(kept.read_bytes()))
        engine: Engine = PostgresqlEngine(cluster.url(name))
        cleanup = lambda: cluster.drop(name)  # noqa: E731
    else:
        engine = _of_sqlite(kept, tmp_path)
    migrate(engine)
    database = Database(engine)
    database.seal = journal.seal
    yield database
    database.close()
    if cleanup:
        cleanup()


def test_there_is_one_for_each_database() -> None:
    names = [path.name for path in GOLDEN.glob("*.gz")]
    assert any(".sqlite." in name for name in names)
    assert any(".postgresql." in name for name in names)


def test_everything_is_there_after_the_upgrade(golden: Database) -> None:
    assert applied(golden.engine) == [step.number for step in migrations(golden.dialect)]
    ana = golden.read_now(account_by_handle, "ana")
    ben = golden.read_now(account_by_handle, "ben")
    assert ana is not None
    assert ben is not None
    assert golden.read_now(email_of, KEYRING, ana.id) == "ana@example.org"
    assert (ana.posts_count, ana.followers_count, ben.following_count) == (5, 1, 1)
    home = golden.read_now(build, ana.id)
    lines = home.page(Window(limit=40)) or []
    views = golden.read_now(home_views, ana.id, lines)
    texts = [view.shown.post.text.split()[0] for view in views]
    assert texts == ["Once", "For", "Hello", "Hello", "Long"]
    root = next(view for view in views if view.media)
    assert (root.media[0].description, root.app_name, root.post.likes_count) == ("A tree", "Tool", 1)
    assert len(golden.read_now(thread_view, None, root.post.id).descendants) == 1
    told = golden.read_now(notifications_page, ana.id, Window())
    assert {each.kind.value for each in told.items} >= {"mention", "follow", "like", "repost"}
    assert golden.read_now(next_run) is not None


def test_no_table_of_members_was_empty_when_it_was_kept(golden: Database) -> None:
    kept = [name for name in METADATA.tables if name not in _EMPTY]
    empty = [
        name
        for name in kept
        if not golden.read_now(lambda db, name=name: db.value(Statement(f"SELECT count(*) FROM {name}")))
    ]
    assert empty == []
