"""Processes of ``palabre`` that begin with everything loaded: forks of one that loads it once and then waits.

To load what a command needs takes longer than what most commands do then. A process that is made here is otherwise
like one that was started: it has its own environment, folder and files, it can be killed, and it ends as Python ends.
The process that waits has no threads, no open files and no settings: it has imported modules, and nothing else.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_NUMBER = struct.Struct("=i")
_MOST = 200_000
"""Bytes of a message: arguments, environment, folder."""
_LOADED = ("account", "backup", "init", "keys", "move", "serve", "standby")
"""The commands that are loaded beforehand; others load what they need themselves."""

_PASSING = ("PALABRE_", "PYTEST_", "DIE_")


class Process:
    """A process that was asked for; it has what tests use of ``subprocess.Popen``."""

    def __init__(self, heard: int, arguments: Sequence[str]) -> None:
        """``heard`` is where the one that made it says its number, and later how it ended."""
        self.args = ["palabre", *arguments]
        self.returncode: int | None = None
        self._heard = heard
        self._lock = threading.Lock()
        self.pid = self._number()

    def poll(self) -> int | None:
        """How it ended, if it has."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, once it has."""
        ended = self._ended(timeout)
        if ended is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return ended

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        with self._lock:
            if self.returncode is None:
                waiting = select.poll()
                waiting.register(self._heard, select.POLLIN)
                if waiting.poll(None if timeout is None else timeout * 1000):
                    self.returncode = os.waitstatus_to_exitcode(self._number())
                    os.close(self._heard)
            return self.returncode

    def _number(self) -> int:
        said = os.read(self._heard, _NUMBER.size)
        if not said:
            raise RuntimeError("the process that makes the others has ended")
        return int(_NUMBER.unpack(said)[0])


class Warm:
    """The process that has loaded everything, as whoever asks it for others sees it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start it in an environment, without the settings that are in there."""
        self.environment = _lasting(environment)
        self._asking, answering = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with answering:
            self._process = subprocess.Popen(
                [sys.executable, str(Path(__file__)), str(answering.fileno())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=self.environment,
                pass_fds=[answering.fileno()],
            )  # fmt: skip
        atexit.register(self.close)

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether Python would begin in this environment as it has begun in this process."""
        return _lasting(environment) == self.environment

    def start(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, stdout: IO[bytes], stderr: IO[bytes]
    ) -> Process:
        """Make a process that runs ``palabre`` with some arguments."""
        message = json.dumps([list(arguments), dict(environment), str(Path.cwd())]).encode()
        assert len(message) <= _MOST
        heard, said = os.pipe()
        with Path(os.devnull).open("rb") as nothing:
            files = [nothing.fileno(), stdout.fileno(), stderr.fileno(), said]
            socket.send_fds(self._asking, [message], files)
        os.close(said)
        return Process(heard, arguments)

    def close(self) -> None:
        """Let it end; those it has made go on."""
        self._asking.close()
        self._process.wait()


def _lasting(environment: Mapping[str, str]) -> dict[str, str]:
    """What of an environment is more than settings of one network, where it is to die, and the name of the test."""
    return {name: value for name, value in environment.items() if not name.startswith(_PASSING)}


def _load() -> None:
    from palabre.serving import load_serving

    for command in _LOADED:
        importlib.import_module(f"palabre.cli.{command}")
    load_serving()
    assert threading.active_count() == 1, "a fork has only one of its threads"
    gc.collect()
    gc.freeze()


def _make_processes(asked: socket.socket) -> list[str]:
    """Make processes until nobody asks any more. In each, this returns what it is to do."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever is interrupted will stop asking
    made: dict[int, tuple[int, int]] = {}
    events = select.poll()
    events.register(asked, select.POLLIN)
    while True:
        for ready, _ in events.poll():
            if ready != asked.fileno():
                number, said = made.pop(ready)
                events.unregister(ready)
                os.close(ready)
                _say(said, os.waitpid(number, 0)[1])
                os.close(said)
                continue
            message, files, _, _ = socket.recv_fds(asked, _MOST, 4)
            if not message:
                sys.exit()
            number = os.fork()
            if not number:
                asked.close()
                for watched, (_, said) in made.items():
                    os.close(watched)
                    os.close(said)
                return _become(message, files)
            said = files.pop()
            for each in files:
                os.close(each)
            _say(said, number)
            watched = os.pidfd_open(number)
            made[watched] = (number, said)
            events.register(watched, select.POLLIN)


def _say(said: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody wants to know
        os.write(said, _NUMBER.pack(number))


def _become(message: bytes, files: list[int]) -> list[str]:
    for place, each in enumerate(files):
        if place < 3:
            os.dup2(each, place)
        os.close(each)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    arguments, environment, folder = json.loads(message)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    return list(arguments)


def _main() -> None:
    from palabre.cli import main

    sys.path[0] = ""  # as for ``python -c``: nothing of the tests is in the way
    _load()
    arguments = _make_processes(socket.socket(fileno=int(sys.argv[1])))
    sys.argv = ["palabre", *arguments]
    sys.exit(main(arguments))


if __name__ == "__main__":
    _main()
