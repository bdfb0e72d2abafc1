"""A browser without a window, asked through a pipe in the DevTools protocol: no port, no driver to install."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

_PATIENCE = 60.0
_LARGEST = 2**26
_PIPED = 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1'
"""The protocol comes in at 3 and goes out at 4."""
_ARGUMENTS = (
    "--headless",
    "--remote-debugging-pipe",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-proxy-server",
)
"""Asks nothing of its maker."""


class BrowserError(Exception):
    """The browser did not do what it was asked for."""


def program() -> str | None:
    """Return where Chromium is on this machine, if it is there."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Chromium:
    """A running browser; ``async with await Chromium.start(…)`` ends it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._asked = 0
        self._told: list[dict[str, Any]] = []

    @classmethod
    async def start(cls, path: str, folder: Path) -> Self:
        """Start it with a profile of its own in ``folder``."""
        alone = ["--no-sandbox"] if os.geteuid() == 0 else []  # as root there is no other way
        command = [path, *_ARGUMENTS, *alone, f"--user-data-dir={folder}"]
        return cls(
            await asyncio.create_subprocess_exec(
                "/bin/sh", "-c", _PIPED, "sh", *command,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LARGEST,
            )
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        """Return the browser."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End it."""
        with contextlib.suppress(OSError, EOFError, BrowserError, TimeoutError):
            await self.ask("Browser.close")
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def ask(self, method: str, *, session: str = "", **given: Any) -> dict[str, Any]:
        """Send a command, to a page if ``session`` is given, and return its answer.

        Raises:
            BrowserError: the browser refuses it, or is gone.

        """
        self._asked += 1
        number = self._asked
        message: dict[str, Any] = {"id": number, "method": method, "params": given}
        if session:
            message["sessionId"] = session
        if self._process.stdin is None:
            raise BrowserError(method)
        self._process.stdin.write(msgspec.json.encode(message) + b"\0")
        await self._process.stdin.drain()
        while (said := await self._next()).get("id") != number:
            self._told.append(said)
        if "error" in said:
            raise BrowserError(f"{method}: {said['error']}")
        result: dict[str, Any] = said["result"]
        return result

    async def hear(self, event: str, *, session: str) -> None:
        """Wait until a page tells of an event, or return at once if it has done so; forget what was told before."""
        while True:
            while self._told:
                said = self._told.pop(0)
                if said.get("method") == event and said.get("sessionId") == session:
                    return
            self._told.append(await self._next())

    async def _next(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise BrowserError("no pipe")
        try:
            async with asyncio.timeout(_PATIENCE):
                said = await self._process.stdout.readuntil(b"\0")
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            raise BrowserError(f"the browser says nothing more: {error!r}") from error
        decoded: dict[str, Any] = msgspec.json.decode(said[:-1])
        return decoded

    async def page(self, cookies: Sequence[dict[str, str]]) -> tuple[str, str]:
        """Open an empty page in a profile that has been nowhere; return the profile and the page's session."""
        profile = (await self.ask("Target.createBrowserContext"))["browserContextId"]
        if cookies:
            await self.ask("Storage.setCookies", cookies=list(cookies), browserContextId=profile)
        made = await self.ask("Target.createTarget", url="about:blank", browserContextId=profile)
        attached = await self.ask("Target.attachToTarget", targetId=made["targetId"], flatten=True)
        return str(profile), str(attached["sessionId"])
