"""The benchmark runs from end to end and finds every answer right. What it measures is no test's business."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_a_short_run_measures_everything_and_finds_every_answer_right(database: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "palabre", "bench", "--quick", "--database", database, "--results", str(tmp_path)],
        check=False, capture_output=True, text=True, timeout=540, env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr

    (written,) = tmp_path.glob("*.json")
    (figures,) = json.loads(written.read_text("utf-8"))["figures"]
    guarded = {f"{what}, {how}" for what in ("posting", "one post") for how in ("alone", "with a standby")}
    assert {each["what"] for each in figures["measured"]} == {
        "ceiling", "home", "home of 10 readers", "local", "hashtag", "one post", "thread of 12", "account posts",
        "notifications", "search", "trends", "posting", "plain posting", "web push",
        *(guarded if database == "sqlite" else ()),
    }  # fmt: skip
    assert all(one["requests"] > 0 for each in figures["measured"] for one in each["passes"])
    assert [each["followers"] for each in figures["fan_outs"]] == [50, 150]
    assert (figures["streaming"]["idle"], figures["streaming"]["active"]) == (60, 20)
    [push] = [each for each in figures["measured"] if each["what"] == "web push"]
    assert (push["clients"], [one["requests"] for one in push["passes"]]) == (20, [20, 20])
    assert figures["accounts"]["count"] == 60
    assert [(each["source"], each["posts"], each["pictures"]) for each in figures["imports"]] == [
        ("twitter", 300, 6), ("mastodon", 300, 6),
    ]  # fmt: skip
    assert figures["idle_bytes"]
    if database == "sqlite":
        assert figures["promotion"]["bytes"] > 10**7
        assert 0 < figures["promotion"]["seconds"][0] <= figures["promotion"]["first_write_seconds"][0]
        assert figures["vaulting"]["bytes"] > 10**7
        assert figures["vaulting"]["acknowledged"] > 0
        assert figures["vaulting"]["lag_seconds"]
        assert len(figures["vaulting"]["restore_seconds"]) == 1
        looked = {(each["page"], each["known"], each["window"]) for each in figures["painted"]}
        assert looked == {(page, page != "/", window) for page in ("/home", "/") for window in ("phone", "wide")}
        assert all(each["ms"][0] > 0 and each["largest"] for each in figures["painted"])
    assert figures["start_seconds"]
    (table,) = tmp_path.glob("*.md")
    said = table.read_text("utf-8")
    assert said in done.stdout
    if database == "sqlite":
        [start] = [
            line for line in said.splitlines() if line.startswith("| from start to the first answer | ≤ 1.5 s |")
        ]
        assert "not measured" not in start


def test_who_arrives_is_measured_without_a_town(tmp_path: Path) -> None:
    command = ["bench", "--quick", "--database", "sqlite", "--only", "accounts", "--only", "import"]
    done = subprocess.run(
        [sys.executable, "-m", "palabre", *command, "--results", str(tmp_path)],
        check=False, capture_output=True, text=True, timeout=300, env=os.environ | {"PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "move in" not in done.stderr
    (written,) = tmp_path.glob("*.json")
    (figures,) = json.loads(written.read_text("utf-8"))["figures"]
    assert figures["measured"] == []
    assert figures["accounts"]["count"] == 60
    assert figures["accounts"]["seconds"] > 0
    assert all(each["cpu_seconds"] > 0 for each in figures["imports"])
    musts = [line for line in done.stdout.splitlines() if line.startswith(("| 5,000 acc", "| 50,000 posts"))]
    assert [line.split(" | ")[1] for line in musts] == ["≤ 20 s", "≤ 300 s", "≤ 300 s"]
    assert not any("not measured" in line for line in musts)
