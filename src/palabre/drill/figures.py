"""The figures of a drill, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from palabre import clock
from palabre.survival.drills import DrillReport


class Round(msgspec.Struct, kw_only=True):
    """One loss of a host."""

    kind: str
    rto_seconds: float | None = None
    """From the loss to the first write that the other acknowledged."""
    writes_per_second: float = 0.0
    """Acknowledged in the seconds before the loss."""
    acknowledged: int = 0
    lost: int = 0
    double_primaries: int = 0
    late_answers: int = 0
    """Given before a pause, and heard after it: not counted as double."""
    fenced: bool | None = None
    """Whether the old primary learned that it was replaced, before it rejoined; ``None`` if it did not come back."""
    set_aside: int = 0
    """What the old primary had written that nobody vouched for: facts of its journal."""
    rejoin_seconds: float = 0.0
    """Until the old primary was in step as a standby again."""
    seconds: float = 0.0
    problem: str = ""


def share(values: Sequence[float], part: float) -> float | None:
    """Return the value that ``part`` of all do not exceed (nearest rank); ``None`` of none."""
    ordered = sorted(values)
    return ordered[max(0, -int(-part * len(ordered) // 1) - 1)] if ordered else None


def told(report: DrillReport) -> str:
    """Write a report for somebody who reads it in a terminal."""
    details = report.details
    verdict = "PASSED" if report.passed else "NOT PASSED"
    lines = [f"{report.kind}, {clock.iso(report.began)}: {verdict} after {report.seconds:.0f} s"]
    for one in details.get("rounds", []):
        rto = "never" if one["rto_seconds"] is None else f"{one['rto_seconds']:.1f} s"
        fenced = {True: "yes", False: "NO", None: "-"}[one["fenced"]]
        lines.append(
            f"  {one['kind']:<16} RTO {rto:>7}  {one['writes_per_second']:>5.0f} writes/s  "
            f"lost {one['lost']} of {one['acknowledged']}  double {one['double_primaries']}  "
            f"late {one['late_answers']}  fenced {fenced}" + (f"  {one['problem']}" if one["problem"] else "")
        )
    slowest, wanted = details.get("writes_p5"), details.get("writes_limit")
    shares = [details.get(f"rto_{name}") for name in ("p50", "p95")] + [report.rto_seconds]
    p50, p95, most = ("never" if value is None else f"{value:.1f} s" for value in shares)
    lines += [
        f"RTO                p50 {p50}, p95 {p95}, most {most} (at most {details.get('rto_limit')} s wanted)",
        f"RPO                {report.rpo_lost} of {report.acknowledged} acknowledged writes lost",
        f"double primaries   {report.double_primaries}",
        f"writes             {slowest or 0:.0f} a second in the slowest rounds (at least {wanted:.0f} wanted)",
    ]
    if details.get("repeated"):
        lines.append(f"repeated           {details['repeated']} posts are there twice")
    lines += [f"problem            {problem}" for problem in details.get("problems", [])]
    return "\n".join(lines)


def report_of(
    kind: str,
    began: int,
    seconds: float,
    rounds: Sequence[Round],
    *,
    rto_limit: float,
    writes_limit: float,
    problems: Sequence[str] = (),
    **details: object,
) -> DrillReport:
    """Put the rounds together, and judge.

    Nothing lost, never two primaries, all rounds done; in 95 of 100 the other led within ``rto_limit`` seconds, and
    in 95 of 100 members wrote ``writes_limit`` times a second before the loss: a loss among fewer writes proves less.
    """
    times = [one.rto_seconds for one in rounds if one.rto_seconds is not None]
    lost = sum(one.lost for one in rounds)
    double = sum(one.double_primaries for one in rounds)
    worst = share(times, 0.95)
    slowest = share([one.writes_per_second for one in rounds], 0.05)
    told_all = [*problems, *(one.problem for one in rounds if one.problem)]
    good = not lost and not double and not told_all and not details.get("repeated")
    in_time = len(times) == len(rounds) and worst is not None and worst <= rto_limit
    busy = slowest is not None and slowest >= writes_limit
    return DrillReport(
        kind=kind,
        began=clock.Instant(began),
        seconds=round(seconds, 1),
        rto_seconds=max(times) if len(times) == len(rounds) and times else None,
        rpo_lost=lost,
        acknowledged=sum(one.acknowledged for one in rounds),
        double_primaries=double,
        passed=bool(good and in_time and busy),
        details={
            "rto_p50": share(times, 0.5),
            "rto_p95": worst,
            "rto_limit": rto_limit,
            "writes_p5": slowest,
            "writes_limit": writes_limit,
            "late_answers": sum(one.late_answers for one in rounds),
            "problems": told_all,
            "rounds": [msgspec.to_builtins(one) for one in rounds],
            **details,
        },
    )
