"""Servers as processes of their own: started, watched from outside through ``/proc``, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

_TICK = os.sysconf("SC_CLK_TCK")
_PATIENCE = 60.0
_LEAST_PORT, _MOST_PORT, _MANY = 10_240, 65_536, 1_000


def free_port() -> int:
    """Return a loopback port that nobody listens on, and that the kernel gives to nobody before it is used."""
    own = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = range(_LEAST_PORT, own if own > _LEAST_PORT + _MANY else _MOST_PORT)
    while True:
        port = secrets.choice(ports)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def cpu_seconds(pids: Sequence[int]) -> float:
    """Return the processor time that these processes and their ended children have used."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])
    return total / _TICK


class Memory(NamedTuple):
    """What processes hold, in bytes."""

    resident: int
    private: int
    """Without what is shared with others, such as the pages of a database file."""


def memory(pids: Sequence[int]) -> Memory:
    """Return the memory of some processes together."""
    resident = private = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name, _, rest = line.partition(":")
                if name == "Rss":
                    resident += int(rest.split()[0]) * 1024
                elif name in {"Private_Clean", "Private_Dirty"}:
                    private += int(rest.split()[0]) * 1024
    return Memory(resident, private)


def descendants(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):
            for child in task.read_text().split():
                found += descendants(int(child))
    return found


class Process:
    """A program that answers HTTP on a loopback port."""

    def __init__(self, port: int, command: Sequence[str], log: Path, settings: Mapping[str, str]) -> None:
        self.port = port
        self._command = [sys.executable, *command]
        self._log = log
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PALABRE_")}
        self.environment = {**kept, **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; return the seconds until it answered its first request."""
        with self._log.open("ab") as log:
            began = time.perf_counter()
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
            )
        while time.perf_counter() - began < _PATIENCE and self._process.poll() is None:
            if self._answers():
                return time.perf_counter() - began
            time.sleep(0.005)
        self.stop(signal.SIGKILL)
        msg = f"{' '.join(self._command[1:4])} did not start: {self._log.read_text('utf-8', 'replace')[-2_000:]}"
        raise RuntimeError(msg)

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 5) as probe:
            probe.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return probe.recv(15).startswith(b"HTTP/1.1 200")
        return False

    @property
    def pids(self) -> list[int]:
        """Return the process and all below it."""
        if self._process is None:
            msg = "the server is not running"
            raise RuntimeError(msg)
        return descendants(self._process.pid)

    def stop(self, sig: int = signal.SIGTERM) -> float:
        """Stop it; return the seconds that took."""
        if self._process is None:
            return 0.0
        began = time.perf_counter()
        self._process.send_signal(sig)
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        return time.perf_counter() - began


class Member(msgspec.Struct, frozen=True):
    """An account, as the command line tells of it."""

    username: str
    token: str


class Network(Process):
    """A network in a folder, with its server process."""

    def __init__(self, folder: Path, *, database: str = "") -> None:
        self.folder = folder
        self.database = database
        settings = {"PALABRE_LIMITS": "off"}
        if database:
            settings["PALABRE_DATABASE"] = database
        port = free_port()
        command = ["-m", "palabre", "serve", "--data", str(folder), "--port", str(port)]
        super().__init__(port, command, folder.parent / f"{folder.name}.log", settings)
        self.command("init", "--origin", f"http://localhost:{port}", "--yes")

    def said(self, *words: str) -> str:
        """Run another ``palabre`` command on the folder and return what it printed, however it ended."""
        return self._run(words).stdout

    def _run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "palabre", *words, "--data", str(self.folder)],
            check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, env=self.environment,
        )  # fmt: skip

    def command(self, *words: str) -> str:
        """Run another ``palabre`` command on the folder and return what it printed."""
        done = self._run(words)
        if done.returncode:
            msg = f"palabre {' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}"
            raise RuntimeError(msg)
        return done.stdout

    def members(self, names: Sequence[str]) -> list[Member]:
        """Make accounts through the command line."""
        file = self.folder.parent / "members.jsonl"
        file.write_text("".join(json.dumps({"username": name}) + "\n" for name in names))
        said = self.command("account", "create", "--batch", str(file))
        return [msgspec.json.decode(line, type=Member) for line in said.splitlines() if line.startswith("{")]


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """Give a temporary folder on disk, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="palabre-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def settle(pids: Sequence[int], *, most: float = 20.0) -> None:
    """Wait until the processes have nothing left to do."""
    deadline = time.perf_counter() + most
    before = cpu_seconds(pids)
    while time.perf_counter() < deadline:
        await asyncio.sleep(0.4)
        now = cpu_seconds(pids)
        if now - before < 0.03:
            return
        before = now
