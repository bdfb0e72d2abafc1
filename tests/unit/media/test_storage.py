"""Files of the media store."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from palabre import clock
from palabre.clock import HOUR, Instant
from palabre.media.errors import MediaNotFound
from palabre.media.formats import Format
from palabre.media.model import MediaKind, ProcessedPicture, Rendition
from palabre.media.storage import FolderStore, content_type, is_name, keep, new_name


@pytest.fixture
def files(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "media")


def everything(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_put_is_read_back_and_readable_by_the_server_alone(files: FolderStore) -> None:
    name = new_name("png")
    assert not files.exists(name)
    files.put(name, b"picture")
    assert files.exists(name)
    with files.open(name) as opened:
        opened.seek(3)
        assert opened.read() == b"ture"
    (only,) = everything(files.folder)
    assert only.stat().st_mode & 0o077 == 0
    assert content_type(name) == "image/png"


def test_names_are_unguessable_and_never_used_twice() -> None:
    names = {new_name("jpg") for _ in range(1_000)}
    assert len(names) == 1_000
    assert all(is_name(name) and len(name.removesuffix(".jpg").replace("/", "")) * 4 >= 128 for name in names)


@pytest.mark.parametrize(
    "name",
    [
        "../../palabre.db",
        "..",
        "",
        "/etc/passwd",
        "aa/aa/" + "a" * 36,
        "aa/aa/" + "a" * 36 + ".svg",
        "aa/aa/" + "a" * 36 + ".jpg/",
        "aa/aa/" + "a" * 36 + ".jpg\n",
        "AA/AA/" + "A" * 36 + ".jpg",
        "aa/../" + "a" * 36 + ".jpg",
        "../aa/" + "a" * 36 + ".jpg",
        "aa/aa/" + "a" * 35 + "\u0661.jpg",
        "a" * 40 + ".jpg",
    ],
)
def test_nothing_but_a_name_becomes_a_path(files: FolderStore, name: str) -> None:
    assert not is_name(name)
    assert not files.exists(name)
    for use in (files.path, files.open, lambda name: files.put(name, b"x")):
        with pytest.raises(MediaNotFound):
            use(name)
    files.delete([name])
    assert everything(files.folder) == []


def test_deleting_removes_what_is_there_and_does_not_mind_what_is_not(files: FolderStore) -> None:
    kept, gone, never = (new_name("jpg") for _ in range(3))
    files.put(kept, b"1")
    files.put(gone, b"2")
    for _ in range(2):
        files.delete([gone, never])
    with pytest.raises(MediaNotFound):
        files.open(gone)
    assert everything(files.folder) == [files.path(kept)]


def test_an_interrupted_write_leaves_nothing_under_the_name(
    files: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = new_name("jpg")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    files.folder.mkdir()
    for folder in (files.folder / "incoming", files.path(name).parent):
        folder.mkdir(parents=True)
    with pytest.raises(OSError, match="No space left"):
        files.put(name, b"x" * 100)
    assert everything(files.folder) == []


def test_leftovers_of_a_crash_are_found_by_age(files: FolderStore) -> None:
    stale, fresh, kept = (new_name("jpg") for _ in range(3))
    files.put(kept, b"whole")
    for name, age in ((stale, 2 * HOUR), (fresh, 0)):
        path = files.folder / "incoming" / Path(name).name
        path.write_bytes(b"half")
        os.utime(path, (clock.now() / 1_000 - age / 1_000,) * 2)
    assert files.tidy(before=Instant(clock.now() - HOUR)) == 1
    assert {path.name for path in everything(files.folder)} == {Path(fresh).name, Path(kept).name}
    assert list(files.names(before=Instant(clock.now() - HOUR))) == []
    assert list(files.names(before=Instant(clock.now() + HOUR))) == [kept]


def test_a_processed_picture_is_kept_under_two_names_that_tell_nothing(files: FolderStore) -> None:
    full = Rendition(content=b"big", format=Format.PNG, width=900, height=600)
    small = Rendition(content=b"small", format=Format.JPEG, width=588, height=392)
    kept = keep(files, ProcessedPicture(full=full, preview=small, blurhash="U00000", animated=True))
    assert (kept.kind, kept.mime, kept.size) == (MediaKind.ANIMATION, "image/png", 3)
    assert (kept.width, kept.height, kept.preview_width, kept.preview_height) == (900, 600, 588, 392)
    assert [files.path(name).read_bytes() for name in kept.names] == [b"big", b"small"]
    assert kept.file[:8] != kept.preview[:8]
    alone = keep(files, ProcessedPicture(full=full))
    assert alone.names == (alone.file,) == (alone.preview,)
