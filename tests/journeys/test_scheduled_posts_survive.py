"""A server that is killed while scheduled posts come out publishes each of them once."""

from __future__ import annotations

import random
import time

import pytest

from fixtures_postgresql import PostgreSQL
from fixtures_server import ServerMaker
from palabre import clock, jobs, journal
from palabre.accounts.queries import account_by_handle
from palabre.clock import Instant
from palabre.ids import AccountId, new_id
from palabre.posts import unpublished, unpublished_sql
from palabre.posts.model import Draft, Unpublished
from palabre.store import Database, Transaction
from palabre.store.engine import Engine
from palabre.store.postgresql import PostgresqlEngine
from palabre.store.sqlite import SqliteEngine
from running import RunningServer

pytestmark = pytest.mark.crash

_POSTS = 300
_KILLS = 5


def _wait(tx: Transaction, account: AccountId, at: Instant) -> None:
    """Let many posts wait for one moment, which members may not."""
    for number in range(_POSTS):
        waiting = Unpublished(
            id=new_id(tx.now), account=account, due=at, draft=Draft(text=f"number {number}"), changed=tx.now
        )
        unpublished_sql.insert_unpublished(tx, waiting)
        jobs.enqueue(tx, unpublished.PUBLISH, unpublished.Due(waiting.id, at), at=at)


def _survive(server: RunningServer, engine: Engine) -> None:
    ana = server.account("ana")
    database = Database(engine)
    database.seal = journal.seal
    account = database.read_now(account_by_handle, "ana")
    assert account is not None
    database.write_now(_wait, account.id, Instant(clock.now()))
    if database.dialect == "sqlite":
        database.close()
    dice = random.Random(_KILLS)
    for _ in range(_KILLS):
        server.start()
        time.sleep(dice.uniform(0.02, 0.25))
        server.kill()
    if database.dialect == "postgresql":  # else what the killed ones had claimed comes after ten minutes
        database.write_now(jobs.release)
        database.close()
    server.start()
    with ana.client() as client:
        me = client.get("/api/v1/accounts/verify_credentials").json()["id"]
        deadline = time.monotonic() + 60
        while client.get("/api/v1/scheduled_statuses").json() and time.monotonic() < deadline:
            time.sleep(0.1)
        found: list[str] = []
        page: list[dict] = [{}]
        while page:
            bound = {"max_id": page[-1]["id"]} if found else {}
            page = client.get(f"/api/v1/accounts/{me}/statuses", params={"limit": 40, **bound}).json()
            found += [post["content"] for post in page]
        assert sorted(found) == sorted(f"<p>number {number}</p>" for number in range(_POSTS))
    server.stop()


def test_each_comes_out_once(make_server: ServerMaker) -> None:
    server = make_server(limits="off")
    _survive(server, SqliteEngine(server.data / "palabre.db"))


@pytest.mark.postgresql
def test_each_comes_out_once_on_postgresql(make_server: ServerMaker, postgresql: PostgreSQL) -> None:
    name = postgresql.create()
    _survive(make_server(database=postgresql.url(name), limits="off"), PostgresqlEngine(postgresql.url(name)))
    postgresql.drop(name)
