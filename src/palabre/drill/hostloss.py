"""The loss of a host, rehearsed on this machine: a primary, a standby, a lease, members who post all the time.

After each round the old primary comes back as a standby, so the next round is the loss of the other one.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import msgspec

from palabre import clock
from palabre.bench.process import workplace
from palabre.drill.figures import Round, report_of
from palabre.drill.host import Broken, Host
from palabre.drill.load import Ledger, Load, Target, count_posts, missing, until
from palabre.drill.relay import Link, Relay, Way
from palabre.survival.drills import DrillReport
from palabre.survival.state import Part
from palabre.survival.vaults.places import options as address_options

KINDS: Final = ("kill", "pause", "partition", "isolation", "pause-partition", "disk")
"""``kill``: SIGKILL, and a restart without being asked. ``pause``: SIGSTOP, and SIGCONT when the other leads.
``partition``: cut off from the standby and the lease, members still reach it. ``isolation``: from members too.
``pause-partition``: both. ``disk``: its folder is removed under it."""

_READY_SECONDS: Final = 60.0
_TAKEOVER_SECONDS: Final = 60.0
_FENCE_SECONDS: Final = 20.0
_REJOIN_SECONDS: Final = 60.0
_AFTER_SECONDS: Final = 1.0
_LOOK: Final = 0.1
_MEMBERS: Final = 12


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """How it is rehearsed."""

    rounds: int = 1
    kinds: tuple[str, ...] = KINDS
    clients: int = 24
    rate: float = 250.0
    """Posts a second that members try to write."""
    lease: str = ""
    """Where the lease lies: an ``s3://`` store over http, or nothing for a folder of the drill's own."""
    lease_seconds: float = 8.0
    standby_seconds: float = 5.0
    rto_limit: float = 15.0
    """The longest that 95 of 100 losses may last, in seconds."""
    writes_limit: float = 200.0
    """The least that members write a second before 95 of 100 losses."""
    seed: int | None = None
    steady: tuple[float, float] = (2.0, 4.0)
    """Each round begins with so many seconds, by chance, in which nothing happens."""


async def run(options: Options, tell: Callable[[str], None]) -> DrillReport:
    """Rehearse; ``tell`` hears of each round. What was made for it is removed afterwards.

    Raises:
        Broken: the drill itself could not be set up.

    """
    began, started = clock.now(), time.monotonic()
    problems: list[str] = []
    rounds: list[Round] = []
    repeated = 0
    with workplace() as folder:
        async with _stage(folder, options) as stage:
            load = Load(stage.targets, stage.tokens, clients=options.clients, rate=options.rate)
            async with load:
                for number in range(options.rounds):
                    one = await stage.round(number, load)
                    rounds.append(one)
                    tell(_line(number, options.rounds, one))
                    if one.problem:
                        break
            with contextlib.suppress(OSError, EOFError):
                repeated = await _repeated(stage.targets[load.lead], load.ledger)
                lost = await missing(stage.targets[load.lead], load.ledger.writes)
                if lost and not any(one.lost for one in rounds):
                    rounds[-1].lost = len(lost)
            problems += [f"{count} answers with status {status}" for status, count in load.ledger.strange.items()]
    return report_of(
        "host-loss",
        began,
        time.monotonic() - started,
        rounds,
        rto_limit=options.rto_limit,
        writes_limit=options.writes_limit,
        problems=problems,
        repeated=repeated,
        where="this machine",
        lease="folder" if not options.lease else "s3",
        lease_seconds=options.lease_seconds,
        clients=options.clients,
        rate=options.rate,
        seed=stage.seed,
    )


def _line(number: int, rounds: int, one: Round) -> str:
    rto = "never" if one.rto_seconds is None else f"after {one.rto_seconds:.1f} s"
    return (
        f"{number + 1}/{rounds} {one.kind}: back {rto}, {one.lost} of {one.acknowledged} lost, "
        f"{one.double_primaries} double, {one.writes_per_second:.0f} writes/s, {one.seconds:.0f} s"
        + (f"; {one.problem}" if one.problem else "")
    )


async def _repeated(target: Target, ledger: Ledger) -> int:
    """Count posts beyond those that members began to write: a repeated request that made a second post."""
    return sum([max(0, await count_posts(target, token) - most) for token, most in ledger.attempted.items()])


class _Stage:
    """Two hosts, the ways between them, and the ways to the lease."""

    def __init__(self, options: Options, hosts: tuple[Host, Host], between: tuple[Relay, Relay]) -> None:
        self._options = options
        self._hosts = hosts
        self._between = between
        self._to_lease: list[Way] = []
        self.tokens: list[str] = []
        self.seed = options.seed if options.seed is not None else time.time_ns() % 1_000_000
        self._chance = random.Random(self.seed)
        self.targets = [Target("127.0.0.1", host.port, tls=False, name="localhost") for host in hosts]

    def ways_to_lease(self, ways: list[Way]) -> None:
        self._to_lease = ways

    async def start(self) -> None:
        """Let the first lead and the second follow."""
        first, second = self._hosts
        await first.command("init", "--origin", first.origin, "--yes")
        self.tokens = [member.token for member in await first.members([f"member{n}" for n in range(_MEMBERS)])]
        first.serve()
        await self._serving(0)
        await self._join(1, with_token=True)
        second.serve()
        await self._in_step(0)

    async def _serving(self, which: int) -> None:
        target = self.targets[which]

        async def ready() -> bool:
            connection = target.connection()
            try:
                return (await connection.ask("GET", "/health/writable")).status == 200
            except (OSError, EOFError):
                return False
            finally:
                connection.close()

        deadline = time.monotonic() + _READY_SECONDS
        while not await ready():
            if time.monotonic() > deadline:
                raise Broken(f"{self._hosts[which].name} does not serve:\n{self._hosts[which].said()}")
            await asyncio.sleep(_LOOK)

    async def _join(self, which: int, *, with_token: bool) -> None:
        host, other = self._hosts[which], self._hosts[1 - which]
        words = ["standby", "join", f"127.0.0.1:{self._between[1 - which].port}", "--once", "--yes"]
        if with_token:
            words += ["--token", msgspec.json.decode(await other.command("standby", "invite", "--json"))["token"]]
        await host.command(*words)

    async def _in_step(self, leader: int) -> None:
        if not await until(lambda: self._hosts[leader].has_standby, _REJOIN_SECONDS):
            said = "\n".join(host.said() for host in self._hosts)
            raise Broken(f"no standby came in step within {_REJOIN_SECONDS} s:\n{said}")

    # A round

    async def round(self, number: int, load: Load) -> Round:
        """Lose the host that leads, wait for the other, let the lost one come back, and count."""
        kinds = self._options.kinds
        kind = kinds[number % len(kinds)] if number < len(kinds) else self._chance.choice(kinds)
        one = Round(kind=kind)
        began = time.monotonic()
        old, new = load.lead, 1 - load.lead
        ledger = load.ledger
        since = len(ledger.writes)
        try:
            steady = self._chance.uniform(*self._options.steady)
            await asyncio.sleep(steady)
            one.writes_per_second = round((len(ledger.writes) - since) / steady, 1)
            lost_at, paused_at = await self._lose(kind, old, load)
            one.rto_seconds = round(await self._taken_over(ledger, new, since=since) - lost_at, 2)
            await asyncio.sleep(_AFTER_SECONDS)
            await self._return(kind, old, load, one)
            await asyncio.sleep(_AFTER_SECONDS)
            late = ledger.late(old, new, since=since)
            one.late_answers = sum(paused_at is not None and write.sent <= paused_at for write in late)
            one.double_primaries = len(late) - one.late_answers
            load.lead = new  # also for those who asked nobody else
            joining = time.monotonic()
            await self._rejoin(kind, old)
            one.set_aside = self._tidy(old)
            one.rejoin_seconds = round(time.monotonic() - joining, 1)
            mine = ledger.writes[since:]
            one.lost, one.acknowledged = len(await missing(self.targets[new], mine)), len(mine)
        except Broken as broken:
            one.problem = str(broken)
            one.acknowledged = one.acknowledged or len(ledger.writes) - since
        one.seconds = round(time.monotonic() - began, 1)
        return one

    async def _taken_over(self, ledger: Ledger, new: int, *, since: int) -> float:
        """Return when the other acknowledged its first write."""
        await until(lambda: ledger.first(new, since=since), _TAKEOVER_SECONDS)
        first = ledger.first(new, since=since)
        if first is None:
            raise Broken(f"the standby did not take over:\n{self._hosts[new].said()}")
        return first.heard

    async def _lose(self, kind: str, which: int, load: Load) -> tuple[float, float | None]:
        """Destroy; return when, and when it was paused."""
        host = self._hosts[which]
        lost_at = time.monotonic()
        paused_at: float | None = None
        if kind in {"pause", "pause-partition"}:
            host.signal(signal.SIGSTOP)
            paused_at = time.monotonic()
        if kind in {"partition", "isolation", "pause-partition"}:
            self._between[which].cut()
            self._to_lease[which].cut()
        if kind == "isolation":
            load.unreachable.add(which)
        if kind == "kill":
            await host.end()
        if kind == "disk":
            await asyncio.to_thread(shutil.rmtree, host.folder, ignore_errors=True)
            await asyncio.sleep(self._chance.uniform(0, 1))
            await host.end()
        return lost_at, paused_at

    async def _return(self, kind: str, which: int, load: Load, one: Round) -> None:
        """Let the old primary come back as if nothing had happened: it has to learn that it was replaced."""
        host = self._hosts[which]
        if kind == "disk":
            return
        if kind == "kill":
            host.serve()
        host.signal(signal.SIGCONT)
        self._between[which].heal()
        self._to_lease[which].heal()
        load.unreachable.discard(which)
        one.fenced = await until(lambda: host.is_fenced, _FENCE_SECONDS)
        if not one.fenced:
            raise Broken(f"the old primary did not learn that it was replaced:\n{host.said()}")

    async def _rejoin(self, kind: str, which: int) -> None:
        host, other = self._hosts[which], self._hosts[1 - which]
        await host.end()
        before = {peer.name for peer in Part(other.folder).peers()} if kind == "disk" else set()
        if kind == "disk":
            shutil.rmtree(host.folder, ignore_errors=True)
        await self._join(which, with_token=kind == "disk")
        host.serve()
        for name in before:
            await other.command("standby", "remove", name, "--yes")  # the server that is gone
        await self._in_step(1 - which)

    def _tidy(self, which: int) -> int:
        """Remove what the old primary kept aside, a whole database each time; return how many facts were in it."""
        facts = 0
        for folder in (self._hosts[which].folder / "survival").glob("aside-*"):
            facts += sum(msgspec.json.decode((folder / "report.json").read_bytes())["facts"].values())
            shutil.rmtree(folder)
        return facts

    async def stop(self) -> None:
        """End everything."""
        for host in self._hosts:
            await host.end()
        for way in (*self._between, *self._to_lease):
            if isinstance(way, Relay):
                await way.stop()


@contextlib.asynccontextmanager
async def _stage(folder: Path, options: Options) -> AsyncIterator[_Stage]:
    place = folder / "place"
    place.mkdir()
    relays: list[Relay] = []
    ways: list[Way] = []
    addresses: list[str] = []
    for number in range(2):
        if options.lease:
            relay, address = await _relayed(options.lease)
            relays.append(relay)
            ways.append(relay)
            addresses.append(address)
        else:
            ways.append(Link(folder / f"way{number}", place))
            addresses.append(f"folder:{folder / f'way{number}'}")
    usual: dict[str, object] = {"lease_seconds": options.lease_seconds, "standby_seconds": options.standby_seconds}
    first = Host(folder / "one", {**usual, "lease": addresses[0]})
    second = Host(folder / "two", {**usual, "lease": addresses[1]}, origin=first.origin)
    between = (
        await Relay("127.0.0.1", first.standby_port).start(),
        await Relay("127.0.0.1", second.standby_port).start(),
    )
    stage = _Stage(options, (first, second), between)
    stage.ways_to_lease(ways)
    try:
        await stage.start()
        yield stage
    finally:
        await stage.stop()


async def _relayed(address: str) -> tuple[Relay, str]:
    """Return a relay in front of an S3 store, and the store's address by way of it; each drill has its own lease."""
    parts = urlsplit(address)
    endpoint = urlsplit(address_options(address).get("endpoint", ""))
    if endpoint.scheme != "http" or not endpoint.hostname:
        raise Broken("the lease of a drill on this machine is a store with an endpoint that begins with http://")
    relay = await Relay(endpoint.hostname, endpoint.port or 80).start()
    query = parts.query.replace(address_options(address)["endpoint"], f"http://127.0.0.1:{relay.port}")
    return relay, urlunsplit(parts._replace(query=query, path=parts.path.rstrip("/")))


def unique(address: str) -> str:
    """Return an address below ``address`` that no other drill uses."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/drill-{time.time_ns()}"))
