"""Polls, edits, pins and quotes on pages, as a browser without a script uses them."""

from __future__ import annotations

import re

import pytest

from browsing import PASSWORD, Browsing
from running import Person, RunningServer

_POST = re.compile(r'id="p(\d{31})"')


@pytest.fixture(scope="module")
def people(server: RunningServer) -> list[Person]:
    return [server.account(name, password=PASSWORD) for name in ("ana", "ben")]


@pytest.fixture
def browsers(server: RunningServer, people: list[Person]) -> list[Browsing]:
    return [Browsing(server).sign_in(person) for person in people]


def newest(browser: Browsing, name: str) -> str:
    """The newest post on a profile that is not pinned."""
    page = browser.get(f"/@{name}/with_replies").text
    found = _POST.search(page)
    assert found, page
    return found[1]


def test_a_poll_is_asked_and_voted_in(browsers: list[Browsing]) -> None:
    ana, ben = browsers
    refused = ana.post("/compose", data={"text": "Which?", "choices[]": ["Tea", ""], "poll_seconds": "300"})
    assert refused.status_code == 422
    assert "A poll needs at least two different answers." in refused.text
    assert 'value="Tea"' in refused.text, "what was typed is kept"
    asked = {"text": "Which one?", "choices[]": ["Tea", "Coffee"], "poll_seconds": "300"}
    assert ana.post("/compose", data=asked).status_code == 303
    post = newest(ana, "ana")
    page = ben.get(f"/@ana/{post}").text
    assert 'type="radio"' in page
    voted = ben.post(f"/posts/{post}/vote", data={"choices[]": "1", "next": f"/@ana/{post}"})
    assert voted.status_code == 303
    page = ben.get(f"/@ana/{post}").text
    assert 'type="radio"' not in page
    assert "Your vote" in page
    assert "100%" in page
    again = ben.post(f"/posts/{post}/vote", data={"choices[]": "0", "next": f"/@ana/{post}"})
    assert again.status_code == 422
    assert "You have already voted" in again.text


def test_a_post_is_edited_and_its_history_is_there_for_everybody(
    browsers: list[Browsing], server: RunningServer
) -> None:
    ana, ben = browsers
    ana.post("/compose", data={"text": "Helo <b>"})
    post = newest(ana, "ana")
    page = ana.get(f"/posts/{post}/edit").text
    assert "Helo &lt;b&gt;</textarea>" in page
    saved = ana.post(f"/posts/{post}/edit", data={"text": "Hello", "warning": "", "language": "en"})
    assert saved.status_code == 303, saved.text
    page = ben.get(f"/@ana/{post}").text
    assert "Edited " in page
    assert "Helo" not in page
    history = Browsing(server).get(f"/@ana/{post}/history").text
    assert history.index("Hello") < history.index("Helo &lt;b&gt;")
    assert ben.get(f"/posts/{post}/edit").status_code == 403
    empty = ana.post(f"/posts/{post}/edit", data={"text": ""})
    assert empty.status_code == 422


def test_a_post_is_pinned_and_quoted_and_the_consent_taken_back(browsers: list[Browsing]) -> None:
    ana, ben = browsers
    ana.post("/compose", data={"text": "Worth quoting"})
    post = newest(ana, "ana")
    assert ana.post(f"/posts/{post}/pin", data={"next": "/@ana"}).status_code == 303
    profile = ben.get("/@ana").text
    assert profile.count("Worth quoting") == 2, "on top, and in its place"
    assert "Pinned" in profile
    page = ben.get(f"/compose?quote={post}").text
    assert "Worth quoting" in page
    sent = ben.post("/compose", data={"text": "Indeed", "quote": post})
    assert sent.status_code == 303, sent.text
    quoting = newest(ben, "ben")
    assert "Worth quoting" in ana.get(f"/@ben/{quoting}").text
    assert "Indeed" in ana.get(f"/@ana/{post}/quotes").text
    ana.get(f"/@ben/{quoting}")
    assert ana.post(f"/posts/{quoting}/revoke_quote", data={"next": "/home"}).status_code == 303
    page = ben.get(f"/@ben/{quoting}").text
    assert "Worth quoting" not in page
    assert "The author no longer agrees to this quote." in page
    ana.post("/compose", data={"text": "Not this", "quote_policy": "nobody"})
    kept = newest(ana, "ana")
    refused = ben.post("/compose", data={"text": "But I do", "quote": kept})
    assert refused.status_code == 422
    assert "The author does not allow you to quote this post." in refused.text
    assert "But I do" in refused.text
