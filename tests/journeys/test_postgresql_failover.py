"""The machine that leads PostgreSQL is gone, three times: members read on, and nothing they were told is lost."""

from __future__ import annotations

import copy
import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Self

import httpx
import psycopg
import pytest

from fixtures_server import ServerMaker
from patroni_cluster import MACHINES, PatroniCluster, patroni_cluster
from running import Person, RunningServer, free_port
from standbys import until

pytestmark = [pytest.mark.crash, pytest.mark.postgresql]


@pytest.fixture(scope="module")
def cluster() -> Iterator[PatroniCluster]:
    """Two PostgreSQL that run, one of which leads."""
    with patroni_cluster() as running:
        yield running


class Crowd:
    """Members who write, each post with a key under which he sends it again, and members who read all the time."""

    def __init__(self, people: list[Person], post: str) -> None:
        self.post = post
        self.acknowledged: dict[str, str] = {}
        """The text of each post that a member was told of, and its id."""
        self.begun: dict[str, float] = {}
        self.told: dict[str, float] = {}
        self.refused: list[httpx.Response] = []
        self.wrong: list[str] = []
        self.reads = 0
        self.slowest_read = 0.0
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=act, args=(person, number), daemon=True)
            for number, person in enumerate(people)
            for act in (self._write, self._read)
        ]

    def _write(self, person: Person, number: int) -> None:
        count = 0
        with person.client() as client:
            while not self._stop.is_set():
                count += 1
                text = f"words {number} {count}"
                self.begun[text] = time.monotonic()
                while (made := self._send(client, text)) is None:
                    time.sleep(0.05)
                self.told[text] = time.monotonic()
                self.acknowledged[text] = made

    def _send(self, client: httpx.Client, text: str) -> str | None:
        headers = {"Idempotency-Key": text}
        answer = client.post("/api/v1/statuses", json={"status": text}, headers=headers, timeout=90)
        if answer.status_code == 503:
            self.refused.append(answer)
            return None
        if answer.status_code != 200:
            self.wrong.append(f"POST: {answer.status_code} {answer.text[:200]}")
            return None
        return str(answer.json()["id"])

    def _read(self, person: Person, number: int) -> None:
        paths = ["/api/v1/timelines/home", f"/api/v1/statuses/{self.post}", "/api/v1/notifications", "/@reader0"]
        with person.client() as client:
            while not self._stop.is_set():
                for path in paths:
                    began = time.monotonic()
                    try:
                        answer = client.get(path, timeout=60)
                    except httpx.TransportError as error:
                        self.wrong.append(f"{path}: {error!r}")
                        continue
                    self.reads += 1
                    self.slowest_read = max(self.slowest_read, time.monotonic() - began)
                    if answer.status_code != 200:
                        self.wrong.append(f"{path}: {answer.status_code} {answer.text[:200]}")
                time.sleep(0.02)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive()

    def first_after(self, moment: float) -> float | None:
        """Seconds after ``moment`` until a write that began after it was acknowledged."""
        told = [at for text, at in tuple(self.told.items()) if self.begun[text] > moment]
        return min(told) - moment if told else None


def _beside(server: RunningServer) -> RunningServer:
    """Another process that serves the same network."""
    other = copy.copy(server)
    other.process, other.port = None, free_port()
    other.base_url = f"http://127.0.0.1:{other.port}"
    other.log = server.log.with_suffix(".beside.log")
    other.environment = server.environment | {"PALABRE_METRICS_PORT": "0"}
    return other.start()


def _metrics(server: RunningServer) -> str:
    port = server.environment["PALABRE_METRICS_PORT"]
    return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=30, trust_env=False).raise_for_status().text


def _doctor(server: RunningServer) -> str:
    return server.command("doctor", "--data", str(server.data), check=False).stdout


def test_members_ride_over_failovers_without_a_restart(cluster: PatroniCluster, make_server: ServerMaker) -> None:
    server = make_server(database=cluster.url, limits="off", metrics_port=free_port())
    readers = server.accounts([f"reader{number}" for number in range(4)])
    server.start()
    ana, ben = readers[:2]
    with ana.client() as client, ben.client() as follower:
        first = client.post("/api/v1/statuses", json={"status": "before all that"}).raise_for_status().json()
        follower.post(f"/api/v1/accounts/{first['account']['id']}/follow").raise_for_status()
    assert "the standby pg2 has every write before it is answered" in _doctor(server)
    assert "palabre_postgresql_standby_missing 0.0" in _metrics(server)
    assert 'palabre_postgresql_standby_synchronous{standby="pg2"} 1.0' in _metrics(server)

    def shown() -> dict[str, Any]:
        with server.client() as client:
            told: dict[str, Any] = client.get("/api/palabre/v1/status").raise_for_status().json()
        return told

    until(lambda: shown()["standby"]["in_step"], "the status shows the standby")
    assert shown()["writes_wait"]
    assert shown()["standby"]["connected"] == 1

    def said(words: str) -> int:
        return server.log.read_text("utf-8").count(words)

    measured = []
    rounds = [cluster.kill, cluster.kill, cluster.kill_patroni]  # the last leaves a primary that nobody watches
    with Crowd(readers, first["id"]) as crowd:
        for turn, kill in enumerate(rounds, 1):
            so_far = len(crowd.acknowledged)
            until(lambda enough=so_far + 50: len(crowd.acknowledged) > enough, "posts are written")
            leader = cluster.leader()
            assert leader is not None
            other = next(name for name in MACHINES if name != leader)
            kill(leader)
            killed = time.monotonic()
            if kill == cluster.kill_patroni:  # until its time is over, it goes on
                until(lambda to=other: cluster.leader() == to, "the other takes over", seconds=150)
                killed = time.monotonic()
            until(lambda at=killed: crowd.first_after(at) is not None, "writing goes on", seconds=150)
            measured.append(crowd.first_after(killed))
            assert cluster.leader() == other
            until(lambda n=turn: said("NO SYNCHRONOUS STANDBY") >= n, "the log says that nobody stands by")
            assert "no synchronous standby of PostgreSQL" in _doctor(server)
            until(lambda: not shown()["standby"]["in_step"], "so does the status")
            assert "palabre_postgresql_standby_missing 1.0" in _metrics(server)
            cluster.start_machine(leader)
            cluster.wait_for_standby(leader)
            until(lambda n=turn: said("a standby has every write again") >= n, "and that somebody does")
            assert f"the standby {leader} has every write before it is answered" in _doctor(server)
        so_far = len(crowd.acknowledged)
        until(lambda: len(crowd.acknowledged) > so_far + 50, "posts are written")

    assert crowd.wrong == []
    assert crowd.reads > 100
    for answer in crowd.refused:
        assert int(answer.headers["retry-after"]) > 0
        assert "storage" in answer.json()["error"]
    with psycopg.connect(cluster.url) as connection:
        written = Counter(text for (text,) in connection.execute("SELECT text FROM post").fetchall())
    del written["before all that"]
    assert set(crowd.acknowledged) - set(written) == set(), "acknowledged, and lost"
    assert {text: count for text, count in written.items() if count > 1} == {}, "written twice"
    assert set(written) == set(crowd.acknowledged)

    # What another process writes now reaches the windows of this one, which live since before the first failover.
    beside = _beside(server)
    try:
        with ana.client() as client:
            client.base_url = httpx.URL(beside.base_url)
            late = client.post("/api/v1/statuses", json={"status": "afterwards"}).raise_for_status().json()["id"]
    finally:
        beside.stop()
    with ben.client() as follower:
        until(
            lambda: late in [one["id"] for one in follower.get("/api/v1/timelines/home").json()],
            "it is in the window",
        )
    assert server.process is not None
    assert server.process.poll() is None
    times = ", ".join(f"{seconds:.1f} s" for seconds in measured)
    told = f"{len(crowd.acknowledged)} writes, {len(crowd.refused)} times refused for a while; {crowd.reads} reads"
    print(f"writing went on after {times}; {told}, the slowest {crowd.slowest_read:.1f} s")  # noqa: T201 - with -s
