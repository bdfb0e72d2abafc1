"""``palabre emoji``: the network's own emojis. All work while the server runs."""

from __future__ import annotations

from pathlib import Path

import msgspec
import rich_click as click

from palabre.cli import options
from palabre.emojis import actions
from palabre.emojis.queries import all_emojis
from palabre.folder import open_folder
from palabre.media.actions import forget_files
from palabre.media.model import EMOJI_LIMITS, Purpose
from palabre.media.processing import process_picture
from palabre.media.storage import FolderStore, keep
from palabre.store import Transaction


@click.group()
def emoji() -> None:
    """Add, list and remove pictures that stand for a :name: in posts and names."""


@emoji.command()
@click.argument("name")
@click.argument("picture", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@options.data
@click.option("--category", help="The group in which apps show it.")
@click.option("--hidden", is_flag=True, help="Shown where it is written, but not offered to choose from.")
def add(name: str, picture: Path, folder: Path, *, category: str | None, hidden: bool) -> None:
    """Let PICTURE, drawn anew, stand for :NAME:."""
    actions.check_shortcode(name)
    opened = open_folder(folder)
    try:
        store = FolderStore(folder / "media")
        stored = keep(store, process_picture(picture, purpose=Purpose.PICTURE, limits=EMOJI_LIMITS))
        try:
            made = opened.database.write_now(
                actions.add_emoji, name, file=stored.file, still=stored.preview, category=category, visible=not hidden
            )
        except Exception:
            store.delete(stored.names)
            raise
    finally:
        opened.database.close()
    click.echo(f":{made.shortcode}:")


@emoji.command("list")
@options.data
@options.as_json
def list_(folder: Path, *, as_json: bool) -> None:
    """List them."""
    opened = open_folder(folder)
    try:
        found = opened.database.read_now(all_emojis)
    finally:
        opened.database.close()
    for each in found:
        if as_json:
            told = {"name": each.shortcode, "category": each.category, "hidden": not each.visible, "file": each.file}
            click.echo(msgspec.json.encode(told))
        else:
            click.echo(f":{each.shortcode}:" + (f"  {each.category}" if each.category else ""))


@emoji.command()
@click.argument("name")
@options.data
@options.yes
def remove(name: str, folder: Path, *, yes: bool) -> None:
    """Remove :NAME:; texts show its name from then on."""
    options.confirm(
        f"The picture of :{name}: is deleted. Everything in which it was ever written shows the name instead.",
        yes=yes,
    )

    def work(tx: Transaction) -> None:
        gone = actions.remove_emoji(tx, name)
        forget_files(tx, [gone.file, gone.still])

    opened = open_folder(folder)
    try:
        opened.database.write_now(work)
    finally:
        opened.database.close()
