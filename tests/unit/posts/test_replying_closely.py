"""What follows from an approval, a rule for one writer and a policy, to the last consequence. On both databases."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre.accounts.actions import suspend
from palabre.posts import replying, requests
from palabre.posts.errors import CannotHide, CannotReply, PostNotFound
from palabre.posts.model import ReplyPolicy, ReplyState, Visibility
from palabre.posts.queries import post_view
from people import People
from unit.posts.test_replying import TERMS, asks, decide, facts, post, queue


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


def test_what_goes_on_from_a_waiting_reply_comes_out_no_wider_than_that(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    asks(people, ana, "all")
    root = post(people, ana)
    narrow = post(people, ben, "for friends", reply_to=root, visibility=Visibility.FOLLOWERS)
    below = post(people, ben, "and more", reply_to=narrow, visibility=Visibility.PUBLIC)
    decide(people, ana, below, ReplyState.APPROVED)
    for each in (narrow, below):
        assert store.read(post_view, ben, each).post.visibility is Visibility.FOLLOWERS
        with pytest.raises(PostNotFound):
            store.read(post_view, cleo, each)


@pytest.mark.parametrize("state", [ReplyState.MUTED, ReplyState.SPAM])
def test_a_person_is_sorted_out_also_when_nothing_waits(store: Store, people: People, state: ReplyState) -> None:
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    root = post(people, ana)
    decide(people, ana, post(people, ben, "One", reply_to=root), ReplyState.APPROVED)
    assert store.write(replying.decide_person, ana, ben, state, terms=TERMS)
    later = post(people, ben, "Two", reply_to=root)
    assert (queue(people, ana), queue(people, ana, state)) == ([], [later])
    assert store.write(replying.decide_person, ana, ben, ReplyState.APPROVED, terms=TERMS)
    assert queue(people, ana) == [], "what was sorted out stays so"
    third = post(people, ben, "Three", reply_to=root)
    assert queue(people, ana) == [third], "but from now on it waits as everybody's"


def test_whoever_is_mentioned_reads_a_reply_for_followers_once_it_is_approved(store: Store, people: People) -> None:
    ana, ben, cleo, dan = people.members("ana", "ben", "cleo", "dan")
    asks(people, ana, "all")
    reply = post(people, ben, "@cleo look", reply_to=post(people, ana), visibility=Visibility.FOLLOWERS)
    decide(people, ana, reply, ReplyState.APPROVED)
    assert store.read(post_view, cleo, reply).post.id == reply
    with pytest.raises(PostNotFound):
        store.read(post_view, dan, reply)


def test_nobody_folds_an_answer_of_his_own_away(store: Store, people: People) -> None:
    ana = people.member("ana")
    root = post(people, ana)
    mine = post(people, ana, "And more", reply_to=root)
    with pytest.raises(CannotHide):
        store.write(replying.set_hidden, ana, mine, hidden=True)
    assert not store.read(post_view, ana, mine).post.hidden


def test_a_policy_that_changes_is_told_and_cleared_from_what_is_kept(store: Store, people: People) -> None:
    ana = people.member("ana")
    root = post(people, ana)
    before = len(facts(people, "post.changed"))
    store.write(replying.set_reply_policy, ana, root, ReplyPolicy.NOBODY)
    assert [each["post"] for each in facts(people, "post.changed")[before:]] == [root]


def test_of_a_suspended_writer_nothing_is_counted_or_decided(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    reply = post(people, ben, reply_to=post(people, ana))
    assert (queue(people, ana), store.read(requests.anything_waits, ana)) == ([reply], True)
    store.write(suspend, ben)
    assert (queue(people, ana), store.read(requests.anything_waits, ana)) == ([], False)
    assert store.read(requests.counts_of, ana) == {}


def test_only_the_author_of_the_conversation_invites_by_addressing(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    root = post(people, ana, "@ben what say you?", reply_policy=ReplyPolicy.MENTIONED)
    bens = post(people, ben, "ask @cleo", reply_to=root)
    for parent in (root, bens):
        with pytest.raises(CannotReply):
            post(people, cleo, reply_to=parent)
    assert post(people, cleo, reply_to=post(people, ana, "@cleo then", reply_to=bens))
