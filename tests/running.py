"""Real servers for tests: ``palabre serve`` as a process of its own, on a free port of this machine."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any, Self

import httpx

from empty_database import migrated_file
from palabre.folder import Opened, open_folder
from ports import free_port
from posted_forms import WATCH
from warm import Process, Warm

ROOT = Path(__file__).parents[1]
_COMMAND = [sys.executable, "-c", "import sys; from palabre.cli import main; sys.exit(main())"]
_FAULTS = f"{Path(__file__).parent / 'faults'}:"
"""In front of the path of a process that may be told to die at a step (``standbys.Host.dies_before``)."""
_warm: dict[str, Warm] = {}
_warming = threading.Lock()


def started(
    arguments: list[str], environment: Mapping[str, str], *, stdout: IO[Any], stderr: IO[Any]
) -> subprocess.Popen[bytes] | Process:
    """Start ``palabre`` with some arguments: warm, unless its Python is to begin in a way that others seldom do."""
    warm = _warm_one(environment.get("PYTHONPATH", ""))
    if warm and warm.fits(environment):
        return warm.start(arguments, environment, stdout=stdout, stderr=stderr)
    return subprocess.Popen(
        [*_COMMAND, *arguments], stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, env=environment
    )


def _warm_one(path: str) -> Warm | None:
    usual = _environment()
    with _warming:
        if path not in _warm and path.removeprefix(_FAULTS) == usual["PYTHONPATH"]:
            _warm[path] = Warm(usual | {"PYTHONPATH": path})
        return _warm.get(path)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PALABRE_")}
    return kept | {"PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", "NO_COLOR": "1"}


def _noted(answer: httpx.Response) -> None:
    WATCH.note(answer.request.method, answer.request.url.path, answer.status_code)


@cache
def _authorities() -> ssl.SSLContext:
    """Whom clients trust: loaded once, not for each client, which takes longer than most that it is made for."""
    return ssl.create_default_context()


def _client(base_url: str, options: dict[str, Any]) -> httpx.Client:
    usual = {"timeout": 60, "trust_env": False, "verify": _authorities(), "event_hooks": {"response": [_noted]}}
    return httpx.Client(base_url=base_url, **{**usual, **options})


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
        return _client(self.base_url, {"headers": headers, **options})


class RunningServer:
    """A network in a folder, and the process that serves it."""

    def __init__(self, data: Path, *, database: str = "", **settings: object) -> None:
        """Make a network in ``data``; ``settings`` become ``PALABRE_<NAME>`` of every command."""
        self.data = data
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | Process | None = None
        self.log = data.parent / f"{data.name}.log"
        self.environment = _environment()
        wanted = {"database": database, "origin": self.base_url, **settings}
        self.environment |= {f"PALABRE_{name.upper()}": str(value) for name, value in wanted.items() if value != ""}
        self._make(empty=not database)

    def _make(self, *, empty: bool) -> None:
        if empty:
            self.data.mkdir(parents=True, exist_ok=True)
            (self.data / "palabre.db").write_bytes(migrated_file())
        self.command("init", "--data", str(self.data), "--origin", self.base_url, "--yes")

    def command(self, *arguments: str, check: bool = True, seconds: int = 300) -> subprocess.CompletedProcess[str]:
        """Run another ``palabre`` command, and return how it ended and what it said."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
            process = started([*arguments], self.environment, stdout=out, stderr=err)
            try:
                code = process.wait(seconds)
            except BaseException:
                process.kill()
                process.wait()
                raise
            out.seek(0)
            err.seek(0)
            done = subprocess.CompletedProcess(["palabre", *arguments], code, out.read(), err.read())
        if check and done.returncode:
            raise AssertionError(f"palabre {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    @contextmanager
    def opened(self) -> Iterator[Opened]:
        """The folder, opened as a command beside the server opens it: with the database that the server has."""
        opened = open_folder(self.data, database=self.environment.get("PALABRE_DATABASE", ""))
        try:
            yield opened
        finally:
            opened.database.close()

    def start(self, *options: str, seconds: float = 120) -> Self:
        """Start serving with ``options``, and wait until the server says that it is ready."""
        with self.log.open("ab") as log:
            words = ["serve", "--data", str(self.data), "--port", str(self.port), *options]
            self.process = started(words, self.environment, stdout=log, stderr=log)
        deadline = time.monotonic() + seconds
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise AssertionError(f"the server did not start:\n{self.said()}")
            time.sleep(0.02)
        return self

    def _is_ready(self) -> bool:
        # Not httpx, which loads certificates for each client: that takes longer than the answer.
        host = self.environment.get("PALABRE_HOST", "127.0.0.1")
        asking = http.client.HTTPConnection(host, self.port, timeout=5)
        try:
            asking.request("GET", "/health/ready")
            return asking.getresponse().status == httpx.codes.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asking.close()

    def stop(self, *, seconds: float = 60) -> int:
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
        return _client(self.base_url, options)
