"""A large network in a folder as its vault: how far behind it is while members post, and how long a restore takes."""

from __future__ import annotations

import asyncio
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from palabre.bench.figures import Vaulting
from palabre.bench.filling import fill
from palabre.bench.http import WrongAnswer
from palabre.bench.process import Network, Process, free_port
from palabre.bench.steady import MEMBERS, Written, first_snapshot, missing, steady
from palabre.survival.vaults import recovery as recoveries
from palabre.survival.vaults.places import open_place
from palabre.survival.vaults.recovery import Identity
from palabre.survival.vaults.restore import Restored, restore


async def measure(
    folder: Path, *, size: int, rate: float, seconds: float, passes: int, tell: Callable[[str], None]
) -> Vaulting:
    """Let members of a network of ``size`` bytes post while a vault follows; then restore from it, several times.

    Raises:
        WrongAnswer: what was restored is not what was acknowledged.

    """
    network, vault = Network(folder / "vaulted"), folder / "vault"
    key = recoveries.create(network.folder, replace=True)
    tell(f"filling a database with {size / 1e6:,.0f} MB")
    await asyncio.to_thread(fill, network.folder, "", size)
    members = network.members([f"member{number}" for number in range(MEMBERS)])
    metrics = free_port()
    network.environment |= {"PALABRE_VAULTS": str(vault), "PALABRE_METRICS_PORT": str(metrics)}
    network.start()
    try:
        tell("the first snapshot")
        snapshot = await first_snapshot(network.folder, str(vault))
        tell(f"{rate:.0f} posts a second for {seconds:.0f} s")
        async with steady(network.port, members, rate, metrics=metrics) as load:
            await asyncio.sleep(seconds)
    finally:
        await asyncio.to_thread(network.stop)  # what is left goes into the vault
    if not load.written or not load.lags:
        raise WrongAnswer("nothing was written, or nobody said how far behind the vault was")
    restored: list[float] = []
    large = 0
    for number in range(passes):
        tell(f"restore {number + 1}")
        began = time.perf_counter()
        done = await asyncio.to_thread(_restore, vault, key, folder / "restored")
        restored.append(time.perf_counter() - began)
        large = done.bytes
        await _check(folder / "restored", done, load.written)
        shutil.rmtree(folder / "restored")
    for gone in (network.folder, vault):
        shutil.rmtree(gone)
    return Vaulting(
        bytes=large,
        snapshot_seconds=snapshot,
        rate=rate,
        acknowledged=len(load.written),
        lag_seconds=load.lags,
        restore_seconds=restored,
    )


def _restore(vault: Path, key: str, into: Path) -> Restored:
    place = open_place(str(vault))
    try:
        return restore(place, Identity(key), into)
    finally:
        place.close()


async def _check(folder: Path, done: Restored, written: list[Written]) -> None:
    """Serve what was restored, and look for every acknowledged post."""
    if not done.complete:
        raise WrongAnswer(f"not everything was restored: {done.problems}")
    port = free_port()
    command = ["-m", "palabre", "serve", "--data", str(folder), "--port", str(port)]
    server = Process(port, command, folder.parent / "restored.log", {"PALABRE_LIMITS": "off"})
    server.start()
    try:
        if gone := await missing(port, written):
            raise WrongAnswer(f"{len(gone)} of {len(written)} acknowledged posts were not restored")
    finally:
        await asyncio.to_thread(server.stop, signal.SIGKILL)
