"""Feeds as documents: RSS 2.0 with Media RSS, and Atom (RFC 4287). Pure; every text is escaped here.

Sources: the RSS 2.0 specification of the RSS Advisory Board and its best practices (one enclosure an item, all
others as ``media:content``), RFC 4287, and XML 1.0 section 2.2 for the characters that no document may hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import msgspec

from palabre.clock import Instant, iso
from palabre.edge.conditional import http_date

_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
_GENERATOR = "Palabre"
_RSS = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
)


class Enclosure(msgspec.Struct, frozen=True, kw_only=True):
    """A file of an item."""

    url: str
    mime: str
    size: int
    """Bytes."""
    description: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a feed."""

    uri: str
    """What names it for ever."""
    url: str
    title: str
    html: str
    """Sanitised already."""
    author: str
    author_url: str
    published: Instant
    updated: Instant
    language: str | None = None
    adult: bool = False
    hashtags: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed says of itself."""

    uri: str
    title: str
    description: str
    url: str
    """The page that shows the same."""
    feed: str
    """The feed itself."""
    author: str
    updated: Instant
    picture: str | None = None


def _text(value: str) -> str:
    """Escape ``value`` for an element or an attribute; characters that XML cannot hold become ``U+FFFD``."""
    return escape(_NO_CHARACTER.sub("\ufffd", value))


def _element(name: str, value: str, **attributes: str) -> str:
    return f"<{name}{_attributes(attributes)}>{_text(value)}</{name}>"


def _empty(name: str, **attributes: str) -> str:
    return f"<{name}{_attributes(attributes)}/>"


def _attributes(given: dict[str, str]) -> str:
    return "".join(f' {name.replace("__", ":")}="{_text(value)}"' for name, value in given.items())


# RSS 2.0 ----------------------------------------------------------------------------------------------------


def rss(channel: Channel, items: Sequence[Item]) -> bytes:
    """Write a feed as RSS 2.0."""
    pieces = [
        f"{_HEAD}{_RSS}\n<channel>",
        _element("title", channel.title),
        _element("link", channel.url),
        _element("description", channel.description),
        _empty("atom:link", rel="self", type="application/rss+xml", href=channel.feed),
        _element("lastBuildDate", http_date(channel.updated)),
        _element("generator", _GENERATOR),
    ]
    if channel.picture:
        picture = (_element("url", channel.picture), _element("title", channel.title), _element("link", channel.url))
        pieces.append(f"<image>{''.join(picture)}</image>")
    pieces += [f"<item>{''.join(_rss_item(item))}</item>" for item in items]
    pieces.append("</channel>\n</rss>\n")
    return "\n".join(pieces).encode()


def _rss_item(item: Item) -> list[str]:
    pieces = [
        _element("guid", item.uri, isPermaLink="false"),
        _element("link", item.url),
        _element("title", item.title),
        _element("description", item.html),
        _element("pubDate", http_date(item.published)),
        _element("dc:creator", item.author),
    ]
    if item.language:
        pieces.append(_element("dc:language", item.language))
    pieces += [_element("category", tag) for tag in item.hashtags]
    if item.enclosures:
        first = item.enclosures[0]
        pieces.append(_empty("enclosure", url=first.url, length=str(first.size), type=first.mime))
    for each in item.enclosures:
        inside = _element("media:rating", "adult" if item.adult else "nonadult", scheme="urn:simple")
        if each.description:
            inside += _element("media:description", each.description, type="plain")
        medium = {"image": "image", "video": "video", "audio": "audio"}.get(each.mime.partition("/")[0], "document")
        shown = _attributes({"url": each.url, "type": each.mime, "fileSize": str(each.size), "medium": medium})
        pieces.append(f"<media:content{shown}>{inside}</media:content>")
    return pieces


# Atom -------------------------------------------------------------------------------------------------------


def atom(channel: Channel, items: Sequence[Item]) -> bytes:
    """Write a feed as Atom."""
    pieces = [
        f'{_HEAD}<feed xmlns="http://www.w3.org/2005/Atom">',
        _element("id", channel.uri),
        _element("title", channel.title),
        _element("subtitle", channel.description),
        _element("updated", iso(channel.updated)),
        _empty("link", rel="self", type="application/atom+xml", href=channel.feed),
        _empty("link", rel="alternate", type="text/html", href=channel.url),
        f"<author>{_element('name', channel.author)}{_element('uri', channel.url)}</author>",
        _element("generator", _GENERATOR),
    ]
    if channel.picture:
        pieces.append(_element("icon", channel.picture))
    pieces += [_atom_entry(item) for item in items]
    pieces.append("</feed>\n")
    return "\n".join(pieces).encode()


def _atom_entry(item: Item) -> str:
    pieces = [
        _element("id", item.uri),
        _element("title", item.title),
        _element("published", iso(item.published)),
        _element("updated", iso(item.updated)),
        f"<author>{_element('name', item.author)}{_element('uri', item.author_url)}</author>",
        _empty("link", rel="alternate", type="text/html", href=item.url),
        _element("content", item.html, type="html"),
    ]
    pieces += [_empty("category", term=tag) for tag in item.hashtags]
    for each in item.enclosures:
        named = {"title": each.description} if each.description else {}
        pieces.append(_empty("link", rel="enclosure", type=each.mime, length=str(each.size), href=each.url, **named))
    language = _attributes({"xml__lang": item.language}) if item.language else ""
    return f"<entry{language}>{''.join(pieces)}</entry>"
