"""Running networks for tests that go through HTTP: one for each file of tests, on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from fixtures_postgresql import PostgreSQL
from running import RunningServer

ServerMaker = Callable[..., RunningServer]


@pytest.fixture(scope="module")
def make_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerMaker]:
    """Make networks of your own settings: ``make_server(registrations="closed").start()``. They end with the file."""
    made: list[RunningServer] = []

    def make(**settings: object) -> RunningServer:
        server = RunningServer(tmp_path_factory.mktemp("network") / "data", **settings)
        made.append(server)
        return server

    yield make
    for server in made:
        server.kill()


@pytest.fixture(scope="module")
def sqlite_server(make_server: ServerMaker) -> RunningServer:
    """A network on SQLite, without rate limits, shared by the tests of a file."""
    return make_server(limits="off").start()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def server(request: pytest.FixtureRequest, make_server: ServerMaker) -> Iterator[RunningServer]:
    """A network without rate limits, shared by the tests of a file; each test runs on both databases."""
    if request.param == "sqlite":
        yield make_server(limits="off").start()
        return
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    name = cluster.create()
    running = make_server(database=cluster.url(name), limits="off").start()
    yield running
    running.kill()
    cluster.drop(name)
