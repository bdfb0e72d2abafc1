"""Lists from memory: they hold what the database would have said, and when warm they ask it nothing."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from palabre.accounts import actions as accounts
from palabre.accounts.errors import AccountNotFound
from palabre.api.mastodon.pieces import Pieces
from palabre.graph import actions as graph
from palabre.graph import lists
from palabre.graph.model import Replies
from palabre.ids import AccountId, PostId
from palabre.paging import Slice, Window
from palabre.posts import actions as posts
from palabre.posts import deleting, tags
from palabre.posts.errors import PostNotFound
from palabre.posts.lines import readable_lines, thread_lines
from palabre.posts.model import Draft, Visibility
from palabre.timelines import home, homes
from palabre.timelines.building import build, build_list
from palabre.timelines.queries import account_lines, hashtag_lines, local_lines
from unit.api.network import Caller, Network

_NAMES = ("ana", "bo", "cy", "dee", "eve")
_STEPS = 120


class Life:
    """Members who do things at random, the same at every run."""

    def __init__(self, network: Network, seed: int) -> None:
        self.network = network
        self.dice = random.Random(seed)
        self.people = [AccountId(network.member(name).number) for name in _NAMES]
        self.posts: list[PostId] = []
        self.suspended: set[AccountId] = set()
        self.lists: dict[AccountId, int] = {}

    def step(self) -> None:
        """Let somebody do something; what is refused changes nothing."""
        who, other = self.dice.sample(self.people, 2)
        post = self.dice.choice(self.posts) if self.posts else None
        write = self.network.write
        acts: list[Callable[[], Any]] = [lambda: self._write(who, None)] * 6
        acts += [lambda: write(graph.follow, who, other)] * 2
        acts += [lambda: write(graph.unfollow, who, other)]
        acts += [self.dice.choice([lambda: write(graph.block, who, other), lambda: write(graph.unblock, who, other)])]
        acts += [self.dice.choice([lambda: write(graph.mute, who, other), lambda: write(graph.unmute, who, other)])]
        acts += [lambda: self._suspend(other)]
        acts += [lambda: self._circle(who, other)] * 3
        if post is not None:
            acts += [lambda: self._write(who, post)] * 4
            acts += [lambda: self.posts.append(write(posts.repost, who, post))] * 3
            acts += [lambda: write(posts.undo_repost, who, post), lambda: write(deleting.delete_post, who, post)] * 2
            acts += [lambda: write(posts.like, who, post)] * 2 + [lambda: write(posts.unlike, who, post)]
            acts += [lambda: write(posts.bookmark, who, post)]
        try:
            self.dice.choice(acts)()
        except Exception as refusal:  # what one may not do is part of the life
            if type(refusal).__module__.partition(".")[0] != "palabre":
                raise

    def _write(self, who: AccountId, reply_to: PostId | None) -> None:
        dice = self.dice
        text = f"{dice.choice(['', '#Oak', '#oak and #elm'])} {dice.choice(['', *(f'@{n}' for n in _NAMES)])} word"
        draft = Draft(text=text, visibility=dice.choice(list(Visibility)), reply_to=reply_to)
        self.posts.append(self.network.write(posts.create_post, who, draft, terms=self.network.site.terms))

    def _circle(self, who: AccountId, other: AccountId) -> None:
        """Let a member make his list, have somebody join or leave it, or choose hashtags and domains."""
        write, dice = self.network.write, self.dice
        if who not in self.lists:
            replies = dice.choice(list(Replies))
            self.lists[who] = write(lists.create_list, who, title="Some", replies=replies).id
        number = self.lists[who]
        dice.choice(
            [
                lambda: write(lists.add_to_list, who, number, [other]),
                lambda: write(lists.add_to_list, who, number, [other]),
                lambda: write(lists.remove_from_list, who, number, [other]),
                lambda: write(lists.change_list, who, number, exclusive=dice.random() < 0.5),
                lambda: write(tags.follow_hashtag, who, "oak"),
                lambda: write(tags.unfollow_hashtag, who, "oak"),
                lambda: write(graph.block_domain, who, "far.example"),
                lambda: write(graph.unblock_domain, who, "far.example"),
            ]
        )()

    def _suspend(self, who: AccountId) -> None:
        if who in self.suspended:
            self.network.write(accounts.unsuspend, who)
            self.suspended.discard(who)
        elif self.dice.random() < 0.4:
            self.network.write(accounts.suspend, who)
            self.suspended.add(who)

    def windows(self) -> list[Window]:
        """Return bounds to ask for."""
        some = self.dice.choice(self.posts) if self.posts else PostId(0)
        return [
            Window(limit=5),
            Window(before=some, limit=4),
            Window(since=some, limit=4),
            Window(after=some, limit=3),
        ]


def outcome(ask: Callable[[], Any]) -> Any:
    try:
        found = ask()
    except (AccountNotFound, PostNotFound) as refusal:
        return type(refusal)
    return (found.items, found.newest, found.oldest) if isinstance(found, Slice) else found


@pytest.mark.parametrize("seed", range(6))
def test_memory_and_database_agree_whatever_happens(
    network: Network, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "_KNOWN_MOST", 256 if seed % 2 else 1)
    monkeypatch.setattr(home, "MARKS_MOST", 4 if seed % 3 else 1_000)
    life = Life(network, seed)
    site, run = network.site, network.run
    for number in range(_STEPS):
        life.step()
        if number % 3 == 0:
            for viewer in [one for one in life.people if one not in life.suspended]:
                run(site.home(viewer))  # so that it is known how they stand to each other
        read = site.db.read
        viewers: list[AccountId | None] = [None, *(one for one in life.people if one not in life.suspended)]
        viewer = life.dice.choice(viewers)
        some = life.dice.sample(life.posts, min(6, len(life.posts)))
        assert run(site.lines.readable(viewer, some)) == run(read(readable_lines, viewer, some))
        for post in some[:2]:
            assert outcome(lambda: run(site.lines.thread(viewer, post))) == outcome(  # noqa: B023 - called at once
                lambda: run(read(thread_lines, viewer, post))  # noqa: B023
            )
        author = life.dice.choice(life.people)
        for rows in life.windows():
            options = {"replies": life.dice.random() < 0.5, "reposts": life.dice.random() < 0.5}
            pairs = [
                (site.lines.local(viewer, rows), read(local_lines, viewer, rows)),
                (site.lines.hashtag(viewer, "OAK", rows), read(hashtag_lines, viewer, "OAK", rows)),
                (
                    site.lines.of_account(viewer, author, rows, **options),
                    read(account_lines, viewer, author, rows, **options),
                ),
            ]
            for memory, database in pairs:
                assert outcome(lambda: run(memory)) == outcome(lambda: run(database))  # noqa: B023


def shown(lines: Any) -> list[tuple[int, int]]:
    """What stands there, without reposts: which of two of the same post is left out depends on the past."""
    return [(line.post, line.marks) for line in lines if not line.original]


@pytest.mark.parametrize("seed", range(4))
def test_homes_and_lists_hold_what_they_would_hold_if_built_anew(
    network: Network, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if seed % 2:  # nothing is taken in before a window is looked at
        monkeypatch.setattr(homes, "_MANY", 0)
    life = Life(network, seed)
    site, run = network.site, network.run
    warm = 0
    for _ in range(_STEPS):
        life.step()
        who = life.dice.choice(life.people)
        rows = Window(limit=200)

        warm += site.homes.get((who, life.lists.get(who, 0))) is not None
        kept_home = run(site.home(who))
        anew = site.db.read_now(build, who)
        assert shown(run(site.home_lines(who, rows)).items) == shown(anew.page(rows))
        assert kept_home.taste == anew.taste
        if who in life.lists:
            kept = run(site.list_lines(who, life.lists[who], rows))
            anew = site.db.read_now(build_list, anew.taste, life.lists[who])
            assert [post for post, _ in shown(kept.items)] == [post for post, _ in shown(anew.page(rows))]
    assert warm > 3, "windows of lists were kept, not only built"


@pytest.fixture
def reads(network: Network, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the queries that were asked of the database."""
    asked: list[str] = []
    read = network.site.db.read

    async def noting(query: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(query.__name__)
        return await read(query, *args, **kwargs)

    monkeypatch.setattr(network.site.db, "read", noting)
    return asked


@pytest.mark.parametrize("warm", [True, False])
def test_a_warm_list_asks_the_database_nothing(network: Network, reads: list[str], warm: bool) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    root = bo.say("#oak")["id"]
    bo.say("again #oak", in_reply_to_id=root)
    if warm:
        ana.get("/api/v1/timelines/home")
    paths = [
        "/api/v1/timelines/public?local=true",
        "/api/v1/timelines/tag/oak",
        f"/api/v1/accounts/{bo.id}/statuses",
        f"/api/v1/statuses/{root}",
        f"/api/v1/statuses/{root}/context",
    ]
    first = [ana.get(path) for path in paths]
    reads.clear()
    assert [ana.get(path) for path in paths] == first
    assert bool(reads) != warm


@pytest.mark.parametrize("likes", [3, 5])
def test_who_looks_at_many_profiles_has_all_his_marks_remembered_if_they_are_few(
    network: Network, reads: list[str], monkeypatch: pytest.MonkeyPatch, likes: int
) -> None:
    monkeypatch.setattr(home, "_KNOWN_MOST", 2)
    monkeypatch.setattr(home, "MARKS_MOST", 4)
    ana, *others = (network.member(name) for name in _NAMES)
    posts = [other.say(str(number)) for other in others for number in range(3)]
    for post in posts[:likes]:
        ana.post(f"/api/v1/statuses/{post['id']}/favourite")
    ana.get("/api/v1/timelines/home")

    def profiles() -> list[bool]:
        pages = [ana.get(f"/api/v1/accounts/{other.id}/statuses") for other in others]
        return [line["favourited"] for page in pages for line in reversed(page)]

    right = [number < likes for number in range(len(posts))]
    assert profiles() == right
    assert profiles() == right
    reads.clear()
    assert profiles() == right
    assert bool(reads) == (likes > 4)
    ana.post(f"/api/v1/statuses/{posts[0]['id']}/unfavourite")
    ana.post(f"/api/v1/statuses/{posts[-1]['id']}/favourite")
    assert profiles() == [False, *right[1:-1], True]


def test_warm_notifications_are_one_statement(network: Network, count: Callable[..., int]) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    for number in range(3):
        post = ana.say(str(number))
        bo.post(f"/api/v1/statuses/{post['id']}/favourite")
    network.settle()
    ana.get("/api/v1/timelines/home")
    ask = lambda: ana.get("/api/v1/notifications")  # noqa: E731
    assert len(ask()) == 3
    assert count(ask) == 1


def test_warm_notifications_are_what_the_long_way_writes(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, bo, cy, dee = (network.member(name) for name in ("ana", "bo", "cy", "dee"))
    joined: list[bytes | None] = []
    short_way = Pieces.told

    def noting(*args: Any, **kwargs: Any) -> bytes | None:
        joined.append(short_way(*args, **kwargs))
        return joined[-1]

    def both_ways() -> tuple[list[Any], bool]:
        monkeypatch.setattr(Pieces, "told", noting)
        ana.get("/api/v1/notifications")
        warm = ana.get("/api/v1/notifications")
        monkeypatch.setattr(Pieces, "told", lambda *_, **__: None)
        assert ana.get("/api/v1/notifications") == warm
        return warm, joined[-1] is not None

    ana.get("/api/v1/timelines/home")
    assert both_ways() == ([], True)
    mine = ana.say("mine", poll={"options": ["a", "b"], "expires_in": 300})["id"]
    ana.post(f"/api/v1/accounts/{dee.id}/follow", notify=True)
    bo.follow(ana)
    said = bo.say("@ana hello", spoiler_text="hello", visibility="private")["id"]
    cy.post(f"/api/v1/statuses/{mine}/favourite")
    cy.post(f"/api/v1/statuses/{mine}/reblog")
    gone = cy.say("@ana gone in a moment")["id"]
    dee.say("who follows is told")
    ana.post(f"/api/v1/statuses/{said}/favourite")
    network.settle()
    lines, short = both_ways()
    assert short
    assert [line["type"] for line in lines] == ["status", "mention", "reblog", "favourite", "mention", "follow"]
    assert lines[4]["status"]["favourited"]

    cy.delete(f"/api/v1/statuses/{gone}")
    bo.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Bo the Great"})
    network.settle()
    lines, short = both_ways()
    assert short
    assert [line["type"] for line in lines] == ["status", "reblog", "favourite", "mention", "follow"]
    assert lines[-1]["account"]["display_name"] == lines[-2]["status"]["account"]["display_name"] == "Bo the Great"

    bo.say("@ana said so", quoted_status_id=mine)
    network.settle()
    lines, short = both_ways()
    assert not short, "whether she may see what is quoted is looked up each time"
    assert lines[0]["status"]["quote"]["quoted_status"]["id"] == mine

    ana.post(f"/api/v1/accounts/{bo.id}/block")
    network.settle()
    lines, _ = both_ways()
    assert {line["account"]["username"] for line in lines} == {"cy", "dee"}

    ana.post("/api/v2/filters", title="feet", context=["notifications"], keywords_attributes=[{"keyword": "who"}])
    lines, _ = both_ways()
    assert [bool(line["status"]["filtered"]) for line in lines] == [True, False, False]


def test_a_repost_of_something_liked_long_ago_still_shows_the_like(network: Network) -> None:
    ana, bo, cy = network.member("ana"), network.member("bo"), network.member("cy")
    old = cy.say("from a stranger")["id"]
    ana.post(f"/api/v1/statuses/{old}/favourite")
    ana.follow(bo)
    assert ana.get("/api/v1/timelines/home") == []
    bo.post(f"/api/v1/statuses/{old}/reblog")
    line: Any = ana.get("/api/v1/timelines/home")[0]
    assert (line["reblog"]["id"], line["favourited"], line["reblog"]["favourited"]) == (old, True, True)


def test_whom_one_blocks_learns_nothing_from_memory(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = ana.say("#oak")["id"]

    def seen(by: Caller) -> list[int]:
        by.get("/api/v1/timelines/home")
        return [
            len(by.get("/api/v1/timelines/public?local=true")),
            len(by.get("/api/v1/timelines/tag/oak")),
            len(by.get(f"/api/v1/accounts/{ana.id}/statuses")),
            by.call("GET", f"/api/v1/statuses/{post}", None).status_code,
        ]

    assert seen(bo) == [1, 1, 1, 200]
    ana.post(f"/api/v1/accounts/{bo.id}/block")
    assert seen(bo) == [0, 0, 0, 404]
