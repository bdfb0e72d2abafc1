"""`palabre init --postgresql-ha` writes files that are ready to use, private, and never written over.

That they work is shown by tests/journeys/test_postgresql_failover.py, which runs them.
"""

from __future__ import annotations

import configparser
import json
import re
import stat
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from palabre.cli import main
from palabre.survival.patroni import Layout
from palabre.survival.patroni.layout import newest_binaries
from palabre.survival.patroni.writing import render

_MACHINES = ["--ha-machine", "10.1.0.1", "--ha-machine", "10.1.0.2"]
_ETCD = ["--ha-etcd", "10.1.0.1", "--ha-etcd", "10.1.0.2", "--ha-etcd", "10.1.0.3"]
_FILES = {
    "README.md", "create-database.sh", "etcd-1.yml", "etcd-2.yml", "etcd-3.yml", "palabre-etcd.service",
    "palabre-patroni.service", "palabre.toml", "patroni-1.yml", "patroni-2.yml",
}  # fmt: skip

Init = Callable[..., str]


@pytest.fixture
def init(capsys: pytest.CaptureFixture[str]) -> Init:
    """Run ``palabre init``; return what it said."""

    def run(*words: str) -> str:
        main(["init", *words])
        return capsys.readouterr().out

    return run


def test_all_files_are_there_and_nobody_else_may_read_them(tmp_path: Path, init: Init) -> None:
    folder = tmp_path / "ha"
    said = json.loads(init("--postgresql-ha", str(folder), *_MACHINES, *_ETCD, "--json"))
    assert set(said["files"]) == _FILES == {path.name for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert not (tmp_path / "ha" / "keyring").exists()


def test_without_a_folder_they_go_beside_the_network(tmp_path: Path, init: Init) -> None:
    said = init("--postgresql-ha", "--data", str(tmp_path))
    assert {path.name for path in (tmp_path / "postgresql-ha").iterdir()} == _FILES
    assert "are examples" in said
    assert not (tmp_path / "keyring").exists()


def test_every_password_is_new_and_where_it_is_needed() -> None:
    one, two = render(Layout()), render(Layout())
    secrets = set(re.findall(r"[0-9a-f]{32}", "".join(one.values())))
    assert len(secrets) == 5
    assert not secrets & set(re.findall(r"[0-9a-f]{32}", "".join(two.values())))
    assert set(re.findall(r"[0-9a-f]{32}", one["patroni-1.yml"])) == set(
        re.findall(r"[0-9a-f]{32}", one["patroni-2.yml"])
    )
    [application] = re.findall(r"[0-9a-f]{32}", one["create-database.sh"])
    url = tomllib.loads(one["palabre.toml"])["database"]
    assert url == (
        f"postgresql://palabre:{application}@10.0.0.1:5432,10.0.0.2:5432/palabre?target_session_attrs=read-write"
    )


def test_no_place_is_left_open_and_no_address_is_forgotten() -> None:
    files = render(Layout(machines=("fd00::1", "fd00::2"), etcd=("fd00::1", "fd00::2", "fd00::3")))
    assert not [name for name, text in files.items() if re.search(r"(?<![\w:])@[a-z_]+@", text)]
    assert "listen: [fd00::2]:5432" in files["patroni-2.yml"]
    assert "host palabre palabre fd00::1/128 scram-sha-256" in files["patroni-1.yml"]
    assert '- "[fd00::3]:2379"' in files["patroni-1.yml"]
    assert (
        "initial-cluster: etcd1=http://[fd00::1]:2380,etcd2=http://[fd00::2]:2380,etcd3=http://[fd00::3]:2380"
        in (files["etcd-3.yml"])
    )


def test_writes_wait_for_the_standby_and_the_choice_is_explained() -> None:
    text = render(Layout())["patroni-1.yml"]
    assert "synchronous_mode: true" in text
    assert re.search(r"# false: .+\n.+\n +# true: .+\n +synchronous_mode_strict: false", text)
    assert 'synchronous_commit: "on"' in text


def test_the_units_run_what_the_guide_puts_in_place() -> None:
    files = render(Layout())
    guide = files["README.md"]
    placed = set(re.findall(r"^install -o \w+ -g \w+ -m \d+ (\S+) (\S+)$", guide, re.MULTILINE))
    assert {name for name, _ in placed} == _FILES - {"README.md", "palabre.toml"}
    for unit, program in (("palabre-patroni.service", "/usr/bin/patroni"), ("palabre-etcd.service", "/usr/bin/etcd")):
        parsed = configparser.ConfigParser(strict=False, interpolation=None)
        parsed.read_string(files[unit])
        command = parsed["Service"]["ExecStart"].split()
        assert command[0] == program
        assert command[-1] in {path for _, path in placed}
        assert parsed["Service"]["Restart"] == "always"
    assert "/etc/palabre-ha/create-database.sh" in {path for _, path in placed}
    assert "KillMode=mixed" in files["palabre-patroni.service"]


def test_the_script_is_one_that_a_shell_understands(tmp_path: Path) -> None:
    path = tmp_path / "create-database.sh"
    path.write_text(render(Layout())["create-database.sh"], "utf-8")
    subprocess.run(["sh", "-n", str(path)], check=True)


def test_a_single_etcd_is_warned_of() -> None:
    assert "only one etcd" in render(Layout(etcd=("10.0.0.3",)))["README.md"]
    assert "only one etcd" not in render(Layout())["README.md"]


def test_nothing_is_written_over(tmp_path: Path, init: Init, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "patroni-2.yml").write_text("mine", "utf-8")
    with pytest.raises(SystemExit) as ended:
        init("--postgresql-ha", str(tmp_path))
    assert ended.value.code == 1
    assert "patroni-2.yml is there already; nothing was written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["patroni-2.yml"]
    assert (tmp_path / "patroni-2.yml").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("words", "named", "problem"),
    [
        (["--ha-machine", "db.example"], "--ha-etcd", "is needed too"),
        ([*_ETCD], "--ha-machine", "is needed too"),
        (["--ha-machine", "db.example", *_ETCD], "--ha-machine", "'db.example' is no IP address"),
        (["--ha-machine", "10.1.0.1", *_ETCD], "--ha-machine", "give two addresses, not 1"),
        ([*_MACHINES, *_ETCD[:4]], "--ha-etcd", "odd number"),
        ([*_MACHINES, *_ETCD, "--ha-etcd", "10.1.0.1"], "--ha-etcd", "given twice"),
        ([*_MACHINES, *_ETCD, "--ha-application", "10.1.0.0/24"], "--ha-application", "is no IP address"),
        (["--ha-ports", "5432"], "--ha-ports", "is not like 5432,8008,2379"),
        (["--ha-ports", "5432,8008,65535"], "--ha-ports", "at most 65534"),
        (["--ha-ports", "2380,8008,2379"], "--ha-ports", "a port of its own"),
        (["--ha-data", "/srv/a b"], "--ha-data", "is no absolute path"),
        (["--ha-etc", "here"], "--ha-etc", "is no absolute path"),
    ],
)
def test_what_cannot_be_is_named(
    tmp_path: Path, init: Init, capsys: pytest.CaptureFixture[str], words: list[str], named: str, problem: str
) -> None:
    with pytest.raises(SystemExit):
        init("--postgresql-ha", str(tmp_path / "ha"), *words)
    [said] = capsys.readouterr().err.strip().splitlines()
    assert said.startswith(f"palabre: {named}: ")
    assert problem in said
    assert not (tmp_path / "ha").exists()


def test_the_newest_postgresql_of_the_machine_is_taken(tmp_path: Path) -> None:
    for version in ("9.6", "15", "17"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "initdb").touch()
    assert newest_binaries(tmp_path) == str(tmp_path / "17" / "bin")
    assert newest_binaries(tmp_path / "nothing") == "/usr/lib/postgresql/15/bin"
