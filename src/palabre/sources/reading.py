"""Reads RSS 2.0 (and 0.9x, 1.0) and Atom, whoever wrote them: bounded, without a DTD, nothing fetched. Pure.

Expat reads the XML. A DOCTYPE is refused before anything of it is looked at, so there are no entities but XML's own
five: neither files nor other hosts can be named, and nothing can be multiplied.
"""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from html import unescape
from urllib.parse import urljoin, urlsplit
from xml.parsers import expat

from palabre.clock import from_datetime
from palabre.markup.render import plain_text
from palabre.sources.errors import FeedUnreadable
from palabre.sources.model import Entry, Feed

MOST_BYTES = 2 * 1024 * 1024
"""Bytes of a feed."""
MOST_ENTRIES = 200
_MOST_ELEMENTS = 50_000
_MOST_DEPTH = 40
_MOST_TEXT = 65_536
_LONGEST_LINK = 2_000
_LONGEST_GUID = 2_000
_LONGEST_TITLE = 500
_ATOM = "http://www.w3.org/2005/Atom "
_RSS_SPACES = (
    "",
    "http://purl.org/rss/1.0/ ",
    "http://purl.org/rss/1.0/modules/rss091# ",
    "http://backend.userland.com/rss2 ",
)
_DC = "http://purl.org/dc/elements/1.1/ "
_RDF_ABOUT = "http://www.w3.org/1999/02/22-rdf-syntax-ns# about"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?=$|[-_])")
_MARKUP = re.compile(r"<[a-z/!][^<>]*>", re.IGNORECASE)
_ITEMS = frozenset({"item", "entry"})
_CONTAINERS = frozenset({"channel", "feed", "item", "entry"})


class _Item:
    """What is gathered of one entry, or of the feed itself."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.link = ""

    def keep(self, name: str, text: str, kind: str) -> None:
        """Keep the first of each."""
        if name not in self.texts and text.strip():
            self.texts[name] = text
            self.kinds[name] = kind


class _Reader:
    """Expat's handlers."""

    def __init__(self) -> None:
        self.feed = _Item()
        self.items: list[_Item] = []
        self._path: list[str] = []
        self._text: list[str] = []
        self._length = 0
        self._elements = 0
        self._kind = ""
        self._in: _Item | None = None
        self.known = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin an element."""
        self._elements += 1
        local = self._local(name)
        self._path.append(local)
        if self._elements > _MOST_ELEMENTS or len(self._path) > _MOST_DEPTH:
            raise FeedUnreadable(field="url")
        if len(self._path) == 1:
            self.known = local in {"rss", "RDF", "feed"}
        if local in _ITEMS and len(self.items) < MOST_ENTRIES + 1:
            self._in = _Item()
            self.items.append(self._in)
            self._in.keep("about", attributes.get(_RDF_ABOUT, ""), "")
        if self._direct():
            self._text, self._length = [], 0
            self._kind = attributes.get("type", "") if name.startswith(_ATOM) else "rss"
        if local == "link" and name.startswith(_ATOM) and "href" in attributes:
            here = self._in or self.feed
            if attributes.get("rel", "alternate") == "alternate" and not here.link and self._direct():
                here.link = attributes["href"]

    def text(self, data: str) -> None:
        """Go on with the text of an element."""
        room = _MOST_TEXT - self._length
        self._length += len(data)
        if room > 0:
            self._text.append(data[:room])

    def end(self, _name: str) -> None:
        """End an element."""
        local = self._path.pop()
        if local in _ITEMS:
            self._in = None
        elif self._path and self._path[-1] in _CONTAINERS:
            (self._in or self.feed).keep(local, "".join(self._text), self._kind)
            self._text, self._length = [], 0

    def _direct(self) -> bool:
        """Whether the element stands right below the feed or an entry; the text of those further below is its own."""
        return len(self._path) > 1 and self._path[-2] in _CONTAINERS

    @staticmethod
    def _local(name: str) -> str:
        space, _, local = name.rpartition(" ")
        space = f"{space} " if space else ""
        if space == _DC:
            return f"dc:{local}"
        if space == _ATOM or space in _RSS_SPACES or local == "RDF":
            return local
        return f"other:{local}"


def _refuse(*_: object) -> None:
    raise FeedUnreadable(field="url")


def read_feed(body: bytes, charset: str | None, url: str) -> Feed:
    """Read a feed.

    Args:
        body: as it was fetched.
        charset: what its server said of the encoding; it wins over what the document says (RFC 7303).
        url: where it was fetched, which relative links begin at.

    Raises:
        FeedUnreadable: it is none, or holds what no feed needs.

    """
    if len(body) > MOST_BYTES:
        raise FeedUnreadable(field="url")
    reader = _Reader()
    try:
        parser = expat.ParserCreate(charset or None, namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.ExternalEntityRefHandler = None
        parser.StartElementHandler = reader.start
        parser.EndElementHandler = reader.end
        parser.CharacterDataHandler = reader.text
        parser.Parse(body, True)  # noqa: FBT003 - expat's own signature
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise FeedUnreadable(field="url") from error
    if not reader.known:
        raise FeedUnreadable(field="url")
    of_feed = reader.feed
    language = _LANGUAGE.match(of_feed.texts.get("language", of_feed.texts.get("dc:language", "")).strip())
    entries = (_entry(item, url) for item in reader.items[:MOST_ENTRIES])
    return Feed(
        title=_line(of_feed, "title")[:_LONGEST_TITLE],
        language=language[0].lower() if language else None,
        entries=tuple(entry for entry in entries if entry is not None),
    )


def _plain(item: _Item, name: str) -> str:
    """Return a text without markup, whichever way it was written."""
    text, kind = item.texts.get(name, ""), item.kinds.get(name, "")
    if kind == "html" or (kind == "rss" and _MARKUP.search(text)):
        return plain_text(text)
    return unescape(text) if kind == "rss" else text


def _line(item: _Item, *names: str) -> str:
    return next((line for name in names if (line := " ".join(_plain(item, name).split()))), "")


def _entry(item: _Item, url: str) -> Entry | None:
    texts = item.texts
    named = (item.link or texts.get("link", "")).strip()
    link = _web(_joined(url, named)) if named else ""
    guid = (texts.get("guid") or texts.get("id") or texts.get("about") or link or "").strip()
    title, summary = _line(item, "title"), _line(item, "description", "summary", "content")
    if not link and texts.get("guid", "").startswith(("http://", "https://")):
        link = _web(texts["guid"].strip())
    guid = guid or f"{title}\n{texts.get('pubDate', '')}".strip()
    if not guid or not (title or summary or link):
        return None
    dates = (texts.get(name, "") for name in ("pubDate", "published", "dc:date", "updated"))
    return Entry(
        guid=guid[:_LONGEST_GUID],
        title=title[:_LONGEST_TITLE],
        summary=summary[:_LONGEST_TITLE],
        link=link,
        published=next((at for date in dates if date and (at := _moment(date)) is not None), None),
    )


def _joined(url: str, link: str) -> str:
    try:
        return urljoin(url, link)
    except ValueError:
        return ""


def _web(link: str) -> str:
    """Return ``link`` if it is an address of the web."""
    try:
        parts = urlsplit(link)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.username is None
    except ValueError:
        return ""
    unclean = any(character <= " " or character == "\x7f" for character in link)
    return link if good and not unclean and len(link) <= _LONGEST_LINK else ""


def _moment(text: str) -> int | None:
    """Read a date of RFC 822 or RFC 3339."""
    text = text.strip()[:100]
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            return from_datetime(read(text))
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
    return None
