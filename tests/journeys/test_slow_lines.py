"""A standby is set up over a line that is slow and breaks: what has come stays, and what is missing comes."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import pytest

from running import _COMMAND
from standbys import Host, Proxy, Writer, missing, until

pytestmark = pytest.mark.crash

_MEGABYTES = 24


class SlowLine:
    """Slows what comes from the primary down, counts it, and breaks the connection where it is told to."""

    def __init__(self, way: Proxy, *, breaks: list[int]) -> None:
        self.passed = 0
        self.broken = 0
        self._way = way
        self._breaks = breaks
        self._lock = threading.Lock()
        way.harm = self._piece

    def _piece(self, piece: bytes) -> list[bytes]:
        time.sleep(len(piece) / (8 * 1024 * 1024))
        with self._lock:
            self.passed += len(piece)
            if self._breaks and self.passed >= self._breaks[0]:
                del self._breaks[0]
                self.broken += 1
                raise OSError("the line is cut")
        return [piece]


def test_a_copy_that_is_interrupted_goes_on_where_it_was(tmp_path: Path) -> None:
    one = Host(tmp_path / "one")
    two = Host(tmp_path / "two", new=False, origin=one.base_url)
    with sqlite3.connect(one.data / "palabre.db") as database:  # a network that is not small
        database.execute("CREATE TABLE ballast (content BLOB)")
        for _ in range(_MEGABYTES):
            database.execute("INSERT INTO ballast VALUES (randomblob(1048576))")
    database.close()
    one.start()
    way = Proxy(one.standby_port)
    ana = one.account("ana")
    size = (one.data / "palabre.db").stat().st_size
    assert size > _MEGABYTES * 1_000_000
    line = SlowLine(way, breaks=[size // 3, size * 2 // 3, size * 9 // 10])
    copying = subprocess.Popen(
        [*_COMMAND, "standby", "join", f"127.0.0.1:{way.port}", "--token", one.invite(),
         "--data", str(two.data), "--once", "--yes"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        env=two.environment,
    )  # fmt: skip
    try:
        with Writer(ana, lambda: one.base_url, threads=1, pause=0.3) as writer:  # members go on meanwhile
            said = copying.communicate(timeout=180)[1]
        assert copying.returncode == 0, said
        assert line.broken == 3
        # Each break costs what was on its way, and what members wrote comes on top: far from another whole copy.
        assert size < line.passed < size * 1.4, f"{line.passed / size:.2f} times the database"
        told = [float(each) for each in re.findall(r"copied ([\d.]+) MB", said)]
        assert len(told) >= 2, said
        assert told == sorted(told), "after a break it says how far it is, not how far since"
        assert told[-1] > _MEGABYTES / 2
        way.harm = lambda piece: [piece]
        two.follow()
        until(one.has_standby, f"it follows:\n{two.said()}")
        so_far = dict(writer.acknowledged)
        one.kill()
        two.command("promote", "--data", str(two.data), "--yes")
        two.wait_ready()
        assert so_far
        assert missing(ana, two.base_url, so_far) == []
    finally:
        copying.kill()
        way.close()
        one.kill()
        two.kill()
