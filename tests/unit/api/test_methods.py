"""Each method of Mastodon's client API, called: status, shape, and who may not call it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from libretranslate import LibreTranslate
from palabre.accounts import oauth
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Transaction
from unit.api.calls import CALLS
from unit.api.documented import OPTIONAL, problems
from unit.api.methods import LEFT_OUT, METHODS, Documented, is_here, scopes_of
from unit.api.network import Caller, Network
from unit.api.scene import ALL, Scene

_HERE = [one for one in METHODS if is_here(one)]
_PLAIN = [one for one in _HERE if not (one.streaming and one.path != "/api/v1/streaming/health")]
_PAGES = {"GET /oauth/authorize"}
"""A page, not JSON."""
_OPTIONS = ("json", "params", "files", "data", "headers")
_NUMBERS = itertools.count(1)


def test_each_method_is_here_or_left_out_with_a_reason() -> None:
    names = {one.name for one in METHODS}
    assert set(LEFT_OUT) <= names
    assert [one.name for one in METHODS if not is_here(one) and one.name not in LEFT_OUT] == []
    assert [one.name for one in METHODS if is_here(one) and one.name in LEFT_OUT] == [], "no longer left out"
    assert all(len(reason) > 20 for reason in LEFT_OUT.values())
    assert {one.name for one in _PLAIN} - _PAGES == set(CALLS) & {one.name for one in _HERE}, "all are called below"


def test_what_is_here_is_all_for_members_and_nearly_all_for_administrators() -> None:
    current = [one for one in METHODS if not one.removed]
    assert [one.name for one in current if not one.admin and not is_here(one)] == []
    admin = [one for one in current if one.admin]
    assert len(admin) > 40
    assert sum(map(is_here, admin)) >= 0.95 * len(admin)


def address(one: Documented, call: dict[str, Any]) -> str:
    return re.sub(r":(\w+)", lambda found: str(call[found[1]]), one.path)


def options(call: dict[str, Any]) -> dict[str, Any]:
    return {name: call[name] for name in _OPTIONS if name in call}


def _scope(one: Documented) -> str:
    """The least that a token needs."""
    return " ".join(scopes_of(one)[:1]) or "read"


def callers(scene: Scene, one: Documented) -> list[Caller]:
    """Who may call it: with what is documented and nothing more."""
    member = scene.network.token_for(scene.root if one.admin else scene.ana, _scope(one))
    visitor = scene.network.visitor
    match one.auth:
        case "app":
            return [scene.network.app_caller(_scope(one))]
        case "public":
            return [visitor, member] if one.optional else [visitor]
    return [member]


def _shape(one: Documented, call: dict[str, Any], answer: Any) -> list[str]:
    if one.empty:
        return [] if answer == {} else [f"{one.name}: {answer!r} instead of {{}}"]
    if one.array:
        if not isinstance(answer, list) or (not answer and not call.get("none")):
            return [f"{one.name}: {answer!r} instead of a list"]
        items = answer
    else:
        items = [answer[call["within"]] if "within" in call else answer]
    if not one.returns:
        return []
    entity = one.returns[0]
    return [f"{one.name}: {wrong}" for item in items for wrong in problems(entity, item, without=OPTIONAL[entity])]


def _end(tx: Transaction, keyring: Keyring, caller: Caller) -> None:
    held = oauth.token_of(tx, keyring, caller.token)
    assert held is not None
    oauth.revoke_token(tx, AccountId(caller.number), held.id)


def _refusals(scene: Scene, one: Documented, call: dict[str, Any]) -> list[str]:
    """Who may not call it: nobody, who was thrown out, and who was allowed other things only."""
    if one.auth == "public":
        return []
    network, found = scene.network, []
    who_may = scene.root if one.admin else scene.ana
    ended = network.token_for(who_may, ALL)
    network.write(_end, network.site.keyring, ended)

    def asked(caller: Caller) -> httpx.Response:
        return caller.call(one.method, address(one, call), None, **options(call))

    nobody = (network.visitor, "nobody"), (Caller(network, "x" * 43), "an unknown token"), (ended, "an ended token")
    for caller, who in nobody:
        answer = asked(caller)
        if answer.status_code != 401 or set(answer.json()) != {"error"} or "www-authenticate" not in answer.headers:
            found.append(f"{one.name}: {answer.status_code} {answer.text} for {who}")
    wanted = scopes_of(one)
    if wanted:
        other = next(scope for scope in ("write:reports", "write:media") if scope not in wanted)
        answer = asked(network.token_for(who_may, other))
        if (answer.status_code, answer.json()) != (403, {"error": "This action is outside the authorized scopes"}):
            found.append(f"{one.name}: {answer.status_code} {answer.text} outside the scopes")
    if one.admin:
        answer = asked(network.token_for(scene.ana, _scope(one)))
        if (answer.status_code, answer.json()) != (403, {"error": "This action is not allowed"}):
            found.append(f"{one.name}: {answer.status_code} {answer.text} for a member")
    return found


def _problems(network: Network, one: Documented) -> list[str]:
    scene = Scene(network, next(_NUMBERS))
    call = CALLS[one.name](scene)
    found = _refusals(scene, one, call)
    for caller in callers(scene, one):
        if "first" in call:
            method, sent = call["first"]
            caller.call(method, address(one, call), **sent)
        answer = caller.call(one.method, address(one, call), None, **options(call))
        if answer.status_code != call.get("status", 200):
            found.append(f"{one.name}: {answer.status_code} {answer.text[:300]}")
        elif answer.status_code == 200 and answer.headers["content-type"].startswith("application/json"):
            found += _shape(one, call, answer.json())
    return found


@pytest.fixture
def network(network_with: Callable[..., Network]) -> Iterator[Network]:
    """A network that has everything that a method may need."""
    service = LibreTranslate()
    yield network_with(translate_url=service.origin)
    service.close()


@pytest.mark.parametrize("group", dict.fromkeys(one.group for one in _PLAIN))
def test_each_method_answers_as_documented(network: Network, group: str) -> None:
    called = [one for one in _PLAIN if one.group == group and one.name not in _PAGES]
    assert [wrong for one in called for wrong in _problems(network, one)] == []
