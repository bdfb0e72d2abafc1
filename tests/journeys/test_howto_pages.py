"""The how-to pages are followed literally: their commands are run as they stand, and print what the pages say.

A block that is to be run names its machine after the language (``sh first``), and how: ``serve`` starts it and leaves
it running, after ending what ran there; ``until WORDS`` repeats it until it prints them; ``yes`` answers its question
with ``y``. A block ``toml MACHINE FILE`` is added to the file. A block ``text`` after a command is part of what it
prints, with … for what differs. The comment ``<!-- the first machine is gone -->`` kills it.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from running import ROOT, RunningServer, free_port
from standbys import until

pytestmark = pytest.mark.crash

_PIECES = re.compile(
    r"^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$|^<!-- the (?P<gone>\w+) machine is gone -->$", re.MULTILINE | re.DOTALL
)


class Machine:
    """A folder that plays a machine: its own ports, its own ``data``."""

    def __init__(self, folder: Path, name: str, programs: Path) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        self.name = name
        self.port, self.standby_port = free_port(), free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("PALABRE_")} | {
            "PATH": f"{programs}:{os.environ['PATH']}", "PALABRE_PORT": str(self.port), "NO_COLOR": "1",
            "PYTHONPATH": str(ROOT / "src"), "PYTHONUNBUFFERED": "1", "COLUMNS": "200",
        }  # fmt: skip
        if name != "first":  # settings are copied, and machines on one address cannot listen on the same ports
            self.environment["PALABRE_STANDBY_LISTEN"] = f"127.0.0.1:{self.standby_port}"

    def run(self, command: str, *, answer: str = "") -> tuple[int, str]:
        done = subprocess.run(
            ["sh", "-eu", "-c", command], cwd=self.folder, env=self.environment, input=answer, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def serve(self, command: str, *, answer: str = "") -> None:
        self.end(signal.SIGTERM)
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["sh", "-eu", "-c", f"exec {command.strip()}"], cwd=self.folder, env=self.environment, stdout=log,
                stderr=log, stdin=subprocess.PIPE,
            )  # fmt: skip
        assert self.process.stdin is not None
        self.process.stdin.write(answer.encode())
        self.process.stdin.close()
        until(self.is_up, f"it runs:\n{(self.folder / 'log').read_text()}")

    def is_up(self) -> bool:
        """Whether it serves, or follows."""
        if (self.folder / "data" / "standby").exists():
            return True
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
        except OSError:
            return False
        return True

    def end(self, how: int = signal.SIGKILL) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None


class Reader:
    """Somebody who does what a page says."""

    def __init__(self, folder: Path) -> None:
        programs = folder / "bin"
        programs.mkdir()
        palabre = programs / "palabre"
        palabre.write_text(f'#!/bin/sh\nexec {sys.executable} -m palabre "$@"\n')
        palabre.chmod(0o755)
        self.folder = folder
        self.machines = {name: Machine(folder, name, programs) for name in ("first", "second", "third")}
        self.token = ""

    def _here(self, text: str, machine: Machine) -> str:
        for name, other in self.machines.items():
            text = text.replace(f"{name}.example.org:8100", f"127.0.0.1:{other.standby_port}")
        return (
            text.replace("0.0.0.0:8100", f"127.0.0.1:{machine.standby_port}")
            .replace("localhost:8000", f"localhost:{machine.port}")
            .replace("/mnt/usb/palabre", str(self.folder / "usb"))
            .replace("/mnt/third", str(self.folder / "third-place"))
            .replace("--data /var/lib/palabre", "--data data")
            .replace("TOKEN", self.token)
        )

    def follow(self, page: str, only: set[str] | None = None, *, until_loss: bool = False) -> int:
        """Do all of a page, or only what the machines in ``only`` have to do; return how many commands that were.

        With ``until_loss`` it ends where the page has a machine lost.
        """
        printed, machine, done = "", None, 0
        for piece in _PIECES.finditer((ROOT / "docs" / "how-to" / page).read_text("utf-8")):
            if piece["gone"] and until_loss:
                break
            if piece["gone"]:
                self.machines[piece["gone"]].end()
                continue
            language, *words = piece["info"].split()
            if language == "text" and not words and machine is not None:
                self._compare(piece["body"], printed, machine)
            elif words and words[0] in self.machines:
                machine = None
                if only is not None and words[0] not in only:
                    continue
                machine = self.machines[words[0]]
                body = self._here(piece["body"], machine)
                if language == "toml":
                    settings = machine.folder / words[1]
                    if body.strip() not in settings.read_text():
                        settings.write_text(settings.read_text() + body)
                    continue
                printed = self._do(machine, body, words[1:])
                done += 1
            else:
                machine = None
        return done

    def _do(self, machine: Machine, command: str, how: list[str]) -> str:
        answer = "y\n" if "yes" in how else ""
        if "serve" in how:
            machine.serve(command, answer=answer)
            return ""
        wanted = " ".join(how[how.index("until") + 1 :]) if "until" in how else ""
        deadline = time.monotonic() + 60
        while True:
            status, printed = machine.run(command, answer=answer)
            if (status == 0 and wanted in printed) or not wanted or time.monotonic() > deadline:
                break
            time.sleep(0.3)
        assert status == 0, f"{command}\n{printed}"
        assert wanted in printed, f"{command}\n{printed}"
        if found := re.search(r"--token (\S+)", printed):
            self.token = found[1]
        if found := re.search(r"AGE-SECRET-KEY-1[0-9A-Z]+", printed):
            for each in self.machines.values():
                (each.folder / "recovery-key.txt").write_text(f"{found[0]}\n")
        return printed

    def _compare(self, expected: str, printed: str, machine: Machine) -> None:
        for line in self._here(expected, machine).splitlines():
            for part in filter(None, (part.strip() for part in line.split("…"))):
                assert part in printed, f"the page says {part!r}, the command said:\n{printed}"

    def close(self) -> None:
        for machine in self.machines.values():
            machine.end()


@pytest.fixture
def reader(tmp_path: Path):
    reader = Reader(tmp_path)
    first = reader.machines["first"]
    status, said = first.run(f"palabre init --data data --origin http://localhost:{first.port} --yes --json")
    assert status == 0, said
    key = re.search(r'"recovery_key": "([^"]+)"', said)[1]
    (reader.machines["third"].folder / "recovery-key.txt").write_text(f"{key}\n")
    status, said = first.run("palabre account create ana --data data --token --json")
    reader.ana = re.search(r'"token": ?"([^"]+)"', said)[1]
    yield reader
    reader.close()


def say(reader: Reader, name: str, words: str) -> bool:
    """Post something on a machine, as ana."""
    import httpx

    try:
        answer = httpx.post(
            f"http://127.0.0.1:{reader.machines[name].port}/api/v1/statuses", data={"status": words}, timeout=60,
            headers={"Authorization": f"Bearer {reader.ana}"}, trust_env=False,
        )  # fmt: skip
    except httpx.TransportError:
        return False
    return answer.status_code == 200


def texts(reader: Reader, name: str) -> str:
    import httpx

    with httpx.Client(
        base_url=f"http://127.0.0.1:{reader.machines[name].port}", timeout=60, trust_env=False,
        headers={"Authorization": f"Bearer {reader.ana}"},
    ) as client:  # fmt: skip
        me = client.get("/api/v1/accounts/verify_credentials").json()["id"]
        return client.get(f"/api/v1/accounts/{me}/statuses").text


def test_two_machines_in_ten_minutes_and_back(reader: Reader) -> None:
    assert reader.follow("two-machines.md") == 11
    assert say(reader, "second", "written after the first was lost")
    status, said = reader.machines["first"].run("palabre move --data data", answer="y\n")
    assert status == 0, said
    until(lambda: say(reader, "first", "and back"), "the first leads again")
    assert "written after the first was lost" in texts(reader, "first")


def test_moving_to_a_new_host(reader: Reader) -> None:
    reader.machines["first"].serve("palabre serve --data data")
    until(lambda: say(reader, "first", "before"), "it serves")
    assert reader.follow("move-to-a-new-host.md") == 3
    until(lambda: say(reader, "second", "after"), "the new one leads")
    assert say(reader, "first", "by the old address")
    assert "before" in texts(reader, "second")


def test_keeping_a_standby(reader: Reader) -> None:
    assert reader.follow("keep-a-standby.md") == 9
    second = reader.machines["second"]
    until(lambda: ": in step" in second.run("palabre standby status --data data")[1], "the first follows")
    assert say(reader, "second", "written after the first was lost, and on both")


def test_a_standby_that_takes_over_by_itself(reader: Reader) -> None:
    (reader.folder / "third-place").mkdir()
    reader.follow("keep-a-standby.md", until_loss=True)
    assert reader.follow("fail-over-by-itself.md", until_loss=True) == 3
    assert say(reader, "first", "before the loss")
    reader.machines["first"].end()
    assert reader.follow("fail-over-by-itself.md", only={"second"}) == 2
    until(lambda: say(reader, "second", "after the loss"), "the second leads")
    assert "before the loss" in texts(reader, "second")


def test_keeping_a_vault(reader: Reader) -> None:
    first = reader.machines["first"]
    first.serve("palabre serve --data data")
    until(lambda: say(reader, "first", "kept in the vault"), "it serves")
    assert reader.follow("keep-a-vault.md") == 7
    until(lambda: say(reader, "third", "and on"), "it serves again")
    assert "kept in the vault" in texts(reader, "third")


def test_cut_off_with_a_standby(reader: Reader) -> None:
    reader.follow("two-machines.md")
    reader.machines["second"].end()  # the page above ends with the second in front and the first behind
    reader.machines["first"], reader.machines["second"] = reader.machines["second"], reader.machines["first"]
    assert reader.follow("host-has-cut-me-off.md", only={"second"}) == 2
    assert say(reader, "second", "still here")


def test_cut_off_with_a_vault_and_the_recovery_key(reader: Reader) -> None:
    first = reader.machines["first"]
    first.serve("palabre serve --data data")
    until(lambda: say(reader, "first", "kept in the vault"), "it serves")
    reader.follow("keep-a-vault.md", until_loss=True)
    first.end()
    assert reader.follow("host-has-cut-me-off.md", only={"third"}) == 3
    until(lambda: say(reader, "third", "still here"), "it serves again")
    assert "kept in the vault" in texts(reader, "third")


def test_renewing_keys(reader: Reader) -> None:
    assert reader.follow("rotate-keys.md") == 4


def test_every_command_on_the_pages_that_are_not_run_is_one(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data")
    pages = ("two-machines", "host-has-cut-me-off", "move-to-a-new-host", "rotate-keys")
    more = ("keep-a-standby", "keep-a-vault", "fail-over-by-itself", "add-an-origin")
    for page in (*pages, *more):
        text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text("utf-8")
        for command in set(re.findall(r"`palabre ((?:[a-z]+ ?)+)", text)):
            words = command.split()
            while words:
                said = server.command(*words, "--help", check=False)
                if said.returncode == 0:
                    break
                words.pop()
            assert words, f"{page}: palabre {command}"
