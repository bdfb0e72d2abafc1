"""``palabre account export``: a member's archive, from the operator's desk."""

from __future__ import annotations

import os
from pathlib import Path

import rich_click as click

from palabre.accounts.errors import AccountNotFound
from palabre.accounts.queries import account_by_handle
from palabre.cli import options
from palabre.errors import Conflict
from palabre.exports.model import Here
from palabre.exports.writing import Writer
from palabre.folder import open_folder
from palabre.ids import IdCodec
from palabre.media.storage import FolderStore


class FileExists(Conflict):
    """Nothing is written over."""

    code = "export.file_exists"
    message = "There is a file {path} already."


@click.command()
@click.argument("name")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@options.data
def export(name: str, file: Path, folder: Path) -> None:
    """Write everything that is kept for NAME to FILE, a zip, when a member asks who cannot sign in.

    It holds private posts and the e-mail address: give it to nobody else, and remove it then.
    """
    if file.exists():
        raise FileExists(path=file)
    partial = file.with_name(f".{file.name}.partial")
    opened = open_folder(folder)
    try:
        found = opened.database.read_now(account_by_handle, name.lstrip("@"))
        if found is None:
            raise AccountNotFound
        writer = Writer(
            read=opened.database.read_now,
            media=FolderStore(folder / "media"),
            keyring=opened.keyring,
            here=Here(opened.config.origin, opened.config.domain.lower(), IdCodec(opened.keyring.id_key)),
            told=lambda _done, _total: None,
        )
        before = os.umask(0o077)
        try:
            writer.write(found.id, partial)
        finally:
            os.umask(before)
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
        opened.database.close()
    click.echo(f"{file.stat().st_size / 1024**2:,.1f} MB in {file}")
