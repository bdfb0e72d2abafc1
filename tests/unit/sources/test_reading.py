"""Reading feeds of strangers: what is there is found, and what would harm is refused, quickly."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palabre.clock import Instant
from palabre.sources.errors import FeedUnreadable
from palabre.sources.model import Entry, Feed
from palabre.sources.reading import MOST_BYTES, MOST_ENTRIES, read_feed
from palabre.sources.rules import in_order, text_of
from palabre.web.syndication import Channel, Item, atom, rss

URL = "https://a.example/blog/feed.xml"


def read(text: str | bytes, charset: str | None = None) -> Feed:
    return read_feed(text if isinstance(text, bytes) else text.encode(), charset, URL)


RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>A &amp; B</title><link>https://a.example/</link><language>fr-CA</language>
<image><title>Not the title</title><url>https://a.example/x.png</url></image>
<item><title>Second &amp;lt;b&gt; AT&amp;T</title><link>/blog/2</link><guid isPermaLink="false">two</guid>
<pubDate>Wed, 02 Oct 2002 13:00:00 GMT</pubDate>
<description>&lt;p&gt;Hello &lt;b&gt;there&lt;/b&gt;&lt;/p&gt;</description>
<content:encoded>ignored</content:encoded><media:content><media:title>Not this</media:title></media:content></item>
<item><guid>https://a.example/blog/1</guid><title>First</title><pubDate>Tue, 01 Oct 2002 13:00:00 GMT</pubDate></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title type="text">T &lt;i&gt;</title>
<link rel="self" href="https://a.example/self"/><link href="https://a.example/"/>
<entry><id>urn:1</id><title type="html">One &lt;b&gt;bold&lt;/b&gt;</title><link rel="enclosure" href="https://a.example/x.mp3"/>
<link href="one"/><published>2026-01-02T03:04:05+01:00</published><updated>2026-02-02T00:00:00Z</updated>
<summary>Words</summary><author><name>Not the title</name></author></entry></feed>"""

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://a.example/"><title>Old</title></channel>
<item rdf:about="https://a.example/1"><title>One</title><link>https://a.example/1</link><dc:date>2026-01-02</dc:date></item>
</rdf:RDF>"""


def test_rss_is_read() -> None:
    feed = read(RSS)
    assert (feed.title, feed.language) == ("A & B", "fr")
    second, first = feed.entries
    assert second == Entry(
        guid="two", title="Second <b> AT&T", summary="Hello there", link="https://a.example/blog/2",
        published=1033563600000,
    )  # fmt: skip
    assert first.link == first.guid == "https://a.example/blog/1"
    assert in_order(feed.entries) == [first, second]


def test_atom_is_read() -> None:
    feed = read(ATOM)
    assert feed.title == "T <i>"
    [entry] = feed.entries
    assert entry == Entry(
        guid="urn:1", title="One bold", summary="Words", link="https://a.example/blog/one", published=1767319445000
    )


def test_rss_1_0_is_read() -> None:
    [entry] = read(RDF).entries
    assert (entry.guid, entry.title, entry.published) == ("https://a.example/1", "One", 1767312000000)


@pytest.mark.parametrize("write", [rss, atom])
def test_what_we_write_we_read(write) -> None:
    about = Channel(uri="u", title="Ana", description="d", url=URL, feed=URL, author="Ana", updated=Instant(0))
    item = Item(
        uri="https://a.example/ap/1", url="https://a.example/@ana/1", title="Hi & <b>", html="<p>x</p>", author="Ana",
        author_url=URL, published=Instant(1_700_000_000_000), updated=Instant(1_700_000_000_000),
    )  # fmt: skip
    [entry] = read(write(about, [item])).entries
    assert (entry.guid, entry.link, entry.published) == (item.uri, item.url, 1_700_000_000_000)


_BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


@pytest.mark.parametrize(
    "text",
    [
        "", "no feed", "<html><body/></html>", "<rss><channel>", "<a/><b/>", '{"version": "https://jsonfeed.org"}',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><channel><title>&x;</title></channel></rss>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/x.dtd"><rss><channel/></rss>',
        f'<!DOCTYPE rss [<!ENTITY l0 "ha">{_BOMB}]><rss><channel><title>&l9;</title></channel></rss>',
        '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/"> %p;]><rss><channel/></rss>',
        "<rss><channel><title>&nbsp;</title></channel></rss>",
        "<rss>" + "<a>" * 100 + "</a>" * 100 + "</rss>",
        "<rss>" + "<a/>" * 60_000 + "</rss>",
        "<rss><channel>\x00</channel></rss>",
    ],
)  # fmt: skip
def test_what_is_no_feed_or_would_harm_is_refused(text: str) -> None:
    began = time.process_time()
    with pytest.raises(FeedUnreadable):
        read(text)
    assert time.process_time() - began < 5


def test_bounds_hold() -> None:
    with pytest.raises(FeedUnreadable):
        read(b" " * (MOST_BYTES + 1))
    many = "".join(f"<item><guid>{n}</guid><title>t{n}</title></item>" for n in range(MOST_ENTRIES + 50))
    feed = read(f"<rss><channel>{many}</channel></rss>")
    assert len(feed.entries) == MOST_ENTRIES
    assert feed.entries[-1].guid == str(MOST_ENTRIES - 1)
    [entry] = read(f"<rss><channel><item><title>{'x' * 100_000}</title></item></channel></rss>").entries
    assert len(entry.title) <= 500


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "https://u:p@a.example/", "http://[", "//"],
)
def test_only_links_of_the_web_are_kept(link: str) -> None:
    [entry] = read(
        f"<rss><channel><item><guid>1</guid><title>T</title><link>{link}</link></item></channel></rss>"
    ).entries
    assert entry.link in {"", "https://a.example/blog/feed.xml"}


def test_encodings_are_those_of_the_server_then_of_the_document() -> None:
    text = '<?xml version="1.0" encoding="iso-8859-1"?><rss><channel><title>\xe9t\xe9</title></channel></rss>'
    assert read(text.encode("latin-1")).title == "été"
    plain = "<rss><channel><title>\xe9t\xe9</title></channel></rss>"
    assert read(plain.encode("latin-1"), "iso-8859-1").title == "été"
    with pytest.raises(FeedUnreadable):
        read(plain.encode("latin-1"))
    with pytest.raises(FeedUnreadable):
        read(plain.encode("latin-1"), "no-such-encoding")


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"<rss><channel>{text}".encode()))
def test_whatever_comes_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(FeedUnreadable):
        read(body)


def test_an_entry_without_a_link_has_none_and_xhtml_is_text() -> None:
    [entry] = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title type="xhtml">'
        '<div xmlns="http://www.w3.org/1999/xhtml">One <b>bold</b> word</div></title></entry></feed>'
    ).entries
    assert (entry.title, entry.link) == ("One bold word", "")


def entry(**values: object) -> Entry:
    return Entry(**{"guid": "1", "title": "", "summary": "", "link": "", "published": None, **values})  # type: ignore[arg-type]


def test_a_post_is_title_and_link_and_addresses_nobody() -> None:
    link = "https://a.example/1"
    assert text_of(entry(title="T", summary="S", link=link), 500) == f"T\n\n{link}"
    assert text_of(entry(summary="S"), 500) == "S"
    assert "@ana" not in text_of(entry(title="hello @ana and @ben@b.example"), 500)
    long = text_of(entry(title="雨" * 500, link=link), 500)
    assert long.endswith(f"…\n\n{link}")
    assert len(long) < 300
