"""Apps made with the two libraries that most web and desktop clients are made with spend a member's day here."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deciphering import Device
from plain_browser import PlainBrowser
from push_service import PushService
from running import RunningServer
from unit.media.films import film, song
from unit.media.samples import animation, encode, picture

CLIENTS = Path(__file__).parents[1] / "clients"
_SECONDS = 240


@pytest.fixture
def service() -> Iterator[PushService]:
    """Where push messages go."""
    made = PushService()
    yield made
    made.close()


@pytest.fixture(scope="module")
def network(pushing_server: RunningServer) -> RunningServer:
    """A network that may push to this machine."""
    return pushing_server


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """One file of each kind that a client may attach, by the type that it becomes."""
    made = {
        "image": ("wall.jpg", encode(picture(), "JPEG")),
        "gifv": ("wave.gif", animation("GIF")),
        "video": ("film.mp4", film()),
        "audio": ("song.mp3", song("mp3")),
    }
    for name, content in made.values():
        (tmp_path / name).write_bytes(content)
    return {kind: str(tmp_path / name) for kind, (name, _) in made.items()}


def let_in(server: RunningServer, name: str, url: str) -> str:
    """Do in a browser what a member does there, and return the code that he is shown.

    Who is called root runs the network, and shows once more that it is him.
    """
    browser = PlainBrowser(server)
    try:
        runs = name.startswith("root")
        person = server.account(name, password="correct horse battery", **({"admin": True} if runs else {}))
        browser.sign_in(person)
        browser.open(url)
        proof = {"password": person.password} if runs else {}
        shown = browser.submit("/oauth/authorize", answer="yes", **proof)
        return shown.text.split('tabindex="0">', 1)[1].split("<", 1)[0]
    finally:
        browser.close()


class Day:
    """A client that runs, what it asks of the test, and how far it came."""

    def __init__(self, network: RunningServer, service: PushService, client: str) -> None:
        self.network, self.service, self.client = network, service, client
        self.device = Device()
        self.done: list[str] = []

    def answer(self, what: str, details: list[str]) -> str:
        """Answer what the client cannot do itself."""
        if what == "let in":
            name, url = details
            return let_in(self.network, f"{name}_{self.client}", url)
        assert what == "pushed"
        arrived = self.service.wait(1)[0]
        return "yes" if b"ring" in self.device.read(arrived.body, arrived.headers) else "no"

    def spend(self, files: dict[str, str], complaints: Path) -> int:
        """Let the client go through its day, and return how it ended."""
        push = {"endpoint": f"{self.service.origin}/send/of-{self.client}", "keys": self.device.keys}
        given = json.dumps({"url": self.network.base_url, "files": files, "push": push})
        with (
            complaints.open("w") as said_aside,
            subprocess.Popen(
                ["node", f"{self.client}.mjs", given],
                cwd=CLIENTS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said_aside, text=True,
            ) as running,
        ):  # fmt: skip
            assert running.stdin is not None
            assert running.stdout is not None
            too_long = threading.Timer(_SECONDS, running.kill)
            too_long.start()
            try:
                for line in running.stdout:
                    said = json.loads(line) if line.startswith("{") else {}  # else a library's own words
                    if "done" in said:
                        self.done.append(said["done"])
                    elif "what" in said:
                        running.stdin.write(self.answer(said["what"], said["details"]) + "\n")
                        running.stdin.flush()
                return running.wait(30)
            finally:
                too_long.cancel()
                running.kill()


@pytest.mark.parametrize("client", ["masto", "megalodon"])
def test_a_day_with(
    network: RunningServer, files: dict[str, str], service: PushService, tmp_path: Path, client: str
) -> None:
    day = Day(network, service, client)
    complaints = tmp_path / "complaints"
    status = day.spend(files, complaints)
    said = f"after {day.done}: {complaints.read_text()}\n{network.said()[-2000:]}"
    assert (status, day.done[-1:]) == (0, ["everything"]), said
