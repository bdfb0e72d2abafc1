"""What is documented of each method of Mastodon's client API, and which of them are here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from palabre.api.mastodon.streaming import STREAMS
from palabre.api.routes import ENDPOINTS
from palabre.web.routes import ENDPOINTS as PAGES

_FOLDER = Path(__file__).parents[2] / "fixtures/mastodon"
_PLACEHOLDER = re.compile(r":\w+|\{\w+(:path)?\}")


class Documented(msgspec.Struct, frozen=True, kw_only=True):
    """One method, as the documentation has it."""

    method: str
    path: str
    group: str
    auth: str
    scopes: tuple[str, ...] = ()
    optional: bool = False
    returns: tuple[str, ...] = ()
    array: bool = False
    empty: bool = False
    since: str = ""
    deprecated: bool = False
    removed: bool = False
    streaming: bool = False
    admin: bool = False

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"


_DOCUMENTED = json.loads((_FOLDER / "methods.json").read_text("utf-8"))["methods"]

LEFT_OUT: dict[str, str] = json.loads((_FOLDER / "left_out.json").read_text("utf-8"))
"""Methods that are not here → why not."""

NO_SUCH_ENTITY: dict[str, str] = json.loads((_FOLDER / "left_out_entities.json").read_text("utf-8"))
"""Entities that are never shown → why not."""

READ_FROM_THE_SOURCE: dict[str, tuple[str, ...]] = {
    "GET /api/v1/accounts/lookup": (),
    "GET /api/v1/statuses/:id/reblogged_by": ("read:accounts",),
    "GET /api/v1/statuses/:id/favourited_by": ("read:accounts",),
    "GET /api/v2/notifications/:group_key/accounts": ("read:notifications",),
    "DELETE /api/v1/admin/ip_blocks/:id": ("admin:write:ip_blocks",),
}
"""Scopes where Mastodon does not ask for what its documentation says."""

_ENTRIES = ("canonical_email_blocks", "domain_allows", "domain_blocks", "email_domain_blocks", "ip_blocks")

_OTHERWISE: dict[str, dict[str, Any]] = {
    "GET /api/v1/accounts/lookup": {"auth": "public"},
    "GET /api/v1/filters": {"array": True},
    **{f"DELETE /api/v1/admin/{what}/:id": {"returns": (), "empty": True} for what in _ENTRIES},
}
"""What else Mastodon does in another way than its documentation says: the examples there show it."""

METHODS: tuple[Documented, ...] = tuple(
    msgspec.convert({**one, **_OTHERWISE.get(f"{one['method']} {one['path']}", {})}, Documented)
    for one in _DOCUMENTED
)


def shape(method: str, path: str) -> tuple[str, str]:
    """Return method and path without the names of placeholders, which differ."""
    return ("GET" if method == "WS" else method, _PLACEHOLDER.sub("*", path))


SERVED: frozenset[tuple[str, str]] = frozenset(shape(one.method, one.path) for one in (*ENDPOINTS, *STREAMS, *PAGES))
"""What there is."""


def is_here(one: Documented) -> bool:
    return shape(one.method, one.path) in SERVED


def scopes_of(one: Documented) -> tuple[str, ...]:
    return READ_FROM_THE_SOURCE.get(one.name, one.scopes)
