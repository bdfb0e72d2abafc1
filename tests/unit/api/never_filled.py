"""Finds attributes of entities that say the same whatever there is, by reading the source of those that make them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import palabre.api

API = Path(palabre.api.__file__).parent / "mastodon"
ENTITIES = API / "entities"
_UNKNOWN = object()


class _Field(NamedTuple):
    name: str
    alone: bool
    """Its type has one value: ``None``, an empty tuple, one word."""
    default: object
    """The expression, ``None`` if it has to be given."""


def _is_plain(value: object) -> bool:
    """Whether an expression is a constant, or an empty collection."""
    if isinstance(value, ast.Constant):
        return True
    return isinstance(value, ast.Tuple | ast.List | ast.Dict) and not (
        value.keys if isinstance(value, ast.Dict) else value.elts
    )


def _is_alone(annotation: ast.expr) -> bool:
    written = ast.unparse(annotation)
    if isinstance(annotation, ast.Subscript) and written.startswith("Literal["):
        return not isinstance(annotation.slice, ast.Tuple)
    return written in {"None", "tuple[()]"}


def _structs(trees: list[ast.Module]) -> dict[str, list[_Field]]:
    found: dict[str, list[_Field]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and any("Struct" in ast.unparse(base) for base in node.bases):
                found[node.name] = [
                    _Field(ast.unparse(line.target), _is_alone(line.annotation), line.value)
                    for line in node.body
                    if isinstance(line, ast.AnnAssign)
                ]
    return found


def _given(call: ast.Call, fields: list[_Field]) -> Iterator[tuple[str, object]]:
    """Walk through what each field is made of in one call."""
    named = {one.arg: one.value for one in call.keywords if one.arg is not None}
    named |= {field.name: value for field, value in zip(fields, call.args, strict=False)}
    spread = any(one.arg is None for one in call.keywords) or any(isinstance(one, ast.Starred) for one in call.args)
    for field in fields:
        yield field.name, named.get(field.name, _UNKNOWN if spread else field.default)


def constant() -> set[str]:
    """Return ``Entity.attribute`` of all that can only say one thing, by the names in the source."""
    entities = [ast.parse(path.read_text("utf-8")) for path in sorted(ENTITIES.glob("*.py"))]
    others = [ast.parse(path.read_text("utf-8")) for path in sorted(API.glob("*.py"))]
    structs = _structs(entities)
    found = {f"{name}.{field.name}" for name, fields in structs.items() for field in fields if field.alone}
    made: dict[str, list[object]] = {}
    for tree in entities + others:
        own = _structs([tree])
        known = structs | own if tree in entities else {name: structs[name] for name in structs if name not in own}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func).rpartition(".")[2]
                for field, value in _given(node, known.get(name, [])):
                    made.setdefault(f"{name}.{field}", []).append(value)
    for name, values in made.items():
        if all(_is_plain(value) for value in values) and len({ast.unparse(value) for value in values}) == 1:  # type: ignore[call-overload]  # all are expressions then
            found.add(name)
    for tree in entities:  # an account is a dict first
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict) and len(node.keys) > 10:
                found |= {
                    f"Account.{key.value}"
                    for key, value in zip(node.keys, node.values, strict=True)
                    if isinstance(key, ast.Constant) and _is_plain(value)
                }
    return found
