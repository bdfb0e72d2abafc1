"""Everybody outside to whom Palabre speaks is taken away in a drill."""

from __future__ import annotations

import ast

from architecture.source_tree import Module, modules
from palabre.drill.vendors import VENDORS

_WAYS_OUT = {"palabre.edge.outside", "palabre.edge.fetching", "obstore", "asyncssh"}
"""What opens connections to others: a module that imports one of them speaks to somebody."""
_CLIENTS = {"aiohttp", "httpx", "urllib.request", "http.client", "smtplib"}


def _imported(module: Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found.update(f"{node.module}.{name.name}" for name in node.names)
    return found


def _uses(module: Module, wanted: set[str]) -> bool:
    return any(name == each or name.startswith(f"{each}.") for name in _imported(module) for each in wanted)


def test_every_module_that_speaks_to_others_is_in_the_drill_of_vendors() -> None:
    """``palabre.drill.vendors`` says which module speaks to whom: add a line there for somebody new."""
    speaking = {each.name for each in modules() if each.package != "drill" and _uses(each, _WAYS_OUT)}
    named = {module for vendor in VENDORS for module in vendor.through}
    assert speaking - named == set(), "nobody knows how the network goes on without whom they speak to"
    assert named - speaking == set(), "they speak to nobody any more"


def test_nobody_opens_connections_to_others_beside_these() -> None:
    """Another client would be another way out; commands for operators, drills and benchmarks ask servers of ours."""
    others = {
        each.name for each in modules() if each.package not in {"cli", "drill", "bench"} and _uses(each, _CLIENTS)
    }
    assert others - _WAYS_OUT == set()
