"""A post that is deleted to be written anew: on a page without a script, nothing of what it said is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest

from palabre.ids import Kind
from palabre.posts import unpublished
from palabre.posts.errors import TooManyDrafts
from palabre.posts.rewriting import rewrite_post
from unit.api.browsers import browsing, led, values
from unit.api.network import Caller, Network
from unit.api.test_network import png

_POLL = {"options": ["oak", "elm"], "expires_in": 7_200, "multiple": True, "hide_totals": True}


def picture(member: Caller) -> dict[str, Any]:
    sent = {"file": ("a.png", png(), "image/png")}
    made: dict[str, Any] = member.call(
        "POST", "/api/v2/media", None, files=sent, data={"description": "A leaf"}
    ).json()
    return made


def chosen(page: str, name: str) -> str:
    """What a choice says."""
    [options] = re.findall(rf'<select name="{name}"[^>]*>(.*?)</select>', page, re.DOTALL)
    [value] = re.findall(r'value="([^"]*)" selected', options)
    return str(value)


def test_what_a_post_said_opens_in_the_composer_and_is_published_anew(network: Network) -> None:
    ana, browser = browsing(network, "ana")
    bo = network.member("bo")
    asked = bo.say("@ana which?")
    quoted = bo.say("A tree")
    photo = picture(ana)
    old = ana.say(
        "The oak",
        in_reply_to_id=asked["id"],
        quoted_status_id=quoted["id"],
        media_ids=[photo["id"]],
        spoiler_text="Trees",
        visibility="unlisted",
        language="fr",
        quote_approval_policy="nobody",
    )
    bo.post(f"/api/v1/statuses/{old['id']}/favourite")
    menu = browser.get(f"/@ana/{old['id']}")
    assert f'href="/posts/{old["id"]}/rewrite"' in menu
    question = browser.get(f"/posts/{old['id']}/rewrite")
    assert "Delete and write anew?" in question
    address = led(browser, f"/posts/{old['id']}/rewrite")
    ana.get(f"/api/v1/statuses/{old['id']}", 404)
    page = browser.get(address)
    assert "The post is deleted. What it said is a draft until you publish it." in page
    assert ">The oak</textarea>" in page
    assert values(page, "warning") == ["Trees"]
    assert (chosen(page, "visibility"), chosen(page, "language")) == ("unlisted", "fr")
    assert chosen(page, "quote_policy") == "nobody"
    assert values(page, "media[]") == [photo["id"]]
    assert values(page, "reply_to") == [asked["id"]]
    assert values(page, "quote") == [quoted["id"]]
    assert "A leaf" in page
    fields = {name: values(page, name)[0] for name in ("media[]", "reply_to", "quote", "draft", "key")}
    led(browser, "/compose", text="The elm", warning="Trees", visibility="unlisted", language="fr", **fields)
    new = ana.get(f"/api/v1/accounts/{ana.id}/statuses")[0]
    assert new["id"] != old["id"]
    assert (new["in_reply_to_id"], new["favourites_count"]) == (asked["id"], 0)
    assert [each["id"] for each in new["media_attachments"]] == [photo["id"]]
    assert "The oak" not in browser.get("/drafts")


def test_a_poll_is_asked_again(network: Network) -> None:
    ana, browser = browsing(network, "ana")
    old = ana.say("Which?", poll=_POLL)
    browser.get(f"/posts/{old['id']}/rewrite")
    page = browser.get(led(browser, f"/posts/{old['id']}/rewrite"))
    assert values(page, "choices[]") == ["oak", "elm", *[""] * 6]
    assert chosen(page, "poll_seconds") == "3600", "the nearest that is offered"
    for name in ("poll_multiple", "poll_hide"):
        assert f'name="{name}" value="1" checked' in page


def test_a_draft_that_is_left_alone_stays(network: Network) -> None:
    ana, browser = browsing(network, "ana")
    old = ana.say("An #oak", media_ids=[picture(ana)["id"]])
    browser.get(f"/posts/{old['id']}/rewrite")
    led(browser, f"/posts/{old['id']}/rewrite")
    assert "An #oak" in browser.get("/drafts")
    assert ana.get("/api/v1/timelines/tag/oak") == []


def test_only_ones_own_words_are_written_anew(network: Network) -> None:
    ana, browser = browsing(network, "ana")
    bo = network.member("bo")
    said = bo.say("Mine")
    repost = ana.post(f"/api/v1/statuses/{said['id']}/reblog")
    hidden = bo.say("Psst", visibility="private")
    own = ana.say("Hers")
    browser.get(f"/posts/{own['id']}/rewrite")
    for post, status in ((said, 403), (repost, 403), (hidden, 404)):
        browser.get(f"/posts/{post['id']}/rewrite", status)
        browser.get(f"/posts/{own['id']}/rewrite")
        browser.post(f"/posts/{post['id']}/rewrite", status)
    assert bo.get(f"/api/v1/statuses/{said['id']}")["reblogs_count"] == 1


def test_a_post_stays_if_there_is_no_room_for_a_draft(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpublished, "DRAFTS", 1)
    ana = network.member("ana")
    posts = [ana.say("First", media_ids=[picture(ana)["id"]])["id"], ana.say("Second")["id"]]
    ids = [network.site.ids.decode(Kind.POST, each) for each in posts]
    network.write(rewrite_post, ana.number, ids[1])
    with pytest.raises(TooManyDrafts):
        network.write(rewrite_post, ana.number, ids[0])
    assert len(ana.get(f"/api/v1/statuses/{posts[0]}")["media_attachments"]) == 1


def test_a_reply_that_waits_is_written_anew_for_whom_it_was_meant(network: Network) -> None:
    ana, browser = browsing(network, "ana")
    bo = network.member("bo")
    bo.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"reply_approval": "all"}})
    asked = bo.say("Ask me first")
    old = ana.say("@bo may I?", in_reply_to_id=asked["id"], visibility="private")
    assert old["reply_waiting"]
    browser.get(f"/posts/{old['id']}/rewrite")
    page = browser.get(led(browser, f"/posts/{old['id']}/rewrite"))
    assert chosen(page, "visibility") == "followers"
