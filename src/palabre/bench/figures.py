"""What was measured, and what must have been."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import NamedTuple

import msgspec

POSTING_CLIENTS = 64
POSTING_RATE = 50.0
"""Posts a second under which a vault has to keep up."""
READING_CLIENTS = 16
"""At which the promises about processor time are judged: no idle waiting, no long queue."""


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """One load at one number of clients."""

    requests: int
    cpu_ms: float
    """Of the server, a request."""
    database_ms: float
    """Of PostgreSQL's processes, a request; 0 with SQLite, which is part of the server."""
    per_second: float
    p50_ms: float
    p99_ms: float


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Several passes of the same."""

    what: str
    clients: int
    bytes: int
    """Of an answer with its headers."""
    passes: list[Pass]

    def _middle(self, name: str) -> float:
        return float(median(getattr(each, name) for each in self.passes))

    @property
    def cpu_ms(self) -> float:
        """Return the processor time of server and database together, a request, in ms."""
        return float(median(each.cpu_ms + each.database_ms for each in self.passes))

    @property
    def database_ms(self) -> float:
        """Return the database's part of it."""
        return self._middle("database_ms")

    @property
    def per_second(self) -> float:
        """Return the requests answered in a second."""
        return self._middle("per_second")

    @property
    def p50_ms(self) -> float:
        """Return the time that half of the answers took at most."""
        return self._middle("p50_ms")

    @property
    def p99_ms(self) -> float:
        """Return the time that 99 of 100 answers took at most."""
        return self._middle("p99_ms")


class FanOut(msgspec.Struct, frozen=True, kw_only=True):
    """Posts of somebody whom many follow."""

    followers: int
    reading: int
    seen_ms: list[float]
    """For each post, from sending it until the last reader of a sample had it."""
    writers_p99_ms: float
    writers_per_second: float

    @property
    def middle_ms(self) -> float:
        """Return the usual time until the last reader sees it."""
        return float(median(self.seen_ms))


class Streaming(msgspec.Struct, frozen=True, kw_only=True):
    """What listeners to live updates cost."""

    idle: int
    active: int
    open_seconds: float
    """Until all were connected."""
    before_bytes: int
    bytes: int
    """With all of them connected, and all having been told of posts."""
    home_ms: list[float]
    """For each post, from sending it until the last of the active had it in his home stream."""
    public_ms: list[float]
    """Until the last of as many as were idle had it in the public stream."""


class StoreAlone(msgspec.Struct, frozen=True, kw_only=True):
    """Posts written without HTTP."""

    per_second: float
    p50_ms: float
    p99_ms: float


class Arrived(msgspec.Struct, frozen=True, kw_only=True):
    """Accounts made by one command."""

    count: int
    seconds: float


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """An archive that was imported by command."""

    source: str
    posts: int
    pictures: int
    seconds: float
    cpu_seconds: float
    """Of the command and of the processes that read and drew for it, without PostgreSQL's."""


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    """A standby of a large network that takes over by hand."""

    bytes: int
    """Of the database."""
    seconds: list[float]
    """Each time, from asking for it until the folder was a primary's, as the command says."""
    first_write_seconds: list[float]
    """From starting the command until the new server acknowledged a post: what members see."""


class Vaulting(msgspec.Struct, frozen=True, kw_only=True):
    """A large network with a folder as its vault."""

    bytes: int
    """Of the database that was restored."""
    snapshot_seconds: float
    rate: float
    """Posts a second that members tried to write meanwhile."""
    acknowledged: int
    lag_seconds: list[float]
    """How far behind the vault was, each quarter of a second."""
    restore_seconds: list[float]


class Painted(msgspec.Struct, frozen=True, kw_only=True):
    """A page that was opened by a browser which has been nowhere, on a processor slowed down four times."""

    page: str
    known: bool
    """By a member who is signed in."""
    window: str
    """``phone`` or ``wide``."""
    ms: list[float]
    """Each time, from asking for the page until its largest part was painted."""
    shift: float
    """How far what was painted moved afterwards, at worst (cumulative layout shift); 0 is nothing."""
    largest: str
    """Which part that was: its tag and classes."""

    @property
    def middle_ms(self) -> float:
        """Return the usual time until the largest part is painted."""
        return float(median(self.ms))


class Figures(msgspec.Struct, kw_only=True):
    """All that one database showed."""

    database: str
    version: str
    start_seconds: list[float] = []
    start_cpu_seconds: list[float] = []
    stop_seconds: list[float] = []
    idle_bytes: int = 0
    idle_private_bytes: int = 0
    loaded_bytes: int = 0
    loaded_private_bytes: int = 0
    first_home_ms: list[float] = []
    """After each restart, the reader's first home."""
    first_homes_ms: list[float] = []
    """After the last restart, the first home of each further reader."""
    measured: list[Measured] = []
    store_alone: StoreAlone | None = None
    fan_outs: list[FanOut] = []
    streaming: Streaming | None = None
    accounts: Arrived | None = None
    imports: list[Imported] = []
    promotion: Promotion | None = None
    vaulting: Vaulting | None = None
    painted: list[Painted] = []

    def find(self, what: str, clients: int) -> Measured | None:
        """Return what was measured under a name."""
        return next((each for each in self.measured if each.what == what and each.clients == clients), None)

    def ratio(self, clients: int) -> float | None:
        """Return which part of the ceiling home reaches by processor time, pass against neighbouring pass."""
        home, ceiling = self.find("home", clients), self.find("ceiling", clients)
        if home is None or ceiling is None:
            return None
        pairs = zip(home.passes, ceiling.passes, strict=False)
        return float(median(above.cpu_ms / (own.cpu_ms + own.database_ms) for own, above in pairs))


class Report(msgspec.Struct, kw_only=True):
    """A run of the benchmark."""

    date: str
    machine: str
    load_before: float
    """Processes that wanted to run in the minute before, ours not among them."""
    load_after: float
    figures: list[Figures] = []


class Must(NamedTuple):
    """A promise about one figure."""

    what: str
    unit: str
    figure: Callable[[Figures], float | None]
    bound: float
    goal: float | None = None
    least: bool = False
    """The figure must reach the bound, not stay below it."""
    digits: int = 2

    def met(self, value: float) -> bool:
        """Tell whether it is kept."""
        return value >= self.bound if self.least else value <= self.bound


def _cpu(what: str, clients: int = READING_CLIENTS) -> Callable[[Figures], float | None]:
    def figure(figures: Figures) -> float | None:
        found = figures.find(what, clients)
        return found.cpu_ms if found else None

    return figure


def _posting(name: str) -> Callable[[Figures], float | None]:
    def figure(figures: Figures) -> float | None:
        found = figures.find("posting", POSTING_CLIENTS)
        return getattr(found, name) if found else None

    return figure


def _alone(name: str) -> Callable[[Figures], float | None]:
    return lambda figures: getattr(figures.store_alone, name) if figures.store_alone else None


def _largest(name: str) -> Callable[[Figures], float | None]:
    def figure(figures: Figures) -> float | None:
        largest = max(figures.fan_outs, key=lambda each: each.followers, default=None)
        return getattr(largest, name) if largest else None

    return figure


def _live(figures: Figures) -> float | None:
    return float(median(figures.streaming.public_ms)) if figures.streaming else None


def _live_megabytes(figures: Figures) -> float | None:
    return figures.streaming.bytes / 2**20 if figures.streaming else None


def _accounts(figures: Figures) -> float | None:
    return figures.accounts.seconds if figures.accounts else None


def _import(source: str) -> Callable[[Figures], float | None]:
    return lambda figures: next((each.seconds for each in figures.imports if each.source == source), None)


def _megabytes(figures: Figures) -> float | None:
    return figures.idle_bytes / 2**20 if figures.idle_bytes else None


def _start(figures: Figures) -> float | None:
    return float(median(figures.start_seconds)) if figures.start_seconds else None


LARGE = 10**9
"""Bytes of the database about which promises are made: those of smaller ones say nothing of it."""


def _promoted(figures: Figures) -> float | None:
    found = figures.promotion
    return float(median(found.first_write_seconds)) if found and found.bytes >= LARGE else None


def _restored(figures: Figures) -> float | None:
    found = figures.vaulting
    return float(median(found.restore_seconds)) if found and found.bytes >= LARGE else None


def _behind(figures: Figures) -> float | None:
    found = figures.vaulting
    return max(found.lag_seconds) if found and found.bytes >= LARGE and found.rate >= POSTING_RATE else None


def _paint(figures: Figures) -> float | None:
    return max((each.middle_ms for each in figures.painted), default=None)


def _shift(figures: Figures) -> float | None:
    return max((each.shift for each in figures.painted), default=None)


def _ratio(figures: Figures) -> float | None:
    ratio = figures.ratio(READING_CLIENTS)
    return None if ratio is None else ratio * 100


def _guarded(
    what: str, figure: str, clients: int, compare: Callable[[float, float], float]
) -> Callable[[Figures], float | None]:
    def compared(figures: Figures) -> float | None:
        alone = figures.find(f"{what}, alone", clients)
        guarded = figures.find(f"{what}, with a standby", clients)
        if alone is None or guarded is None:
            return None
        pairs = zip(alone.passes, guarded.passes, strict=False)
        return float(median(compare(getattr(own, figure), getattr(two, figure)) for own, two in pairs))

    return compared


def _percent(alone: float, guarded: float) -> float:
    return guarded / alone * 100


def _more(alone: float, guarded: float) -> float:
    return guarded - alone


_READS = ("local", "hashtag", "one post", "account posts", "thread of 50")
_TOLD = "notifications, CPU a request"

_EVERYWHERE = (
    *(Must(f"{what}, CPU a request", "ms", _cpu(what), 0.5) for what in _READS),
    *(Must(f"{what}, CPU a request", "ms", _cpu(what), 3.0) for what in ("search", "trends")),
    Must("largest fan-out, until the last reader sees the post", "ms", _largest("middle_ms"), 300, 100, digits=0),
    Must("5,000 listeners, until the last one hears of a post", "ms", _live, 500, digits=0),
    Must("memory with 5,000 idle and 500 active listeners", "MB", _live_megabytes, 300, digits=0),
    Must("largest fan-out, p99 of 16 other writers", "ms", _largest("writers_p99_ms"), 50, 20, digits=0),
    Must("5,000 accounts by one command", "s", _accounts, 20, digits=1),
    Must("50,000 posts and 1,000 pictures from an X archive", "s", _import("twitter"), 300, digits=0),
    Must("50,000 posts and 1,000 pictures from a Mastodon archive", "s", _import("mastodon"), 300, digits=0),
)
MUSTS: dict[str, Sequence[Must]] = {
    "sqlite": (
        Must("home, CPU a request", "ms", _cpu("home"), 0.16, 0.10, digits=3),
        Must("home, part of the ceiling reached", "%", _ratio, 25, 40, least=True, digits=0),
        Must("posting, 64 clients", "a second", _posting("per_second"), 1_500, 3_000, least=True, digits=0),
        Must("posting, 64 clients, p99", "ms", _posting("p99_ms"), 60, digits=0),
        Must("store alone, 64 writers", "posts a second", _alone("per_second"), 5_000, least=True, digits=0),
        Must("store alone, 64 writers, p99", "ms", _alone("p99_ms"), 30, digits=0),
        Must(_TOLD, "ms", _cpu("notifications"), 0.5),
        *_EVERYWHERE,
        Must(
            "posting with a standby, 64 clients, part of alone",
            "%",
            _guarded("posting", "per_second", POSTING_CLIENTS, _percent),
            60,
            least=True,
            digits=0,
        ),
        Must("posting with a standby, one client, p50 longer by", "ms", _guarded("posting", "p50_ms", 1, _more), 3),
        Must(
            "reading with a standby, CPU a request, part of alone",
            "%",
            _guarded("one post", "cpu_ms", READING_CLIENTS, _percent),
            110,
            digits=0,
        ),
        Must("memory when idle", "MB", _megabytes, 120, digits=0),
        Must("from start to the first answer", "s", _start, 1.5),
        Must("promotion of 1 GB, from the command to the first write", "s", _promoted, 2),
        Must("restore of 1 GB from a vault on this machine", "s", _restored, 60, digits=1),
        Must("largest paint of the slowest page, processor slowed 4 times", "ms", _paint, 1_000, digits=0),
        Must("layout shift of the page that moves most", "", _shift, 0, digits=4),
        Must("vault behind at 50 posts a second, at worst", "s", _behind, 5, digits=1),
    ),
    "postgresql": (
        Must("home, CPU a request, PostgreSQL's included", "ms", _cpu("home"), 0.45, digits=3),
        Must("posting, 64 clients", "a second", _posting("per_second"), 800, least=True, digits=0),
        Must(_TOLD, "ms", _cpu("notifications"), 1.5),
        *_EVERYWHERE,
    ),
}
"""For each database, what is promised."""
