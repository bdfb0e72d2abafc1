"""What drills have found: kept in ``drills`` in the data folder, for whoever wants to show the last ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from palabre import clock
from palabre.clock import Instant
from palabre.files import write_durably

_FOLDER: Final = "drills"


class DrillReport(msgspec.Struct, frozen=True, kw_only=True):
    """What one drill has measured. Fields are only added."""

    kind: str
    """``host-loss``, and so on."""
    began: Instant
    seconds: float
    """How long all of it took."""
    rto_seconds: float | None
    """From the loss to the first write that was acknowledged again, the worst of all rounds; ``None``: never."""
    rpo_lost: int
    """Writes that were acknowledged and are gone."""
    acknowledged: int
    """Writes that were acknowledged, each of which was looked for afterwards."""
    double_primaries: int
    """Writes that a server acknowledged after another had begun to."""
    passed: bool
    details: dict[str, Any] = {}


def keep(data: Path, report: DrillReport) -> Path:
    """Write a report into the data folder; return its file."""
    folder = data / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = "".join(sign for sign in clock.iso(report.began) if sign.isalnum())
    path = folder / f"{moment}-{report.kind}.json"
    write_durably(path, msgspec.json.format(msgspec.json.encode(report)) + b"\n")
    return path


def last(data: Path, *, kind: str = "", most: int = 10) -> list[DrillReport]:
    """Return the newest reports, newest first; files that are none are passed over."""
    found: list[DrillReport] = []
    for path in sorted((data / _FOLDER).glob(f"*{kind and '-' + kind}.json"), reverse=True):
        if len(found) == most:
            break
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=DrillReport))
        except (OSError, msgspec.DecodeError):
            continue
    return found
