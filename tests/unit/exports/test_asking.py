"""One archive at a time, one a day, for a week, for its owner only; interrupted, it is begun anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures_store import Store
from palabre import clock, jobs
from palabre.clock import DAY
from palabre.errors import NotFound
from palabre.exports import actions
from palabre.exports.actions import begin_export, forget_expired
from palabre.exports.errors import ExportInterrupted, ExportNotFound, ExportTooSoon, ExportUnderWay, NoRoom
from palabre.exports.model import State
from palabre.exports.queries import export_run, export_runs, living_runs, ready_run
from palabre.exports.running import forget_others, place_of
from palabre.rights.actions import delete_account
from people import KEYRING, People
from unit.exports.archives import Network, contents


@pytest.fixture
def network(store: Store, tmp_path: Path) -> Network:
    return Network(store, tmp_path / "here", "here.example")


def test_one_at_a_time_and_one_a_day(people: People, network: Network) -> None:
    ana, ben = people.members("ana", "ben")
    write = people.store.write
    run = write(begin_export, ana)
    with pytest.raises(ExportUnderWay):
        write(begin_export, ana)
    write(begin_export, ben)
    network.exporter().work(run, network.folder)
    with pytest.raises(ExportTooSoon):
        write(begin_export, ana)


def test_a_failed_one_can_be_asked_for_again(people: People) -> None:
    ana = people.member("ana")
    run = people.store.write(begin_export, ana)
    people.store.write(actions.fail_export, run.id, "export.no_room")
    assert people.store.write(begin_export, ana).id != run.id
    assert len(people.store.read(export_runs, ana)) == 1


def test_it_is_its_owners_alone(people: People, network: Network) -> None:
    ana, ben = people.members("ana", "ben")
    run = people.store.write(begin_export, ana)
    with pytest.raises(ExportNotFound):
        people.store.read(ready_run, ana, run.id)
    network.exporter().work(run, network.folder)
    assert people.store.read(ready_run, ana, run.id).size == place_of(network.folder, run.id).stat().st_size
    for reading in (export_run, ready_run):
        with pytest.raises(NotFound):
            people.store.read(reading, ben, run.id)
    assert people.store.read(export_runs, ben) == []


def test_it_goes_after_seven_days(people: People, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = people.member("ana")
    run = people.store.write(begin_export, ana)
    finished = network.exporter().work(run, network.folder)
    assert finished.expires == finished.finished + 7 * DAY
    assert people.store.write(forget_expired) == 0
    forget_others(network.folder, people.store.read(living_runs))
    assert place_of(network.folder, run.id).exists()
    later = clock.now() + 7 * DAY + 1_000
    monkeypatch.setattr(clock, "now", lambda: later)
    assert people.store.read(export_runs, ana) == []
    with pytest.raises(ExportNotFound):
        people.store.read(ready_run, ana, run.id)
    assert people.store.write(forget_expired) == 1
    forget_others(network.folder, people.store.read(living_runs))
    assert list((network.folder / "exports").iterdir()) == []


def test_it_goes_with_the_account(people: People, network: Network) -> None:
    ana = people.member("ana")
    run = people.store.write(begin_export, ana)
    network.exporter().work(run, network.folder)
    people.store.write(delete_account, KEYRING, ana)
    forget_others(network.folder, people.store.read(living_runs))
    assert not place_of(network.folder, run.id).exists()


def test_who_leaves_while_it_is_written_leaves_nothing(people: People, network: Network) -> None:
    ana = people.member("ana")
    people.post(ana, "hello")
    run = people.store.write(begin_export, ana)
    people.store.write(delete_account, KEYRING, ana)
    with pytest.raises(ExportNotFound):
        network.exporter().work(run, network.folder)
    assert list((network.folder / "exports").iterdir()) == []


class Killed(BaseException):
    pass


@pytest.mark.parametrize("reads", [3, 12, 40])
def test_killed_anywhere_it_is_begun_anew_and_whole(people: People, network: Network, reads: int) -> None:
    ana = people.member("ana")
    for number in range(5):
        people.post(ana, f"post {number}")
    run = people.store.write(begin_export, ana)
    left = reads

    def read(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        left -= 1
        if not left:
            raise Killed
        return people.store.read(*args, **kwargs)

    with pytest.raises(Killed):
        network.exporter(read=read).work(run, network.folder)
    with pytest.raises(ExportNotFound):
        people.store.read(ready_run, ana, run.id)
    assert not place_of(network.folder, run.id).exists()
    network.exporter().work(run, network.folder)
    assert len(contents(place_of(network.folder, run.id))["posts"]) == 5
    assert [each.name for each in place_of(network.folder, run.id).parent.iterdir()] == ["archive.zip"]


def test_a_server_that_stops_leaves_it_to_the_next(people: People, network: Network) -> None:
    ana = people.member("ana")
    people.post(ana, "hello")
    run = people.store.write(begin_export, ana)
    with pytest.raises(ExportInterrupted):
        network.exporter().work(run, network.folder, stopping=lambda: True)
    assert people.store.read(export_run, ana, run.id).state is State.WRITING
    assert people.store.read(jobs.next_run) is not None


def test_a_full_disk_is_told(people: People, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = people.member("ana")
    people.post(ana, "look", media=(network.picture(ana, "red", description="red"),))
    monkeypatch.setattr("palabre.exports.writing._ROOM", 1 << 60)
    run = people.store.write(begin_export, ana)
    assert network.exporter().work(run, network.folder).error == NoRoom.code
    assert not place_of(network.folder, run.id).parent.exists()


def test_nobody_else_on_the_machine_reads_it(people: People, network: Network) -> None:
    ana = people.member("ana")
    path = network.archive(ana)
    assert path.parent.stat().st_mode & 0o077 == 0
    assert json.dumps(contents(path)["profile"]["account"]) == '"ana@here.example"'
