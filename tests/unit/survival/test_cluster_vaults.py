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
from palabre.survival.vaults.errors import (
    CannotFollow,
    FolderTaken,
    NeedsPostgresql,
    NothingToRestore,
    PlaceUnavailable,
)
from palabre.survival.vaults.recovery import rotate
from palabre.survival.vaults.sealed import BaseBackup, Wal, unpack
from unit.survival.networks import ClusterNetwork, notes_of_cluster, objects
from unit.survival.test_hostile_vaults import flip, swap
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

    def somewhere() -> Path:
        folder = Path(tempfile.mkdtemp(dir=made))
        folder.chmod(0o711)
        return folder / "back"

    yield somewhere
    shutil.rmtree(made)


def back(network: ClusterNetwork, into: Path, **options: Any) -> list[str]:
    done = network.restore(network.places[0], into, **options)
    assert done.complete, done
    assert done.cluster == str(into / "postgresql")
    return notes_of_cluster(into / "postgresql", network.name)


def test_copy_and_log_bring_everything_back(
    make: Callable[..., ClusterNetwork], elsewhere: Callable[[], Path]
) -> None:
    network = make()
    network.note("before the copy")
    network.keep()
    network.note("after it", "and more")
    network.keep()
    network.note("not in the vault")
    into = elsewhere()
    told: list[str] = []
    done = back(network, into, progress=lambda what, part, of: told.append(what))
    assert done == ["before the copy", "after it", "and more"]
    assert list(dict.fromkeys(told)) == ["restoring the database", "replaying the log", "checking the database"]
    assert (into / "keyring").read_bytes() == (network.folder / "keyring").read_bytes()
    assert not (into / "postgresql.wal").exists()


def test_any_moment_can_be_restored_also_one_after_which_nothing_happened(
    make: Callable[..., ClusterNetwork], elsewhere: Callable[[], Path]
) -> None:
    network = make()
    network.keep()
    moments = []
    for number in range(6):
        network.note(f"note {number}")
        network.vaults.follower.capture()
        moments.append(clock.now())
        clock.pause(0.02)
        if number == 2:
            network.vaults.kept[0][0].snapshot()
        network.keep()
    assert len(network.vaults.kept[0][0].state.snapshots) == 2
    for number in (1, 4, 5):
        assert back(network, elsewhere(), at=moments[number]) == [f"note {each}" for each in range(number + 1)]


def test_a_moment_before_the_first_copy_is_refused(
    make: Callable[..., ClusterNetwork], elsewhere: Callable[[], Path]
) -> None:
    network = make()
    before = clock.now()
    clock.pause(0.01)
    network.keep()
    with pytest.raises(NothingToRestore):
        network.restore(network.places[0], elsewhere(), at=before)


def test_a_restart_goes_on_where_each_vault_ended(
    make: Callable[..., ClusterNetwork], tmp_path: Path, elsewhere: Callable[[], Path]
) -> None:
    network = make(tmp_path / "one", tmp_path / "two")
    network.note("both have it")
    network.keep()
    network.note("only one has it yet")
    network.vaults.follower.capture()
    network.vaults.kept[0][0].push()
    network.vaults.kept[1][0]._forget_pending()  # as if the process had ended before
    network.close()
    network.open()
    network.note("and on")
    network.keep()
    assert [len(vault.state.snapshots) for vault, _ in network.vaults.kept] == [1, 1]
    for place in (tmp_path / "two", tmp_path / "one"):
        network.places = (place,)
        assert back(network, elsewhere()) == ["both have it", "only one has it yet", "and on"]


def test_when_the_log_is_gone_a_new_copy_is_made(
    make: Callable[..., ClusterNetwork], postgresql_with_log: PostgreSQL, elsewhere: Callable[[], Path]
) -> None:
    network = make()
    network.note("one")
    network.keep()
    network.close()
    for _ in range(3):
        postgresql_with_log._sql("CREATE TABLE filler AS SELECT 1; DROP TABLE filler")
        postgresql_with_log._sql("SELECT pg_switch_wal()")
        postgresql_with_log._sql("CHECKPOINT")
    network.open()
    network.note("two")
    network.keep()
    network.keep()  # that the log is gone shows only when it is asked for
    assert len(network.vaults.kept[0][0].state.snapshots) == 2
    assert back(network, elsewhere()) == ["one", "two"]


def test_a_database_that_is_restarted_is_followed_again(
    make: Callable[..., ClusterNetwork], postgresql_with_log: PostgreSQL, elsewhere: Callable[[], Path]
) -> None:
    network = make()
    network.note("one")
    network.keep()
    follower = network.vaults.follower
    postgresql_with_log.stop_serving()
    follower.capture()
    with pytest.raises(CannotFollow):
        follower.check()
    postgresql_with_log.serve()
    deadline = clock.monotonic() + 60
    while follower.problem and clock.monotonic() < deadline:
        clock.pause(0.05)
        follower.capture()
    network.note("two")
    network.keep()
    assert len(network.vaults.kept[0][0].state.snapshots) == 1
    assert back(network, elsewhere()) == ["one", "two"]


def test_a_vault_that_is_away_gets_what_it_missed_or_a_new_copy(
    make: Callable[..., ClusterNetwork],
    tmp_path: Path,
    elsewhere: Callable[[], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = make()
    network.note("one")
    network.keep()
    place, vault = network.places[0], network.vaults.kept[0][0]
    for bound, copies in ((64 << 20, 1), (0, 2)):
        monkeypatch.setattr("palabre.survival.vaults.vault._PENDING_BYTES", bound)
        place.rename(tmp_path / "unplugged")
        for number in range(3):
            network.note(f"away {number}")
            network.vaults.follower.capture()
        with pytest.raises(PlaceUnavailable):
            network.keep()
        (tmp_path / "unplugged").rename(place)
        monkeypatch.setattr("palabre.survival.vaults.vault._PENDING_BYTES", 64 << 20)
        network.keep()
        assert len(vault.state.snapshots) == copies
    assert back(network, elsewhere()) == ["one", *2 * [f"away {number}" for number in range(3)]]


def test_a_database_that_stands_still_holds_up_nobody(
    make: Callable[..., ClusterNetwork], postgresql_with_log: PostgreSQL, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("palabre.survival.vaults.replication._ANSWER_SECONDS", 0.2)
    network = make()
    network.note("one")
    network.keep()
    follower = network.vaults.follower
    seen = follower.seen
    postgresql_with_log.stand_still(still=True)
    try:
        follower.capture()
        assert follower.seen == seen
        with pytest.raises(CannotFollow):
            follower.check()
    finally:
        postgresql_with_log.stand_still(still=False)
    deadline = clock.monotonic() + 60
    while follower.seen == seen and clock.monotonic() < deadline:
        follower.capture()
    network.keep()
    assert len(network.vaults.kept[0][0].state.snapshots) == 1


def test_after_a_promotion_the_log_is_another_one_and_a_new_copy_is_made(
    make: Callable[..., ClusterNetwork], postgresql_with_log: PostgreSQL, elsewhere: Callable[[], Path]
) -> None:
    network = make()
    network.note("one")
    network.keep()
    follower = network.vaults.follower
    follower.cluster = follower.cluster._replace(timeline=99)  # as if this had been the one before the promotion
    postgresql_with_log._sql("SELECT pg_terminate_backend(pid) FROM pg_stat_replication")
    deadline = clock.monotonic() + 60
    while follower.cluster.timeline == 99 and clock.monotonic() < deadline:
        clock.pause(0.02)
    network.note("two")
    network.keep()
    assert len(network.vaults.kept[0][0].state.snapshots) == 2
    assert back(network, elsewhere()) == ["one", "two"]


def test_a_role_that_may_not_replicate_is_told_what_it_lacks_and_the_network_goes_on(
    make: Callable[..., ClusterNetwork], postgresql_with_log: PostgreSQL
) -> None:
    postgresql_with_log._sql("CREATE ROLE plain LOGIN")
    network = make()
    follower = type(network.vaults.follower)(network.config.database.replace("palabre@", "plain@"))
    try:
        follower.follow()
        with pytest.raises(CannotFollow) as refused:
            follower.ready()
        assert "use-postgresql.md" in str(refused.value)
        network.note("on")
    finally:
        follower.stop()
        postgresql_with_log._sql("DROP ROLE plain")


@pytest.mark.parametrize("harm", [flip, swap, Path.unlink])
def test_an_object_of_the_log_that_is_not_what_it_was_is_reported_and_never_applied(
    make: Callable[..., ClusterNetwork], elsewhere: Callable[[], Path], harm: Callable[[Path], None]
) -> None:
    network = make()
    network.keep()
    for number in range(8):
        network.note(f"note {number}")
        network.keep()
    place = network.places[0]
    assert network.verify(place).good
    harm(objects(place)[-4])
    assert not network.verify(place).good
    into = elsewhere()
    done = network.restore(place, into)
    assert done.problems
    assert done.sound
    left = notes_of_cluster(into / "postgresql", network.name)
    assert left == [f"note {number}" for number in range(len(left))]
    assert 3 <= len(left) <= 4


def test_the_vault_shows_nothing_and_proves_that_it_can_be_restored(make: Callable[..., ClusterNetwork]) -> None:
    network = make()
    network.note("MARKER-IN-THE-DATABASE" * 100)
    medium = network.medium(b"MARKER-IN-A-MEDIUM" * 100)
    network.keep()
    place = network.places[0]
    seen = b"".join(
        str(path.relative_to(place)).encode() + path.read_bytes() for path in place.rglob("*") if path.is_file()
    )
    keyring = (network.folder / "keyring").read_text()
    secrets = ["MARKER", "palabre", "postgres", "PG_VERSION", "base/", "localhost", network.name]
    secrets += [medium.split("/")[2], keyring[30:60]]
    assert not [each for each in secrets if each.encode() in seen]
    proved = network.verify(place, key=True)
    assert proved.good, proved.problems
    assert proved.restored
    assert proved.restored.bytes > 1_000_000


def test_what_is_deleted_has_left_the_vault_when_the_term_has_passed(
    make: Callable[..., ClusterNetwork], monkeypatch: pytest.MonkeyPatch
) -> None:
    time = FakeClock(monkeypatch)
    network = make(vault_term_days=3, vault_snapshot_hours=36)
    place = network.places[0]
    secret = "this is going to be deleted"
    network.note("stays", secret)
    name = network.medium(b"a picture")
    network.keep()
    network.forget(secret)
    network.media.delete([name])
    deleted = clock.now()
    for _ in range(7):
        time.ahead += 12 * clock.HOUR
        network.keep()
    verified = network.verify(place)
    assert verified.good, verified.problems
    assert verified.oldest > deleted
    assert verified.media == 0
    plain, kinds = b"", set()
    for path in objects(place):
        opened = unpack(network.identity, int(path.name, 16), path.read_bytes())
        assert opened.head.at >= deleted
        kinds.add(type(opened.head))
        plain += opened.body
    assert {BaseBackup, Wal} < kinds
    assert b"stays" in plain
    assert secret.encode() not in plain


def test_after_a_rotation_of_the_key_the_new_one_opens_what_is_newer(
    make: Callable[..., ClusterNetwork], elsewhere: Callable[[], Path]
) -> None:
    from palabre.survival.vaults.recovery import Identity

    network = make()
    network.note("one")
    network.keep()
    old, network.identity = network.identity, Identity(rotate(network.folder))
    network.note("two")
    network.vaults.look_at_the_key()
    network.keep()
    assert back(network, elsewhere()) == ["one", "two"]
    network.identity, into = old, elsewhere()
    assert network.restore(network.places[0], into).sound
    assert notes_of_cluster(into / "postgresql", network.name) == ["one"]


def test_a_cluster_is_not_put_over_another(
    make: Callable[..., ClusterNetwork], elsewhere: Callable[[], Path]
) -> None:
    network = make()
    network.keep()
    taken = elsewhere()
    taken.mkdir()
    (taken / "PG_VERSION").write_text("15")
    with pytest.raises(FolderTaken):
        network.restore(network.places[0], taken.with_name("new"), cluster=taken)


def test_a_version_of_postgresql_that_is_not_here_is_named() -> None:
    from palabre.survival.vaults.cluster import binaries

    with pytest.raises(NeedsPostgresql) as refused:
        binaries(99)
    assert "postgresql-99" in str(refused.value)
