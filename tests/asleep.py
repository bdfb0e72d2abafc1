"""How long a server that is asked to stop sleeps until it is gone, on a machine that others may keep busy."""

from __future__ import annotations

import contextlib
import signal
import time
from pathlib import Path

from running import RunningServer

_LONGEST = 60


def asleep_until_stopped(server: RunningServer) -> float:
    """Ask a server to stop (SIGTERM); return for how many seconds of the time until then it waited for something.

    The time in which it computes, or waits for a processor that others have, is taken off: on a machine of its own
    that is a few tenths of a second.
    """
    assert server.process
    process = server.process
    began, before = time.monotonic(), _at_work(process.pid)
    process.send_signal(signal.SIGTERM)
    at_work = before
    while process.poll() is None:
        at_work = _at_work(process.pid) or at_work
        assert time.monotonic() - began < _LONGEST, server.said()
        time.sleep(0.02)
    return time.monotonic() - began - (at_work - before)


def _at_work(number: int) -> float:
    """Seconds in which the main thread computed, or could have if a processor had been free; 0 when it is gone."""
    with contextlib.suppress(OSError):
        ran, waited, _ = Path(f"/proc/{number}/task/{number}/schedstat").read_text().split()
        return (int(ran) + int(waited)) / 1e9
    return 0.0
