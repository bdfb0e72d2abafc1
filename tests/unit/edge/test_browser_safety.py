"""Cookies, forms, redirects and headers: what keeps a browser from being turned against its owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import pytest
from starlette.responses import HTMLResponse, PlainTextResponse

from palabre.edge.answers import Answer
from palabre.edge.cookies import Cookie
from palabre.edge.csrf import CrossSite, Csrf, StaleForm
from palabre.edge.endpoint import API, Surface, endpoint_on
from palabre.edge.headers import content_policy
from palabre.edge.redirects import safe_next
from palabre.edge.request import Request
from palabre.edge.stack import Stack

OURS = "https://palabre.test"


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": raw}, None)  # type: ignore[arg-type]


# Forms --------------------------------------------------------------------------------------------------------


@pytest.fixture
def csrf() -> Csrf:
    return Csrf(b"k" * 32, [OURS])


def test_a_token_is_good_in_its_session_and_never_the_same(csrf) -> None:
    tokens = {csrf.token("s1") for _ in range(5)}
    assert len(tokens) == 5
    for token in tokens:
        csrf.check(request(origin=OURS, sec_fetch_site="same-origin"), "s1", token)
        csrf.check(request(), "s1", token)


def test_a_token_of_another_session_key_or_hand_is_stale(csrf) -> None:
    token = csrf.token("s1")
    changed = ("A" if token[-2] != "A" else "B").join([token[:-2], token[-1]])
    foreign = Csrf(b"x" * 32, [OURS]).token("s1")
    for wrong in (
        csrf.token("s2"),
        foreign,
        changed,
        token[:-5],
        token + "AAAA",
        "",
        None,
        "é" * 43,
        "=" * 60,
        "A" * 9999,
    ):
        with pytest.raises(StaleForm):
            csrf.check(request(), "s1", wrong)
    with pytest.raises(StaleForm):
        csrf.check(request(), "", csrf.token(""))


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.test"},
        {"origin": "null"},
        {"origin": "http://palabre.test"},
        {"origin": "https://palabre.test.evil.test"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": OURS},
    ],
)
def test_a_good_token_does_not_help_another_site(csrf, headers) -> None:
    with pytest.raises(CrossSite):
        csrf.check(request(**headers), "s1", csrf.token("s1"))


class Rename(msgspec.Struct):
    name: str


def test_a_surface_may_look_at_a_form_before_anybody_acts_on_it(ask, csrf) -> None:
    done: list[str] = []

    def guard(request: Request, fields: Any) -> None:
        csrf.check(request, "s1", fields.get("csrf"))

    pages = Surface(**{**{name: getattr(API, name) for name in API.__struct_fields__}, "guard": guard})

    async def rename(body: Rename) -> None:
        done.append(body.name)

    rename.__annotations__ = {"body": Rename, "return": None}
    page = endpoint_on(pages)("POST", "/rename")(rename)

    async def leave() -> None:
        done.append("left")

    leave.__annotations__ = {"return": None}
    bare = endpoint_on(pages)("POST", "/leave")(leave)
    assert ask([page], "POST", "/rename", data={"name": "a", "csrf": "x"}).status_code == 403
    assert ask([bare], "POST", "/leave").status_code == 403
    assert done == []
    assert ask([page], "POST", "/rename", data={"name": "a", "csrf": csrf.token("s1")}).status_code == 200
    assert ask([bare], "POST", "/leave", data={"csrf": csrf.token("s1")}).status_code == 200
    assert done == ["a", "left"]


# Cookies ------------------------------------------------------------------------------------------------------


def test_a_cookie_is_bound_to_its_host_over_https() -> None:
    name, value = Cookie("palabre", secure=True).set("abc-_.~1", seconds=60)
    assert name == b"set-cookie"
    assert value == b"__Host-palabre=abc-_.~1; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure"
    assert Cookie("palabre", secure=False).clear()[1] == b"palabre=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"


@pytest.mark.parametrize("value", ["a;b", "a b", "a\r\nset-cookie: x=1", 'a"', "é", "a,b"])
def test_a_cookie_takes_no_value_that_could_leave_it(value) -> None:
    with pytest.raises(ValueError, match="letters"):
        Cookie("palabre", secure=True).set(value)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("__Host-palabre=abc", "abc"),
        ("x=1; __Host-palabre=abc; y=2", "abc"),
        ("palabre=abc", None),
        ("__Host-palabre=", None),
        ("__Host-palabre=a b", None),
        ("__Host-palabre=\xff", None),
        ("__host-palabre=abc", None),
        ("garbage;;;=", None),
        ("", None),
    ],
)
def test_only_a_whole_and_plain_cookie_is_read(header, value) -> None:
    assert Cookie("palabre", secure=True).read(request(cookie=header)) == value


# Redirects ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/", "/@ana/123?before=5#top", "/search?q=a%20b%5Cc", "/tags/%C3%A9t%C3%A9"])
def test_a_path_of_ours_is_followed(url) -> None:
    assert safe_next(url, "/else") == url


@pytest.mark.parametrize(
    "url",
    [
        None, "", "home", "//evil.test", "///evil.test", "/\\evil.test", "\\\\evil.test", "https://evil.test",
        "http:/x", "/%0d%0aset-cookie:x",
        "javascript:alert(1)", "/\t/evil.test", "/\n/evil.test", "/a\r\nset-cookie: x=1", " /home", "/%2Fevil.test",
        "/%5Cevil.test", "/%09/evil.test", "/é", "data:text/html,x", "/" + "a" * 17_000, "@evil.test",
    ],
)  # fmt: skip
def test_everything_else_leads_home(url) -> None:
    assert safe_next(url, "/else") == "/else"


# Headers ------------------------------------------------------------------------------------------------------


@dataclass
class Plain:
    answer: Any

    async def __call__(self, scope, receive, send) -> None:
        await self.answer(scope, receive, send)


def test_every_answer_carries_the_strict_policy(ask) -> None:
    headers = ask(Stack(HTMLResponse("<p>"), secure=True), "GET", "/").headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;")
    for directive in ("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "worker-src 'self'"):
        assert directive in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=")
    plain = ask(Stack(HTMLResponse("<p>"), secure=False), "GET", "/").headers
    assert "strict-transport-security" not in plain


def test_a_file_says_in_fewer_words_that_it_is_no_page_and_a_page_in_its_place_is_one(ask) -> None:
    file = ask(Stack(Plain(Answer(b"{}")), secure=True), "GET", "/static/app.js").headers
    assert file["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert file["x-content-type-options"] == "nosniff"
    assert file["strict-transport-security"].startswith("max-age=")
    assert "permissions-policy" not in file
    page = ask(Stack(HTMLResponse("<p>", 404), secure=True), "GET", "/static/nothing").headers
    assert page["content-security-policy"] == content_policy()
    assert page["x-frame-options"] == "DENY"


def test_an_answer_keeps_the_headers_it_sets_itself(ask) -> None:
    own = PlainTextResponse("x", headers={"content-security-policy": "sandbox"})
    headers = ask(Stack(own, secure=True), "GET", "/").headers
    assert headers.get_list("content-security-policy") == ["sandbox"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_policy_takes_hosts_but_nothing_that_ends_a_directive() -> None:
    assert "img-src 'self' data: blob: https://media.test;" in content_policy({"img-src": ["https://media.test"]})
    for wrong in ({"img-src": ["x; script-src *"]}, {"script-src": ["a b"]}, {"nonsense": ["x"]}):
        with pytest.raises(ValueError, match="no such sources"):
            content_policy(wrong)


def test_apps_in_browsers_reach_the_api_from_anywhere_but_never_the_pages(ask) -> None:
    app = Stack(Plain(Answer(b"{}")), secure=True)
    for path in ("/api/v1/statuses", "/oauth/token", "/.well-known/webfinger", "/nodeinfo/2.0"):
        headers = ask(app, "GET", path, headers={"origin": "https://elk.test"}).headers
        assert headers["access-control-allow-origin"] == "*"
        assert "Link" in headers["access-control-expose-headers"]
        assert "access-control-allow-credentials" not in headers
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert headers["x-content-type-options"] == "nosniff"
    assert (
        "access-control-allow-origin"
        not in ask(app, "GET", "/settings", headers={"origin": "https://elk.test"}).headers
    )


def test_apps_in_browsers_may_read_the_pictures_that_they_draw(ask) -> None:
    app = Stack(Plain(Answer(b"{}")), secure=True)
    for path in ("/media/a.jpg", "/static/avatar.png"):
        for asked in ({"origin": "https://elk.test"}, {}):  # the same, for browsers keep it for who asks next
            assert ask(app, "GET", path, headers=asked).headers.get_list("access-control-allow-origin") == ["*"]


def test_a_preflight_is_answered_before_any_endpoint(ask) -> None:
    def preflight(asked: str) -> Any:
        return ask(
            Stack(Plain(None), secure=True), "OPTIONS", "/api/v1/statuses",
            headers={
                "origin": "https://elk.test", "access-control-request-method": "POST",
                "access-control-request-headers": asked,
            },
        )  # fmt: skip

    answer = preflight("authorization,idempotency-key,x-custom")
    assert answer.status_code == 204
    assert answer.headers.get_list("access-control-allow-origin") == ["*"], "said twice it is a refusal"
    assert answer.headers["access-control-allow-headers"] == "authorization,idempotency-key,x-custom"
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert "Idempotency-Key" in preflight("a b; c").headers["access-control-allow-headers"]
