"""A server of the network that is rehearsed with: a folder, a port, a process that may be ended in any way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from palabre import clock
from palabre.bench.process import Member, free_port
from palabre.survival.state import Part
from palabre.survival.status import Status, read_status

_FRESH_MS = 3 * clock.SECOND
_COMMAND_SECONDS = 120


class Broken(Exception):  # noqa: N818 - the drill cannot go on, and says why
    """Something did not happen that has to for the drill to go on."""


class Host:
    """One of two."""

    def __init__(self, folder: Path, settings: Mapping[str, object], *, origin: str = "") -> None:
        self.folder = folder
        self.name = folder.name
        self.port = free_port()
        self.standby_port = free_port()
        self.origin = origin or f"http://localhost:{self.port}"
        self._log = folder.parent / f"{folder.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PALABRE_")}
        wanted = {
            "origin": self.origin,
            "limits": "off",
            "standby_listen": f"127.0.0.1:{self.standby_port}",
            "auto_failover": "true",
            **settings,
        }
        self._environment = kept | {f"PALABRE_{name.upper()}": str(value) for name, value in wanted.items()}

    async def command(self, *words: str) -> str:
        """Run a command on the folder; return what it printed.

        Raises:
            Broken: it failed.

        """
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "palabre", *words, "--data", str(self.folder),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self._environment,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_COMMAND_SECONDS):
                said, complained = await running.communicate()
        except TimeoutError:
            running.kill()
            raise Broken(f"palabre {' '.join(words[:2])} did not end within {_COMMAND_SECONDS} s") from None
        if running.returncode:
            raise Broken(f"palabre {' '.join(words)}: {complained.decode().strip()[-500:]}")
        return said.decode()

    async def members(self, names: list[str]) -> list[Member]:
        """Make accounts."""
        file = self.folder.parent / "members.jsonl"
        file.write_text("".join(json.dumps({"username": name}) + "\n" for name in names))
        said = await self.command("account", "create", "--batch", str(file))
        return [msgspec.json.decode(line, type=Member) for line in said.splitlines() if line.startswith("{")]

    def serve(self) -> None:
        """Start ``palabre serve``; it leads, follows or refuses to, as its folder says."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "palabre", "serve", "--data", str(self.folder), "--port", str(self.port)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._environment,
            )  # fmt: skip

    def signal(self, number: int) -> None:
        """Send the process a signal."""
        if self._process is not None:
            self._process.send_signal(number)

    async def end(self) -> None:
        """End the process as a power cut would."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(self._process.wait)
            self._process = None

    def said(self) -> str:
        """Return the end of its log."""
        return self._log.read_text("utf-8", "replace")[-3_000:] if self._log.exists() else ""

    @property
    def status(self) -> Status | None:
        """What the running server said last, if that was a moment ago."""
        try:
            status = read_status(Part(self.folder))
        except OSError:
            return None
        return status if status is not None and clock.now() - status.at < _FRESH_MS else None

    @property
    def has_standby(self) -> bool:
        """Whether a standby is in step."""
        return (status := self.status) is not None and any(peer.in_step for peer in status.peers)

    @property
    def is_fenced(self) -> bool:
        """Whether it knows that it was replaced, or has ended because of it."""
        with contextlib.suppress(OSError):
            return bool(Part(self.folder).state.fenced)
        return False
