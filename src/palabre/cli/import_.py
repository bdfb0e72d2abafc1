"""``palabre import``: bring what a member wrote elsewhere, and whom the member knew there."""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgspec
import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from palabre import clock
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.queries import account_by_handle
from palabre.cli import options
from palabre.folder import open_folder
from palabre.ids import IdCodec, new_id
from palabre.imports import Source
from palabre.imports.actions import Here, begin_import
from palabre.imports.model import ImportRun, Reason, State
from palabre.imports.running import ALONE, Importer, Places
from palabre.media.model import Limits as PictureLimits
from palabre.media.storage import FolderStore
from palabre.posts.actions import Terms

_REASONS = {
    "post.repost": "reposts of others",
    "post.already_here": "posts that were here already",
    "post.damaged": "posts that are damaged",
    "post.bad_date": "posts with an impossible date",
    "post.private_message": "private messages, which are never imported",
    "post.edited_later": "earlier versions of edited posts",
    "post.empty": "posts without text, picture or video",
    "media.video": "videos: only their texts were imported; the extra palabre[video] is not installed",
    "media.too_large": "pictures and videos that are too large",
    "media.file_missing": "pictures and videos that are not in the archive",
    "media.damaged": "pictures and videos that are damaged",
    "person.not_found_here": "people who are not here yet; they are kept in mind",
    "person.already_here": "people who were followed, muted or blocked already",
    "person.only_numbers": "people of whom X tells only a number",
    "bookmark.not_found_here": "bookmarks of posts that are not here yet; they are kept in mind",
    "bookmark.already_here": "bookmarks that were here already",
}


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--account", "name", required=True, help="The account that gets what FILE holds.")
@click.option(
    "--kind",
    type=click.Choice([source.value for source in Source]),
    help="What FILE is, for a list of accounts that does not say so itself.",
)
@options.data
@options.as_json
def import_(file: Path, name: str, kind: str | None, folder: Path, *, as_json: bool) -> None:
    """Import FILE: an X archive, or the archive or a CSV file of a Mastodon account.

    Interrupted, it goes on when called again; nothing is imported twice.
    """
    opened = open_folder(folder)
    database, config = opened.database, opened.config
    try:
        found = database.read_now(account_by_handle, name.lstrip("@"))
        if found is None:
            raise AccountNotFound
        here = Here(
            config.origin,
            IdCodec(opened.keyring.id_key),
            Terms(limit=config.post_length, domain=config.domain),
        )
        importer = Importer(
            write=database.write_now,
            media=FolderStore(folder / "media"),
            here=here,
            pace=ALONE,
            picture_limits=PictureLimits(upload=config.media_bytes),
        )
        run = database.write_now(
            begin_import,
            found.id,
            run=new_id(clock.now()),
            name=file.name,
            source=Source(kind) if kind else None,
            durable=False,
        )
        with tempfile.TemporaryDirectory(prefix="palabre-import-", dir=folder) as scratch, _progress() as progress:
            bar = progress.add_task("reading", total=None)

            def told(state: ImportRun) -> None:
                progress.update(bar, description="importing", total=state.total, completed=state.done)

            run = importer.work(run.id, Places(file, Path(scratch) / "work"), told=told)
    finally:
        database.close()
    _report(run, as_json=as_json)


def _progress() -> Progress:
    """Return a bar on standard error; none where that is no terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


def _report(run: ImportRun, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode(run).decode())
    else:
        click.echo(f"{run.added:,} imported of {run.total or 0:,} from {run.name}")
        for reason, count in run.left_out.items():
            click.echo(f"  {count:,} {_REASONS.get(reason, reason.replace('.', ': ').replace('_', ' '))}")
        for skipped in sorted(run.listed, key=lambda each: each.reason is Reason.VIDEO)[:20]:
            click.echo(f"    {skipped.reason.value}: {' '.join(filter(None, (skipped.what, skipped.where)))}")
        if len(run.listed) > 20:
            click.echo(f"    … {len(run.listed) - 20} more with --json")
    if run.state is not State.DONE:
        raise click.ClickException(f"The import is {run.state.value}: {run.error or 'call it again to go on'}")
