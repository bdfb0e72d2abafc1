"""Uploads that take a while, on both databases."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre import jobs
from palabre.ids import AccountId, MediaId, PostId
from palabre.media import actions, queries, unfinished
from palabre.media.errors import (
    CaptionsNotForPictures,
    DescriptionMissing,
    DescriptionTooLong,
    FilmTooWide,
    MediaAttached,
    MediaNotFound,
    MediaUnfinished,
    ProcessingFailed,
    RecordingTooLong,
)
from palabre.media.formats import Format
from palabre.media.model import Attachment, Focus, MediaKind, StoredPicture, Timing, Unfinished
from palabre.media.storage import new_name

ANA, BEN = AccountId(1 << 40), AccountId(2 << 40)
POST = PostId(11 << 40)


def stored(kind: MediaKind = MediaKind.VIDEO) -> StoredPicture:
    return StoredPicture(
        kind=kind,
        file=new_name("mp4"),
        preview=new_name("jpg"),
        mime="video/mp4",
        size=5_000_000,
        width=1_280,
        height=720,
        preview_width=640,
        preview_height=360,
        timing=Timing(seconds=12.5, frame_rate="30/1", bitrate=3_000_000_000, channels=2),
    )


def begun(store: Store, owner: AccountId = ANA, **options: object) -> Unfinished:
    return store.write(unfinished.begin, owner, source="source", fmt=Format.MP4, **options)


def finished(store: Store) -> Attachment:
    upload = begun(store)
    assert store.write(unfinished.finish, upload, stored())
    found = store.read(unfinished.upload_of, ANA, upload.id)
    assert isinstance(found, Attachment)
    return found


def test_an_upload_and_its_job_are_noted_together_and_become_one_attachment(store: Store) -> None:
    upload = begun(store, description=" A cat ", focus=Focus(0.5, 0.0))
    assert store.read(unfinished.upload_of, ANA, upload.id) == upload
    assert store.read(unfinished.sources) == {"source"}
    claimed = store.write(jobs.claim)
    assert [(each.kind, each.arguments(int)) for each in claimed] == [(unfinished.PROCESS, upload.id)]
    kept = stored()
    assert store.write(unfinished.finish, upload, kept)
    found = store.read(queries.attachment, ANA, upload.id)
    assert (found.id, found.description, found.focus_x, found.file) == (upload.id, "A cat", 0.5, kept.file)
    assert (found.seconds, found.frame_rate, found.bitrate, found.channels) == (12.5, "30/1", 3_000_000_000, 2)
    assert store.read(unfinished.sources) == set()
    assert not store.write(unfinished.finish, upload, stored()), "a job that runs again ends nothing twice"


def test_one_upload_is_processed_at_a_time(store: Store) -> None:
    first, second = begun(store), begun(store)
    claimed = store.write(jobs.claim)
    assert [each.arguments(int) for each in claimed] == [first.id]
    store.write(jobs.done, claimed[0].id)
    assert [each.arguments(int) for each in store.write(jobs.claim)] == [second.id]


def test_a_post_cannot_take_what_is_not_finished(store: Store) -> None:
    upload, theirs = begun(store), begun(store, BEN)
    with pytest.raises(MediaUnfinished) as refused:
        store.write(actions.attach, ANA, [upload.id], POST)
    assert str(refused.value) == "Cannot attach files that have not finished processing. Try again in a moment!"
    with pytest.raises(MediaNotFound):
        store.write(actions.attach, ANA, [theirs.id], POST)
    assert store.read(queries.attachments_of, [POST]) == {}


def test_a_failure_is_told_with_its_details(store: Store) -> None:
    upload = begun(store)
    store.write(unfinished.fail, upload.id, RecordingTooLong(field="file", seconds=700, limit=600))
    for action in (
        lambda: store.read(unfinished.upload_of, ANA, upload.id),
        lambda: store.write(actions.attach, ANA, [upload.id], POST),
    ):
        with pytest.raises(RecordingTooLong) as refused:
            action()
        assert str(refused.value) == "This recording is 700 seconds long. At most 600 are accepted."
    with pytest.raises(MediaNotFound):
        store.read(unfinished.upload_of, BEN, upload.id)
    assert store.read(unfinished.to_process, upload.id) is None
    assert store.read(unfinished.sources) == {"source"}
    other = begun(store)
    store.write(unfinished.fail, other.id, FilmTooWide(field="file", width=9_000, height=20))
    with pytest.raises(FilmTooWide):
        store.read(unfinished.upload_of, ANA, other.id)
    store.write(unfinished.fail, other.id, ProcessingFailed())
    with pytest.raises(Exception, match="could not be processed"):
        store.read(unfinished.upload_of, ANA, other.id)


def test_what_is_said_while_it_is_processed_stays(store: Store) -> None:
    upload = begun(store)
    store.write(unfinished.describe, ANA, upload.id, description="A dog", focus=Focus(0.0, 1.0))
    with pytest.raises(DescriptionTooLong):
        store.write(unfinished.describe, ANA, upload.id, description="x" * 1_501)
    with pytest.raises(MediaNotFound):
        store.write(unfinished.describe, BEN, upload.id, description="mine")
    store.write(unfinished.finish, upload, stored())
    found = store.read(queries.attachment, ANA, upload.id)
    assert (found.description, found.focus_y) == ("A dog", 1.0)
    assert store.write(unfinished.describe, ANA, upload.id, description="A cat").description == "A cat"


def test_an_upload_that_is_taken_back_is_not_finished(store: Store) -> None:
    upload = begun(store)
    with pytest.raises(MediaNotFound):
        store.write(unfinished.withdraw, BEN, upload.id)
    assert store.write(unfinished.withdraw, ANA, upload.id) == "source"
    assert not store.write(unfinished.finish, upload, stored())
    with pytest.raises(MediaNotFound):
        store.read(unfinished.upload_of, ANA, upload.id)
    done = finished(store)
    assert store.write(unfinished.withdraw, ANA, done.id) is None
    with pytest.raises(MediaNotFound):
        store.read(unfinished.upload_of, ANA, done.id)


def test_what_was_never_finished_is_forgotten(store: Store) -> None:
    upload = begun(store)
    assert store.write(unfinished.sweep, before=upload.created) == 0
    assert store.write(unfinished.sweep, before=upload.created + 1) == 1


def test_captions_are_replaced_and_go_with_the_post(store: Store) -> None:
    made = finished(store)
    first, second = new_name("vtt"), new_name("vtt")
    assert store.write(actions.caption, ANA, made.id, first, "fr").captions == first
    assert store.read(queries.orphans, [first, second]) == {second}
    with pytest.raises(MediaNotFound):
        store.write(actions.caption, BEN, made.id, second, "fr")
    changed = store.write(actions.caption, ANA, made.id, second, "en")
    assert (changed.captions, changed.captions_language) == (second, "en")
    store.write(actions.attach, ANA, [made.id], POST)
    with pytest.raises(MediaAttached):
        store.write(actions.caption, ANA, made.id, first, "fr")
    assert second in store.write(actions.delete_of_posts, [POST])
    gone = [each.arguments(list[str]) for each in store.write(jobs.claim) if each.kind == actions.DELETE_FILES]
    assert gone == [[first], sorted([made.file, made.preview, second])]


def test_a_picture_has_no_captions(store: Store) -> None:
    made = store.write(actions.add_attachment, ANA, stored(MediaKind.PICTURE))
    with pytest.raises(CaptionsNotForPictures):
        store.write(actions.caption, ANA, made.id, new_name("vtt"), "")
    with pytest.raises(MediaNotFound):
        store.write(actions.caption, ANA, MediaId(made.id + 1), new_name("vtt"), "")


def test_where_descriptions_are_asked_for_a_post_takes_only_described_media(store: Store) -> None:
    made = finished(store)
    with pytest.raises(DescriptionMissing) as refused:
        store.write(actions.attach, ANA, [made.id], POST, described=True)
    assert refused.value.field == "media_ids"
    store.write(actions.update_attachment, ANA, made.id, description="A cat")
    assert len(store.write(actions.attach, ANA, [made.id], POST, described=True)) == 1
