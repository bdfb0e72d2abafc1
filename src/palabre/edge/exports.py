"""Archives in a server: jobs write them beside requests, and their owners fetch them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from starlette.responses import FileResponse

from palabre import clock
from palabre.edge.site import Site
from palabre.exports import actions
from palabre.exports.errors import ExportNotFound, ExportUnderWay
from palabre.exports.model import ExportRun, Here
from palabre.exports.queries import living_runs, ready_run, run_of
from palabre.exports.running import Exporter, forget_others, place_of
from palabre.ids import AccountId

_threads = ThreadPoolExecutor(2, thread_name_prefix="palabre-export")
"""Threads of their own, as for imports."""


class Under:
    """Which archives are being written in this process."""

    def __init__(self) -> None:
        self.way: set[int] = set()


async def carry_on(site: Site, number: int) -> None:
    """Write an archive: the work of the job ``exports.run``. Begun again after an interruption, it begins anew.

    Raises:
        ExportUnderWay: it is being written; the job is tried again later, and finds it done.

    """
    under = site.part(Under)
    if number in under.way:
        raise ExportUnderWay
    under.way.add(number)
    try:
        await _carry_on(site, number)
    finally:
        under.way.discard(number)


async def _carry_on(site: Site, number: int) -> None:
    loop = asyncio.get_running_loop()

    def read(query: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(site.db.read_slow(query, *args, **kwargs), loop).result()

    def write(action: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(site.db.write_patiently(action, *args, **kwargs), loop).result()

    run = await site.db.read(run_of, number)
    if run is None or run.state.over:
        return
    exporter = Exporter(
        read=read,
        write=write,
        media=site.media,
        keyring=site.keyring,
        here=Here(site.config.origin, site.config.domain.lower(), site.ids),
    )
    try:
        work = partial(exporter.work, run, site.folder, stopping=lambda: site.stopping)
        await loop.run_in_executor(_threads, work)
    except ExportNotFound:  # its member has left for good
        await sweep_exports(site)


async def sweep_exports(site: Site) -> None:
    """Forget archives past their time, and remove the files of all that are not living."""
    await site.db.write_patiently(actions.forget_expired)
    living = await site.db.read(living_runs)
    await asyncio.to_thread(forget_others, site.folder, living)


async def fetched(site: Site, viewer: AccountId, number: int) -> FileResponse:
    """Return the answer that gives an archive to its owner, who has just shown that it is he.

    Raises:
        ExportNotFound: there is none that is the viewer's and ready.

    """
    run: ExportRun = await site.db.read(ready_run, viewer, number)
    path = place_of(site.folder, run.id)
    if not await asyncio.to_thread(path.is_file):  # it was written on a host that is gone
        raise ExportNotFound
    name = f"palabre-{clock.day(run.created)}.zip"
    return FileResponse(
        path, media_type="application/zip", filename=name, headers={"cache-control": "no-store, private"}
    )
