"""How safe the network is, where PostgreSQL keeps it."""

from __future__ import annotations

from pathlib import Path

import pytest

from palabre import clock
from palabre.config import Config
from palabre.store.replication import PostgresqlStandby, Replication
from palabre.survival.report import Reporter, Standing
from palabre.survival.vaults import state as states

_DATABASE = "postgresql://palabre@localhost/palabre"


def standing(folder: Path, now: Replication | None, *vaults: str) -> Standing:
    reporter = Reporter(folder, Config(origin="http://localhost:8000", database=_DATABASE, vaults=vaults))
    reporter.note(now)
    return reporter.standing()


def replication(*standbys: PostgresqlStandby, leads: bool = True) -> Replication:
    return Replication(leads=leads, demanded=True, hidden=False, standbys=list(standbys))


def test_writes_wait_for_a_synchronous_standby_of_postgresql(tmp_path: Path) -> None:
    near, far = PostgresqlStandby("near", True, 4_096), PostgresqlStandby("far", False, 0)
    told = standing(tmp_path, replication(near, far))
    assert (told.durability, told.writes_wait) == ("database", True)
    assert (told.standby.connected, told.standby.in_step) == (2, True)
    assert (told.standby.behind, told.standby.behind_bytes) == (None, 4_096), "of those that count"


def test_a_standby_that_writes_do_not_wait_for_is_shown_as_one(tmp_path: Path) -> None:
    told = standing(tmp_path, replication(PostgresqlStandby("far", False, 70_000)))
    assert not told.writes_wait
    assert (told.standby.connected, told.standby.in_step, told.standby.behind_bytes) == (1, False, 70_000)


@pytest.mark.parametrize("now", [None, replication()])
def test_without_standbys_nobody_follows(tmp_path: Path, now: Replication | None) -> None:
    told = standing(tmp_path, now)
    assert (told.standby.connected, told.standby.in_step, told.standby.behind_bytes) == (0, False, None)
    assert told.role == "primary"


def test_while_no_postgresql_leads_this_is_no_primary(tmp_path: Path) -> None:
    assert standing(tmp_path, replication(leads=False)).role == "standby"


def test_vaults_of_postgresql_are_shown(tmp_path: Path) -> None:
    good, late = str(tmp_path / "good"), str(tmp_path / "late")
    (tmp_path / "vaults").mkdir()
    kept = states.VaultState(place=good, base=1, as_of=clock.Instant(clock.now() - 3 * clock.SECOND))
    states.save(states.state_path(tmp_path, good), kept)
    told = standing(tmp_path, None, good, late)
    assert [vault.good for vault in told.vaults] == [True, False]
    assert 3 <= (told.vaults[0].age_seconds or 0) < 60
    assert told.vaults[1].age_seconds is None
