"""Following, and what ends it."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre.accounts.actions import ProfileChange, suspend, update_profile
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Shows
from palabre.graph import actions, queries
from palabre.graph.circles import familiar_followers, familiar_page
from palabre.graph.errors import FollowNotAllowed, NoRequest, NotOneself
from palabre.ids import AccountId
from palabre.paging import Window
from people import People


def counts(people: People, number: int) -> tuple[int, int]:
    found = people.account(number)
    return found.followers_count, found.following_count


def test_a_follow_counts_on_both_sides_and_once(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ana, ben)
    people.follow(ana, ben)
    assert counts(people, ana) == (0, 1)
    assert counts(people, ben) == (1, 0)
    assert people.kinds("graph.") == ["graph.followed"]
    store.write(actions.unfollow, ana, ben)
    store.write(actions.unfollow, ana, ben)
    assert counts(people, ana) == counts(people, ben) == (0, 0)
    assert people.kinds("graph.") == ["graph.followed", "graph.unfollowed"]


def test_following_again_changes_only_the_options_given(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ana, ben, notify=True, languages=("fr", "en"))
    people.follow(ana, ben, show_reposts=False)
    [follow] = store.read(queries.follows_of, ana)
    assert (follow.show_reposts, follow.notify, follow.languages) == (False, True, ("fr", "en"))
    assert counts(people, ben) == (1, 0)
    assert people.kinds("graph.") == ["graph.followed", "graph.followed"]
    assert '"new":false' in people.facts()[-1][1]


def test_a_locked_account_is_asked_and_decides(store: Store, people: People) -> None:
    ana, cleo, dan = people.members("ana", "cleo", "dan")
    ben = people.member("ben", profile={"locked": True})
    people.follow(ana, ben, notify=True)
    people.follow(cleo, ben)
    assert counts(people, ben) == (0, 0)
    assert [each.username for each in store.read(queries.requests_page, ben, Window()).items] == ["cleo", "ana"]
    assert store.read(queries.requests_count, ben) == 2
    store.write(actions.accept_request, ben, ana)
    store.write(actions.refuse_request, ben, cleo)
    assert counts(people, ben) == (1, 0)
    assert store.read(queries.follows_of, ana)[0].notify
    assert store.read(queries.requests_count, ben) == 0
    for answer in (actions.accept_request, actions.refuse_request):
        with pytest.raises(NoRequest):
            store.write(answer, ben, dan)


def test_who_unlocks_accepts_everybody(store: Store, people: People) -> None:
    ana, cleo = people.members("ana", "cleo")
    ben = people.member("ben", profile={"locked": True})
    people.follow(ana, ben)
    people.follow(cleo, ben)
    assert not store.write(actions.accept_all_requests, ben)
    assert counts(people, ben) == (2, 0)


def test_a_request_can_be_taken_back(store: Store, people: People) -> None:
    ana, ben = people.member("ana"), people.member("ben", profile={"locked": True})
    people.follow(ana, ben)
    store.write(actions.unfollow, ana, ben)
    assert store.read(queries.requests_count, ben) == 0
    assert people.kinds("graph.") == ["graph.follow_requested", "graph.follow_request_ended"]


def test_a_removed_follower_is_counted_off(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ana, ben)
    store.write(actions.remove_follower, ben, ana)
    assert counts(people, ana) == counts(people, ben) == (0, 0)


def test_a_block_ends_follows_and_requests_both_ways(store: Store, people: People) -> None:
    ana = people.member("ana", profile={"locked": True})
    ben = people.member("ben")
    people.follow(ana, ben)
    people.follow(ben, ana)
    store.write(actions.block, ben, ana)
    store.write(actions.block, ben, ana)
    assert counts(people, ana) == counts(people, ben) == (0, 0)
    assert store.read(queries.requests_count, ana) == 0
    assert people.kinds("graph.")[-3:] == ["graph.follow_request_ended", "graph.unfollowed", "graph.blocked"] or (
        sorted(people.kinds("graph.")[-3:]) == ["graph.blocked", "graph.follow_request_ended", "graph.unfollowed"]
    )
    for one, other in ((ana, ben), (ben, ana)):
        with pytest.raises(FollowNotAllowed):
            people.follow(one, other)
    store.write(actions.unblock, ben, ana)
    people.follow(ana, ben)
    assert counts(people, ben) == (1, 0)


def test_nobody_follows_himself_or_who_is_not_there(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    for action in (actions.follow, actions.block, actions.mute):
        with pytest.raises(NotOneself):
            store.write(action, ana, ana)
        with pytest.raises(AccountNotFound):
            store.write(action, ana, 12345)
    store.write(suspend, ben)
    with pytest.raises(AccountNotFound):
        people.follow(ana, ben)


def test_a_suspended_follower_is_not_listed_but_comes_back_with_the_count(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ana, ben)
    store.write(suspend, ana)
    assert store.read(queries.followers_page, ben, ben, Window()).items == []
    assert counts(people, ben) == (1, 0)


def test_followers_whom_one_follows_are_listed_to_the_end(store: Store, people: People) -> None:
    ana, bo, dee = people.members("ana", "bo", "dee")
    known = people.members("c1", "c2", "c3", "c4", "c5")
    strangers = people.members("s1", "s2")
    for each in (*known, *strangers):
        people.follow(each, bo)
    for each in (*known[::-1], dee):
        people.follow(ana, each)
    people.follow(bo, dee)
    pages, before = [], None
    while (found := store.read(familiar_page, ana, bo, Window(before=before, limit=2))).oldest is not None:
        pages.append([each.username for each in found.items])
        before = found.oldest
    assert pages == [["c5", "c4"], ["c3", "c2"], ["c1"]]
    upwards = store.read(familiar_page, ana, bo, Window(after=1, limit=2))
    assert [each.username for each in upwards.items] == ["c2", "c1"]


def test_whom_one_would_not_see_is_not_among_the_followers_whom_one_follows(store: Store, people: People) -> None:
    ana, bo, cy, dee, eve = people.members("ana", "bo", "cy", "dee", "eve")
    shy = people.member("shy", profile={"shows": {Shows.PEOPLE: False}})
    for each in (cy, dee, eve, shy):
        people.follow(each, bo)
        people.follow(ana, each)
    store.write(actions.mute, ana, dee)
    store.write(suspend, eve)

    def found() -> list[str]:
        return [each.username for each in store.read(familiar_page, ana, bo, Window()).items]

    assert found() == ["cy"]
    store.write(actions.block, bo, ana)
    assert found() == []
    with pytest.raises(AccountNotFound):
        store.read(familiar_page, ana, AccountId(1), Window())


def test_who_hides_his_people_has_no_familiar_followers_either(store: Store, people: People) -> None:
    ana, bo, cy = people.members("ana", "bo", "cy")
    people.follow(cy, bo)
    people.follow(ana, cy)

    def found(who: AccountId) -> dict[AccountId, list[str]]:
        many = store.read(familiar_followers, ana, [who, AccountId(1)])
        assert [each.username for each in store.read(familiar_page, ana, who, Window()).items] == [
            each.username for each in many.get(who, ())
        ]
        return {number: [each.username for each in some] for number, some in many.items()}

    assert found(bo) == {bo: ["cy"]}, "and nothing of an account that there is not"
    store.write(update_profile, bo, ProfileChange(shows={Shows.PEOPLE: False}))
    assert found(bo) == {bo: []}
    store.write(update_profile, bo, ProfileChange(shows={Shows.PEOPLE: True}))
    store.write(suspend, bo)
    assert found(bo) == {}
    store.write(update_profile, ana, ProfileChange(shows={Shows.PEOPLE: False}))
    people.follow(cy, ana)
    assert found(ana) == {ana: ["cy"]}, "he sees his own"
