"""Running networks for tests that go through HTTP: one for each file of tests, on each database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures_postgresql import PostgreSQL
from posted_forms import SENT_BY, WATCH
from running import RunningServer

_TESTS = Path(__file__).parent
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


@pytest.fixture(autouse=True)
def sends_its_forms(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that is listed as the one that sends a form has sent it when it ends, and the form was taken."""
    place = request.path.relative_to(_TESTS).as_posix()
    wanted = SENT_BY.get(f"{place}::{getattr(request.node, 'originalname', '')}")
    if wanted is None:
        yield
        return
    WATCH.begin()
    yield
    missing = set(wanted) - WATCH.end()
    assert not missing, f"not sent, or refused: {', '.join(sorted(missing))}"


@pytest.fixture(scope="module")
def sqlite_server(make_server: ServerMaker) -> RunningServer:
    """A network on SQLite, without rate limits, shared by the tests of a file."""
    return make_server(limits="off").start()


_BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


def _on_each(request: pytest.FixtureRequest, make_server: ServerMaker, **settings: object) -> Iterator[RunningServer]:
    if request.param == "sqlite":
        yield make_server(limits="off", **settings).start()
        return
    cluster: PostgreSQL = request.getfixturevalue("postgresql")
    name = cluster.create(like=request.getfixturevalue("postgresql_template"))
    running = make_server(database=cluster.url(name), limits="off", **settings).start()
    yield running
    running.kill()
    cluster.drop(name)


@pytest.fixture(scope="module", params=_BOTH)
def server(request: pytest.FixtureRequest, make_server: ServerMaker) -> Iterator[RunningServer]:
    """A network without rate limits, shared by the tests of a file; each test runs on both databases."""
    yield from _on_each(request, make_server)


@pytest.fixture(scope="module", params=_BOTH)
def server_on_each(request: pytest.FixtureRequest, make_server: ServerMaker) -> Iterator[ServerMaker]:
    """Make networks of your own settings on each database, started: ``server_on_each(registrations="closed")``."""
    ends: list[Iterator[RunningServer]] = []

    def make(**settings: object) -> RunningServer:
        made = _on_each(request, make_server, **settings)
        ends.append(made)
        return next(made)

    yield make
    for made in ends:
        next(made, None)


@pytest.fixture(scope="module", params=_BOTH)
def pushing_server(request: pytest.FixtureRequest, make_server: ServerMaker) -> Iterator[RunningServer]:
    """The same, and it may push to this machine."""
    yield from _on_each(request, make_server, push_anywhere="on")
