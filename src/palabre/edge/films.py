"""Uploads that take a while: kept aside until a job has processed them.

The file of an upload lies in ``uploads/`` in the data folder, readable by this process's user only, from when it
has arrived until it is processed or refused. Nothing else keeps it: standbys and vaults never see it.
"""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import structlog

from palabre.clock import Instant
from palabre.edge.pictures import attach_picture, count_uploads, with_still
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.errors import Refusal
from palabre.ids import AccountId, MediaId, random_name
from palabre.media import captions, unfinished
from palabre.media.errors import FilmsNotTaken, MediaTooLarge, UploadLost
from palabre.media.model import Attachment, Focus, Poster, Unfinished, film_limits
from palabre.media.processing import format_of, process_film, takes_films
from palabre.media.queries import attachment
from palabre.media.storage import keep, new_name
from palabre.posts.editing import caption_media
from palabre.store import Transaction

_WAIT = 0.25
"""Seconds between looks at an upload that somebody waits for."""

_thread = ThreadPoolExecutor(1, thread_name_prefix="palabre-film")
_log = structlog.get_logger("media")


class _Stopped(Exception):  # noqa: N818 - not a fault: the server is asked to stop
    """The server stops; the job is done when it is back."""


class Progress:
    """How far the uploads are that are being processed at this moment, in percent."""

    def __init__(self) -> None:
        self.percent: dict[MediaId, int] = {}


def most_bytes(site: Site) -> int:
    """Return the most bytes of an upload of any kind."""
    return max(site.config.media_bytes, site.config.video_bytes) if takes_films() else site.config.media_bytes


async def take_media(
    site: Site,
    viewer: AccountId,
    upload: Upload,
    *,
    description: str = "",
    focus: Focus | None = None,
    thumbnail: Upload | None = None,
) -> Attachment | Unfinished:
    """Take a picture, which is ready then, or a video or a recording, which a job processes.

    ``thumbnail`` is a picture that stands for it until it plays, and where it is small.

    Raises:
        UnsupportedMedia, FilmsNotTaken, MediaTooLarge: as they say.

    """

    async def take(still: Poster | None) -> Attachment | Unfinished:
        return await _take(site, viewer, upload, description=description, focus=focus, still=still)

    return await with_still(site, thumbnail, take)


async def _take(
    site: Site, viewer: AccountId, upload: Upload, *, description: str, focus: Focus | None, still: Poster | None
) -> Attachment | Unfinished:
    await asyncio.to_thread(upload.finish)
    assert upload.path is not None  # noqa: S101 - nobody has taken it
    fmt = await asyncio.to_thread(format_of, upload.path)
    if fmt.is_picture:
        return await attach_picture(site, viewer, upload, description=description, focus=focus, still=still)
    if not takes_films():
        raise FilmsNotTaken(field="file")
    if upload.size > site.config.video_bytes:
        raise MediaTooLarge(limit=site.config.video_bytes)
    name = random_name()
    path = _folder(site) / name
    await asyncio.to_thread(_move, upload.take(), path)
    try:
        return await site.db.write(
            unfinished.begin,
            viewer,
            source=name,
            fmt=fmt,
            description=description,
            focus=focus or Focus(),
            still=still,
        )
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise


async def change_media(
    site: Site,
    viewer: AccountId,
    media: MediaId,
    *,
    description: str | None = None,
    focus: Focus | None = None,
    thumbnail: Upload | None = None,
) -> Attachment | Unfinished:
    """Change what is given of an upload of the viewer's that no post has yet, processed or not.

    Raises:
        MediaNotFound, MediaAttached, DescriptionTooLong, FocusOutside: as they say.

    """
    await site.db.read(unfinished.upload_of, viewer, media)  # nothing is drawn for what is not there
    count_uploads(site, viewer, thumbnail)

    def change(tx: Transaction, still: Poster | None) -> Attachment | Unfinished:
        if still is not None:
            unfinished.show_still(tx, viewer, media, still)
        return unfinished.describe(tx, viewer, media, description=description, focus=focus)

    async def write(still: Poster | None) -> Attachment | Unfinished:
        return await site.db.write(change, still)

    return await with_still(site, thumbnail, write)


async def wait_for(site: Site, viewer: AccountId, media: MediaId, *, seconds: float) -> Attachment | Unfinished:
    """Wait until an upload is processed, ``seconds`` at most; return what it is then.

    Raises:
        MediaNotFound: it was taken back meanwhile.
        Refusal: it could not be processed; the one that says why.

    """
    for _ in range(int(seconds / _WAIT)):
        found = await site.db.read(unfinished.upload_of, viewer, media)
        if isinstance(found, Attachment) or site.stopping:
            return found
        await asyncio.sleep(_WAIT)
    return await site.db.read(unfinished.upload_of, viewer, media)


async def process(site: Site, number: int) -> None:
    """Process an upload: the work of the job ``media.process``. May be begun again; ends once."""
    media = MediaId(number)
    begun = await site.db.read(unfinished.to_process, media)
    if begun is None:
        return
    path = _folder(site) / begun.source
    percent = site.part(Progress).percent

    def heard(so_far: int) -> None:
        percent[media] = so_far
        if site.stopping:
            raise _Stopped

    limits = film_limits(upload=site.config.video_bytes, seconds=site.config.video_seconds)
    work = partial(process_film, path, limits=limits, heard=heard)
    try:
        processed = await asyncio.get_running_loop().run_in_executor(_thread, work)
    except Refusal as refusal:
        await site.db.write(unfinished.fail, media, refusal)
    except FileNotFoundError:
        await site.db.write(unfinished.fail, media, UploadLost(field="file"))
    else:
        stored = await asyncio.to_thread(keep, site.media, processed)
        if not await site.db.write(unfinished.finish, begun, stored):
            await asyncio.to_thread(site.media.delete, stored.names)
    finally:
        percent.pop(media, None)
    await asyncio.to_thread(path.unlink, missing_ok=True)


async def withdraw(site: Site, viewer: AccountId, media: MediaId) -> None:
    """Take back an upload that no post has, processed or not.

    Raises:
        MediaNotFound, MediaAttached: as they say.

    """
    source = await site.db.write(unfinished.withdraw, viewer, media)
    if source is not None:
        await asyncio.to_thread((_folder(site) / source).unlink, missing_ok=True)


async def drop_sources(site: Site, names: list[str]) -> None:
    """Remove the files of uploads that were taken back: the work of the job ``media.drop_sources``."""
    for name in names:
        await asyncio.to_thread((_folder(site) / name).unlink, missing_ok=True)


async def set_captions(site: Site, viewer: AccountId, media: MediaId, text: str, language: str) -> Attachment:
    """Give a video or a recording of the viewer's captions, a file of WebVTT, which is kept cleaned.

    Raises:
        WrongCaptions, MediaTooLarge, MediaNotFound, CaptionsNotForPictures: as they say.

    """
    await site.db.read(attachment, viewer, media)
    content = await asyncio.to_thread(captions.cleaned, text)
    name = new_name("vtt")
    await asyncio.to_thread(site.media.put, name, content.encode())
    try:
        made: Attachment = await site.db.write(caption_media, viewer, media, name, language)
    except BaseException:
        await asyncio.to_thread(site.media.delete, [name])
        raise
    return made


async def sweep_sources(site: Site, *, before: Instant) -> int:
    """Remove the files of uploads that nobody waits for any more, where a crash has left them; return how many.

    A file is there before its row: while members upload, ask only about files that are some time old.
    """
    names = await asyncio.to_thread(_older, _folder(site), before)
    needed = await site.db.read(unfinished.sources)
    lost = set(names) - needed
    for name in lost:
        await asyncio.to_thread((_folder(site) / name).unlink, missing_ok=True)
    if lost:
        _log.info("removed uploads that nobody waits for", files=len(lost))
    return len(lost)


def _older(folder: Path, before: Instant) -> list[str]:
    return [each.name for each in os.scandir(folder) if each.stat().st_mtime_ns // 1_000_000 < before]


def _folder(site: Site) -> Path:
    folder = site.folder / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _move(path: Path, to: Path) -> None:
    """Give the file its name durably: the row that names it will be."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.rename(to)
    folder = os.open(to.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
