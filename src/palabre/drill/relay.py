"""A way between two programs that can be cut: what a partition of the network looks like from both ends."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Final, Protocol

_PIECE: Final = 65_536


class Way(Protocol):
    """How one server reaches something."""

    def cut(self) -> None:
        """Let nothing pass any more."""
        ...

    def heal(self) -> None:
        """Let everything pass again; what TCP holds back meanwhile is not lost."""
        ...


class Relay:
    """Passes TCP on to an address. While it is cut, packets vanish: nobody is told that they do."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._open = asyncio.Event()
        self._open.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> Relay:
        """Listen on a loopback port."""
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> None:
        """Let nothing pass."""
        self._open.clear()

    def heal(self) -> None:
        """Let everything pass."""
        self._open.set()

    def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_writer: asyncio.StreamWriter | None = None
        try:
            await self._open.wait()
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, far_writer))
                both.create_task(self._pass(far_reader, writer))
        except* (OSError, EOFError):
            pass
        finally:
            for end in (writer, far_writer):
                if end is not None:
                    end.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            await self._open.wait()
            writer.write(piece)
            await writer.drain()
        raise EOFError  # one direction has ended: so does the other

    async def stop(self) -> None:
        """End everything."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Link:
    """A name in the file system under which one server finds a folder."""

    def __init__(self, link: Path, folder: Path) -> None:
        self._link = link
        self._folder = folder
        self.heal()

    def cut(self) -> None:
        """Remove the name."""
        self._link.unlink(missing_ok=True)

    def heal(self) -> None:
        """Put it back."""
        with contextlib.suppress(FileExistsError):
            self._link.symlink_to(self._folder)
