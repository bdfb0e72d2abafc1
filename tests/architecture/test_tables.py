"""Who may write which table: only the capability that owns it, and tables are declared where one looks for them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from architecture.source_tree import Module, modules, parse

_WRITES = re.compile(r"(?:sqlalchemy|palabre\.store)(?:\..+)?\.(?:insert|update|upsert|delete)")
_METHODS = {"insert", "update", "delete"}
_TABLE = re.compile(r"palabre\.(\w+)\.tables\.(\w+)")
_TEXT = re.compile(r"\b(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|UPDATE|DELETE\s+FROM)\s+\"?(\w+)", re.IGNORECASE)
_SQLALCHEMY_TABLE = re.compile(r"sqlalchemy(?:\..+)?\.Table")


def declared(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """Find each ``Table("name", …)`` with its name."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _SQLALCHEMY_TABLE.fullmatch(module.full_name(node.func) or ""):
            name = node.args[0] if node.args else None
            yield node, str(name.value) if isinstance(name, ast.Constant) else "?"


def written(module: Module, owners: dict[str, str]) -> Iterator[tuple[ast.AST, str, str]]:
    """Find each write of a table: where, which table, and the package that owns it."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            called = module.full_name(node.func) or ""
            target: ast.expr | None = None
            if _WRITES.fullmatch(called):
                target = node.args[0] if node.args else None
            elif isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
                target = node.func.value
            match = _TABLE.fullmatch(module.full_name(target) or "") if target is not None else None
            if match:
                yield node, match[2], match[1]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            for match in _TEXT.finditer(node.value):
                if match[1] in owners:
                    yield node, match[1], owners[match[1]]


def owners_of_tables() -> dict[str, str]:
    return {name: module.package for module in modules() for _, name in declared(module)}


def test_every_table_is_declared_in_a_tables_module() -> None:
    astray = [m.where(node) for m in modules() if m.file != "tables" for node, _ in declared(m)]
    assert not [place for place in astray if "/migrations/" not in place]


def test_a_capability_writes_only_its_own_tables() -> None:
    owners = owners_of_tables()
    strangers = [
        f"{module.where(node)} writes {table}, which belongs to {owner}"
        for module in modules()
        if ".migrations" not in module.name
        for node, table, owner in written(module, owners)
        if owner != module.package
    ]
    assert not strangers, "\n".join(strangers)


@pytest.mark.parametrize(
    "text",
    [
        "from palabre.posts.tables import post\nfrom palabre.store import insert\ninsert(post)",
        "from palabre.posts.tables import post as p\nimport sqlalchemy as sa\nsa.update(p).values(a=1)",
        "from palabre.posts import tables\nfrom palabre.store.statement import upsert\nupsert(tables.post, ['id'])",
        "from palabre.posts.tables import post\npost.delete()",
        "QUERY = 'DELETE FROM post WHERE id = ?'",
        "QUERY = 'insert or ignore into post (id) values (1)'",
    ],
)
def test_writing_somebody_elses_table_is_noticed(text: str) -> None:
    found = [(table, owner) for _, table, owner in written(parse("palabre.graph.sql", text), {"post": "posts"})]
    assert found == [("post", "posts")]


def test_reading_somebody_elses_table_is_allowed() -> None:
    text = "from palabre.posts.tables import post\nimport sqlalchemy as sa\nsa.select(post.c.id)"
    text += "\nQ = 'SELECT 1 FROM post'"
    assert not list(written(parse("palabre.graph.sql", text), {"post": "posts"}))
