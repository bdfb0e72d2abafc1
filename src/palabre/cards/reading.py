"""What a page says of itself, in OpenGraph and in plain HTML. Pure. A stranger wrote it: all is text, cut short."""

from __future__ import annotations

import codecs
import contextlib
import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from palabre.cards.model import Reading

_TITLE, _DESCRIPTION, _NAME = 200, 400, 100
_LONGEST_CHARSET = 40
_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_OF_THE_WEB = re.compile(
    r"utf-(?:8|16|16-le|16-be)|utf_8_sig|ascii|iso8859-\d+|cp(?:125\d|866|874|932|949)|koi8-[ru]|mac-(?:roman|cyrillic)"
    r"|tis-620|gbk|gb18030|gb2312|big5|big5hkscs|euc_jp|euc_kr|iso2022_jp|shift_jis"
)
"""Encodings that browsers know (WHATWG), by the names that Python has for them.

Others are no text of a page, and some take minutes for a mebibyte: Punycode, which is quadratic.
"""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)?)?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_HANDLE = re.compile(r"[a-z0-9_]{1,30}@[a-z0-9.:-]{1,260}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class _Head(HTMLParser):
    """Collects what stands in the head of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, str] = {}
        self.title: list[str] = []
        self.language = ""
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "html":
            self.language = self.language or dict(attrs).get("lang") or ""
        elif tag == "title":
            self._in_title = not self.title
        elif tag == "meta":
            given = {name: value or "" for name, value in attrs}
            name = (given.get("property") or given.get("name") or "").strip().lower()
            if name and given.get("content"):
                self.meta.setdefault(name, given["content"])

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)


def decoded(body: bytes, charset: str | None) -> str:
    """Return the text of a page: in the charset that its server names, else that it names itself, else UTF-8."""
    named = _CHARSET.search(body[:4_096])
    for each in (charset, named[1].decode("ascii", "replace") if named else None):
        if each and _is_of_the_web(each):
            return body.decode(each, "replace")
    return body.decode("utf-8", "replace")


def _is_of_the_web(charset: str) -> bool:
    if len(charset) > _LONGEST_CHARSET:  # what Python does not know it remembers
        return False
    try:
        return _OF_THE_WEB.fullmatch(codecs.lookup(charset).name) is not None
    except (LookupError, ValueError):
        return False


def feed(reader: HTMLParser, text: str) -> None:
    """Have ``reader`` read a page once, as far as it is whole: what begins at the end and never ends is not read.

    The parser is never closed: closing it searches the whole rest for an end again at every ``<``, which is minutes
    for a mebibyte of comments that only begin. Declarations that no parser knows end the reading.
    """
    with contextlib.suppress(AssertionError):
        reader.feed(text)


def read_card(body: bytes, charset: str | None, url: str) -> Reading | None:
    """Read what the page at ``url`` says of itself; ``None`` if it has no title."""
    text = decoded(body, charset)
    head = _Head()
    end = re.search(r"</head\s*>|<body[\s>]", text, re.IGNORECASE)
    feed(head, text[: end.start()] if end else text)
    meta = head.meta
    title = _tidy(meta.get("og:title") or meta.get("twitter:title") or "".join(head.title), _TITLE)
    if not title:
        return None
    published = meta.get("article:published_time", "").strip()
    image = _joined(url, (meta.get("og:image:secure_url") or meta.get("og:image") or "").strip())
    return Reading(
        title=title,
        description=_tidy(
            meta.get("og:description") or meta.get("twitter:description") or meta.get("description", ""), _DESCRIPTION
        ),
        author=_tidy(meta.get("author") or "", _NAME),
        provider=_tidy(meta.get("og:site_name") or urlsplit(url).hostname or "", _NAME),
        language=_language(head.language or meta.get("og:locale", "")),
        creator=_creator(meta.get("fediverse:creator", "")),
        published=published if _INSTANT.fullmatch(published) else None,
        image_url=image if image != url and image.startswith(("https://", "http://")) else None,
        image_description=_tidy(meta.get("og:image:alt", ""), _DESCRIPTION),
    )


def _joined(url: str, link: str) -> str:
    try:
        return urljoin(url, link)
    except ValueError:  # it is no address at all: "http://["
        return url


def _language(named: str) -> str | None:
    code = named.strip().replace("_", "-")
    return code if _LANGUAGE.fullmatch(code) else None


def _creator(named: str) -> str | None:
    handle = named.strip().removeprefix("@").lower()
    return handle if _HANDLE.fullmatch(handle) else None


def _tidy(text: str, most: int) -> str:
    line = " ".join(_UNSEEN.sub(" ", text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
