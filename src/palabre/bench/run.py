"""The whole run: a town on each database, measured in the same order every time."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import apsw
import msgspec

from palabre.bench import arrivals, chromium, crowd, fanout, paint, promoted, pushes, standby, streams, vaulted
from palabre.bench.ceiling import Canned
from palabre.bench.cluster import Cluster
from palabre.bench.figures import LARGE, POSTING_CLIENTS, POSTING_RATE, Figures, Measured, Pass, Report, StoreAlone
from palabre.bench.http import Connection
from palabre.bench.passes import Meter, Scene
from palabre.bench.plan import QUICK, READER, Plan, Size
from palabre.bench.process import Network, Process, cpu_seconds, free_port, memory, workplace
from palabre.bench.reads import Scenes
from palabre.bench.town import Town
from palabre.bench.writes import Writing
from palabre.serving import allow_files

_ALONE = ("promote", "vault", "paint")
"""Parts with a network of their own: not how many people there are counts, but something else."""
PARTS = (
    "start",
    "read",
    "search",
    "post",
    "store",
    "standby",
    "fanout",
    "stream",
    "push",
    *_ALONE,
    "accounts",
    "import",
)
"""What ``--only`` chooses from; ``search`` is one of what is read."""
_NEED_NO_TOWN = {*_ALONE, "accounts", "import"}


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How much is measured."""

    databases: tuple[str, ...] = ("sqlite", "postgresql")
    parts: tuple[str, ...] = PARTS
    size: Size = Size()
    seconds: int = 2
    """Of a pass."""
    passes: int = 3
    clients: tuple[int, ...] = (1, 16, 64)
    restarts: int = 3
    followers: tuple[int, ...] = (1_000, 10_000, 100_000)
    reading: int = 5_000
    fan_out_rounds: int = 12
    fan_out_seconds: int = 12
    idle_listeners: int = 5_000
    active_listeners: int = 500
    stream_rounds: int = 12
    devices: int = 500
    push_rounds: int = 5
    accounts: int = 5_000
    import_posts: int = 50_000
    import_pictures: int = 1_000
    large_bytes: int = LARGE
    """Of the network that is promoted and restored."""
    vault_seconds: float = 30
    """How long members post while a vault follows."""
    painted_pages: int = 20
    """How many pages of each kind are looked at, at most."""


def quick(options: Options) -> Options:
    """Return options for a short look: everything runs and every answer is checked, but the figures say little."""
    return msgspec.structs.replace(
        options,
        size=QUICK,
        seconds=1,
        passes=1,
        clients=(16,),
        restarts=1,
        followers=(50, 150),
        reading=60,
        fan_out_rounds=2,
        fan_out_seconds=2,
        idle_listeners=60,
        active_listeners=20,
        stream_rounds=2,
        devices=20,
        push_rounds=2,
        accounts=60,
        import_posts=300,
        import_pictures=6,
        large_bytes=10**7,
        vault_seconds=3,
        painted_pages=1,
    )


async def run(options: Options, tell: Callable[[str], None]) -> Report:
    """Measure; ``tell`` hears what is being done.

    Raises:
        WrongAnswer: the server answered something else than it should have.

    """
    report = Report(
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        machine=machine(),
        load_before=os.getloadavg()[0],
        load_after=0,
    )
    for database in options.databases:
        with workplace() as folder:
            cluster = Cluster(folder / "postgresql") if database == "postgresql" else None
            try:
                report.figures.append(await _Run(options, folder, cluster, tell).figures())
            finally:
                if cluster:
                    cluster.stop()
    report.load_after = os.getloadavg()[0]
    return report


class _Run:
    """One database."""

    def __init__(self, options: Options, folder: Path, cluster: Cluster | None, tell: Callable[[str], None]) -> None:
        self._options = options
        self._folder = folder
        self._cluster = cluster
        name = "postgresql" if cluster else "sqlite"
        self._tell: Callable[[str], None] = lambda what: tell(f"{name}: {what}")
        self._figures = Figures(database=name, version=cluster.version if cluster else apsw.sqlite_lib_version())
        self._network = Network(folder / "network", database=cluster.url if cluster else "")
        self._town = Town(self._network, Plan(options.size))
        self._meter = Meter(self._network, cluster)

    async def figures(self) -> Figures:
        """Measure everything that was asked for."""
        parts = {
            "start": self._starts,
            "read": self._reads,
            "search": self._searches,
            "post": self._posts,
            "store": self._store,
            "standby": self._standby,
            "fanout": self._fan_outs,
            "stream": self._streams,
            "push": self._pushes,
            "promote": self._promote,
            "vault": self._vault,
            "paint": self._paint,
            "accounts": self._accounts,
            "import": self._imports,
        }
        try:
            if set(self._options.parts) - _NEED_NO_TOWN:
                await self._seed()
            for name, measure in parts.items():
                if name in self._options.parts:
                    await measure()
        finally:
            self._network.stop()
        return self._figures

    async def _seed(self) -> None:
        size, began = self._options.size, time.perf_counter()
        self._tell(f"{size.people} people and {size.posts} posts move in, through the API")
        self._town.people()
        self._network.start()
        await self._town.settle()
        await self._meter.settle(60)
        self._network.stop()
        if self._cluster:
            self._cluster.vacuum()
        self._tell(f"that took {time.perf_counter() - began:.0f} s")

    async def _starts(self) -> None:
        """Start, look at the memory, read a first home, stop."""
        town, figures = self._town, self._figures
        for _ in range(self._options.restarts):
            figures.start_seconds.append(self._network.start())
            figures.start_cpu_seconds.append(cpu_seconds(self._network.pids))
            await asyncio.sleep(1)
            idle = memory(self._network.pids)
            figures.idle_bytes, figures.idle_private_bytes = idle.resident, idle.private
            connection = Connection(self._network.port)
            await connection.open()
            figures.first_home_ms.append(await _home_ms(connection, town.tokens[READER]))
            figures.first_homes_ms = [await _home_ms(connection, town.tokens[reader]) for reader in town.plan.readers]
            connection.close()
            figures.stop_seconds.append(self._network.stop())

    async def _reads(self) -> None:
        self._network.start()
        scenes = Scenes(self._town, self._folder)
        home = scenes.home()
        ceiling, same = await self._ceiling(home)
        ceiling.start()
        try:
            await self._against_ceiling(home, Meter(ceiling, None), same)
        finally:
            ceiling.stop()
        for scene in (scenes.homes(), *scenes.others()):
            await self._read(scene)
        loaded = memory(self._network.pids)
        self._figures.loaded_bytes, self._figures.loaded_private_bytes = loaded.resident, loaded.private
        self._network.stop()

    async def _read(self, scene: Scene) -> None:
        self._tell(f"read: {scene.what}")
        await scene.check(self._network.port)
        for clients in self._options.clients:
            passes = [
                await self._meter.read(scene, clients=clients, seconds=self._options.seconds)
                for _ in range(self._options.passes)
            ]
            self._keep(scene.what, clients, scene.sizes, passes)

    async def _searches(self) -> None:
        """Search only, unless it was measured with all that is read."""
        if "read" in self._options.parts:
            return
        self._network.start()
        await self._read(next(each for each in Scenes(self._town, self._folder).others() if each.what == "search"))
        self._network.stop()

    async def _ceiling(self, home: Scene) -> tuple[Process, Scene]:
        """Prepare the server that answers the same bytes from memory, and the same requests for it."""
        await home.check(self._network.port)
        question = home.questions[0]
        connection = Connection(self._network.port)
        answer = await connection.ask("GET", question.path, token=question.token)
        connection.close()
        file = self._folder / "ceiling.answer"
        file.write_bytes(msgspec.msgpack.encode(Canned(answer.headers, answer.body)))
        port = free_port()
        command = ["-m", "palabre.bench.ceiling", str(file), str(port)]
        process = Process(port, command, self._folder / "ceiling.log", {})
        scene = Scene("ceiling", home.questions, home.requests)
        scene.sizes = [answer.size]
        return process, scene

    async def _against_ceiling(self, home: Scene, above: Meter, same: Scene) -> None:
        """Measure home and ceiling in turn, so that both meet the same neighbours on the machine."""
        for clients in self._options.clients:
            self._tell(f"read: home and the ceiling, {clients} clients")
            pairs = []
            for _ in range(self._options.passes):
                seconds = self._options.seconds
                best = await above.read(same, clients=clients, seconds=seconds)
                pairs.append((best, await self._meter.read(home, clients=clients, seconds=seconds)))
            self._keep(same.what, clients, same.sizes, [pair[0] for pair in pairs])
            self._keep(home.what, clients, home.sizes, [pair[1] for pair in pairs])

    def _keep(self, what: str, clients: int, sizes: Sequence[int], passes: list[Pass]) -> None:
        size = sum(sizes) // len(sizes) if sizes else 0
        self._figures.measured.append(Measured(what=what, clients=clients, bytes=size, passes=passes))

    async def _posts(self) -> None:
        self._network.start()
        kinds = (
            Writing(self._town, self._folder),
            Writing(self._town, self._folder, plain=True, what="plain posting"),
        )
        for writing in kinds:
            self._tell(writing.what)
            await writing.measure(
                self._meter, clients=POSTING_CLIENTS, seconds=1
            )  # what the first posts load and plan
            for clients in self._options.clients:
                passes = [
                    await writing.measure(self._meter, clients=clients, seconds=self._options.seconds)
                    for _ in range(self._options.passes)
                ]
                self._keep(writing.what, clients, [], passes)
        self._network.stop()

    async def _store(self) -> None:
        """Write without HTTP: for the file only, whose writer is in the same process."""
        if self._cluster:
            return
        self._tell(f"the store alone, {POSTING_CLIENTS} writers")
        command = ["-m", "palabre.bench.store_alone", str(self._network.folder), str(self._options.seconds)]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=asyncio.subprocess.PIPE, env=self._network.environment
        )
        said, _ = await process.communicate()
        self._figures.store_alone = msgspec.json.decode(said, type=StoreAlone)

    async def _standby(self) -> None:
        """Post with and without a standby: SQLite's log is what it follows."""
        if self._cluster:
            return
        self._figures.measured += await standby.measure(
            self._network,
            Writing(self._town, self._folder, what="posting"),
            next(scene for scene in Scenes(self._town, self._folder).others() if scene.what == "one post"),
            seconds=self._options.seconds,
            passes=self._options.passes,
            tell=lambda what: self._tell(f"standby: {what}"),
        )

    async def _fan_outs(self) -> None:
        options, town = self._options, self._town
        people = options.size.people
        authors = [people // 3 + number for number in range(len(options.followers))]
        self._tell(f"{max(options.followers)} followers move in")
        tokens = crowd.gather(
            self._network.folder,
            self._network.database,
            [town.plan.names[author] for author in authors],
            options.followers,
            options.reading,
        )
        if self._cluster:
            self._cluster.vacuum()
        self._network.start()
        await self._meter.settle(600)
        for author, followers in zip(authors, options.followers, strict=True):
            self._tell(f"fan-out to {followers}")
            self._figures.fan_outs.append(
                await fanout.measure(
                    self._network,
                    town.tokens[author],
                    tokens[: min(followers, options.reading)],
                    Writing(town, self._folder, what=f"writing beside {followers}"),
                    followers=followers,
                    rounds=options.fan_out_rounds,
                    seconds=options.fan_out_seconds,
                )
            )
        self._network.stop()

    async def _streams(self) -> None:
        options, town = self._options, self._town
        idle, active = options.idle_listeners, options.active_listeners
        self._tell(f"{idle + active} listeners move in")
        author = options.size.people // 2
        tokens = crowd.gather(
            self._network.folder,
            self._network.database,
            [town.plan.names[author]],
            [idle + active],
            idle + active,
            name="listener",
        )
        if self._cluster:
            self._cluster.vacuum()
        self._network.start()
        await self._meter.settle(600)
        self._tell(f"live updates for {idle} idle and {active} active listeners")
        allow_files()
        self._figures.streaming = await streams.measure(
            self._network, town.tokens[author], tokens, idle=idle, rounds=options.stream_rounds
        )
        self._network.stop()

    async def _pushes(self) -> None:
        town, people = self._town, self._options.size.people
        author = people - 1
        tokens = town.tokens[1 : 1 + min(self._options.devices, people - 2)]
        self._tell(f"web push to {len(tokens)} devices")
        self._network.environment["PALABRE_PUSH_ANYWHERE"] = "on"  # to a push service on this machine
        self._network.start()
        size, passes = await pushes.measure(
            self._meter, town.tokens[author], town.ids[author], tokens, rounds=self._options.push_rounds
        )
        self._keep("web push", len(tokens), [size], passes)
        self._network.stop()
        del self._network.environment["PALABRE_PUSH_ANYWHERE"]

    async def _accounts(self) -> None:
        """Make accounts by command; last, as they would be in the way of what is measured before."""
        self._tell(f"{self._options.accounts} accounts by one command")
        self._figures.accounts = await asyncio.to_thread(arrivals.accounts, self._network, self._options.accounts)

    async def _imports(self) -> None:
        self._figures.imports = await asyncio.to_thread(
            arrivals.imports,
            self._network,
            self._folder,
            posts=self._options.import_posts,
            pictures=self._options.import_pictures,
            sentence=self._town.plan.sentence,
            tell=self._tell,
        )

    async def _promote(self) -> None:
        """Promote standbys of SQLite's log: PostgreSQL's are promoted by Patroni, which the drills measure."""
        if self._cluster:
            return
        self._figures.promotion = await promoted.measure(
            self._folder,
            size=self._options.large_bytes,
            passes=self._options.passes,
            tell=lambda what: self._tell(f"promote: {what}"),
        )

    async def _vault(self) -> None:
        """Follow and restore a file; for PostgreSQL there is ``palabre drill restore``."""
        if self._cluster:
            return
        self._figures.vaulting = await vaulted.measure(
            self._folder,
            size=self._options.large_bytes,
            rate=POSTING_RATE,
            seconds=self._options.vault_seconds,
            passes=self._options.passes,
            tell=lambda what: self._tell(f"vault: {what}"),
        )

    async def _paint(self) -> None:
        """Open pages in a browser; which database is behind them makes no difference there."""
        if self._cluster:
            return
        program = chromium.program()
        if program is None:
            self._tell("paint: there is no Chromium on this machine, so nothing is measured")
            return
        self._figures.painted = await paint.measure(
            self._folder,
            program,
            passes=self._options.passes,
            most=self._options.painted_pages,
            tell=lambda what: self._tell(f"paint: {what}"),
        )


async def _home_ms(connection: Connection, token: str) -> float:
    began = time.perf_counter()
    await connection.expect("GET", "/api/v1/timelines/home", token=token)
    return (time.perf_counter() - began) * 1e3


def machine() -> str:
    """Say what this machine is, without its name."""
    cpu = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    pages, page = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return (
        f"{os.cpu_count()} processors {cpu}, {pages * page / 2**30:.0f} GiB of memory, "
        f"{platform.system()} {platform.release().partition('-')[0]}, Python {platform.python_version()}"
    )
