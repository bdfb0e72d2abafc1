"""Posts written without HTTP, by 64 writers at once. ``python -m palabre.bench.store_alone FOLDER SECONDS``."""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import count
from pathlib import Path

import msgspec

from palabre.accounts.queries import account_by_handle
from palabre.bench.figures import StoreAlone
from palabre.folder import open_folder
from palabre.ids import AccountId
from palabre.posts.actions import Terms, create_post
from palabre.posts.model import Draft
from palabre.store import Database

_WRITERS = 64


async def measure(database: Database, authors: list[AccountId], seconds: float) -> StoreAlone:
    """Write for some seconds; each writer waits until its post is durable before the next."""
    numbers = count()
    taken: list[float] = []
    began = time.perf_counter()

    async def write(author: AccountId) -> None:
        while (before := time.perf_counter()) - began < seconds:
            draft = Draft(text=f"A post of the usual length, as people write them all day long: {next(numbers)}.")
            await database.write(create_post, author, draft, terms=Terms())
            taken.append(time.perf_counter() - before)

    await asyncio.gather(*(write(author) for author in authors))
    elapsed = time.perf_counter() - began
    taken.sort()
    return StoreAlone(
        per_second=len(taken) / elapsed,
        p50_ms=taken[len(taken) // 2] * 1e3,
        p99_ms=taken[len(taken) * 99 // 100] * 1e3,
    )


def main(folder: str, seconds: str) -> None:
    """Measure the network in ``folder``, whose server must not run."""
    database = open_folder(Path(folder)).database
    try:
        found = [database.read_now(account_by_handle, f"member{number}") for number in range(_WRITERS)]
        authors = [one.id for one in found if one is not None]
        sys.stdout.write(msgspec.json.encode(asyncio.run(measure(database, authors, float(seconds)))).decode())
    finally:
        database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
