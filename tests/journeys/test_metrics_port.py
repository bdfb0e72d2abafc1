"""Who can reach the metrics: this machine alone, whoever else the pages are for."""

from __future__ import annotations

import ipaddress

import httpx
import psutil
import pytest

from fixtures_server import ServerMaker
from running import RunningServer, free_port


def listening(server: RunningServer) -> set[tuple[str, int]]:
    """The addresses that the server and all that it has started listen on."""
    assert server.process is not None
    started = psutil.Process(server.process.pid)
    return {
        (each.laddr.ip, each.laddr.port)
        for process in (started, *started.children(recursive=True))
        for each in process.net_connections(kind="inet")
        if each.status == psutil.CONN_LISTEN
    }


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"])
def test_metrics_are_for_this_machine_alone_wherever_the_pages_are(make_server: ServerMaker, host: str) -> None:
    port = free_port()
    server = make_server(limits="off", metrics_port=port, host=host).start()
    assert listening(server) == {(host, server.port), ("127.0.0.1", port)}
    assert all(ipaddress.ip_address(address).is_loopback for address, _ in listening(server))
    numbers = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False)
    assert numbers.status_code == 200
    assert "palabre_" in numbers.text
    pages = httpx.get(f"http://{host}:{server.port}/metrics", trust_env=False)
    assert pages.status_code == 404, "they are no page"


def test_nothing_listens_for_metrics_unless_somebody_wants_them(make_server: ServerMaker) -> None:
    server = make_server(limits="off").start()
    assert listening(server) == {("127.0.0.1", server.port)}
