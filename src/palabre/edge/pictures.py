"""Uploads become stored pictures, for posts and for profiles: processed apart, written, then noted in the database.

A file that nothing refers to in the end is removed, whatever went wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import msgspec
from msgspec import UNSET

from palabre.accounts.actions import ProfileChange, update_profile
from palabre.accounts.links import count_new
from palabre.accounts.model import Account
from palabre.accounts.queries import account as account_by_id
from palabre.accounts.rules import check_fields
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.emojis.actions import add_emoji, check_shortcode, remove_emoji
from palabre.emojis.model import Emoji
from palabre.errors import Invalid
from palabre.ids import AccountId
from palabre.media.actions import add_attachment, forget_files, show_still
from palabre.media.model import (
    EMOJI_LIMITS,
    Attachment,
    Focus,
    Limits,
    Poster,
    ProcessedPicture,
    Purpose,
    StoredPicture,
)
from palabre.media.processing import AT_ONCE, process_picture
from palabre.media.storage import keep
from palabre.store import Transaction

T = TypeVar("T")

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="palabre-picture")
"""Threads of their own: uploads that wait for their turn must not hold those that serve files."""


def count_uploads(site: Site, viewer: AccountId, *uploads: Upload | None) -> None:
    """Count what is drawn for a member beside what comes by the routes for uploads alone, which count themselves.

    Raises:
        RateExceeded: they are too many; nothing of them is drawn.

    """
    if given := sum(upload is not None for upload in uploads):
        site.limits.spend("media", viewer, given)


async def store_picture(site: Site, upload: Upload, purpose: Purpose, limits: Limits | None = None) -> StoredPicture:
    """Draw ``upload`` anew for ``purpose`` and keep the result; what is kept of it is up to the caller."""
    processed = await _processed(upload, purpose, limits or Limits(upload=site.config.media_bytes))
    return await asyncio.to_thread(keep, site.media, processed)


async def _processed(upload: Upload, purpose: Purpose, limits: Limits) -> ProcessedPicture:
    path = upload.take()
    try:
        work = partial(process_picture, path, purpose=purpose, limits=limits)
        return await asyncio.get_running_loop().run_in_executor(_threads, work)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def attach_picture(
    site: Site,
    viewer: AccountId,
    upload: Upload,
    *,
    description: str = "",
    focus: Focus | None = None,
    still: Poster | None = None,
) -> Attachment:
    """Take a picture for a post that is still to be written; ``still`` stands for it where it is small."""
    stored = await store_picture(site, upload, Purpose.POST)

    def note(tx: Transaction) -> Attachment:
        made = add_attachment(tx, viewer, stored, description=description, focus=focus or Focus())
        return made if still is None else show_still(tx, viewer, made.id, still)

    return await _or_remove(site, [stored], note)


async def store_still(site: Site, upload: Upload) -> Poster:
    """Draw a picture that stands for another upload, small, and keep it; what moves is taken by its first picture.

    Raises:
        Invalid: as for pictures, of the field ``thumbnail``.

    """
    await asyncio.to_thread(upload.finish)
    most = Limits(upload=site.config.media_bytes)
    limits = msgspec.structs.replace(most, pixels_out=most.pixels_preview)
    try:
        processed = await _processed(upload, Purpose.PICTURE, limits)
    except Invalid as refusal:
        refusal.field = "thumbnail"
        raise
    small = processed.preview or processed.full
    still = msgspec.structs.replace(processed, full=small, preview=None, animated=False)
    stored = await asyncio.to_thread(keep, site.media, still)
    return Poster(file=stored.file, width=stored.width, height=stored.height, blurhash=stored.blurhash)


async def with_still(site: Site, upload: Upload | None, use: Callable[[Poster | None], Awaitable[T]]) -> T:
    """Draw a still if one is given, and remove it again if what it is for fails."""
    still = None if upload is None else await store_still(site, upload)
    try:
        return await use(still)
    except Exception:
        if still is not None:
            await asyncio.to_thread(site.media.delete, [still.file])
        raise


async def store_emoji(site: Site, upload: Upload, shortcode: str, category: str | None) -> Emoji:
    """Take a picture that stands for ``:shortcode:``."""
    check_shortcode(shortcode)
    stored = await store_picture(site, upload, Purpose.PICTURE, EMOJI_LIMITS)

    def note(tx: Transaction) -> Emoji:
        return add_emoji(tx, shortcode, file=stored.file, still=stored.preview, category=category)

    return await _or_remove(site, [stored], note)


def forget_emoji(tx: Transaction, shortcode: str) -> None:
    """Remove an emoji with its files."""
    gone = remove_emoji(tx, shortcode)
    forget_files(tx, [gone.file, gone.still])


async def change_profile(
    site: Site,
    viewer: AccountId,
    change: ProfileChange,
    *,
    avatar: Upload | None = None,
    header: Upload | None = None,
) -> Account:
    """Change a profile, with new pictures if there are any; the files of the old ones go.

    Each new link costs one of the class ``links``: its page is read. Each picture costs one of the class ``media``.
    """
    count_uploads(site, viewer, avatar, header)
    if change.fields is not UNSET:
        before = await site.db.read(account_by_id, viewer)
        known = before.fields if before else ()
        if new := count_new(check_fields(change.fields, known), known):
            site.limits.spend("links", viewer, new)
    stored: dict[str, StoredPicture] = {}
    try:
        if avatar is not None:
            stored["avatar"] = await _store_as(site, avatar, Purpose.AVATAR, "avatar")
        if header is not None:
            stored["header"] = await _store_as(site, header, Purpose.HEADER, "header")
    except BaseException:
        await _remove(site, list(stored.values()))
        raise
    change = msgspec.structs.replace(change, **{name: picture.file for name, picture in stored.items()})

    def write(tx: Transaction) -> Account:
        before = account_by_id(tx, viewer)
        after = update_profile(tx, viewer, change)
        if before is not None:
            kept = {after.avatar, after.header}
            forget_files(tx, [name for name in (before.avatar, before.header) if name and name not in kept])
        return after

    return await _or_remove(site, list(stored.values()), write)


async def _store_as(site: Site, upload: Upload, purpose: Purpose, field: str) -> StoredPicture:
    try:
        return await store_picture(site, upload, purpose)
    except Invalid as refusal:
        refusal.field = field  # which of the two is wrong
        raise


async def _or_remove(site: Site, stored: list[StoredPicture], action: Callable[[Transaction], T]) -> T:
    try:
        return await site.db.write(action)
    except Exception:
        await _remove(site, stored)
        raise


async def _remove(site: Site, stored: list[StoredPicture]) -> None:
    names = {name for picture in stored for name in (picture.file, picture.preview)}
    await asyncio.to_thread(site.media.delete, names)
