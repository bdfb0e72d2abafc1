"""Time, chance and the environment come in by one door each, and only the shell waits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from architecture.source_tree import Module, modules, parse

_SHELL = {
    "bench",
    "drill",
    "edge",
    "web",
    "api",
    "federation",
    "streaming",
    "survival",
    "store",
    "server",
    "serving",
    "upkeep",
    "work",
    "cli",
}

_DOORS = {
    "the clock": (
        re.compile(
            r"time\.(time|time_ns|monotonic|monotonic_ns|perf_counter|perf_counter_ns|localtime|gmtime)"
            r"|datetime\.(datetime|date)\.(now|utcnow|today)"
        ),
        {"palabre.clock"},
    ),
    "chance": (
        re.compile(r"(random|secrets)\.\w+|os\.urandom|uuid\.uuid[147]"),
        {"palabre.ids", "palabre.keyring", "palabre.accounts.credentials"},
    ),
    "the environment": (re.compile(r"os\.(environ(b)?|getenv(b)?|putenv|unsetenv)(\..+)?"), {"palabre.config"}),
}
"""What is reached → the pattern of names that reach it, and the modules that may use them."""


_MEASURES = {"bench", "drill"}
"""Both are clients of servers that they start: they need the real clock, and no server imports them."""


def reached(module: Module, pattern: re.Pattern[str]) -> Iterator[ast.AST]:
    """Find each use of a name that ``pattern`` matches, imported in whatever way."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute | ast.Name) and pattern.fullmatch(module.full_name(node) or ""):
            yield node
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if pattern.fullmatch(f"{node.module}.{alias.name}"):
                    yield node


@pytest.mark.parametrize("what", _DOORS)
def test_one_door_each(what: str) -> None:
    pattern, doors = _DOORS[what]
    bound = [module for module in modules() if module.name not in doors and module.package not in _MEASURES]
    strangers = [module.where(node) for module in bound for node in reached(module, pattern)]
    assert not strangers, f"{what} is read outside {sorted(doors)}: {sorted(set(strangers))}"


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("the clock", "import time\nnow = time.time()"),
        ("the clock", "import datetime as dt\nnow = dt.datetime.now(dt.UTC)"),
        ("the clock", "from datetime import datetime\nnow = datetime.now()"),
        ("the clock", "from time import monotonic"),
        ("chance", "import secrets\nsecrets.token_hex()"),
        ("chance", "from random import choice"),
        ("the environment", "import os\nos.environ.get('HOME')"),
        ("the environment", "from os import environ"),
    ],
)
def test_each_way_around_a_door_is_noticed(what: str, text: str) -> None:
    assert list(reached(parse("palabre.posts.rules", text), _DOORS[what][0]))


def waits(module: Module) -> Iterator[ast.AST]:
    """Find everything that needs an event loop."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Await | ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith):
            yield node


def test_only_the_shell_waits() -> None:
    waiting = [m.where(node) for m in modules() if m.package not in _SHELL for node in waits(m)]
    assert not waiting, waiting


def test_a_capability_that_waits_is_noticed() -> None:
    assert list(waits(parse("palabre.posts.actions", "async def publish(): await something()")))
