"""A browser without JavaScript: follows links, keeps cookies, fills in forms and presses their buttons."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx

from running import Person, RunningServer

_BOUNDARY = "----a-browser-without-a-script"
_UNTYPED = {"submit", "image", "reset", "button"}


@dataclass
class Button:
    """A button that sends its form."""

    action: str
    """Where it sends the form, if not where the form says."""
    name: str = ""
    value: str = ""


@dataclass
class Form:
    """A form as it stands on a page, with what it would send if nobody changed anything."""

    action: str
    method: str
    encoding: str
    values: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """Names of the fields that take a file."""
    buttons: list[Button] = field(default_factory=list)


class _Forms(HTMLParser):
    """Reads forms as browsers do: unticked boxes, closed menus and disabled fields included."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._open: Form | None = None
        self._area: str | None = None
        self._written = ""
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "form":
            encoding = about.get("enctype", "application/x-www-form-urlencoded")
            self._open = Form(about.get("action", ""), about.get("method", "get").upper(), encoding)
            self.found.append(self._open)
        elif self._open is None or "disabled" in about:
            return
        elif tag == "input":
            self._input(self._open, about)
        elif tag == "button" and about.get("type", "submit") == "submit":
            pressed = Button(about.get("formaction", ""), about.get("name", ""), about.get("value", ""))
            self._open.buttons.append(pressed)
        elif tag == "textarea":
            self._area, self._written = about.get("name", ""), ""
        elif tag == "select":
            self._select, self._options = about.get("name", ""), []
        elif tag == "option":
            self._options.append((about.get("value", ""), "selected" in about))

    def _input(self, form: Form, about: Mapping[str, str]) -> None:
        name, kind = about.get("name", ""), about.get("type", "text")
        if not name or kind in _UNTYPED:
            return
        if kind == "file":
            form.files.append(name)
        elif kind not in {"checkbox", "radio"} or "checked" in about:
            form.values.append((name, about.get("value", "on" if kind in {"checkbox", "radio"} else "")))

    def handle_data(self, data: str) -> None:
        self._written += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif self._open is None:
            return
        elif tag == "textarea" and self._area:
            self._open.values.append((self._area, self._written.removeprefix("\n")))
            self._area = None
        elif tag == "select" and self._select and self._options:
            chosen = next((value for value, selected in self._options if selected), self._options[0][0])
            self._open.values.append((self._select, chosen))
            self._select = None


def forms_of(page: str) -> list[Form]:
    """Return all forms of a page."""
    parser = _Forms()
    parser.feed(page)
    return parser.found


class PlainBrowser:
    """Somebody's browser."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.client = server.client()
        self.page = httpx.Response(200)

    def open(self, url: str) -> httpx.Response:
        """Go to an address and follow redirects on this network, not those that lead away."""
        return self._land(self.client.get(url, headers={"Accept": "text/html"}))

    @property
    def words(self) -> str:
        """What the page says, without its tags."""
        visible = re.sub(r"<(script|style)\b.*?</\1>", " ", self.page.text, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", visible)).split())

    def leads_to(self, pattern: str) -> str:
        """Return the first address that a form or button of this page sends to and ``pattern`` matches whole."""
        actions = [each for form in forms_of(self.page.text) for each in _actions(form)]
        found = [action for action in actions if re.fullmatch(pattern, action)]
        assert found, f"nothing leads to {pattern}: {sorted(set(actions))}"
        return found[0]

    def submit(
        self, action: str, *, files: Mapping[str, tuple[str, bytes, str]] | None = None, **values: Any
    ) -> httpx.Response:
        """Fill in the form of this page that leads to ``action``, and send it with the button that leads there.

        What is not named in ``values`` goes as it stands; ``None`` leaves a field out, as an unticked box is, and a
        list sends several. ``files``: field → name, content, type.
        """
        form, pressed = self._found(action)
        sent = [(name, value) for name, value in form.values if name not in values]
        if pressed.name and pressed.name not in values:
            sent.append((pressed.name, pressed.value))
        for name, value in values.items():
            listed = value if isinstance(value, list) else [] if value is None else [value]
            sent += [(name, str(each)) for each in listed]
        return self._send(form, pressed.action or form.action, sent, files or {})

    def _found(self, action: str) -> tuple[Form, Button]:
        forms = forms_of(self.page.text)
        for fits in (str.__eq__, str.startswith):
            for form in forms:
                for button in form.buttons:
                    if button.action and fits(button.action, action):
                        return form, button
                if fits(form.action, action):
                    plain = [each for each in form.buttons if not each.name and not each.action]
                    return form, plain[0] if plain else Button("")
        raise AssertionError(
            f"no form to {action} among {sorted({each for form in forms for each in _actions(form)})}"
        )

    def _send(
        self, form: Form, action: str, sent: list[tuple[str, str]], files: Mapping[str, tuple[str, bytes, str]]
    ) -> httpx.Response:
        here = str(self.page.url)
        headers = {"Accept": "text/html", "Origin": self.server.base_url, "Referer": here}
        target = urljoin(here, action)
        if form.method == "GET":
            return self._land(self.client.get(target, params=sent, headers=headers))
        if form.encoding != "multipart/form-data":
            assert not files, "this form takes no files"
            body = str(httpx.QueryParams(sent)).encode()
            return self._land(
                self.client.post(target, content=body, headers={**headers, "Content-Type": form.encoding})
            )
        chosen = {name: files.get(name, ("", b"", "application/octet-stream")) for name in form.files}
        assert set(files) <= set(chosen), "this form takes no such file"
        headers["Content-Type"] = f"multipart/form-data; boundary={_BOUNDARY}"
        return self._land(self.client.post(target, content=_multipart(sent, chosen), headers=headers))

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


def _actions(form: Form) -> list[str]:
    return [form.action, *(each.action for each in form.buttons if each.action)]


def _multipart(sent: list[tuple[str, str]], files: Mapping[str, tuple[str, bytes, str]]) -> bytes:
    """Write a body as browsers do: a field for a file that nobody chose is sent with an empty name."""
    parts = []
    for name, value in sent:
        head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
        parts.append(head.encode() + "\r\n".join(value.splitlines()).encode() + b"\r\n")
    for name, (filename, content, kind) in files.items():
        head = (
            f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        )
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{_BOUNDARY}--\r\n".encode()
