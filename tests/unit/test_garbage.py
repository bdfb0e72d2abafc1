"""Every route with values that fit its types nearly: drawn by lot, the same each time, and none is a fault.

What the types of a route ask for is filled with ids of what is there, so that requests get far; here and there stands
what no program sends. Whatever comes of it is an answer, and one that refuses says why.
"""

from __future__ import annotations

import enum
import json
import random
import re
import typing
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import msgspec
import pytest

from libretranslate import LibreTranslate
from palabre import metrics
from palabre.accounts.model import Role
from palabre.api.routes import ENDPOINTS
from palabre.edge.binding import _base, _members, id_kind
from palabre.edge.endpoint import Endpoint
from palabre.edge.uploads import Upload
from palabre.ids import Kind
from palabre.server import application
from palabre.web.routes import ENDPOINTS as PAGES
from unit.api.browsers import browsing
from unit.api.conftest import network_with
from unit.api.network import ORIGIN, Caller, Network
from unit.api.scene import Scene

__all__ = ["network_with"]
_SEED = 20210110
_TEXTS = (
    "", " ", "a\0b", "\x1b[31m", "\u202eevil", "\u200b", "a" + "\u0301" * 900, "ａｄｍｉｎ", "@ana1",
    "acct:ana1@localhost", "\ufffe", "\U0010ffff",
    "a" * 3_000, "😀" * 600, "\r\nSet-Cookie: a=b", "'; --", "%", "\\", "../../x",
    "http://[", "http://[::1", "https://a.b:99999999/",
    "https://u:p@x.example/", "//evil", "javascript:alert(1)",
    "x@", "ü@ü.example", "nan", "inf", "1e400", "-1",
    "0", str(2**63 - 1), str(2**63), str(-(2**63)), "1" * 31, "9" * 31, "１２３",
    "1_000", "1.5", "true", "undefined", "9999-12-31",
    "0001-01-01", "2026-02-30", "9999-12-31T23:59:59-14:00",
    "a@[1.2.3.4]", "0001-01-01T00:00:00+14:00",
    "2030-01-01T00:00:00+99:99", "0.0.0.0/0", "::/0", "::1%eth0", "1.2.3.4/33",
    "public", "(" * 500, '"' * 300, "NEAR(a b", "before:99999-01-01", "from:", "#", "#\u0301", "@a " * 300,
    ":tree1:" * 50, "<script>alert(1)</script>", "{{7*7}}",
    "%(x)s", "{0.__class__}", "ﷺ" * 300, "\u2028", "en",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, -1, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 1.5, 1e308, [], {}, [[]], [None], [{}], {"0": 1},
    {"": ""}, {"a": {"b": {"c": 1}}}, ["a"] * 1_001, {"9" * 9: 1}, {"\0": "x"}, {str(n): n for n in range(1_001)},
)  # fmt: skip
_USUAL = (
    "oak", "Hello #tag @ana1", "en", "public", "home", "ana1", "https://example.org/a", "👍", "far.example",
    "a@b.example", "2027-06-01T10:00:00Z", "read", "1.2.3.0/24", "tree1",
)  # fmt: skip
_NUMBERS = (0, 1, 2, 20, 300, 86_400, -1, 2**31, 2**63 - 1, "3")
_FILES = (
    ("x.png", b"no picture", "image/png"),
    ("../x\0.svg", b"<svg onload=alert(1)>", "image/svg+xml"),
    ("x.csv", b'Account address\nana1@localhost\n\0\n"', "text/csv"),
    ("x.zip", b"PK\5\6" + b"\0" * 18, "application/zip"),
)
_TRACES = ("Traceback", "site-packages", "sqlalchemy", "apsw", "psycopg", "object at 0x")
_LIVE = ("/live", "/api/v1/streaming")
_GROUPS = ("/api/v1/admin", "/api/v1/a", "/api/v1", "/api", "/admin", "/settings", "/")
"""Each route belongs to the first that its path begins with; a test for each, so that several may run at once."""


class Lot:
    """Draws what is sent."""

    def __init__(self, chance: random.Random, ids: dict[Kind, list[str]]) -> None:
        self.chance, self.ids = chance, ids

    def anything(self) -> Any:
        return self.chance.choice(_TEXTS if self.chance.random() < 0.6 else _VALUES)

    def id(self, kind: Kind) -> str:
        known = self.ids.get(kind)
        return self.chance.choice(known) if known and self.chance.random() < 0.85 else self.chance.choice(_TEXTS)

    def value(self, kind: Any) -> Any:
        one = id_kind(kind)
        if one is not None:
            return self.id(one)
        members = [each for each in _members(kind) if each is not type(None)]
        refs = [found for each in typing.get_args(kind) if (found := id_kind(each)) is not None]
        if refs or not members:
            return self.id(refs[0]) if refs else None
        return self._of(self.chance.choice(members))

    def _of(self, member: Any) -> Any:
        base = _base(member)
        if base is Upload:
            return Upload
        if base is typing.Literal:
            return self.chance.choice(typing.get_args(member))
        if base in {list, tuple, set, frozenset}:
            inner = [each for each in typing.get_args(member) if each is not Ellipsis] or [str]
            return [self.value(inner[0]) for _ in range(self.chance.choice((0, 1, 2, 5)))]
        if isinstance(base, type) and issubclass(base, enum.Enum):
            return self.chance.choice(list(base)).value
        if isinstance(base, type) and issubclass(base, msgspec.Struct):
            return self.struct(base)
        if base is bool:
            return self.chance.choice((True, False, "1", "on"))
        if base in {int, float}:
            return self.chance.choice(_NUMBERS)
        return self.chance.choice(_USUAL if base is str and self.chance.random() < 0.7 else _TEXTS)

    def struct(self, kind: type[msgspec.Struct]) -> dict[str, Any]:
        found = {}
        for field in msgspec.structs.fields(kind):
            if self.chance.random() < (0.97 if field.required else 0.6):
                found[field.encode_name] = self.anything() if self.chance.random() < 0.12 else self.value(field.type)
        return found


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Write nested values as forms do."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{name}[{key}]" if name else str(key))
    elif isinstance(value, list):
        for inner in value:
            yield from _flat(inner, f"{name}[]")
    else:
        yield name, "" if value is None else value


def _fill(path: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        path = re.sub(rf"\{{{name}(:path)?\}}", lambda _, value=value: quote(value[:900], safe=""), path)  # type: ignore[misc]
    return path


class Town:
    """A network with people and their things, and those who send garbage to it."""

    def __init__(self, network: Network) -> None:
        self.network, self.number = network, 0
        app = application(network.site, metrics.Requests())
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN)
        self.lot = Lot(random.Random(_SEED), {})
        self.member, self.root = browsing(network, "webster"), browsing(network, "webroot", role=Role.OWNER)
        self.fresh()

    def fresh(self) -> None:
        """Begin with new people, whose things are all there."""
        self.number += 1
        self.scene = scene = Scene(self.network, self.number)
        scene.met()
        scene.fan()
        scene.emoji()
        filtered, collection, poll = scene.filtered(), scene.collection(), scene.poll()
        self.lot.ids = {
            Kind.ACCOUNT: [scene.ana.id, scene.bo.id, scene.cy.id],
            Kind.POST: [scene.post(), scene.of_bo(), scene.quoted()["id"]],
            Kind.POLL: [poll["id"]],
            Kind.MEDIA: [scene.media()],
            Kind.LIST: [scene.list(scene.bo)],
            Kind.FILTER: [filtered["id"]],
            Kind.FILTER_KEYWORD: [filtered["keywords"][0]["id"]],
            Kind.ANNOUNCEMENT: [scene.announcement()],
            Kind.FEATURED: [scene.featured()],
            Kind.CONVERSATION: [scene.conversation()],
            Kind.REPORT: [scene.reported()],
            Kind.COLLECTION: [collection["id"], collection["his"]],
            Kind.COLLECTION_ITEM: [collection["item"], collection["me_in_his"]],
            Kind.IP_BLOCK: [scene.entry("ip_blocks")["id"]],
            Kind.UNPUBLISHED: [scene.later()],
        }

    def send(self, one: Endpoint) -> tuple[httpx.Response, str]:
        """Ask one route for something; return the answer, and what was sent."""
        lot, chance = self.lot, self.lot.chance
        values = {name: str(lot.value(kind)) for name, kind in one.path_params.items()}
        data = lot.struct(one.body) if one.body is not None else {}
        headers, data = self._caller(one, data)
        asked = [*_flat(lot.struct(one.query) if one.query is not None else {})]
        sent: dict[str, Any] = {}
        way = chance.choice(("json", "form", "query") if one in ENDPOINTS else ("form",))
        files = [(name, chance.choice(_FILES)) for name, value in _flat(data) if value is Upload]
        plain = [(name, str(value)) for name, value in _flat(data) if value is not Upload]
        if one.method == "GET" or way == "query":
            asked += plain
        elif files:
            sent = {"data": dict(plain), "files": files}
        elif way == "json":
            sent["content"] = json.dumps(data, default=lambda _: None)
            headers["Content-Type"] = "application/json"
        else:
            sent["content"] = urlencode(plain, errors="replace")
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = _fill(one.path, values)
        query = urlencode([(name[:300], str(value)[:900]) for name, value in asked[:40]], errors="replace")
        answer = self.network.run(self.client.request(one.method, f"{path}?{query}", headers=headers, **sent))
        self.client.cookies.clear()
        return answer, f"{one.method} {path} {asked} {sent}"[:1_500]

    def _caller(self, one: Endpoint, data: dict[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
        if one in PAGES:
            browser = (self.root if one.path.startswith("/admin") else self.member)[1]
            cookies = "; ".join(f"{name}={value}" for name, value in browser.client.cookies.items())
            return {"Cookie": cookies}, {**data, "csrf": browser.token}
        caller = self.scene.root if "/admin/" in one.path else self.scene.ana
        return {"Authorization": f"Bearer {caller.token}"}, data

    def mend(self, one: Endpoint) -> None:
        """See that those who ask may still ask: some have signed out, or are gone."""
        if one.method == "GET":
            return
        if one in PAGES:
            for name, role in (("member", Role.MEMBER), ("root", Role.OWNER)):
                browser = getattr(self, name)[1]
                answer = self.network.run(browser.client.get("/settings/account"))
                if answer.status_code == 200:
                    browser.token = answer.text.partition('name="csrf" value="')[2].partition('"')[0]
                else:
                    self.number += 1
                    setattr(self, name, browsing(self.network, f"web{self.number}", role=role))
        elif any(self._is_gone(caller) for caller in (self.scene.ana, self.scene.root)):
            self.fresh()

    @staticmethod
    def _is_gone(caller: Caller) -> bool:
        return caller.call("GET", "/api/v1/accounts/verify_credentials", None).status_code != 200


@pytest.mark.parametrize("group", _GROUPS)
def test_no_garbage_is_a_fault(network_with: Any, group: str) -> None:
    service = LibreTranslate()
    town = Town(network_with(translate_url=service.origin))
    wrong = []
    for one in (*ENDPOINTS, *PAGES):
        if one.path.startswith(_LIVE) or next(each for each in _GROUPS if one.path.startswith(each)) != group:
            continue
        for _ in range(2):
            answer, sent = town.send(one)
            if answer.status_code >= 500 and answer.status_code != 503:
                wrong.append(f"{answer.status_code} {sent}")
            elif any(trace in answer.text and trace not in sent for trace in _TRACES):
                wrong.append(f"a trace: {sent}")
            elif answer.status_code >= 400 and one in ENDPOINTS and not answer.json()["error"]:
                wrong.append(f"no word: {sent}")
        town.mend(one)
    service.close()
    town.network.run(town.client.aclose())
    assert wrong == []
