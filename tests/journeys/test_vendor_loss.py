"""The drill in which every vendor is taken away, held as an operator would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from palabre.drill.deeds import Deed
from palabre.drill.vendor_loss import QUICK, Depth, _as_promised, groups, settings_of
from palabre.drill.vendors import VENDORS, Place
from running import RunningServer

pytestmark = pytest.mark.crash


def test_the_drill_passes_and_its_report_is_kept_and_shown(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "data")
    words = ("drill", "vendor-loss", "--quick", "--json", "--data", str(server.data))
    report = json.loads(server.command(*words, seconds=1_200).stdout)
    assert report["passed"]
    assert report["kind"] == "vendor-loss"
    losses = report["details"]["losses"]
    assert {name for loss in losses for name in loss["without"]} == {vendor.name for vendor in VENDORS}
    alone = {(loss["without"][0], loss["how"]) for loss in losses if len(loss["without"]) == 1}
    assert alone == {(vendor.name, "refused") for vendor in VENDORS}
    assert report["details"]["ways"] == ["refused"], "the report does not look like one of the whole drill"
    assert max(len(loss["without"]) for loss in losses) == len(VENDORS), "and all together"
    stalled = {name for loss in losses if loss["how"] == "stalled" for name in loss["without"]}
    assert stalled == {vendor.name for vendor in VENDORS if "stalled" in vendor.ways}
    needed = {vendor.name for vendor in VENDORS if vendor.stops_writing}
    for loss in losses:
        assert {deed["what"] for deed in loss["deeds"]} == {"sign up", "sign in", "read", "post", "follow"}
        assert all(loss["degrades"])
        stops = bool(needed & set(loss["without"]))
        told = [
            vendor
            for vendor in VENDORS
            if vendor.name in loss["without"] and not (stops and (vendor.touch or vendor.prepare))
        ]
        assert len(loss["operator_told"]) == len(told)
        assert all(vendor.probe in line for vendor, line in zip(told, loss["operator_told"], strict=True))
        assert all(deed["good"] for deed in loss["deeds"] if not stops)
        assert all(deed["good"] for deed in loss["deeds"] if deed["what"] == "read")
    assert report["acknowledged"] > 0
    kept = list((server.data / "drills").glob("*.json"))
    assert json.loads(kept[0].read_bytes()) == report
    said = server.command("doctor", "--data", str(server.data), check=False).stdout
    assert "no drill has passed" not in said


def test_each_is_taken_away_alone_then_those_that_nobody_needs_then_all() -> None:
    found = groups(VENDORS, Depth().ways, Depth().together)
    assert {how for _, how in found} == {"refused", "stalled"}
    assert all(([vendor], how) in found for vendor in VENDORS for how in vendor.ways)
    assert (list(VENDORS), "refused") in found
    assert ([vendor for vendor in VENDORS if not vendor.stops_writing], "refused") in found
    assert all(how in vendor.ways for group, how in found for vendor in group)
    quick = groups(VENDORS, QUICK.ways, QUICK.together)
    assert all(([vendor], "refused") in quick for vendor in VENDORS)
    assert (list(VENDORS), "refused") in quick
    assert all(how == "refused" for group, how in quick if len(group) == 1)
    for several in (list(VENDORS), [vendor for vendor in VENDORS if not vendor.stops_writing]):
        assert ([vendor for vendor in several if "stalled" in vendor.ways], "stalled") in quick


def test_a_network_may_have_several_vaults_but_one_lease(tmp_path: Path) -> None:
    settings = settings_of(VENDORS, [Place(tmp_path, 1000 + number) for number, _ in enumerate(VENDORS)])
    s3, sftp = settings["PALABRE_VAULTS"].split(",")
    assert s3.startswith("s3://")
    assert sftp.startswith("sftp://")
    assert "," not in settings["PALABRE_LEASE"]
    assert settings["PALABRE_PUSH_ANYWHERE"] == "on"


def test_an_answer_that_waits_for_a_vendor_or_fails_is_not_as_promised() -> None:
    assert _as_promised(Deed(what="post", good=True, seconds=0.1), stops=False, slowest=5.0)
    assert not _as_promised(Deed(what="post", good=True, seconds=9.0), stops=False, slowest=5.0)
    assert not _as_promised(Deed(what="post", good=False, seconds=0.1, said="503 …"), stops=False, slowest=5.0)
    assert _as_promised(Deed(what="post", good=False, seconds=0.1, said="503 plain words"), stops=True, slowest=5.0)
    assert not _as_promised(Deed(what="post", good=True, seconds=0.1), stops=True, slowest=5.0)
    assert not _as_promised(Deed(what="read", good=False, seconds=0.1, said="503"), stops=True, slowest=5.0)
