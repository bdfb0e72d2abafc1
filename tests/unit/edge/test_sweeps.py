"""What belongs to nothing leaves the media store, and nothing else does."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fixtures_store import Store
from palabre import clock, jobs, journal
from palabre.clock import HOUR, Instant
from palabre.edge import sweeps
from palabre.edge.sweeps import JOURNAL_KEPT, forget_facts, sweep_files, sweep_uploads
from palabre.events import Event
from palabre.ids import AccountId, PostId
from palabre.media import actions
from palabre.media.formats import Format
from palabre.media.model import Attachment, ProcessedPicture, Rendition
from palabre.media.storage import FolderStore, keep, new_name


class Happened(Event, frozen=True, kw_only=True, tag="test.happened"):
    """Something did."""

    number: int


ANA = AccountId(1 << 40)


@pytest.fixture
def files(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "media")


def upload(store: Store, files: FolderStore) -> Attachment:
    picture = ProcessedPicture(full=Rendition(content=b"x", format=Format.JPEG, width=1, height=1))
    return store.write(actions.add_attachment, ANA, keep(files, picture))


def in_an_hour() -> Instant:
    return Instant(clock.now() + HOUR)


def test_a_file_without_a_row_goes_once_it_is_old(store: Store, files: FolderStore) -> None:
    kept, lost = upload(store, files), new_name("png")
    files.put(lost, b"interrupted")
    assert asyncio.run(sweep_files(store.database, files, before=Instant(clock.now() - HOUR))) == 0
    assert files.exists(lost)
    assert asyncio.run(sweep_files(store.database, files, before=in_an_hour())) == 1
    assert (files.exists(lost), files.exists(kept.file)) == (False, True)


def test_the_wrong_database_costs_no_file(store: Store, files: FolderStore) -> None:
    names = [new_name("jpg") for _ in range(101)]
    for name in names:
        path = files.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    assert asyncio.run(sweep_files(store.database, files, before=in_an_hour())) == 0
    assert all(files.exists(name) for name in names)


def test_an_upload_that_no_post_took_goes_with_its_file(store: Store, files: FolderStore) -> None:
    free, taken = upload(store, files), upload(store, files)
    store.write(actions.attach, ANA, [taken.id], PostId(1 << 41))
    assert asyncio.run(sweep_uploads(store.database, before=in_an_hour())) == 1
    (job,) = store.write(jobs.claim)
    files.delete(job.arguments(list[str]))
    assert (files.exists(free.file), files.exists(taken.file)) == (False, True)


def test_old_facts_go_a_slice_at_a_time_once_everybody_has_read_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeps, "_FACTS_AT_ONCE", 2)
    at = clock.now()
    for number in range(5):
        store.write(journal.record, Happened(number=number))
    subscribers = [journal.Subscriber("first", {}), journal.Subscriber("second", {})]

    def left() -> int:
        monkeypatch.setattr(clock, "now", lambda: Instant(at + JOURNAL_KEPT + HOUR))
        gone = asyncio.run(forget_facts(store.database, subscribers, known=store.read(journal.head)))
        kept = len(store.read(journal.log.read_after, 0))
        assert gone + kept == 5
        return kept

    assert left() == 5
    store.advance(*subscribers)
    monkeypatch.setattr(clock, "now", lambda: at)
    assert asyncio.run(forget_facts(store.database, subscribers, known=5)) == 0, "they are young"
    assert left() == 0
