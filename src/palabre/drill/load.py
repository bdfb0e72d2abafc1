"""Members who post all the time, and a ledger of what they were told had worked."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlsplit

from palabre.bench.http import Answer, Connection

_PATIENCE: Final = 2.0
"""Seconds after which most members ask the other server."""
_STUBBORN_PATIENCE: Final = 30.0
_STUBBORN: Final = 3
"""Each third member asks nobody else while the drill's round lasts: whoever acknowledges what it must not is seen."""
_AGAIN: Final = 0.05
_STUBBORN_AGAIN: Final = 0.2
_AT_ONCE: Final = 20
_READING: Final = 8
_LOOK: Final = 0.02


class Target(NamedTuple):
    """A server as members see it."""

    host: str
    port: int
    tls: bool
    name: str

    @classmethod
    def parse(cls, url: str) -> Target:
        """Read ``https://example.org``.

        Raises:
            ValueError: it is no such address.

        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = f"{url!r} is not like https://example.org"
            raise ValueError(msg)
        tls = parts.scheme == "https"
        return cls(parts.hostname, parts.port or (443 if tls else 80), tls, parts.netloc)

    def connection(self) -> Connection:
        """Return a connection that is not open yet."""
        return Connection(self.port, host=self.host, tls=self.tls, name=self.name)


class Acknowledged(NamedTuple):
    """One write that a member was told had worked."""

    server: int
    sent: float
    heard: float
    token: str
    id: str


class Ledger:
    """Everything that was acknowledged, in the order in which it was heard."""

    def __init__(self) -> None:
        self.writes: list[Acknowledged] = []
        self.attempted: Counter[str] = Counter()
        """Posts begun, by token: no member may find more of them than that."""
        self.strange: Counter[int] = Counter()
        """Answers that are neither yes nor "not now", by status."""

    def first(self, server: int, *, since: int) -> Acknowledged | None:
        """Return the first write that ``server`` acknowledged after the first ``since`` writes."""
        return next((write for write in self.writes[since:] if write.server == server), None)

    def late(self, old: int, new: int, *, since: int) -> list[Acknowledged]:
        """Return what ``old`` acknowledged after ``new`` had begun to."""
        first = self.first(new, since=since)
        if first is None:
            return []
        return [write for write in self.writes[since:] if write.server == old and write.heard > first.heard]


class Load:
    """Clients that post at an even pace until they are told to stop."""

    def __init__(
        self,
        targets: Sequence[Target],
        tokens: Sequence[str],
        *,
        clients: int,
        rate: float,
        visibility: str = "public",
    ) -> None:
        self.ledger = Ledger()
        self.lead = 0
        """The server that everybody asks first."""
        self.unreachable: set[int] = set()
        """Servers that members cannot reach, as if the way to them were cut."""
        self._targets = targets
        self._tokens = tokens
        self._clients = clients
        self._pause = clients / rate
        self._visibility = visibility
        self._mark = time.time_ns() // 1_000_000
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._post_on(number)) for number in range(self._clients)]
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._stopping = True
        _done, late = await asyncio.wait(self._tasks, timeout=_PATIENCE)
        for task in late:
            task.cancel()
        for outcome in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome

    async def _post_on(self, number: int) -> None:
        stubborn = number % _STUBBORN == 0
        token = self._tokens[number % len(self._tokens)]
        connections: dict[int, Connection] = {}
        at = self.lead
        due = time.monotonic() + self._pause * number / self._clients
        count = 0
        while not self._stopping:
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            due = max(due + self._pause, time.monotonic() - self._pause)
            count += 1
            key = f"drill-{self._mark}-{number}-{count}"
            form = {"status": f"A drill: post {count} of member {number}. {key}", "visibility": self._visibility}
            self.ledger.attempted[token] += 1
            while not self._stopping:
                at = self.lead if stubborn else at
                sent = time.monotonic()
                answer = await self._ask(connections, at, token, form, key, stubborn=stubborn)
                if answer is not None and answer.status == 200:
                    identity = str(answer.json()["id"])
                    self.ledger.writes.append(Acknowledged(at, sent, time.monotonic(), token, identity))
                    break
                if answer is not None and answer.status < 500:
                    self.ledger.strange[answer.status] += 1
                at = at if stubborn else (at + 1) % len(self._targets)
                await asyncio.sleep(_STUBBORN_AGAIN if stubborn else _AGAIN)
        for connection in connections.values():
            connection.close()

    async def _ask(
        self,
        connections: dict[int, Connection],
        at: int,
        token: str,
        form: dict[str, str | list[str]] | dict[str, str],
        key: str,
        *,
        stubborn: bool,
    ) -> Answer | None:
        if at in self.unreachable:
            await asyncio.sleep(_PATIENCE / 4)
            return None
        connection = connections.get(at) or self._targets[at].connection()
        connections[at] = connection
        try:
            async with asyncio.timeout(_STUBBORN_PATIENCE if stubborn else _PATIENCE):
                return await connection.ask("POST", "/api/v1/statuses", token=token, form=dict(form), key=key)
        except (OSError, EOFError, TimeoutError):
            connection.close()
            del connections[at]
            return None


async def missing(target: Target, writes: Sequence[Acknowledged]) -> list[Acknowledged]:
    """Return those of ``writes`` that the server does not have."""
    by_token: dict[str, list[Acknowledged]] = {}
    for write in writes:
        by_token.setdefault(write.token, []).append(write)
    slices = [
        (token, mine[at : at + _AT_ONCE]) for token, mine in by_token.items() for at in range(0, len(mine), _AT_ONCE)
    ]
    waiting = iter(slices)
    lost: list[Acknowledged] = []

    async def read() -> None:
        connection = target.connection()
        for token, part in waiting:
            query = "&".join(f"id[]={write.id}" for write in part)
            shown: list[dict[str, Any]] = await connection.expect("GET", f"/api/v1/statuses?{query}", token=token)
            found = {one["id"] for one in shown}
            lost.extend(write for write in part if write.id not in found)
        connection.close()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(_READING, len(slices))):
            group.create_task(read())
    return lost


async def count_posts(target: Target, token: str) -> int:
    """Return how many posts the member with this token has."""
    connection = target.connection()
    me = await connection.expect("GET", "/api/v1/accounts/verify_credentials", token=token)
    connection.close()
    return int(me["statuses_count"])


async def until(true: Callable[[], object], seconds: float) -> bool:
    """Wait until something holds; return whether it did within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_LOOK)
    return True
