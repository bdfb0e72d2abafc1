"""Load from wrk: requests written beforehand, answers counted, sizes compared."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

import msgspec

from palabre.bench.http import WrongAnswer


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What wrk saw."""

    microseconds: int
    requests: int
    bytes: int
    failed: int
    """Answers that were not good."""
    broken: int
    """Connections that failed, requests that nobody answered in time."""
    p50: int
    """Microseconds."""
    p99: int
    worst: int
    ids: list[str]
    """Of the posts that the server acknowledged."""

    @property
    def per_second(self) -> float:
        """Return answers in a second."""
        return self.requests / self.microseconds * 1e6


class Requests:
    """Requests in a file, for wrk to send in turn."""

    def __init__(self, file: Path, lines: Sequence[tuple[str, str]], *, post: bool = False) -> None:
        """``lines`` are a token and a path; for ``post``, a token and an encoded form up to its text."""
        self.file = file
        self.post = post
        file.write_text("".join(f"{token} {rest}\n" for token, rest in lines), "utf-8")

    async def send(self, port: int, *, clients: int, seconds: int, mark: str = "") -> Load:
        """Send them with ``clients`` connections, each with one request under way.

        Raises:
            WrongAnswer: an answer was not good, or none came.

        """
        program = shutil.which("wrk")
        if program is None:
            msg = "wrk is not installed: apt-get install wrk"
            raise RuntimeError(msg)
        with as_file(files("palabre.bench") / "requests.lua") as script:
            process = await asyncio.create_subprocess_exec(
                program, "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "20s", "-s", str(script),
                f"http://127.0.0.1:{port}/", "--", "post" if self.post else "read", str(self.file), mark,
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            )  # fmt: skip
            try:
                said = (await process.communicate())[0]
            except asyncio.CancelledError:
                process.kill()
                raise
        _, found, result = said.partition(b"\nRESULT ")
        if not found:
            msg = f"wrk: {said[-500:].decode(errors='replace')}"
            raise RuntimeError(msg)
        load = msgspec.json.decode(result, type=Load)
        if load.failed or load.broken or not load.requests:
            raise WrongAnswer(
                f"of {load.requests} requests at {clients} clients {load.failed} refused, {load.broken} broken off"
            )
        return load
