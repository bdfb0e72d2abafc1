"""``palabre drill vendor-loss``: everybody outside is away, and members go on."""

from __future__ import annotations

from pathlib import Path

import msgspec
import rich_click as click

from palabre.cli import options
from palabre.survival.drills import DrillReport, keep


@click.command("vendor-loss")
@options.data
@click.option(
    "--quick",
    is_flag=True,
    help="Each thing once: vendors who refuse one by one, and all together who refuse or never answer. Two minutes.",
)
@options.as_json
def vendor_loss(folder: Path, *, quick: bool, as_json: bool) -> None:
    """Take every vendor away, one by one and all together, and show that members go on.

    It is done to networks made for it; yours is not touched, it only keeps the report.
    """
    from palabre.drill.vendor_loss import QUICK  # noqa: PLC0415 - nothing else needs it
    from palabre.drill.vendor_loss import drill as hold  # noqa: PLC0415

    report = hold(lambda what: click.echo(f"  {what}", err=True), depth=QUICK if quick else None)
    if (folder / "keyring").exists():
        keep(folder, report)
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
    else:
        _tell(report)
    if not report.passed:
        raise SystemExit(1)


def _tell(report: DrillReport) -> None:
    for loss in report.details["losses"]:
        mark = click.style("good ", fg="green") if loss["passed"] else click.style("wrong", fg="red")
        slowest = max(deed["seconds"] for deed in loss["deeds"])
        click.echo(f"{mark}  without {' and '.join(loss['without'])} ({loss['how']}): slowest {slowest:.2f} s")
        for line in loss["degrades"]:
            click.echo(f"       {line}")
    click.echo("The drill has passed." if report.passed else "The drill has FAILED.")
