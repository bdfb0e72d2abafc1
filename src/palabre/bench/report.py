"""Figures as tables for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from palabre.bench.figures import MUSTS, Figures, Report

BEGIN, END = "<!-- figures: written by `make bench` -->", "<!-- end of figures -->"
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_SOURCES = {"twitter": "an X archive", "mastodon": "a Mastodon archive"}


def markdown(report: Report) -> str:
    """Return the tables of a run."""
    lines = [f"Measured {report.date} on {report.machine}."]
    lines += [f"Processes that wanted to run: {report.load_before:.1f} before, {report.load_after:.1f} at the end."]
    for figures in report.figures:
        name = f"{_NAMES[figures.database]} {figures.version}"
        lines += ["", f"## {name}: what must be", "", *_musts(figures)]
        lines += ["", f"## {name}: all figures", "", *_measured(figures)]
        lines += ["", *_rest(figures)]
    return "\n".join(lines) + "\n"


def _musts(figures: Figures) -> Iterator[str]:
    yield "| promise | must | goal | measured | kept |"
    yield "|---|---|---|---|---|"
    for must in MUSTS[figures.database]:
        value = must.figure(figures)
        sign, unit = "≥" if must.least else "≤", f" {must.unit}" if must.unit else ""
        goal = "" if must.goal is None else f"{sign} {must.goal:g}"
        if value is None:
            shown, kept = "", "not measured"
        else:
            shown, kept = f"{value:,.{must.digits}f}{unit}", "yes" if must.met(value) else "**no**"
        yield f"| {must.what} | {sign} {must.bound:,g}{unit} | {goal} | {shown} | {kept} |"


def _measured(figures: Figures) -> Iterator[str]:
    database = " | of it PostgreSQL" if figures.database == "postgresql" else ""
    yield f"| what | clients | CPU a request, ms{database} | requests a second | p50, ms | p99, ms | bytes |"
    yield "|---|--:|--:|--:|--:|--:|--:|" + ("--:|" if database else "")
    for each in figures.measured:
        part = f" | {each.database_ms:.3f}" if database else ""
        size = f"{each.bytes:,}" if each.bytes else ""
        yield (
            f"| {each.what} | {each.clients} | {each.cpu_ms:.3f}{part} | {each.per_second:,.0f} "
            f"| {each.p50_ms:.2f} | {each.p99_ms:.2f} | {size} |"
        )


def _rest(figures: Figures) -> Iterator[str]:
    ratios = [(each.clients, figures.ratio(each.clients)) for each in figures.measured if each.what == "home"]
    if ratios:
        said = ", ".join(f"{ratio:.0%} at {clients}" for clients, ratio in ratios if ratio is not None)
        yield f"- Home against the same bytes from memory, by processor time: {said} clients."
    if figures.start_seconds:
        yield (
            f"- Ready after {median(figures.start_seconds):.2f} s ({median(figures.start_cpu_seconds):.2f} s CPU), "
            f"stopped after {median(figures.stop_seconds):.2f} s. First home after a restart "
            f"{median(figures.first_home_ms):.1f} ms; of further readers {median(figures.first_homes_ms):.1f} ms, "
            f"the slowest {max(figures.first_homes_ms):.1f} ms."
        )
    if figures.idle_bytes:
        yield (
            f"- Memory: {_mb(figures.idle_bytes)} when idle ({_mb(figures.idle_private_bytes)} of it private), "
            f"{_mb(figures.loaded_bytes)} after the load of reads ({_mb(figures.loaded_private_bytes)})."
        )
    if figures.store_alone:
        alone = figures.store_alone
        yield (
            f"- The store alone, 64 writers: {alone.per_second:,.0f} durable posts a second, "
            f"p50 {alone.p50_ms:.1f} ms, p99 {alone.p99_ms:.1f} ms."
        )
    if figures.streaming:
        live = figures.streaming
        yield (
            f"- {live.idle:,} idle and {live.active:,} active listeners, connected in {live.open_seconds:.0f} s: "
            f"{_mb(live.bytes)}, {_mb(live.before_bytes)} before. The last of the active hears of a post after "
            f"{median(live.home_ms):.0f} ms (at worst {max(live.home_ms):.0f}), the last of {live.idle:,} public "
            f"listeners after {median(live.public_ms):.0f} ms (at worst {max(live.public_ms):.0f})."
        )
    yield from _once(figures)
    yield from _painted(figures)
    if figures.fan_outs:
        yield ""
        yield "| followers | reading | last one sees it, ms | at worst | others' p99, ms | their posts a second |"
        yield "|--:|--:|--:|--:|--:|--:|"
        for spread in figures.fan_outs:
            yield (
                f"| {spread.followers:,} | {spread.reading:,} | {spread.middle_ms:.0f} | {max(spread.seen_ms):.0f} "
                f"| {spread.writers_p99_ms:.0f} | {spread.writers_per_second:,.0f} |"
            )


def _once(figures: Figures) -> Iterator[str]:
    """Tell of what happens rarely: arriving, taking over, coming back."""
    if figures.accounts:
        made = figures.accounts
        rate = made.count / made.seconds
        yield f"- {made.count:,} accounts by one command: {made.seconds:.1f} s, {rate:,.0f} a second."
    for each in figures.imports:
        yield (
            f"- {each.posts:,} posts and {each.pictures:,} pictures imported from {_SOURCES[each.source]}: "
            f"{each.seconds:.0f} s, {each.cpu_seconds:.0f} s of processor time."
        )
    if figures.promotion:
        taken, first = figures.promotion, figures.promotion.first_write_seconds
        yield (
            f"- A standby with {_mb(taken.bytes)} is promoted in {median(taken.seconds):.2f} s; from the command to "
            f"the first write it takes {median(first):.2f} s (at worst {max(first):.2f})."
        )
    if figures.vaulting:
        kept, back = figures.vaulting, figures.vaulting.restore_seconds
        yield (
            f"- A folder as a vault of {_mb(kept.bytes)}: first snapshot {kept.snapshot_seconds:.1f} s; at "
            f"{kept.rate:.0f} posts a second ({kept.acknowledged:,} posts) behind by "
            f"{median(kept.lag_seconds):.1f} s (at worst {max(kept.lag_seconds):.1f}); "
            f"restored in {median(back):.1f} s (at worst {max(back):.1f})."
        )


def _painted(figures: Figures) -> Iterator[str]:
    if not figures.painted:
        return
    yield ""
    yield "| page | read by | window | largest paint, ms | at worst | layout shift | what is largest |"
    yield "|---|---|---|--:|--:|--:|---|"
    for each in figures.painted:
        yield (
            f"| {each.page} | {'a member' if each.known else 'a visitor'} | {each.window} | {each.middle_ms:.0f} "
            f"| {max(each.ms):.0f} | {each.shift:.4f} | `{each.largest}` |"
        )


def _mb(size: int) -> str:
    return f"{size / 2**20:.0f} MB"


def write_into(page: Path, table: str, begins: str = BEGIN, ends: str = END) -> None:
    """Replace what stands between the marks of a page."""
    text = page.read_text("utf-8")
    before, begin, rest = text.partition(begins)
    _, end, after = rest.partition(ends)
    if not begin or not end:
        msg = f"{page} has no place for figures"
        raise ValueError(msg)
    page.write_text(f"{before}{begins}\n\n{table}\n{ends}{after}", "utf-8")
