"""A real S3 store is trusted with nothing: a network comes back from it, and what it harms is found out."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from palabre.survival.vaults import s3
from palabre.survival.vaults.errors import PlaceUnavailable
from palabre.survival.vaults.sealed import media_name
from running import _COMMAND, RunningServer
from seaweed import Seaweed, seaweed
from standbys import Proxy, until
from unit.survival.networks import Network, notes, objects
from unit.survival.test_hostile_vaults import HARM, repeat, swap


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("weed")) as running:
        yield running


class Bucket:
    """What a store has below a prefix, as files of a folder: what is done to them can be done to the store."""

    def __init__(self, address: str, folder: Path) -> None:
        self.folder = folder
        self._store = s3.store_of(address)
        self._had: dict[str, bytes] = {}

    def fetch(self) -> None:
        """Make the folder as the store is."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self._had = self.content()
        for name, content in self._had.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def content(self) -> dict[str, bytes]:
        """Every object."""
        names = [one["path"] for page in self._store.list() for one in page]
        return {name: bytes(self._store.get(name).bytes()) for name in names}

    def send(self) -> None:
        """Make the store as the folder is."""
        here = {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*") if path.is_file()}
        self.become({name: path.read_bytes() for name, path in here.items()})

    def become(self, wanted: dict[str, bytes]) -> None:
        """Make the store have this, and nothing else."""
        there = self.content()
        for name, content in wanted.items():
            if there.get(name) != content:
                self._store.put(name, content)
        for name in there.keys() - wanted.keys():
            self._store.delete(name)


class Kept:
    """A network with a vault in the store: a snapshot, ten changes after it, and two media."""

    def __init__(self, folder: Path, store: Seaweed) -> None:
        self.address = store.address(folder.name)
        self.network = Network(folder / "data", self.address)
        self.network.keep()
        for number in range(10):
            self.network.note(f"note {number}")
            self.network.keep()
        self.media = [self.network.medium(bytes([number]) * 3_000) for number in range(2)]
        self.network.keep()
        self.bucket = Bucket(self.address, folder / "bucket")
        self.bucket.fetch()
        self.good = self.bucket.content()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, store: Seaweed) -> Iterator[Kept]:
    kept = Kept(tmp_path_factory.mktemp("kept"), store)
    yield kept
    kept.network.close()


@pytest.fixture
def kept(made: Kept) -> Iterator[Kept]:
    """The store as it should be; whatever is done to it is undone."""
    yield made
    made.bucket.become(made.good)
    made.bucket.fetch()


@pytest.mark.parametrize("harm", HARM)
def test_an_object_that_is_not_what_it_was_is_reported_and_never_applied(
    kept: Kept, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    assert kept.network.verify(kept.address, key=True).good
    harm(objects(kept.bucket.folder)[-5])
    kept.bucket.send()
    assert not kept.network.verify(kept.address).good
    done = kept.network.restore(kept.address, tmp_path / "back")
    assert done.problems
    assert done.sound
    left = notes(tmp_path / "back")
    assert left == [f"note {number}" for number in range(len(left))]
    assert 4 <= len(left) < 10


@pytest.mark.parametrize("harm", HARM)
def test_a_harmed_medium_is_noticed(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None]
) -> None:
    monkeypatch.setattr("palabre.survival.vaults.verify._MEDIA_GRACE", -1_000)
    assert kept.network.verify(kept.address).good
    paths = [kept.bucket.folder / media_name(kept.network.identity.public, name) for name in kept.media]
    if harm in {swap, repeat}:
        paths[1].write_bytes(paths[0].read_bytes())
    else:
        harm(paths[1])
    kept.bucket.send()
    kind = "media are missing" if harm is Path.unlink else "media are damaged"
    assert kept.network.verify(kept.address).problems == [f"1 {kind}: {kept.media[1]}"]


def test_a_store_that_goes_back_in_time_is_found_out_and_filled_anew(tmp_path: Path, store: Seaweed) -> None:
    kept = Kept(tmp_path, store)
    old = kept.good
    kept.network.note("later")
    kept.network.keep()
    kept.bucket.become(old)
    assert not kept.network.verify(kept.address).good
    kept.network.note("after the lie")
    kept.network.keep()
    assert kept.network.vaults.kept[0][0].state.complaint
    assert kept.network.restore(kept.address, tmp_path / "back").sound
    assert notes(tmp_path / "back")[-2:] == ["later", "after the lie"]
    kept.network.close()


def test_a_store_that_is_away_stops_nobody_and_has_everything_when_it_is_back(
    tmp_path: Path, store: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_RETRIES", 0)
    way = Proxy(store.port)
    address = store.address(tmp_path.name, port=way.port)
    network = Network(tmp_path / "data", address)
    network.keep()
    way.cut.set()
    way.lead_to(store.port)  # who is connected has to come again
    network.note("while it is away")
    with pytest.raises(PlaceUnavailable) as refused:
        network.keep()
    assert "a-secret-for-tests" not in str(refused.value)
    way.cut.clear()
    network.keep()
    assert network.verify(address, key=True).good
    assert network.restore(address, tmp_path / "back").complete
    assert notes(tmp_path / "back") == ["while it is away"]
    network.close()
    way.close()


def test_a_network_is_backed_up_proved_and_brought_back_by_the_commands(tmp_path: Path, store: Seaweed) -> None:
    address = store.address("by-commands")
    server = RunningServer(tmp_path / "data", vaults=address)
    words = ("backup", "key", "--replace", "--yes", "--json", "--data", str(server.data))
    key = json.loads(server.command(*words).stdout)["recovery_key"]
    ana = server.account("ana", password="correct horse battery")
    server.start()
    with ana.client() as client:
        client.post("/api/v1/statuses", data={"status": "MARKER in a store"}).raise_for_status()
    bucket = Bucket(address, tmp_path / "bucket")
    until(lambda: "public/beacon.json" in bucket.content(), "the beacon lies open in the store")
    server.stop()
    server.command("backup", "--data", str(server.data))
    proved = server.command("backup", "verify", "--data", str(server.data))
    assert "a-secret-for-tests" not in proved.stdout + proved.stderr
    kept = bucket.content()
    assert kept
    assert not any(b"MARKER" in content or b"ana" in name.encode() for name, content in kept.items())
    shutil.rmtree(server.data)
    done = subprocess.run(
        [*_COMMAND, "restore", "--from", address, "--key", "-", "--data", str(server.data), "--json"],
        check=False, capture_output=True, text=True, input=f"{key}\n", env=server.environment, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "a-secret-for-tests" not in done.stderr + done.stdout
    server.start()
    with ana.client() as client:
        me = client.get("/api/v1/accounts/verify_credentials").json()
        shown = client.get(f"/api/v1/accounts/{me['id']}/statuses").json()
        assert [each["content"] for each in shown] == ["<p>MARKER in a store</p>"]
    server.kill()
