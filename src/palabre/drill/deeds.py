"""What members do, over HTTP: sign up, sign in, read, post, follow; each with the time it took."""

from __future__ import annotations

import http.client
import http.cookiejar
import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec

from palabre import clock

_SECONDS = 60.0
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_PASSWORD = "a long pass phrase of five words"  # noqa: S105 - of members who live for a minute


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a member did."""

    what: str
    good: bool
    seconds: float
    said: str = ""
    """What the member was told, if it did not work."""


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: that a form was taken shows in the redirect itself."""


class Visitor:
    """A browser without scripts, and an app in one."""

    def __init__(self, port: int, token: str = "") -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._origin = f"http://localhost:{port}"
        self._token = token
        self._jar = http.cookiejar.CookieJar()
        no_proxy = urllib.request.ProxyHandler({})
        cookies = urllib.request.HTTPCookieProcessor(self._jar)
        self._opener = urllib.request.build_opener(no_proxy, cookies, _Stay())

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and text of an answer; 0 and the reason if there is none."""
        headers = {"Origin": self._origin, "Accept-Language": "en"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(self._base + path, data=body, method=method, headers=headers)  # noqa: S310
        try:
            with self._opener.open(request, timeout=_SECONDS) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error) or type(error).__name__

    def send_form(self, page: str, form: dict[str, str]) -> tuple[int, str]:
        """Load a page and send its form."""
        status, text = self.ask("GET", page)
        token = _CSRF.search(text)
        if status != 200 or token is None:
            return status, text
        return self.ask("POST", page, {"csrf": token[1], **form})


def do_everything(port: int, token: str, number: int) -> list[Deed]:
    """Let a newcomer arrive, and let a member (``token``) read, post and follow the newcomer."""
    name = f"newcomer{number}"
    newcomer, again, member = Visitor(port), Visitor(port), Visitor(port, token)

    def follow() -> tuple[int, str]:
        status, text = member.ask("GET", f"/api/v1/accounts/lookup?acct={name}")
        if status != 200:
            return status, text
        return member.ask("POST", f"/api/v1/accounts/{json.loads(text)['id']}/follow", {})

    acts: list[tuple[str, Callable[[], tuple[int, str]]]] = [
        ("sign up", lambda: newcomer.send_form("/auth/sign_up", {"username": name, "password": _PASSWORD})),
        ("sign in", lambda: again.send_form("/auth/sign_in", {"name": name, "password": _PASSWORD})),
        ("read", lambda: member.ask("GET", "/api/v1/timelines/home")),
        ("post", lambda: member.ask("POST", "/api/v1/statuses", {"status": f"words {number}"})),
        ("follow", follow),
    ]
    done = []
    for what, act in acts:
        began = clock.monotonic()
        status, text = act()
        seconds = round(clock.monotonic() - began, 3)
        good = status in {200, 303}
        done.append(Deed(what=what, good=good, seconds=seconds, said="" if good else f"{status} {text[:300]}"))
    return done
