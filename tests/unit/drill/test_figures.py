"""What a drill counts, and when it has passed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from palabre.drill.figures import Round, report_of, share, told
from palabre.drill.load import Acknowledged, Ledger, Target
from palabre.drill.relay import Link, Relay
from palabre.survival.drills import DrillReport, keep, last


def ledger(*writes: tuple[int, float, float]) -> Ledger:
    """Writes as (server, sent, heard)."""
    made = Ledger()
    made.writes = [Acknowledged(server, sent, heard, "t", str(n)) for n, (server, sent, heard) in enumerate(writes)]
    return made


def good(**changes: object) -> Round:
    usual = {"kind": "kill", "rto_seconds": 9.0, "writes_per_second": 240.0, "acknowledged": 100, "fenced": True}
    return Round(**{**usual, **changes})


def judged(*rounds: Round, **more: object) -> DrillReport:
    return report_of("host-loss", 1_795_600_000_000, 60.0, rounds, rto_limit=15.0, writes_limit=200.0, **more)


def test_what_the_old_acknowledges_after_the_new_has_begun_is_seen() -> None:
    both = ledger((0, 1.0, 1.1), (0, 2.0, 2.1), (1, 9.0, 9.1), (0, 8.0, 9.2), (1, 9.2, 9.3), (0, 9.4, 9.5))
    assert [write.heard for write in both.late(0, 1, since=0)] == [9.2, 9.5]
    assert both.late(0, 1, since=5) == []
    assert ledger((0, 1.0, 1.1), (1, 2.0, 2.1)).late(0, 1, since=0) == []


@pytest.mark.parametrize(
    "bad", [good(lost=1), good(double_primaries=1), good(rto_seconds=None), good(rto_seconds=15.1), good(problem="x")]
)
def test_one_bad_round_fails_a_drill(bad: Round) -> None:
    assert judged(good(), good()).passed
    report = judged(good(), bad)
    assert not report.passed
    assert "NOT PASSED" in told(report)


def test_a_post_that_is_there_twice_fails_a_drill() -> None:
    assert not judged(good(), repeated=1).passed


def test_five_of_a_hundred_losses_may_last_longer() -> None:
    assert judged(*[good()] * 95, *[good(rto_seconds=30.0)] * 5).passed
    assert not judged(*[good()] * 94, *[good(rto_seconds=30.0)] * 6).passed


def test_a_drill_in_which_members_wrote_too_little_proves_nothing() -> None:
    assert judged(*[good(writes_per_second=200.0)] * 4).passed
    report = judged(*[good()] * 3, good(writes_per_second=199.9))
    assert not report.passed
    assert (report.details["writes_p5"], report.details["writes_limit"]) == (199.9, 200.0)
    assert "writes             200 a second in the slowest rounds (at least 200 wanted)" in told(report)
    assert judged(*[good()] * 95, *[good(writes_per_second=20.0)] * 4).passed, "as with those that last longer"
    assert not judged(*[good()] * 94, *[good(writes_per_second=20.0)] * 6).passed


def test_a_drill_without_rounds_has_not_passed() -> None:
    assert not judged().passed


def test_shares_are_values_that_were_measured() -> None:
    values = [float(n) for n in range(1, 101)]
    assert (share(values, 0.5), share(values, 0.95), share(values, 1.0)) == (50.0, 95.0, 100.0)
    assert share([7.0], 0.95) == 7.0
    assert share([], 0.5) is None


def test_reports_are_kept_and_the_last_come_first(tmp_path: Path) -> None:
    first, second = judged(good()), msgspec.structs.replace(judged(good(lost=2)), began=1_795_600_000_001)
    other = msgspec.structs.replace(first, kind="restore", began=1_795_600_000_002)
    for report in (second, first, other):
        assert keep(tmp_path, report).stat().st_mode & 0o077 == 0
    (tmp_path / "drills" / "99999999-host-loss.json").write_text("no report")
    assert last(tmp_path) == [other, second, first]
    assert last(tmp_path, kind="host-loss", most=1) == [second]
    assert last(tmp_path / "nothing") == []


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.org", Target("example.org", 443, tls=True, name="example.org")),
        ("http://127.0.0.1:8000/", Target("127.0.0.1", 8000, tls=False, name="127.0.0.1:8000")),
    ],
)
def test_a_host_is_named_by_its_address(url: str, target: Target) -> None:
    assert Target.parse(url) == target


@pytest.mark.parametrize("url", ["example.org", "ftp://example.org", "https://"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not like"):
        Target.parse(url)


def test_a_relay_that_is_cut_passes_nothing_and_loses_nothing() -> None:
    async def talk() -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while piece := await reader.read(100):
                writer.write(piece)
            writer.close()

        far = await asyncio.start_server(echo, "127.0.0.1", 0)
        relay = await Relay("127.0.0.1", far.sockets[0].getsockname()[1]).start()
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        relay.cut()
        writer.write(b"two")
        answer = asyncio.create_task(reader.readexactly(3))
        done, _ = await asyncio.wait([answer], timeout=0.2)
        assert not done
        relay.heal()
        assert await answer == b"two"
        writer.close()
        await relay.stop()
        far.close()

    asyncio.run(talk())


def test_a_link_that_is_cut_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    link = Link(tmp_path / "way", tmp_path / "place")
    assert (tmp_path / "way").is_dir()
    link.cut()
    assert not (tmp_path / "way").exists()
    link.heal()
    link.heal()
    assert (tmp_path / "way").is_dir()
