"""A vault that forgets, changes, moves or brings back old objects is found out, and what is good still comes back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from palabre import clock, keyring
from palabre.accounts.actions import NewMember, create_member
from palabre.clock import Instant
from palabre.survival.vaults import state as states
from palabre.survival.vaults.errors import PlaceUnavailable, VaultContradicts
from palabre.survival.vaults.places import FolderPlace
from palabre.survival.vaults.sealed import media_name
from unit.survival.networks import Network, notes, objects


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    """Two snapshots' worth: a vault with a snapshot and ten changes after it."""
    made = Network(tmp_path / "data", tmp_path / "vault")
    made.keep()
    for number in range(10):
        made.note(f"note {number}")
        made.keep()
    yield made
    made.close()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def swap(path: Path) -> None:
    other = path.with_name(f"{int(path.name, 16) - 1:012x}")
    mine, theirs = path.read_bytes(), other.read_bytes()
    path.write_bytes(theirs)
    other.write_bytes(mine)


def repeat(path: Path) -> None:
    path.write_bytes(path.with_name(f"{int(path.name, 16) - 3:012x}").read_bytes())


HARM = [flip, truncate, empty, swap, repeat, Path.unlink]


@pytest.mark.parametrize("harm", HARM)
def test_an_object_that_is_not_what_it_was_is_reported_and_never_applied(
    network: Network, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    assert network.verify(tmp_path / "vault", key=True).good
    harm(objects(tmp_path / "vault")[-4])
    found = network.verify(tmp_path / "vault")
    assert not found.good
    done = network.restore(tmp_path / "vault", tmp_path / "back")
    assert done.problems
    assert done.sound
    left = notes(tmp_path / "back")
    assert left == [f"note {number}" for number in range(len(left))]
    assert 5 <= len(left) <= 6


@pytest.mark.parametrize("harm", HARM)
def test_a_harmed_medium_is_noticed(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], None]
) -> None:
    monkeypatch.setattr("palabre.survival.vaults.verify._MEDIA_GRACE", -1_000)
    names = [network.medium(bytes([number]) * 3_000) for number in range(2)]
    network.keep()
    assert network.verify(tmp_path / "vault").good
    paths = [tmp_path / "vault" / media_name(network.identity.public, name) for name in names]
    if harm in {swap, repeat}:
        contents = [path.read_bytes() for path in paths]
        paths[1].write_bytes(contents[0])
    else:
        harm(paths[1])
    found = network.verify(tmp_path / "vault")  # without the recovery key
    kind = "media are missing" if harm is Path.unlink else "media are damaged"
    assert found.problems == [f"1 {kind}: {names[1]}"]
    assert not found.good


@pytest.mark.parametrize("harm", HARM)
def test_a_medium_that_cannot_be_found_is_named_and_nothing_else_is_put_in_its_place(
    network: Network, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    network.database.write_now(create_member, keyring.load(network.folder), NewMember(username="ana"))
    names = [network.medium(bytes([number]) * 3_000) for number in range(2)]  # the second is the member's
    network.keep()
    assert network.restore(tmp_path / "vault", tmp_path / "before").complete
    paths = [tmp_path / "vault" / media_name(network.identity.public, name) for name in names]
    if harm in {swap, repeat}:
        paths[1].write_bytes(paths[0].read_bytes())
    else:
        harm(paths[1])
    done = network.restore(tmp_path / "vault", tmp_path / "back")
    assert done.sound
    assert not done.complete
    assert done.media_missing == [names[1]]
    assert (tmp_path / "before" / "media" / names[1]).exists()
    assert not (tmp_path / "back" / "media" / names[1]).exists()


def test_a_vault_that_keeps_what_was_deleted_is_found_out(network: Network, tmp_path: Path) -> None:
    """It says that it has removed a medium, and has it still."""
    name = network.medium(b"deleted long ago" * 100)
    network.keep()
    path = tmp_path / "vault" / media_name(network.identity.public, name)
    content = path.read_bytes()
    network.media.delete([name])
    network.keep()  # the sweep sees that it is gone
    assert path.exists(), "for a term it can be restored"
    assert network.verify(tmp_path / "vault").good
    vault = str(tmp_path / "vault")
    gone = states.load_gone(network.folder, vault)
    assert list(gone.since) == [path.relative_to(vault).as_posix()]
    media = network.vaults.kept[0][1]
    term = network.config.vault_term_days * clock.DAY
    media._gone.since = {each: Instant(since - term - clock.SECOND) for each, since in gone.since.items()}
    states.save(states.gone_path(network.folder, vault), media._gone)
    media.sweep()
    assert not path.exists()
    assert network.verify(tmp_path / "vault").good
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    found = network.verify(tmp_path / "vault")
    assert not found.good
    assert found.problems == [f"1 media should have been removed: {path.relative_to(vault).as_posix()}"]
    media.sweep()
    assert not path.exists(), "it is asked again to remove it"
    media.sweep()
    assert states.load_gone(network.folder, vault).since == {}


def test_a_vault_that_goes_back_in_time_is_found_out_and_begins_anew(network: Network, tmp_path: Path) -> None:
    place = tmp_path / "vault"
    shutil.copytree(place, tmp_path / "old")
    network.note("later")
    network.keep()
    shutil.rmtree(place)
    (tmp_path / "old").rename(place)
    assert not network.verify(place).good
    network.note("after the lie")
    network.keep()
    assert network.vaults.kept[0][0].state.complaint
    network.restore(place, tmp_path / "back")
    assert notes(tmp_path / "back")[-2:] == ["later", "after the lie"]


def test_a_vault_that_lost_everything_is_filled_again(network: Network, tmp_path: Path) -> None:
    for path in objects(tmp_path / "vault"):
        path.unlink()
    network.note("on")
    network.keep()
    assert network.vaults.kept[0][0].state.complaint
    network.restore(tmp_path / "vault", tmp_path / "back")
    assert notes(tmp_path / "back") == notes(network.folder)


def test_a_damaged_snapshot_is_passed_over_for_the_one_before(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = network.vaults.kept[0][0]
    vault.snapshot()
    network.note("last")
    network.keep()
    first = vault.state.snapshots[-1].first
    flip(tmp_path / "vault" / "log" / "00000000" / f"{first + 2:012x}")
    done = network.restore(tmp_path / "vault", tmp_path / "back")
    assert done.problems
    assert done.sound
    assert notes(tmp_path / "back") == [f"note {number}" for number in range(10)]


def test_one_vault_that_fails_does_not_hold_up_the_other(tmp_path: Path) -> None:
    network = Network(tmp_path / "data", tmp_path / "vault", tmp_path / "file" / "vault")
    (tmp_path / "file").write_text("no folder can be made below a file")
    good, bad = (vault for vault, _ in network.vaults.kept)
    with pytest.raises(PlaceUnavailable):
        network.keep()
    network.note("on")
    good.once()
    network.restore(tmp_path / "vault", tmp_path / "back")
    assert notes(tmp_path / "back") == ["on"]
    (tmp_path / "file").unlink()
    bad.once()  # it is back: it has everything again
    network.restore(tmp_path / "file" / "vault", tmp_path / "healed")
    assert notes(tmp_path / "healed") == ["on"]
    network.close()


def test_what_is_kept_for_a_vault_that_is_away_has_a_bound(
    network: Network, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("palabre.survival.vaults.vault._PENDING_BYTES", 100_000)
    vault = network.vaults.kept[0][0]
    for number in range(100):
        network.note(f"while it is away {number}")
        network.vaults.follower.capture()
        assert vault._pending_bytes < 300_000
    network.keep()
    network.restore(tmp_path / "vault", tmp_path / "back")
    assert notes(tmp_path / "back") == notes(network.folder)


def test_a_disk_that_is_not_mounted_is_not_mistaken_for_the_vault(network: Network, tmp_path: Path) -> None:
    (tmp_path / "vault").rename(tmp_path / "unplugged")
    with pytest.raises(PlaceUnavailable):
        network.keep()
    assert not (tmp_path / "vault").exists()


def test_another_network_in_the_same_vault_is_refused(network: Network, tmp_path: Path) -> None:
    shutil.copytree(network.folder, tmp_path / "copy", ignore=shutil.ignore_patterns("*.lock", "*-owner"))
    other = network.vaults.kept[0][0].state.number + 1
    stranger = FolderPlace(tmp_path / "vault")
    stranger.put(f"log/00000000/{other:012x}", b"something else")
    network.note("mine")
    network.vaults.follower.capture()
    with pytest.raises(VaultContradicts):
        network.vaults.kept[0][0].push()
