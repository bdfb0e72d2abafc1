"""The drill in which every vendor is taken away, held as an operator would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from palabre.drill.deeds import Deed
from palabre.drill.vendor_loss import _as_promised
from palabre.drill.vendors import VENDORS
from running import RunningServer

pytestmark = pytest.mark.crash


def test_the_drill_passes_and_its_report_is_kept_and_shown(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data")
    report = json.loads(server.command("drill", "vendor-loss", "--json", "--data", str(server.data)).stdout)
    assert report["passed"]
    assert report["kind"] == "vendor-loss"
    losses = report["details"]["losses"]
    assert {name for loss in losses for name in loss["without"]} == {vendor.name for vendor in VENDORS}
    assert {loss["how"] for loss in losses} == {"refused", "stalled"}
    for loss in losses:
        assert {deed["what"] for deed in loss["deeds"]} == {"sign up", "sign in", "read", "post", "follow"}
        assert all(loss["degrades"])
        assert len(loss["operator_told"]) == len(loss["without"])
        assert all(deed["good"] for deed in loss["deeds"] if "lease" not in loss["without"])
        assert all(deed["good"] for deed in loss["deeds"] if deed["what"] == "read")
    assert report["acknowledged"] > 0
    kept = list((server.data / "drills").glob("*.json"))
    assert json.loads(kept[0].read_bytes()) == report
    said = server.command("doctor", "--data", str(server.data), check=False).stdout
    assert "no drill has passed" not in said


def test_an_answer_that_waits_for_a_vendor_or_fails_is_not_as_promised() -> None:
    assert _as_promised(Deed(what="post", good=True, seconds=0.1), stops=False)
    assert not _as_promised(Deed(what="post", good=True, seconds=9.0), stops=False)
    assert not _as_promised(Deed(what="post", good=False, seconds=0.1, said="503 …"), stops=False)
    assert _as_promised(Deed(what="post", good=False, seconds=0.1, said="503 plain words"), stops=True)
    assert not _as_promised(Deed(what="post", good=True, seconds=0.1), stops=True)
    assert not _as_promised(Deed(what="read", good=False, seconds=0.1, said="503"), stops=True)
