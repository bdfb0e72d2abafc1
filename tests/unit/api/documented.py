"""Compares JSON with what is documented of an entity: every attribute there, of its type, null only if it may."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

_FACTS = json.loads((Path(__file__).parents[2] / "fixtures/mastodon/entities.json").read_text("utf-8"))["entities"]
_TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
}
_AS_ANSWERED = {"NotificationGroup.most_recent_notification_id": "integer", "WebPushSubscription.id": "integer"}
"""What the documentation calls a string and Mastodon answers as a number, as apps of Swift and Kotlin insist."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def entity_names() -> frozenset[str]:
    """Return what is documented."""
    return frozenset(_FACTS)


def attributes(entity: str) -> list[dict[str, Any]]:
    facts = _FACTS[entity]
    inherited = attributes(facts["extends"]) if "extends" in facts else []
    return inherited + [_as_answered(entity, fact) for fact in facts["attributes"]]


def _as_answered(entity: str, fact: dict[str, Any]) -> dict[str, Any]:
    other = _AS_ANSWERED.get(f"{entity}.{fact['path']}")
    return fact if other is None else {**fact, "json": other}


def places(value: Any, path: list[str]) -> list[tuple[str, Any]]:
    """Find what stands at ``path``: (what is wrong, nothing) or ("", value), once per list item on the way."""
    if not path:
        return [("", value)]
    if isinstance(value, dict) and ".".join(path) in value:
        return [("", value[".".join(path)])]
    head, *rest = path
    if head == "[]":
        return [found for item in value for found in places(item, rest)]
    if value is None:
        return []
    if not isinstance(value, dict) or head not in value:
        return [("missing", None)]
    return places(value[head], rest)


def _parent_may_lack(entity: str, path: str) -> bool:
    """An attribute inside an optional object is needed only if that object is there."""
    parents = {a["path"] for a in attributes(entity) if a.get("optional") or a.get("nullable")}
    return any(path.startswith(f"{parent}.") for parent in parents)


def _wrong_format(kind: str | None, value: Any) -> str | None:
    match kind:
        case "datetime":
            ok = bool(_INSTANT.fullmatch(value)) and bool(datetime.fromisoformat(value))
        case "date":
            ok = bool(_DAY.fullmatch(value))
        case "url":
            ok = value.startswith(("http://", "https://", "ws://", "wss://"))
        case "id" | "unix":
            ok = value.isdigit()
        case _:
            ok = True
    return None if ok else f"is no {kind}: {value!r}"


def problems(entity: str, value: dict[str, Any], *, without: frozenset[str] = frozenset()) -> list[str]:
    """List where ``value`` is not as documented; optional attributes may lack only if named in ``without``."""
    found = []
    for fact in attributes(entity):
        path = fact["path"]
        if path in without or any(path.startswith(f"{skipped}.") for skipped in without):
            continue
        for wrong, given in places(value, path.split(".")):
            if wrong:
                if not _parent_may_lack(entity, path):
                    found.append(f"{entity}.{path}: {wrong}")
            elif given is None:
                if not fact.get("nullable"):
                    found.append(f"{entity}.{path}: null")
            elif not isinstance(given, _TYPES[fact["json"]]) or (fact["json"] == "integer" and given is True):
                found.append(f"{entity}.{path}: {type(given).__name__} instead of {fact['json']}")
            elif "enum" in fact and fact["json"] == "string" and given not in fact["enum"]:
                found.append(f"{entity}.{path}: {given!r} is none of {fact['enum']}")
            elif fact["json"] == "string" and (bad := _wrong_format(fact.get("format"), given)):
                found.append(f"{entity}.{path}: {bad}")
            else:
                found += _inside(fact, given)
    return found


def _inside(fact: dict[str, Any], given: Any) -> list[str]:
    items = given if isinstance(given, list) else [given]
    if isinstance(given, list) and "items" in fact:
        kind = _TYPES[fact["items"]]
        found = [
            item for item in items if not isinstance(item, kind) or ("enum" in fact and item not in fact["enum"])
        ]
        if found:
            return [f"{fact['path']}[]: {found[0]!r} is no {fact['items']}, or none of those that there are"]
    known = [name for name in fact.get("entities", ()) if name in _FACTS]
    if not known:
        return []
    return [problem for item in items for problem in _least(known, item)]


def _least(known: list[str], item: Any) -> list[str]:
    """Compare with each of the entities that may stand there, and say what is wrong with the most likely."""
    return min((problems(name, item, without=OPTIONAL[name]) for name in known), key=len)


OPTIONAL: dict[str, frozenset[str]] = {
    name: frozenset(a["path"] for a in facts["attributes"] if a.get("optional")) for name, facts in _FACTS.items()
}
"""What may lack, by entity."""
OPTIONAL["PreviewCard"] |= {"author_url", "provider_url", "embed_url", "published_at"}
"""Addresses that no page is asked for: empty, as on Mastodon; and a time that is no number, or that no page names."""
OPTIONAL["PreviewCardAuthor"] |= {"url"}
for _name, _facts in _FACTS.items():
    if "extends" in _facts:
        OPTIONAL[_name] |= OPTIONAL[_facts["extends"]]
