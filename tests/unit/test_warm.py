"""Warm processes are processes like others: own settings, own files, and an end that is told."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from pathlib import Path

import pytest

from running import RunningServer
from warm import Process, Warm


@pytest.fixture
def server(tmp_path: Path) -> RunningServer:
    return RunningServer(tmp_path / "data")


def test_what_a_command_says_and_how_it_ends_is_told(server: RunningServer) -> None:
    done = server.command("--version")
    assert done.stdout.startswith("palabre, version ")
    assert (done.returncode, done.stderr) == (0, "")
    for words, code, complaint in (
        (["account", "list", "--data", "nowhere"], 1, "palabre: nowhere holds no network yet."),
        (["no-such-command"], 2, "no-such-command"),
    ):
        done = server.command(*words, check=False)
        assert (done.returncode, done.stdout) == (code, "")
        assert complaint in done.stderr
    with pytest.raises(AssertionError, match="nowhere holds no network yet"):
        server.command("account", "list", "--data", "nowhere")


def test_its_settings_and_its_folder_are_its_own(
    server: RunningServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        server.environment["PALABRE_DATA"] = name
        assert f"{name} holds no network yet" in server.command("account", "list", check=False).stderr
    del server.environment["PALABRE_DATA"]
    monkeypatch.chdir(tmp_path)
    assert server.command("account", "list").stdout == ""


def test_one_ends_without_the_other_and_has_none_of_its_files(server: RunningServer, tmp_path: Path) -> None:
    other = RunningServer(tmp_path / "other").start()
    server.start()
    assert isinstance(server.process, Process)
    assert isinstance(other.process, Process)
    assert str(other.data) not in " ".join(_open_files(server.process))
    killed = other.process
    assert killed.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        killed.wait(0.01)
    other.kill()
    assert killed.returncode == killed.wait() == -signal.SIGKILL
    assert not Path(f"/proc/{killed.pid}").exists()
    assert server.process.poll() is None
    assert server.stop() == 0


def _open_files(process: Process) -> list[str]:
    found = []
    for each in Path(f"/proc/{process.pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            found.append(str(each.readlink()))
    return found


def test_another_python_path_needs_a_process_of_its_own(server: RunningServer, tmp_path: Path) -> None:
    usual = Warm(server.environment)
    try:
        assert usual.fits(server.environment | {"PALABRE_ORIGIN": "https://b.example", "PYTEST_CURRENT_TEST": "x"})
        assert not usual.fits(server.environment | {"PYTHONPATH": "elsewhere"})
    finally:
        usual.close()
    (tmp_path / "sitecustomize.py").write_text('print("loaded by Python itself")')
    server.environment["PYTHONPATH"] = f"{tmp_path}:{server.environment['PYTHONPATH']}"
    assert server.command("--version").stdout.startswith("loaded by Python itself")
