"""A browser without JavaScript: follows links, keeps cookies, fills in forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx

from running import Person, RunningServer


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(about.get("action", ""), about.get("method", "get").upper()))
        elif tag == "input" and self.found and about.get("name") and about.get("type") not in {"checkbox", "radio"}:
            self.found[-1].values[about["name"]] = about.get("value", "")


class PlainBrowser:
    """Somebody's browser."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.client = httpx.Client(base_url=server.base_url, timeout=30, trust_env=False)
        self.page = httpx.Response(200)

    def open(self, url: str) -> httpx.Response:
        """Go to an address and follow redirects on this network, not those that lead away."""
        return self._land(self.client.get(url, headers={"Accept": "text/html"}))

    def submit(self, action: str, **values: Any) -> httpx.Response:
        """Fill in the form of this page that leads to ``action``, and send it."""
        forms = _Forms()
        forms.feed(self.page.text)
        wanted = [form for form in forms.found if form.action.startswith(action)]
        assert wanted, f"no form to {action} among {[form.action for form in forms.found]}"
        form = wanted[0]
        here = str(self.page.url)
        headers = {"Accept": "text/html", "Origin": self.server.base_url, "Referer": here}
        sent = self.client.request(
            form.method, urljoin(here, form.action), data={**form.values, **values}, headers=headers
        )
        return self._land(sent)

    def _land(self, answer: httpx.Response) -> httpx.Response:
        seen = [str(answer.url)]
        while answer.is_redirect:
            target = urljoin(str(answer.url), answer.headers["location"])
            if not target.startswith(self.server.base_url):
                break
            assert len(seen) < 10, f"redirected in a circle: {seen}"
            seen.append(target)
            answer = self.client.get(target, headers={"Accept": "text/html"})
        self.page = answer
        return answer

    def sign_in(self, person: Person) -> None:
        """Sign in as a member who has a password."""
        self.open("/auth/sign_in")
        answer = self.submit("/auth/sign_in", name=person.username, password=person.password)
        assert answer.status_code == httpx.codes.OK, answer.text
        assert "/auth/sign_out" in answer.text or "sign_out" in answer.text

    def close(self) -> None:
        """End it."""
        self.client.close()
