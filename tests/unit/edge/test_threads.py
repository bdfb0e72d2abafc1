"""What takes long, or waits for strangers, holds no thread of those that check passwords and serve files."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from palabre.edge import cards, exports, fetching, imports
from palabre.edge.hooking import Hooking
from palabre.edge.outside import Outside, Unreachable
from palabre.edge.pushing import Pushing
from palabre.media.model import MEBIBYTE
from palabre.server import _told
from palabre.work import handlers
from unit.api.conftest import network, network_with
from unit.api.network import Network

__all__ = ["network", "network_with"]
_MANY = 40


@contextmanager
def _stuck() -> Iterator[Any]:
    """Make a function that goes on when the test is over."""
    may_end = threading.Event()

    def wait(*_: Any, **__: Any) -> Any:
        may_end.wait(120)
        raise OSError("it took too long")

    try:
        yield wait
    finally:
        may_end.set()


async def _free(*stuck: Any) -> None:
    """See that a thread is free while all these are under way, which are then given up."""
    tasks = [asyncio.ensure_future(each) for each in stuck]
    await asyncio.sleep(0.05)
    try:
        async with asyncio.timeout(20):
            assert await asyncio.to_thread(int) == 0
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _fetch(number: int) -> Any:
    options: dict[str, Any] = {
        "accept": "text/html",
        "most": MEBIBYTE,
        "loopback": False,
        "origin": "https://o.example",
    }
    return fetching.fetch(f"https://slow{number}.example/", barred=lambda _: False, **options)


def test_names_that_take_long_hold_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    async def told() -> None:
        outside = Outside(anywhere=False)
        with _stuck() as wait:
            monkeypatch.setattr(socket, "getaddrinfo", lambda host, *a, **k: wait() if "slow" in host else [])
            stuck = [_fetch(n) for n in range(_MANY)]
            tasks = [asyncio.ensure_future(each) for each in stuck]
            await asyncio.sleep(0.05)
            async with asyncio.timeout(20):
                with pytest.raises(Unreachable):  # a push service whose name has no address, which is known at once
                    await outside.post("https://push.example/", b"x", {})
            await _free(*(outside.post(f"https://slow{n}.example/", b"x", {}) for n in range(_MANY)), *tasks)
        await outside.close()

    asyncio.run(told())


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_imports_and_archives_hold_nobody_else(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    with _stuck() as wait:
        monkeypatch.setattr(imports.Importer, "work", wait)
        network.run(_free(*(imports.carry_on(network.site, n) for n in range(_MANY))))
    with _stuck() as wait:
        monkeypatch.setattr(exports.Exporter, "work", wait)

        async def run_of(_query: Any, number: int) -> Any:
            return SimpleNamespace(id=number, state=SimpleNamespace(over=False))

        monkeypatch.setattr(network.site.db, "read", run_of)
        network.run(_free(*(exports.carry_on(network.site, n) for n in range(_MANY))))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_pictures_of_linked_pages_hold_nobody_else(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    async def found(*_: Any, **__: Any) -> fetching.Answer:
        return fetching.Answer("https://o.example/x.png", "image/png", None, b"x")

    reading = cards.Reading(title="x", image_url="https://o.example/x.png")
    monkeypatch.setattr(cards, "fetch", found)
    with _stuck() as wait:
        monkeypatch.setattr(cards, "process_picture", wait)
        network.run(_free(*(cards._picture(network.site, reading) for _ in range(_MANY))))


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_waits_for_strangers_or_works_for_minutes_has_a_share_of_all_jobs(network: Network) -> None:
    network.site.keep(Pushing(network.site))
    network.site.keep(Hooking(network.site, _told))
    shares = {kind: handler.most for kind, handler in handlers(network.site).items() if hasattr(handler, "most")}
    limited = {kind for kind, most in shares.items() if most is not None}
    assert limited == {
        "push.send", "hooks.send", "sources.poll", "accounts.prove_link", "posts.fetch_card", "imports.run",
        "exports.run",
    }  # fmt: skip


def test_a_name_that_takes_long_keeps_no_program_from_ending() -> None:
    program = (
        "import asyncio, os, socket, threading\n"
        "from palabre.edge.names import Names\n"
        "socket.getaddrinfo = lambda *a, **k: threading.Event().wait()\n"
        "async def ask():\n"
        "    try:\n"
        "        await asyncio.wait_for(Names('x').look_up('slow.example', 80), 0.1)\n"
        "    except TimeoutError:\n"
        "        print('given up')\n"
        "asyncio.run(ask())\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "given up\n"
