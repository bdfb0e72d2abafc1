"""A vault has one writer: the server of the highest epoch. Whoever was replaced finds that out before it writes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from palabre import clock
from palabre.survival.state import Part
from palabre.survival.vaults.claims import claim, highest, require
from palabre.survival.vaults.errors import PlaceUnavailable, VaultTaken
from palabre.survival.vaults.places import AlreadyThere, FolderPlace
from palabre.survival.vaults.recovery import Identity
from palabre.survival.vaults.recovery import load as load_recovery
from unit.survival.networks import Network, notes, objects, somewhere


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    made = Network(tmp_path / "data", tmp_path / "vault")
    yield made
    made.close()


@pytest.fixture
def twins(network: Network, tmp_path: Path) -> Iterator[tuple[Network, Network]]:
    """A network that was replaced and does not know it, and its successor: a standby that was promoted."""
    network.note("before")
    network.medium(b"a picture")
    network.keep()
    network.database.engine.purge()
    shutil.copytree(network.folder, tmp_path / "two", ignore=shutil.ignore_patterns("vaults", "palabre.db-*"))
    Part(tmp_path / "two").change(epoch=2)
    successor = Network.__new__(Network)
    successor.identity, successor.folder = network.identity, tmp_path / "two"
    successor.places, successor.settings = network.places, {}
    successor.open()
    yield network, successor
    successor.close()


def restored(network: Network, tmp_path: Path) -> list[str]:
    into = somewhere(tmp_path)
    done = network.restore(tmp_path / "vault", into)
    assert done.complete, done
    return notes(into)


def test_a_successor_goes_on_in_the_vault_and_nothing_is_amiss(
    twins: tuple[Network, Network], tmp_path: Path
) -> None:
    _, successor = twins
    successor.note("after")
    successor.keep()
    assert restored(successor, tmp_path) == ["before", "after"]
    assert not successor.vaults.kept[0][0].state.complaint


def test_a_server_that_was_replaced_puts_nothing_after_its_successor(
    twins: tuple[Network, Network], tmp_path: Path
) -> None:
    stale, successor = twins
    stale.note("never acknowledged")
    stale.vaults.follower.capture()
    successor.note("after")
    successor.keep()
    there = objects(tmp_path / "vault")
    vault, media = stale.vaults.kept[0]
    vault.patient = False
    with pytest.raises(VaultTaken):
        vault.push()
    with pytest.raises(VaultTaken):
        vault.reconcile()
    with pytest.raises(VaultTaken):
        vault.snapshot()
    assert objects(tmp_path / "vault") == there
    assert restored(successor, tmp_path) == ["before", "after"]
    vault.run()  # the thread ends, and says why
    assert "epoch 2" in vault.state.problem
    assert vault.stopping.is_set()
    media.run()
    assert objects(tmp_path / "vault") == there


def test_a_server_that_was_replaced_removes_nothing(
    twins: tuple[Network, Network], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale, successor = twins
    media = stale.vaults.kept[0][1]
    real = clock.now
    stale.media.delete(list(stale.media.names(before=clock.now() + clock.DAY)))
    media.sweep()
    successor.keep()
    monkeypatch.setattr(clock, "now", lambda: real() + 30 * clock.DAY)
    with pytest.raises(VaultTaken):
        media.sweep()
    assert len(list((tmp_path / "vault" / "media").glob("*/*"))) == 1


def test_who_was_told_that_another_leads_does_not_even_push_what_is_pending(
    twins: tuple[Network, Network], tmp_path: Path
) -> None:
    stale, _ = twins
    stale.note("never acknowledged")
    stale.vaults.follower.capture()
    there = objects(tmp_path / "vault")
    stale.vaults.give_up()
    stale.vaults.kept[0][0].run()
    assert objects(tmp_path / "vault") == there


def test_who_leads_again_after_others_did_complains_of_nothing(
    twins: tuple[Network, Network], tmp_path: Path
) -> None:
    first, second = twins
    second.note("of the second")
    second.keep()
    second.database.engine.purge()
    first.close()
    shutil.copyfile(second.folder / "palabre.db", first.folder / "palabre.db")
    for name in ("palabre.db-wal", "palabre.db-shm"):
        (first.folder / name).unlink(missing_ok=True)
    Part(first.folder).change(epoch=3)
    first.open()
    first.note("of the first again")
    first.keep()
    assert restored(first, tmp_path) == ["before", "of the second", "of the first again"]
    assert not first.vaults.kept[0][0].state.complaint
    with pytest.raises(VaultTaken):
        second.keep()


def test_a_network_that_was_restored_outranks_the_one_that_comes_back_to_life(
    network: Network, tmp_path: Path
) -> None:
    network.note("before")
    (network.folder / "texts").mkdir()
    (network.folder / "texts" / "terms.txt").write_bytes(b"be \xff kind")
    (network.folder / "texts" / "about.txt").write_text("about us")
    network.keep()
    (network.folder / "texts" / "about.txt").unlink()
    network.keep()
    into = somewhere(tmp_path)
    network.restore(tmp_path / "vault", into)
    assert [path.name for path in (into / "texts").iterdir()] == ["terms.txt"]
    assert (into / "texts" / "terms.txt").read_text("utf-8") == "be \ufffd kind"
    assert Part(into).state.epoch == 2
    new = Network.__new__(Network)
    new.identity, new.folder, new.places, new.settings = network.identity, into, network.places, {}
    new.open()
    try:
        new.note("in the new place")
        new.keep()
        network.note("where nobody is any more")
        with pytest.raises(VaultTaken):
            network.keep()
        assert restored(new, tmp_path) == ["before", "in the new place"]
    finally:
        new.close()


def test_claims_of_strangers_raise_no_epoch(network: Network, tmp_path: Path) -> None:
    place = FolderPlace(tmp_path / "vault")
    recovery = load_recovery(network.folder)
    network.keep()
    assert require(place, 1) == [1]
    claim(place, recovery, 4)
    place.put("epochs/00000000/00000000000a", b"made up")
    place.put("epochs/00000000/stray", b"")
    assert highest(place, recovery) == 4
    assert highest(place, Identity(_another_key()).public) == 0
    with pytest.raises(VaultTaken, match="epoch 10"):
        claim(place, recovery, 9)


def _another_key() -> str:
    import pyrage

    return str(pyrage.x25519.Identity.generate())


def test_of_those_who_put_the_same_object_into_a_folder_at_once_one_succeeds(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    size = 1 << 20
    with ThreadPoolExecutor(8) as pool:
        for number in range(20):
            name = f"log/00000000/{number:012x}"

            def put(who: int, name: str = name) -> int:
                with suppress(AlreadyThere, PlaceUnavailable):
                    place.put(name, bytes([who]) * size)
                    return who
                return 0

            won = [who for who in pool.map(put, range(1, 9)) if who]
            assert len(won) == 1
            assert place.get(name) == bytes([won[0]]) * size
    assert not list(tmp_path.rglob("*.part"))


def test_what_is_left_of_an_attempt_that_was_interrupted_keeps_nobody_away(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    (tmp_path / "log" / "00000000").mkdir(parents=True)
    (tmp_path / "log" / "00000000" / "000000000001.part").write_bytes(b"half of something longer")
    place.put("log/00000000/000000000001", b"whole")
    assert place.get("log/00000000/000000000001") == b"whole"
