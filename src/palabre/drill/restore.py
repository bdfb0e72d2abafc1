"""The loss of everything but a vault, rehearsed: members post, the machine is destroyed, the network comes back.

Everything that was acknowledged before the moment up to which the vault was confirmed has to be there again.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from palabre import clock
from palabre.bench.cluster import Cluster as MadeCluster
from palabre.bench.filling import fill
from palabre.bench.http import Connection
from palabre.bench.process import Network, Process, free_port, workplace
from palabre.bench.steady import MEMBERS, Written, first_snapshot, missing, steady
from palabre.clock import Instant
from palabre.survival.drills import DrillReport
from palabre.survival.vaults import recovery as recoveries
from palabre.survival.vaults import state as states
from palabre.survival.vaults.places import open_place, shown
from palabre.survival.vaults.recovery import Identity
from palabre.survival.vaults.restore import Restored, restore

KIND: Final = "restore"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How it is rehearsed."""

    database: str = "sqlite"
    vault: str = ""
    """An address, or nothing for a folder of the drill's own."""
    seconds: float = 10.0
    """How long members post before the loss."""
    rate: float = 50.0
    """Posts a second."""
    fill_bytes: int = 0
    """What is put into the database before, so that it has a size that matters."""
    rto_limit: float = 60.0
    lag_limit: float = 5.0


class Lost(NamedTuple):
    """What is left when everything else is gone."""

    at: Instant
    key: str
    vault: str
    confirmed: Instant
    """Everything committed by then was in the vault, as the server had noted before it died."""
    written: list[Written]
    lags: list[float]


async def run(options: Options, tell: Callable[[str], None]) -> DrillReport:
    """Do it in a folder that is removed afterwards."""
    began, started = clock.now(), time.monotonic()
    with workplace() as folder:
        folder.chmod(0o711)  # PostgreSQL, which is not run by root, has to pass
        cluster = await asyncio.to_thread(MadeCluster, folder / "cluster") if options.database != "sqlite" else None
        try:
            lost, port = await _live_and_die(options, folder, cluster.url if cluster else "", tell)
        finally:
            if cluster is not None:
                cluster.stop()
        for gone in ("data", "cluster"):
            shutil.rmtree(folder / gone, ignore_errors=True)
        tell(f"{len(lost.written)} posts acknowledged; everything but the vault is gone")
        return await _come_back(options, folder, lost, port, tell, began, started)


async def _live_and_die(
    options: Options, folder: Path, database: str, tell: Callable[[str], None]
) -> tuple[Lost, int]:
    network = await asyncio.to_thread(Network, folder / "data", database=database)
    key = recoveries.create(network.folder, replace=True)
    if options.fill_bytes:
        tell(f"filling the database with {options.fill_bytes / 1024**2:.0f} MB")
        await asyncio.to_thread(fill, network.folder, database, options.fill_bytes)
    vault, metrics = options.vault or str(folder / "vault"), free_port()
    network.environment |= {"PALABRE_VAULTS": vault, "PALABRE_METRICS_PORT": str(metrics)}
    members = await asyncio.to_thread(network.members, [f"member{number}" for number in range(MEMBERS)])
    await asyncio.to_thread(network.start)
    try:
        took = await first_snapshot(network.folder, vault)
        tell(f"the first snapshot took {took:.1f} s; now {options.rate:.0f} posts a second")
        async with steady(network.port, members, options.rate, metrics=metrics) as load:
            await asyncio.sleep(options.seconds)
            confirmed = states.load(network.folder, shown(vault)).as_of
            at = clock.now()
            network.stop(signal.SIGKILL)
    finally:
        await asyncio.to_thread(network.stop, signal.SIGKILL)
    return Lost(at, key, vault, confirmed, load.written, load.lags), network.port


async def _come_back(
    options: Options, folder: Path, lost: Lost, port: int, tell: Callable[[str], None], began: Instant, started: float
) -> DrillReport:
    loss = time.monotonic()
    place = open_place(lost.vault)
    done = await asyncio.to_thread(restore, place, Identity(lost.key), folder / "new")
    place.close()
    restored = time.monotonic() - loss
    tell(f"restored {done.bytes / 1024**2:.0f} MB in {restored:.1f} s")
    server, stop = await asyncio.to_thread(_serve, folder, done, port)
    problems: list[str] = list(done.problems)
    try:
        with contextlib.suppress(OSError, EOFError):
            connection = Connection(port)
            token = lost.written[0].token if lost.written else ""
            await connection.expect("POST", "/api/v1/statuses", token=token, form={"status": "We go on"})
            connection.close()
        rto = time.monotonic() - loss
        gone = await missing(port, lost.written)
    finally:
        await asyncio.to_thread(server.stop, signal.SIGKILL)
        await asyncio.to_thread(stop)
    confirmed_gone = sum(each.heard <= lost.confirmed for each in gone)
    lag = max(lost.lags, default=float("inf"))
    if confirmed_gone:
        problems.append(f"{confirmed_gone} posts are gone that the vault was said to have")
    problems += [] if done.complete else ["not everything could be restored"]
    problems += [f"back after {rto:.1f} s only"] if rto > options.rto_limit else []
    problems += [f"the vault was {lag:.1f} s behind"] if lag > options.lag_limit else []
    return DrillReport(
        kind=KIND, began=began, seconds=round(time.monotonic() - started, 1), rto_seconds=round(rto, 2),
        rpo_lost=len(gone), acknowledged=len(lost.written), double_primaries=0, passed=not problems,
        details={
            "database": options.database, "bytes": done.bytes, "restore_seconds": round(restored, 2),
            "rpo_seconds": round((lost.at - done.at) / 1_000, 2), "confirmed": lost.confirmed, "restored_to": done.at,
            "confirmed_lost": confirmed_gone, "lag_seconds": round(lag, 2), "rate": options.rate,
            "rto_limit": options.rto_limit, "lag_limit": options.lag_limit, "problems": problems,
        },
    )  # fmt: skip


def _serve(folder: Path, done: Restored, port: int) -> tuple[Process, Callable[[], None]]:
    """Serve what was restored; return the server, and what stops its database."""
    settings = {"PALABRE_LIMITS": "off"}
    stop: Callable[[], None] = _nothing
    if done.cluster:
        from palabre.survival.vaults.cluster import Cluster, binaries  # noqa: PLC0415 - needs psycopg

        version = int((Path(done.cluster) / "PG_VERSION").read_text())
        cluster = Cluster(binaries(version), Path(done.cluster), database="palabre", user="palabre")
        cluster.serve()
        settings["PALABRE_DATABASE"] = cluster.url
        stop = cluster.stop
    command = ["-m", "palabre", "serve", "--data", str(folder / "new"), "--port", str(port)]
    server = Process(port, command, folder / "new.log", settings)
    try:
        server.start()
    except RuntimeError:
        stop()
        raise
    return server, stop


def _nothing() -> None:
    pass


def told(report: DrillReport) -> str:
    """Write a report for somebody who reads it in a terminal."""
    details = report.details
    outcome = "PASSED" if report.passed else "NOT PASSED"
    rto = "never" if report.rto_seconds is None else f"{report.rto_seconds:.1f} s"
    lines = [
        f"{report.kind}, {clock.iso(report.began)}: {outcome} after {report.seconds:.0f} s",
        f"RTO                {rto} for {details['bytes'] / 1024**2:.0f} MB (at most {details['rto_limit']} s wanted)",
        f"RPO                {report.rpo_lost} of {report.acknowledged} posts, the last {details['rpo_seconds']} s",
        f"promised and gone  {details['confirmed_lost']}",
    ]
    if "lag_seconds" in details:
        lines.append(f"vault behind       {details['lag_seconds']} s at most ({details['lag_limit']} s wanted)")
    return "\n".join([*lines, *(f"problem            {problem}" for problem in details["problems"])])
