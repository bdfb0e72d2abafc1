"""What endangers the network is found from what servers leave in the folder."""

from __future__ import annotations

from pathlib import Path

from palabre import clock
from palabre.clock import Instant
from palabre.config import Config
from palabre.survival.alarms import CODES, alarms
from palabre.survival.drills import DrillReport, keep
from palabre.survival.state import Part
from palabre.survival.status import Status, write_status
from palabre.survival.vaults import state as states
from palabre.survival.vaults.places import shown


def codes(folder: Path, **settings) -> dict[str, bool]:
    found = alarms(folder, Config(**settings))
    assert {alarm.code for alarm in found} <= set(CODES)
    return {alarm.code: alarm.urgent for alarm in found}


def test_one_machine_alone_is_advised_not_alarmed(tmp_path: Path) -> None:
    assert codes(tmp_path) == {"no_standby": False, "no_vault": False, "no_drill": False}


def test_postgresql_has_its_own_standbys(tmp_path: Path) -> None:
    assert codes(tmp_path, database="postgresql://localhost/palabre") == {"no_vault": False, "no_drill": False}


def test_what_is_urgent_comes_first(tmp_path: Path) -> None:
    part = Part(tmp_path)
    part.accept("ab" * 32, b"")
    part.change(fenced=2)
    write_status(part, Status(at=clock.now(), role="primary", epoch=1, alone=True, lease="away"))
    found = codes(tmp_path, standby_listen="127.0.0.1:8100")
    assert list(found.items())[:3] == [("replaced", True), ("alone", True), ("lease_unreachable", True)]


def test_a_vault_may_be_late_failing_or_lying(tmp_path: Path) -> None:
    place = "/mnt/usb/palabre"
    state = states.VaultState(place=shown(place))

    def with_vault(**changes) -> dict[str, bool]:
        for name, value in changes.items():
            setattr(state, name, value)
        states.save(states.state_path(tmp_path, state.place), state)
        return {code: urgent for code, urgent in codes(tmp_path, vaults=(place,)).items() if "vault" in code}

    assert with_vault(base=1, success=clock.now()) == {}
    assert with_vault(success=clock.now() - 27 * clock.HOUR) == {"vault_late": True}
    assert with_vault(failing=clock.now(), problem="full") == {"vault_failing": True}
    assert with_vault(failing=0, success=clock.now(), complained=clock.now()) == {"vault_lying": True}


def test_a_drill_counts_for_thirty_days_if_it_passed(tmp_path: Path) -> None:
    def held(days: int, *, passed: bool) -> None:
        began = Instant(clock.now() - days * clock.DAY)
        keep(
            tmp_path,
            DrillReport(
                kind="vendor-loss", began=began, seconds=1.0, rto_seconds=None, rpo_lost=0, acknowledged=0,
                double_primaries=0, passed=passed,
            ),
        )  # fmt: skip

    held(31, passed=True)
    held(1, passed=False)
    assert "no_drill" in codes(tmp_path)
    held(29, passed=True)
    assert "no_drill" not in codes(tmp_path)
