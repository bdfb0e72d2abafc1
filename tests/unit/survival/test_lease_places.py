"""The places for a lease: of two who change the same version one loses, and a place that allows both is refused."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from palabre.config import Config, WrongSetting
from palabre.survival.errors import LeaseUnfit
from palabre.survival.lease import Keeper, Lease, LeasePlace, Taker
from palabre.survival.lease_places import FolderPlace, S3Place, place_of
from palabre.survival.state import Part
from running import free_port
from s3_server import s3_server
from seaweed import Seaweed, seaweed
from standbys import Proxy

LENGTH = 8.0


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    with seaweed(tmp_path_factory.mktemp("weed")) as running:
        yield running


@pytest.fixture(params=["folder", "small", "seaweedfs"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LeasePlace]:
    if request.param == "folder":
        yield FolderPlace(tmp_path)
    elif request.param == "small":
        with s3_server() as server:
            yield S3Place(f"s3://k:s@b/net?endpoint={server.endpoint}", seconds=LENGTH)
    else:
        store: Seaweed = request.getfixturevalue("store")
        yield S3Place(store.address(tmp_path.name), seconds=80.0)  # it makes those who meet wait a second each


def lease(holder: str = "one", epoch: int = 1, renewal: int = 1, in_step: str = "") -> Lease:
    return Lease(holder=holder, epoch=epoch, in_step=in_step, renewal=renewal)


def test_of_two_who_change_a_version_one_is_too_late(place: LeasePlace) -> None:
    place.prove()
    assert place.read() is None
    first = place.put(lease(), instead_of=None)
    assert first is not None
    assert place.put(lease(), instead_of=None) is None
    assert place.put(lease("two", 2, 2), instead_of=first) is not None
    assert place.put(lease("three", 2, 2), instead_of=first) is None
    held = place.read()
    assert held is not None
    assert held.lease.holder == "two"


def test_of_many_at_once_exactly_one_wins(place: LeasePlace) -> None:
    version = place.put(lease(), instead_of=None)
    for turn in range(6):
        held = place.read()
        assert held is not None
        assert held.version == version
        with ThreadPoolExecutor(3) as racers:
            answers = list(
                racers.map(
                    lambda n, turn=turn, version=version: place.put(
                        lease(f"racer {n}", 1, turn + 2), instead_of=version
                    ),
                    range(3),
                )
            )
        won = [answer for answer in answers if answer is not None]
        assert len(won) == 1
        version = won[0]


def test_a_keeper_keeps_and_a_taker_waits_in_every_place(place: LeasePlace, tmp_path: Path) -> None:
    keeper = Keeper(place, "one", 1, seconds=LENGTH)
    assert keeper.renew()
    assert keeper.renew(in_step="two")
    part = Part(tmp_path / "two")
    part.change(complete=True, in_step=True)
    assert not Taker(place, "two", part, seconds=LENGTH).take()
    assert keeper.renew()


def test_a_store_that_ignores_conditions_is_refused_by_name() -> None:
    with s3_server() as server:
        server.keeps_conditions = False
        place = S3Place(f"s3://k:s@b/net?endpoint={server.endpoint}", seconds=LENGTH)
        with pytest.raises(LeaseUnfit, match="s3://b/net cannot hold the lease"):
            Keeper(place, "one", 1, seconds=LENGTH).renew()
        assert "net/lease" not in server.objects


def test_a_proof_leaves_nothing_behind_and_is_made_once() -> None:
    with s3_server() as server:
        place = S3Place(f"s3://k:s@b/net?endpoint={server.endpoint}", seconds=LENGTH)
        place.prove()
        assert server.objects == {}
        server.keeps_conditions = False
        place.prove()


def test_a_wrong_key_is_named_and_not_shown(store: Seaweed) -> None:
    place = S3Place(store.address("x", secret="not-it"), seconds=LENGTH)
    for ask in (place.read, place.prove, lambda: place.put(lease(), instead_of=None)):
        with pytest.raises(PermissionError, match="s3://leases/x does not accept the key") as told:
            ask()
        assert "not-it" not in str(told.value)


def test_a_store_that_is_away_or_silent_is_out_of_reach_and_comes_back(store: Seaweed) -> None:
    away = S3Place(f"s3://k:s@b/net?endpoint=http://127.0.0.1:{free_port()}", seconds=LENGTH)
    with pytest.raises(ConnectionError, match="s3://b/net"):
        away.read()
    proxy = Proxy(store.port)
    try:
        place = S3Place(store.address("silent", port=proxy.port), seconds=LENGTH)
        keeper = Keeper(place, "one", 1, seconds=LENGTH)
        assert keeper.renew()
        ends = keeper.ends
        proxy.dark.set()
        with pytest.raises(ConnectionError):
            keeper.renew()
        assert keeper.ends == ends
        proxy.dark.clear()
        assert keeper.renew()
        assert keeper.ends > ends
    finally:
        proxy.close()


class Deaf(FolderPlace):
    """Changes arrive; that they did is not heard."""

    deaf = True

    def put(self, lease: Lease, *, instead_of: str | None) -> str | None:
        version = super().put(lease, instead_of=instead_of)
        if self.deaf:
            raise TimeoutError
        return version


def test_a_renewal_whose_answer_was_lost_does_not_count_and_does_not_block_the_next(tmp_path: Path) -> None:
    place = Deaf(tmp_path)
    keeper = Keeper(place, "one", 1, seconds=LENGTH)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            keeper.renew(in_step="two")
    assert keeper.ends == 0.0
    place.deaf = False
    assert keeper.renew()
    assert keeper.ends > 0


def test_a_standby_that_was_promoted_by_hand_need_not_wait_for_the_lease(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    old = Keeper(place, "one", 1, seconds=LENGTH)
    assert old.renew(in_step="two")
    assert not Keeper(place, "three", 2, seconds=LENGTH).renew()  # it was not the one in step: the lease has to end
    assert Keeper(place, "two", 2, seconds=LENGTH).renew()
    assert not old.renew()
    assert old.superseded == 2


@pytest.mark.parametrize(
    "address", ["", "s3:bucket", "ftp://x", "folder:", "folder:relative"]
)  # fmt: skip
def test_what_names_no_place_is_refused(address: str) -> None:
    with pytest.raises(WrongSetting):
        place_of(address, LENGTH)
    with pytest.raises(WrongSetting):
        Config(lease=address, auto_failover=True, standby_listen="127.0.0.1:1")
