"""Feeding an account: each entry once, politely, and an end to what fails. On both databases."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from fixtures_store import Store
from palabre import clock
from palabre.accounts import actions as accounts
from palabre.accounts.actions import suspend, unsuspend
from palabre.accounts.model import Badge, BadgeKind, Voucher
from palabre.accounts.roster import disable
from palabre.ids import AccountId
from palabre.paging import Window
from palabre.posts.actions import Terms
from palabre.posts.errors import MayNotWrite
from palabre.rights.actions import delete_account
from palabre.sources import actions, queries, rules
from palabre.sources.errors import FedAlready, FeedNotFound, FeedUnreachable
from palabre.sources.model import Entry, Feed, Polling, Source
from palabre.store import Statement
from palabre.timelines.queries import account_page
from people import KEYRING, People

URL = "https://a.example/feed"


def feed(*names: str) -> Feed:
    """Entries called ``names``, the newest first."""
    entries = (
        Entry(guid=name, title=name, summary="", link=f"https://a.example/{name}", published=None) for name in names
    )
    return Feed(title="A blog", language="en", entries=tuple(entries))


def texts(store: Store, account: AccountId) -> list[str]:
    found = store.read(account_page, None, account, Window())
    return [view.post.text.split("\n")[0] for view in found.items]


def polled(store: Store, account: AccountId, said: Feed | None, **validators: str) -> int:
    source: Source = store.read(queries.source_of, account)
    number: int = store.write(actions.take, Polling(source.id, source.due), said, terms=Terms(), **validators)
    return number


def test_what_is_new_becomes_a_post_once_oldest_first(store: Store, people: People) -> None:
    ana = people.member("ana")
    store.write(actions.connect, ana, URL, feed("old"))
    assert texts(store, ana) == [], "what is there already is not posted"
    assert polled(store, ana, feed("third", "second", "first", "old")) == 3
    assert texts(store, ana) == ["third", "second", "first"]
    assert polled(store, ana, feed("third", "second", "first", "old")) == 0
    assert polled(store, ana, None) == 0
    assert len(texts(store, ana)) == 3


def test_a_job_that_runs_twice_posts_once(store: Store, people: People) -> None:
    ana = people.member("ana")
    source = store.write(actions.connect, ana, URL, feed())
    turn = Polling(source.id, source.due)
    assert store.write(actions.take, turn, feed("one"), terms=Terms()) == 1
    assert store.write(actions.take, turn, feed("two", "one"), terms=Terms()) == 0
    store.write(actions.note_failure, turn, "late")
    assert store.read(queries.source_of, ana).failures == 0


def test_many_new_entries_come_a_few_at_a_time(store: Store, people: People) -> None:
    ana = people.member("ana")
    store.write(actions.connect, ana, URL, feed(), etag='"0"')
    names = [f"n{number}" for number in range(rules.AT_ONCE + 2)]
    assert polled(store, ana, feed(*reversed(names)), etag='"1"') == rules.AT_ONCE
    assert store.read(queries.source_of, ana).etag == "", "else the rest would wait for the next change"
    assert polled(store, ana, feed(*reversed(names)), etag='"1"') == 2
    assert store.read(queries.source_of, ana).etag == '"1"'
    assert texts(store, ana) == names[::-1]


def test_a_feed_that_fails_is_asked_ever_more_rarely_and_then_no_more(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = people.member("ana")
    store.write(actions.connect, ana, URL, feed())
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(at))
    waits = []
    while not (source := store.read(queries.source_of, ana)).given_up:
        at = source.due
        store.write(actions.note_failure, Polling(source.id, source.due), "Silent")
        waits.append(store.read(queries.source_of, ana).due - at)
    assert waits[:-1] == sorted(waits[:-1])
    assert waits[-2] == clock.DAY
    assert 20 * clock.DAY < sum(waits[:-1]) < 40 * clock.DAY
    assert store.read(queries.source_of, ana).problem == "Silent"


def test_a_success_forgets_failures(store: Store, people: People) -> None:
    ana = people.member("ana")
    source = store.write(actions.connect, ana, URL, feed())
    store.write(actions.note_failure, Polling(source.id, source.due), "Silent")
    polled(store, ana, None)
    source = store.read(queries.source_of, ana)
    assert (source.failures, source.problem) == (0, None)


def test_one_feed_an_account_until_it_is_disconnected(store: Store, people: People) -> None:
    ana = people.member("ana")
    source = store.write(actions.connect, ana, URL, feed())
    assert people.account(ana).facts == (Badge(BadgeKind.FEED, Voucher.NETWORK),)
    with pytest.raises(FedAlready):
        store.write(actions.connect, ana, URL, feed())
    store.write(actions.disconnect, ana)
    assert people.account(ana).facts == ()
    with pytest.raises(FeedNotFound):
        store.write(actions.disconnect, ana)
    assert store.write(actions.take, Polling(source.id, source.due), feed("one"), terms=Terms()) == 0
    assert texts(store, ana) == []
    rows = store.read(lambda db: db.value(Statement("SELECT count(*) FROM feed_entry")))
    assert rows == 0


def test_a_suspended_account_is_fed_nothing(store: Store, people: People) -> None:
    ana = people.member("ana")
    store.write(actions.connect, ana, URL, feed())
    store.write(suspend, ana)
    assert polled(store, ana, feed("one")) == 0


def test_an_entry_that_cannot_be_a_post_stands_in_nobodys_way(store: Store, people: People) -> None:
    ana = people.member("ana")
    store.write(actions.connect, ana, URL, feed())
    empty = Entry(guid="empty", title="", summary="", link="", published=None)
    said = feed("good")
    assert polled(store, ana, msgspec.structs.replace(said, entries=(*said.entries, empty))) == 1
    assert polled(store, ana, msgspec.structs.replace(said, entries=(*said.entries, empty))) == 0


def test_a_feed_that_names_its_entries_anew_repeats_nothing(store: Store, people: People) -> None:
    ana = people.member("ana")
    renamed = [
        Feed(title="A blog", language="en", entries=tuple(
            msgspec.structs.replace(each, guid=f"{each.title} of turn {turn}", published=turn) for each in entries
        ))
        for turn, entries in enumerate((feed("old").entries, feed("new", "old").entries, feed("new", "old").entries))
    ]  # fmt: skip
    store.write(actions.connect, ana, URL, renamed[0])
    assert [polled(store, ana, said) for said in renamed[1:]] == [1, 0]
    assert texts(store, ana) == ["new"]
    again = Entry(guid="1", title="Open today", summary="", link="", published=None)
    said = Feed(title="A shop", language="en", entries=(msgspec.structs.replace(again, guid="2"), again))
    assert polled(store, ana, said) == 2, "without a link the same words may be meant twice"
    corrected = msgspec.structs.replace(feed("new").entries[0], guid="new of turn 2", title="new, corrected")
    assert polled(store, ana, Feed(title="", language=None, entries=(corrected,))) == 0, "its name is known"


def test_one_that_stands_in_the_feed_is_never_forgotten(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "KEPT", 3)
    ana = people.member("ana")
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(at))
    store.write(actions.connect, ana, URL, feed("pinned"))
    for number in range(6):
        at += 1_000
        assert polled(store, ana, feed("pinned", f"n{number}")) == 1
    assert "pinned" not in texts(store, ana)


def test_only_the_newest_entries_are_remembered(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "KEPT", 3)
    ana = people.member("ana")
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(at))
    store.write(actions.connect, ana, URL, feed())
    for number in range(6):
        at += 1_000
        polled(store, ana, feed(f"n{number}"))
    rows = store.read(lambda db: db.value(Statement("SELECT count(*) FROM feed_entry")))
    assert rows == 4


@pytest.mark.parametrize("rest", [suspend, disable])
def test_what_appears_while_an_account_rests_is_passed_over(
    store: Store, people: People, rest: Callable[..., None]
) -> None:
    ana = people.member("ana")
    store.write(actions.connect, ana, URL, feed())
    store.write(rest, ana)
    meanwhile = [f"n{number}" for number in range(rules.AT_ONCE + 2)]
    assert polled(store, ana, feed(*meanwhile), etag='"1"') == 0
    assert store.read(queries.source_of, ana).etag == '"1"', "nothing is left for the next turn"
    store.write(unsuspend if rest is suspend else disable, ana, **({} if rest is suspend else {"on": False}))
    assert polled(store, ana, feed("new", *meanwhile)) == 1
    assert texts(store, ana) == ["new"]


def test_an_account_that_is_not_active_is_not_connected(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    store.write(suspend, ana)
    store.write(delete_account, KEYRING, ben)
    for each in (ana, ben):
        with pytest.raises(MayNotWrite):
            store.write(actions.connect, each, URL, feed())
    assert sources(store) == 0


@pytest.mark.parametrize("works", [True, False])
def test_a_feed_that_outlived_its_account_goes_at_its_turn(store: Store, people: People, *, works: bool) -> None:
    ana = people.member("ana")
    source = store.write(actions.connect, ana, URL, feed("old"))
    store.write(accounts.delete, KEYRING, ana)
    turn = Polling(source.id, source.due)
    if works:
        assert store.write(actions.take, turn, feed("new", "old"), terms=Terms()) == 0
    else:
        store.write(actions.note_failure, turn, "Silent")
    assert sources(store) == 0
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM feed_entry"))) == 0


def test_a_feed_of_elsewhere_goes_on_where_it_was(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    before = clock.Instant(clock.now() - clock.DAY)
    known = [rules.key_of("old")]
    store.write(lambda tx: actions.resume(tx, ana, URL, title="A blog", created=before, seen=known))
    made = store.read(queries.source_of, ana)
    assert (made.title, made.created) == ("A blog", before)
    assert people.account(ana).badges == (Badge(BadgeKind.FEED, Voucher.NETWORK),)
    assert made.due - clock.now() < clock.HOUR
    assert polled(store, ana, feed("new", "old")) == 1
    assert texts(store, ana) == ["new"]
    store.write(lambda tx: actions.resume(tx, ben, URL, title="", created=before, seen=None))
    assert polled(store, ben, feed("new", "old")) == 0, "nobody knows whether it was a post already"
    assert polled(store, ben, feed("newer", "new", "old")) == 1
    assert texts(store, ben) == ["newer"]


def test_it_is_asked_of_the_web_alone_and_only_one_of_an_active_account(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    store.write(suspend, ben)

    def resume(who: AccountId, url: str) -> None:
        store.write(lambda tx: actions.resume(tx, who, url, title="", created=tx.now, seen=None))

    for wrong in (
        "file:///etc/passwd", "https://a:b@c.example/", "https://a.example/ b", "ftp://a.example/", "//a.example/",
        "https:///x", "https://a.example/" + "x" * 3_000, "",
    ):  # fmt: skip
        with pytest.raises(FeedUnreachable):
            resume(ana, wrong)
    with pytest.raises(MayNotWrite):
        resume(ben, URL)
    resume(ana, URL)
    with pytest.raises(FedAlready):
        resume(ana, URL)
    assert sources(store) == 1


def sources(store: Store) -> int:
    number: int = store.read(lambda db: db.value(Statement("SELECT count(*) FROM feed_source")))
    return number
