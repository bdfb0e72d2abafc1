"""A server that has a primary's key, as if it had been stolen, and says to standbys what is not of their network."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Self

from palabre.survival.node import Node
from palabre.survival.state import Part
from palabre.survival.wire import Files, Hello, Line, Message, Welcome

Say = Callable[[Hello], list[Message]]
"""What is said to a standby that has introduced itself."""


class Impostor:
    """Listens from when the block is entered, with the key in ``data``."""

    def __init__(self, data: Path, say: Say, *, epoch: int, welcomes_at: int | None = None) -> None:
        """Say ``say`` in messages of ``epoch``, after a welcome of the epoch ``welcomes_at``, usually the same."""
        self._data = data
        self._say = say
        self._epoch = epoch
        self._welcomes_at = epoch if welcomes_at is None else welcomes_at
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.port = 0
        self._faults: list[Exception] = []
        self._server: asyncio.Server | None = None
        self.heard: list[Hello] = []
        """How standbys introduced themselves."""
        self.told = 0
        """To so many connections everything was said."""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        return self

    async def _listen(self) -> None:
        part = Part(self._data)
        context = Node(part.folder).serving()
        for peer in part.peers():
            context.load_verify_locations(cadata=peer.certificate.decode())
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=context)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = Line(reader, writer, self._epoch)
        try:
            hello = await line.receive()
            if not isinstance(hello, Hello):
                return  # one that leads by now tells its predecessor
            self.heard.append(hello)
            if hello.at is None:
                return  # its log has just been emptied, so anything may come next
            await line.send(Welcome(epoch=self._welcomes_at, began=None, resume=True))
            while isinstance(files := await line.receive(), Files) and files.more:
                pass
            for message in self._say(hello):
                await line.send(message)
            self.told += 1
            while True:
                await line.receive()
        except (OSError, asyncio.CancelledError):
            pass
        except Exception as fault:  # of the test itself: told when the block ends
            self._faults.append(fault)
        finally:
            line.close()

    def __exit__(self, *_: object) -> None:
        async def end() -> None:
            assert self._server is not None
            self._server.close()
            tasks = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        assert not self._faults, repr(self._faults)
