"""A network on PostgreSQL has its vault in an S3 store, or on a machine with SFTP: neither is trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import pytest

from palabre import clock
from palabre.survival.vaults import s3, sftp
from palabre.survival.vaults.errors import PlaceUnavailable
from palabre.survival.vaults.sealed import BaseBackup, Wal, unpack
from seaweed import Seaweed, seaweed
from sftp_server import SftpMachine, sftp_server
from standbys import Proxy
from unit.survival.networks import ClusterNetwork, notes_of_cluster, objects
from unit.survival.test_cluster_vaults import back, elsewhere, make
from unit.survival.test_hostile_vaults import HARM
from unit.survival.test_keeping_vaults import FakeClock
from unit.survival.test_s3_vaults import Bucket

__all__ = ["elsewhere", "make"]

pytestmark = pytest.mark.postgresql


class Place(Protocol):
    """Where a vault is, as whoever runs that place sees and changes it."""

    address: str

    def files(self) -> Path:
        """A folder with what is there now."""
        ...

    def changed(self) -> None:
        """Make the place as that folder is by now."""
        ...

    def leave(self) -> None:
        """Be away."""
        ...

    def return_(self) -> None:
        """Be back."""
        ...

    def close(self) -> None:
        """End."""
        ...


class InStore:
    """A prefix of a real S3 store, behind a line that can be cut."""

    def __init__(self, folder: Path, store: Seaweed) -> None:
        self._port = store.port
        self._way = Proxy(store.port)
        self.address = store.address(folder.name, port=self._way.port)
        self._bucket = Bucket(store.address(folder.name), folder / "bucket")

    def files(self) -> Path:
        self._bucket.fetch()
        return self._bucket.folder

    def changed(self) -> None:
        self._bucket.send()

    def leave(self) -> None:
        self._way.cut.set()
        self._way.lead_to(self._port)  # who is connected has to come again

    def return_(self) -> None:
        self._way.cut.clear()

    def close(self) -> None:
        self._way.close()


class OnMachine:
    """A folder of a machine that is reached by SFTP."""

    def __init__(self, machine: SftpMachine) -> None:
        self._machine = machine
        self.address = machine.address()

    def files(self) -> Path:
        return self._machine.vault

    def changed(self) -> None:
        """It is the folder itself."""

    def leave(self) -> None:
        self._machine.go_away()

    def return_(self) -> None:
        self._machine.listen()

    def close(self) -> None:
        """It ends with its test."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("weed")) as running:
        yield running


@pytest.fixture(params=["s3", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "s3":
        made = InStore(tmp_path, request.getfixturevalue("store"))
        yield made
        made.close()
    else:
        with sftp_server(tmp_path) as machine:
            yield OnMachine(machine)


def test_a_copy_and_the_log_go_there_as_ciphertext_and_any_moment_comes_back(
    make: Callable[..., ClusterNetwork], place: Place, elsewhere: Callable[[], Path]
) -> None:
    network = make(place.address)
    network.note("MARKER before the copy")
    medium = network.medium(b"MARKER" * 1_000)
    network.keep()
    network.note("MARKER after it")
    network.vaults.follower.capture()
    between = clock.now()
    clock.pause(0.02)
    network.note("MARKER at last")
    network.keep()
    seen = {path.name: path.read_bytes() for path in place.files().rglob("*") if path.is_file()}
    assert seen
    secrets = [b"MARKER", b"PG_VERSION", network.name.encode(), medium.split("/")[2].encode()]
    assert not [
        name for name, content in seen.items() for each in secrets if each in content or each in name.encode()
    ]
    assert network.verify(place.address, key=True).good
    assert back(network, elsewhere()) == ["MARKER before the copy", "MARKER after it", "MARKER at last"]
    assert back(network, elsewhere(), at=between) == ["MARKER before the copy", "MARKER after it"]


@pytest.mark.parametrize("harm", HARM)
def test_an_object_that_is_not_what_it_was_is_reported_and_never_applied(
    make: Callable[..., ClusterNetwork], place: Place, elsewhere: Callable[[], Path], harm: Callable[[Path], None]
) -> None:
    network = make(place.address)
    network.keep()
    for number in range(8):
        network.note(f"note {number}")
        network.keep()
    assert network.verify(place.address).good
    harm(objects(place.files())[-4])
    place.changed()
    assert not network.verify(place.address).good
    into = elsewhere()
    done = network.restore(place.address, into)
    assert done.problems
    assert done.sound
    left = notes_of_cluster(into / "postgresql", network.name)
    assert left == [f"note {number}" for number in range(len(left))]
    assert 3 <= len(left) <= 4


def test_a_place_that_is_away_stops_nobody_and_has_everything_when_it_is_back(
    make: Callable[..., ClusterNetwork],
    place: Place,
    elsewhere: Callable[[], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(s3, "_RETRIES", 0)
    monkeypatch.setattr(sftp, "_SECONDS", 5)
    network = make(place.address)
    network.note("one")
    network.keep()
    place.leave()
    network.note("while it is away")
    with pytest.raises(PlaceUnavailable):
        network.keep()
    place.return_()
    network.keep()
    assert len(network.vaults.kept[0][0].state.snapshots) == 1, "it gets what it missed, and no new copy"
    assert back(network, elsewhere()) == ["one", "while it is away"]


def test_what_is_deleted_has_left_it_when_the_term_has_passed(
    make: Callable[..., ClusterNetwork], place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = FakeClock(monkeypatch)
    network = make(place.address, vault_term_days=3, vault_snapshot_hours=36)
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
    verified = network.verify(place.address)
    assert verified.good, verified.problems
    assert verified.oldest > deleted
    assert verified.media == 0
    plain, kinds = b"", set()
    for path in objects(place.files()):
        opened = unpack(network.identity, int(path.name, 16), path.read_bytes())
        assert opened.head.at >= deleted
        kinds.add(type(opened.head))
        plain += opened.body
    assert {BaseBackup, Wal} < kinds
    assert b"stays" in plain
    assert secret.encode() not in plain
