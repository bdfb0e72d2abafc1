"""Home windows: always what the pull query would say, whatever happens in whatever order."""

from __future__ import annotations

import random

import pytest

from fixtures_store import Store
from palabre import clock
from palabre.graph import actions as graph
from palabre.ids import AccountId, PostId
from palabre.journal import Cursor, Journal
from palabre.paging import Window
from palabre.posts import actions as posts
from palabre.posts import deleting
from palabre.posts.actions import Terms
from palabre.posts.model import Draft, Visibility
from palabre.server import known_events
from palabre.timelines import home, homes
from palabre.timelines.building import build, deep_page
from palabre.timelines.home import Home
from palabre.timelines.homes import Homes
from palabre.timelines.model import Entry
from palabre.timelines.queries import home_views
from people import People

TERMS = Terms(limit=1_000, domain="example.org")


class Reading:
    """Homes that follow a store, as a server's do."""

    def __init__(self, store: Store, *, budget: int = 10_000_000) -> None:
        self.store = store
        self.homes = Homes(budget)
        self.cursor = Cursor(Journal(known_events()), self.homes.apply, 0)
        store.database.listeners.append(lambda recorded, _wakes: self.cursor.take(recorded))

    def home(self, reader: AccountId, **window) -> list[Entry]:
        """Read a page as the API does."""
        home = self.homes.get(reader)
        if home is None:
            mark = self.homes.mark
            home = self.homes.install(reader, self.store.read(build, reader), mark)
        lines = home.page(Window(**window))
        return lines if lines is not None else self.store.read(deep_page, reader, Window(**window))

    def ids(self, reader: AccountId, **window) -> list[PostId]:
        return [line.post for line in self.home(reader, **window)]


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


@pytest.fixture
def reading(store: Store) -> Reading:
    return Reading(store)


def test_a_post_is_in_every_active_window_when_its_author_is_answered(people: People, reading: Reading) -> None:
    ana, ben, cat = people.members("ana", "ben", "cat")
    people.follow(ben, ana)
    assert reading.ids(ana) == reading.ids(ben) == reading.ids(cat) == []
    made = people.post(ana, "Hello")
    before = len(reading.homes)
    assert reading.ids(ana) == reading.ids(ben) == [made]
    assert reading.ids(cat) == []
    assert len(reading.homes) == before, "nothing was built anew"


def test_a_warm_page_takes_no_statement_and_knows_ones_own_marks(people: People, reading: Reading) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ben, ana)
    made = people.post(ana, "Hello")
    reading.ids(ben)
    reading.store.write(posts.like, ben, made)
    reading.store.write(posts.bookmark, ben, made)
    home = reading.homes.get(ben)
    assert home is not None
    assert home.page(Window()) == [Entry(made, 0, 5)]
    reading.store.write(posts.unlike, ben, made)
    assert home.page(Window()) == [Entry(made, 0, 4)]


def test_a_home_page_takes_at_most_five_statements_cold(people: People, reading: Reading) -> None:
    ana, ben, cat = people.members("ana", "ben", "cat")
    people.follow(ben, ana)
    made = [people.post(ana, f"Post {number} @ben #t") for number in range(5)]
    reading.store.write(posts.repost, ana, people.post(cat, "Elsewhere"))
    lines = reading.home(ben)
    assert len(lines) == 6
    reading.store.read(home_views, ben, lines)
    assert reading.store.statements <= 3
    assert lines[-1].post == made[0]


def test_what_belongs_in_a_home(people: People, reading: Reading) -> None:
    ana, ben, eve, zoe = people.members("ana", "ben", "eve", "zoe")
    people.follow(ben, ana)
    people.follow(ben, eve, show_reposts=False)
    own = people.post(ben, "mine")
    theirs = people.post(zoe, "from somebody I do not follow")
    reading.ids(ben)
    expected = [own]
    expected.append(people.post(ana, "plain"))
    expected.append(people.post(ana, "to followers", visibility=Visibility.FOLLOWERS))
    people.post(ana, "@ben direct", visibility=Visibility.MENTIONED)
    people.post(ana, "reply to a stranger", reply_to=theirs)
    expected.append(people.post(ana, "reply to me", reply_to=own))
    expected.append(people.post(ana, "reply to oneself", reply_to=expected[1]))
    expected.append(people.post(eve, "reply to somebody I follow", reply_to=expected[1]))
    expected.append(reading.store.write(posts.repost, ana, theirs))
    reading.store.write(posts.repost, eve, theirs)
    assert reading.ids(ben) == expected[::-1]
    reading.homes.clear()
    assert reading.ids(ben) == expected[::-1]


def test_a_repost_of_what_stands_there_already_is_left_out(people: People, reading: Reading) -> None:
    ana, ben, cat = people.members("ana", "ben", "cat")
    people.follow(cat, ana)
    people.follow(cat, ben)
    reading.ids(cat)
    made = people.post(ana, "Hello")
    reading.store.write(posts.repost, ben, made)
    assert reading.ids(cat) == [made]


def test_follows_mutes_and_blocks_change_the_home_at_once(people: People, reading: Reading) -> None:
    ana, ben = people.members("ana", "ben")
    made = people.post(ana, "Hello")
    assert reading.ids(ben) == []
    people.follow(ben, ana)
    assert reading.ids(ben) == [made]
    reading.store.write(graph.mute, ben, ana)
    assert reading.ids(ben) == []
    reading.store.write(graph.unmute, ben, ana)
    assert reading.ids(ben) == [made]
    reading.store.write(graph.block, ana, ben)
    assert reading.ids(ben) == []


def test_a_timed_mute_ends_by_itself(people: People, reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ben, ana)
    made = people.post(ana, "Hello")
    reading.store.write(graph.mute, ben, ana, duration_ms=60_000)
    assert reading.ids(ben) == []
    later = clock.now() + 61_000
    monkeypatch.setattr(clock, "now", lambda: later)
    assert reading.ids(ben) == [made]


def test_pages_reach_from_the_newest_to_the_first_and_back(people: People, reading: Reading) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ben, ana)
    everything = [
        reading.store.write(
            posts.import_post, ana, Draft(text=f"Old {number}"), terms=TERMS, created=at, id_=PostId(at << 16)
        )
        for number, at in enumerate(range(1_600_000_000_000, 1_600_000_000_000 + 1_100 * 86_400_000, 86_400_000))
    ]
    down: list[PostId] = []
    before = None
    while page := reading.ids(ben, before=before, limit=40):
        down += page
        before = page[-1]
    assert down == everything[::-1]
    up: list[PostId] = []
    after = 0
    while page := reading.ids(ben, after=after, limit=40):
        up = page + up
        after = page[0]
    assert up == everything[::-1]
    assert reading.ids(ben, since=everything[-4]) == everything[-3:][::-1]


def test_many_authors_windows_are_bounded_in_memory(people: People, store: Store) -> None:
    reading = Reading(store, budget=6_000)
    members = people.members(*(f"m{number}" for number in range(12)))
    for member in members:
        reading.ids(member)
    assert len(reading.homes) < 12
    assert reading.homes.bytes <= 6_000
    made = people.post(members[0], "Hello")
    assert reading.ids(members[0]) == [made]


@pytest.fixture(params=["at once", "later"])
def delivery(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows take posts in at once, or all of them later, in rounds of 7 facts of which 8 are kept."""
    if request.param == "later":
        monkeypatch.setattr(homes, "_MANY", 0)
        monkeypatch.setattr(homes, "_LATER", 8)
        monkeypatch.setattr(homes, "_ROUND", 7)


@pytest.mark.usefixtures("delivery")
@pytest.mark.parametrize("seed", range(6))
def test_a_window_kept_current_by_facts_equals_one_built_anew(people: People, store: Store, seed: int) -> None:
    reading = Reading(store)
    choose = random.Random(seed)
    members = people.members("ana", "ben", "cat", "dan", "eve")
    living: list[tuple[PostId, AccountId]] = []

    def write() -> None:
        author = choose.choice(members)
        options: dict[str, object] = {"visibility": choose.choice(list(Visibility)[:3])}
        if living and choose.random() < 0.5:
            parent, _ = choose.choice(living)
            try:
                living.append(
                    (people.post(author, f"@{choose.choice('ab')} reply", reply_to=parent, **options), author)
                )
            except Exception:
                return
        else:
            living.append((people.post(author, "Hello", **options), author))

    def repost() -> None:
        if living:
            try:
                store.write(posts.repost, choose.choice(members), choose.choice(living)[0])
            except Exception:
                return

    def delete() -> None:
        if living:
            gone, author = living.pop(choose.randrange(len(living)))
            store.write(deleting.delete_post, author, gone)

    def mark() -> None:
        if living:
            try:
                store.write(
                    choose.choice([posts.like, posts.unlike, posts.bookmark]),
                    choose.choice(members),
                    choose.choice(living)[0],
                )
            except Exception:
                return

    def relate() -> None:
        one, other = choose.sample(members, 2)
        act = choose.choice(
            [
                graph.follow,
                graph.follow,
                graph.follow,
                graph.unfollow,
                graph.mute,
                graph.unmute,
                graph.block,
                graph.unblock,
            ]
        )
        try:
            store.write(act, one, other)
        except Exception:
            return

    for member in members:
        reading.ids(member)
    for _ in range(120):
        choose.choice([write, write, write, repost, delete, mark, relate])()
        reader = choose.choice(members)
        kept = reading.home(reader, limit=40)
        fresh = store.read(build, reader).page(Window(limit=40)) or []
        exists = {view.post.id for view in store.read(home_views, reader, kept)}
        kept_living = [line for line in kept if line.post in exists]
        originals = {line.original or line.post for line in fresh}
        # A repeat that was left out when it came is shown by a fresh build if what it repeated is gone since.
        assert [line for line in kept_living if not line.original] == [line for line in fresh if not line.original]
        assert {line.original or line.post for line in kept_living} <= originals


def test_a_post_of_a_much_followed_author_is_written_into_few_windows_at_once(
    people: People, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "_MANY", 10)
    monkeypatch.setattr(homes, "_LATER", 8)
    monkeypatch.setattr(homes, "_ROUND", 6)
    reading = Reading(store)
    ana, *readers = people.members("ana", *(f"m{number}" for number in range(24)))
    for reader in readers:
        people.follow(reader, ana)
        reading.ids(reader)
    touched: list[int] = []
    add = Home.add
    monkeypatch.setattr(Home, "add", lambda home, *line: (touched.append(home.taste.reader), add(home, *line)))
    made = []
    for number in range(30):
        touched.clear()
        made.append(people.post(ana, str(number)))
        assert len(set(touched)) <= 24 // 6 + 1, "a few windows have their turn"
    store.write(deleting.delete_post, ana, made.pop())
    for reader in readers:
        built = len(reading.homes)
        assert reading.ids(reader, limit=40) == made[::-1]
        assert len(reading.homes) == built
    touched.clear()
    reading.ids(readers[0])
    assert touched == [], "nothing is taken in twice"


def test_windows_that_are_gone_take_nobodys_turn(
    people: People, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "_MANY", 0)
    monkeypatch.setattr(homes, "_LATER", 8)
    monkeypatch.setattr(homes, "_ROUND", 6)
    reading = Reading(store)
    ana, *readers = people.members("ana", *(f"m{number}" for number in range(40)))
    for reader in readers:
        people.follow(reader, ana)
        reading.ids(reader)
    for reader in readers[:30]:  # these stand in front of the others
        reading.homes.drop(reader)
    made = [people.post(ana, str(number)) for number in range(20)]
    for reader in readers:
        assert reading.ids(reader) == made[::-1]


def test_windows_that_are_gone_are_not_noted_for_ever(
    people: People, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "_GONE_KEPT", 5)
    for reader in people.members(*(f"m{number}" for number in range(30))):
        reading.ids(reader)
        reading.homes.drop(reader)
    assert len(reading.homes._turns) == len(reading.homes._has_turn) <= 6


def test_a_mark_is_kept_while_another_line_shows_the_post(
    people: People, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "_TRIM_AT", 60)
    monkeypatch.setattr(home, "MOST", 50)
    ana, ben = people.members("ana", "ben")
    people.follow(ben, ana)
    old = people.post(ana, "liked")
    reading.ids(ben)
    reading.store.write(posts.like, ben, old)
    for number in range(55):
        people.post(ana, str(number))
    again = reading.store.write(posts.repost, ana, old)
    for number in range(8):
        people.post(ana, f"more {number}")
    lines = reading.home(ben, limit=40)
    assert [(line.original, line.marks) for line in lines if line.post == again] == [(old, 1)]
