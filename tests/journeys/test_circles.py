"""Filters, lists, hashtags, notes and tables to take along, as a member meets them on pages without a script."""

from __future__ import annotations

import csv
import html
import io
import re
from html import unescape

import pytest

from browsing import PASSWORD, Browsing
from running import Person, RunningServer
from standbys import until


@pytest.fixture(scope="module")
def people(server: RunningServer) -> list[Person]:
    return [server.account(name, password=PASSWORD) for name in ("ana", "ben", "cleo")]


@pytest.fixture
def ana(server: RunningServer, people: list[Person]) -> Browsing:
    return Browsing(server).sign_in(people[0])


@pytest.fixture
def ben(server: RunningServer, people: list[Person]) -> Browsing:
    return Browsing(server).sign_in(people[1])


def follow(by: Browsing, name: str) -> str:
    page = by.get(f"/@{name}").text
    if (found := re.search(r'action="(/accounts/\d+)/follow"', page)) is not None:
        assert by.post(f"{found[1]}/follow").status_code == 303
        return found[1]
    return re.search(r'action="(/accounts/\d+)/unfollow"', page)[1]


def test_a_filtered_post_stands_behind_a_button_or_is_left_out(ana: Browsing, ben: Browsing) -> None:
    follow(ana, "ben")
    ben.get("/home")
    ben.post("/compose", data={"text": "The butler did it, at dawn"})
    form = {"title": "Whodunnit <b>", "context[]": "home", "act": "warn", "words[0][keyword]": "butler"}
    ana.get("/settings/filters/new")
    assert ana.post("/settings/filters/new", data={**form, "title": ""}).status_code == 422
    assert ana.post("/settings/filters/new", data=form).status_code == 303
    home = ana.get("/home").text
    assert "Filtered: <bdi>Whodunnit &lt;b&gt;</bdi>" in home
    assert "at dawn" in home
    assert "Whodunnit" not in ana.get("/@ben").text, "only where the filter is for"
    address = re.search(r'href="(/settings/filters/\d+)"', ana.get("/settings/filters").text)[1]
    page = ana.get(address).text
    assert 'value="butler"' in page
    assert "checked><span>Home and lists" in page
    assert ana.post(address, data={**form, "act": "hide", "context[]": ["home", "account"]}).status_code == 303
    assert "at dawn" not in ana.get("/home").text
    assert "at dawn" not in ana.get("/@ben").text
    ben.post("/compose", data={"text": "Nobody mentions it, at dusk"})
    post = "/@ben/" + re.search(r'action="/posts/(\d+)/like"', ana.get("/@ben").text)[1]
    for wrong in ("", "nonsense", "1" * 31, "/@ben/" + "1" * 31):
        refused = ana.post(f"{address}/posts", data={"address": wrong})
        assert refused.status_code == 422
        assert "There is no such post here." in refused.text
        assert 'value="butler"' in refused.text
    assert ana.post(f"{address}/posts", data={"address": f"{ana.origin}{post}?sort=votes"}).status_code == 303
    assert ana.post(f"{address}/posts", data={"address": post}).status_code == 422, "it is there already"
    assert "at dusk" not in ana.get("/home").text
    page = unescape(ana.get(address).text)
    assert "at dusk" in page
    out = re.search(r'action="(/settings/filters/\d+/posts/\d+/remove)"', page)[1]
    assert ben.post(out).status_code == 404
    assert ana.post(out).status_code == 303
    assert "at dusk" in ana.get("/home").text
    assert ana.post(f"{address}/delete").status_code == 303
    assert "at dawn" in ana.get("/home").text
    assert ben.get(address).status_code == 404


def test_filters_look_into_quotes_and_private_conversations(ana: Browsing, ben: Browsing) -> None:
    follow(ana, "ben")
    follow(ben, "ana")
    ben.get("/home")
    ben.post("/compose", data={"text": "The gardener did it, at noon"})
    first = re.search(r'href="(/@ben/(\d+))"', html.unescape(ben.get("/@ben").text))
    ben.post("/compose", data={"text": "Who would think", "quote": first[2]})
    ben.post("/compose", data={"text": "@ana psst, the gardener", "visibility": "mentioned"})
    until(lambda: "psst" in ana.get("/direct").text, "the conversation")
    ana.get("/settings/filters/new")
    form = {"title": "Endings", "context[]": ["account", "thread"], "act": "warn", "words[0][keyword]": "gardener"}
    assert ana.post("/settings/filters/new", data=form).status_code == 303
    assert ana.get("/@ben").text.count("Filtered: <bdi>Endings</bdi>") == 3, "it, what quotes it, and the private one"
    direct = ana.get("/direct").text
    assert (
        direct.index("Filtered: <bdi>Endings</bdi>")
        < direct.index("psst")
        < direct.index("</details>", direct.index("psst"))
    )
    ana.post("/compose", data={"text": "I quote it", "quote": first[2]})
    assert ana.get("/@ana").text.count("Filtered: <bdi>Endings</bdi>") == 1
    address = re.search(r'href="(/settings/filters/\d+)"', ana.get("/settings/filters").text)[1]
    assert ana.post(address, data={**form, "act": "hide"}).status_code == 303
    assert "psst" not in ana.get("/direct").text
    assert "Who would think" not in ana.get("/@ben").text
    assert ana.post(f"{address}/delete").status_code == 303
    assert "psst" in ana.get("/direct").text


def test_what_is_hidden_among_the_notifications_rings_no_bell(ana: Browsing, ben: Browsing) -> None:
    follow(ben, "ana")
    form = {"title": "Ends", "context[]": "notifications", "act": "hide", "words[0][keyword]": "housekeeper"}
    ana.get("/notifications")
    assert ana.post("/settings/filters/new", data=form).status_code == 303
    ana.post("/compose", data={"text": "Who did it?"})
    asked = re.search(r'href="/@ana/(\d+)"', html.unescape(ben.get("/@ana").text))[1]
    ben.get("/home")
    ben.post("/compose", data={"text": "@ana the housekeeper mentions it"})
    ben.post("/compose", data={"text": "the housekeeper quotes it", "quote": asked})
    ben.post(f"/posts/{asked}/like")
    until(lambda: 'data-unread="0"' not in ana.get("/home").text, "one is told")
    until(lambda: "quotes it" in ana.get(f"/@ana/{asked}/quotes").text, "it is quoted")
    assert 'data-unread="1"' in ana.get("/home").text
    page = ana.get("/notifications").text
    assert "like" in page
    assert "mentions it" not in page
    assert "quotes it" not in page
    assert 'data-unread="0"' in ana.get("/home").text
    address = re.search(r'href="(/settings/filters/\d+)"', ana.get("/settings/filters").text)[1]
    assert ana.post(f"{address}/delete").status_code == 303
    page = ana.get("/notifications").text
    assert "mentions it" in page
    assert "quotes it" in page


def test_a_list_is_made_filled_read_and_removed(ana: Browsing, ben: Browsing) -> None:
    account = follow(ana, "ben")
    ben.get("/home")
    ben.post("/compose", data={"text": "for the list"})
    ana.get("/lists")
    assert ana.post("/lists", data={"title": " "}).status_code == 422
    made = ana.post("/lists", data={"title": "Choir", "exclusive": "1"}).headers["location"]
    page = ana.get(f"{account}/lists").text
    number = re.search(r'name="lists\[\]" value="(\d+)"', page)[1]
    assert made == f"/lists/{number}"
    assert ana.post(f"{account}/lists", data={"lists[]": number}).status_code == 303
    assert "for the list" in ana.get(made).text
    assert "for the list" not in ana.get("/home").text
    assert "@ben" in ana.get(f"{made}/edit").text
    assert ana.post(f"{made}/edit", data={"title": "Chorus", "replies": "none"}).status_code == 303
    assert "Chorus" in ana.get("/lists").text
    assert "for the list" in ana.get("/home").text
    assert ana.post(f"{made}/leave/{account.removeprefix('/accounts/')}").status_code == 303
    assert "for the list" not in ana.get(made).text
    assert ben.get(made).status_code == 404
    assert ana.post(f"{made}/delete").status_code == 303
    assert ana.get(made).status_code == 404


def test_hashtags_are_followed_and_shown_on_the_profile(ana: Browsing, ben: Browsing) -> None:
    ana.get("/tags/choirs")
    assert ana.post("/tags/choirs/follow").status_code == 303
    assert ana.post("/tags/choirs/feature").status_code == 303
    ben.get("/home")
    ben.post("/compose", data={"text": "all #Choirs"})
    assert "all " in ana.get("/home").text
    assert "#choirs" in ben.get("/@ana").text
    page = ana.get("/settings/hashtags").text
    assert page.count("#choirs</bdi>") == 2
    assert ana.post("/settings/hashtags", data={"name": "no tag"}).status_code == 422
    assert ana.post("/settings/hashtags", data={"name": "elms"}).status_code == 303
    assert "#elms" in ana.get("/settings/hashtags").text
    assert ana.post("/tags/choirs/unfeature").status_code == 303
    assert "#choirs" not in ben.get("/@ana").text


def test_notes_endorsements_and_muted_conversations(ana: Browsing, ben: Browsing) -> None:
    account = follow(ana, "ben")
    ana.get("/@ben")
    assert ana.post(f"{account}/note", data={"text": "from <the> choir", "next": "/@ben"}).status_code == 303
    assert "from &lt;the&gt; choir" in ana.get("/@ben").text
    assert "choir" not in ben.get("/@ben").text
    assert ana.post(f"{account}/endorse").status_code == 303
    assert "Recommends" in ben.get("/@ana").text
    ana.get("/home")
    ana.post("/compose", data={"text": "what do you think?"})
    post = re.search(r'action="(/posts/\d+)/like"', ana.get("/@ana").text)[1]
    assert "Mute the conversation" in ana.get("/@ana").text
    assert ana.post(f"{post}/mute", data={"next": "/@ana"}).status_code == 303
    assert "Tell me of this conversation again" in ana.get("/@ana").text
    assert ana.post(f"{post}/unmute", data={"next": "/@ana"}).status_code == 303


def test_tables_are_taken_along_as_mastodon_writes_them(ana: Browsing) -> None:
    follow(ana, "ben")
    cleo = follow(ana, "cleo")
    ana.get("/settings/domains")
    assert ana.post("/settings/domains", data={"domain": "no"}).status_code == 422
    assert ana.post("/settings/domains", data={"domain": "Far.example"}).status_code == 303
    made = ana.post("/lists", data={"title": "=Choir, and friends"}).headers["location"].removeprefix("/lists/")
    assert ana.post(f"{cleo}/lists", data={"lists[]": made}).status_code == 303

    def rows(name: str) -> list[list[str]]:
        answer = ana.get(f"/settings/export/{name}.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
        return list(csv.reader(io.StringIO(answer.text)))

    follows = rows("following_accounts")
    assert follows[0] == ["Account address", "Show boosts", "Notify on new posts", "Languages"]
    names = {row[0].partition("@")[0]: row[1:] for row in follows[1:]}
    assert names == {"ben": ["true", "false", ""], "cleo": ["true", "false", ""]}
    assert [row[0] for row in rows("lists")] == ["'=Choir, and friends"]
    assert rows("blocked_domains") == [["far.example"]]
    ana.post(f"{cleo}/mute")
    assert rows("muted_accounts")[1][0].startswith("cleo@")
    ana.post(f"{cleo}/block")
    assert rows("blocked_accounts")[0][0].startswith("cleo@")
    assert ana.get("/settings/export/sessions.csv").status_code == 404
    assert ana.post("/settings/domains/unblock", data={"domain": "far.example"}).status_code == 303
    assert rows("blocked_domains") == []
    assert "following_accounts.csv" in ana.get("/settings/export").text


def test_people_are_recommended_together_and_leave(
    server: RunningServer, people: list[Person], ana: Browsing, ben: Browsing
) -> None:
    server.account("dora")
    ana.get("/collections")
    assert ana.post("/collections", data={"name": " "}).status_code == 422
    form = {"name": "Choir <b>", "description": "Who sings", "tag_name": "choir", "discoverable": "1"}
    assert "This is no hashtag." in ana.post("/collections", data={**form, "tag_name": "no tag"}).text
    place = ana.post("/collections", data=form).headers["location"]
    assert "Choir &lt;b&gt;" in ana.get(place).text
    assert place not in ben.get("/discover/collections").text, "nobody is in it"
    for wrong, said in (("nobody", 422), ("ana", 422), ("@ben", 303)):
        assert ana.post(f"{place}/people", data={"person": wrong}).status_code == said
    assert place in ben.get("/discover/collections").text
    assert f'action="{place}/follow"' not in unescape(ben.get(place).text), "nobody but Ben is in it"
    assert ana.post(f"{place}/people", data={"person": "dora"}).status_code == 303
    assert f'action="{place}/follow"' in unescape(ben.get(place).text)
    followed = ben.post(f"{place}/follow")
    assert (followed.status_code, followed.headers["location"]) == (303, place)
    shown = unescape(ben.get(place).text)
    assert "You follow those in the collection" in shown
    assert f'action="{place}/follow"' not in shown, "whom one follows one need not follow again"
    taken = re.findall(rf"{place}/people/\d+/remove", unescape(ana.get(place).text))[-1]  # Dora came last
    assert ana.post(taken).status_code == 303
    page = unescape(ana.get(place).text)
    assert ("@ben" in page, "@dora" in page) == (True, False)
    account = re.search(r'href="(/accounts/\d+)/collections"', ana.get("/@ben").text)[1]
    assert ana.get(f"{account}/collections").status_code == 200
    seen = unescape(ben.get(place).text)
    assert "Who sings" in seen
    assert f"{place}/delete" not in seen
    assert f'action="{place}/leave"' in seen
    for deed in ("", "/people", "/delete"):
        assert f'action="{place}{deed}"' in page
    assert ben.post(f"{place}/delete").status_code == 404
    assert "Choir" in ben.get("/collections").text
    profile = "/api/v1/accounts/update_credentials"
    with people[1].client() as of_ben:
        of_ben.patch(profile, json={"discoverable": False}).raise_for_status()
        hidden = unescape(ben.get(place).text)
        assert "Nobody in this collection yet" in hidden
        assert f'action="{place}/leave"' in hidden, "whoever is not shown in it may leave it too"
        assert f'action="{place}/leave"' not in unescape(ana.get(place).text)
        of_ben.patch(profile, json={"discoverable": True}).raise_for_status()
    assert ben.post(f"{place}/leave").status_code == 303
    assert "Choir" not in ben.get("/collections").text
    assert ben.post(f"{place}/leave").status_code == 404
    refused = ana.post(f"{place}/people", data={"person": "ben"})
    assert (refused.status_code, "This action is not allowed" in refused.text) == (422, True)
    assert ana.post(f"{place}/people", data={"person": "dora"}).status_code == 303
    taken = re.search(rf"{place}/people/\d+/remove", unescape(ana.get(place).text))[0]
    assert ana.post(taken).status_code == 303
    assert "@dora" not in ana.get(place).text
    assert ana.post(place, data={**form, "name": "Chorus", "description": ""}).status_code == 303
    assert "Chorus" in ana.get("/collections").text
    assert ana.post(f"{place}/delete").status_code == 303
    assert ben.get(place).status_code == 404
