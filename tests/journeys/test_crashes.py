"""The server is killed while a crowd writes, again and again: what it acknowledged is there, once, and no more."""

from __future__ import annotations

import random
import time

import pytest

from crowds import Crowd, check_database, wait_for_subscribers
from fixtures_postgresql import PostgreSQL
from fixtures_server import ServerMaker
from running import RunningServer

pytestmark = pytest.mark.crash


def _survive(server: RunningServer, *, kills: int) -> None:
    people = server.accounts(f"member{number}" for number in range(6))
    server.start()
    with Crowd(server, people) as crowd:
        dice = random.Random(kills)
        for _ in range(kills):
            with crowd.writing():
                wanted = crowd.done + dice.randint(1, 60)
                crowd.wait(lambda wanted=wanted: crowd.done >= wanted)  # type: ignore[misc]  # the loop's own value
                time.sleep(dice.uniform(0, 0.02))  # somewhere in the middle of what is under way
                server.kill()
            server.start()
            crowd.settle()
        with crowd.writing():
            crowd.wait(lambda: _is_enough(crowd, kills))
        crowd.settle()
        wait_for_subscribers(server)
        crowd.check()
        assert server.stop() == 0
        check_database(server)


def _is_enough(crowd: Crowd, kills: int) -> bool:
    """Tell whether everything was done that a crash could harm."""
    everything = ("deleted", "likes", "reposts", "bookmarks", "pictures")
    return sum(len(member.posts) for member in crowd.members) >= kills * 2 and all(
        any(getattr(member, what) for member in crowd.members) for what in everything
    )


def test_twenty_kills_lose_nothing_and_do_nothing_twice(make_server: ServerMaker) -> None:
    _survive(make_server(limits="off"), kills=20)


@pytest.mark.postgresql
def test_five_kills_lose_nothing_and_do_nothing_twice_on_postgresql(
    make_server: ServerMaker, postgresql: PostgreSQL
) -> None:
    name = postgresql.create()
    server = make_server(database=postgresql.url(name), limits="off")
    _survive(server, kills=5)
    postgresql.drop(name)
