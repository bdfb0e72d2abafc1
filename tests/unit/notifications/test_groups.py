"""Groups and requests in the database: how many statements, and what a short transaction leaves to jobs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fixtures_store import Store
from palabre import journal
from palabre.graph import actions as graph
from palabre.ids import AccountId
from palabre.notifications import groups, groups_sql, requests, sql
from palabre.notifications.model import Kind
from palabre.notifications.rules import DAY, FOLLOWER_AFTER, NEW_FOR, Policy, Sender, Treatment, bucket_of, treatment
from palabre.notifications.subscriber import subscriber
from palabre.paging import Window
from palabre.posts import actions as posts
from palabre.store import Statement, Transaction
from people import People


@pytest.fixture
def busy(store: Store, people: People) -> int:
    """Ana, whom five people followed and whose two posts they like and repost."""
    ana = people.member("ana")
    written = [people.post(ana, text) for text in ("Hello", "Again")]
    for name in ("ben", "cleo", "dan", "eva", "flo"):
        each = people.member(name)
        people.follow(each, ana)
        for post in written:
            store.write(posts.like, each, post)
            store.write(posts.repost, each, post)
    store.advance(subscriber)
    return ana


def test_a_page_of_groups_takes_at_most_four_statements_whatever_it_holds(store: Store, busy: int) -> None:
    page = store.read(groups.groups_page, busy, Window(limit=40))
    assert store.statements <= 4
    assert sorted((group.lines[0].kind.value, group.count) for group in page.items) == [
        ("follow", 5), ("like", 5), ("like", 5), ("repost", 5), ("repost", 5),
    ]  # fmt: skip
    assert store.read(groups.unread_groups, busy) == 5
    assert store.statements == 2


def test_somebody_with_many_followers_costs_no_more_than_others(store: Store, people: People) -> None:
    """Which group a new follower joins is one step into the index, however many followed before."""
    if store.database.dialect != "postgresql":
        pytest.skip("SQLite's plans are all looked at in tests/store/test_plans.py")
    ana = people.member("ana")

    def follow(tx: Transaction) -> None:
        for number in range(2_000):
            sql.insert_new(tx, ana, Kind.FOLLOW, AccountId(number + 1), None, bucket=number // 4 + 1)
        tx.run(Statement("", "ANALYZE notification"))

    store.write(follow)
    asked = groups_sql._LATEST_ABOUT_NONE.compiled("postgresql").text
    explained = Statement("", f"EXPLAIN (ANALYZE, FORMAT JSON) {asked}")
    [[[plan]]] = store.read(lambda db: db.all(explained, viewer=ana, kind="follow", param_1=1))
    assert [rows for _, rows in _steps(plan["Plan"])] == [1, 1], list(_steps(plan["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The steps of a plan that was carried out, and how many rows came out of each."""
    yield node["Node Type"], node["Actual Rows"]
    for each in node.get("Plans", []):
        yield from _steps(each)


def test_groups_are_paged_upwards_as_well(store: Store, busy: int) -> None:
    everything = store.read(groups.groups_page, busy, Window(limit=40))
    below = everything.oldest - 1
    first = store.read(groups.groups_page, busy, Window(limit=2, after=below))
    assert len(first.items) == 2
    assert first.oldest == everything.oldest
    assert first.newest < everything.newest


def test_a_large_group_is_removed_in_slices(store: Store, busy: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_SLICE", 2)
    page = store.read(groups.groups_page, busy, Window(limit=40))
    name = next(group.name for group in page.items if group.lines[0].kind is Kind.FOLLOW)
    store.write(groups.dismiss_group, busy, name)
    assert store.read(groups.group, busy, name).count == 3
    left = groups.Dismissed(busy, name.kind, name.post, name.bucket)
    assert store.write(groups.dismiss_more, left) is False
    assert store.write(groups.dismiss_more, left) is True
    assert all(
        group.lines[0].kind is not Kind.FOLLOW for group in store.read(groups.groups_page, busy, Window()).items
    )


def test_what_is_accepted_comes_in_slices(store: Store, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "_SLICE", 2)
    ana, ben = people.members("ana", "ben")
    store.write(requests.change_policy, ana, {"not_following": Treatment.FILTER})
    for number in range(3):
        people.post(ben, f"@ana {number}")
    store.advance(subscriber)
    page = store.read(requests.requests_page, ana, Window())
    assert store.statements <= 5
    assert [(each.sender.id, each.count) for each in page.items] == [(ben, 3)]
    store.write(requests.accept, ana, [ben])
    assert store.read(requests.is_merging, ana) is True
    assert store.write(requests.merge_more, requests.Pair(ana, ben)) is True
    assert store.read(requests.is_merging, ana) is False
    assert store.read(requests.summary, ana) == (0, 0)


def test_a_block_takes_the_permission_from_what_is_written_in_the_same_step(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    store.write(requests.change_policy, ana, {"not_following": Treatment.FILTER})
    people.post(ben, "@ana first")
    store.advance(subscriber)
    store.write(requests.accept, ana, [ben])
    store.write(requests.merge_more, requests.Pair(ana, ben))
    people.post(ben, "@ana permitted")
    store.advance(subscriber)
    assert store.read(requests.summary, ana) == (0, 0)
    store.write(graph.block, ana, ben)
    store.write(graph.unblock, ana, ben)
    people.post(ben, "@ana again a stranger")
    store.advance(subscriber)
    assert store.read(requests.summary, ana) == (1, 1)


def test_many_are_told_with_few_statements(store: Store, people: People) -> None:
    """Who may be told, and what he wants to hear, is looked up once for all that a step tells of."""
    _, *others = people.members("ana", "ben", "cleo", "dan", "eva")
    store.advance(subscriber)

    def step(tx: Transaction) -> int:
        before = tx.statements
        journal.advance(tx, subscriber)
        return tx.statements - before

    needed = []
    for times in (1, 3):
        for number in range(times):
            for each in others:
                people.post(each, f"@ana {times} {number}")
        needed.append(store.write(step))
    assert needed[1] - needed[0] == 8, "each of eight more posts is one more row"


_STRANGER = Sender(permitted=False, followed=False, follower_since=None, created=0)
_NOW = 100 * DAY


@pytest.mark.parametrize(
    ("policy", "sender", "private", "expected"),
    [
        (Policy(), _STRANGER, False, "accept"),
        (Policy(), _STRANGER, True, "filter"),
        (Policy(), _STRANGER._replace(followed=True), True, "accept"),
        (Policy(not_following=Treatment.DROP), _STRANGER, True, "drop"),
        (Policy(not_following=Treatment.DROP), _STRANGER._replace(permitted=True), True, "accept"),
        (Policy(not_followers=Treatment.FILTER), _STRANGER._replace(follower_since=_NOW - DAY), False, "filter"),
        (
            Policy(not_followers=Treatment.FILTER),
            _STRANGER._replace(follower_since=_NOW - FOLLOWER_AFTER),
            False,
            "accept",
        ),
        (Policy(new_accounts=Treatment.FILTER), _STRANGER._replace(created=_NOW - DAY), False, "filter"),
        (Policy(new_accounts=Treatment.FILTER), _STRANGER._replace(created=_NOW - NEW_FOR), False, "accept"),
    ],
)
def test_the_strictest_of_what_applies_decides(policy: Policy, sender: Sender, private: bool, expected: str) -> None:
    assert treatment(policy, sender, now=_NOW, private=private) == expected


def test_a_group_stays_open_for_twelve_hours() -> None:
    hour = 3_600_000
    assert bucket_of(100 * hour, 0) == 100
    assert bucket_of(111 * hour, 100) == 100
    assert bucket_of(112 * hour, 100) == 112
    assert bucket_of(99 * hour, 100) == 99, "a clock that went back begins a new one"
