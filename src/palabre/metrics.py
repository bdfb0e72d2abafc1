"""What Prometheus reads, on a loopback port of its own; gathered when it asks, so that it costs nothing otherwise."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from palabre import clock
from palabre.edge.pushing import Pushing
from palabre.edge.site import Site
from palabre.edge.stack import Requests
from palabre.jobs import dead_letters, next_run
from palabre.journal import cursors
from palabre.store.database import run_query
from palabre.store.replication import replication
from palabre.streaming.hub import Hub
from palabre.survival.alarms import CODES, alarms
from palabre.survival.state import Part
from palabre.survival.status import read_status

if TYPE_CHECKING:
    from palabre.survival.vaults.keeping import Vaults


class _Gathered(Collector):
    def __init__(
        self, site: Site, requests: Requests, read: Callable[[Callable[..., Any]], Any], vaults: Vaults | None
    ) -> None:
        self._site = site
        self._requests = requests
        self._read = read
        self._vaults = vaults

    def collect(self) -> Iterable[Metric]:
        """Look at everything now."""
        yield from self._requests_metric()
        yield from self._store()
        yield from self._memory()
        yield from self._live()
        if self._vaults is not None:
            yield from _vaults(self._vaults)
        yield from self._standbys()
        yield from self._replication()
        yield from self._alarms()

    def _requests_metric(self) -> Iterator[Metric]:
        family = CounterMetricFamily("palabre_requests", "Answers by HTTP status.", labels=["status"])
        for status, count in sorted(self._requests.by_status.items()):
            family.add_metric([str(status)], count)
        yield family

    def _store(self) -> Iterator[Metric]:
        database = self._site.db
        yield CounterMetricFamily("palabre_write_batches", "Durable commits.", value=database.batches)
        yield CounterMetricFamily("palabre_writes", "Write functions run.", value=database.written)
        yield GaugeMetricFamily("palabre_database_bytes", "Size of the database.", value=database.engine.size())
        behind = GaugeMetricFamily(
            "palabre_subscriber_behind", "Facts a subscriber has not read.", labels=["subscriber"]
        )
        failing = GaugeMetricFamily(
            "palabre_subscriber_failing", "1 when a subscriber cannot go on.", labels=["subscriber"]
        )
        for standing in self._read(cursors):
            behind.add_metric([standing.name], standing.behind)
            failing.add_metric([standing.name], 1.0 if standing.failure else 0.0)
        yield behind
        yield failing
        due = self._read(next_run)
        late = max(0.0, (clock.now() - due) / 1_000) if due is not None else 0.0
        yield GaugeMetricFamily("palabre_job_late_seconds", "How late the next job is.", value=late)
        yield GaugeMetricFamily(
            "palabre_jobs_dead", "Jobs given up, at most 100 counted.", value=len(self._read(dead_letters))
        )

    def _live(self) -> Iterator[Metric]:
        hub, pushing = self._site.part(Hub), self._site.part(Pushing)
        yield GaugeMetricFamily("palabre_live_connections", "Apps that listen for updates.", value=hub.listeners)
        yield CounterMetricFamily("palabre_live_events", "Events given to connections.", value=hub.sent)
        yield CounterMetricFamily("palabre_live_dropped", "Connections ended: they did not read.", value=hub.dropped)
        yield CounterMetricFamily("palabre_push_delivered", "Push messages taken.", value=pushing.delivered)
        yield CounterMetricFamily("palabre_push_refused", "Push messages not wanted.", value=pushing.refused)

    def _standbys(self) -> Iterator[Metric]:
        status = read_status(Part(self._site.folder))
        if status is None:
            return
        yield GaugeMetricFamily("palabre_epoch", "Raised by each promotion.", value=status.epoch)
        yield GaugeMetricFamily(
            "palabre_standby_missing",
            "1 when no standby is in step, though there was one.",
            value=float(status.alone),
        )
        if status.lease is not None:
            yield GaugeMetricFamily(
                "palabre_lease_failing", "1 when the lease cannot be renewed.", value=float(bool(status.lease))
            )
        connected = GaugeMetricFamily("palabre_standby_connected", "1 when it is connected.", labels=["standby"])
        behind = GaugeMetricFamily("palabre_standby_behind", "Batches not confirmed.", labels=["standby"])
        seconds = GaugeMetricFamily(
            "palabre_standby_behind_seconds", "For how long it has lacked something.", labels=["standby"]
        )
        for peer in status.peers:
            connected.add_metric([peer.name[:8]], float(peer.connected))
            if peer.behind is not None:
                behind.add_metric([peer.name[:8]], peer.behind)
            if peer.behind_seconds is not None:
                seconds.add_metric([peer.name[:8]], peer.behind_seconds)
        yield connected
        yield behind
        yield seconds

    def _replication(self) -> Iterator[Metric]:
        now = self._read(replication)
        if now is None:
            return
        yield GaugeMetricFamily(
            "palabre_postgresql_leaderless", "1 when only standbys answer.", value=float(not now.leads)
        )
        yield GaugeMetricFamily(
            "palabre_postgresql_standby_missing",
            "1 when no synchronous standby is there, though there should be.",
            value=float(now.is_missing(several=self._site.db.engine.several)),
        )
        waited = GaugeMetricFamily(
            "palabre_postgresql_standby_synchronous", "1 when writes wait for it.", labels=["standby"]
        )
        behind = GaugeMetricFamily(
            "palabre_postgresql_standby_behind_bytes", "What it does not show yet.", labels=["standby"]
        )
        for each in now.standbys:
            waited.add_metric([each.name], float(each.synchronous))
            behind.add_metric([each.name], each.behind)
        yield waited
        yield behind

    def _alarms(self) -> Iterator[Metric]:
        raised = {alarm.code for alarm in alarms(self._site.folder, self._site.config)}
        family = GaugeMetricFamily("palabre_alarm", "1 when something endangers the network.", labels=["alarm"])
        for code in CODES:
            family.add_metric([code], float(code in raised))
        yield family

    def _memory(self) -> Iterator[Metric]:
        homes = self._site.homes
        yield GaugeMetricFamily("palabre_home_windows", "Home timelines in memory.", value=len(homes))
        yield GaugeMetricFamily("palabre_home_window_bytes", "About what they take.", value=homes.bytes)
        yield GaugeMetricFamily("palabre_journal_position", "Newest fact known.", value=self._site.facts.position)


def _vaults(vaults: Vaults) -> Iterator[Metric]:
    lag = GaugeMetricFamily(
        "palabre_vault_lag_seconds",
        "How old the newest state in a vault is; infinite when it holds none.",
        labels=["place"],
    )
    success = GaugeMetricFamily("palabre_vault_success_seconds", "When a vault last answered.", labels=["place"])
    failing = GaugeMetricFamily("palabre_vault_failing", "1 when a vault cannot be kept.", labels=["place"])
    waiting = GaugeMetricFamily("palabre_vault_media_waiting", "Media that are not in it yet.", labels=["place"])
    for one in vaults.standings():
        lag.add_metric([one.place], max(0.0, (clock.now() - one.as_of) / 1_000) if one.as_of else float("inf"))
        success.add_metric([one.place], one.success / 1_000)
        failing.add_metric([one.place], 1.0 if one.failing else 0.0)
        waiting.add_metric([one.place], one.media_waiting)
    for place in vaults.refused:
        failing.add_metric([place], 1.0)
    yield from (lag, success, failing, waiting)


def start(site: Site, requests: Requests, port: int, vaults: Vaults | None = None) -> Callable[[], None]:
    """Serve the metrics on ``127.0.0.1:port``; return what stops it."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    lock = threading.Lock()
    reader = site.db.engine.reader()

    def read(query: Callable[..., Any]) -> Any:
        with lock:
            return run_query(reader, query)

    registry.register(_Gathered(site, requests, read, vaults))
    server, thread = start_http_server(port, addr="127.0.0.1", registry=registry)

    def stop() -> None:
        server.shutdown()
        thread.join()
        reader.close()

    return stop
