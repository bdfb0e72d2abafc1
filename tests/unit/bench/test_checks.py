"""A benchmark that does not look at the answers measures how quickly nothing is done."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from palabre.bench import chromium
from palabre.bench.figures import MUSTS, Figures, Measured, Painted, Pass, Promotion, Report, Vaulting
from palabre.bench.http import Answer, WrongAnswer
from palabre.bench.load import Load, Requests
from palabre.bench.passes import Question, Scene
from palabre.bench.reads import lines_check
from palabre.bench.report import BEGIN, END, markdown, write_into
from palabre.bench.run import Options, run

RIGHT = [("3", "7"), ("2", "8"), ("1", "7")]


def page(lines: list[tuple[str, str]]) -> Answer:
    posts = [{"id": post, "account": {"id": author}, "content": ""} for post, author in lines]
    return Answer(200, b"", json.dumps(posts).encode())


def test_the_right_page_passes() -> None:
    lines_check("home", RIGHT)(page(RIGHT))


@pytest.mark.parametrize(
    "wrong",
    [RIGHT[:2], [RIGHT[1], RIGHT[0], RIGHT[2]], [("3", "8"), *RIGHT[1:]], [*RIGHT, ("0", "7")]],
    ids=["one missing", "another order", "another author", "one too many"],
)
def test_a_wrong_page_fails_the_run(wrong: list[tuple[str, str]]) -> None:
    with pytest.raises(WrongAnswer):
        lines_check("home", RIGHT)(page(wrong))


def load(requests: int, size: int) -> Load:
    return Load(
        microseconds=1_000_000, requests=requests, bytes=size, failed=0, broken=0, p50=1, p99=2, worst=3, ids=[]
    )


@pytest.mark.parametrize(("size", "good"), [(10_000, True), (10_900, True), (9_000, False), (12_000, False)])
def test_answers_of_another_size_fail_the_run(tmp_path: Path, size: int, good: bool) -> None:
    scene = Scene("home", [Question("t", "/", lambda _: None)], Requests(tmp_path / "requests", []))
    scene.sizes = [100]
    if good:
        scene.check_sizes(load(100, size), clients=16)
    else:
        with pytest.raises(WrongAnswer):
            scene.check_sizes(load(100, size), clients=16)


def measured(what: str, *cpu: float) -> Measured:
    passes = [Pass(requests=9, cpu_ms=each, database_ms=0, per_second=1, p50_ms=1, p99_ms=1) for each in cpu]
    return Measured(what=what, clients=16, bytes=1, passes=passes)


def test_home_is_compared_with_the_ceiling_of_the_same_moment() -> None:
    figures = Figures(database="sqlite", version="3")
    figures.measured = [measured("ceiling", 0.03, 0.06, 0.04), measured("home", 0.10, 0.20, 0.40)]
    assert figures.ratio(16) == pytest.approx(0.3)


def test_the_table_tells_what_is_kept_and_what_is_not(tmp_path: Path) -> None:
    figures = Figures(database="sqlite", version="3", measured=[measured("home", 0.12), measured("local", 0.7)])
    report = Report(date="2026-01-01", machine="a machine", load_before=0, load_after=0, figures=[figures])
    table = markdown(report)
    assert "| home, CPU a request | ≤ 0.16 ms | ≤ 0.1 | 0.120 ms | yes |" in table
    assert "| local, CPU a request | ≤ 0.5 ms |  | 0.70 ms | **no** |" in table
    assert table.count("not measured") == len(MUSTS["sqlite"]) - 2

    shown = tmp_path / "performance.md"
    shown.write_text(f"# Performance\n\n{BEGIN}\nold\n{END}\n\nMore.\n", "utf-8")
    write_into(shown, table)
    assert table in shown.read_text("utf-8")
    assert "old" not in shown.read_text("utf-8")
    assert shown.read_text("utf-8").endswith(f"{END}\n\nMore.\n")


def test_a_small_database_keeps_no_promise_about_a_large_one() -> None:
    def shown(size: int, rate: float = 50.0) -> list[str]:
        figures = Figures(
            database="sqlite",
            version="3",
            promotion=Promotion(bytes=size, seconds=[0.1], first_write_seconds=[0.5, 1.5, 9.0]),
            vaulting=Vaulting(
                bytes=size,
                snapshot_seconds=1,
                rate=rate,
                acknowledged=9,
                lag_seconds=[1.0, 6.0],
                restore_seconds=[70],
            ),
        )
        table = markdown(Report(date="2026-11-26", machine="one", load_before=0, load_after=0, figures=[figures]))
        names = ("promotion", "restore", "vault behind")
        return [line.rpartition(" | ")[2].rstrip(" |") for line in table.splitlines() if line[2:].startswith(names)]

    assert shown(10**7) == ["not measured"] * 3
    assert shown(10**9) == ["yes", "**no**", "**no**"]
    assert shown(10**9, rate=5.0) == ["yes", "**no**", "not measured"]


@pytest.mark.parametrize(
    ("seconds", "measured", "kept"),
    [([], "", "not measured"), ([0.9, 1.5, 2.0], "1.50 s", "yes"), ([0.9, 1.6, 1.7], "1.60 s", "**no**")],
)
def test_the_report_says_whether_the_first_answer_comes_soon_enough(
    seconds: list[float], measured: str, kept: str
) -> None:
    figures = Figures(database="sqlite", version="3", start_seconds=seconds)
    if seconds:  # told in the same sentence
        figures.start_cpu_seconds = figures.stop_seconds = seconds
        figures.first_home_ms = figures.first_homes_ms = [1.0]
    said = markdown(Report(date="today", machine="this one", load_before=0, load_after=0, figures=[figures]))
    assert f"| from start to the first answer | ≤ 1.5 s |  | {measured} | {kept} |" in said.splitlines()


def test_the_slowest_page_says_whether_pages_are_seen_soon_enough() -> None:
    figures = Figures(database="sqlite", version="3")
    for page, ms in (("/home", [900.0, 1_000.0, 5_000.0]), ("/local", [10.0, 20.0, 30.0])):
        figures.painted.append(Painted(page=page, known=True, window="phone", ms=ms, shift=0.0, largest="p.text"))
    report = Report(date="today", machine="this one", load_before=0, load_after=0, figures=[figures])
    said = "| largest paint of the slowest page, processor slowed 4 times | ≤ 1,000 ms |  | {} | {} |"
    moved = "| layout shift of the page that moves most | ≤ 0 |  | {} | {} |"
    table = markdown(report).splitlines()
    assert said.format("1,000 ms", "yes") in table
    assert moved.format("0.0000", "yes") in table
    assert "| /home | a member | phone | 1000 | 5000 | 0.0000 | `p.text` |" in table
    figures.painted.append(
        Painted(page="/", known=False, window="wide", ms=[1_001.0], shift=0.1, largest="h1.greeting")
    )
    table = markdown(report).splitlines()
    assert said.format("1,001 ms", "**no**") in table
    assert moved.format("0.1000", "**no**") in table
    assert "| / | a visitor | wide | 1001 | 1001 | 0.1000 | `h1.greeting` |" in table


def test_without_a_browser_the_pages_are_left_out_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chromium, "program", lambda: None)
    heard: list[str] = []
    report = asyncio.run(run(Options(databases=("sqlite",), parts=("paint",)), heard.append))
    assert report.figures[0].painted == []
    assert any("no Chromium" in each for each in heard)
