"""Flat pairs, as forms and queries carry them, into nested data, the way Rails does: ``poll[options][]=x``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_plus

from palabre.edge.errors import Malformed, TooComplex

MOST_KEYS = 1000
MOST_DEPTH = 5
MOST_KEY_LENGTH = 256

# limit=20&max_id=1234: nothing to decode, nothing to nest, and what nearly all queries look like.
_PLAIN = re.compile(rb"[A-Za-z0-9_]{1,32}=[A-Za-z0-9_.-]*(&[A-Za-z0-9_]{1,32}=[A-Za-z0-9_.-]*){0,31}")


def pairs(raw: bytes) -> list[tuple[str, str]]:
    """Split an urlencoded query or body, strictly UTF-8.

    Raises:
        TooComplex: more than ``MOST_KEYS`` pairs.
        Malformed: percent-escapes that are not UTF-8.

    """
    if not raw:
        return []
    if raw.count(b"&") >= MOST_KEYS:
        raise TooComplex(what="too many fields", limit=MOST_KEYS)
    try:
        text = raw.decode()
        found = []
        for part in text.split("&"):
            if not part:
                continue
            key, _, value = part.partition("=")
            if "%" in part or "+" in part:
                key = unquote_plus(key, errors="strict")
                value = unquote_plus(value, errors="strict")
            found.append((key, value))
    except UnicodeDecodeError:
        raise Malformed(reason="it is not UTF-8") from None
    return found


def parse(raw: bytes) -> dict[str, Any]:
    """Read an urlencoded query or body into nested data; raises what ``pairs`` and ``nest`` raise."""
    if not raw:
        return {}
    if _PLAIN.fullmatch(raw):
        return dict(part.split("=") for part in raw.decode().split("&"))
    return nest(pairs(raw))


def nest(flat: Iterable[tuple[str, Any]], into: dict[str, Any] | None = None) -> dict[str, Any]:
    """Build nested dicts and lists from pairs; of two plain values with one name the last wins.

    Raises:
        TooComplex: a name is too long or nests too deep.
        Malformed: one name is used as two shapes (``a=1&a[b]=2``).

    """
    data: dict[str, Any] = {} if into is None else into
    for name, value in flat:
        if len(name) > MOST_KEY_LENGTH:
            raise TooComplex(what="a field has too long a name", limit=MOST_KEY_LENGTH)
        if "[" in name:
            key, steps = _steps(name)
            _store(data, key, steps, value)
        elif name:
            _store(data, name, [], value)
    return data


def _steps(name: str) -> tuple[str, list[str]]:
    """Split ``a[b][]`` into ``a`` and ``["b", ""]``; brackets that do not match belong to the name."""
    key, _, rest = name.partition("[")
    if not key or not rest.endswith("]"):
        return name, []
    steps = rest[:-1].split("][")
    if any("[" in step or "]" in step for step in steps):
        return name, []
    if len(steps) > MOST_DEPTH:
        raise TooComplex(what="fields are nested too deep", limit=MOST_DEPTH)
    return key, steps


def _store(node: dict[str, Any], key: str, steps: list[str], value: object) -> None:
    """Put ``value`` at ``key`` and then ``steps``; an empty step is the end of a list."""
    here = node.get(key)
    if not steps:
        if isinstance(here, dict | list):
            raise _two_shapes(key)
        node[key] = value
    elif steps[0]:
        if here is None:
            here = node[key] = {}
        elif not isinstance(here, dict):
            raise _two_shapes(key)
        _store(here, steps[0], steps[1:], value)
    else:
        if here is None:
            here = node[key] = []
        elif not isinstance(here, list):
            raise _two_shapes(key)
        if len(steps) == 1:
            here.append(value)
        else:
            _store_entry(key, here, steps[1:], value)


def _store_entry(key: str, entries: list[Any], steps: list[str], value: object) -> None:
    """Put ``value`` into the last of ``entries``, or into a new one.

    ``a[][x]=1&a[][y]=2&a[][x]=3`` are two entries: a name that is there already begins the next one.
    """
    if not steps[0]:
        raise Malformed(reason=f"{key} is a list of lists")
    if not entries or not isinstance(entries[-1], dict) or _holds(entries[-1], steps):
        entries.append({})
    _store(entries[-1], steps[0], steps[1:], value)


def _holds(node: dict[str, Any], steps: list[str]) -> bool:
    for step in steps[:-1]:
        inner = node.get(step)
        if not isinstance(inner, dict):
            return False
        node = inner
    return steps[-1] in node


def _two_shapes(key: str) -> Malformed:
    return Malformed(reason=f"{key} is given in two different shapes")
