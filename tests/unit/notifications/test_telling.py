"""Who is told what, and who is not."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre import jobs, journal
from palabre.accounts.actions import suspend
from palabre.accounts.events import PasskeyAdded
from palabre.graph import actions as graph
from palabre.notifications import subscriber as telling
from palabre.notifications.model import Kind
from palabre.notifications.queries import notifications_page
from palabre.notifications.subscriber import subscriber
from palabre.paging import Window
from palabre.posts import actions as posts
from palabre.posts import deleting, polls
from palabre.posts.actions import Terms
from palabre.posts.editing import edit_post
from palabre.posts.events import PollClosed
from palabre.posts.model import PollDraft, Revision, Visibility
from palabre.posts.muting import mute_thread
from people import People


def told(people: People, member: int) -> list[tuple[str, str]]:
    """What a member reads, the oldest first, after all that happened: (kind, who)."""
    people.store.advance(subscriber)
    page = people.store.read(notifications_page, member, Window())
    return [(each.kind.value, each.actor.username) for each in page.items[::-1]]


def test_members_are_told_of_follows_mentions_replies_reposts_and_likes_once(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    post = people.post(ana, "Hello")
    people.follow(ben, ana)
    people.follow(ben, ana)
    people.post(ben, "I know @ana, yes @Ana")
    people.post(ben, "Hello yourself", reply_to=post)
    people.post(ben, "@ana both", reply_to=post)
    for _ in range(2):
        store.write(posts.repost, ben, post)
        store.write(posts.like, ben, post)
        store.write(posts.bookmark, ben, post)
    assert told(people, ana) == [
        ("follow", "ben"), ("mention", "ben"), ("mention", "ben"), ("mention", "ben"), ("repost", "ben"),
        ("like", "ben"),
    ]  # fmt: skip
    assert told(people, ben) == []
    assert people.kinds("notification.") == ["notification.created"] * 6
    assert store.advance(subscriber) == 0


def test_what_is_taken_back_is_not_told(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    post = people.post(ana, "Hello")
    people.follow(ben, ana)
    store.write(posts.repost, ben, post)
    store.write(posts.like, ben, post)
    reply = people.post(ben, "Hm", reply_to=post)
    assert len(told(people, ana)) == 4
    store.write(posts.undo_repost, ben, post)
    assert ("repost", "ben") not in told(people, ana)
    store.write(posts.unlike, ben, post)
    assert ("like", "ben") not in told(people, ana)
    store.write(graph.unfollow, ben, ana)
    assert told(people, ana) == [("mention", "ben")]
    store.write(deleting.delete_post, ben, reply)
    assert told(people, ana) == []


def test_a_deleted_post_takes_what_tells_of_it_along(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    post = people.post(ana, "Hello @cleo")
    store.write(posts.like, ben, post)
    store.write(posts.repost, ben, post)
    assert len(told(people, ana)) == 2
    store.write(deleting.delete_post, ana, post)
    assert told(people, ana) == told(people, cleo) == []


def test_an_accepted_request_becomes_the_follow_in_its_place(store: Store, people: People) -> None:
    ana, ben, cleo = people.member("ana", profile={"locked": True}), people.member("ben"), people.member("cleo")
    people.follow(ben, ana)
    people.follow(cleo, ana)
    assert told(people, ana) == [("follow_request", "ben"), ("follow_request", "cleo")]
    store.write(graph.accept_request, ana, ben)
    store.write(graph.refuse_request, ana, cleo)
    assert told(people, ana) == [("follow", "ben")]


def test_nobody_is_told_by_whom_he_mutes_or_by_a_block(store: Store, people: People) -> None:
    ana, muted, soft, blocked, blocking = people.members("ana", "muted", "soft", "blocked", "blocking")
    store.write(graph.mute, ana, muted)
    store.write(graph.mute, ana, soft, notifications=False)
    store.write(graph.block, ana, blocked)
    for each in (muted, soft, blocked, blocking):
        people.post(each, "@ana look")
    store.write(graph.block, blocking, ana)
    assert told(people, ana) == [("mention", "soft")]


def test_a_later_mute_or_block_or_suspension_hides(store: Store, people: People) -> None:
    ana, ben, cleo, dan = people.members("ana", "ben", "cleo", "dan")
    for each in (ben, cleo, dan):
        people.follow(each, ana)
    assert len(told(people, ana)) == 3
    store.write(graph.mute, ana, ben)
    assert told(people, ana) == [("follow", "cleo"), ("follow", "dan")]
    store.write(graph.unmute, ana, ben)
    assert len(told(people, ana)) == 3, "they come back"
    store.write(suspend, cleo)
    store.write(graph.block, dan, ana)
    assert told(people, ana) == [("follow", "ben")]
    store.write(graph.block, ana, ben)
    store.write(graph.unblock, ana, ben)
    assert told(people, ana) == [], "a block forgets"


@pytest.mark.parametrize(
    ("visibility", "follows", "is_told"),
    [
        (Visibility.PUBLIC, False, True),
        (Visibility.UNLISTED, False, True),
        (Visibility.FOLLOWERS, False, False),
        (Visibility.FOLLOWERS, True, True),
        (Visibility.MENTIONED, True, False),
    ],
)
def test_a_reply_is_told_only_to_who_may_read_it(
    store: Store, people: People, visibility: Visibility, follows: bool, is_told: bool
) -> None:
    ana, ben = people.members("ana", "ben")
    post = people.post(ana, "Hello")
    if follows:
        people.follow(ana, ben)
    people.post(ben, "Psst", reply_to=post, visibility=visibility)
    people.store.advance(subscriber)
    expected = [("mention", "ben")] if is_told else []
    assert told(people, ana) == expected
    written = [
        payload for kind, payload in people.facts() if kind == "notification.created" and '"mention"' in payload
    ]
    assert len(written) == len(expected), "not even written"


def test_who_loses_the_right_to_read_a_post_loses_what_tells_of_it(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ana, ben, notify=True)
    people.post(ben, "For you", visibility=Visibility.FOLLOWERS)
    assert told(people, ana) == [("post", "ben")]
    store.write(graph.unfollow, ana, ben)
    assert told(people, ana) == []


def test_watchers_are_told_of_posts_but_not_of_replies_to_others_or_reposts(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    people.follow(ana, ben, notify=True)
    others = people.post(cleo, "Hello")
    first = people.post(ben, "News")
    people.post(ben, "More", reply_to=first)
    people.post(ben, "Hi", reply_to=others)
    people.post(ben, "Hey @ana")
    people.post(ben, "@cleo psst", visibility=Visibility.MENTIONED)
    store.write(posts.repost, ben, others)
    assert told(people, ana) == [("post", "ben"), ("post", "ben"), ("mention", "ben")]


def test_many_watchers_are_told_in_slices(store: Store, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "_WATCHERS_AT_ONCE", 2)
    ben, *watchers = people.members("ben", "w1", "w2", "w3", "w4", "w5")
    for each in watchers:
        people.follow(each, ben, notify=True)
    store.advance(subscriber)
    before = people.kinds("notification.")
    people.post(ben, "News")
    store.advance(subscriber)
    assert len(people.kinds("notification.")) - len(before) == 2, "the first slice at once"
    while waiting := store.write(jobs.claim):
        for job in waiting:
            assert job.kind == telling.TELL_WATCHERS
            assert store.write(telling.tell_watchers, job.arguments(telling.Watched))
            store.write(jobs.done, job.id)
    for each in watchers:
        assert told(people, each) == [("post", "ben")]


def test_a_slice_for_a_post_that_is_gone_tells_nobody(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ana, ben, notify=True)
    assert store.write(telling.tell_watchers, telling.Watched(1, ben, 0))
    assert Kind.POST not in dict(told(people, ana))


def test_a_member_is_told_of_each_passkey_that_was_added(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    for _ in range(2):
        store.write(lambda tx: journal.record(tx, PasskeyAdded(account=ana)))
    assert told(people, ana) == [("passkey_added", "ana")] * 2
    assert told(people, ben) == []
    assert people.kinds("notification.") == ["notification.created"] * 2


ASKED = PollDraft(choices=("one", "two"), seconds=3_600)


def muted_by_one(store: Store, people: People, kind: str) -> tuple[int, int, int, int]:
    """Ben's post, and Ana and Cleo, who are concerned with it in every way; Ana has muted what ``kind`` is about."""
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    root = people.post(ben, "Which?", poll=ASKED)
    for each in (ana, cleo):
        people.follow(each, ben, notify=True)
        store.write(polls.vote, each, root, [0])
        store.write(posts.repost, each, root)
        quoting = people.post(each, "Look", quote=root)
        if each == ana:
            store.write(mute_thread, ana, quoting if kind == "quoted_update" else root)
    store.advance(subscriber)
    return ana, ben, cleo, root


@pytest.mark.parametrize("kind", ["mention", "update", "quoted_update", "poll", "post"])
def test_a_muted_conversation_tells_nothing_of_what_happens_to_its_posts(
    store: Store, people: People, kind: str
) -> None:
    ana, ben, cleo, root = muted_by_one(store, people, kind)
    match kind:
        case "post":
            people.post(ben, "Well?", reply_to=root)
        case "poll":
            store.write(lambda tx: journal.record(tx, PollClosed(post=root, author=ben)))
        case _:
            store.write(edit_post, ben, root, Revision(text="Which, @ana, @cleo?", poll=ASKED), terms=Terms())
    assert (kind, "ben") not in told(people, ana)
    both = 2 if kind == "post" else 1  # what he began with, and what he went on with
    assert told(people, cleo).count((kind, "ben")) == both


@pytest.mark.parametrize("kind", [Kind.UPDATE, Kind.QUOTED_UPDATE, Kind.POLL, Kind.POST])
def test_a_muted_conversation_tells_nothing_in_a_later_slice(store: Store, people: People, kind: Kind) -> None:
    ana, ben, cleo, root = muted_by_one(store, people, kind.value)
    if kind is Kind.POST:
        store.write(telling.tell_watchers, telling.Watched(root, ben, 0))
    else:
        store.write(telling.tell_of_post, telling.Concerned(kind, root, ben))
    assert (kind.value, "ben") not in told(people, ana)
    assert told(people, cleo).count((kind.value, "ben")) == 1


@pytest.mark.parametrize("mutes", [False, True])
def test_who_has_muted_his_own_poll_is_not_told_of_its_end(store: Store, people: People, mutes: bool) -> None:
    ana = people.member("ana")
    post = people.post(ana, "Which?", poll=PollDraft(choices=("one", "two"), seconds=3_600))
    if mutes:
        store.write(mute_thread, ana, post)
    store.write(lambda tx: journal.record(tx, PollClosed(post=post, author=ana)))
    assert told(people, ana) == ([] if mutes else [("poll", "ana")])
