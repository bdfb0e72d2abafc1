"""Lists of people: pages, what a viewer sees of them, relationships, in a constant number of statements."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre import clock
from palabre.accounts.actions import suspend
from palabre.clock import HOUR
from palabre.graph import actions, queries
from palabre.graph.model import Relationship
from palabre.paging import Window
from people import People


def names(page: object) -> list[str]:
    return [each.username for each in page.items]


def test_pages_of_followers_go_both_ways_by_the_id_of_the_follow(store: Store, people: People) -> None:
    ana = people.member("ana")
    for number in range(7):
        people.follow(people.member(f"m{number}"), ana)
    first = store.read(queries.followers_page, None, ana, Window(limit=3))
    assert names(first) == ["m6", "m5", "m4"]
    second = store.read(queries.followers_page, None, ana, Window(limit=3, before=first.oldest))
    assert names(second) == ["m3", "m2", "m1"]
    above = store.read(queries.followers_page, None, ana, Window(limit=2, after=second.newest))
    assert names(above) == ["m5", "m4"]
    since = store.read(queries.followers_page, None, ana, Window(limit=2, since=second.newest))
    assert names(since) == ["m6", "m5"]


def test_a_viewer_does_not_see_in_lists_whom_he_hides_or_who_hides_from_him(store: Store, people: People) -> None:
    ana, viewer, blocked, blocking, muted, plain = people.members(
        "ana", "viewer", "blocked", "blocking", "muted", "plain"
    )
    for each in (blocked, blocking, muted, plain):
        people.follow(each, ana)
        people.follow(ana, each)
    store.write(actions.block, viewer, blocked)
    store.write(actions.block, blocking, viewer)
    store.write(actions.mute, viewer, muted)
    for page in (queries.followers_page, queries.following_page):
        assert names(store.read(page, viewer, ana, Window())) == ["plain"]
        assert store.statements <= 3
        assert len(store.read(page, None, ana, Window()).items) == 4
        assert len(store.read(page, ana, ana, Window()).items) == 4


def test_who_is_blocked_sees_no_followers(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    people.follow(cleo, ana)
    store.write(actions.block, ana, ben)
    assert store.read(queries.followers_page, ben, ana, Window()).items == []
    assert names(store.read(queries.followers_page, cleo, ana, Window())) == ["cleo"]


def test_relationships_come_in_the_order_asked_in_one_statement(store: Store, people: People) -> None:
    viewer, followed, follower, blocked, blocking, muted, asking, nobody = people.members(
        "viewer", "followed", "follower", "blocked", "blocking", "muted", "asking", "nobody"
    )
    locked = people.member("locked", profile={"locked": True})
    people.follow(viewer, followed, show_reposts=False, notify=True, languages=("fr",))
    people.follow(follower, viewer)
    people.follow(viewer, locked)
    store.write(actions.block, viewer, blocked)
    store.write(actions.block, blocking, viewer)
    store.write(actions.mute, viewer, muted, notifications=False, duration_ms=HOUR)
    people_change(people, viewer)
    people.follow(asking, viewer)
    ids = [nobody, muted, asking, followed, locked, blocking, blocked, follower]
    found = store.read(queries.relationships, viewer, ids)
    assert store.statements == 1
    assert [each.account for each in found] == ids
    expires = found[1].muting_expires
    assert abs(expires - clock.now() - HOUR) < 60_000
    assert found == [
        Relationship(account=nobody),
        Relationship(account=muted, muting=True, muting_notifications=False, muting_expires=expires),
        Relationship(account=asking, requested_by=True),
        Relationship(account=followed, following=True, showing_reposts=False, notifying=True, languages=("fr",)),
        Relationship(account=locked, requested=True),
        Relationship(account=blocking, blocked_by=True),
        Relationship(account=blocked, blocking=True),
        Relationship(account=follower, followed_by=True),
    ]


def people_change(people: People, number: int) -> None:
    from palabre.accounts.actions import ProfileChange, update_profile

    people.store.write(update_profile, number, ProfileChange(locked=True))


def test_a_timed_mute_ends_by_itself(store: Store, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, ben = people.members("ana", "ben")
    store.write(actions.mute, ana, ben, duration_ms=HOUR)
    assert store.read(queries.hidden_from, ana).muting == {ben}
    [(account, mute)] = store.read(queries.mutes_page, ana, Window()).items
    assert (account.id, mute.notifications) == (ben, True)
    store.write(actions.end_expired_mute, actions.Muting(ana, ben))
    assert store.read(queries.hidden_among, ana, [ben]).muting == {ben}, "it is not over yet"
    later = clock.now() + 2 * HOUR
    monkeypatch.setattr(clock, "now", lambda: later)
    assert store.read(queries.hidden_from, ana) is queries.NOBODY
    assert store.read(queries.mutes_page, ana, Window()).items == []
    store.write(actions.end_expired_mute, actions.Muting(ana, ben))
    assert people.kinds("graph.") == ["graph.muted", "graph.unmuted"]


def test_muting_again_changes_how(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    store.write(actions.mute, ana, ben)
    store.write(actions.mute, ana, ben)
    assert people.kinds("graph.") == ["graph.muted"]
    store.write(actions.mute, ana, ben, notifications=False)
    assert not store.read(queries.relationship, ana, ben).muting_notifications
    store.write(actions.unmute, ana, ben)
    store.write(actions.unmute, ana, ben)
    assert people.kinds("graph.") == ["graph.muted", "graph.muted", "graph.unmuted"]


def test_a_viewer_lists_whom_he_blocks_and_only_he(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    store.write(actions.block, ana, ben)
    store.write(actions.block, ana, cleo)
    page = store.read(queries.blocks_page, ana, Window(limit=1))
    assert names(page) == ["cleo"]
    assert names(store.read(queries.blocks_page, ana, Window(before=page.oldest))) == ["ben"]
    assert store.read(queries.blocks_page, ben, Window()).items == []


def test_watchers_are_the_followers_who_want_every_post(store: Store, people: People) -> None:
    ana, ben, cleo, dan = people.members("ana", "ben", "cleo", "dan")
    people.follow(ben, ana, notify=True)
    people.follow(cleo, ana)
    people.follow(dan, ana, notify=True)
    assert store.read(queries.watchers_of, ana) == [ben, dan]
    assert store.read(queries.watchers_of, ana, after=ben) == [dan]


def test_accounts_are_found_by_any_word_and_those_one_follows_come_first(store: Store, people: People) -> None:
    viewer = people.member("viewer")
    rosa = people.member("rosa_lux", display_name="Rosa Luxemburg")
    rose = people.member("rose")
    people.member("rosalind", display_name="Émilie du Châtelet")
    gone = people.member("rosamund")
    store.write(suspend, gone)
    people.follow(viewer, rosa)

    def found(text: str, **options: object) -> list[str]:
        return [each.username for each in store.read(queries.search_accounts, viewer, text, limit=10, **options)]

    assert found("ros")[0] == "rosa_lux"
    assert set(found("ros")) == {"rosa_lux", "rose", "rosalind"}
    assert store.statements == 1
    assert found("@rose")[0] == "rose"
    assert found("luxem rosa") == ["rosa_lux"]
    assert found("LUX") == ["rosa_lux"]
    assert found("chatelet") == ["rosalind"]
    assert found("ros", following_only=True) == ["rosa_lux"]
    assert found("ros", offset=1) == found("ros")[1:]
    assert found("%") == found("") == found("ose") == []
    store.write(actions.block, viewer, rose)
    assert "rose" in found("rose"), "whom one blocks is found, to end it"
