"""A post becomes the HTML that Mastodon's clients know, and its text stays its text."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from palabre.markup import render as rendering
from palabre.markup.entities import find_entities
from palabre.markup.render import plain_text, render_bio, render_field, render_html, sanitise

PEOPLE = {"ann": ("https://here.test/@ann", "ann"), "ben@example.org": ("https://example.org/ben", "ben")}


def hashtag_url(tag):
    return f"https://here.test/tags/{tag}"


def render(text):
    return render_html(text, find_entities(text), mention_url=PEOPLE.get, hashtag_url=hashtag_url)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (" \n\n ", ""),
        ("text", "<p>text</p>"),
        ("line\nfeed\r\nagain", "<p>line<br>feed<br>again</p>"),
        ("one\n\n\ntwo\n \nthree", "<p>one</p><p>two</p><p>three</p>"),
        ("<b>&amp;\"'", "<p>&lt;b&gt;&amp;amp;\"'</p>"),
        (
            "@ann!",
            (
                '<p><span class="h-card" translate="no"><a href="https://here.test/@ann" class="u-url mention">'
                "@<span>ann</span></a></span>!</p>"
            ),
        ),
        (
            "@ben@example.org",
            (
                '<p><span class="h-card" translate="no"><a href="https://example.org/ben" class="u-url mention">'
                "@<span>ben</span></a></span></p>"
            ),
        ),
        ("@nobody @ann@nowhere.test", "<p>@nobody @ann@nowhere.test</p>"),
        (
            "#Été",
            '<p><a href="https://here.test/tags/Été" class="mention hashtag" rel="tag">#<span>Été</span></a></p>',
        ),
        (
            "https://www.example.com/a?b&c",
            (
                '<p><a href="https://www.example.com/a?b&amp;c" target="_blank" rel="nofollow noopener"'
                ' translate="no">'
                '<span class="invisible">https://www.</span><span class="">example.com/a?b&amp;c</span>'
                '<span class="invisible"></span></a></p>'
            ),
        ),
        (
            "http://example.com/" + "a" * 30,
            (
                f'<p><a href="http://example.com/{"a" * 30}" target="_blank" rel="nofollow noopener"'
                ' translate="no">'
                f'<span class="invisible">http://</span><span class="ellipsis">example.com/{"a" * 18}</span>'
                f'<span class="invisible">{"a" * 12}</span></a></p>'
            ),
        ),
        (
            "example.com",
            (
                '<p><a href="https://example.com" target="_blank" rel="nofollow noopener" translate="no">'
                '<span class="invisible"></span><span class="">example.com</span>'
                '<span class="invisible"></span></a></p>'
            ),
        ),
        ("bell\x07 half\ud83d", "<p>bell half\ufffd</p>"),
    ],
)
def test_a_post_is_rendered_in_mastodons_shape(text, html):
    assert render(text) == html


def test_what_is_rendered_is_cleaned_in_one_pass(monkeypatch):
    html = render('Ann\'s "words" & a\xa0space,\nhttps://example.org/?a=1&b="2" @ann #tag')
    passes = []
    cleaner = rendering._CLEANER
    counting = SimpleNamespace(clean=lambda each: passes.append(each) or cleaner.clean(each))
    monkeypatch.setattr(rendering, "_CLEANER", counting)
    assert plain_text(sanitise(html)) == plain_text(html)
    assert passes == [html]


def test_nothing_links_to_anything_but_the_web():
    html = render_html(
        "@ann #tag",
        find_entities("@ann #tag"),
        mention_url=lambda _name: ("javascript:alert(1)", "ann"),
        hashtag_url=lambda _tag: "data:text/html,x",
    )
    assert html == "<p>@ann #tag</p>"


def test_a_bio_is_rendered_like_a_post_and_a_field_on_one_line_with_rel_me():
    assert render_bio("I am\n@ann", mention_url=PEOPLE.get, hashtag_url=hashtag_url) == render("I am\n@ann")
    field = render_field(" https://ann.example.com\nand <i> ", mention_url=PEOPLE.get, hashtag_url=hashtag_url)
    assert field == (
        '<a href="https://ann.example.com" target="_blank" rel="me nofollow noopener" translate="no">'
        '<span class="invisible">https://</span><span class="">ann.example.com</span>'
        '<span class="invisible"></span></a>'
        " and &lt;i&gt;"
    )
    assert 'rel="me nofollow noopener"' in sanitise(field, keep_me=True)
    assert 'rel="nofollow noopener"' in sanitise(field)


PIECES = st.sampled_from(
    [
        *(
            "@ann",
            "@ben@example.org",
            "#tag",
            "＃été",
            "https://example.com/a(b)?c=<",
            "example.com",
            " ",
            "\n",
            "\n\n",
        ),
        *(
            "\r\n",
            "\x00",
            "<b>",
            "</p>",
            "&amp;",
            "&",
            '"',
            "'",
            "\u2028",
            "のの",
            "😀",
            "e\u0301",
            "<",
            ">",
            "&#60;",
        ),
    ]
)


@given(st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=20).map("".join)))
@settings(deadline=None)
def test_rendering_keeps_the_text(text):
    html = render_html(
        text, find_entities(text), mention_url=lambda name: ("https://here.test/", name), hashtag_url=hashtag_url
    )
    clean = re.sub("[\x00-\x08\x0e-\x1b\x7f]", "", text)
    assert plain_text(html).split() == clean.split()
    assert plain_text(sanitise(html)) == plain_text(html)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""),
        ("<p>One<br>two</p><p>three &amp; &lt;four&gt;</p>", "One\ntwo\n\nthree & <four>"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("<script>alert(1)</script><style>p{}</style>x", "x"),
        ('<p>Hi <span class="h-card"><a href="https://x.test/@ann">@<span>ann</span></a></span></p>', "Hi @ann"),
        ("<h1>Title</h1><div>body</div>", "Titlebody"),
        ('no tags & "quotes" < 3', 'no tags & "quotes" < 3'),
    ],
)
def test_html_becomes_text(html, text):
    assert plain_text(html) == text
