"""What a standby that just came is handed: everything that it lacks, as long as it goes on taking it."""

from __future__ import annotations

import asyncio
from typing import Final

from palabre import clock
from palabre.survival.wire import Line, Message

_PATIENCE_SECONDS: Final = 60.0
"""So long a standby that just came may be silent before the next thing that it has to say: 20,000 names of files, or
the digests of 250 MB of its copy."""
_SIGN_SECONDS: Final = 1.0
"""So often it is told that something goes on here, when there is nothing to send."""
_SLOWEST_LINE: Final = 16 * 1024
"""Bytes a second: so fast a standby has to take what it is sent before it follows."""


class Handing:
    """Speaks with a standby that does not follow yet, for which the log is kept: one that is dead is given up.

    How long a message may take goes by what it has still to take. Below TLS lies a buffer that takes one message of
    any length while it is empty, and cannot be looked into: so what was put into it counts until something has
    waited behind it and went.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._owed = 0
        self._spoke = clock.monotonic()

    async def hear(self) -> Message:
        """Return what it says next.

        Raises:
            TimeoutError: it says nothing.

        """
        return await self._line.receive(silence=_PATIENCE_SECONDS)

    async def go_on(self, sign: Message) -> None:
        """Send a sign, if nothing was sent for a second: who hears nothing for long holds us to be gone.

        Raises:
            TimeoutError: as :meth:`send`.

        """
        if clock.monotonic() >= self._spoke + _SIGN_SECONDS:
            await self.send(sign)

    async def send(self, message: Message, length: int = 0) -> None:
        """Send a message of about ``length`` bytes.

        Raises:
            TimeoutError: it takes less than a slow line would.

        """
        self._spoke = clock.monotonic()
        self._line.put(message)
        waiting = self._line.waiting
        self._owed = self._owed + length if waiting else length
        async with asyncio.timeout(_PATIENCE_SECONDS + self._owed / _SLOWEST_LINE):
            await self._line.drained()
        if self._line.waiting < waiting:
            self._owed = waiting
