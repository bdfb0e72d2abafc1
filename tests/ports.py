"""Ports for servers of tests: nobody else is given them between the moment of asking and the start of the server.

The kernel hands ports of its own range to whoever connects or listens anywhere, so none of these is in that range.
Who asks here holds a lock on the port for as long as the process lives, so no other process of the tests gets it.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
from pathlib import Path

LEAST = 10_240
_ADDRESSES = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
_given: set[int] = set()
_locks: dict[int, int] = {}
"""One descriptor a process: who closes a second one would lose all locks of the first."""


def kernels_own() -> int:
    """The least of the ports that the kernel hands out."""
    return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])


def free_port(*, together: int = 1) -> int:
    """A loopback port that nobody listens on now; with ``together``, the first of so many in a row."""
    most = kernels_own() if kernels_own() > LEAST + 1_000 else 65_536
    while True:
        first = random.randrange(LEAST, most - together)
        ports = range(first, first + together)
        if all(port not in _given and _is_free(port) and _is_ours(port) for port in ports):
            _given.update(ports)
            return first


def _is_ours(port: int) -> bool:
    if os.getpid() not in _locks:
        # One for all processes of this machine, wherever their temporary files are.
        path = Path("/tmp") / f"palabre-test-ports-{os.getuid()}"
        _locks[os.getpid()] = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.lockf(_locks[os.getpid()], fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    for address in _ADDRESSES:
        with socket.socket() as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
