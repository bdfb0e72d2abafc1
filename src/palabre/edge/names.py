"""Looking up the addresses of other hosts, in threads of one's own.

A name server may take half a minute over a name, which nothing can hasten: who gives up leaves a thread waiting. So
those who ask for different reasons do not wait for each other's names, nor members for any, nor a server that stops.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any

_AT_ONCE = 4
_Asked = tuple["Future[list[Any]]", Callable[[], list[Any]]]


class Names:
    """Looks up names for one purpose."""

    def __init__(self, purpose: str) -> None:
        """``purpose`` names the threads, which are made when they are needed."""
        self._purpose = purpose
        self._asked: SimpleQueue[_Asked] = SimpleQueue()
        self._threads = 0

    async def look_up(self, host: str, port: int, *, family: int = 0) -> list[Any]:
        """Return what ``socket.getaddrinfo`` does.

        Raises:
            OSError, UnicodeError: there is no such name.

        """
        found: Future[list[Any]] = Future()
        self._asked.put((found, partial(socket.getaddrinfo, host, port, family=family, type=socket.SOCK_STREAM)))
        if self._threads < _AT_ONCE:
            self._threads += 1
            Thread(target=self._work, name=f"palabre-names-{self._purpose}", daemon=True).start()
        return await asyncio.wrap_future(found)

    def _work(self) -> None:
        """Look up one name after the other; those for which nobody waits any more are passed over."""
        while True:
            found, look = self._asked.get()
            if found.set_running_or_notify_cancel():
                try:
                    found.set_result(look())
                except Exception as error:
                    found.set_exception(error)
