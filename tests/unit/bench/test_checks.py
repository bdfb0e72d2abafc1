"""A benchmark that does not look at the answers measures how quickly nothing is done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from palabre.bench.figures import MUSTS, Figures, Measured, Pass, Report
from palabre.bench.http import Answer, WrongAnswer
from palabre.bench.load import Load, Requests
from palabre.bench.passes import Question, Scene
from palabre.bench.reads import lines_check
from palabre.bench.report import BEGIN, END, markdown, write_into

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
