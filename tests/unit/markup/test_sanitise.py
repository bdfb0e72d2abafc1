"""Nothing active leaves: not from what members write, not from what other servers send."""

import json
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palabre.markup.entities import find_entities
from palabre.markup.render import plain_text, render_bio, render_field, render_html, sanitise

HOSTILE = json.loads((Path(__file__).parents[2] / "fixtures" / "markup" / "hostile.json").read_text("utf-8"))

# Written out here, not taken from the code under test.
TAGS = {
    *("p", "br", "a", "span", "del", "s", "pre", "blockquote", "code", "b", "strong", "u", "i", "em"),
    *("ul", "ol", "li", "ruby", "rt", "rp"),
}
ATTRIBUTES = {"href", "rel", "class", "translate", "target", "lang", "start", "reversed", "value"}
CLASSES = {
    "h-card",
    "u-url",
    "u-uid",
    "u-photo",
    "u-in-reply-to",
    "mention",
    "hashtag",
    "ellipsis",
    "invisible",
    "quote-inline",
}


class Inspector(HTMLParser):
    """Reads HTML as leniently as Python can, and objects to anything that could act."""

    def __init__(self, *, all_links_say_nofollow):
        super().__init__(convert_charrefs=True)
        self.all_links_say_nofollow = all_links_say_nofollow

    def handle_starttag(self, tag, attributes):
        assert tag in TAGS
        given = dict(attributes)
        assert len(given) == len(attributes)
        assert set(given) <= ATTRIBUTES
        assert set((given.get("class") or "").split()) <= CLASSES
        assert given.get("target", "_blank") == "_blank"
        if "href" in given:
            assert tag == "a"
            assert urlsplit(given["href"]).scheme in {"http", "https"}
        if tag == "a" and self.all_links_say_nofollow:
            assert {"nofollow", "noopener"} <= set(given["rel"].split()) <= {"nofollow", "noopener", "tag", "me"}

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_comment(self, data):
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def inspect(html, *, all_links_say_nofollow=False):
    inspector = Inspector(all_links_say_nofollow=all_links_say_nofollow)
    inspector.feed(html)
    inspector.close()


def rendered(text):
    def mention_url(name):
        return f"https://here.test/@{name}", text  # a display name may be as hostile as the text

    def hashtag_url(tag):
        return f"https://here.test/tags/{tag}"

    finders = {"mention_url": mention_url, "hashtag_url": hashtag_url}
    yield render_html(text, find_entities(text), **finders)
    yield render_bio(text, **finders)
    yield render_field(text, **finders)


def hostile_texts():
    for text in HOSTILE:
        yield text
        yield f"#tag{text}"
        yield f"@ann {text}"
        yield f"https://example.com/{text}"
        yield f"see example.com/?{text}"


@pytest.mark.parametrize("text", list(hostile_texts()))
def test_hostile_text_is_only_text(text):
    for html in rendered(text):
        inspect(html)
        inspect(sanitise(html, keep_me=True), all_links_say_nofollow=True)


@pytest.mark.parametrize("html", HOSTILE)
@pytest.mark.parametrize(
    "frame", ["{}", "<p>{}</p>", '<a href="https://x.test/{}">x</a>', "<a href='{}'>x</a>", '<p class="{}">x</p>']
)
def test_hostile_html_is_made_harmless(html, frame):
    cleaned = sanitise(frame.replace("{}", html))
    inspect(cleaned, all_links_say_nofollow=True)
    assert sanitise(cleaned) == cleaned


def test_there_are_enough_hostile_strings_and_none_twice():
    assert len(set(HOSTILE)) == len(HOSTILE) >= 60


@pytest.mark.parametrize(
    "html",
    [
        "<b>" * 1500 + "<p>x" * 1500,
        "".join(f"<b lang=x{i}><p>" for i in range(1500)) + "</b>" * 900,
        "".join(f"<a href='https://x.test/{i}'><blockquote>" for i in range(1900)),
        "<blockquote>" * 3900,
        "<blockquote>" * 20_000,
        "<p>x" * 20_000,
        "<" * 100_000,
        "<a " * 33_000,
        "<b " * 33_000 + ">",
        "<!--" * 25_000,
        "<a " + "x=1 " * 25_000 + ">",
        "&" * 100_000,
        "<svg><style>" * 1900,
    ],
    ids=lambda html: html[:20],
)
def test_hostile_nesting_stays_small_and_settles(html):
    cleaned = sanitise(html)
    assert len(cleaned) < 8 * len(html) + 1000  # a parser that copies elements as it is told makes megabytes of some
    assert sanitise(cleaned) == cleaned
    assert len(plain_text(html)) <= len(html)


FRAGMENTS = st.lists(
    st.sampled_from(
        [
            *("<p>", "</p>", "<b>", "</b>", "<a href='https://x.test/'>", "</a>", "<a>", "<br>", "<ul><li>", "</ul>"),
            *("<pre>", "</pre>", "<svg>", "<math>", "<mi>", "<style>", "</style>", "<table>", "<td>", "<select>"),
            *("<title>", "<textarea>", "<!--", "-->", "<", "\n", " ", "x", "&lt;", "&amp;lt;", "&nbsp;", '"', "'>"),
            *(
                "<ruby><rt>",
                "<ol start=3 reversed>",
                "<i lang=fr class=x>",
                "<xmp>",
                "<applet>",
                "<button>",
                "</button>",
            ),
            *("<i>", "</i>", "<li>", "</ol>", "<h1>", "\r", "\x00", "<noscript>", "<template>", "<form>", "</"),
            *("<p title='<a>'>", "<span lang='\"<a >' class='h-card x'>", "<blockquote>"),
        ]
    ),
    max_size=14,
).map("".join)


@given(st.one_of(FRAGMENTS, st.text(max_size=60)))
@settings(max_examples=600, deadline=None)
def test_sanitising_is_harmless_and_twice_is_once(html):
    cleaned = sanitise(html)
    inspect(cleaned, all_links_say_nofollow=True)
    assert sanitise(cleaned) == cleaned


@pytest.mark.parametrize(
    ("html", "cleaned"),
    [
        (
            '<p lang="fr"><a href="https://x.io" class="u-url mention" onclick="x">@y</a></p>',
            '<p lang="fr"><a href="https://x.io" class="u-url mention" rel="nofollow noopener">@y</a></p>',
        ),
        (
            '<a rel="me tag opener" href="http://x.test/?a&amp;b" target="_blank" translate="no">x</a>',
            '<a href="http://x.test/?a&amp;b" target="_blank" translate="no" rel="tag nofollow noopener">x</a>',
        ),
        ('<a href="gemini://x.test/">x</a>', '<a rel="nofollow noopener">x</a>'),
        (
            '<a href="https://x.test/" target="_self" translate="yes">x</a>',
            '<a href="https://x.test/" rel="nofollow noopener">x</a>',
        ),
        (
            '<ol start="3" reversed=""><li value="7">x</li></ol>',
            '<ol start="3" reversed=""><li value="7">x</li></ol>',
        ),
        ("<h1>Title</h1><img src=x><p>text</p>", "Title<p>text</p>"),
        ('<p class="quote-inline fixed">RE: x</p>', '<p class="quote-inline">RE: x</p>'),
        ("<b class=x>a</b><del id=y>b</del><code>c</code>", "<b>a</b><del>b</del><code>c</code>"),
        ("<ruby>漢<rp>(</rp><rt>kan</rt></ruby>", "<ruby>漢<rp>(</rp><rt>kan</rt></ruby>"),
    ],
)
def test_what_mastodon_allows_stays(html, cleaned):
    assert sanitise(html) == cleaned
