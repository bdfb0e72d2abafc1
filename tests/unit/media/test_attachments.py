"""Attachments in the database, on both databases."""

from __future__ import annotations

import msgspec
import pytest

from fixtures_store import Store
from palabre import jobs
from palabre.clock import HOUR
from palabre.ids import AccountId, MediaId, PostId
from palabre.media import actions, queries
from palabre.media.errors import (
    DescriptionTooLong,
    DuplicateAttachment,
    FocusOutside,
    MediaAttached,
    MediaNotFound,
    TooManyAttachments,
)
from palabre.media.model import Attachment, Focus, MediaKind, StoredPicture
from palabre.media.storage import new_name

ANA, BEN = AccountId(1 << 40), AccountId(2 << 40)
POST, OTHER = PostId(11 << 40), PostId(12 << 40)


def stored(*, small: bool = False) -> StoredPicture:
    file = new_name("jpg")
    return StoredPicture(
        kind=MediaKind.PICTURE,
        file=file,
        preview=file if small else new_name("jpg"),
        mime="image/jpeg",
        size=12_345,
        width=1_600,
        height=1_200,
        preview_width=554,
        preview_height=415,
        blurhash="UyEpyUofg]oyoUfOfjfhg|fkfjfkovfjfjfj",
    )


def upload(store: Store, owner: AccountId = ANA, **options: object) -> Attachment:
    return store.write(actions.add_attachment, owner, stored(), **options)


def jobs_waiting(store: Store) -> list[list[str]]:
    claimed = store.write(jobs.claim)
    assert {each.kind for each in claimed} <= {actions.DELETE_FILES}
    return [each.arguments(list[str]) for each in claimed]


def test_an_upload_comes_back_as_it_was_kept(store: Store) -> None:
    made = upload(store, description="  A cat\0 ", focus=Focus(-0.5, 0.25))
    assert made.description == "A cat"
    assert store.read(queries.attachment, ANA, made.id) == made
    assert (made.focus_x, made.focus_y, made.post) == (-0.5, 0.25, None)


def test_only_its_owner_reads_an_upload(store: Store) -> None:
    made = upload(store)
    for viewer, id_ in ((BEN, made.id), (ANA, MediaId(made.id + 1))):
        with pytest.raises(MediaNotFound):
            store.read(queries.attachment, viewer, id_)


def test_pictures_of_many_posts_come_in_order_and_with_one_statement(store: Store) -> None:
    first, second, third = upload(store), upload(store), upload(store)
    store.write(actions.attach, ANA, [third.id, first.id], POST)
    store.write(actions.attach, ANA, [second.id], OTHER)
    found = store.read(queries.attachments_of, [POST, OTHER, PostId(13 << 40)])
    assert store.statements == 1
    assert {post: [each.id for each in those] for post, those in found.items()} == {
        POST: [third.id, first.id],
        OTHER: [second.id],
    }
    assert [each.position for each in found[POST]] == [0, 1]


def test_a_picture_belongs_to_one_post_of_its_owner(store: Store) -> None:
    mine, theirs = upload(store), upload(store, BEN)
    with pytest.raises(MediaNotFound):
        store.write(actions.attach, ANA, [mine.id, theirs.id], POST)
    with pytest.raises(DuplicateAttachment):
        store.write(actions.attach, ANA, [mine.id, mine.id], POST)
    with pytest.raises(MediaNotFound):
        store.write(actions.attach, ANA, [mine.id, 5], POST)
    assert store.read(queries.attachments_of, [POST]) == {}
    assert [each.id for each in store.write(actions.attach, ANA, [mine.id], POST)] == [mine.id]
    with pytest.raises(MediaAttached):
        store.write(actions.attach, ANA, [mine.id], OTHER)


def test_a_post_takes_four_pictures(store: Store) -> None:
    ids = [upload(store).id for _ in range(5)]
    with pytest.raises(TooManyAttachments) as refused:
        store.write(actions.attach, ANA, ids, POST)
    assert str(refused.value) == "A post takes at most 4 pictures."
    assert len(store.write(actions.attach, ANA, ids[:4], POST)) == 4


def test_only_what_is_given_changes(store: Store) -> None:
    made = upload(store, description="A cat", focus=Focus(0.5, 0.5))
    changed = store.write(actions.update_attachment, ANA, made.id, description="A dog")
    assert changed == msgspec.structs.replace(made, description="A dog")
    changed = store.write(actions.update_attachment, ANA, made.id, focus=Focus(0.0, -1.0))
    assert (changed.description, changed.focus_x, changed.focus_y) == ("A dog", 0.0, -1.0)
    with pytest.raises(MediaNotFound):
        store.write(actions.update_attachment, BEN, made.id, description="Mine now")


def test_an_attached_picture_changes_only_with_its_post(store: Store) -> None:
    made = upload(store)
    store.write(actions.attach, ANA, [made.id], POST)
    for of in (None, OTHER):
        with pytest.raises(MediaAttached):
            store.write(actions.update_attachment, ANA, made.id, description="Other", of=of)
    assert store.write(actions.update_attachment, ANA, made.id, description="Other", of=POST).description == "Other"


def test_descriptions_and_focal_points_have_bounds(store: Store) -> None:
    assert len(upload(store, description="é" * 1_500).description) == 1_500
    with pytest.raises(DescriptionTooLong) as refused:
        upload(store, description="é" * 1_501)
    assert str(refused.value) == "This description has 1501 characters. At most 1500 are accepted."
    for focus in (Focus(1.01, 0), Focus(0, -1.01), Focus(float("nan"), 0), Focus(float("inf"), 0)):
        with pytest.raises(FocusOutside):
            upload(store, focus=focus)


def test_the_files_of_deleted_posts_are_removed_by_a_job_of_the_same_transaction(store: Store) -> None:
    gone, other = upload(store), upload(store)
    store.write(actions.attach, ANA, [gone.id], POST)
    store.write(actions.attach, ANA, [other.id], OTHER)
    names = store.write(actions.delete_of_posts, [POST])
    assert sorted(names) == sorted([gone.file, gone.preview])
    assert store.read(queries.attachments_of, [POST, OTHER]).keys() == {OTHER}
    assert jobs_waiting(store) == [names]


def test_a_deletion_that_fails_leaves_rows_and_no_job(store: Store) -> None:
    kept = upload(store)
    store.write(actions.attach, ANA, [kept.id], POST)

    def stumble(tx) -> None:
        actions.delete_of_posts(tx, [POST])
        raise LookupError

    with pytest.raises(LookupError):
        store.write(stumble)
    assert store.read(queries.attachments_of, [POST])[POST][0].file == kept.file
    assert jobs_waiting(store) == []


def test_the_owner_deletes_an_upload_that_no_post_has(store: Store) -> None:
    free, taken = upload(store), upload(store)
    store.write(actions.attach, ANA, [taken.id], POST)
    with pytest.raises(MediaNotFound):
        store.write(actions.delete_attachment, BEN, free.id)
    with pytest.raises(MediaAttached):
        store.write(actions.delete_attachment, ANA, taken.id)
    names = store.write(actions.delete_attachment, ANA, free.id)
    assert jobs_waiting(store) == [names]
    assert sorted(names) == sorted([free.file, free.preview])


def test_the_sweep_takes_what_is_old_and_without_a_post(store: Store) -> None:
    old, taken = upload(store), upload(store)
    store.write(actions.attach, ANA, [taken.id], POST)
    assert store.write(actions.sweep_unattached, before=old.created - 24 * HOUR) == 0
    assert store.write(actions.sweep_unattached, before=old.created + 1) == 1
    assert jobs_waiting(store) == [sorted([old.file, old.preview])]
    with pytest.raises(MediaNotFound):
        store.read(queries.attachment, ANA, old.id)
    assert store.read(queries.attachment, ANA, taken.id).post == POST


def test_orphans_are_what_neither_attachment_nor_account_names(store: Store) -> None:
    made = upload(store)
    lost = new_name("png")
    assert store.read(queries.orphans, [made.file, lost, made.preview]) == {lost}
    assert store.statements == 1
