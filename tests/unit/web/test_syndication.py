"""Feeds as documents: whatever members write, they are well-formed, and a reader of others finds what was meant."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from email.utils import parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palabre.clock import Instant
from palabre.web.syndication import Channel, Enclosure, Item, atom, rss

_ATOM = "{http://www.w3.org/2005/Atom}"
_MEDIA = "{http://search.yahoo.com/mrss/}"
HOSTILE = (
    "\x00\x08\x0b\x1f\x7f end ]]> <script>alert(1)</script> & \"quotes\" 'single' \ud800 \ufffe"
    " \U0001f468\u200d\U0001f469"
    " \u202eרטל עברית\u202c ]]]]><![CDATA[>"
)


def channel(text: str = "Ana") -> Channel:
    return Channel(
        uri="https://a.example/ap/accounts/1",
        title=text,
        description=text,
        url="https://a.example/@ana",
        feed="https://a.example/@ana.rss",
        author=text,
        updated=Instant(1_795_000_000_123),
        picture="https://a.example/static/avatar.png",
    )


def item(text: str = "Hello", html: str = "<p>Hello</p>") -> Item:
    return Item(
        uri="https://a.example/ap/posts/7",
        url="https://a.example/@ana/7",
        title=text,
        html=html,
        author=text,
        author_url="https://a.example/@ana",
        published=Instant(1_795_000_000_123),
        updated=Instant(1_795_000_100_000),
        language="he",
        hashtags=("oak", text),
        enclosures=(
            Enclosure(url="https://a.example/media/1.png", mime="image/png", size=12, description=text),
            Enclosure(url="https://a.example/media/2.mp4", mime="video/mp4", size=34),
        ),
    )


def allowed(text: str) -> str:
    """``text`` as a document can hold it, and as parsers read its line ends."""
    held = "".join(
        c if c in "\t\n\r" or "\x20" <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000" else "\ufffd"
        for c in text
    )
    return held.replace("\r\n", "\n").replace("\r", "\n")


@given(st.text() | st.just(HOSTILE))
def test_whatever_is_written_rss_is_well_formed_and_says_it(text: str) -> None:
    found = ET.fromstring(rss(channel(text), [item(text, text)])).find("channel")
    assert found is not None
    entry = found.find("item")
    assert entry is not None
    assert (found.findtext("title"), entry.findtext("description")) == (allowed(text), allowed(text))
    assert entry.findtext("title") == allowed(text)
    assert {child.tag.rpartition("}")[2] for child in entry} <= {
        "guid", "link", "title", "description", "pubDate", "creator", "language", "category", "enclosure", "content",
    }  # fmt: skip


@given(st.text() | st.just(HOSTILE))
def test_whatever_is_written_atom_is_well_formed_and_says_it(text: str) -> None:
    root = ET.fromstring(atom(channel(text), [item(text, text)]))
    entry = root.find(f"{_ATOM}entry")
    assert entry is not None
    content = entry.find(f"{_ATOM}content")
    assert content is not None
    assert (content.text or "", content.get("type")) == (allowed(text), "html")
    assert entry.findtext(f"{_ATOM}title") == allowed(text)


def test_rss_has_what_its_specification_asks_for() -> None:
    found = ET.fromstring(rss(channel(), [item()])).find("channel")
    assert found is not None
    assert all(found.findtext(name) for name in ("title", "link", "description"))
    own = found.find(f"{_ATOM}link")
    assert own is not None
    assert own.attrib == {"rel": "self", "type": "application/rss+xml", "href": "https://a.example/@ana.rss"}
    [entry] = found.findall("item")
    guid = entry.find("guid")
    assert guid is not None
    assert (guid.text, guid.get("isPermaLink")) == ("https://a.example/ap/posts/7", "false")
    [enclosure] = entry.findall("enclosure")
    assert enclosure.attrib == {"url": "https://a.example/media/1.png", "length": "12", "type": "image/png"}
    assert [each.get("medium") for each in entry.findall(f"{_MEDIA}content")] == ["image", "video"]
    date = parsedate_to_datetime(entry.findtext("pubDate") or "")
    assert int(date.timestamp()) == 1_795_000_000


def test_atom_has_what_rfc_4287_asks_for() -> None:
    root = ET.fromstring(atom(channel(), [item()]))
    assert root.tag == f"{_ATOM}feed"
    for parent in (root, *root.findall(f"{_ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"{_ATOM}{name}")) == 1, (parent.tag, name)
            assert parent.findtext(f"{_ATOM}{name}")
        assert parent.find(f"{_ATOM}author/{_ATOM}name") is not None
    links = [(each.get("rel"), each.get("type")) for each in root.iter(f"{_ATOM}link")]
    assert len(set(links[:2])) == 2
    assert ("enclosure", "image/png") in links
    assert [each.get("length") for each in root.iter(f"{_ATOM}link") if each.get("rel") == "enclosure"] == [
        "12",
        "34",
    ]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("write", [rss, atom])
def test_another_reader_finds_what_was_meant(write) -> None:
    import feedparser

    read = feedparser.parse(write(channel(), [item(HOSTILE, "<p>Hi <a href='https://b.example/'>b</a></p>")]))
    assert not read.bozo, read.get("bozo_exception")
    assert read.version == ("rss20" if write is rss else "atom10")
    [entry] = read.entries
    assert entry.id == "https://a.example/ap/posts/7"
    assert entry.link == "https://a.example/@ana/7"
    assert entry.published_parsed[:3] == (2026, 11, 18)
    assert "https://b.example/" in entry.summary
    first = entry.enclosures[0]
    assert (first.href, first.length, first.type) == ("https://a.example/media/1.png", "12", "image/png")
    assert entry.title == allowed(HOSTILE), "plain text, whatever it looks like"
