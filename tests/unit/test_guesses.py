"""What can be guessed opens nothing: ids, counters, times, addresses. And a guess costs no look at the database."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fixtures_store import Store
from palabre import clock, metrics
from palabre.accounts import credentials
from palabre.accounts.actions import NewMember, create_member
from palabre.accounts.credentials import hash_password
from palabre.api.routes import ENDPOINTS
from palabre.edge.binding import id_kind
from palabre.ids import IdCodec, Kind, new_id
from palabre.server import application
from palabre.web.routes import ENDPOINTS as PAGES
from unit.api.network import ORIGIN, Caller, Network

_GUESSES = 200_000
_EMAIL = "ana@private.example"


def _guesses(codec: IdCodec, chance: random.Random) -> Iterator[str]:
    """Write ids as somebody would who has seen many, and has not the key."""
    known = [codec.encode(kind, new_id(clock.now() - chance.randrange(10**9))) for kind in Kind for _ in range(100)]
    seen = set(known)
    made = 0
    while made < _GUESSES:
        one, other = chance.choice(known), chance.choice(known)
        number = int(one[:19])
        guess = chance.choice((
            str(chance.randrange(10**30, 10**31)),  # anything
            f"{number + chance.randrange(-5, 6)}{one[19:]}",  # the neighbours of one that exists
            f"{number}{chance.randrange(10**12):012d}",  # the same object, another proof
            f"{one[:19]}{other[19:]}",  # somebody else's proof
            f"{10**18 + (clock.now() << 16)}{chance.randrange(10**12):012d}",  # what is being written now
            f"{one[:19]}{(int(one[19:]) + chance.randrange(1, 1000)) % 10**12:012d}",
        ))  # fmt: skip
        if guess not in seen:
            made += 1
            yield guess


def test_two_hundred_thousand_guesses_reach_nothing() -> None:
    chance = random.Random(20210110)  # the day on which everything public on Parler had been copied by counting
    codec = IdCodec(b"k" * 32)
    kinds = list(Kind)
    reached = [
        guess for n, guess in enumerate(_guesses(codec, chance)) if codec.try_decode(kinds[n % len(kinds)], guess)
    ]
    assert reached == []


def test_an_id_of_one_kind_opens_nothing_of_another() -> None:
    codec = IdCodec(b"k" * 32)
    for number in (new_id(clock.now()) for _ in range(200)):
        for kind in Kind:
            text = codec.encode(kind, number)
            assert [other for other in Kind if codec.try_decode(other, text) is not None] == [kind]


class Town:
    """A network with the pages too, whose looks at the database are counted."""

    def __init__(self, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
        self.network = network
        self.looks: list[str] = []
        database = network.site.db
        for name in ("read_now", "_read_here", "_enqueue"):
            real = getattr(database, name)

            def counted(*args: Any, real: Any = real, name: str = name, **kwargs: Any) -> Any:
                self.looks.append(name)
                return real(*args, **kwargs)

            monkeypatch.setattr(database, name, counted)
        app = application(network.site, metrics.Requests())
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.network.run(self.client.request(method, path, **options))


@pytest.fixture
def network(store: Store, tmp_path: Path) -> Iterator[Network]:
    loop = asyncio.new_event_loop()
    made = Network(store.database, tmp_path, loop)
    yield made
    made.close()
    loop.close()


@pytest.fixture
def town(network: Network, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    made = Town(network, monkeypatch)
    yield made
    network.run(made.client.aclose())


def _objects(network: Network) -> tuple[Caller, dict[Kind, str]]:
    ana = network.member("ana")
    return ana, {Kind.ACCOUNT: ana.id, Kind.POST: ana.say("here")["id"]}


def test_a_guess_is_refused_without_a_look_at_the_database(town: Town) -> None:
    ana, known = _objects(town.network)
    chance = random.Random(1)
    tried = 0
    for one in (*ENDPOINTS, *PAGES):
        places = {name: id_kind(annotation) for name, annotation in one.path_params.items()}
        if None in places.values() or not places or (one in PAGES and one.method != "GET"):
            continue
        bearer = {"Authorization": f"Bearer {ana.token}"} if one in ENDPOINTS else {}
        town.request("GET", "/api/v1/accounts/verify_credentials", headers=bearer)  # her token is known from here on
        for _ in range(6):
            path = one.path
            for name, kind in places.items():
                real = known.get(kind or Kind.POST, known[Kind.POST])
                path = path.replace(f"{{{name}}}", f"{real[:19]}{chance.randrange(10**12):012d}")
            town.looks.clear()
            answer = town.request(one.method, path, headers=bearer, json={} if one.method != "GET" else None)
            refused = {403} if one.path.startswith("/api/v1/admin/") else {404, 303}
            assert answer.status_code in refused, (one, answer.status_code)
            assert town.looks == [], one
            tried += 1
    assert tried >= 200


def test_nothing_that_can_be_known_or_counted_opens_anything(town: Town) -> None:
    network = town.network
    ana, known = _objects(network)
    network.write(create_member, network.site.keyring, NewMember(username="eve", email=_EMAIL))
    inside = network.site.ids.decode(Kind.POST, known[Kind.POST])
    created = inside >> 16
    guessable = [
        *map(str, range(1, 6)), "0", "-1", str(inside), str(inside >> 16), str(created // 1000), hex(inside),
        known[Kind.POST][:19], str(inside + 10**18), clock.iso(clock.Instant(created)), _EMAIL, f"acct:{_EMAIL}",
        "eve%40private.example", f"mailto:{_EMAIL}", "last", "latest", "newest", "*", "%", "_", "' OR 1=1 --",
    ]  # fmt: skip
    for one in (*ENDPOINTS, *PAGES):
        if not one.path_params or one.method != "GET":
            continue
        for text in guessable:
            if one.path.endswith(
                ("/{hashtag}", "/tags/{tag}", "/tags/{tag}.rss", "/tags/{tag}.atom", "/tags/{name}")
            ):
                continue  # a hashtag is whatever people write
            if "{year}" in one.path:
                continue  # of the caller's own posts
            path = one.path
            for name in one.path_params:
                path = path.replace(f"{{{name}}}", httpx.QueryParams({"": text}).__str__()[1:])
            for headers in ({}, {"Authorization": f"Bearer {ana.token}"}):
                answer = town.request("GET", path, headers=headers)
                refused = {401, 403} if one.path.startswith("/api/v1/admin/") else {303, 401, 404, 405}
                assert answer.status_code in refused, (one, text, answer.status_code)
    mallory = network.member("mallory")
    for text in guessable:
        assert mallory.call("GET", "/api/v1/accounts/lookup", 404, params={"acct": text})
        found = mallory.get("/api/v2/search", q=text, resolve=True)
        assert found["statuses"] == []
        assert [one for one in found["accounts"] if one["acct"] == "eve" and text != "eve"] == []
        network.visitor.get("/.well-known/webfinger", 404, resource=text if ":" in text else f"acct:{text}")
        network.visitor.get("/.well-known/webfinger", 404, resource=f"mailto:{text}")
        for parameter in ("max_id", "min_id", "since_id"):
            if text in {"0", "1"}:
                continue
            mallory.call("GET", "/api/v1/timelines/public", 422, params={parameter: text})


class Counting:
    """Counts how often a password is checked, which is all the time that an answer takes."""

    def __init__(self) -> None:
        self.verified = 0
        self._real = credentials._hasher

    def verify(self, known: str, password: str) -> bool:
        self.verified += 1
        return self._real.verify(known, password)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def test_signing_in_does_not_tell_who_is_here(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    network, keyring = town.network, town.network.site.keyring
    hashed = hash_password("correct horse")
    network.write(create_member, keyring, NewMember(username="zzevezz", email=_EMAIL, password_hash=hashed))
    network.write(create_member, keyring, NewMember(username="tokens_only"))
    counting = Counting()
    monkeypatch.setattr(credentials, "_hasher", counting)
    page = town.request("GET", "/auth/sign_in")
    token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    answers = set()
    for name in ("zzevezz", "zznobodyzz", _EMAIL, "nobody@private.example", "tokens_only", "@zzevezz", "@zznobodyzz"):
        before = counting.verified
        form = {"csrf": token, "name": name, "password": "wrong horse"}
        answer = town.request("POST", "/auth/sign_in", data=form)
        assert counting.verified == before + 1, name
        body = answer.text.replace(name, "NAME").replace(name.replace("@", "&#64;"), "NAME")
        fresh = [part.partition('"')[2] for part in body.split('name="csrf" value="')]
        answers.add((answer.status_code, "".join(fresh), tuple(sorted(answer.headers.keys()))))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 422


def test_signing_up_and_changing_it_do_not_tell_whose_address_it_is(town: Town) -> None:
    network, keyring = town.network, town.network.site.keyring
    network.write(create_member, keyring, NewMember(username="eve", email=_EMAIL))
    told = []
    for name, email in (("one", _EMAIL), ("two", "nobody@private.example")):
        client = httpx.AsyncClient(transport=town.client._transport, base_url=ORIGIN)
        page = network.run(client.get("/auth/sign_up"))
        token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        form = {"csrf": token, "username": name, "email": email, "password": "correct horse battery"}
        answer = network.run(client.post("/auth/sign_up", data=form))
        shown = network.run(client.get("/settings/account")).text
        assert email in shown
        told.append(
            (
                answer.status_code,
                answer.content,
                answer.headers["location"],
                shown.count("<"),
                len(shown) - len(email),
            )
        )
        token = shown.partition('name="csrf" value="')[2].partition('"')[0]
        wrong = {"csrf": token, "email": _EMAIL, "email_password": "correct horse battery"}
        changed = network.run(client.post("/settings/account/email", data=wrong))
        told[-1] += (changed.status_code, changed.headers["location"])
        network.run(client.post("/auth/sign_out", data={"csrf": token}))
        page = network.run(client.get("/auth/sign_in"))
        token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        form = {"csrf": token, "name": email, "password": "correct horse battery"}
        told[-1] += (network.run(client.post("/auth/sign_in", data=form)).status_code,)
        network.run(client.aclose())
    assert told[0] == told[1]
    assert told[0][0] == 303
    app = network.app_caller("read write:accounts")
    given = {"password": "correct horse battery", "agreement": True}
    assert app.post("/api/v1/accounts", username="three", email=_EMAIL, **given)["access_token"]
    assert app.post("/api/v1/accounts", username="four", email="free@private.example", **given)["access_token"]
