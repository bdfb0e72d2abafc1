"""Real servers for tests: ``palabre serve`` as a process of its own, on a free port of this machine."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[1]
_COMMAND = [sys.executable, "-c", "import sys; from palabre.cli import main; sys.exit(main())"]


CHROMIUM_ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
"""How a browser is started that asks nothing of its maker."""


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Person:
    """A member of a running network, as ``palabre account create --json`` tells of him."""

    username: str
    password: str | None = None
    email: str | None = None
    token: str = ""
    admin: bool = False
    base_url: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    """What else the command said."""

    def client(self, **options: Any) -> httpx.Client:
        """An HTTP client that bears this person's token."""
        headers = {"Authorization": f"Bearer {self.token}"} | options.pop("headers", {})
        return httpx.Client(base_url=self.base_url, headers=headers, timeout=30, trust_env=False, **options)


class RunningServer:
    """A network in a folder, and the process that serves it."""

    def __init__(self, data: Path, *, database: str = "", **settings: object) -> None:
        """Make a network in ``data``; ``settings`` become ``PALABRE_<NAME>`` of every command."""
        self.data = data
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data.parent / f"{data.name}.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PALABRE_")}
        self.environment = kept | {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}
        wanted = {"database": database, "origin": self.base_url, **settings}
        self.environment |= {f"PALABRE_{name.upper()}": str(value) for name, value in wanted.items() if value != ""}
        self.command("init", "--data", str(data), "--origin", self.base_url, "--yes")

    def command(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run another ``palabre`` command, and return how it ended and what it said."""
        done = subprocess.run(
            [*_COMMAND, *arguments],
            check=False, capture_output=True, text=True, env=self.environment, stdin=subprocess.DEVNULL, timeout=300,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"palabre {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def start(self, *, seconds: float = 30) -> Self:
        """Start serving, and wait until the server says that it is ready."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*_COMMAND, "serve", "--data", str(self.data), "--port", str(self.port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment,
            )  # fmt: skip
        deadline = time.monotonic() + seconds
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server did not start:\n{self.said()}")
            time.sleep(0.02)
        return self

    def _is_ready(self) -> bool:
        # Not httpx, which loads certificates for each client: that takes longer than the answer.
        asking = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            asking.request("GET", "/health/ready")
            return asking.getresponse().status == httpx.codes.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asking.close()

    def stop(self, *, seconds: float = 10) -> int:
        """Ask the server to stop (SIGTERM) and return how it ended."""
        if self.process is None:
            return 0
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop within {seconds} s:\n{self.said()}") from None
        finally:
            self.process = None

    def kill(self) -> None:
        """End the server as a power cut would (SIGKILL)."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def said(self) -> str:
        """The end of what the server wrote to its log."""
        return self.log.read_text("utf-8", "replace")[-20_000:] if self.log.exists() else ""

    def account(self, name: str, **options: Any) -> Person:
        """Make an account from the command line: ``account("ana", admin=True, password="…")``."""
        words = ["account", "create", name, "--data", str(self.data), "--token", "--json"]
        for option, value in options.items():
            flag = f"--{option.replace('_', '-')}"
            words += [flag] if value is True else [flag, str(value)]
        return self._person(json.loads(self.command(*words).stdout))

    def accounts(self, names: Iterable[str], **options: Any) -> list[Person]:
        """Make many accounts at once, without passwords unless ``options`` give one to all."""
        batch = self.data.parent / f"{self.data.name}.batch.jsonl"
        batch.write_text("".join(json.dumps({"username": name, **options}) + "\n" for name in names), "utf-8")
        said = self.command("account", "create", "--batch", str(batch), "--data", str(self.data)).stdout
        batch.unlink()
        return [self._person(json.loads(line)) for line in said.splitlines() if line.strip()]

    def _person(self, said: dict[str, Any]) -> Person:
        known = {name: said.pop(name) for name in ("username", "password", "email", "token", "admin") if name in said}
        return Person(base_url=self.base_url, more=said, **known)

    def client(self, **options: Any) -> httpx.Client:
        """An HTTP client that nobody has signed in."""
        return httpx.Client(base_url=self.base_url, timeout=30, trust_env=False, **options)
