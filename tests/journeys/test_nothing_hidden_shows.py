"""Whoever may not see an object gets what he would get for one that does not exist: on every route, page or API.

The routes are read from the tables that the server itself routes by. One whose placeholder is not explained below
makes a test fail, so a new route cannot be forgotten.
"""

from __future__ import annotations

import html
import io
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec
import pytest
from PIL import Image

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from palabre import keyring
from palabre.api import routes as api
from palabre.edge.binding import id_kind
from palabre.edge.endpoint import Endpoint
from palabre.ids import AccountId, IdCodec, Kind
from palabre.web import routes as web
from running import Person, RunningServer
from two_step import give_passkey

# Placeholders that are text. What an id is says its type; these say it here.
_TEXT: dict[str, Kind | str] = {
    "session": Kind.SESSION,
    "token": Kind.SESSION,
    "passkey": Kind.PASSKEY,
    "invitation": Kind.INVITATION,
    "code": "open",  # of an invitation: whoever has it may know that it is good
    "notification": Kind.NOTIFICATION,
    "run": Kind.IMPORT,
    "archive": Kind.EXPORT,
    "refresh": Kind.MEDIA,
    "name": "name",
    "tag": "open",  # hashtags are public words: nothing of them is hidden
    "hashtag": "open",
    "date": "date",
    "group_key": "group_key",
    "secret": "secret",  # of an address by which a program posts: hidden is one that was revoked
    "year": "open",  # of the caller's own posts
}
_OPEN = {
    ("/settings/export/{name}", "name"),
    ("/api/v1/announcements/{number}/reactions/{name}", "name"),
    ("/api/v1/tags/{name}", "name"),
    *((f"/api/v1/tags/{{name}}/{deed}", "name") for deed in ("follow", "unfollow", "feature", "unfeature")),
}
_TOMORROW = (datetime.now(UTC) + timedelta(days=1)).isoformat()
# What a body must have beside the object to come as far as looking for it.
_BODIES: dict[str, dict[str, str]] = {
    "/api/v1/statuses": {"status": "x"},
    "/compose": {"text": "x"},
    "/api/palabre/v1/hooks/{secret}": {"text": "x"},
    "/announcements/{announcement}/react": {"name": "👍"},
    "/settings/people/{account}": {"what": "unmute"},
    "/api/v1/media/{media}": {"description": "mine now"},
    "/api/v1/lists/{list}/accounts": {"account_ids[]": "1"},
    "/api/palabre/v1/exports/{export}/file": {"password": "x"},
    "/api/v1/collections/{number}/items": {"account_id": "1"},
    "/api/v2/filters/{filter}/keywords": {"keyword": "x"},
    "/api/v2/filters/{filter}/statuses": {"status_id": "1"},
    "/api/v1/scheduled_statuses/{scheduled}": {"scheduled_at": _TOMORROW},
    "/api/palabre/v1/statuses/{post}/vote": {"value": "1"},
    "/api/v1/polls/{poll}/votes": {"choices[]": "0"},
    "/api/v1/statuses/{post}/interaction_policy": {"quote_approval_policy": "public"},
    "/api/palabre/v1/reply_requests": {"state": "approved"},
    "/api/palabre/v1/reply_requests/{reply}": {"state": "approved"},
    "/settings/replies": {"state": "approved"},
    "/settings/replies/{post}": {"state": "approved"},
    "/settings/replies/of/{account}": {"state": "approved"},
}
# Refused before any object is looked at, whoever's it is.
_ADMIN = re.compile(r"(/api/v[12])?/admin/")

_UNSTABLE = {
    "date", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-limit", "content-length",
    "palabre-proof",  # another one each minute, for the whole network
}  # fmt: skip
_FRESH = [
    (re.compile(rb'name="csrf" value="[^"]*"'), b"CSRF"),
    (re.compile(rb'name="key" value="[0-9a-f]{24}"'), b"KEY"),
    (re.compile(rb'^\{"id":"\d{31}","updated_at":"[^"]*"'), b"DRAFT"),
]


@dataclass
class World:
    """A network with somebody's things in it, and those who are not meant to see them."""

    server: RunningServer
    ids: IdCodec
    ana: Person
    ben: Person
    ana_browser: Browsing
    ben_browser: Browsing
    app_token: str
    public: str = ""
    """A post of ana's that anybody may read."""
    hidden: dict[Kind | str, list[str]] = field(default_factory=dict)
    """What nobody but its owner sees."""
    from_ben: dict[Kind | str, list[str]] = field(default_factory=dict)
    """What ben does not see, and a stranger does."""
    own: dict[Kind | str, str] = field(default_factory=dict)
    """What ana sees of her own."""

    def absent(self, kind: Kind | str) -> str:
        """A right id of nothing."""
        if isinstance(kind, str) and not isinstance(kind, Kind):
            return "nobody_" + secrets.token_hex(3)
        some = self.ids.decode(Kind(kind), (self.hidden.get(kind) or self.from_ben[kind])[0])
        return self.ids.encode(Kind(kind), some + 1_000_003 + secrets.randbelow(1_000))

    def guesses(self, kind: Kind | str) -> list[str]:
        """What somebody who has no key may try."""
        if not isinstance(kind, Kind):
            return []
        one = self.hidden[kind][0]
        other = Kind.APP if kind is not Kind.APP else Kind.POST
        swapped = self.ids.encode(other, self.ids.decode(kind, one))
        return [one[:-1] + str((int(one[-1]) + 1) % 10), "1" * 19, "0" * 31, str(10**30), one[:19], swapped, "x" * 31]


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG")
    return out.getvalue()


def _say(person: Person, text: str, **more: Any) -> str:
    with person.client() as http:
        return str(http.post("/api/v1/statuses", json={"status": text, **more}).raise_for_status().json()["id"])


def mine_of(person: Person) -> str:
    """The public id of somebody's account."""
    with person.client() as http:
        return str(http.get("/api/v1/accounts/verify_credentials").raise_for_status().json()["id"])


def _eventually(look: Callable[[], Any]) -> Any:
    until = time.monotonic() + 120
    while not (found := look()) and time.monotonic() < until:
        time.sleep(0.02)
    return found


@pytest.fixture(scope="module")
def world(make_server: ServerMaker) -> World:
    server = make_server(limits="off", registrations="approval").start()
    ana, ben, blocker, sue, fan = server.accounts(["ana", "ben", "blocker", "sue", "fan"], password=PASSWORD)
    [root] = server.accounts(["root"], password=PASSWORD, admin=True)
    waiting = Browsing(server)
    waiting.get("/auth/sign_up")
    form = {"username": "waiting", "password": PASSWORD, "reason": "please"}
    assert waiting.post("/auth/sign_up", data=form).status_code == 303
    with server.client() as http:
        app = http.post(
            "/api/v1/apps", json={"client_name": "A", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"}
        ).json()
        grant = {"grant_type": "client_credentials", "client_id": app["client_id"]}
        token = http.post("/oauth/token", json={**grant, "client_secret": app["client_secret"]}).json()
    world = World(
        server=server,
        ids=IdCodec(keyring.load(server.data).id_key),
        ana=ana,
        ben=ben,
        ana_browser=Browsing(server).sign_in(ana),
        ben_browser=Browsing(server).sign_in(ben),
        app_token=token["access_token"],
    )
    with ana.client() as http:
        files = {"file": ("x.png", _picture(), "image/png")}
        loose, used = (http.post("/api/v2/media", files=files).json()["id"] for _ in range(2))
        private = _say(ana, "words to followers", visibility="private", media_ids=[used])
        direct = _say(ana, "words to nobody", visibility="direct")
        gone = _say(ana, "words that went")
        http.delete(f"/api/v1/statuses/{gone}").raise_for_status()
        public = _say(ana, "for all")
        me = http.get("/api/v1/accounts/verify_credentials").json()["id"]
        words = {"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "oak"}]}
        filtered = http.post("/api/v2/filters", json=words).json()
        filtered_post = http.post(f"/api/v2/filters/{filtered['id']}/statuses", json={"status_id": private}).json()
        choir = http.post("/api/v1/lists", json={"title": "Choir"}).json()
        trees, birds = (
            http.post("/api/v1/collections", json={"name": name}).json()["collection"] for name in ("Trees", "Birds")
        )
        http.delete(f"/api/v1/collections/{birds['id']}").raise_for_status()
        featured = http.post("/api/v1/featured_tags", json={"name": "oak"}).json()
        asked = {"status": "words asked", "visibility": "private", "poll": {"options": ["a", "b"], "expires_in": 900}}
        poll = http.post("/api/v1/statuses", json=asked).json()["poll"]["id"]
        draft = http.post("/api/palabre/v1/drafts", json={"text": "words not said yet"}).json()["id"]
        later = {"status": "words of tomorrow", "scheduled_at": _TOMORROW}
        scheduled = http.post("/api/v1/statuses", json=later).json()["id"]
    with fan.client() as http:
        asks = {"source": {"reply_approval": "all"}}
        http.patch("/api/v1/accounts/update_credentials", json=asks).raise_for_status()
    asked_of_fan = _say(fan, "what say you?")
    held = [_say(ana, f"words that wait {n}", in_reply_to_id=asked_of_fan) for n in range(2)]
    with fan.client() as http:
        http.post(f"/api/palabre/v1/reply_requests/{held[1]}", json={"state": "denied"}).raise_for_status()
        http.post(f"/api/v1/accounts/{me}/follow").raise_for_status()
        http.post(f"/api/v1/statuses/{public}/favourite").raise_for_status()
    with ana.client() as http:
        first = _eventually(lambda: http.get("/api/v1/notifications").json())[0]
        told, group = first["id"], first["group_key"]
        put = {"account_id": mine_of(fan)}
        item = http.post(f"/api/v1/collections/{trees['id']}/items", json=put).json()["collection_item"]["id"]
    _say(fan, "@ana psst", visibility="direct")
    with ana.client() as http:
        request = _eventually(lambda: http.get("/api/v1/notifications/requests").json())[0]["id"]
        conversation = _eventually(lambda: http.get("/api/v1/conversations").json())[0]["id"]
        http.post("/api/v1/reports", json={"account_id": mine_of(fan)}).raise_for_status()
        http.patch("/api/v1/accounts/update_credentials", json=asks).raise_for_status()
    reply = _say(fan, "may I?", in_reply_to_id=public)
    of_sue = _say(sue, "words of sue")
    _say(fan, "mentioning nobody of them", visibility="direct")
    with server.client() as http:
        of_blocker = _say(blocker, "not for ben")
    with blocker.client() as http:
        made = http.post("/api/v1/collections", json={"name": "Not for Ben"}).raise_for_status().json()
        his = made["collection"]["id"]
    with ben.client() as http:
        mine = http.get("/api/v1/accounts/verify_credentials").json()["id"]
    with blocker.client() as http:
        http.post(f"/api/v1/accounts/{mine}/block").raise_for_status()
    server.command("account", "suspend", "sue", "--data", str(server.data))
    Browsing(server).sign_in(ana)
    session = re.search(r"/settings/account/sessions/(\d{31})/end", world.ana_browser.get("/settings/account").text)
    page = Browsing(server).sign_in(root)
    page.get("/admin/invitations")
    page.post("/admin/invitations", data={"uses": "1", "days": "7"})
    invitation = re.search(r"/admin/invitations/(\d{31})/withdraw", page.get("/admin/invitations").text)
    pending = re.search(r"/admin/sign_ups/(\d{31})/approve", page.get("/admin/sign_ups").text)
    page.post("/admin/rules", data={"text": "Be brief"})
    page.post("/admin/announcements", data={"text": "Gone"})
    page.post("/admin/blocks/domains", data={"domain": "spam.example"})
    page.post("/admin/blocks/networks", data={"ip": "192.0.2.0/24", "severity": "sign_up_block"})
    provider, network = (
        re.search(rf"/admin/blocks/{kind}/(\d{{31}})/remove", page.get("/admin/blocks").text)
        for kind in ("domains", "networks")
    )
    page.post(f"/admin/accounts/{me}/act", data={"act": "none", "reason": "Please"})
    warning = re.search(r"/settings/warnings/(\d{31})/appeal", world.ana_browser.get("/settings/warnings").text)
    assert warning is not None
    page.post("/admin/servers", data={"domain": "far.example", "severity": "suspend"})
    page.post("/admin/servers/allowed", data={"domain": "near.example"})
    server_block = re.search(r"/admin/servers/(\d{31})", page.get("/admin/servers").text)
    server_allow = re.search(r"/admin/servers/allowed/(\d{31})/remove", page.get("/admin/servers/allowed").text)
    assert server_block is not None
    assert server_allow is not None
    assert provider is not None
    assert network is not None
    announcement = re.search(
        r"/admin/announcements/(\d{31})/delete", page.get("/admin/announcements").text.replace("&#x2f;", "/")
    )
    report = re.search(r"/admin/reports/(\d{31})/close", page.get("/admin/reports").text)
    rule = re.search(r"/admin/rules/(\d{31})/remove", page.get("/admin/rules").text.replace("&#x2f;", "/"))
    assert announcement is not None
    assert report is not None
    assert rule is not None
    assert page.post(f"/admin/announcements/{announcement[1]}/delete").status_code == 303
    assert session is not None
    assert invitation is not None
    assert pending is not None
    world.ana_browser.get("/settings/development")
    made = {"name": "Tide", "redirect_uri": "https://tide.example/", "scopes[]": "read"}
    assert world.ana_browser.post("/settings/development/apps", data=made).status_code == 200
    made = {"token_name": "Rain", "password": PASSWORD, "scopes[]": "read"}
    assert world.ana_browser.post("/settings/development/tokens", data=made).status_code == 200
    development = world.ana_browser.get("/settings/development").text
    client = re.search(r"/settings/development/apps/(\d{31})/remove", development)
    own_token = re.search(r"/settings/development/tokens/(\d{31})/revoke", development)
    assert client is not None
    assert own_token is not None
    hooks = "/settings/development/webhooks"
    for _ in range(2):
        address = world.ana_browser.post(f"{hooks}/incoming", data={"name": "Build", "password": PASSWORD}).text
        secret = re.search(r"/hooks/([\w-]{43})<", html.unescape(address))
    hooked = {"url": "https://program.example/", "events[]": "follow.created", "password": PASSWORD}
    assert world.ana_browser.post(hooks, data=hooked).status_code == 200
    webhooks = world.ana_browser.get(hooks).text
    revoked, incoming = re.findall(rf"{hooks}/incoming/(\d{{31}})/revoke", webhooks)
    hook = re.search(rf"{hooks}/(\d{{31}})/remove", webhooks)
    assert world.ana_browser.post(f"{hooks}/incoming/{revoked}/revoke").status_code == 303
    assert secret is not None
    assert hook is not None
    world.ana_browser.get("/settings/import")
    listed = {"file": ("following.csv", b"Account address,Show boosts\nnobody@elsewhere.example,true\n", "text/csv")}
    brought = world.ana_browser.post("/settings/import", data={"kind": "follows"}, files=listed)
    assert brought.status_code == 303
    with closing(sqlite3.connect(f"file:{server.data / 'palabre.db'}?mode=ro", uri=True)) as database:
        [(run,)] = database.execute("SELECT id FROM import_run").fetchall()
    asked = world.ana_browser.post("/settings/export/archive", data={"password": PASSWORD})
    assert asked.status_code == 303
    with closing(sqlite3.connect(f"file:{server.data / 'palabre.db'}?mode=ro", uri=True)) as database:
        [(archive,)] = database.execute("SELECT id FROM export_run").fetchall()
    lists_and_filters: dict[Kind | str, str] = {
        Kind.FILTER: filtered["id"],
        Kind.FILTER_KEYWORD: filtered["keywords"][0]["id"],
        Kind.FILTER_POST: filtered_post["id"],
        Kind.LIST: choir["id"],
        Kind.FEATURED: featured["id"],
    }
    world.own |= {Kind.COLLECTION: trees["id"], Kind.COLLECTION_ITEM: item}
    world.hidden = {
        **{kind: [number] for kind, number in lists_and_filters.items()},
        Kind.COLLECTION: [birds["id"]],
        Kind.COLLECTION_ITEM: [item],
        Kind.POLL: [poll],
        Kind.UNPUBLISHED: [draft, scheduled],
        Kind.IMPORT: [world.ids.encode(Kind.IMPORT, run)],
        Kind.EXPORT: [world.ids.encode(Kind.EXPORT, archive)],
        Kind.POST: [private, direct, gone, of_sue, *held],
        Kind.MEDIA: [loose, used],
        Kind.NOTIFICATION: [told],
        Kind.SESSION: [session[1], own_token[1]],
        Kind.APP: [client[1]],
        Kind.HOOK: [hook[1]],
        Kind.INCOMING_HOOK: [incoming, revoked],
        "secret": [secret[1]],
        Kind.PASSKEY: [
            world.ids.encode(
                Kind.PASSKEY, give_passkey(server, AccountId(world.ids.decode(Kind.ACCOUNT, me)), "of Ana's")
            )
        ],
        Kind.INVITATION: [invitation[1]],
        Kind.ACCOUNT: [pending[1]],
        Kind.NOTIFICATION_REQUEST: [request],
        Kind.CONVERSATION: [conversation],
        Kind.ANNOUNCEMENT: [announcement[1]],
        Kind.REPORT: [report[1]],
        Kind.WARNING: [warning[1]],
        Kind.RULE: [rule[1]],
        Kind.EMAIL_DOMAIN_BLOCK: [provider[1]],
        Kind.IP_BLOCK: [network[1]],
        Kind.SERVER_BLOCK: [server_block[1]],
        Kind.SERVER_ALLOW: [server_allow[1]],
        Kind.EMAIL_BLOCK: [world.ids.encode(Kind.EMAIL_BLOCK, 5)],
        Kind.HASHTAG: [world.ids.encode(Kind.HASHTAG, 5)],
        Kind.LINK: [world.ids.encode(Kind.LINK, 5)],
        Kind.PUBLISHER: [world.ids.encode(Kind.PUBLISHER, 5)],
        "name": ["waiting"],
        "date": ["2001-01-01"],
        "group_key": [group],
    }
    world.public = public
    world.from_ben = {Kind.POST: [of_blocker], Kind.COLLECTION: [his]}
    world.own |= {Kind.POST: private, Kind.MEDIA: loose, Kind.NOTIFICATION: told, Kind.ACCOUNT: me, "name": "ana"}
    world.own |= {
        **lists_and_filters,
        Kind.POLL: poll,
        Kind.UNPUBLISHED: draft,
        "scheduled": scheduled,
        "reply": reply,
    }
    world.own |= {Kind.NOTIFICATION_REQUEST: request, Kind.CONVERSATION: conversation, "group_key": group}
    return world


def _placeholders(one: Endpoint) -> Iterator[tuple[str, Kind | str]]:
    for name, annotation in one.path_params.items():
        kind = id_kind(annotation)
        if kind is None:
            assert name in _TEXT, f"{one!r}: say in _TEXT what {{{name}}} names, and hide one of them"
            kind = "open" if (one.path, name) in _OPEN else _TEXT[name]  # type: ignore[assignment]
        assert kind is not None
        yield name, kind


def _references(struct: type[msgspec.Struct] | None) -> Iterator[tuple[str, Kind]]:
    """The fields of a body or a query that hold ids, alone or in a list."""
    for one in msgspec.structs.fields(struct) if struct else ():
        todo = [one.type]
        while todo:
            annotation = todo.pop()
            kind = id_kind(annotation)
            if kind is not None:
                yield one.encode_name, kind
            else:
                todo += [inner for inner in getattr(annotation, "__args__", ()) if inner is not None]
                todo += [annotation.__origin__] if hasattr(annotation, "__metadata__") else []


def _plain(answer: httpx.Response, *named: str) -> tuple[int, bytes, list[tuple[str, str]]]:
    body = answer.content
    for pattern, replacement in _FRESH:
        body = pattern.sub(replacement, body)
    headers = sorted((name, value) for name, value in answer.headers.items() if name not in _UNSTABLE)
    for text in sorted(named, key=len, reverse=True):
        body = body.replace(text.encode(), b"OBJECT")
        headers = [(name, value.replace(text, "OBJECT")) for name, value in headers]
    return answer.status_code, body, headers


def _difference(answers: dict[str, tuple[int, bytes, list[tuple[str, str]]]]) -> str:
    """Say shortly where the first answer and one that differs from it part."""
    first, *others = answers.items()
    text, other = next((text, answer) for text, answer in others if answer != first[1])
    at = next((i for i, (a, b) in enumerate(zip(first[1][1], other[1], strict=False)) if a != b), 0)
    part = slice(max(at - 60, 0), at + 200)
    headers = set(first[1][2]) ^ set(other[2])
    return f"{first[0]}: {first[1][0]} {first[1][1][part]!r}\n{text}: {other[0]} {other[1][part]!r}\n{headers}"


_PUBLISHED_WITH = {"allowed_mentions"}
"""Fields that name people and change nothing where these are not meant: the post is out, each time another one."""
_NEW = re.compile(rb'\d{31}|\d{4}-\d\d-\d\dT[\d:.]+Z|"statuses_count":\d+')
_NO_COMPRESSION = {"Accept-Encoding": "identity"}


def _callers(world: World, one: Endpoint) -> Iterator[tuple[str, Callable[..., httpx.Response]]]:
    is_api = one in api.ENDPOINTS
    if is_api:
        tokens = {"member": world.ben.token, "app": world.app_token, "nobody": ""}
        for name, token in tokens.items():
            headers = _NO_COMPRESSION | ({"Authorization": f"Bearer {token}"} if token else {})

            def call(path: str, data: dict[str, str], params: Any = None, headers: Any = headers) -> httpx.Response:
                body = {"data": data} if one.method != "GET" and data else {}
                return world.ben_browser.http.request(
                    one.method, path, headers={**headers, "Cookie": ""}, params=params, **body
                )

            yield name, call
        return
    visitor = Browsing(world.server)
    visitor.get("/auth/sign_in")
    for name, browser in (("member", world.ben_browser), ("nobody", visitor)):

        def send(path: str, data: dict[str, str], params: Any = None, browser: Browsing = browser) -> httpx.Response:
            browser.http.cookies.delete("flash")  # what the form before this one was told
            if one.method == "GET":
                return browser.http.get(path, headers=_NO_COMPRESSION, params=params)
            return browser.post(path, data=data, headers=_NO_COMPRESSION)

        yield name, send


ROUTES = [*api.ENDPOINTS, *web.ENDPOINTS]


def test_every_route_that_takes_an_object_answers_the_same_for_hidden_and_absent(world: World) -> None:
    seen = 0
    for one in ROUTES:
        places = list(_placeholders(one))
        for name, kind in places:
            if kind == "open":
                continue
            seen += 1
            path = one.path
            for other, other_kind in places:
                if other != name:
                    path = path.replace(f"{{{other}}}", "tree" if other_kind == "open" else world.own[other_kind])
            for who, call in _callers(world, one):
                hidden = list(world.hidden[kind]) if not (kind == "name" and len(places) > 1) else []
                if who == "member":
                    hidden += world.from_ben.get(kind, [])
                answers = {}
                for text in [world.absent(kind), world.absent(kind), *hidden, *world.guesses(kind)]:
                    answer = call(path.replace(f"{{{name}}}", text), _BODIES.get(one.path, {}))
                    answers[text] = _plain(answer, text)
                distinct = {repr(answer) for answer in answers.values()}
                assert len(distinct) == 1, f"{one!r} tells {who} more of a hidden {kind}:\n{_difference(answers)}"
                [status] = {answer[0] for answer in answers.values()}
                assert status in {303, 401, 403, 404, 422}, (one, who, status)
                if who == "member" and not _ADMIN.match(one.path):
                    assert status == 404, (one, status)
    assert seen >= 70


def test_every_field_that_names_an_object_answers_the_same_for_hidden_and_absent(world: World) -> None:
    seen = 0
    for one in ROUTES:
        if any(kind != "open" for _, kind in _placeholders(one)):
            continue
        for where, struct in (("query", one.query), ("body", one.body)):
            for name, kind in _references(struct):
                seen += 1
                for who, call in _callers(world, one):
                    answers = {}
                    hidden = world.hidden[kind] + (world.from_ben.get(kind, []) if who == "member" else [])
                    for text in [world.absent(kind), *hidden]:
                        base = _BODIES.get(one.path, {})
                        if where == "query" or one.method == "GET":
                            answer = call(one.path, base, params={name: text})
                        else:
                            answer = call(one.path, {**base, name: text})
                        answers[text] = _plain(answer, text)
                        if name in _PUBLISHED_WITH:
                            status, content, headers = answers[text]
                            answers[text] = status, _NEW.sub(b"NEW", content), headers
                    distinct = {repr(answer) for answer in answers.values()}
                    assert len(distinct) == 1, f"{one!r} {name} tells {who} more:\n{_difference(answers)}"
    assert seen >= 8


def test_what_one_may_see_is_there_on_the_same_routes(world: World) -> None:
    """Else the tests above would pass on a network that shows nothing to anybody."""
    shown = 0
    for one in ROUTES:
        places = list(_placeholders(one))
        shows = one.method == "GET" and places and not _ADMIN.match(one.path)
        if not shows or not all(kind in world.own for _, kind in places):
            continue
        path = one.path
        if path.endswith("/translation"):  # there is no service here
            continue
        if path.endswith(("/embed", "/embed_code")):  # shows what anybody may read
            path = path.replace("{post}", world.public)
        for name, kind in places:
            path = path.replace(f"{{{name}}}", world.own.get(name if name in {"scheduled", "reply"} else kind, ""))
        if one in api.ENDPOINTS:
            with world.ana.client() as http:
                status = http.get(path).status_code
        else:
            status = world.ana_browser.http.get(path).status_code
        assert status in {200, 303}, (one, status)
        shown += 1
    assert shown >= 15


def test_a_suspended_account_shows_its_name_and_nothing_else(world: World) -> None:
    with world.server.client() as http:
        found = http.get("/api/v1/accounts/lookup", params={"acct": "sue"}).json()
        assert found["suspended"] is True
        assert found["note"] == found["display_name"] == "" or found["display_name"] == "sue"
        assert "words of sue" not in http.get("/@sue").text
        assert "words of sue" not in http.get(f"/api/v1/accounts/{found['id']}/statuses").text
        resource = f"acct:sue@{world.server.base_url.removeprefix('http://')}"
        assert http.get("/.well-known/webfinger", params={"resource": resource}).status_code == 404


def test_lists_and_search_give_nothing_hidden_away(world: World) -> None:
    texts = (
        "words to followers",
        "words to nobody",
        "words that went",
        "words of sue",
        "words not said yet",
        "words of tomorrow",
        "words that wait",
    )
    hidden = {*world.hidden[Kind.POST], *world.hidden[Kind.ACCOUNT]}
    looked = 0
    for one in ROUTES:
        if one.method != "GET" or one.path_params or one.path == "/live/home":
            continue
        if (
            one.path == "/api/palabre/v1/drafts"
        ):  # ben's hold the ids that he typed above, and nothing of what they name
            assert "words" not in world.ben_browser.http.get(one.path).text
            continue
        for who, call in _callers(world, one):
            answer = call(one.path, {}, params={"q": "waiting", "acct": "waiting", "resource": "acct:waiting@x"})
            text = answer.text.replace('value="waiting"', "").replace("q=waiting", "")
            looked += answer.status_code == 200
            assert not any(each in text for each in texts), (one, who)
            assert not any(each in text for each in hidden), (one, who)
            assert "/@waiting" not in text, (one, who)
    assert looked >= 40


def test_those_who_wait_for_approval_change_nothing_but_what_is_their_own(world: World) -> None:
    waiting = Browsing(world.server).sign_in("waiting")
    public = {Kind.POST: _say(world.ana, "to be liked"), Kind.ACCOUNT: world.own[Kind.ACCOUNT], "name": "ana"}
    tried = 0
    for one in web.ENDPOINTS:
        own = one.path.startswith(("/settings/", "/auth/", "/look")) and not one.path.startswith("/settings/import")
        if one.method == "GET" or own:
            continue
        path = one.path
        for name, kind in _placeholders(one):
            path = path.replace(f"{{{name}}}", public.get(kind) or world.absent(kind))
        answer = waiting.post(path, data={**_BODIES.get(one.path, {}), "text": "too early", "response_type": "code"})
        assert answer.status_code == 403, (one, answer.status_code)
        tried += 1
    assert tried >= 25
    with world.ana.client() as http:
        status = http.get(f"/api/v1/statuses/{public[Kind.POST]}").json()
        assert (status["favourites_count"], status["reblogs_count"]) == (0, 0)
        assert "too early" not in http.get("/api/v1/timelines/public").text
