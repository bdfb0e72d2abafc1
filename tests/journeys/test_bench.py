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
        "notifications", "posting", "plain posting", *(guarded if database == "sqlite" else ()),
    }  # fmt: skip
    assert all(one["requests"] > 0 for each in figures["measured"] for one in each["passes"])
    assert [each["followers"] for each in figures["fan_outs"]] == [50, 150]
    assert (figures["streaming"]["idle"], figures["streaming"]["active"]) == (60, 20)
    assert figures["idle_bytes"]
    assert figures["start_seconds"]
    (table,) = tmp_path.glob("*.md")
    assert table.read_text("utf-8") in done.stdout
