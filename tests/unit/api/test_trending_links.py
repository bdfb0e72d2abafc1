"""Pages that trend, the posts that link them, and their publishers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from palabre.accounts.actions import suspend
from palabre.accounts.roster import limit
from palabre.moderation.trending import forget_reviews
from palabre.store import Statement
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network
from unit.api.scene import show_card
from unit.api.test_admin_accounts import acts, root_of

PATH = "/api/v1/trends/links"
ADMIN = "/api/v1/admin/trends/links"
PUBLISHERS = f"{ADMIN}/publishers"
TIMELINE = "/api/v1/timelines/link"
NEWS, BLOG = "https://news.example.org/story", "https://www.blog.example.org/entry"


@pytest.fixture
def crowd(network: Network) -> list[Caller]:
    return members(network)


def members(network: Network) -> list[Caller]:
    return [network.member(name) for name in ("ana", "ben", "cleo", "dora", "eli")]


def link(network: Network, who: list[Caller], url: str = NEWS, **more: Any) -> list[str]:
    said = [one.say(f"Read {url}", **more)["id"] for one in who]
    for post in said:
        show_card(network, post, url, title=f"Of {url}")
    return said


def shown(caller: Caller, path: str = PATH, **params: Any) -> list[str]:
    return [found["url"] for found in caller.get(path, **params)]


def test_pages_trend_by_the_number_of_people(network: Network, crowd: list[Caller]) -> None:
    link(network, crowd[:4], BLOG)
    link(network, [*crowd[:3], crowd[0], crowd[0]], NEWS)
    link(network, [crowd[0]] * 4, "https://alone.example.org/")
    link(network, crowd[:4], "https://unlisted.example.org/", visibility="unlisted")
    link(network, crowd[:4], "https://covered.example.org/", spoiler_text="careful")
    found = network.visitor.get(PATH)
    assert [one["url"] for one in found] == [BLOG, NEWS]
    assert problems("Trends_Link", found[0], without=OPTIONAL["Trends_Link"]) == []
    assert len(found[1]["history"]) == 7
    assert (found[1]["history"][0]["uses"], found[1]["history"][0]["accounts"]) == ("5", "3")
    assert shown(network.visitor, limit=1, offset=1) == [NEWS]
    assert [[each["url"] for each in page] for page in network.visitor.pages(PATH, limit=1)] == [[BLOG], [NEWS]]


def test_who_does_not_want_to_be_discovered_makes_no_link_trend(network: Network, crowd: list[Caller]) -> None:
    crowd[0].call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
    link(network, crowd[:3])
    assert shown(network.visitor) == []


@pytest.mark.parametrize("what", ["deleted", "suspended", "limited"])
def test_a_link_is_gone_at_once_with_those_who_made_it_trend(
    network: Network, crowd: list[Caller], what: str
) -> None:
    posts = link(network, crowd[:3])
    link(network, crowd[:3], BLOG)
    assert set(shown(network.visitor)) == {NEWS, BLOG}
    match what:
        case "deleted":
            crowd[0].delete(f"/api/v1/statuses/{posts[0]}")
            assert shown(network.visitor) == [BLOG]
        case "suspended":
            network.write(suspend, crowd[0].number)
            assert shown(network.visitor) == []
        case _:
            network.write(limit, crowd[0].number)
            assert shown(network.visitor) == []


def test_what_trends_is_read_in_three_statements(network: Network, crowd: list[Caller], count: Any) -> None:
    link(network, crowd)
    network.visitor.get(PATH)
    assert count(lambda: network.visitor.get(PATH)) <= 3


def test_posts_with_a_link_are_found_by_it(network: Network, crowd: list[Caller]) -> None:
    ana, ben, cleo, dora, eli = crowd
    first, second, third = link(network, [ana, ben, cleo])
    link(network, [dora], visibility="private")
    link(network, [eli], BLOG)
    of_news = lambda caller, **more: [post["id"] for post in caller.get(TIMELINE, url=NEWS, **more)]  # noqa: E731
    assert of_news(network.visitor) == [third, second, first]
    assert of_news(network.visitor, max_id=third, limit=1) == [second]
    pages = network.visitor.pages(TIMELINE, url=NEWS, limit=2)
    assert [[post["id"] for post in page] for page in pages] == [[third, second], [first]]
    assert of_news(network.visitor, min_id=first, limit=1) == [second]
    eli.post(f"/api/v1/accounts/{ana.id}/block")
    ben.post(f"/api/v1/accounts/{eli.id}/block")
    eli.post(f"/api/v1/accounts/{cleo.id}/mute")
    assert of_news(eli) == []
    network.write(suspend, ana.number)
    network.write(limit, ben.number)
    assert of_news(network.visitor) == [third]
    network.visitor.get(TIMELINE, 422)


def test_a_link_that_was_only_whispered_answers_as_one_that_nobody_knows(
    network: Network, crowd: list[Caller]
) -> None:
    link(network, crowd[:1], visibility="private")
    for url in (NEWS, "https://nowhere.example.org/", "nonsense"):
        answer = network.visitor.call("GET", TIMELINE, params={"url": url})
        assert (answer.content, "link" in answer.headers) == (b"[]", False)


def test_links_and_publishers_are_rejected_and_approved(network: Network, crowd: list[Caller]) -> None:
    root = root_of(network)
    link(network, crowd[:3], NEWS)
    link(network, crowd[:3], BLOG)
    listed = {each["url"]: each for each in root.get(ADMIN)}
    assert set(listed) == {NEWS, BLOG}
    assert problems("Trends_Link", listed[NEWS], without=OPTIONAL["Trends_Link"]) == []
    rejected = root.post(f"{ADMIN}/{listed[NEWS]['id']}/reject")
    assert (rejected["url"], rejected["requires_review"], rejected["history"]) == (
        NEWS, False, listed[NEWS]["history"],
    )  # fmt: skip
    assert shown(network.visitor) == [BLOG]
    publishers = {each["domain"]: each for each in root.get(PUBLISHERS)}
    assert set(publishers) == {"news.example.org", "blog.example.org"}
    blog = publishers["blog.example.org"]
    assert [blog[name] for name in ("trendable", "reviewed_at", "requires_review")] == [None, None, False]
    decided = root.post(f"{PUBLISHERS}/{blog['id']}/reject")
    assert (decided["id"], decided["trendable"], bool(decided["reviewed_at"])) == (blog["id"], False, True)
    assert shown(network.visitor) == []
    root.post(f"{ADMIN}/{listed[BLOG]['id']}/approve")
    assert shown(network.visitor) == [BLOG], "a page goes before its publisher"
    root.post(f"{PUBLISHERS}/{publishers['news.example.org']['id']}/approve")
    assert shown(network.visitor) == [BLOG]
    assert [kind for kind, _ in acts(network)] == [
        "trend_approved", "trend_approved", "trend_rejected", "trend_rejected",
    ]  # fmt: skip
    for path in (f"{ADMIN}/{root.id}", f"{PUBLISHERS}/{listed[NEWS]['id']}"):
        root.post(f"{path}/approve", 404)
    for caller, status in ((crowd[0], 403), (network.visitor, 401)):
        for path in (ADMIN, PUBLISHERS):
            caller.get(path, status)
        caller.post(f"{ADMIN}/{listed[NEWS]['id']}/approve", status)
        caller.post(f"{PUBLISHERS}/{blog['id']}/approve", status)


def test_with_review_links_trend_by_their_publishers_too(network_with: Callable[..., Network]) -> None:
    network = network_with(trends="review")
    root, crowd = root_of(network), members(network)
    link(network, crowd[:3], NEWS)
    link(network, crowd[:3], BLOG)
    assert shown(network.visitor) == []
    assert [each["requires_review"] for each in (*root.get(ADMIN), *root.get(PUBLISHERS))] == [True] * 4
    news = next(each for each in root.get(PUBLISHERS) if each["domain"] == "news.example.org")
    root.post(f"{PUBLISHERS}/{news['id']}/approve")
    assert shown(network.visitor) == [NEWS]
    assert {each["url"]: each["requires_review"] for each in root.get(ADMIN)} == {NEWS: False, BLOG: True}


def test_no_link_trends_where_trends_are_off(network_with: Callable[..., Network]) -> None:
    network = network_with(trends="off")
    link(network, members(network))
    assert shown(network.visitor) == []


def test_decisions_about_pages_are_forgotten_with_the_last_post(network: Network, crowd: list[Caller]) -> None:
    root = root_of(network)
    link(network, crowd[:3])
    link(network, crowd[:3], BLOG)
    for each in root.get(ADMIN):
        root.post(f"{ADMIN}/{each['id']}/reject")
    decided = lambda: network.run(  # noqa: E731
        network.site.db.read(lambda db: db.value(Statement("SELECT count(*) FROM link_review")))
    )
    assert decided() == 2
    network.write(forget_reviews)
    assert decided() == 2
    for member in crowd[:3]:
        for status in member.get(f"/api/v1/accounts/{member.id}/statuses"):
            if status["card"]["url"] == NEWS:
                member.delete(f"/api/v1/statuses/{status['id']}")
    network.write(forget_reviews)
    assert decided() == 1
