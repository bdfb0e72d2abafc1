"""Drives the API of a network in this process, as several members and apps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from palabre import journal, keyring
from palabre.accounts import oauth
from palabre.accounts.access import AccessCache
from palabre.accounts.actions import NewMember, create_member
from palabre.accounts.model import Role
from palabre.api.mastodon.pieces import Pieces
from palabre.api.routes import routes
from palabre.config import Config
from palabre.edge.doorkeeper import Doorkeeper
from palabre.edge.facts import Facts
from palabre.edge.films import Progress
from palabre.edge.limits import RATES, Limits, Rate
from palabre.edge.routing import Router
from palabre.edge.site import Site
from palabre.edge.stack import stack
from palabre.ids import Kind
from palabre.media.storage import FolderStore
from palabre.server import SUBSCRIBERS, known_events
from palabre.store import Database
from palabre.streaming.hub import Hub
from palabre.timelines.homes import Homes

ORIGIN = "http://localhost"


@dataclass
class Caller:
    """Somebody who calls the API: a member, an app, or with an empty token a visitor."""

    network: Network
    token: str = ""
    name: str = ""
    number: int = 0

    @property
    def id(self) -> str:
        return self.network.site.ids.encode(Kind.ACCOUNT, self.number)

    def call(self, method: str, path: str, expect: int | None = 200, **options: Any) -> httpx.Response:
        headers = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **options.pop("headers", {})}
        answer = self.network.request(method, path, headers=headers, **options)
        if expect is not None:
            assert answer.status_code == expect, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def get(self, path: str, expect: int | None = 200, **params: Any) -> Any:
        return self.call("GET", path, expect, params=params).json()

    def post(self, path: str, expect: int | None = 200, **data: Any) -> Any:
        return self.call("POST", path, expect, json=data).json()

    def delete(self, path: str, expect: int | None = 200) -> Any:
        return self.call("DELETE", path, expect).json()

    def say(self, text: str, **more: Any) -> Any:
        return self.post("/api/v1/statuses", status=text, **more)

    def follow(self, other: Caller) -> Any:
        return self.post(f"/api/v1/accounts/{other.id}/follow")

    def pages(self, path: str, relation: str = "next", **params: Any) -> list[list[Any]]:
        """Read page after page by the Link header, until there is none or one is empty."""
        found: list[list[Any]] = []
        answer = self.call("GET", path, params=params)
        while (page := answer.json()) and len(found) < 50:
            found.append(page)
            if relation not in answer.links:
                break
            answer = self.call("GET", answer.links[relation]["url"].removeprefix(ORIGIN))
        return found


class Network:
    """A site with the routes of the API, and an event loop that runs while somebody calls."""

    def __init__(
        self,
        database: Database,
        folder: Path,
        loop: asyncio.AbstractEventLoop,
        *,
        rates: dict[str, Rate] | None = None,
        **settings: Any,
    ) -> None:
        """``rates`` turns limits on, for these classes."""
        self.loop = loop
        (folder / "media").mkdir()
        keys = keyring.create(folder)
        config = Config(origin=ORIGIN, limits="off", **settings)
        facts = Facts(database, known_events())
        self.run(facts.start())
        homes, access = Homes(config.window_cache_bytes), AccessCache(keys)
        self.site = Site(
            config=config,
            database=database,
            keyring=keys,
            media=FolderStore(folder / "media"),
            facts=facts,
            homes=homes,
            access=access,
            limits=Limits(enabled=rates is not None, rates={**RATES, **(rates or {})}),
            folder=folder,
        )
        self.site.empty_tmp()
        self.site.keep(Progress())
        facts.takers += [homes.apply, access.apply]
        router = Router(routes(self.site), state=self.site)
        self.app = stack(Doorkeeper(router, self.site.is_barred), secure=False)
        self.live = loop.create_task(self.site.part(Hub).run())
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=ORIGIN)

    def close(self) -> None:
        self.run(self.client.aclose())
        left = asyncio.all_tasks(self.loop)
        for task in left:
            task.cancel()
        self.run(asyncio.gather(*left, return_exceptions=True))

    def run(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def write(self, action: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self.run(self.site.db.write(action, *args, **kwargs))

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.run(self.client.request(method, path, **options))

    def settle(self) -> None:
        """Let those react who react to facts with rows of their own."""
        for subscriber in SUBSCRIBERS:
            while self.write(journal.advance, subscriber):
                pass

    def tell(self) -> None:
        """Let live updates go out."""

        async def until_idle() -> None:
            hub = self.site.part(Hub)
            await asyncio.gather(*hub._checks)
            await hub.idle.wait()
            for _ in range(10):
                await asyncio.sleep(0)

        self.run(until_idle())

    @property
    def pieces(self) -> Pieces:
        return self.site.part(Pieces)

    # People and apps

    @property
    def visitor(self) -> Caller:
        return Caller(self)

    def member(self, name: str, scopes: str = "read write follow", *, role: Role = Role.MEMBER) -> Caller:
        made = self.write(create_member, self.site.keyring, NewMember(username=name, role=role))
        return self.token_for(Caller(self, name=name, number=made.id), scopes)

    def token_for(self, member: Caller, scopes: str) -> Caller:
        token = self.write(oauth.member_token, self.site.keyring, None, member.number, scopes)
        return Caller(self, token, member.name, member.number)

    def register(
        self, scopes: str = "read write follow", redirect: str = "https://app.example/back"
    ) -> dict[str, Any]:
        return self.visitor.post("/api/v1/apps", client_name="App", redirect_uris=redirect, scopes=scopes)

    def app_caller(self, scopes: str = "read write") -> Caller:
        app = self.register(scopes)
        given = self.visitor.post(
            "/oauth/token",
            grant_type="client_credentials",
            client_id=app["client_id"],
            client_secret=app["client_secret"],
            scope=scopes,
        )
        return Caller(self, given["access_token"])


def query_of(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
