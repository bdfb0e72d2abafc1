"""Who may reply, and the queue of replies for which an author is asked, on both databases."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from fixtures_store import Store
from palabre.accounts.actions import update_preferences
from palabre.accounts.model import Preferences
from palabre.graph.actions import block, follow, unblock
from palabre.ids import AccountId, PostId
from palabre.paging import Window
from palabre.posts import deleting, replying, requests
from palabre.posts.actions import Terms, create_post, publish_thread
from palabre.posts.editing import edit_post
from palabre.posts.errors import (
    ApprovedAsItIs,
    CannotHide,
    CannotReply,
    PostNotFound,
    ReplyIsOut,
    ReplyRequestNotFound,
    TooManyWaiting,
)
from palabre.posts.model import Draft, Head, ReplyPolicy, ReplyState, Revision, Visibility
from palabre.posts.queries import post_view, post_views, readable_post, thread_view, versions_of
from palabre.store.statement import Statement
from palabre.timelines.heads import may_read
from palabre.timelines.home import Home
from palabre.timelines.rules import Taste
from people import People

TERMS = Terms(limit=1_000, domain="example.org")
WINDOW = Window(limit=20)


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


def post(people: People, author: int, text: str = "Hello", **draft):
    return people.store.write(create_post, author, Draft(text=text, **draft), terms=TERMS)


def asks(people: People, author: int, whom: str) -> None:
    people.store.write(update_preferences, author, Preferences(reply_approval=whom))


def decide(people: People, owner: int, reply: int, state: ReplyState) -> None:
    people.store.write(replying.decide_one, owner, reply, state, terms=TERMS)


def facts(people: People, kind: str) -> list[dict[str, Any]]:
    return [json.loads(payload) for found, payload in people.facts() if found == kind]


def queue(people: People, owner: int, state: ReplyState = ReplyState.PENDING) -> list[int]:
    return [each.view.post.id for each in people.store.read(requests.requests_page, owner, state, WINDOW).items]


@pytest.mark.parametrize(
    ("policy", "welcome"),
    [
        ("all", {"ben", "cleo", "dan", "eve"}),
        ("followers", {"ben", "dan"}),
        ("followed", {"cleo", "dan"}),
        ("mentioned", {"dan"}),
        ("nobody", set()),
    ],
)
def test_the_rule_of_the_post_that_began_it_holds_in_the_whole_conversation(
    store: Store, people: People, policy: str, welcome: set[str]
) -> None:
    """Ben follows the author, who follows Cleo and mentions Dan; Eve is nobody to her."""
    ana, ben, cleo, dan, eve = people.members("ana", "ben", "cleo", "dan", "eve")
    store.write(follow, ben, ana)
    store.write(follow, ana, cleo)
    root = post(people, ana, "What say you, @dan?", reply_policy=ReplyPolicy(policy))
    own = post(people, ana, "And another thing", reply_to=root)
    for parent in (root, own):
        able = set()
        for name, one in (("ben", ben), ("cleo", cleo), ("dan", dan), ("eve", eve)):
            allowed = store.read(
                lambda db, one=one, parent=parent: replying.barred_by(db, one, readable_post(db, one, parent))
            )
            try:
                post(people, one, f"I am {name}", reply_to=parent)
                able.add(name)
                assert allowed is None
            except CannotReply:
                assert allowed is ReplyPolicy(policy)
        assert able == welcome


def test_whoever_the_author_addresses_later_may_answer_that(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    root = post(people, ana, reply_policy=ReplyPolicy.MENTIONED)
    asked = post(people, ana, "@ben and you?", reply_to=root)
    with pytest.raises(CannotReply):
        post(people, ben, reply_to=root)
    assert post(people, ben, reply_to=asked)


def test_a_change_holds_for_what_is_replied_from_now_on(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    root = post(people, ana)
    before = post(people, ben, reply_to=root)
    store.write(replying.set_reply_policy, ana, root, ReplyPolicy.NOBODY)
    with pytest.raises(CannotReply):
        post(people, ben, reply_to=root)
    assert store.read(post_view, None, before).post.reply_to == root
    store.write(edit_post, ana, root, Revision(text="Hello", reply_policy=ReplyPolicy.ALL), terms=TERMS)
    assert post(people, ben, reply_to=root)
    assert store.read(post_view, None, root).post.reply_policy is ReplyPolicy.ALL


def test_a_reply_that_waits_is_seen_by_its_writer_alone(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    asks(people, ana, "all")
    root = post(people, ana)
    reply = post(people, ben, "@cleo look #talk", reply_to=root)
    assert store.read(post_view, ben, reply).post.visibility is Visibility.WAITING
    for other in (ana, cleo, None):
        with pytest.raises(PostNotFound):
            store.read(post_view, other, reply)
        assert store.read(post_views, other, [root, reply])[0].post.replies_count == 0
        assert store.read(thread_view, other, root).descendants == []
    assert [view.post.id for view in store.read(thread_view, ben, root).descendants] == [reply]
    assert people.account(ben).posts_count == 0
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM post_mention"))) == 0
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM post_hashtag"))) == 0
    assert reply not in [each["post"] for each in facts(people, "post.created")]
    assert queue(people, ana) == [reply]
    assert queue(people, ben) == []


def test_an_approved_reply_is_as_if_it_had_never_waited(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    asks(people, ana, "all")
    root = post(people, ana)
    reply = post(people, ben, "@cleo look #talk", reply_to=root, visibility=Visibility.PUBLIC)
    written = store.read(post_view, ben, reply).post
    store.write(update_preferences, ana, Preferences())
    other = post(people, ben, "@cleo look #talk", reply_to=root, visibility=Visibility.PUBLIC)
    decide(people, ana, reply, ReplyState.APPROVED)
    out = store.read(post_view, None, reply).post
    plain = store.read(post_view, None, other).post
    assert out.created == written.created
    same = {"id": plain.id, "created": plain.created}
    assert msgspec.structs.replace(out, **same) == plain
    assert store.read(post_view, None, root).post.replies_count == 2
    assert people.account(ben).posts_count == 2
    told = {each["post"]: each for each in facts(people, "post.created")}
    assert told[reply]["mentions"] == [cleo]
    assert told[reply]["approved_by"] == ana
    assert told[reply]["hashtags"] == told[other]["hashtags"]
    assert queue(people, ana) == []
    assert queue(people, ana, ReplyState.APPROVED) == [reply]
    with pytest.raises(ReplyIsOut):
        decide(people, ana, reply, ReplyState.DENIED)


@pytest.mark.parametrize("state", [ReplyState.DENIED, ReplyState.MUTED, ReplyState.SPAM])
def test_what_is_not_approved_stays_unseen_and_can_still_be_approved(
    store: Store, people: People, state: ReplyState
) -> None:
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    root = post(people, ana)
    reply = post(people, ben, reply_to=root)
    decide(people, ana, reply, state)
    with pytest.raises(PostNotFound):
        store.read(post_view, None, reply)
    assert queue(people, ana, state) == [reply]
    store.write(update_preferences, ana, Preferences())
    further = post(people, ben, "Again", reply_to=root)
    shown = store.read(post_views, None, [further])
    assert bool(shown) == (state is ReplyState.DENIED)
    decide(people, ana, reply, ReplyState.APPROVED)
    assert store.read(post_view, None, reply)
    assert store.read(post_views, None, [post(people, ben, "And again", reply_to=root)])


def test_strangers_wait_and_those_whom_the_author_knows_do_not(store: Store, people: People) -> None:
    ana, ben, cleo, dan = people.members("ana", "ben", "cleo", "dan")
    asks(people, ana, "strangers")
    store.write(follow, ana, ben)
    root = post(people, ana, "Hello @cleo")
    for one in (ben, cleo, ana):
        assert store.read(post_view, None, post(people, one, reply_to=root))
    waiting = post(people, dan, reply_to=root)
    assert store.read(post_views, None, [waiting]) == []


def test_everything_of_one_person_is_decided_at_once(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    asks(people, ana, "all")
    root = post(people, ana)
    bens = [post(people, ben, f"{n}", reply_to=root) for n in range(3)]
    cleos = post(people, cleo, reply_to=root)
    assert store.write(replying.decide_person, ana, ben, ReplyState.SPAM, terms=TERMS)
    assert queue(people, ana) == [cleos]
    assert sorted(queue(people, ana, ReplyState.SPAM)) == bens
    further = post(people, ben, "More", reply_to=root)
    assert further in queue(people, ana, ReplyState.SPAM)
    assert store.write(replying.decide, ana, [*bens, cleos], ReplyState.APPROVED, terms=TERMS) == [*bens, cleos]
    assert len(store.read(thread_view, None, root).descendants) == 4


def test_nobody_decides_for_somebody_else(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    asks(people, ana, "all")
    reply = post(people, ben, reply_to=post(people, ana))
    for other in (ben, cleo):
        with pytest.raises(ReplyRequestNotFound):
            decide(people, other, reply, ReplyState.APPROVED)
        with pytest.raises(ReplyRequestNotFound):
            store.read(requests.request_of, other, reply)
        assert store.write(replying.decide, other, [reply], ReplyState.APPROVED, terms=TERMS) == []
    assert store.read(post_views, None, [reply]) == []


def test_a_thread_of_replies_waits_and_appears_from_its_beginning(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    root = post(people, ana)
    drafts = [Draft(text="one", reply_to=root), Draft(text="two"), Draft(text="three")]
    made = store.write(publish_thread, ben, drafts, terms=TERMS)
    assert len(queue(people, ana)) == 3
    decide(people, ana, made[1], ReplyState.APPROVED)
    below = [view.post.id for view in store.read(thread_view, None, root).descendants]
    assert below == made[:2]
    assert store.read(post_view, None, made[0]).post.replies_count == 1


def test_what_waits_is_edited_and_deleted_without_a_trace(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    asks(people, ana, "all")
    root = post(people, ana)
    reply = post(people, ben, reply_to=root)
    store.write(edit_post, ben, reply, Revision(text="@cleo #talk"), terms=TERMS)
    assert facts(people, "post.edited") == []
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM post_mention"))) == 0
    with pytest.raises(PostNotFound):
        store.read(post_view, cleo, reply)
    store.write(deleting.delete_post, ben, reply)
    assert queue(people, ana) == []
    assert store.read(post_view, None, root).post.replies_count == 0
    assert people.account(ben).posts_count == 0
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM reply_request"))) == 0


def test_only_so_many_wait_of_one_writer(store: Store, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replying, "WAITING", 2)
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    asks(people, ana, "all")
    root = post(people, ana)
    first = post(people, ben, reply_to=root)
    post(people, ben, reply_to=root)
    with pytest.raises(TooManyWaiting):
        post(people, ben, reply_to=root)
    post(people, cleo, reply_to=root)
    decide(people, ana, first, ReplyState.DENIED)
    post(people, ben, reply_to=root)


def test_a_private_word_does_not_wait(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    reply = post(people, ben, "@ana psst", reply_to=post(people, ana), visibility=Visibility.MENTIONED)
    assert store.read(post_view, ana, reply)


def test_nobody_chooses_to_wait(store: Store, people: People) -> None:
    ana = people.member("ana")
    made = post(people, ana, visibility=Visibility.WAITING)
    assert store.read(post_view, ana, made).post.visibility is Visibility.MENTIONED


def test_a_hidden_reply_stands_last_with_what_answers_it(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    root = post(people, ana)
    rude = post(people, ben, "Rude", reply_to=root)
    answer = post(people, cleo, "Indeed", reply_to=rude)
    kind = post(people, cleo, "Kind", reply_to=root)
    store.write(replying.set_hidden, ana, rude, hidden=True)
    below = store.read(thread_view, None, root).descendants
    assert [view.post.id for view in below] == [kind, rude, answer]
    assert [view.post.hidden for view in below] == [False, True, False]
    store.write(replying.set_hidden, ana, rude, hidden=False)
    assert [view.post.id for view in store.read(thread_view, None, root).descendants] == [rude, answer, kind]
    for who, what in ((ben, kind), (ana, root), (cleo, rude)):
        with pytest.raises(CannotHide):
            store.write(replying.set_hidden, who, what, hidden=True)


def test_a_long_queue_of_one_person_is_decided_in_slices(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replying, "AT_ONCE", 2)
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    root = post(people, ana)
    for n in range(5):
        post(people, ben, f"{n}", reply_to=root)
    steps = [store.write(replying.decide_person, ana, ben, ReplyState.APPROVED, terms=TERMS) for _ in range(3)]
    assert steps == [False, False, True]
    assert len(store.read(thread_view, None, root).descendants) == 5


def test_nobody_sorts_out_somebody_who_never_replied(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    with pytest.raises(ReplyRequestNotFound):
        store.write(replying.decide_person, ana, ben, ReplyState.SPAM, terms=TERMS)


@pytest.mark.parametrize("reader", [1, 2, 3])
def test_memory_shows_what_waits_to_its_writer_alone(reader: int) -> None:
    head = Head(1, Visibility.WAITING.value, (2,), 0, PostId(7), PostId(7))
    taste = Taste(AccountId(reader), frozenset({1}), frozenset(), {}, frozenset())
    assert may_read(head, Home(taste, complete=True, expires=None)) is (reader == 1)
    assert not may_read(head, None)


@pytest.mark.parametrize("asked", [Visibility.MENTIONED, Visibility.WAITING])
def test_a_private_word_goes_on_from_nothing_that_waits(store: Store, people: People, asked: Visibility) -> None:
    """The author of the conversation would be shown it in his queue, and on approval everybody."""
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    waiting = post(people, ben, reply_to=post(people, ana))
    with pytest.raises(CannotReply):
        post(people, ben, "@ana psst", reply_to=waiting, visibility=asked)
    assert queue(people, ana) == [waiting]
    further = post(people, ben, "Aloud", reply_to=waiting)
    assert queue(people, ana) == [further, waiting]


def test_nobody_reads_what_a_reply_said_before_it_was_approved(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    reply = post(people, ben, "What I would rather not have said", reply_to=post(people, ana))
    changed = store.write(edit_post, ben, reply, Revision(text="Well"), terms=TERMS)
    assert (changed.post.text, changed.post.edited) == ("Well", None)
    decide(people, ana, reply, ReplyState.APPROVED)
    assert [view.post.text for view in store.read(versions_of, None, reply)] == ["Well"]
    with pytest.raises(ApprovedAsItIs):
        store.write(edit_post, ben, reply, Revision(text="What nobody approved"), terms=TERMS)
    asks(people, ana, "none")  # and what he writes would not wait any more
    store.write(edit_post, ben, reply, Revision(text="Well, well"), terms=TERMS)
    shown = store.read(versions_of, None, reply)
    assert [view.post.text for view in shown] == ["Well", "Well, well"]
    assert shown[-1].post.edited is not None


def test_of_whoever_blocks_the_author_nothing_is_shown_or_decided(store: Store, people: People) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    asks(people, ana, "all")
    root = post(people, ana)
    bens, cleos = (post(people, one, reply_to=root) for one in (ben, cleo))
    store.write(block, ben, ana)
    assert queue(people, ana) == [cleos]
    with pytest.raises(ReplyRequestNotFound):
        store.read(requests.request_of, ana, bens)
    for state in (ReplyState.APPROVED, ReplyState.SPAM):
        with pytest.raises(ReplyRequestNotFound):
            decide(people, ana, bens, state)
        with pytest.raises(ReplyRequestNotFound):
            store.write(replying.decide_person, ana, ben, state, terms=TERMS)
        assert store.write(replying.decide, ana, [bens], state, terms=TERMS) == []
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM reply_rule"))) == 0
    assert store.write(replying.decide, ana, [bens, cleos], ReplyState.APPROVED, terms=TERMS) == [cleos]
    store.write(unblock, ben, ana)
    assert queue(people, ana) == [bens]
    decide(people, ana, bens, ReplyState.APPROVED)


def test_what_is_approved_stands_where_it_would_have_stood(store: Store, people: People) -> None:
    """What goes on from one's own reply is in the local timeline; what answers somebody else is not."""
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    root = post(people, ana)
    reply = post(people, ben, "one", reply_to=root)
    further = post(people, ben, "two", reply_to=reply)
    quiet = post(people, ben, "three", reply_to=further, visibility=Visibility.UNLISTED)
    decide(people, ana, quiet, ReplyState.APPROVED)
    assert queue(people, ana) == []
    listed = store.read(lambda db: [row[0] for row in db.all(Statement("SELECT id FROM post WHERE listed"))])
    assert sorted(listed) == [root, further]
    assert [each for each in (reply, further, quiet) if store.read(post_view, None, each).post.is_listed] == [further]


@pytest.mark.parametrize("first", ["the author", "the writer"])
def test_of_whom_one_blocks_nothing_is_shown_or_counted(store: Store, people: People, first: str) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    asks(people, ana, "all")
    root = post(people, ana)
    bens = post(people, ben, reply_to=root)
    assert store.read(requests.counts_of, ana) == {ReplyState.PENDING: 1}
    assert store.read(requests.anything_waits, ana)
    pair = (ana, ben) if first == "the author" else (ben, ana)
    store.write(block, *pair)
    assert queue(people, ana) == []
    assert store.read(requests.counts_of, ana) == {}
    assert not store.read(requests.anything_waits, ana)
    with pytest.raises(ReplyRequestNotFound):
        decide(people, ana, bens, ReplyState.APPROVED)
    cleos = post(people, cleo, reply_to=root)
    assert queue(people, ana) == [cleos]
    assert store.read(requests.counts_of, ana) == {ReplyState.PENDING: 1}
    store.write(unblock, *pair)
    assert store.read(requests.counts_of, ana) == {ReplyState.PENDING: 2}


@pytest.mark.parametrize("follows", [False, True])
@pytest.mark.parametrize("state", [ReplyState.APPROVED, ReplyState.DENIED])
def test_a_reply_for_followers_is_shown_to_whoever_decides_until_it_is_out(
    store: Store, people: People, state: ReplyState, follows: bool
) -> None:
    ana, ben = people.members("ana", "ben")
    asks(people, ana, "all")
    root = post(people, ana)
    if follows:
        store.write(follow, ana, ben)
    reply = post(people, ben, "For my own", reply_to=root, visibility=Visibility.FOLLOWERS)
    assert queue(people, ana) == [reply]
    decide(people, ana, reply, state)
    out = state is ReplyState.APPROVED
    shown = follows or not out
    assert queue(people, ana, state) == ([reply] if shown else [])
    assert store.read(requests.counts_of, ana) == ({state: 1} if shown else {})
    if shown:
        assert store.read(requests.request_of, ana, reply).view.post.text == "For my own"
    else:
        with pytest.raises(ReplyRequestNotFound):
            store.read(requests.request_of, ana, reply)
        with pytest.raises(ReplyRequestNotFound):
            decide(people, ana, reply, ReplyState.DENIED)


@pytest.mark.parametrize(("whom", "waits"), [("none", set()), ("strangers", {"ben"}), ("all", {"ben", "cleo"})])
def test_it_is_said_beforehand_whether_a_reply_would_wait(
    store: Store, people: People, whom: str, waits: set[str]
) -> None:
    ana, ben, cleo = people.members("ana", "ben", "cleo")
    store.write(follow, ana, cleo)
    asks(people, ana, whom)
    root = store.read(readable_post, ana, post(people, ana))
    found = set()
    for name, one in (("ana", ana), ("ben", ben), ("cleo", cleo)):
        if store.read(replying.would_wait, one, root):
            found.add(name)
        assert store.statements <= 4
        made = store.read(readable_post, one, post(people, one, reply_to=root.id))
        assert (made.visibility is Visibility.WAITING) == (name in found)
    assert found == waits
