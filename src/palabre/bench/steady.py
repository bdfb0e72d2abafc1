"""Members who post at a steady rate while a vault follows, and what is known of them afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from palabre import clock
from palabre.bench.http import Connection
from palabre.bench.process import Member
from palabre.clock import Instant
from palabre.survival.vaults import state as states
from palabre.survival.vaults.places import shown

MEMBERS: Final = 8
_SNAPSHOT_SECONDS: Final = 600.0
_LOOK: Final = 0.25
_AT_ONCE: Final = 20


class Written(NamedTuple):
    """A post that a member was told had worked."""

    heard: Instant
    id: str
    token: str


class Steady(NamedTuple):
    """What came of it; both grow while members post."""

    written: list[Written]
    lags: list[float]
    """How many seconds the vault was behind, as the server's metrics said each quarter of a second."""


async def first_snapshot(folder: Path, vault: str) -> float:
    """Wait until the running server of ``folder`` has put its first snapshot into the vault; return the seconds."""
    began = time.monotonic()
    while not states.load(folder, shown(vault)).base:
        if time.monotonic() - began > _SNAPSHOT_SECONDS:
            msg = "the vault got no snapshot"
            raise RuntimeError(msg)
        await asyncio.sleep(_LOOK)
    return time.monotonic() - began


@contextlib.asynccontextmanager
async def steady(port: int, members: Sequence[Member], rate: float, *, metrics: int) -> AsyncIterator[Steady]:
    """Let members post together ``rate`` times a second, and look how far behind the vault is, until the end."""
    load, stopping = Steady([], []), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number, member in enumerate(members):
            group.create_task(_post_on(port, member, number / len(members), rate / len(members), load, stopping))
        group.create_task(_watch(metrics, load, stopping))
        try:
            yield load
        finally:
            stopping.set()


async def _post_on(
    port: int, member: Member, later: float, rate: float, load: Steady, stopping: asyncio.Event
) -> None:
    connection = Connection(port)
    due = time.monotonic() + later / rate
    count = 0
    while not stopping.is_set():
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        due += 1 / rate
        count += 1
        try:
            answer = await connection.ask(
                "POST", "/api/v1/statuses", token=member.token, form={"status": f"Post {count} of {member.username}"}
            )
        except (OSError, EOFError):
            break
        if answer.status == 200:
            load.written.append(Written(clock.now(), str(answer.json()["id"]), member.token))
    connection.close()


async def _watch(port: int, load: Steady, stopping: asyncio.Event) -> None:
    while not stopping.is_set():
        connection = Connection(port)
        with contextlib.suppress(OSError, EOFError):
            answer = await connection.ask("GET", "/metrics")
            found = re.search(rb"^palabre_vault_lag_seconds\{[^}]*\} (\S+)", answer.body, re.MULTILINE)
            if found:
                load.lags.append(float(found[1]))
        connection.close()
        await asyncio.sleep(_LOOK)


async def missing(port: int, written: Sequence[Written]) -> list[Written]:
    """Ask for every post, in the name of who wrote it; return those that are not there."""
    gone: list[Written] = []
    connection = Connection(port)
    by_token: dict[str, list[Written]] = {}
    for each in written:
        by_token.setdefault(each.token, []).append(each)
    for token, mine in by_token.items():
        for start in range(0, len(mine), _AT_ONCE):
            part = mine[start : start + _AT_ONCE]
            query = "&".join(f"id[]={each.id}" for each in part)
            there = {one["id"] for one in await connection.expect("GET", f"/api/v1/statuses?{query}", token=token)}
            gone += [each for each in part if each.id not in there]
    connection.close()
    return gone
