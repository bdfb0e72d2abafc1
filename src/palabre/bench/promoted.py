"""How long nobody can post when a server is gone and an operator promotes the standby of a large network."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from palabre.bench.figures import Promotion
from palabre.bench.filling import fill
from palabre.bench.http import Connection, WrongAnswer
from palabre.bench.process import Network, free_port
from palabre.bench.standby import Follower
from palabre.bench.steady import Written, missing
from palabre.clock import now
from palabre.survival.state import Part

_POSTS = 20
"""Acknowledged before each loss, and looked up afterwards."""
_PATIENCE_SECONDS = 60.0
_AGAIN_SECONDS = 0.005


async def measure(folder: Path, *, size: int, passes: int, tell: Callable[[str], None]) -> Promotion:
    """Kill the server of a network of ``size`` bytes, promote its standby and post there, several times.

    Raises:
        WrongAnswer: what was acknowledged is not there, or the standby did not take over.

    """
    network = Network(folder / "large")
    tell(f"filling a database with {size / 1e6:,.0f} MB")
    await asyncio.to_thread(fill, network.folder, "", size)
    (member,) = network.members(["member0"])
    network.environment["PALABRE_STANDBY_LISTEN"] = address = f"127.0.0.1:{free_port()}"
    took, first = [], []
    try:
        for number in range(passes):
            tell(f"promotion {number + 1}")
            network.start()
            follower = Follower(network, folder / f"large-standby{number}")
            try:
                await asyncio.to_thread(follower.join, address)
                await follower.follow()
                written = [await _post(network.port, member.token, count) for count in range(_POSTS)]
                network.stop(signal.SIGKILL)
                by_itself, until_first = await _promote(follower, member.token)
                took.append(by_itself)
                first.append(until_first)
                if gone := await missing(follower.port, written):
                    raise WrongAnswer(f"{len(gone)} of {len(written)} acknowledged posts are gone")
            finally:
                follower.stop(signal.SIGKILL)
            for peer in Part(network.folder).peers():  # the next standby is another one
                network.said("standby", "remove", peer.name, "--yes")
            database = follower.folder / "palabre.db"
            large = database.stat().st_size
            shutil.rmtree(follower.folder)
    finally:
        network.stop()
        shutil.rmtree(network.folder, ignore_errors=True)
    return Promotion(bytes=large, seconds=took, first_write_seconds=first)


async def _post(port: int, token: str, number: int) -> Written:
    connection = Connection(port)
    try:
        form = {"status": f"Before the loss, number {number}."}
        made = await connection.expect("POST", "/api/v1/statuses", token=token, form=form)
    finally:
        connection.close()
    return Written(now(), str(made["id"]), token)


async def _promote(follower: Follower, token: str) -> tuple[float, float]:
    """Return how long the command says that it took, and how long it was from its start to the first write."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "palabre", "promote", "--yes", "--data", str(follower.folder),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=follower.environment,
    )  # fmt: skip
    ending = asyncio.ensure_future(process.communicate())
    try:
        while not await _acknowledged(follower.port, token):
            if time.perf_counter() - began > _PATIENCE_SECONDS:
                raise WrongAnswer("the standby did not take over")
            await asyncio.sleep(_AGAIN_SECONDS)
        first = time.perf_counter() - began
    finally:
        said, complaint = await ending
    found = re.search(rb"since ([\d.]+) s", said)
    if process.returncode or found is None:
        raise WrongAnswer(f"palabre promote: {complaint.decode(errors='replace') or said!r}")
    return float(found[1]), first


async def _acknowledged(port: int, token: str) -> bool:
    connection = Connection(port)
    try:
        answer = await connection.ask("POST", "/api/v1/statuses", token=token, form={"status": "We go on."})
    except (OSError, EOFError):
        return False
    finally:
        connection.close()
    return answer.status == 200
