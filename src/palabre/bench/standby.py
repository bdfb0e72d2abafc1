"""What a standby costs: the same server answering for itself, and only after a standby has the write, in turn."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from palabre.bench.figures import POSTING_CLIENTS, READING_CLIENTS, Measured, Pass
from palabre.bench.passes import Meter, Scene
from palabre.bench.process import Network, free_port
from palabre.bench.writes import Writing
from palabre.survival.state import Part

_PATIENCE_SECONDS = 60.0
ALONE, GUARDED = "local", "standby"


class Follower:
    """A standby of a network, in a folder and a process of its own."""

    def __init__(self, network: Network, folder: Path) -> None:
        """Copy the network, whose server runs and listens at ``address``."""
        self._network = network
        self.folder = folder
        self.port = free_port()
        self.environment = {**network.environment, "PALABRE_STANDBY_LISTEN": ""}
        self._log = folder.parent / f"{folder.name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    def join(self, address: str) -> None:
        """Become a standby of the server that listens at ``address``."""
        invited = json.loads(self._network.command("standby", "invite", "--json"))
        self._run("standby", "join", address, "--token", str(invited["token"]), "--once")

    def _run(self, *words: str) -> None:
        command = [sys.executable, "-m", "palabre", *words, "--data", str(self.folder)]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL,
            env=self._network.environment,
        )  # fmt: skip
        if done.returncode:
            msg = f"palabre {' '.join(words[:2])}: {done.stderr.strip() or done.stdout.strip()}"
            raise RuntimeError(msg)

    async def follow(self) -> None:
        """Start following; return when every write waits for this standby."""
        command = [sys.executable, "-m", "palabre", "serve", "--data", str(self.folder), "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - takes a moment, and nothing else is under way
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
            )
        deadline = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        began = time.time() * 1e3
        while not self._in_step(began):
            if asyncio.get_running_loop().time() > deadline:
                msg = f"the standby did not follow: {self._log.read_text('utf-8', 'replace')[-2_000:]}"
                raise RuntimeError(msg)
            await asyncio.sleep(0.1)

    def _in_step(self, began: float) -> bool:
        """Tell whether the primary has said so since it was asked to follow (milliseconds since 1970)."""
        try:
            said = json.loads((self._network.folder / "survival" / "status.json").read_bytes())
        except FileNotFoundError:
            return False
        return bool(said["at"] > began and any(peer["in_step"] for peer in said["peers"]))

    def stop(self, sig: int = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(sig)
            self._process.wait(_PATIENCE_SECONDS)
            self._process = None


async def measure(
    network: Network,
    writing: Writing,
    reading: Scene,
    *,
    seconds: int,
    passes: int,
    tell: Callable[[str], None],
) -> list[Measured]:
    """Measure posting, and ``reading`` what posting does not change, with and without a standby, in turn.

    Raises:
        WrongAnswer: an acknowledged post is not there, or an answer was wrong.

    """
    port = free_port()
    network.environment["PALABRE_STANDBY_LISTEN"] = address = f"127.0.0.1:{port}"
    follower = Follower(network, network.folder.parent / "standby")
    meter = Meter(network, None)
    loads = [(writing.what, POSTING_CLIENTS), (writing.what, 1), (reading.what, READING_CLIENTS)]
    found: dict[tuple[str, str, int], list[Pass]] = {}
    try:
        network.environment["PALABRE_DURABILITY"] = ALONE
        network.start()
        follower.join(address)
        network.stop()
        for number in range(passes):
            for durability in (ALONE, GUARDED):
                tell(f"{'alone' if durability == ALONE else 'with a standby'}, pass {number + 1}")
                network.environment["PALABRE_DURABILITY"] = durability
                network.start()
                if durability == GUARDED:
                    await follower.follow()
                await reading.check(network.port)
                await writing.measure(meter, clients=POSTING_CLIENTS, seconds=1)
                for what, clients in loads:
                    one = (
                        await meter.read(reading, clients=clients, seconds=seconds)
                        if what == reading.what
                        else await writing.measure(meter, clients=clients, seconds=seconds)
                    )
                    found.setdefault((durability, what, clients), []).append(one)
                network.stop()
                follower.stop()
    finally:
        network.stop()
        follower.stop()
        del network.environment["PALABRE_STANDBY_LISTEN"], network.environment["PALABRE_DURABILITY"]
        for peer in Part(network.folder).peers():  # or it would not serve without listening for it
            network.said("standby", "remove", peer.name, "--yes")
    return [
        Measured(what=name(what, durability), clients=clients, bytes=0, passes=each)
        for (durability, what, clients), each in found.items()
    ]


def name(what: str, durability: str) -> str:
    """Return what a figure is called."""
    return f"{what}, {'alone' if durability == ALONE else 'with a standby'}"
