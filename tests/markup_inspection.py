"""Looks through HTML for what would run, load or send something that the page did not mean to."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

_TEMPLATES = Path(__file__).parents[1] / "src" / "palabre" / "web" / "templates"
_WRITTEN = {"a", "p", "br", "span"}
"""What texts of members become."""
_ADDRESSES = {"href", "src", "action", "formaction", "poster", "data", "srcset", "xlink:href", "background", "cite"}
_IGNORED_BY_BROWSERS = re.compile(r"[\x00-\x20\x7f\u0080-\u00a0\u2028\u2029]")
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_HARMLESS = {"http:", "https:"}


def _ours() -> tuple[set[str], set[str]]:
    tags, attributes = set(_WRITTEN), {"href", "rel", "class", "target", "translate", "lang"}
    for path in (*_TEMPLATES.rglob("*.html"), _TEMPLATES.parent / "rendering.py"):
        for tag, inside in re.findall(r"<([a-z][a-z0-9]*)((?:[^<>]|\{\{.*?\}\})*)", path.read_text("utf-8")):
            tags.add(tag)
            attributes.update(re.findall(r"(?<![\w-])([a-z][a-z-]*)(?==|[ >]|$|\{)", inside))
            attributes.update(name.lower() for name in re.findall(r"([A-Za-z][A-Za-z-]*)=", inside))
    return tags, {name for name in attributes if not name.startswith("on")}


OUR_TAGS, OUR_ATTRIBUTES = _ours()


class _Looking(HTMLParser):
    def __init__(self, tags: set[str], own_origin: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self._tags = tags
        self._own = own_origin
        self._script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._tags:
            self.wrong.append(f"<{tag}>")
        for name, value in attrs:
            self._look(tag, name, value or "")
        if tag == "script":
            self._script = True
            source = dict(attrs).get("src") or ""
            if not source.startswith("/static/"):
                self.wrong.append(f"<script src={source!r}>")

    def _look(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or name in {"style", "srcdoc", "http-equiv", "nonce", "ping"}:
            self.wrong.append(f"<{tag} {name}={value!r}>")
        if name not in OUR_ATTRIBUTES and not name.startswith(("data-", "aria-", "hx-")):
            self.wrong.append(f"<{tag} {name}>")
        if name in _ADDRESSES:
            address = _IGNORED_BY_BROWSERS.sub("", value)
            scheme = _SCHEME.match(address)
            if scheme and scheme[0].lower() not in _HARMLESS:
                self.wrong.append(f"<{tag} {name}={value!r}>")
            if name in {"action", "formaction"} and (not address.startswith("/") or address[1:2] in {"/", "\\"}):
                self.wrong.append(f"<{tag} {name}={value!r}> leads away")
            loads = name in {"src", "action", "poster", "srcset"} or tag == "link"
            if loads and scheme and not address.startswith((self._own, "https://example.")):
                self.wrong.append(f"<{tag} {name}={value!r}> from elsewhere")
            if loads and address.startswith(("//", "/\\", "\\")):
                self.wrong.append(f"<{tag} {name}={value!r}> from elsewhere")

    def handle_data(self, data: str) -> None:
        if self._script and data.strip():
            self.wrong.append(f"script: {data[:80]!r}")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = False

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"<!--{data[:40]}-->")

    def unknown_decl(self, data: str) -> None:
        self.wrong.append(f"<![{data[:40]}")

    def handle_pi(self, data: str) -> None:
        self.wrong.append(f"<?{data[:40]}")


def wrong_in_page(html: str, own_origin: str = "http://127.0.0.1") -> list[str]:
    """List what has no business in one of our pages."""
    looking = _Looking(OUR_TAGS, own_origin)
    looking.feed(html)
    looking.close()
    return looking.wrong


def wrong_in_text(html: str, own_origin: str = "http://127.0.0.1") -> list[str]:
    """List what has no business in the HTML of a member's text, as the API gives it."""
    looking = _Looking(_WRITTEN, own_origin)
    looking.feed(html)
    looking.close()
    return looking.wrong
