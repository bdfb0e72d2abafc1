"""Posts that trend: by whom they are counted, who is shown them, and what is gone at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from palabre import clock
from palabre.accounts.actions import suspend
from palabre.accounts.roster import limit, sensitize
from palabre.clock import HOUR
from palabre.ids import Kind
from palabre.moderation.trending import forget_reviews
from palabre.posts.events import PostMarked
from palabre.posts.model import Mark
from palabre.search import trending_posts
from palabre.search.trending_posts import score, voices_in
from palabre.search.trends import FRESH
from palabre.store import Statement
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import acts, root_of

PATH = "/api/v1/trends/statuses"
ADMIN = "/api/v1/admin/trends/statuses"


@pytest.fixture
def crowd(network: Network) -> list[Caller]:
    return members(network)


def members(network: Network) -> list[Caller]:
    return [network.member(name) for name in ("ana", "ben", "cleo", "dora", "eli", "fay")]


def like(post: dict[str, Any], people: Iterable[Caller], act: str = "favourite") -> None:
    for one in people:
        one.post(f"/api/v1/statuses/{post['id']}/{act}")


def shown(caller: Caller, path: str = PATH, **params: Any) -> list[str]:
    return [post["id"] for post in caller.get(path, **params)]


def later(monkeypatch: pytest.MonkeyPatch, by: int = FRESH) -> None:
    then = clock.now()
    monkeypatch.setattr(clock, "now", lambda: then + by)


def test_posts_trend_by_the_number_of_people(network: Network, crowd: list[Caller]) -> None:
    ana, ben, cleo, dora, eli, fay = crowd
    few, many, alone, own = ana.say("few"), ben.say("many"), cleo.say("alone"), dora.say("own")
    like(few, (ben, cleo, dora))
    like(few, (ben, cleo, dora), "reblog")
    like(many, (ana, cleo, dora, eli))
    like(alone, (ana, ben))
    like(own, (dora, ana, ben))
    found = network.visitor.get(PATH)
    assert [post["id"] for post in found] == [many["id"], few["id"]], "one voice a person, none for oneself"
    assert problems("Status", found[0], without=OPTIONAL["Status"]) == []
    like(many, (fay,), "bookmark")
    assert [post["favourited"] for post in ana.get(PATH)] == [True, False]


def test_what_does_not_trend(network: Network, crowd: list[Caller]) -> None:
    ana, ben, cleo, dora, eli, fay = crowd
    fay.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
    posts = [
        ana.say("unlisted", visibility="unlisted"),
        ana.say("warned", spoiler_text="careful"),
        ana.say("covered", sensitive=True),
        ben.say("a reply", in_reply_to_id=ana.say("asked")["id"]),
        fay.say("not to be discovered"),
    ]
    for post in posts:
        like(post, (ana, ben, cleo, dora, eli))
    good = ana.say("good")
    like(good, (cleo, dora, eli))
    assert shown(network.visitor) == [good["id"]]


def test_sensitive_posts_trend_where_the_operator_allows_it(network_with: Callable[..., Network]) -> None:
    network = network_with(trends_sensitive=True)
    ana, *others = members(network)
    warned = ana.say("warned", spoiler_text="careful")
    like(warned, others)
    assert shown(network.visitor) == [warned["id"]]


def test_an_author_stands_there_once(network: Network, crowd: list[Caller]) -> None:
    ana, ben, *others = crowd
    posts = [ana.say(f"number {number}") for number in range(3)]
    for post in posts:
        like(post, others)
    like(posts[1], (ben,))
    assert shown(network.visitor) == [posts[1]["id"]]


def test_many_liked_posts_of_one_author_push_nobody_out(
    network: Network, crowd: list[Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben, *others = crowd
    monkeypatch.setattr(trending_posts, "KEPT", trending_posts.OF_EACH + 1)
    for number in range(trending_posts.OF_EACH + 2):
        like(ana.say(f"number {number}"), (ben, *others))
    modest = ben.say("modest")
    like(modest, others[:3])
    assert shown(network.visitor)[1:] == [modest["id"]]


def test_a_like_that_is_taken_back_counts_no_more(
    network: Network, crowd: list[Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, ben, cleo, dora, *_ = crowd
    post = ana.say("hello")
    like(post, (ben, cleo, dora))
    like(post, (ben,), "reblog")
    assert shown(network.visitor) == [post["id"]]
    like(post, (ben,), "unreblog")
    later(monkeypatch)
    assert shown(network.visitor) == [post["id"]], "the like is still there"
    like(post, (ben,), "unfavourite")
    assert shown(network.visitor) == [post["id"]], "counted every five minutes"
    later(monkeypatch)
    assert shown(network.visitor) == []


def test_posts_of_long_ago_do_not_trend(
    network: Network, crowd: list[Caller], monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, *others = crowd
    post = ana.say("hello")
    later(monkeypatch, 73 * HOUR)
    like(post, others)
    assert shown(network.visitor) == []


@pytest.mark.parametrize("what", ["deleted", "edited", "suspended", "limited", "sensitized", "hidden by its author"])
def test_what_may_trend_no_more_is_gone_at_once(network: Network, crowd: list[Caller], what: str) -> None:
    ana, ben, *others = crowd
    post, stays = ana.say("hello"), ben.say("stays")
    for each in (post, stays):
        like(each, others)
    assert set(shown(network.visitor)) == {post["id"], stays["id"]}
    match what:
        case "deleted":
            ana.delete(f"/api/v1/statuses/{post['id']}")
        case "edited":
            changed = {"status": "hello", "spoiler_text": "careful"}
            ana.call("PUT", f"/api/v1/statuses/{post['id']}", json=changed)
        case "suspended":
            network.write(suspend, ana.number)
        case "limited":
            network.write(limit, ana.number)
        case "sensitized":
            network.write(sensitize, ana.number)
        case _:
            ana.call("PATCH", "/api/v1/accounts/update_credentials", json={"discoverable": False})
    assert shown(network.visitor) == [stays["id"]]


@pytest.mark.parametrize("what", ["block", "blocked", "mute", "filter"])
def test_what_a_reader_hides_is_not_shown_to_him(network: Network, crowd: list[Caller], what: str) -> None:
    ana, ben, *others = crowd
    post, stays = ana.say("about elms"), others[0].say("stays")
    like(post, (ben, *others))
    like(stays, (ben, *others[1:]))
    reader = ben
    assert set(shown(reader)) == {post["id"], stays["id"]}
    match what:
        case "blocked":
            ana.post(f"/api/v1/accounts/{reader.id}/block")
        case "filter":
            words = {"title": "x", "context": ["public"], "keywords_attributes": [{"keyword": "elms"}]}
            reader.post("/api/v2/filters", filter_action="hide", **words)
        case _:
            reader.post(f"/api/v1/accounts/{ana.id}/{what}")
    assert shown(reader) == [stays["id"]]
    assert set(shown(network.visitor)) == {post["id"], stays["id"]}


def test_whoever_is_suspended_or_limited_has_no_voice(network: Network, crowd: list[Caller]) -> None:
    ana, ben, cleo, dora, eli, _ = crowd
    post = ana.say("hello")
    like(post, (ben, cleo, dora, eli))
    network.write(suspend, ben.number)
    network.write(limit, cleo.number)
    assert shown(network.visitor) == []


def test_trending_posts_are_paged_by_place(network: Network, crowd: list[Caller]) -> None:
    for each in crowd[:5]:
        like(each.say(f"of {each.name}"), [other for other in crowd if other is not each])
    every = shown(network.visitor)
    assert len(every) == 5
    pages = network.visitor.pages(PATH, limit=2)
    assert [[post["id"] for post in page] for page in pages] == [every[:2], every[2:4], every[4:]]
    last = network.visitor.call("GET", PATH, params={"limit": 2, "offset": 4})
    assert set(last.links) == {"prev"}
    assert last.links["prev"]["url"].endswith(f"{PATH}?limit=2&offset=2")
    assert network.visitor.pages(PATH) == [network.visitor.get(PATH)]
    assert shown(network.visitor, offset=9) == []


def test_what_trends_is_read_in_two_statements(network: Network, crowd: list[Caller], count: Any) -> None:
    for each in crowd[:5]:
        like(each.say(f"of {each.name}"), [other for other in crowd if other is not each])
    for reader in (network.visitor, crowd[5]):
        for path in ("/api/v1/timelines/home", PATH, PATH):
            if reader.token or path == PATH:
                reader.get(path)
        assert count(lambda reader=reader: reader.get(PATH)) <= 2


def test_a_rejected_post_trends_no_more(network: Network, crowd: list[Caller]) -> None:
    root = root_of(network)
    ana, ben, *others = crowd
    bad, second, good = ana.say("bad"), ana.say("second"), ben.say("good")
    for post in (bad, second, good):
        like(post, others)
    like(bad, (ben,))
    assert set(shown(network.visitor)) == {bad["id"], good["id"]}
    listed = {post["id"]: post for post in root.get(ADMIN)}
    assert set(listed) == {bad["id"], second["id"], good["id"]}
    assert problems("Status", listed[bad["id"]], without=OPTIONAL["Status"]) == []
    assert listed[bad["id"]]["requires_review"] is False
    rejected = root.post(f"{ADMIN}/{bad['id']}/reject")
    assert (rejected["id"], rejected["requires_review"]) == (bad["id"], False)
    assert set(shown(network.visitor)) == {second["id"], good["id"]}, "the author's next stands there"
    assert {post["id"] for post in root.get(ADMIN)} == set(listed)
    root.post(f"{ADMIN}/{bad['id']}/approve")
    assert set(shown(network.visitor)) == {bad["id"], good["id"]}
    assert [kind for kind, _ in acts(network, ana.number)] == ["post_trend_approved", "post_trend_rejected"]
    whispered = ana.say("for followers", visibility="private")
    for number in (whispered["id"], ana.say("quiet", visibility="unlisted")["id"], root.id):
        root.post(f"{ADMIN}/{number}/approve", 404)
    for caller, status in ((ana, 403), (network.visitor, 401)):
        caller.get(ADMIN, status)
        caller.post(f"{ADMIN}/{bad['id']}/approve", status)


def test_with_review_only_approved_posts_trend(network_with: Callable[..., Network]) -> None:
    network = network_with(trends="review")
    root = root_of(network)
    ana, ben, *others = members(network)
    good, new = ana.say("good"), ben.say("new")
    for post in (good, new):
        like(post, others)
    assert shown(network.visitor) == []
    assert [post["requires_review"] for post in root.get(ADMIN)] == [True, True]
    assert root.post(f"{ADMIN}/{good['id']}/approve")["requires_review"] is False
    assert shown(network.visitor) == [good["id"]]


def test_no_post_trends_where_trends_are_off(network_with: Callable[..., Network]) -> None:
    network = network_with(trends="off")
    root = root_of(network)
    ana, *others = members(network)
    like(ana.say("hello"), others)
    assert shown(network.visitor) == []
    assert len(root.get(ADMIN)) == 1


def test_decisions_about_posts_are_forgotten_with_them(network: Network, crowd: list[Caller]) -> None:
    root = root_of(network)
    gone, stays = (crowd[0].say(text) for text in ("gone", "stays"))
    for post in (gone, stays):
        root.post(f"{ADMIN}/{post['id']}/reject")
    crowd[0].delete(f"/api/v1/statuses/{gone['id']}")
    network.write(forget_reviews)
    left = network.run(network.site.db.read(lambda db: db.column(Statement("SELECT post FROM post_review"))))
    assert [network.site.ids.encode(Kind.POST, each) for each in left] == [stays["id"]]


def test_one_voice_a_person_and_the_newest_act_tells() -> None:
    def act(post: int, account: int, marks: Mark, changed: Mark) -> PostMarked:
        return PostMarked(account=account, post=post, author=9, marks=marks, added=changed)

    newest_first = [
        act(5, 1, Mark.NONE, Mark.LIKED),
        act(5, 2, Mark.LIKED | Mark.REPOSTED, Mark.REPOSTED),
        act(5, 2, Mark.LIKED, Mark.LIKED),
        act(5, 1, Mark.LIKED, Mark.LIKED),
        act(5, 3, Mark.LIKED | Mark.BOOKMARKED, Mark.BOOKMARKED),
        act(4, 2, Mark.LIKED, Mark.LIKED),
    ]
    assert voices_in(newest_first, oldest=5) == {5: {2}}


def test_a_post_weighs_half_after_twelve_hours() -> None:
    now = 1_000 * HOUR
    assert score(8, now - 12 * HOUR, now) == score(4, now, now) == 4
    assert score(8, now - 36 * HOUR, now) == 1
