"""Every kind of place keeps what it is given, overwrites nothing, and says what is wrong without telling secrets."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from palabre.survival.vaults import s3
from palabre.survival.vaults.errors import PlaceUnavailable, WrongPlace
from palabre.survival.vaults.places import AlreadyThere, Missing, Place, open_place
from palabre.survival.vaults.restore import restore
from s3_server import s3_server
from sftp_server import sftp_server
from unit.survival.networks import Network, notes


@pytest.fixture(params=["folder", "s3", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "folder":
        opened = open_place(str(tmp_path / "vault"))
        opened.prepare(new=True)
        yield opened
        return
    if request.param == "sftp":
        with sftp_server(tmp_path) as machine:
            opened = open_place(machine.address())
            opened.prepare(new=True)
            yield opened
            opened.close()
        return
    with s3_server() as server:
        yield open_place(f"s3://key:secret@bucket/some/where?endpoint={server.endpoint}")


def test_what_is_put_is_got_listed_and_deleted(place: Place) -> None:
    names = {f"log/{number // 4:08x}/{number:012x}" for number in range(9)}
    for name in names:
        place.put(name, name.encode() * 100)
    place.put("media/ab/abcd", b"a picture")
    assert place.get("media/ab/abcd") == b"a picture"
    assert dict(place.names("log")) == {name: len(name) * 100 for name in names}
    place.delete([*names, "log/00000000/nothing"])
    assert dict(place.names("log")) == {}
    assert dict(place.names("media")) == {"media/ab/abcd": 9}
    with pytest.raises(Missing):
        place.get("log/00000000/000000000001")


def test_nothing_is_overwritten(place: Place) -> None:
    place.put("log/00000000/000000000001", b"first")
    with pytest.raises(AlreadyThere):
        place.put("log/00000000/000000000001", b"second")
    assert place.get("log/00000000/000000000001") == b"first"


def test_a_network_comes_back_from_s3(tmp_path: Path) -> None:
    with s3_server() as server:
        address = f"s3://key:secret@bucket/some/where?endpoint={server.endpoint}"
        network = Network(tmp_path / "data", address)
        network.note("MARKER in a store")
        network.keep()
        assert server.objects
        kinds = ("some/where/log/", "some/where/media/", "some/where/epochs/")
        assert all(name.startswith(kinds) for name in server.objects)
        assert not any(b"MARKER" in content for content in server.objects.values())
        done = restore(open_place(address), network.identity, tmp_path / "back")
        assert done.complete
        assert notes(tmp_path / "back") == ["MARKER in a store"]
        network.close()


def test_a_store_that_is_away_is_named_without_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "_RETRIES", 0)
    with s3_server() as server:
        server.away = True
        place = open_place(f"s3://key:topsecret@bucket?endpoint={server.endpoint}")
        with pytest.raises(PlaceUnavailable) as refused:
            place.put("log/00000000/000000000001", b"x")
    assert "topsecret" not in str(refused.value)
    assert "bucket" in str(refused.value)


@pytest.mark.parametrize("address", ["relative/folder", "ftp://user:topsecret@host/x", "s3://"])
def test_an_address_that_is_none_is_refused_without_its_secret(address: str) -> None:
    with pytest.raises(WrongPlace) as refused:
        open_place(address)
    assert "topsecret" not in str(refused.value)


def test_a_folder_without_links_overwrites_nothing_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = open_place(str(tmp_path / "vault"))
    place.prepare(new=True)
    problem = PermissionError(errno.EPERM, "Operation not permitted")

    def no_links(*_: object) -> None:
        raise problem

    monkeypatch.setattr(Path, "hardlink_to", no_links)
    place.put("log/1", b"mine")
    with pytest.raises(AlreadyThere):
        place.put("log/1", b"of somebody who slept")
    assert place.get("log/1") == b"mine"
    problem = OSError(errno.EIO, "Input/output error")
    with pytest.raises(PlaceUnavailable):
        place.put("log/2", b"lost")
    with pytest.raises(Missing):
        place.get("log/2")
