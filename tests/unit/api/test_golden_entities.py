"""Each entity as an app gets it, beside a file that is read as text when something changes.

``WRITE_GOLDEN=1`` writes the files anew: ``make golden``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from libretranslate import LibreTranslate
from unit.api.documented import OPTIONAL, attributes, entity_names, places, problems
from unit.api.golden_scenes import SHOWN, Shown
from unit.api.methods import METHODS, NO_SUCH_ENTITY, Documented
from unit.api.network import Network
from unit.api.scene import Scene
from unit.api.test_methods import address, callers, options

GOLDEN = Path(__file__).parents[2] / "golden" / "mastodon"
_CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"), "<time>"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "<day>"),
    (re.compile(r"\b1[789]\d{8}\b"), "<seconds>"),
    (re.compile(r"/media/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]+"), "/media/<file>"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "<service>"),
    (re.compile(r"\b[A-Za-z0-9_-]{40,}"), "<secret>"),
    (re.compile(r"(?<=ungrouped-)\d+|(?<=\bfollow-)[0-9-]+|(?<=\bfavourite-)[0-9-]+"), "<group>"),
    (re.compile(r"(?<=\d>-)\d{4,8}\b"), "<bucket>"),
    (re.compile(r"Palabre \d+\.\d+\.\d+"), "Palabre <version>"),
    (re.compile(r'(?<="year":)\d{4}'), "0"),
    (re.compile(r'(?<="most_recent_notification_id":)\d+|(?<="id":)\d{1,9}\b'), "1"),  # numbers, not ids in quotes
)
_ID = re.compile(r"\b\d{31}\b")
_BY_NAME = {one.name: one for one in METHODS}


def _method(name: str) -> Documented:
    """Return what is documented of a method; what is not documented any more, a member calls."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    verb, path = name.split(" ")
    return Documented(method=verb, path=path, group="", auth="user", scopes=("read",))


def _plain(answer: Any) -> str:
    """Write ``answer`` without what is different each time; equal ids stay equal."""
    text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
    known: dict[str, str] = {}
    text = _ID.sub(lambda found: known.setdefault(found[0], f"<id {len(known) + 1}>"), text)
    for changing, word in _CHANGING:
        text = changing.sub(word, text)
    return json.dumps(json.loads(text.replace('":<seconds>', '":"<seconds>"')), ensure_ascii=False, indent=1) + "\n"


def _parts(entity: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Walk through an entity and those in it."""
    yield entity, value
    for fact in attributes(entity):
        inner = next(iter(fact.get("entities", ())), None)
        if inner not in entity_names():
            continue
        for wrong, found in places(value, fact["path"].split(".")):
            for each in found if isinstance(found, list) else [found]:
                if not wrong and isinstance(each, dict):
                    yield from _parts(_of_two(fact["entities"], each), each)


def _of_two(names: list[str], value: dict[str, Any]) -> str:
    """Tell a quote from one that only names the post."""
    return names[1] if len(names) > 1 and "quoted_status" not in value else names[0]


@pytest.fixture
def network(network_with: Callable[..., Network]) -> Iterator[Network]:
    service = LibreTranslate()
    yield network_with(translate_url=service.origin)
    service.close()


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: shown.entities[0])
def test_an_entity_looks_as_it_did(network: Network, shown: Shown) -> None:
    one, scene = _method(shown.method), Scene(network, 1)
    call = shown.arrange(scene)
    caller = scene.root if shown.entities[-1] == "Role" else callers(scene, one)[-1]
    if "first" in call:
        method, sent = call["first"]
        caller.call(method, address(one, call), **sent)
    answer = caller.call(one.method, address(one, call), call.get("status", 200), **options(call)).json()
    answer = answer[0] if isinstance(answer, list) else answer
    answer = answer[call["within"]] if "within" in call else answer
    outermost = next(iter(one.returns), shown.entities[0]) if "status" not in call else "Error"
    found: dict[str, Any] = {}
    for entity, value in _parts(outermost, answer):
        found.setdefault(entity, value)
    for entity in shown.entities:
        assert entity in found, f"{shown.method} shows no {entity}"
        assert problems(entity, found[entity], without=OPTIONAL[entity]) == []
        text, file = _plain(found[entity]), GOLDEN / f"{entity}.json"
        if os.environ.get("WRITE_GOLDEN"):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        assert text == file.read_text("utf-8"), entity


def test_each_entity_has_a_file_or_a_reason_why_not() -> None:
    shown = [entity for each in SHOWN for entity in each.entities]
    assert len(shown) == len(set(shown)), "one file each"
    assert set(shown) | set(NO_SUCH_ENTITY) == entity_names()
    assert not set(shown) & set(NO_SUCH_ENTITY)
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(shown)
    assert all(len(reason) > 20 for reason in NO_SUCH_ENTITY.values())
