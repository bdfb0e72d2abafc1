"""Servers of one network as real processes, what lies between them, and somebody who writes all the time."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import httpx
from PIL import Image

from running import _FAULTS, Person, RunningServer, free_port, started


def until(true: Callable[[], object], what: str, *, seconds: float = 120) -> None:
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def files_with(folder: Path, text: str) -> list[str]:
    """The files in which a text stands."""
    found = []
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):  # one that was just replaced
            if text.encode() in path.read_bytes():
                found.append(str(path))
    return found


def noise(side: int = 64) -> bytes:
    """Draw a picture that does not get small."""
    out = io.BytesIO()
    Image.frombytes("RGB", (side, side), os.urandom(side * side * 3)).save(out, "PNG")
    return out.getvalue()


class Host(RunningServer):
    """A server that may lead or follow."""

    def __init__(self, data: Path, *, new: bool = True, **settings: object) -> None:
        self.standby_port = free_port()
        settings = {"standby_listen": f"127.0.0.1:{self.standby_port}", "limits": "off", **settings}
        self._new = new
        super().__init__(data, **settings)

    def _make(self, *, empty: bool) -> None:
        if self._new:
            super()._make(empty=empty)

    def wrong_clock(self, *, ahead: float, rate: float) -> None:
        """Let the processes started from now on live ``ahead`` seconds in the future, on a clock of that speed."""
        self.environment["PYTHONPATH"] = f"{Path(__file__).parent / 'clocks'}:{self.environment['PYTHONPATH']}"
        self.environment |= {"CLOCK_AHEAD": str(ahead), "CLOCK_RATE": str(rate)}

    def dies_before(self, step: str) -> None:
        """Let the processes started from now on end before a step (``unlink standby``); ``""``: no more."""
        self._dies(before=step, after="")

    def dies_after(self, step: str) -> None:
        """Let the processes started from now on end after a step: ``writing`` a file in which something stands."""
        self._dies(before="", after=step)

    def _dies(self, *, before: str, after: str) -> None:
        path = self.environment["PYTHONPATH"].removeprefix(_FAULTS)
        self.environment["PYTHONPATH"] = _FAULTS + path if before or after else path
        self.environment |= {"DIE_BEFORE": before, "DIE_AFTER": after}

    @property
    def address(self) -> str:
        """Where standbys connect."""
        return f"127.0.0.1:{self.standby_port}"

    def invite(self) -> str:
        """A token for one standby."""
        return str(json.loads(self.command("standby", "invite", "--data", str(self.data), "--json").stdout)["token"])

    def join(self, address: str, token: str | None) -> Self:
        """Join, copy everything, and come back."""
        words = ["--token", token] if token else []
        self.command("standby", "join", address, *words, "--data", str(self.data), "--once", "--yes")
        return self

    def follow(self, *options: str) -> Self:
        """Start ``serve`` in a folder that follows: it does not listen for members yet."""
        (self.data / "survival" / "status.json").unlink(missing_ok=True)  # what an earlier process noted
        with self.log.open("ab") as log:
            words = ["serve", "--data", str(self.data), "--port", str(self.port), *options]
            self.process = started(words, self.environment, stdout=log, stderr=log)
        return self

    def status(self) -> dict:
        """What ``palabre standby status`` says."""
        said = self.command("standby", "status", "--data", str(self.data), "--json", check=False).stdout
        return json.loads(said)

    def last(self) -> dict:
        """What the server noted last about its part."""
        try:
            return json.loads((self.data / "survival" / "status.json").read_bytes())
        except FileNotFoundError:
            return {}

    def has_standby(self) -> bool:
        """Whether a standby is in step now."""
        last = self.last()
        return last.get("at", 0) > time.time() * 1000 - 3000 and any(p["in_step"] for p in last["peers"])

    def is_in_step(self) -> bool:
        """Whether the process that :meth:`follow` started follows, in step."""
        return self._follows() and bool(self.last().get("in_step"))

    def is_passed_over(self) -> bool:
        """Whether that process follows, and knows that its word does not count."""
        return self._follows() and self.last().get("in_step") is False

    def _follows(self) -> bool:
        last = self.last()
        return bool(last.get("at", 0) > time.time() * 1000 - 3000 and last.get("connected"))

    def wait_ready(self, *, seconds: float = 120) -> None:
        """Wait until members are served."""
        until(self._is_ready, f"{self.base_url} serves:\n{self.said()}", seconds=seconds)


class Writer:
    """Posts from several threads, and remembers what was acknowledged."""

    def __init__(self, person: Person, base_url: Callable[[], str], *, threads: int = 4, pause: float = 0.0) -> None:
        self.person = person
        self.base_url = base_url
        self.acknowledged: dict[str, str] = {}
        self.when: dict[str, tuple[float, float]] = {}
        """When each was sent, and when it was acknowledged."""
        self.refused = 0
        self._pause = pause
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(n,), daemon=True) for n in range(threads)]

    def _write(self, number: int) -> None:
        count = 0
        headers = {"Authorization": f"Bearer {self.person.token}"}
        with httpx.Client(timeout=15, trust_env=False, headers=headers) as client:
            while not self._stop.wait(self._pause):
                count += 1
                text = f"words {number} {count} {id(self)}"
                sent = time.monotonic()
                try:
                    answer = client.post(f"{self.base_url()}/api/v1/statuses", data={"status": text})
                except httpx.TransportError:
                    time.sleep(0.02)
                    continue
                if answer.status_code == 200:
                    self.when[answer.json()["id"]] = (sent, time.monotonic())
                    self.acknowledged[answer.json()["id"]] = text
                else:
                    self.refused += 1
                    time.sleep(0.02)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def acknowledged_by_both(old: Writer, new: Writer, *, paused: float | None = None) -> list[str]:
    """What the old server acknowledged after the new one had begun to.

    An answer that was on its way when the old server was ``paused`` may arrive later: it was given before.
    """
    began = min(heard for _, heard in new.when.values())
    late = [one for one, (_, heard) in old.when.items() if heard > began]
    return [old.acknowledged[one] for one in late if paused is None or old.when[one][0] > paused]


def missing(person: Person, base_url: str, acknowledged: dict[str, str]) -> list[str]:
    """The texts that were acknowledged and are not there."""
    lost = []
    ids = list(acknowledged)
    with httpx.Client(
        base_url=base_url, timeout=60, trust_env=False, headers={"Authorization": f"Bearer {person.token}"}
    ) as client:
        for start in range(0, len(ids), 20):
            part = ids[start : start + 20]
            found = {each["id"] for each in client.get("/api/v1/statuses", params={"id[]": part}).json()}
            lost += [acknowledged[one] for one in part if one not in found]
    return lost


class Proxy:
    """Lies between two servers, and does to their bytes what ``harm`` does to each piece it is given."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.harm: Callable[[bytes], list[bytes]] = lambda piece: [piece]
        self.cut = threading.Event()
        """Nothing passes, and new connections end at once."""
        self.dark = threading.Event()
        """Nothing passes, and new connections are never answered: as when packets vanish."""
        self.connections = 0
        self.heard: list[bytes] | None = None
        """Every piece that passes in either direction, once it is a list."""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                if self.cut.is_set():
                    near.close()
                    continue
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        while self.dark.is_set():
            time.sleep(0.05)
        try:
            far = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            near.close()
            return
        self.connections += 1
        self._open |= {near, far}
        threading.Thread(target=self._pass, args=(near, far, False), daemon=True).start()
        threading.Thread(target=self._pass, args=(far, near, True), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, harmful: bool) -> None:
        try:
            while piece := source.recv(65_536):
                if self.heard is not None:
                    self.heard.append(piece)
                while self.cut.is_set() or self.dark.is_set():
                    time.sleep(0.05)  # a partition loses nothing that TCP would not send again
                    if sink not in self._open:
                        return
                for part in self.harm(piece) if harmful else [piece]:
                    sink.sendall(part)
        except OSError:
            pass
        finally:
            for end in (source, sink):
                self._open.discard(end)
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
                end.close()

    def lead_to(self, target: int) -> None:
        """Lead to another port from now on; who is connected has to come again."""
        self.target = target
        self._end_all()

    def close(self) -> None:
        """End everything."""
        self._listener.close()
        self._end_all()

    def _end_all(self) -> None:
        for each in tuple(self._open):
            self._open.discard(each)
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def pair(folder: Path, **settings: object) -> Iterator[tuple[Host, Host]]:
    """A primary with a standby in step."""
    one = Host(folder / "one", **settings).start()
    two = Host(folder / "two", new=False, origin=one.base_url, **settings)
    try:
        two.join(one.address, one.invite()).follow()
        until(lambda: two.is_in_step() and one.has_standby(), f"it follows:\n{one.said()}\n{two.said()}")
        yield one, two
    finally:
        one.kill()
        two.kill()
