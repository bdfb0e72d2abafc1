"""Pages of notifications, and how much of them is new."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre import jobs
from palabre.notifications import actions, queries
from palabre.notifications.errors import NotificationNotFound
from palabre.notifications.model import Kind
from palabre.notifications.subscriber import subscriber
from palabre.paging import Window
from palabre.posts import actions as posts
from people import People


@pytest.fixture
def busy(store: Store, people: People) -> int:
    """Ana, whom three people followed, liked and reposted."""
    ana = people.member("ana")
    post = people.post(ana, "Hello")
    for name in ("ben", "cleo", "dan"):
        each = people.member(name)
        people.follow(each, ana)
        store.write(posts.like, each, post)
        store.write(posts.repost, each, post)
    store.advance(subscriber)
    return ana


def read(store: Store, member: int, **options: object) -> list[str]:
    window = options.pop("window", Window())
    page = store.read(queries.notifications_page, member, window, **options)
    return [f"{each.kind.value} {each.actor.username}" for each in page.items]


def test_pages_are_cut_by_the_id_of_the_notification(store: Store, busy: int) -> None:
    first = store.read(queries.notifications_page, busy, Window(limit=4))
    assert [each.id for each in first.items] == sorted((each.id for each in first.items), reverse=True)
    second = store.read(queries.notifications_page, busy, Window(limit=4, before=first.oldest))
    third = store.read(queries.notifications_page, busy, Window(limit=4, before=second.oldest))
    assert [len(page.items) for page in (first, second, third)] == [4, 4, 1]
    above = store.read(queries.notifications_page, busy, Window(limit=2, after=second.newest))
    assert [each.id for each in above.items] == [each.id for each in first.items[-2:]]


def test_a_page_takes_at_most_four_statements_whatever_it_holds(store: Store, busy: int) -> None:
    page = store.read(queries.notifications_page, busy, Window())
    assert len(page.items) == 9
    assert store.statements <= 4
    assert {each.post.post.text for each in page.items if each.kind is not Kind.FOLLOW} == {"Hello"}


def test_kinds_and_people_can_be_chosen(store: Store, busy: int, people: People) -> None:
    assert read(store, busy, kinds=[Kind.LIKE]) == ["like dan", "like cleo", "like ben"]
    assert read(store, busy, exclude=[Kind.LIKE, Kind.REPOST]) == ["follow dan", "follow cleo", "follow ben"]
    assert read(store, busy, kinds=[Kind.LIKE], exclude=[Kind.LIKE]) == []
    dan = store.read(queries.notifications_page, busy, Window(limit=1)).items[0].actor.id
    assert read(store, busy, actor=dan) == ["repost dan", "like dan", "follow dan"]


def test_a_notification_belongs_to_one_member(store: Store, busy: int, people: People) -> None:
    other = people.member("other")
    number = store.read(queries.notifications_page, busy, Window(limit=1)).items[0].id
    assert store.read(queries.notification, busy, number).id == number
    with pytest.raises(NotificationNotFound):
        store.read(queries.notification, other, number)
    with pytest.raises(NotificationNotFound):
        store.write(actions.dismiss, other, number)
    store.write(actions.dismiss, busy, number)
    with pytest.raises(NotificationNotFound):
        store.read(queries.notification, busy, number)


def test_what_is_above_the_last_one_seen_is_new(store: Store, busy: int, people: People) -> None:
    items = store.read(queries.notifications_page, busy, Window()).items
    assert store.read(queries.unread_count, busy) == 9
    assert store.statements == 2
    assert store.read(queries.unread_count, busy, most=5) == 5
    store.write(actions.mark_seen, busy, items[4].id)
    assert store.read(queries.unread_count, busy) == 4
    store.write(actions.mark_seen, busy, items[8].id)
    assert store.read(queries.seen_up_to, busy) == items[4].id, "never backwards"
    assert people.kinds("notification.seen") == ["notification.seen"]


def test_clearing_removes_all_in_slices(store: Store, busy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "_SLICE", 4)
    store.write(actions.clear, busy)
    assert store.read(queries.unread_count, busy) == 0
    [job] = store.write(jobs.claim)
    left = job.arguments(actions.Cleared)
    assert not store.write(actions.clear_more, left)
    assert store.write(actions.clear_more, left)
    assert read(store, busy) == []
