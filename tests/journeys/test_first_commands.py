"""What a newcomer types first, on machines that lack something: one line says what to do, and nothing is asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from running import ROOT, free_port

_NEEDED = ("sh", "mktemp", "rm", "tail", "sed", "cat", "env")
_WORKS = "exit 0"
_FAILS = "exit 1"


class Machine:
    """A machine of which only the commands put there can be found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.commands = folder / "commands"
        self.commands.mkdir(parents=True)
        self.called = folder / "called"
        for name in _NEEDED:
            found = shutil.which(name)
            assert found is not None
            (self.commands / name).symlink_to(found)

    def has(self, name: str, script: str) -> None:
        """Put a command there that notes how it was called."""
        path = self.commands / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.called}"\n{script}\n')
        path.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        return self.called.read_text().splitlines() if self.called.exists() else []

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, cwd=self.folder, env={"PATH": str(self.commands), "HOME": str(self.folder), **environment},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def prepare(self, what: str = "run") -> subprocess.CompletedProcess[str]:
        return self.run("sh", str(ROOT / "tools" / "debian.sh"), what, PYTHON="python3")


@pytest.fixture
def machine(tmp_path: Path) -> Callable[..., Machine]:
    def make(*, root: bool, python: bool = True, npm: bool = True, apt: str | None = _WORKS) -> Machine:
        made = Machine(tmp_path / "machine")
        made.has("id", f"echo {0 if root else 1000}")
        made.has("python3", _WORKS if python else _FAILS)
        if npm:
            made.has("npm", _WORKS)
        if apt is not None:
            made.has("apt-get", apt)
        return made

    return make


def test_where_nothing_is_missing_nothing_is_said_or_done(machine: Callable[..., Machine]) -> None:
    here = machine(root=True)
    done = here.prepare()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not [call for call in here.calls if call.startswith("apt-get")]


def test_without_root_one_line_says_what_to_install(machine: Callable[..., Machine]) -> None:
    here = machine(root=False, python=False, npm=False)
    done = here.prepare()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Please install these first: apt-get install python3-venv nodejs npm\n"
    assert not [call for call in here.calls if call.startswith("apt-get")]


def test_where_there_is_no_apt_the_same_line_names_what_to_look_for(machine: Callable[..., Machine]) -> None:
    done = machine(root=True, npm=False, apt=None).prepare()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Please install these first: apt-get install nodejs npm\n"


def test_what_the_tests_need_is_named_too(machine: Callable[..., Machine]) -> None:
    done = machine(root=False).prepare("test")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert line.startswith("Please install these first: apt-get install ")
    assert {"wrk", "patroni", "python3-etcd"} <= set(line.split())
    assert not {"python3-venv", "npm"} & set(line.split())


def test_as_root_it_is_installed_without_a_question(machine: Callable[..., Machine]) -> None:
    here = machine(root=True, python=False, npm=False, apt='[ "$DEBIAN_FRONTEND" = noninteractive ]')
    done = here.prepare()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "Installing from Debian: python3-venv nodejs npm\n"
    asked = [call for call in here.calls if call.startswith("apt-get")]
    assert asked[0] == "apt-get update"
    assert asked[1].startswith("apt-get install -y ")
    assert asked[1].endswith(" python3-venv nodejs npm")


def test_why_it_could_not_be_installed_is_shown(machine: Callable[..., Machine]) -> None:
    done = machine(root=True, npm=False, apt="echo E: no network; exit 100").prepare()
    assert done.returncode == 1
    assert done.stderr == "E: no network\n"


# The first run ----------------------------------------------------------------------------------------------


@pytest.fixture
def clone(tmp_path: Path) -> Machine:
    """A folder as `make setup` leaves it, as far as the first run looks."""
    made = Machine(tmp_path / "clone")
    programs = made.folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    start = "import sys; from palabre.cli import main; sys.exit(main())"
    for name, words in (("palabre", f"-c '{start}'"), ("python", "")):
        (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        (programs / name).chmod(0o755)
    return made


def first_run(clone: Machine, port: int, data: str = "data") -> subprocess.CompletedProcess[str]:
    return clone.run("sh", str(ROOT / "tools" / "first_run.sh"), data, str(port), "", PYTHONPATH=str(ROOT / "src"))


def test_the_first_run_says_where_and_how_to_sign_in_and_the_next_only_where(clone: Machine) -> None:
    port = free_port()
    first = first_run(clone, port)
    assert first.returncode == 0, first.stderr
    for words in (f"Your network is at http://localhost:{port}", "Sign in as         admin", "with the password"):
        assert words in first.stdout
    password = first.stdout.split("with the password", 1)[1].split()[0]
    assert len(password) >= 12
    assert "recovery key" in first.stdout
    second = first_run(clone, port)
    assert (second.returncode, second.stderr) == (0, "")
    assert second.stdout == f"Your network is at http://localhost:{port}\n"


def test_another_port_is_refused_in_one_line_that_says_what_to_do(clone: Machine) -> None:
    port, other = free_port(), free_port()
    assert first_run(clone, port).returncode == 0
    settings = (clone.folder / "data" / "palabre.toml").read_text()
    refused = first_run(clone, other)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        f"The network in data was made for http://localhost:{port}: serve it there, "
        "or give this one a folder of its own with DATA=…\n"
    )
    assert (clone.folder / "data" / "palabre.toml").read_text() == settings
    assert first_run(clone, other, "another").returncode == 0


def dry(*settings: str) -> str:
    """What `make run` would do."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PORT", "DATA", "SAMPLE"}}
    done = subprocess.run(
        ["make", "-n", "run", *settings], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("settings", "data", "port"),
    [
        ((), "data", "8000"),
        (("PORT=8123", "DATA=/srv/a network"), "/srv/a network", "8123"),
        (("PORT=", "DATA="), "data", "8000"),
    ],
    ids=["as it stands", "elsewhere", "left empty"],
)
def test_make_run_serves_what_it_is_told_where_it_is_told(settings: tuple[str, ...], data: str, port: str) -> None:
    lines = dry(*settings).splitlines()
    assert lines[-2:] == [
        f'tools/first_run.sh "{data}" "{port}" ""',
        f'exec .venv/bin/palabre serve --data "{data}" --port "{port}"',
    ]
