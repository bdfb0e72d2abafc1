"""One author with many followers: how long until the last of those who read sees a post, and who suffers."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Sequence

import msgspec

from palabre.bench.figures import FanOut
from palabre.bench.http import Connection, WrongAnswer, spread
from palabre.bench.process import Process
from palabre.bench.writes import Writing, post_once

WRITERS = 16
_SAMPLE = 64
_PROBES = 8
"""Connections on which the sample reads, all the time."""
_AGAIN = 0.01
"""Seconds until a connection of the sample asks again after it was too early: together they read 800 times a second
at most, as 5,000 people do who look every six seconds, and leave the server to those who write."""
_PAUSE = 0.2
_PATIENCE = 30.0


class _Line(msgspec.Struct):
    id: str


_decode = msgspec.json.Decoder(list[_Line]).decode


async def measure(
    server: Process,
    author: str,
    readers: Sequence[str],
    writing: Writing,
    *,
    followers: int,
    rounds: int,
    seconds: int,
) -> FanOut:
    """Let ``author`` (a token) post ``rounds`` times while readers read and other members write.

    Raises:
        WrongAnswer: a reader has not got a post, or has it in the wrong place.

    """
    port = server.port
    dice = random.Random(followers)  # noqa: S311 - the same readers at every run
    await spread(port, readers, _warm)
    before = await writing.count(port)
    mark = writing.next_mark()
    others = asyncio.create_task(writing.requests.send(port, clients=WRITERS, seconds=seconds, mark=mark))
    posts: list[str] = []
    seen_ms: list[float] = []
    try:
        await asyncio.sleep(1)
        for number in range(rounds):
            sample = dice.sample(readers, min(_SAMPLE, len(readers)))
            post, seconds_needed = await _one(port, author, sample, f"To {followers} of you, number {number}.")
            posts.append(post)
            seen_ms.append(seconds_needed * 1e3)
            await asyncio.sleep(_PAUSE)
        load = await others
    except BaseException:
        others.cancel()
        raise
    await writing.verify(port, load, mark, before=before, clients=WRITERS)
    newest = posts[::-1]
    await spread(port, readers, lambda connection, token: _verify(connection, token, newest))
    return FanOut(
        followers=followers,
        reading=len(readers),
        seen_ms=seen_ms,
        writers_p99_ms=load.p99 / 1e3,
        writers_per_second=load.per_second,
    )


async def _read(connection: Connection, token: str) -> list[str]:
    answer = await connection.ask("GET", "/api/v1/timelines/home", token=token)
    if answer.status != 200:
        raise WrongAnswer(f"home of a follower: {answer.status} {answer.body[:200]!r}")
    return [line.id for line in _decode(answer.body)]


async def _warm(connection: Connection, token: str) -> None:
    await _read(connection, token)


async def _one(port: int, author: str, sample: Sequence[str], text: str) -> tuple[str, float]:
    """Publish ``text``; return its id and the seconds until the last of ``sample`` had it at the top."""
    connections = [Connection(port) for _ in range(_PROBES + 1)]
    for connection in connections:
        await connection.open()
    began = time.perf_counter()
    posting = asyncio.create_task(post_once(connections[-1], author, text))

    async def probe(connection: Connection, waiting: list[str]) -> float:
        while waiting:
            answer = await connection.ask("GET", "/api/v1/timelines/home?limit=1", token=waiting[0])
            if text.encode() in answer.body:
                waiting.pop(0)
            else:
                await asyncio.sleep(_AGAIN)
            if time.perf_counter() - began > _PATIENCE:
                raise WrongAnswer(f"{len(waiting)} readers have not seen the post after {_PATIENCE:.0f} s")
        return time.perf_counter() - began

    probes = [probe(connections[place], list(sample[place::_PROBES])) for place in range(_PROBES)]
    last = max(await asyncio.gather(*probes))
    post = await posting
    for connection in connections:
        connection.close()
    return post, last


async def _verify(connection: Connection, token: str, newest: Sequence[str]) -> None:
    found = await _read(connection, token)
    right = list(newest[:20])
    if found[: len(right)] != right:
        raise WrongAnswer(f"home of a follower begins with {found[: len(right)]}, not with {right}")
