"""An application around the endpoints of a test, driven in-process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from palabre.edge.routing import Route, Router
from palabre.edge.viewer import AppToken, Caller, Viewer
from palabre.ids import AccountId, IdCodec
from palabre.uris import Uris

CALLERS: dict[str, Caller] = {
    "ana": Viewer(account=AccountId(7), scopes=frozenset({"read", "write:statuses"})),
    "app": AppToken(app=3, scopes=frozenset({"read", "write"})),
}


class State(msgspec.Struct, kw_only=True):
    tmp: Path
    ids: IdCodec
    uris: Uris
    limits: Any = None

    def authenticate(self, token: str) -> Caller | None:
        return CALLERS.get(token)


@pytest.fixture
def ids() -> IdCodec:
    return IdCodec(b"k" * 32)


@pytest.fixture
def state(tmp_path: Path, ids: IdCodec) -> State:
    return State(tmp=tmp_path, ids=ids, uris=Uris("https://palabre.test", ids))


Ask = Callable[..., httpx.Response]


@pytest.fixture
def ask(state: State) -> Ask:
    """Send one request to an application, or to a router over routes."""

    def ask(app: Any, method: str, path: str, **options: Any) -> httpx.Response:
        if isinstance(app, Iterable):
            app = Router(app, state=state)
        token = options.pop("token", None)
        headers = httpx.Headers(options.pop("headers", None))
        if token:
            headers["authorization"] = f"Bearer {token}"

        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="https://palabre.test") as client:
                return await client.request(method, path, headers=headers, **options)

        return asyncio.run(once())

    return ask


__all__ = ["Ask", "Route", "State"]
