"""Uploads become stored pictures, for posts and for profiles: processed apart, written, then noted in the database.

A file that nothing refers to in the end is removed, whatever went wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

import msgspec

from palabre.accounts.actions import ProfileChange, update_profile
from palabre.accounts.model import Account
from palabre.accounts.queries import account as account_by_id
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.emojis.actions import add_emoji, check_shortcode, remove_emoji
from palabre.emojis.model import Emoji
from palabre.ids import AccountId
from palabre.media.actions import add_attachment, forget_files
from palabre.media.model import EMOJI_LIMITS, Attachment, Focus, Limits, Purpose, StoredPicture
from palabre.media.processing import AT_ONCE, process_picture
from palabre.media.storage import keep
from palabre.store import Transaction

T = TypeVar("T")

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="palabre-picture")
"""Threads of their own: uploads that wait for their turn must not hold those that serve files."""


async def store_picture(site: Site, upload: Upload, purpose: Purpose, limits: Limits | None = None) -> StoredPicture:
    """Draw ``upload`` anew for ``purpose`` and keep the result; what is kept of it is up to the caller."""
    path = upload.take()
    try:
        allowed = limits or Limits(upload=site.config.media_bytes)
        work = partial(process_picture, path, purpose=purpose, limits=allowed)
        processed = await asyncio.get_running_loop().run_in_executor(_threads, work)
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return await asyncio.to_thread(keep, site.media, processed)


async def attach_picture(
    site: Site, viewer: AccountId, upload: Upload, *, description: str = "", focus: Focus | None = None
) -> Attachment:
    """Take a picture for a post that is still to be written."""
    stored = await store_picture(site, upload, Purpose.POST)

    def note(tx: Transaction) -> Attachment:
        return add_attachment(tx, viewer, stored, description=description, focus=focus or Focus())

    return await _or_remove(site, [stored], note)


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
    """Change a profile, with new pictures if there are any; the files of the old ones go."""
    stored: dict[str, StoredPicture] = {}
    try:
        if avatar is not None:
            stored["avatar"] = await store_picture(site, avatar, Purpose.AVATAR)
        if header is not None:
            stored["header"] = await store_picture(site, header, Purpose.HEADER)
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


async def _or_remove(site: Site, stored: list[StoredPicture], action: Callable[[Transaction], T]) -> T:
    try:
        return await site.db.write(action)
    except Exception:
        await _remove(site, stored)
        raise


async def _remove(site: Site, stored: list[StoredPicture]) -> None:
    names = {name for picture in stored for name in (picture.file, picture.preview)}
    await asyncio.to_thread(site.media.delete, names)
