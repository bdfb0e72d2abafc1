"""Polls, edits, pins and quotes on pages, as a browser without a script uses them."""

from __future__ import annotations

import re

import pytest

from browsing import PASSWORD, Browsing
from running import Person, RunningServer
from standbys import noise, until

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


def test_a_draft_is_kept_finished_and_published(browsers: list[Browsing]) -> None:
    ana, _ = browsers
    ana.get("/compose")
    assert ana.post("/compose", data={"text": "Not quite", "keep": "1"}).status_code == 303
    page = ana.get("/drafts").text
    assert "Not quite" in page
    ref = re.search(r"/compose\?draft=(\d{31})", page)
    assert ref
    page = ana.get(f"/compose?draft={ref[1]}").text
    assert "Not quite</textarea>" in page
    form = {"text": "Now it is finished", "draft": ref[1], "key": "0011223344556677"}
    assert ana.post("/compose", data=form).status_code == 303
    assert ana.post("/compose", data=form).status_code == 303, "sent twice"
    assert "Not quite" not in ana.get("/drafts").text
    assert ana.get("/@ana").text.count("Now it is finished") == 1


def test_a_quote_waits_until_the_author_agrees(browsers: list[Browsing]) -> None:
    ana, ben = browsers
    ana.post("/compose", data={"text": "Ask before you quote me", "quote_policy": "ask"})
    post = newest(ana, "ana")
    assert "The author agrees to each quote" in ben.get(f"/compose?quote={post}").text
    for text in ("May I?", "And here?"):
        assert ben.post("/compose", data={"text": text, "quote": post}).status_code == 303
        assert "It shows what it quotes when the author agrees." in ben.get("/home").text
    second = newest(ben, "ben")
    shown = ana.get(f"/@ben/{second}").text
    assert "The author has not agreed to this quote yet." in shown
    assert "Ask before you quote me" not in shown
    until(lambda: "asks to quote you" in ana.get("/notifications").text, "the notification")
    queue = ana.get("/settings/quotes").text
    assert queue.index("And here?") < queue.index("May I?")
    refs = re.findall(r'action="/settings/quotes/(\d{31})/accept"', queue)
    assert refs[0] == second
    assert ben.post(f"/settings/quotes/{refs[0]}/accept").status_code == 404
    assert ana.post(f"/settings/quotes/{refs[0]}/accept").status_code == 303
    assert ana.post(f"/settings/quotes/{refs[1]}/reject").status_code == 303
    assert "No quotes wait" in ana.get("/settings/quotes").text
    assert "Ask before you quote me" in ben.get(f"/@ben/{refs[0]}").text
    assert "The author does not agree to this quote." in ben.get(f"/@ben/{refs[1]}").text


def test_a_post_is_scheduled_and_becomes_a_draft_again(browsers: list[Browsing]) -> None:
    ana, ben = browsers
    ana.get("/compose")
    wrong = ana.post("/compose", data={"text": "Too early", "at": "2020-01-01T10:00"})
    assert wrong.status_code == 422
    assert "at least five minutes from now" in wrong.text
    assert (
        ana.post("/compose", data={"text": "In spring", "at": "2027-03-20T10:00", "offset": "-60"}).status_code == 303
    )
    page = ana.get("/drafts").text
    assert "20 March 2027 at 09:00 UTC" in page
    assert "In spring" not in ana.get("/@ana").text
    ref = re.search(r"/drafts/(\d{31})/cancel", page)
    assert ref
    assert ben.post(f"/drafts/{ref[1]}/cancel").status_code == 404
    assert ana.post(f"/drafts/{ref[1]}/cancel").status_code == 303
    page = ana.get("/drafts").text
    assert "No post waits for its time." in page
    assert ana.post(f"/drafts/{ref[1]}/delete").status_code == 303
    assert "In spring" not in ana.get("/drafts").text


def test_a_thread_is_written_in_parts(browsers: list[Browsing]) -> None:
    ana, ben = browsers
    page = ana.get("/compose/thread").text
    assert page.count('name="parts[]"') == 3
    more = ana.post("/compose/thread", data={"parts[]": ["one of a thread", "", ""], "more": "1"})
    assert more.text.count('name="parts[]"') == 4
    assert "one of a thread" in more.text
    long = ana.post("/compose/thread", data={"parts[]": ["one of a thread", "x" * 1001]})
    assert long.status_code == 422
    assert "one of a thread" in long.text
    sent = ana.post("/compose/thread", data={"parts[]": ["one of a thread", "", "two of a thread"]})
    assert sent.status_code == 303
    page = ben.get(f"/@ana/{newest(ana, 'ana')}").text
    assert "one of a thread" in page
    assert "two of a thread" in page


def test_the_parts_of_a_thread_have_pictures_and_nothing_is_lost_when_one_is_refused(
    browsers: list[Browsing],
) -> None:
    ana, ben = browsers
    ana.post("/compose", data={"text": "Before all that"})
    key = re.search(r'name="key" value="([^"]+)"', ana.get("/compose/thread").text)
    assert key
    first = {"picture[0]": ("one.png", noise(64), "image/png")}
    page = ana.post(
        "/compose/thread", data={"parts[]": ["A picture", "then words", ""], "attach": "1"}, files=first
    ).text
    [attached] = re.findall(r'name="media\[0\]\[\]" value="(\d{31})"', page)
    assert f'name="description[{attached}]"' in page
    assert "then words" in page

    written = {
        "parts[]": ["A picture", "x" * 1001, ""],
        "media[0][]": attached,
        "warning": "trees",
        f"description[{attached}]": "a tree at noon",
        "key": key[1],
    }
    before = newest(ben, "ana")
    refused = ana.post("/compose/thread", data=written, files={"picture[2]": ("two.png", noise(65), "image/png")})
    assert refused.status_code == 422
    wrong = refused.text.partition('id="part1-wrong"')
    assert wrong[1], "it is said at the second part"
    assert "1,006" in wrong[2][:600] or "1006" in wrong[2][:600]
    assert newest(ben, "ana") == before, "nothing of it is out"
    assert "a tree at noon" in refused.text
    [also] = re.findall(r'name="media\[2\]\[\]" value="(\d{31})"', refused.text)

    written |= {"parts[]": ["A picture", "now shorter", ""], "media[2][]": also, "detach": also}
    page = ana.post("/compose/thread", data=written).text
    assert f'value="{also}"' not in page
    del written["detach"], written["media[2][]"]
    last = {"picture[2]": ("three.png", noise(66), "image/png")}
    for files in (last, {}):  # sent twice, it is there once
        sent = ana.post("/compose/thread", data=written, files=files)
        assert sent.status_code == 303, sent.text
    page = ben.get(f"/@ana/{newest(ben, 'ana')}").text
    thread = page.split('<article class="post')[1:]
    assert len(thread) == 3
    assert all("trees" in each for each in thread), "the warning stands before every part"
    assert 'alt="a tree at noon"' in thread[0]
    assert "now shorter" in thread[1]
    assert "without a description" in thread[2]
    assert "without a description" not in thread[0] + thread[1]


def test_a_form_with_a_picture_that_is_sent_twice_is_one_post(browsers: list[Browsing]) -> None:
    ana, ben = browsers
    page = ana.get("/compose").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    attached = ana.post(
        "/compose", data={"text": "", "attach": "1"}, files={"picture": ("a.png", noise(67), "image/png")}
    )
    [ref] = re.findall(r'name="media\[\]" value="(\d{31})"', attached.text)
    written = {"text": "sent twice", "media[]": ref, "key": key[1]}
    for _ in range(2):
        assert ana.post("/compose", data=written).status_code == 303
    assert ben.get("/@ana").text.count("sent twice") == 1
    broken = {"picture": ("a.png", b"no picture", "image/png")}
    wrong = ana.post("/compose", data={"text": "what I type now", "key": key[1], "attach": "1"}, files=broken)
    assert wrong.status_code == 422, "that is refused for another reason"
    assert "what I type now" in wrong.text


def test_replies_are_voted_on_and_sorted(browsers: list[Browsing]) -> None:
    ana, ben = browsers
    ana.post("/compose", data={"text": "What do you think?"})
    post = newest(ana, "ana")
    for text in ("A first reply", "A better reply"):
        assert ben.post("/compose", data={"text": text, "reply_to": post}).status_code == 303
    better = newest(ben, "ben")
    page = ana.get(f"/@ana/{post}").text
    assert f"/posts/{better}/vote_up" in page
    assert ana.post(f"/posts/{better}/vote_up", data={"next": f"/@ana/{post}"}).status_code == 303
    page = ana.get(f"/@ana/{post}").text
    assert page.index("A first reply") < page.index("A better reply")
    assert f"/posts/{better}/vote_back" in page
    page = ana.get(f"/@ana/{post}?sort=votes").text
    assert page.index("A better reply") < page.index("A first reply")
    assert ana.get(f"/@ana/{post}?sort=beauty").status_code == 422
