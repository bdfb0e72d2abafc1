"""Looking up the addresses of other hosts, in threads of one's own.

A name server may take half a minute over a name, which nothing can hasten: who gives up leaves a thread waiting. So
those who ask for different reasons do not wait for each other's names, nor members for any.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

_AT_ONCE = 4


class Names:
    """Looks up names for one purpose."""

    def __init__(self, purpose: str) -> None:
        """``purpose`` names the threads, which are made when they are needed."""
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix=f"palabre-names-{purpose}")

    async def look_up(self, host: str, port: int, *, family: int = 0) -> list[Any]:
        """Return what ``socket.getaddrinfo`` does.

        Raises:
            OSError, UnicodeError: there is no such name.

        """
        look = partial(socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM)
        return await asyncio.get_running_loop().run_in_executor(self._threads, look)
