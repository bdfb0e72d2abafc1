"""A browser without a screen, for tests: keeps cookies, finds the token of a form, sends forms as a person would."""

from __future__ import annotations

import re
from typing import Any

import httpx

from running import Person, RunningServer

_TOKEN = re.compile(r'name="csrf" value="([^"]*)"')
PASSWORD = "correct horse battery"


class Browsing:
    """One browser: a visitor's, or a member's after :meth:`sign_in`."""

    def __init__(self, server: RunningServer, **options: Any) -> None:
        self.http = server.client(**options)
        self.origin = server.base_url
        self.token = ""

    def __del__(self) -> None:
        """Close the connections with the browser."""
        self.http.close()

    def get(self, path: str, **options: Any) -> httpx.Response:
        """Load a page; the token of its forms is kept."""
        answer = self.http.get(path, **options)
        if found := _TOKEN.search(answer.text):
            self.token = found[1]
        return answer

    def post(self, path: str, *, token: str | None = None, **options: Any) -> httpx.Response:
        """Send a form with the token of the page loaded last."""
        data = {"csrf": self.token if token is None else token, **options.pop("data", {})}
        return self.http.post(path, data=data, **options)

    def sign_in(self, person: Person | str, password: str = PASSWORD) -> Browsing:
        """Sign in through the form."""
        self.get("/auth/sign_in")
        name = person if isinstance(person, str) else person.username
        answer = self.post("/auth/sign_in", data={"name": name, "password": password})
        assert answer.status_code == 303, answer.text
        self.get("/settings/account")
        assert self.token
        return self

    @property
    def secret(self) -> str:
        """What the session's cookie holds."""
        return next(value for name, value in self.http.cookies.items() if name.endswith("session"))
