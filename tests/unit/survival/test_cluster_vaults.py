"""The same vault holds a network on PostgreSQL: a copy of its cluster, and its log to the second."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fixtures_postgresql import PostgreSQL
from palabre import clock
from palabre.survival.vaults.errors import CannotFollow, FolderTaken, NeedsPostgresql, NothingToRestore
from palabre.survival.vaults.recovery import rotate
from palabre.survival.vaults.sealed import BaseBackup, Wal, unpack
from unit.survival.networks import ClusterNetwork, notes_of_cluster, objects
from unit.survival.test_hostile_vaults import HARM
from unit.survival.test_keeping_vaults import FakeClock

pytestmark = pytest.mark.postgresql


@pytest.fixture
def make(tmp_path: Path, postgresql_with_log: PostgreSQL) -> Iterator[Callable[..., ClusterNetwork]]:
    made: list[ClusterNetwork] = []
    cluster = postgresql_with_log
    names: list[str] = []

    def _make(*places: Path | str, **settings: Any) -> ClusterNetwork:
        names.append(cluster.create())
        made.append(
            ClusterNetwork(tmp_path / "data", cluster.url(names[-1]), *(places or (tmp_path / "vault",)), **settings)
        )
        made[-1].name = names[-1]
        return made[-1]

    yield _make
    for each in made:
        each.close()
    for name in names:
        cluster.drop(name)


@pytest.fixture
def elsewhere() -> Iterator[Callable[[], Path]]:
    """Folders that PostgreSQL's own user can reach, which those of pytest are not."""
    made = Path(tempfile.mkdtemp(prefix="palabre-back-"))
    made.chmod(0o711)
    yield lambda: Path(tempfile.mkdtemp(dir=made)) / "back"
    shutil.rmtree(made)


def back(network: ClusterNetwork, into: Path, **options: Any) -> list[str]:
    into.parent.chmod(0o711)
    done = network.restore(network.places[0], into, **options)
    assert done.complete, done
    assert done.cluster == str(into / "postgresql")
    return notes_of_cluster(into / "postgresql", network.name)


def test_copy_and_log_bring_everything_back(make: Callable[..., ClusterNetwork], elsewhere: Callable[[], Path]) -> None:
    network = make()
    network.note("before the copy")
    network.keep()
    network.note("after it", "and more")
    network.keep()
    network.note("not in the vault")
    into = elsewhere()
    assert back(network, into) == ["before the copy", "after it", "and more"]
    assert (into / "keyring").read_bytes() == (network.folder / "keyring").read_bytes()
    assert not (into / "postgresql.wal").exists()
