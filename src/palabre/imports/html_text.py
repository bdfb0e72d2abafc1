"""Turns the HTML of a post, as fediverse servers write it, back into the text that its author typed."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

_TOKEN = re.compile(r"<![^<>]*+>|<(/?)([a-zA-Z][a-zA-Z0-9]*+)((?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>")
_ATTRIBUTE = re.compile(r"(?<![a-zA-Z-])([a-zA-Z-]++)\s*+=\s*+(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]++))")
_BLOCKS = frozenset({"p", "div", "blockquote", "ul", "ol", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "table"})
_BLANKS = re.compile(r"[ \t\r\n\f]+")
_HIDDEN = frozenset({"script", "style", "template"})

MentionNamer = Callable[[str, str], str]
"""(text of the link, its address) → ``@name@domain``."""


def plain_text(source: str, name_mention: MentionNamer) -> str:
    """Write ``source`` as plain text.

    Paragraphs are parted by an empty line. A link becomes its address, since that is what was typed, with its
    words before it where it had words of its own. A mention becomes what ``name_mention`` makes of it.
    """
    writer = _Writer(name_mention)
    at = 0
    for token in _TOKEN.finditer(source):
        writer.text(source[at : token.start()])
        at = token.end()
        if token[2]:
            writer.tag(token[2].lower(), closing=token[1] == "/", attributes=token[3])
    writer.text(source[at:])
    return writer.written()


class _Writer:
    def __init__(self, name_mention: MentionNamer) -> None:
        self._parts: list[str] = []
        self._name_mention = name_mention
        self._breaks = 0
        self._verbatim = 0
        self._hidden = ""
        self._link: tuple[str, str] | None = None
        self._link_parts: list[str] = []

    def text(self, raw: str) -> None:
        if not raw or self._hidden:
            return
        words = html.unescape(raw)
        if not self._verbatim:
            words = _BLANKS.sub(" ", words)
        if self._link is not None:
            self._link_parts.append(words)
        else:
            self._write(words)

    def _write(self, words: str) -> None:
        if self._breaks or not self._parts:
            words = words if self._verbatim else words.lstrip(" ")
            if not words:
                return
            if self._parts:
                self._parts.append("\n" * self._breaks)
            self._breaks = 0
        self._parts.append(words)

    def tag(self, name: str, *, closing: bool, attributes: str) -> None:
        if self._hidden:
            if closing and name == self._hidden:
                self._hidden = ""
        elif name in _HIDDEN and not closing:
            self._hidden = name
        elif name == "a":
            self._end_link()
            if not closing:
                found = {k.lower(): a or b or c for k, a, b, c in _ATTRIBUTE.findall(attributes)}
                self._link = (html.unescape(found.get("href", "")), found.get("class", ""))
        elif name == "br":
            self._breaks += bool(self._parts) and self._link is None
        elif name in _BLOCKS:
            self._end_link()
            self._breaks = max(self._breaks, 2)
            self._verbatim = max(0, self._verbatim + (-1 if closing else 1)) if name == "pre" else self._verbatim
        elif name == "li" and not closing:
            self._breaks = max(self._breaks, 1)
            self._write("• ")

    def _end_link(self) -> None:
        if self._link is None:
            return
        (address, classes), self._link = self._link, None
        words = "".join(self._link_parts).strip()
        self._link_parts = []
        kinds = classes.split()
        if "hashtag" in kinds or words.startswith("#"):
            self._write(words)
        elif "mention" in kinds or words.startswith("@"):
            self._write(self._name_mention(words, address))
        else:
            self._write(_link_text(words, address))

    def written(self) -> str:
        self._end_link()
        return "\n".join(line.rstrip(" ") for line in "".join(self._parts).split("\n")).strip()


def _link_text(words: str, address: str) -> str:
    if not address.startswith(("https://", "http://")):
        return words
    shown = words.removesuffix("…")
    if not shown or shown in address or words == address:
        return address
    return f"{words} ({address})"
