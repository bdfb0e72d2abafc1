"""Making and reading archives in tests."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

from fixtures_store import Store
from palabre.clock import now
from palabre.exports.actions import begin_export, forget_member
from palabre.exports.model import Here
from palabre.exports.queries import export_run
from palabre.exports.running import Exporter, place_of
from palabre.ids import AccountId, IdCodec, new_id
from palabre.imports.actions import Here as ImportHere
from palabre.imports.actions import begin_import
from palabre.imports.model import ImportRun
from palabre.imports.running import ALONE, Importer, Places
from palabre.media.actions import add_attachment
from palabre.media.model import Focus, Limits, Purpose
from palabre.media.processing import process_picture
from palabre.media.storage import FolderStore, keep
from palabre.posts.actions import Terms
from people import KEYRING


class Network:
    """A database with a folder of media, under a name of its own."""

    def __init__(self, store: Store, folder: Path, domain: str) -> None:
        self.store = store
        self.folder = folder
        self.media = FolderStore(folder / "media")
        (folder / "media").mkdir(parents=True)
        self.ids = IdCodec(KEYRING.id_key + domain.encode())
        self.here = Here(f"https://{domain}", domain, self.ids)

    def picture(self, owner: AccountId, colour: str, *, description: str, focus: Focus | None = None) -> int:
        stored = keep(self.media, process_picture(drawn(colour), purpose=Purpose.POST, limits=Limits()))
        return self.store.write(
            lambda tx: add_attachment(tx, owner, stored, description=description, focus=focus or Focus())
        ).id

    def exporter(self, **instead: Any) -> Exporter:
        parts: dict[str, Any] = {
            "read": self.store.read, "write": self.store.write, "media": self.media, "keyring": KEYRING,
            "here": self.here,
        }  # fmt: skip
        return Exporter(**{**parts, **instead})

    def archive(self, owner: AccountId) -> Path:
        """Make an archive as the job does, and return it."""
        self.store.write(forget_member, owner)
        run = self.store.write(begin_export, owner)
        self.exporter().work(run, self.folder)
        self.store.read(export_run, owner, run.id)
        return place_of(self.folder, run.id)

    def take_in(self, owner: AccountId, archive: Path) -> ImportRun:
        """Import an archive as the command does."""
        importer = Importer(
            write=self.store.write,
            media=self.media,
            here=ImportHere(self.here.origin, self.ids, Terms(limit=1_000, domain=self.here.domain)),
            pace=ALONE,
        )
        run = self.store.write(begin_import, owner, run=new_id(now()), name=archive.name, durable=False)
        return importer.work(run.id, Places(archive, self.folder / f"work-{run.id}"))


def drawn(colour: str) -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(picture, "PNG")
    return picture.getvalue()


def contents(archive: Path) -> dict[str, Any]:
    """Everything of Palabre's part of an archive."""
    with zipfile.ZipFile(archive) as opened:
        assert opened.testzip() is None
        manifest = json.loads(opened.read("palabre.json"))
        arrays = {name: json.loads(opened.read(member))["items"] for name, member in manifest["files"].items()}
    return {**manifest, **arrays}


def read(archive: Path, name: str) -> Any:
    """One JSON file of an archive."""
    with zipfile.ZipFile(archive) as opened:
        return json.loads(opened.read(name))


def text(archive: Path, name: str) -> str:
    """One file of an archive as text."""
    with zipfile.ZipFile(archive) as opened:
        return opened.read(name).decode()


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as opened:
        return opened.namelist()
