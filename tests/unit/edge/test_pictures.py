"""An upload on its way to being an attachment leaves nothing behind but that."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest

from fixtures_store import Store
from palabre.edge.pictures import attach_picture
from palabre.edge.uploads import Upload
from palabre.ids import AccountId
from palabre.media.errors import DamagedMedia, DescriptionTooLong
from palabre.media.queries import attachment
from palabre.media.storage import FolderStore
from unit.media.samples import encode, exif, picture
from unit.media.scanning import scan

ANA = AccountId(1 << 40)


@pytest.fixture
def site(store: Store, tmp_path: Path) -> SimpleNamespace:
    (tmp_path / "tmp").mkdir()
    config = SimpleNamespace(media_bytes=1_000_000)
    return SimpleNamespace(
        config=config, db=store.database, media=FolderStore(tmp_path / "media"), tmp=tmp_path / "tmp"
    )


def upload(site: SimpleNamespace, content: bytes) -> Upload:
    made = Upload(site.tmp, "cat.jpg", "image/jpeg")
    made.feed(content)
    made.finish()
    return made


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_picture_is_kept_and_the_upload_is_gone(site: SimpleNamespace, store: Store) -> None:
    source = upload(site, encode(picture(900, 600), "JPEG", exif=exif(b"zQ7markerK9pW")))
    made = asyncio.run(attach_picture(site, ANA, source, description="A cat"))
    assert store.read(attachment, ANA, made.id) == made
    assert files(site.tmp) == []
    assert {path.relative_to(site.media.folder).as_posix() for path in files(site.media.folder)} == {
        made.file,
        made.preview,
    }
    for name in (made.file, made.preview):
        scan(site.media.path(name).read_bytes())


def test_a_refusal_leaves_no_file_at_all(site: SimpleNamespace) -> None:
    with pytest.raises(DamagedMedia):
        asyncio.run(attach_picture(site, ANA, upload(site, encode(picture(), "JPEG")[:300])))
    with pytest.raises(DescriptionTooLong):
        asyncio.run(attach_picture(site, ANA, upload(site, encode(picture(), "JPEG")), description="x" * 1_501))
    assert files(site.tmp) == files(site.media.folder) == []
