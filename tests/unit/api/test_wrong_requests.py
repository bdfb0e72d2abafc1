"""What is wrong with a request is said alike by every method: 422 and the field, 404, 429; never a fault."""

from __future__ import annotations

import encodings.idna
import enum
import itertools
import typing
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from libretranslate import LibreTranslate
from palabre.api.routes import ENDPOINTS
from palabre.edge.binding import _members, id_kind
from palabre.edge.endpoint import Endpoint
from palabre.edge.limits import RATES, Limits, Rate
from palabre.edge.uploads import Upload
from unit.api.calls import CALLS
from unit.api.methods import METHODS, Documented, is_here, shape
from unit.api.network import Caller, Network
from unit.api.scene import Scene
from unit.api.test_methods import address, options

_BY_SHAPE = {shape(one.method, one.path): one for one in ENDPOINTS}
_CALLED = [one for one in METHODS if is_here(one) and one.name in CALLS and shape(one.method, one.path) in _BY_SHAPE]
_JSON = [one for one in _CALLED if one.group != "oauth"]
"""OAuth has errors of its own: RFC 6749."""
_GROUPS = list(dict.fromkeys(one.group for one in _JSON))
_NUMBERS = itertools.count(1)


@pytest.fixture
def network(network_with: Callable[..., Network]) -> Iterator[Network]:
    service = LibreTranslate()
    yield network_with(translate_url=service.origin)
    service.close()


def _fields(one: Endpoint) -> Iterator[tuple[str, Any, bool, str]]:
    """Walk through what the method takes: name, type, whether it must be there, and where it stands."""
    for struct, place in ((one.body, "json"), (one.query, "params")):
        if struct is not None:
            for field in msgspec.structs.fields(struct):
                yield field.encode_name, field.type, field.required, place


def _of_no_such_type(kind: Any, place: str) -> Any:
    """Return what cannot be of this type; ``None`` if there is nothing."""
    members = {member for member in _members(kind) if member is not type(None)}
    plain = {typing.get_origin(member) or member for member in members}
    if id_kind(kind) or any(id_kind(member) for member in typing.get_args(kind)) or Upload in plain:
        return None
    if any(isinstance(member, type) and issubclass(member, enum.Enum) for member in plain) or typing.Literal in plain:
        return "no such thing"
    if plain <= {int, float, bool}:
        return "no such thing"
    return {"x": 1} if place == "json" and plain == {str} else None


class _Asking:
    """A method with a call that is right, to be made wrong."""

    def __init__(self, network: Network, one: Documented) -> None:
        self.one, self.endpoint = one, _BY_SHAPE[shape(one.method, one.path)]
        self.scene = Scene(network, next(_NUMBERS))
        self.call = CALLS[one.name](self.scene)
        self.caller: Caller = self._caller()

    def _caller(self) -> Caller:
        if self.one.auth == "app":
            return self.scene.network.app_caller("read write")
        return self.scene.root if self.one.admin else self.scene.ana

    def status(self, place: str, changed: dict[str, Any]) -> tuple[int, Any]:
        sent = {**options(self.call), place: changed}
        if place == "json" and "files" in sent:
            sent["data"] = sent.pop("json")
        answer = self.caller.call(self.one.method, address(self.one, self.call), None, **sent)
        return answer.status_code, answer.json()

    def given(self, place: str) -> dict[str, Any]:
        return dict(self.call.get(place, {}))


def _names(told: Any, field: str) -> bool:
    details = told.get("details", {})
    return bool(details) and next(iter(details)).split("[")[0].split(".")[0] == field and field in told["error"]


def _collected(network: Network, group: str, look: Callable[[_Asking], Iterator[str]]) -> list[str]:
    return [wrong for one in _JSON if one.group == group for wrong in look(_Asking(network, one))]


@pytest.mark.parametrize("group", _GROUPS)
def test_a_field_of_the_wrong_type_is_named(network: Network, group: str) -> None:
    def look(asking: _Asking) -> Iterator[str]:
        for name, kind, _, place in _fields(asking.endpoint):
            wrong = _of_no_such_type(kind, place)
            if wrong is None or (isinstance(wrong, dict) and "files" in asking.call):
                continue  # multipart knows text only
            status, told = asking.status(place, {**asking.given(place), name: wrong})
            if status != 422 or not _names(told, name):
                yield f"{asking.one.name} {name}={wrong!r}: {status} {told}"

    assert _collected(network, group, look) == []


@pytest.mark.parametrize("group", _GROUPS)
def test_a_field_that_is_missing_is_named(network: Network, group: str) -> None:
    def look(asking: _Asking) -> Iterator[str]:
        for name, kind, required, place in _fields(asking.endpoint):
            if not required or Upload in _members(kind):
                continue
            given = {key: value for key, value in asking.given(place).items() if key.removesuffix("[]") != name}
            if place == "json" and "params" in asking.call:
                continue  # the body of a DELETE stands in the query there
            status, told = asking.status(place, given)
            if status != 422 or not _names(told, name):
                yield f"{asking.one.name} without {name}: {status} {told}"

    assert _collected(network, group, look) == []


_LONG = "x" * 70_000
_TAKEN = {
    "DELETE /api/v1/domain_blocks domain": "what is not blocked need not be unblocked",
    "POST /api/v1/admin/accounts/:id/action warning_preset_id": "there are no presets; old apps send it",
    "POST /api/v1/admin/canonical_email_blocks canonical_email_hash": "not looked at beside an address",
    "POST /api/v1/admin/canonical_email_blocks/test email": "a question, which changes nothing",
    "POST /api/v1/statuses language": "what is no language is passed over, as on Mastodon",
    "PUT /api/v1/statuses/:id language": "the same",
}
"""``METHOD path field`` → why a value of any length is no error."""
_NOT_TRANSLATED = "POST /api/v1/statuses/:id/translate lang"
"""403, as for every language into which nothing is translated."""


@pytest.mark.parametrize("group", _GROUPS)
def test_what_is_too_long_is_refused_by_the_field_that_was_sent(network: Network, group: str) -> None:
    def look(asking: _Asking) -> Iterator[str]:
        for name, kind, _, place in _fields(asking.endpoint):
            if place != "json" or str not in _members(kind) or id_kind(kind):
                continue
            called = f"{asking.one.name} {name}"
            status, told = asking.status(place, {**asking.given(place), name: _LONG})
            if called in _TAKEN or called == _NOT_TRANSLATED:
                if status != (200 if called in _TAKEN else 403):
                    yield f"{called}: {status} {told}, and stands among what is taken"
            elif status != 422 or not _names(told, name) or len(told["error"]) > 300:
                yield f"{called}: {status} {str(told)[:300]}"

    assert _collected(network, group, look) == []


@pytest.mark.parametrize("group", _GROUPS)
def test_an_id_that_nobody_has_is_not_found(network: Network, group: str) -> None:
    def look(asking: _Asking) -> Iterator[str]:
        for name, kind in asking.endpoint.path_params.items():
            if id_kind(kind) is None:
                continue
            path = asking.endpoint.path
            for other in asking.endpoint.path_params:
                path = path.replace(f"{{{other}}}", "1" * 31)
            answer = asking.caller.call(asking.one.method, path, None, **options(asking.call))
            if (answer.status_code, answer.json()) != (404, {"error": "Record not found"}):
                yield f"{asking.one.name} {name}: {answer.status_code} {answer.text}"

    assert _collected(network, group, look) == []


@pytest.mark.parametrize("group", _GROUPS)
def test_who_asks_too_often_is_told_when_to_come_again(network: Network, group: str) -> None:
    once = dict.fromkeys(RATES, Rate(1, 300))

    def look(asking: _Asking) -> Iterator[str]:
        site, before = network.site, network.site.limits
        site.limits = Limits(rates=once)
        try:
            for _ in range(2):
                answer = asking.caller.call(
                    asking.one.method, address(asking.one, asking.call), None, **options(asking.call)
                )
        finally:
            site.limits = before
        headers = {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"}
        if answer.status_code != 429 or not headers <= set(answer.headers) or set(answer.json()) != {"error"}:
            yield f"{asking.one.name}: {answer.status_code} {answer.text} {sorted(answer.headers)}"

    assert _collected(network, group, look) == []


_EXTREMES = (2**63 - 1, -(2**63), -1, 0)


def _is_number(kind: Any) -> bool:
    return int in _members(kind) and not id_kind(kind)


_NUMBERED = [
    group
    for group in _GROUPS
    if any(
        _is_number(kind)
        for one in _JSON
        if one.group == group
        for _, kind, _, _ in _fields(_BY_SHAPE[shape(one.method, one.path)])
    )
]


@pytest.mark.parametrize("group", _NUMBERED)
def test_no_number_is_a_fault(network: Network, group: str) -> None:
    """The largest and the smallest that are numbers at all: what is made of them must still be one for a database."""

    def look(asking: _Asking) -> Iterator[str]:
        for name, kind, _, place in _fields(asking.endpoint):
            if not _is_number(kind):
                continue
            for number in _EXTREMES:
                status, told = asking.status(place, {**asking.given(place), name: number})
                if status >= 500 or (status == 422 and not _names(told, name)):
                    yield f"{asking.one.name} {name}={number}: {status} {told}"

    assert _collected(network, group, look) == []


def test_nobody_pages_through_all_accounts_by_their_names(network: Network) -> None:
    ana = network.member("ana")
    for n in range(3):
        network.member(f"oak{n}")
    for path, shown in (("/api/v1/accounts/search", list), ("/api/v2/search", lambda found: found["accounts"])):
        assert len(shown(ana.get(path, q="oak", offset=1))) == 2
        for far in (400, 10**9, 2**63 - 1):
            assert shown(ana.get(path, q="oak", offset=far)) == []


def test_a_name_longer_than_any_is_refused_before_it_is_prepared(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Preparing it (RFC 3490) takes a time that grows with the square of its length: 20 seconds for a megabyte."""
    prepared: list[int] = []
    real = encodings.idna.nameprep

    def noted(label: str) -> str:
        prepared.append(len(label))
        return real(label)

    monkeypatch.setattr(encodings.idna, "nameprep", noted)
    scene = Scene(network, next(_NUMBERS))
    long = "ﷺ" * 5_000
    profile = "/api/v1/accounts/update_credentials"
    for caller, method, path, body in (
        (scene.ana, "POST", "/api/v1/domain_blocks", {"domain": long}),
        (scene.ana, "PATCH", profile, {"attribution_domains": [long]}),
        (scene.ana, "PATCH", profile, {"attribution_domains": [f"é{n}.example" for n in range(101)]}),
        (scene.root, "POST", "/api/v1/admin/domain_blocks", {"domain": long}),
    ):
        told = caller.call(method, path, 422, json=body).json()
        assert next(iter(body)) in told["error"]
    assert prepared == []
    scene.ana.post("/api/v1/domain_blocks", domain="far.éxample")
    assert max(prepared) < 20
