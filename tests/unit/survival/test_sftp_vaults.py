"""A machine with SFTP is trusted with nothing: not with being there, being quick, or being who it says it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest

from palabre.survival.vaults import sftp
from palabre.survival.vaults.errors import PlaceUnavailable, WrongHostKey, WrongPlace
from palabre.survival.vaults.places import AlreadyThere, open_place
from palabre.survival.vaults.restore import restore
from sftp_server import SftpMachine, sftp_server
from unit.survival.networks import Network, notes, objects
from unit.survival.test_hostile_vaults import HARM


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[SftpMachine]:
    with sftp_server(tmp_path) as made:
        yield made


@pytest.fixture
def network(tmp_path: Path, machine: SftpMachine) -> Iterator[Network]:
    made = Network(tmp_path / "data", machine.address())
    made.keep()
    yield made
    made.close()


def test_a_network_comes_back_from_another_machine(network: Network, machine: SftpMachine, tmp_path: Path) -> None:
    network.note("MARKER far away")
    network.medium(b"MARKER" * 1_000)
    network.keep()
    kept = [path for path in machine.vault.rglob("*") if path.is_file()]
    assert kept
    assert not any(b"MARKER" in path.read_bytes() or path.name.endswith(".part") for path in kept)
    place = open_place(machine.address())
    done = restore(place, network.identity, tmp_path / "back")
    place.close()
    assert done.complete
    assert len([path for path in (machine.vault / "media").rglob("*") if path.is_file()]) == 1
    assert notes(tmp_path / "back") == ["MARKER far away"]


@pytest.mark.parametrize("harm", HARM)
def test_what_it_harms_is_found_and_never_applied(
    network: Network, machine: SftpMachine, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    for number in range(8):
        network.note(f"note {number}")
        network.keep()
    assert network.verify(machine.address(), key=True).good
    harm(objects(machine.vault)[-4])
    assert not network.verify(machine.address()).good
    place = open_place(machine.address())
    done = restore(place, network.identity, tmp_path / "back")
    place.close()
    assert done.problems
    assert done.sound
    left = notes(tmp_path / "back")
    assert left == [f"note {number}" for number in range(len(left))]
    assert 3 <= len(left) <= 4


def test_one_that_is_away_or_slow_stops_nobody_and_has_everything_when_it_is_back(
    network: Network, machine: SftpMachine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.go_away()
    network.note("while it is away")
    with pytest.raises(PlaceUnavailable):
        network.keep()
    machine.listen()
    monkeypatch.setattr(sftp, "_SECONDS", 0.3)
    machine.slow = 5
    network.note("while it is slow")
    with pytest.raises(PlaceUnavailable):
        network.keep()
    machine.slow = 0
    monkeypatch.setattr(sftp, "_SECONDS", 60)
    network.keep()
    place = open_place(machine.address())
    done = restore(place, network.identity, tmp_path / "back")
    place.close()
    assert done.complete
    assert notes(tmp_path / "back") == ["while it is away", "while it is slow"]


def test_a_machine_with_another_host_key_is_refused_by_name_and_gets_nothing(
    machine: SftpMachine, network: Network
) -> None:
    machine.go_away()
    network.note("for the right machine only")
    before = {path for path in machine.root.rglob("*") if path.is_file()}
    machine.host_key = asyncssh.generate_private_key("ssh-ed25519")
    machine.listen()
    with pytest.raises(WrongHostKey) as refused:
        network.keep()
    assert machine.host_key.get_fingerprint("sha256") in str(refused.value)
    assert "127.0.0.1" in str(refused.value)
    assert {path for path in machine.root.rglob("*") if path.is_file()} == before
    network.vaults.kept[0][0].failed(refused.value)
    assert "host key" in network.vaults.standings()[0].problem


def test_a_stranger_s_client_key_is_refused(machine: SftpMachine, tmp_path: Path) -> None:
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(machine.key_file))
    place = open_place(machine.address())
    with pytest.raises(PlaceUnavailable):
        place.prepare(new=True)
    place.close()


def test_two_that_put_the_same_name_at_once_do_not_overwrite_each_other(machine: SftpMachine) -> None:
    from concurrent.futures import ThreadPoolExecutor

    places = [open_place(machine.address()) for _ in range(2)]
    places[0].prepare(new=True)

    def put(number: int) -> bool:
        try:
            places[number % 2].put("log/00000000/000000000001", b"%d" % number * 1_000)
        except AlreadyThere:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(put, range(8))) == 1
    for place in places:
        place.close()


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("sftp://host/path?key=/dev/null&host_key=SHA256:x", "user@host"),
        ("sftp://me@host?key=/etc/hostname&host_key=SHA256:x", "user@host"),
        ("sftp://me:topsecret@host/path?key=/etc/hostname&host_key=SHA256:x", "password"),
        ("sftp://me@host/path?host_key=SHA256:x", "key file"),
        ("sftp://me@host/path?key=/nowhere&host_key=SHA256:x", "/nowhere"),
        ("sftp://me@host/path?key=/etc/hostname", "host key"),
        ("sftp://me@host:port/path?key=/etc/hostname&host_key=SHA256:x", "port"),
    ],
)
def test_an_address_that_lacks_something_is_refused_with_what_it_lacks(address: str, problem: str) -> None:
    with pytest.raises(WrongPlace) as refused:
        open_place(address)
    assert problem in str(refused.value)
    assert "topsecret" not in str(refused.value)
