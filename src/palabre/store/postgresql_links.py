"""Where PostgreSQL is: opens connections and, when the URL names several machines, finds the one that leads.

Writing goes to the machine that accepts writes. Reading prefers it too, and goes on from a standby while nobody
leads, so that a failover costs no reader an error; a thread looks for the new primary meanwhile, and whoever reads
from a standby leaves it at his next snapshot once there is one.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict

from palabre import clock

_LINK: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""So that a database that has vanished is noticed in seconds, not in hours."""
_LINK_OF_SEVERAL: dict[str, Any] = {
    "connect_timeout": 3,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 6_000,
}
"""The same where another machine can take over: there is no point in waiting long for this one."""
_SHUNNED_SECONDS = 3.0
"""How long readers who have a standby leave a machine alone that did not answer."""
_LOOK_SECONDS = 0.25
_STUCK_SECONDS = 3.0
"""How long a batch may take until somebody looks whether its machine still leads."""
_TIMELINE = "SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int"
_REPLAY_SECONDS = 3.0
"""How long a reader waits until a standby shows all that it has received."""

NOT_THE_PRIMARY = (psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.ObjectNotInPrerequisiteState)
"""What a machine objects to writes with when it has become a standby."""

_log = structlog.get_logger("store")


class Reading(NamedTuple):
    """A connection for reading."""

    connection: psycopg.Connection[Any]
    reign: int
    """Good as long as this is the reign: when it has changed, there is something better."""


def places_of(url: str) -> list[dict[str, str]]:
    """Return the machines that ``url`` names, each as the parameters that lead there."""
    given = {name: str(value or "").split(",") for name, value in conninfo_to_dict(url).items()}
    parts = {name: given[name] for name in ("host", "hostaddr", "port") if given.get(name)}
    count = max(len(parts.get("host", [""])), len(parts.get("hostaddr", [""])))
    return [
        {name: values[index if len(values) > 1 else 0] for name, values in parts.items() if len(values) in {1, count}}
        for index in range(count)
    ]


class Links:
    """Opens the connections of one process."""

    def __init__(self, url: str, *, patience: float = 0.0) -> None:
        """Open nothing yet.

        Args:
            url: of one machine, or of several of which one leads.
            patience: how many seconds whoever writes may wait for a new primary; only counts with several machines.

        """
        self._url = url
        self._places = places_of(url)
        self.several = len(self._places) > 1
        self.patience = patience if self.several else 0.0
        self.reign = 1
        """Raised whenever another primary is found, or one after none was there."""
        self.ending = threading.Event()
        """Set when the process stops: nobody waits any more."""
        self._lead = 0
        self._timeline = 0
        """PostgreSQL's count of promotions: of two that accept writes, the one with the lower count was replaced."""
        self._missed = False
        self._searching = False
        self._shunned: dict[int, float] = {}
        self._lock = threading.Lock()

    def primary(self) -> psycopg.Connection[Any]:
        """Open a connection to the machine that leads.

        Raises:
            psycopg.OperationalError: none of them takes writes now.

        """
        if not self.several:
            return self._open()
        problems = []
        for place in self._order():
            try:
                connection = self._open(**self._places[place], target_session_attrs="read-write")
            except psycopg.OperationalError as error:
                problems.append(str(error).strip().splitlines()[0])
                continue
            if self._leads(place, connection):
                return connection
            problems.append("one of them was replaced, and does not know it")
        with self._lock:
            self._missed = True
        raise psycopg.OperationalError("; ".join(problems))

    def primary_in_time(self) -> psycopg.Connection[Any]:
        """Open one as soon as there is a primary, as far as patience goes."""
        outage = Outage(self)
        while True:
            try:
                return self.primary()
            except psycopg.OperationalError:
                if not outage.waits():
                    raise

    def reading(self) -> Reading:
        """Open a connection for reading: to the primary or, if there is none, to a standby that is up to date.

        Raises:
            psycopg.OperationalError: none of them answers.

        """
        if not self.several:
            return Reading(self._open(), self.reign)
        reign, spare, problems = self.reign, None, []
        for place in self._order():
            if spare is not None and self._is_shunned(place):
                continue
            try:
                connection = self._open(**self._places[place], target_session_attrs="any")
            except psycopg.OperationalError as error:
                self._shunned[place] = clock.monotonic()
                problems.append(str(error).strip().splitlines()[0])
                continue
            if not _follows(connection) and self._leads(place, connection):
                if spare is not None:
                    spare.close()
                return Reading(connection, self.reign)
            if spare is None and not connection.closed:
                spare = connection
            else:
                connection.close()
        if spare is None:
            raise psycopg.OperationalError("; ".join(problems))
        self._search()
        _catch_up(spare)
        return Reading(spare, reign)

    def _open(self, **more: str) -> psycopg.Connection[Any]:
        parameters: dict[str, Any] = {**(_LINK_OF_SEVERAL if self.several else _LINK), **more}
        return psycopg.connect(self._url, autocommit=True, prepare_threshold=2, **parameters)

    def _order(self) -> list[int]:
        """Return the machines, the likeliest first."""
        return sorted(range(len(self._places)), key=lambda place: (self._is_shunned(place), place != self._lead))

    def _is_shunned(self, place: int) -> bool:
        return clock.monotonic() - self._shunned.get(place, -_SHUNNED_SECONDS) < _SHUNNED_SECONDS

    def _leads(self, place: int, connection: psycopg.Connection[Any]) -> bool:
        """Note that a machine accepts writes; close the connection if it does so only because it was not told."""
        try:
            row = connection.execute(_TIMELINE).fetchone()
        except psycopg.OperationalError:  # it has just stopped to lead
            row = None
        with self._lock:
            timeline = int(row[0]) if row else -1
            if timeline < self._timeline:
                connection.close()
                return False
            if place == self._lead and timeline == self._timeline and not self._missed:
                return True
            first = not self._timeline
            self._lead, self._timeline, self._missed = place, timeline, False
            self.reign += 1
        if not first:
            where = self._places[place]
            _log.warning("there is another primary", host=where.get("host"), port=where.get("port"))
        return True

    def is_replaced(self) -> bool:
        """Look whether a machine other than the last known primary leads now."""
        reign, last = self.reign, self._lead
        for place in range(len(self._places)):
            if place != last:
                try:
                    connection = self._open(**self._places[place], target_session_attrs="read-write")
                except psycopg.OperationalError:
                    continue
                if self._leads(place, connection):
                    connection.close()
        return self.reign != reign

    def _search(self) -> None:
        with self._lock:
            self._missed = True
            if self._searching:
                return
            self._searching = True
        _log.error("nobody leads: reading goes on from a standby")
        threading.Thread(target=self._look, name="palabre-primary", daemon=True).start()

    def _look(self) -> None:
        try:
            while not self.ending.wait(_LOOK_SECONDS):
                try:
                    self.primary().close()
                except psycopg.OperationalError:
                    continue
                return
        finally:
            with self._lock:
                self._searching = False


def _follows(connection: psycopg.Connection[Any]) -> bool:
    """Tell whether the machine is a standby; it says so when one connects."""
    return connection.pgconn.parameter_status(b"in_hot_standby") == b"on"


def _catch_up(connection: psycopg.Connection[Any]) -> None:
    """Wait until a standby shows all that it had received: among that is every write that was acknowledged."""
    row = connection.execute("SELECT pg_last_wal_receive_lsn()::text").fetchone()
    until = clock.monotonic() + _REPLAY_SECONDS
    while row is not None and row[0] is not None and clock.monotonic() < until:
        shown = connection.execute("SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn", [row[0]]).fetchone()
        if shown is None or shown[0]:
            return
        clock.pause(0.01)


class Vigil:
    """Ends the writer's connection when it waits on a machine that another has replaced.

    A former primary whose Patroni died accepts writes, and can finish none: its standby has left it.
    """

    def __init__(self, links: Links) -> None:
        self._links = links
        self._watched: tuple[float, psycopg.Connection[Any]] | None = None
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def over(self, connection: psycopg.Connection[Any]) -> Iterator[None]:
        """Watch what is done with ``connection`` inside."""
        if not self._links.several:
            yield
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._watch, name="palabre-vigil", daemon=True)
            self._thread.start()
        with self._lock:
            self._watched = (clock.monotonic(), connection)
        try:
            yield
        finally:
            with self._lock:
                self._watched = None

    def _watch(self) -> None:
        while not self._links.ending.wait(1.0):
            watched = self._watched
            if watched is None or clock.monotonic() - watched[0] < _STUCK_SECONDS or not self._links.is_replaced():
                continue
            with self._lock:
                if self._watched is watched:
                    _log.error("a write waited on a machine that was replaced")
                    _hang_up(watched[1])


def _hang_up(connection: psycopg.Connection[Any]) -> None:
    """End a connection that another thread waits on: it finds that the other side has gone."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)


class Outage:
    """How long nobody has led, and whether what is to be written may go on waiting."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._began: float | None = None

    def waits(self) -> bool:
        """Wait a little and return whether to try again; ``False`` when patience is at its end."""
        if self._began is None:
            self._began = clock.monotonic()
            if self._links.patience:
                _log.error("nobody leads: writes wait", seconds=self._links.patience)
        if clock.monotonic() - self._began >= self._links.patience:
            return False
        return not self._links.ending.wait(0.1)

    def over(self) -> None:
        """Note that something was written."""
        if self._began is not None:
            _log.warning("writing goes on", after_seconds=round(clock.monotonic() - self._began, 1))
            self._began = None
