"""Servers as processes of their own: started, watched from outside through ``/proc``, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_TICK = os.sysconf("SC_CLK_TCK")
_PATIENCE = 30.0


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_seconds(pids: list[int]) -> float:
    """Return the processor time that these processes and their ended children have used."""
    total = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += sum(int(field) for field in fields[11:15])
    return total / _TICK


def memory_bytes(pid: int) -> int:
    """Return the resident memory of a process, in bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def descendants(pid: int) -> list[int]:
    """Return a process and all below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):
            for child in task.read_text().split():
                found += descendants(int(child))
    return found


class Network:
    """A network in a temporary folder, with its server process."""

    def __init__(self, folder: Path, *, database: str = "", settings: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.settings = {"PALABRE_LIMITS": "off", **(settings or {})}
        if database:
            self.settings["PALABRE_DATABASE"] = database
        self._process: subprocess.Popen[bytes] | None = None
        self._log = (folder.parent / f"{folder.name}.log").open("ab")
        self.command("init", "--origin", f"http://localhost:{self.port}", "--yes")

    def command(self, name: str, *arguments: str) -> str:
        """Run a ``palabre`` command on the folder and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "palabre", *name.split(), *arguments, "--data", str(self.folder)],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, **self.settings},
        )
        if done.returncode:
            msg = f"palabre {name}: {done.stderr.strip() or done.stdout.strip()}"
            raise RuntimeError(msg)
        return done.stdout

    def accounts(self, count: int, prefix: str = "member") -> list[dict[str, Any]]:
        """Make accounts through the command line; return what it says of each, tokens included."""
        file = self.folder.parent / f"{prefix}.jsonl"
        file.write_text("".join(json.dumps({"username": f"{prefix}{number}"}) + "\n" for number in range(count)))
        lines = self.command("account create", "--batch", str(file), "--json").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def start(self) -> float:
        """Start the server; return the seconds until it answered its first request."""
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "palabre", "serve", "--data", str(self.folder), "--port", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, **self.settings},
        )
        while time.perf_counter() - began < _PATIENCE:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                probe.sendall(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                if probe.recv(15).startswith(b"HTTP/1.1 200"):
                    return time.perf_counter() - began
            time.sleep(0.01)
        msg = f"the server did not start: {Path(self._log.name).read_text()[-2_000:]}"
        raise RuntimeError(msg)

    @property
    def pid(self) -> int:
        """The server's process."""
        if self._process is None:
            msg = "the server is not running"
            raise RuntimeError(msg)
        return self._process.pid

    def stop(self, sig: int = signal.SIGTERM) -> float:
        """Stop the server; return the seconds that took."""
        if self._process is None:
            return 0.0
        began = time.perf_counter()
        self._process.send_signal(sig)
        self._process.wait(_PATIENCE)
        self._process = None
        return time.perf_counter() - began

    def close(self) -> None:
        """Stop the server if it runs."""
        self.stop(signal.SIGKILL)
        self._log.close()


class Cluster:
    """A PostgreSQL cluster of our own with durable commits, on a socket in its folder."""

    def __init__(self, folder: Path) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not binaries:
            msg = "PostgreSQL is not installed: apt-get install postgresql"
            raise RuntimeError(msg)
        self._bin, self._folder = binaries[-1], folder
        folder.mkdir(parents=True)
        self._user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(folder, "postgres", "postgres")
            folder.parent.chmod(0o755)
        subprocess.run(
            [self._bin / "initdb", "-D", folder / "data", "--auth=trust", "--username=palabre", "--encoding=UTF8"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **self._user,
        )  # fmt: skip
        options = [
            "listen_addresses=", f"unix_socket_directories={folder}", "unix_socket_permissions=0777",
            "shared_buffers=1GB", "max_wal_size=4GB", "max_connections=60",
        ]  # fmt: skip
        self._log = (folder.parent / "postgresql.log").open("ab")
        self._process = subprocess.Popen(
            [self._bin / "postgres", "-D", folder / "data", *(word for option in options for word in ("-c", option))],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, cwd=folder, **self._user,
        )  # fmt: skip
        for _ in range(200):
            ready = subprocess.run(
                [self._bin / "createdb", "-h", folder, "-U", "palabre", "palabre"],
                check=False, capture_output=True, cwd=folder, **self._user,
            )  # fmt: skip
            if ready.returncode == 0:
                break
            time.sleep(0.1)
        else:
            msg = "PostgreSQL did not start"
            raise RuntimeError(msg)
        self.url = f"postgresql://palabre@/palabre?host={folder}"

    @property
    def pids(self) -> list[int]:
        """The processes of the cluster."""
        return descendants(self._process.pid)

    def stop(self) -> None:
        """Stop the cluster."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(_PATIENCE)
        self._log.close()


@contextlib.contextmanager
def workplace() -> Iterator[Path]:
    """Give a temporary folder on disk, and remove it afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="palabre-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def settle(pids: list[int], *, most: float = 20.0) -> None:
    """Wait until the processes have nothing left to do."""
    deadline = time.perf_counter() + most
    before = cpu_seconds(pids)
    while time.perf_counter() < deadline:
        await asyncio.sleep(0.5)
        now = cpu_seconds(pids)
        if now - before < 0.03:
            return
        before = now
