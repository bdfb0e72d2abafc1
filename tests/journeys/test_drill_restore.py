"""`palabre drill restore`: everything but the vault is destroyed, and what the vault was said to have comes back."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from fixtures_server import ServerMaker
from running import RunningServer, free_port
from sftp_server import sftp_server

pytestmark = pytest.mark.crash


def said(server: RunningServer, *words: str) -> dict[str, Any]:
    """The report; whether it was quick enough is for who measures."""
    return json.loads(server.command("drill", "restore", "--json", *words, check=False).stdout)


def is_whole(report: dict[str, Any]) -> None:
    details = report["details"]
    assert report["kind"] == "restore"
    assert report["acknowledged"] > 20
    assert details["confirmed_lost"] == 0
    assert report["rpo_lost"] < report["acknowledged"]
    assert details["lag_seconds"] is not None  # the metrics told it
    assert not [problem for problem in details["problems"] if " s " not in f"{problem} "]


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_what_the_vault_was_said_to_have_comes_back(make_server: ServerMaker, tmp_path: Path, database: str) -> None:
    server = make_server()
    report = said(server, "--database", database, "--seconds", "4", "--report", str(tmp_path / "report.json"))
    is_whole(report)
    assert report["details"]["database"] == database
    assert json.loads((tmp_path / "report.json").read_text()) == report


def test_it_comes_back_from_another_machine_too(make_server: ServerMaker, tmp_path: Path) -> None:
    with sftp_server(tmp_path) as machine:
        is_whole(said(make_server(), "--seconds", "4", "--vault", machine.address()))


def test_the_vault_of_a_real_network_is_tried_beside_it(make_server: ServerMaker, tmp_path: Path) -> None:
    server = make_server(limits="off", vaults=str(tmp_path / "vault"), metrics_port=free_port())
    rotated = json.loads(
        server.command("backup", "key", "rotate", "--yes", "--json", "--data", str(server.data)).stdout
    )
    (tmp_path / "key").write_text(rotated["recovery_key"])
    ana = server.account("ana")
    server.start()
    with ana.client() as client:
        for number in range(30):
            assert client.post("/api/v1/statuses", data={"status": f"post {number}"}).status_code == 200
        deadline = time.monotonic() + 60
        words = ("--data", str(server.data), "--key", str(tmp_path / "key"))
        while (report := said(server, *words))["acknowledged"] < 30 and time.monotonic() < deadline:
            time.sleep(1)
        assert report["acknowledged"] == 30
        assert report["rpo_lost"] == 0
        assert report["passed"]
        assert client.get("/api/v1/accounts/verify_credentials").status_code == 200  # nothing was destroyed
    kept = sorted((server.data / "drills").glob("*-restore.json"))
    assert json.loads(kept[-1].read_text()) == report
