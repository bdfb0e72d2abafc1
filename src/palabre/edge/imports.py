"""Imports in a server: uploads are taken in, and jobs carry them on beside requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from palabre import clock
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.ids import AccountId, new_id
from palabre.imports.actions import Here, begin_import, carry_on_later
from palabre.imports.errors import RunNotFound
from palabre.imports.model import ImportRun, Source
from palabre.imports.queries import unfinished_runs
from palabre.imports.running import BESIDE_REQUESTS, Importer, forget, forget_others, places_of, take_in
from palabre.media.model import Limits as PictureLimits

_threads = ThreadPoolExecutor(2, thread_name_prefix="palabre-import")
"""Threads of their own: work of minutes must not hold those that serve files and check passwords."""


async def take_upload(site: Site, viewer: AccountId, upload: Upload, *, source: Source | None = None) -> ImportRun:
    """Begin to import an uploaded file in the name of ``viewer``.

    Raises:
        ImportRunning: another import of the viewer's is under way.

    """
    run = new_id(clock.now())
    await asyncio.to_thread(take_in, site.folder, run, upload.take())
    try:
        return await site.db.write(begin_import, viewer, run=run, name=upload.filename, source=source)
    except BaseException:
        await asyncio.to_thread(forget, site.folder, run)
        raise


async def carry_on(site: Site, run: int) -> None:
    """Work on an import for some minutes; a further job goes on. The work of the job ``imports.run``."""
    loop = asyncio.get_running_loop()

    def write(action: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(site.db.write_patiently(action, *args, **kwargs), loop).result()

    importer = Importer(
        write=write,
        media=site.media,
        here=Here(site.config.origin, site.ids, site.terms),
        pace=BESIDE_REQUESTS,
        picture_limits=PictureLimits(upload=site.config.media_bytes),
    )
    places = places_of(site.folder, run)
    try:
        work = partial(importer.work, run, places, stopping=lambda: site.stopping)
        state = await loop.run_in_executor(_threads, work)
    except RunNotFound:  # its member has left for good
        await asyncio.to_thread(forget, site.folder, run)
        return
    if not state.state.over:
        await site.db.write(carry_on_later, run)


async def sweep_imports(site: Site) -> None:
    """Remove the files of imports that are over, where a crash has left them."""
    unfinished = await site.db.read(unfinished_runs)
    await asyncio.to_thread(forget_others, site.folder, unfinished)
