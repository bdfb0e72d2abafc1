"""A pass: load on a server, its processor time read before and after, its answers checked meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NamedTuple

from palabre.bench.cluster import Cluster
from palabre.bench.figures import Pass
from palabre.bench.http import Answer, Connection, WrongAnswer
from palabre.bench.load import Load, Requests
from palabre.bench.process import Process, cpu_seconds, settle

_CHECK_SECONDS = 0.05


class Question(NamedTuple):
    """One of the requests of a scene, and how to know a right answer to it."""

    token: str
    path: str
    check: Callable[[Answer], None]


class Scene:
    """Something that members do all the time: requests that are sent in turn."""

    def __init__(self, what: str, questions: Sequence[Question], requests: Requests) -> None:
        self.what = what
        self.questions = questions
        self.requests = requests
        self.sizes: list[int] = []
        """Bytes of each answer, heads included."""

    async def check(self, port: int) -> None:
        """Ask each question once and check its answer; what caches there are become warm.

        Raises:
            WrongAnswer: as it says.

        """
        connection = Connection(port)
        try:
            self.sizes = [await self._ask(connection, question) for question in self.questions]
        finally:
            connection.close()

    async def _ask(self, connection: Connection, question: Question) -> int:
        answer = await connection.ask("GET", question.path, token=question.token)
        if answer.status != 200:
            raise WrongAnswer(f"{self.what}: {answer.status} {answer.body[:200]!r}")
        question.check(answer)
        return answer.size

    async def keep_checking(self, port: int, until: asyncio.Event) -> int:
        """Check answers until told to stop; return how many."""
        connection = Connection(port)
        asked = 0
        try:
            while not until.is_set():
                question = self.questions[asked % len(self.questions)]
                await self._ask(connection, question)
                asked += 1
                await asyncio.sleep(_CHECK_SECONDS)
        finally:
            connection.close()
        return asked

    def check_sizes(self, load: Load, clients: int) -> None:
        """Compare the bytes that wrk counted with what its answers should have been.

        Raises:
            WrongAnswer: they cannot have been right answers.

        """
        least, most = min(self.sizes), max(self.sizes)
        spare = clients * most  # answers under way when the time was over
        if not load.requests * least <= load.bytes <= load.requests * most + spare:
            raise WrongAnswer(f"{self.what}: {load.bytes} bytes in {load.requests} answers of {least} to {most}")


class Meter:
    """Reads what a server and its database have used."""

    def __init__(self, server: Process, cluster: Cluster | None) -> None:
        self.server = server
        self.cluster = cluster

    def used(self) -> tuple[float, float]:
        """Return the processor seconds of the server and of the database so far."""
        return cpu_seconds(self.server.pids), cpu_seconds(self.cluster.pids) if self.cluster else 0.0

    async def settle(self, most: float = 20.0) -> None:
        """Wait until both have nothing to do."""
        await settle([*self.server.pids, *(self.cluster.pids if self.cluster else ())], most=most)

    async def read(self, scene: Scene, *, clients: int, seconds: int) -> Pass:
        """Measure one pass of reading."""
        enough = asyncio.Event()
        before = self.used()
        checking = asyncio.create_task(scene.keep_checking(self.server.port, enough))
        try:
            load = await scene.requests.send(self.server.port, clients=clients, seconds=seconds)
        finally:
            enough.set()
        checked = await checking
        after = self.used()
        scene.check_sizes(load, clients)
        return _pass(load, load.requests + checked, before, after)

    async def post(self, requests: Requests, *, clients: int, seconds: int, mark: str) -> tuple[Pass, Load]:
        """Measure one pass of posting, with all that posts cause (notifications) until it is done."""
        before = self.used()
        load = await requests.send(self.server.port, clients=clients, seconds=seconds, mark=mark)
        await self.settle()
        after = self.used()
        return _pass(load, load.requests, before, after), load


def _pass(load: Load, requests: int, before: tuple[float, float], after: tuple[float, float]) -> Pass:
    return Pass(
        requests=requests,
        cpu_ms=(after[0] - before[0]) / requests * 1e3,
        database_ms=(after[1] - before[1]) / requests * 1e3,
        per_second=load.per_second,
        p50_ms=load.p50 / 1e3,
        p99_ms=load.p99 / 1e3,
    )
