"""Ports that tests are given: nobody else gets them before the server that they are for listens."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from ports import LEAST, free_port, kernels_own

_CHILD = """
import json, sys
sys.path.insert(0, sys.argv[1])
from ports import free_port
print(json.dumps([free_port() for _ in range(400)]), flush=True)
sys.stdin.read()
"""


def test_no_two_processes_are_given_the_same_port_and_the_kernel_gives_none_of_them_away() -> None:
    tests = str(Path(__file__).parents[1])
    children = [
        subprocess.Popen(
            [sys.executable, "-c", _CHILD, tests], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    given: list[int] = []
    for child in children:
        assert child.stdout is not None
        given += json.loads(child.stdout.readline())
    own = [free_port() for _ in range(400)]
    for child in children:
        child.communicate()
    assert len(set(given + own)) == 1_600
    assert all(LEAST <= port < kernels_own() for port in given + own)


def test_several_in_a_row_are_nobody_elses() -> None:
    first = free_port(together=8)
    row = range(first, first + 8)
    assert not set(row) & {free_port() for _ in range(200)}
