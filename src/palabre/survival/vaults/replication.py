"""PostgreSQL's replication protocol, as far as a vault needs it: the log as it grows, and a copy of the cluster.

It is spoken through libpq, which psycopg brings along: no program of PostgreSQL has to be on this machine, nothing
is written to a disk in clear, and the log is here as soon as it is durable there. The messages are described in
PostgreSQL's manual under "Streaming Replication Protocol".

What is streamed is held by a slot that lives as long as the connection, and moves on with what came here, not with
what is in the vaults: one that is away must not let the log of the database grow without bound.
"""

from __future__ import annotations

import contextlib
import select
import struct
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg
from psycopg import pq

from palabre import clock
from palabre.ids import random_name
from palabre.store.replication import VAULT
from palabre.survival.vaults.errors import CannotFollow

_EPOCH = 946_684_800_000_000
"""PostgreSQL counts microseconds from the year 2000."""
_LONGEST = 0.5
_TELL_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_LINK: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""So that a database that has vanished is noticed in seconds."""
_BEFORE_DATA = 25
_ANSWER_NOW = 17
"""Where a sign of life says that it wants one back."""
_GONE = b"58P01"
_NAME = VAULT


class Identity(NamedTuple):
    """Which cluster it is, and where its log ends."""

    system: str
    timeline: int
    end: int
    segment: int
    counts: bool
    """Whether a commit might wait for this connection, as if it were a standby."""


class LogGone(Exception):  # noqa: N818 - an answer, not a fault
    """The cluster does not have this part of its log any more."""


class Start(NamedTuple):
    """Where the log has to be read from to make a copy of the cluster consistent."""

    at: int
    timeline: int


def lsn(text: str) -> int:
    """Read a place in the log as PostgreSQL writes it, like 0/16B3748."""
    high, _, low = text.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def lsn_text(place: int) -> str:
    """Write a place in the log as PostgreSQL does."""
    return f"{place >> 32:X}/{place & 0xFFFFFFFF:X}"


class Replication:
    """A connection that speaks the replication protocol; nothing waits inside libpq, which would hold up others."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            CannotFollow: it cannot be reached, or the role may not replicate.

        """
        with _explained():
            self._connection = psycopg.connect(
                url, autocommit=True, replication="true", application_name=_NAME, **_LINK
            )
        self._line = self._connection.pgconn

    def _result(self) -> pq.abc.PGresult | None:
        return _answer(self._line, _ANSWER_SECONDS)

    def _expect(self, *expected: pq.ExecStatus, seconds: float | None = _ANSWER_SECONDS) -> pq.abc.PGresult:
        result = _answer(self._line, seconds)
        if result is None or result.status not in expected:
            raise CannotFollow(problem=_said(result))
        return result

    def _row(self, command: bytes) -> list[str]:
        self._line.send_query(command)
        row = self._expect(pq.ExecStatus.TUPLES_OK)
        self._result()
        return [(row.get_value(0, column) or b"").decode() for column in range(row.nfields)]

    def identify(self) -> Identity:
        """Ask which cluster it is.

        Raises:
            CannotFollow: the connection was lost.

        """
        with _explained():
            system, timeline, end, *_ = self._row(b"IDENTIFY_SYSTEM")
            segment = self._row(b"SHOW wal_segment_size")[0]
            names = self._row(b"SHOW synchronous_standby_names")[0]
        factor = {"kB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}[segment[-2:]]
        return Identity(system, int(timeline), lsn(end), int(segment[:-2]) * factor, "*" in names or _NAME in names)

    def hold(self) -> str:
        """Let the cluster keep its log from now on, as long as this connection lives; return the name of the slot.

        Raises:
            CannotFollow: there may be no more slots.

        """
        name = f"{_NAME}_{random_name()[:12]}"
        with _explained():
            self._row(f"CREATE_REPLICATION_SLOT {name} TEMPORARY PHYSICAL RESERVE_WAL".encode())
        return name

    def stream(
        self,
        start: int,
        timeline: int,
        take: Callable[[int, bytes], None],
        alive: Callable[[], bool],
        *,
        slot: str = "",
    ) -> None:
        """Hand on the log from ``start`` on as it becomes durable, until ``alive`` says no.

        Raises:
            LogGone: it does not reach back so far any more.
            CannotFollow: the connection was lost.

        """
        with _explained():
            held = f"SLOT {slot} " if slot else ""
            self._line.send_query(f"START_REPLICATION {held}PHYSICAL {lsn_text(start)} TIMELINE {timeline}".encode())
            self._expect(pq.ExecStatus.COPY_BOTH)
            end, told = start, 0.0
            while alive():
                size, data = self._line.get_copy_data(1)
                if size > 0:
                    message = bytes(data)
                    if message[:1] == b"w":
                        begin = int.from_bytes(message[1:9], "big")
                        take(begin, message[_BEFORE_DATA:])
                        end = begin + len(message) - _BEFORE_DATA
                    elif message[:1] == b"k" and message[_ANSWER_NOW]:
                        told = 0.0
                elif size == 0:
                    _wait(self._line)
                else:
                    self._ended()
                if clock.monotonic() - told >= _TELL_SECONDS:
                    self._tell(end, done=end if slot else 0)
                    told = clock.monotonic()

    def _tell(self, end: int, *, done: int) -> None:
        """Say what is here, and what the slot need not hold any more."""
        now = clock.now() * 1_000 - _EPOCH
        self._line.put_copy_data(b"r" + struct.pack(">qqqqB", end, done, 0, now, 0))
        self._line.flush()

    def _ended(self) -> None:
        result = self._result()
        if result is not None and result.error_field(pq.DiagnosticField.SQLSTATE) == _GONE:
            raise LogGone
        raise CannotFollow(problem=_said(result))

    def base_backup(self) -> Iterator[Start | bytes | int]:
        """Copy the cluster: first where its log begins, then pieces of a tar archive, in the end where its log ends.

        Raises:
            CannotFollow: it cannot be copied.

        """
        with _explained():
            self._line.send_query(
                b"BASE_BACKUP (LABEL 'palabre', CHECKPOINT 'fast', WAL false, WAIT false, MANIFEST 'no')"
            )
            begun = self._expect(pq.ExecStatus.TUPLES_OK, seconds=None)  # a checkpoint comes first
            yield Start(lsn((begun.get_value(0, 0) or b"").decode()), int(begun.get_value(0, 1) or b"0"))
            if self._expect(pq.ExecStatus.TUPLES_OK).ntuples != 1:
                raise CannotFollow(problem="the cluster has tablespaces of its own, which a vault cannot hold")
            self._expect(pq.ExecStatus.COPY_OUT)
            while True:
                size, data = self._line.get_copy_data(1)
                if size < 0:
                    break
                if size == 0:
                    _wait(self._line)
                    continue
                message = bytes(data)
                if message[:1] == b"d":
                    yield message[1:]
            ended = self._expect(pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK, seconds=None)
            if ended.status == pq.ExecStatus.COMMAND_OK:  # only says that the copying ended
                ended = self._expect(pq.ExecStatus.TUPLES_OK, seconds=None)
            yield lsn((ended.get_value(0, 0) or b"").decode())

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


def _answer(line: pq.abc.PGconn, seconds: float | None) -> pq.abc.PGresult | None:
    """Wait for the next answer; ``None`` after the last one."""
    deadline = None if seconds is None else clock.monotonic() + seconds
    while line.is_busy():
        if deadline is not None and clock.monotonic() > deadline:
            raise CannotFollow(problem="it does not answer")
        _wait(line)
    return line.get_result()


def _wait(line: pq.abc.PGconn) -> None:
    line.flush()
    select.select([line.socket], [], [], _LONGEST)
    line.consume_input()


def _said(result: pq.abc.PGresult | None) -> str:
    return _first_line(result.get_error_message()) if result is not None else "the connection was lost"


def _first_line(text: str) -> str:
    line = text.strip().partition("\n")[0]
    if "replication" in line.lower():
        line += " (what to do: docs/how-to/use-postgresql.md)"
    return line or "the connection was lost"


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise CannotFollow(problem=_first_line(str(error))) from error


class Asking:
    """An ordinary connection, on which one thing is asked again and again."""

    def __init__(self, url: str) -> None:
        """Connect.

        Raises:
            CannotFollow: it cannot be reached.

        """
        with _explained():
            self._connection = psycopg.connect(url, autocommit=True, **_LINK)

    def durable_until(self) -> int:
        """Ask how far the log is durable: whatever was acknowledged is before that.

        Raises:
            CannotFollow: there is no answer, or this is a standby.

        """
        line = self._connection.pgconn
        with _explained():
            line.send_query(b"SELECT pg_current_wal_flush_lsn()")
            found = _answer(line, _ANSWER_SECONDS)
            if found is None or found.status != pq.ExecStatus.TUPLES_OK:
                raise CannotFollow(problem=_said(found))
            _answer(line, _ANSWER_SECONDS)
        return lsn((found.get_value(0, 0) or b"").decode())

    def close(self) -> None:
        """Hang up."""
        self._connection.close()
