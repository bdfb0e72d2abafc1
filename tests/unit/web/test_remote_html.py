"""HTML from elsewhere is made harmless again where it leaves: in what apps are told, and on every page that shows it.

Text of members here becomes our own markup, so that only what other servers send tells whether this happens.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from palabre.accounts.model import Account
from palabre.api.mastodon.entities.html import bio_html, field_html, post_html
from palabre.emojis.model import EmojiBook
from palabre.posts.model import PostView
from palabre.web.writing import Writing
from unit.api.samples import IDS, NAMES, ana, view
from unit.markup.test_sanitise import inspect

HOSTILE = json.loads((Path(__file__).parents[2] / "fixtures" / "markup" / "hostile.json").read_text("utf-8"))
PLAIN = '<p>Hello <a href="https://far.example/a" onclick="x()" rel="me">there</a><script>alert(1)</script></p>'
assert IDS is NAMES.ids


def remote(html: str) -> tuple[Account, PostView]:
    author = ana(domain="far.example", uri="https://far.example/users/ana", bio=html, fields=())
    return author, view(author, html, uri="https://far.example/notes/1", entities=())


def writing() -> Writing:
    return Writing(NAMES.uris, EmojiBook())


DOORS: dict[str, Callable[[str], str]] = {
    "the text of a post in the API": lambda html: post_html(NAMES, remote(html)[1].post),
    "a description in the API": lambda html: bio_html(NAMES, remote(html)[0]),
    "a field in the API": lambda html: field_html(NAMES, remote(html)[0], html),
    "the text of a post on a page": lambda html: str(writing().text(remote(html)[1])),
    "the text of a repost on a page": lambda html: str(writing().text(view(original=remote(html)[1]))),
    "the text of a post in a feed": lambda html: writing().absolute(remote(html)[1]),
    "a description on a page": lambda html: str(writing().bio(remote(html)[0])),
    "a field on a page": lambda html: str(writing().field(remote(html)[0], html)),
}

every_door = pytest.mark.parametrize("door", DOORS)


@every_door
def test_what_another_server_sent_keeps_its_words_and_loses_what_acts(door: str) -> None:
    shown = DOORS[door](PLAIN)
    assert "Hello" in shown
    assert 'href="https://far.example/a"' in shown
    for active in ("script", "alert", "onclick"):
        assert active not in shown
    assert ("me" in shown.partition('rel="')[2].partition('"')[0].split()) == ("field" in door)


@every_door
def test_nothing_hostile_passes_any_door(door: str) -> None:
    for html in HOSTILE:
        inspect(DOORS[door](html), all_links_say_nofollow=True)
