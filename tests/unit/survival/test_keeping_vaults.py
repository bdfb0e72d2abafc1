"""What goes into a vault comes back, to the second; what is deleted leaves it; and it shows nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from palabre import clock
from palabre.survival.vaults.errors import FolderTaken, NoRecoveryKeyToReplace, NothingToRestore, WrongKey
from palabre.survival.vaults.places import FolderPlace
from palabre.survival.vaults.recovery import Identity, create, rotate
from palabre.survival.vaults.restore import restore
from palabre.survival.vaults.sealed import media_name, unpack
from s3_server import s3_server
from sftp_server import sftp_server
from unit.survival.networks import Network, notes, objects, somewhere


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Network]]:
    made: list[Network] = []

    def _make(*places: Path, **settings: Any) -> Network:
        made.append(Network(tmp_path / "data", *(places or (tmp_path / "vault",)), **settings))
        return made[-1]

    yield _make
    for each in made:
        each.close()


class FakeClock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0
        real = clock.now
        monkeypatch.setattr(clock, "now", lambda: real() + self.ahead)


def test_snapshot_and_changes_bring_everything_back(make: Callable[..., Network], tmp_path: Path) -> None:
    network = make()
    network.note("before the snapshot")
    network.keep()
    network.note("after it", "and more")
    network.keep()
    network.database.engine.purge()
    network.note("in the next log")
    network.keep()
    told: list[tuple[str, int, int]] = []
    done = network.restore(tmp_path / "vault", somewhere(tmp_path), progress=lambda *what: told.append(what))
    assert done.complete
    assert list(dict.fromkeys(what for what, _, _ in told)) == ["restoring the database", "checking the database"]
    assert all(part <= of for _, part, of in told)
    back = next(path for path in tmp_path.iterdir() if (path / "palabre.db").exists() and path.name != "data")
    assert notes(back) == ["before the snapshot", "after it", "and more", "in the next log"]
    for name in ("keyring", "palabre.toml"):
        assert (back / name).read_bytes() == (network.folder / name).read_bytes()
    assert (back / "keyring").stat().st_mode & 0o777 == 0o600


def test_every_second_of_the_term_can_be_restored(
    make: Callable[..., Network], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = FakeClock(monkeypatch)
    network = make()
    network.keep()
    moments = []
    for number in range(30):
        network.note(f"note {number}")
        network.vaults.follower.capture()
        moments.append(clock.now())
        time.ahead += 1_000 if number % 7 else 26 * clock.HOUR // 4
        if number % 3 == 0:
            network.keep()
        if number % 5 == 0:
            network.database.engine.purge()
    network.keep()
    assert len({snapshot.first for snapshot in network.vaults.kept[0][0].state.snapshots}) == 2
    for number, moment in enumerate(moments):
        into = somewhere(tmp_path)
        done = network.restore(tmp_path / "vault", into, at=moment)
        assert done.sound
        assert done.at <= moment
        assert notes(into) == [f"note {each}" for each in range(number + 1)]


def test_a_snapshot_is_whole_although_the_network_goes_on_while_it_is_made(
    make: Callable[..., Network], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make()
    network.note(*(f"early {number} {'x' * 3_000}" for number in range(400)))
    network.database.engine.purge()
    network.note("in the log when the snapshot begins")
    follower = network.vaults.follower
    read = follower.file_piece
    pieces: list[int] = []

    def meanwhile(first: int, count: int) -> bytes:
        network.forget(f"early {len(pieces)} {'x' * 3_000}")  # checkpoints, too
        network.note(*(f"during {first} {number} {'y' * 2_000}" for number in range(20)))
        follower.capture()
        pieces.append(first)
        return read(first, count)

    monkeypatch.setattr(follower, "file_piece", meanwhile)
    network.keep()
    network.keep()
    assert len(pieces) > 1
    done = network.restore(tmp_path / "vault", tmp_path / "back")
    assert done.complete
    assert notes(tmp_path / "back") == notes(network.folder)


def test_a_restart_goes_on_where_the_vault_ended(make: Callable[..., Network], tmp_path: Path) -> None:
    network = make()
    network.note("one")
    network.keep()
    network.close()
    network.open()
    network.note("two")
    network.keep()
    assert len(network.vaults.kept[0][0].state.snapshots) == 1
    network.restore(tmp_path / "vault", tmp_path / "back")
    assert notes(tmp_path / "back") == ["one", "two"]


def test_what_was_written_while_nobody_followed_is_found_too(make: Callable[..., Network], tmp_path: Path) -> None:
    network = make()
    network.note("one")
    network.keep()
    network.close()
    network.places = ()
    network.open()
    network.note("unseen")
    network.close()
    network.places = (tmp_path / "vault",)
    network.open()
    network.note("seen")
    network.keep()
    assert len(network.vaults.kept[0][0].state.snapshots) == 2
    network.restore(tmp_path / "vault", tmp_path / "back")
    assert notes(tmp_path / "back") == ["one", "unseen", "seen"]


def test_a_vault_shows_nothing_of_what_is_in_it(make: Callable[..., Network], tmp_path: Path) -> None:
    network = make()
    network.note("MARKER-IN-THE-DATABASE" * 100)
    medium = network.medium(b"MARKER-IN-A-MEDIUM" * 100)
    network.keep()
    keyring = (network.folder / "keyring").read_text()
    secrets = [
        b"MARKER",
        b"palabre",
        b"SQLite",
        b"localhost",
        medium.split("/")[2][:12].encode(),
        keyring[30:60].encode(),
    ]
    seen = b"".join(str(path.relative_to(tmp_path / "vault")).encode() + path.read_bytes()
                    for path in (tmp_path / "vault").rglob("*") if path.is_file())  # fmt: skip
    assert len(seen) > 10_000
    assert not [each for each in secrets if each in seen]


def test_what_is_deleted_has_left_every_vault_when_the_term_has_passed(
    make: Callable[..., Network], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = FakeClock(monkeypatch)
    network = make(vault_term_days=3)
    place = tmp_path / "vault"
    secret = "this is going to be deleted"
    network.note("stays", secret)
    name = network.medium(b"a picture")
    network.keep()
    before = clock.now()
    network.forget(secret)
    network.media.delete([name])
    deleted = clock.now()
    for _ in range(12):
        network.keep()
        time.ahead += 6 * clock.HOUR
    while clock.now() < deleted + 3 * clock.DAY:
        time.ahead += clock.MINUTE
    network.keep()
    verified = network.verify(place, key=True)
    assert verified.good, verified.problems
    assert verified.oldest > deleted
    assert verified.media == 0
    plain = b""
    for path in objects(place):
        opened = unpack(network.identity, int(path.name, 16), path.read_bytes())
        assert opened.head.at >= deleted
        plain += opened.body
    assert b"stays" in plain
    assert secret.encode() not in plain
    with pytest.raises(NothingToRestore):
        network.restore(place, tmp_path / "back", at=before)


def test_the_term_holds_in_vaults_of_every_kind(
    make: Callable[..., Network], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = FakeClock(monkeypatch)
    with s3_server() as store, sftp_server(tmp_path) as machine:
        places = [
            str(tmp_path / "folder"),
            machine.address("/vault"),
            f"s3://key:secret@bucket/vault?endpoint={store.endpoint}",
        ]
        network = make(*places, vault_term_days=3)
        network.note("stays", "this is going to be deleted")
        network.keep()
        network.forget("this is going to be deleted")
        deleted = clock.now()
        while clock.now() < deleted + 3 * clock.DAY + clock.HOUR:
            time.ahead += 6 * clock.HOUR
            network.keep()
        folders = [tmp_path / "folder", machine.root / "vault"]
        logs = [{int(path.name, 16): path.read_bytes() for path in objects(folder)} for folder in folders]
        logs.append({int(key[-12:], 16): body for key, body in store.objects.items() if "/log/" in key})
        for place, log in zip(places, logs, strict=True):
            verified = network.verify(place)
            assert verified.good, verified.problems
            assert verified.oldest > deleted
            plain = b"".join(unpack(network.identity, number, content).body for number, content in log.items())
            assert b"stays" in plain
            assert b"this is going to be deleted" not in plain
        network.close()


def test_a_rotated_key_opens_all_that_is_newer_and_the_old_copies_leave_with_the_term(
    make: Callable[..., Network], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    time = FakeClock(monkeypatch)
    network = make(vault_term_days=2)
    place = tmp_path / "vault"
    network.note("one")
    name = network.medium(b"a picture")
    network.keep()
    network.vaults.look_at_the_key()  # nothing is new
    network.keep()
    assert len(network.vaults.kept[0][0].state.snapshots) == 1
    old, network.identity = network.identity, Identity(rotate(network.folder))
    network.note("two")
    network.vaults.look_at_the_key()
    network.keep()
    assert len(network.vaults.kept[0][0].state.snapshots) == 2
    assert (place / media_name(network.identity.public, name)).exists()
    network.restore(place, tmp_path / "new")
    assert notes(tmp_path / "new") == ["one", "two"]
    assert network.verify(place, key=True).good
    assert restore(FolderPlace(place), old, tmp_path / "old").sound
    assert notes(tmp_path / "old") == ["one"]
    for _ in range(10):
        time.ahead += 6 * clock.HOUR
        network.keep()
    assert network.verify(place, key=True).good
    assert not (place / media_name(old.public, name)).exists()
    assert (place / media_name(network.identity.public, name)).exists()
    with pytest.raises(WrongKey):
        restore(FolderPlace(place), old, tmp_path / "gone")


def test_a_running_server_takes_a_new_key_by_itself(make: Callable[..., Network], tmp_path: Path) -> None:
    network = make()
    network.note("one")
    name = network.medium(b"a picture")
    network.keep()
    network.vaults.start()
    network.identity = Identity(rotate(network.folder))
    network.note("two")
    copied = tmp_path / "vault" / media_name(network.identity.public, name)
    deadline = clock.monotonic() + 60
    while len(network.vaults.kept[0][0].state.snapshots) < 2 or not copied.exists():
        assert clock.monotonic() < deadline
        clock.pause(0.05)
    network.close()
    assert network.restore(tmp_path / "vault", tmp_path / "back").complete
    assert notes(tmp_path / "back") == ["one", "two"]


def test_a_key_that_is_not_there_cannot_be_rotated(tmp_path: Path) -> None:
    with pytest.raises(NoRecoveryKeyToReplace):
        rotate(tmp_path)


def test_any_number_of_vaults_of_any_kind_are_kept_at_once(make: Callable[..., Network], tmp_path: Path) -> None:
    with s3_server() as store, sftp_server(tmp_path) as machine:
        places = [
            str(tmp_path / "one"),
            str(tmp_path / "two"),
            machine.address("/three"),
            machine.address("/four"),
            f"s3://key:secret@bucket/five?endpoint={store.endpoint}",
        ]
        network = make(*places)
        network.note("everywhere")
        network.keep()
        for number, place in enumerate(places):
            assert network.verify(place, key=True).good
            assert network.restore(place, tmp_path / f"back{number}").complete
            assert notes(tmp_path / f"back{number}") == ["everywhere"]
        network.close()


def test_a_snapshot_that_was_never_finished_leaves_with_the_first_that_is(
    make: Callable[..., Network], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = make()
    network.note(*(f"note {number} {'x' * 3_000}" for number in range(400)))
    vault = network.vaults.kept[0][0]
    read = network.vaults.follower.file_piece

    def lose_track(first: int, count: int) -> bytes:
        vault.take(None)
        return read(first, count)

    monkeypatch.setattr(network.vaults.follower, "file_piece", lose_track)
    network.keep()
    assert not vault.state.snapshots
    early = objects(tmp_path / "vault")
    assert early
    monkeypatch.setattr(network.vaults.follower, "file_piece", read)
    network.keep()
    assert not [path for path in early if path.exists()]
    assert network.verify(tmp_path / "vault", key=True).good


def test_only_the_right_key_opens_a_vault(make: Callable[..., Network], tmp_path: Path) -> None:
    network = make()
    network.keep()
    (tmp_path / "other").mkdir()
    stranger = Identity(create(tmp_path / "other"))
    with pytest.raises(WrongKey):
        restore(FolderPlace(tmp_path / "vault"), stranger, tmp_path / "back")
    with pytest.raises(WrongKey):
        Identity("AGE-SECRET-KEY-1QQQ")
    assert not (tmp_path / "back").exists()


def test_nothing_is_restored_over_something(make: Callable[..., Network], tmp_path: Path) -> None:
    network = make()
    network.keep()
    with pytest.raises(FolderTaken):
        network.restore(tmp_path / "vault", network.folder)


def test_the_private_key_is_nowhere_in_the_folder(make: Callable[..., Network], tmp_path: Path) -> None:
    network = make()
    network.keep()
    private = create(network.folder, replace=True)
    assert private.startswith("AGE-SECRET-KEY-1")
    assert not [path for path in network.folder.rglob("*") if path.is_file() and b"SECRET" in path.read_bytes()]


def test_media_are_in_a_vault_once_under_a_name_that_tells_nothing(
    make: Callable[..., Network], tmp_path: Path
) -> None:
    network = make()
    content = bytes(range(256)) * 5_000
    name = network.medium(content)
    network.keep()
    network.keep()
    stored = [path for path in (tmp_path / "vault" / "media").rglob("*") if path.is_file()]
    assert len(stored) == 1
    assert name not in str(stored[0])
