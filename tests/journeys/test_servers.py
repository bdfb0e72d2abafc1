"""The same application under another server, and what it tells Prometheus."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from fixtures_postgresql import PostgreSQL
from running import RunningServer, free_port


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def network(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningServer]:
    """A network that is not served yet."""
    database, cleanup = "", None
    if request.param == "postgresql":
        cluster: PostgreSQL = request.getfixturevalue("postgresql")
        name = cluster.create()
        database, cleanup = cluster.url(name), lambda: cluster.drop(name)
    server = RunningServer(tmp_path / "net", database=database, limits="off", metrics_port=free_port())
    yield server
    server.kill()
    if cleanup:
        cleanup()


def _metrics(port: str) -> dict[str, float]:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=10, trust_env=False).text
    return {
        sample.name + "".join(f"{{{value}}}" for value in sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_metrics_tell_what_happened_on_a_port_of_their_own(network: RunningServer) -> None:
    ana = network.account("ana")
    network.start()
    port = network.environment["PALABRE_METRICS_PORT"]
    before = _metrics(port)
    with ana.client() as client:
        for number in range(3):
            client.post("/api/v1/statuses", data={"status": f"Hello {number}"}).raise_for_status()
        client.get("/api/v1/timelines/home").raise_for_status()
        assert client.get("/api/v1/statuses/1").status_code == 404
    after = _metrics(port)
    assert after["palabre_requests_total{200}"] - before.get("palabre_requests_total{200}", 0) == 4
    assert after["palabre_requests_total{404}"] == 1
    assert after["palabre_journal_position"] - before["palabre_journal_position"] == 3
    assert after["palabre_home_windows"] == 1
    assert after["palabre_database_bytes"] > 0
    assert after["palabre_jobs_dead"] == 0
    assert not [value for name, value in after.items() if name.startswith("palabre_subscriber_failing") and value]
    assert network.stop() == 0


def test_granian_serves_the_same_application(network: RunningServer) -> None:
    ana = network.account("ana")
    network.environment["PALABRE_DATA"] = str(network.data)
    log = network.data.parent / "granian.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--host", "127.0.0.1",
                "--port", str(network.port), "--workers", "1", "palabre.server:create_app",
            ],
            env=network.environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not network._is_ready():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.1)
        with ana.client() as client:
            made = client.post("/api/v1/statuses", data={"status": "Hello from another server"}).json()
            assert [post["id"] for post in client.get("/api/v1/timelines/home").json()] == [made["id"]]
            assert client.get("/").status_code == 200
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(300)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
