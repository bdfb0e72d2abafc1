"""Writing, replying, reposting, liking and deleting, on both databases."""

from __future__ import annotations

import msgspec
import pytest

from fixtures_store import Store
from palabre.accounts.actions import suspend
from palabre.graph.actions import block
from palabre.ids import new_id
from palabre.paging import Window
from palabre.posts import actions, deleting
from palabre.posts.actions import Terms, create_post, publish
from palabre.posts.errors import CannotRepost, EmptyPost, MayNotWrite, NotYours, PostNotFound, PostTooLong
from palabre.posts.model import Draft, Mark, Visibility
from palabre.posts.queries import liked_by, post_view, post_views, readable_post, thread_view
from palabre.store.statement import Statement
from people import People

TERMS = Terms(limit=1_000, domain="example.org")


@pytest.fixture
def people(store: Store) -> People:
    return People(store)


def post(people: People, author: int, text: str = "Hello", **draft):
    return people.store.write(create_post, author, Draft(text=text, **draft), terms=TERMS)


def count(store: Store, table: str, column: str, number: int) -> int:
    return store.read(lambda db: db.value(Statement(f"SELECT count(*) FROM {table} WHERE {column} = {number}")))


def test_a_published_post_is_shown_as_it_is_read_back(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    text = "Hello @ben and @nobody, see https://example.com/x #Talk"
    published = store.write(publish, ana, Draft(text=text, language="en"), terms=TERMS)
    read = store.read(post_view, ben, published.post.id)
    assert msgspec.structs.asdict(published) == msgspec.structs.asdict(read)
    assert [mention.account for mention in read.post.mentions] == [ben]
    assert read.post.hashtags == ("Talk",)
    assert people.account(ana).posts_count == 1


def test_our_own_domain_in_a_mention_means_a_member_of_ours(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    made = post(people, ana, "Hello @ben@example.org, not @ben@elsewhere.net")
    assert [each.account for each in store.read(post_view, None, made).post.mentions] == [ben]


def test_what_is_too_long_or_empty_is_refused_and_leaves_nothing(store: Store, people: People) -> None:
    ana = people.member("ana")
    with pytest.raises(PostTooLong) as refused:
        post(people, ana, "a" * 1_001)
    assert refused.value.details == {"length": 1_001, "limit": 1_000}
    with pytest.raises(PostTooLong):
        post(people, ana, "a" * 990, warning="b" * 11)
    with pytest.raises(EmptyPost):
        post(people, ana, " \n\u0000 ")
    for unseen in ("\u200b\u2060", "\u3164", "\u2800 \u00ad", "\ufe0f\u034f"):
        with pytest.raises(EmptyPost):
            post(people, ana, unseen)
    assert people.account(ana).posts_count == 0
    link = "https://example.com/" + "x" * 3_000
    assert store.read(post_view, ana, post(people, ana, f"{'a' * 976} {link}")).post.text.endswith(link)


def test_nobody_replies_to_a_post_they_may_not_read(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    hidden = post(people, ana, "For followers", visibility=Visibility.FOLLOWERS)
    with pytest.raises(PostNotFound):
        post(people, ben, "Hm?", reply_to=hidden)
    people.follow(ben, ana)
    reply = store.read(post_view, ben, post(people, ben, "Hm?", reply_to=hidden)).post
    assert (reply.visibility, reply.reply_to, reply.thread) == (Visibility.FOLLOWERS, hidden, hidden)
    assert store.read(post_view, ana, hidden).post.replies_count == 1


@pytest.mark.parametrize("visibility", [each for each in Visibility if each is not Visibility.WAITING])
def test_who_may_read_a_post(store: Store, people: People, visibility: Visibility) -> None:
    ana, follower, mentioned, stranger, blocked = people.members("ana", "fay", "mia", "sam", "bob")
    people.follow(follower, ana)
    made = post(people, ana, "Hello @mia", visibility=visibility)
    store.write(block, ana, blocked)

    def reads(viewer: int | None) -> bool:
        one = [view.post.id for view in store.read(post_views, viewer, [made])] == [made]
        try:
            store.read(readable_post, viewer, made)
        except PostNotFound:
            assert not one
        else:
            assert one
        return one

    everybody = visibility in {Visibility.PUBLIC, Visibility.UNLISTED}
    assert reads(ana)
    assert reads(mentioned)
    assert reads(follower) is (visibility is not Visibility.MENTIONED)
    assert reads(stranger) is everybody
    assert reads(None) is everybody
    assert not reads(blocked)
    store.write(suspend, ana)
    assert not reads(None)
    assert not reads(follower)


def test_a_like_counts_once_and_is_taken_back(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    made = post(people, ana)
    for _ in range(2):
        store.write(actions.like, ben, made)
    store.write(actions.bookmark, ben, made)
    view = store.read(post_view, ben, made)
    assert (view.post.likes_count, view.marks) == (1, Mark.LIKED | Mark.BOOKMARKED)
    assert [each.id for each in store.read(liked_by, ana, made, Window()).items] == [ben]
    for _ in range(2):
        store.write(actions.unlike, ben, made)
    view = store.read(post_view, ben, made)
    assert (view.post.likes_count, view.marks) == (0, Mark.BOOKMARKED)
    store.write(actions.unbookmark, ben, made)
    assert count(store, "viewer_post", "post", made) == 0


def test_a_repost_is_one_and_shows_the_original(store: Store, people: People) -> None:
    ana, ben, cat = people.members("ana", "ben", "cat")
    made = post(people, ana)
    repost = store.write(actions.repost, ben, made)
    assert store.write(actions.repost, ben, made) == repost
    assert store.write(actions.repost, cat, repost) != repost, "a repost of a repost is one of the original"
    view = store.read(post_view, ben, repost)
    assert view.original is not None
    assert (view.shown.post.id, view.shown.post.reposts_count, view.marks) == (made, 2, Mark.REPOSTED)
    assert store.write(actions.undo_repost, ben, made) == made
    view = store.read(post_view, ben, made)
    assert (view.post.reposts_count, view.marks) == (1, Mark.NONE)
    with pytest.raises(PostNotFound):
        store.read(post_view, ben, repost)


def test_only_public_posts_are_reposted_by_others(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    people.follow(ben, ana)
    private = post(people, ana, visibility=Visibility.FOLLOWERS)
    with pytest.raises(CannotRepost):
        store.write(actions.repost, ben, private)
    own = store.write(actions.repost, ana, private)
    assert store.read(post_view, ana, own).post.visibility is Visibility.FOLLOWERS


def test_a_deleted_post_leaves_nothing_of_itself(store: Store, people: People) -> None:
    ana, ben, cat = people.members("ana", "ben", "cat")
    made = post(people, ana, "Gone soon @ben #Talk")
    reply = post(people, ben, "A reply", reply_to=made)
    repost = store.write(actions.repost, cat, made)
    store.write(actions.like, ben, made)
    with pytest.raises(NotYours):
        store.write(deleting.delete_post, ben, made)
    store.write(deleting.delete_post, ana, made)
    for gone in (made, repost):
        with pytest.raises(PostNotFound):
            store.read(post_view, cat, gone)
    for table, column in (
        ("post", "id"),
        ("post_mention", "post"),
        ("post_hashtag", "post"),
        ("viewer_post", "post"),
    ):
        assert count(store, table, column, made) == 0, table
    left = store.read(post_view, None, reply).post
    assert (left.reply_to, left.reply_to_author) == (None, ana)
    assert [people.account(each).posts_count for each in (ana, ben, cat)] == [0, 1, 0]
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM hashtag"))) == 0, "a word nobody else uses"


def test_what_many_left_on_a_deleted_post_goes_in_slices(store: Store, people: People, monkeypatch) -> None:
    monkeypatch.setattr(deleting, "_SLICE", 2)
    ana, *others = people.members("ana", "b1", "b2", "b3", "b4", "b5")
    made = post(people, ana)
    for other in others:
        store.write(actions.like, other, made)
        store.write(actions.repost, other, made)
        post(people, other, "Yes", reply_to=made)
    store.write(deleting.delete_post, ana, made)
    assert count(store, "viewer_post", "post", made) > 0, "the first slice does not do it all"
    rounds = 0
    while not store.write(deleting.clear, made):
        rounds += 1
    assert rounds >= 1
    assert count(store, "viewer_post", "post", made) == 0
    assert count(store, "post", "repost_of", made) == 0
    assert count(store, "post", "reply_to", made) == 0
    assert [people.account(each).posts_count for each in others] == [1] * 5


def test_a_thread_shows_its_line_of_descent_and_every_branch_together(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    root = post(people, ana, "root")
    first = post(people, ben, "first", reply_to=root)
    second = post(people, ana, "second", reply_to=root)
    below_first = post(people, ana, "below first", reply_to=first)
    hidden = post(people, ana, "hidden", reply_to=first, visibility=Visibility.MENTIONED)
    below_hidden = post(people, ana, "below hidden", reply_to=hidden)
    thread = store.read(thread_view, None, root)
    assert [view.post.id for view in thread.descendants] == [first, below_first, second]
    thread = store.read(thread_view, ben, below_first)
    assert [view.post.id for view in thread.ancestors] == [root, first]
    with pytest.raises(PostNotFound):
        store.read(thread_view, ben, below_hidden)


def test_a_clients_key_makes_one_post(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    made = [
        store.write(create_post, who, Draft(text="Once"), terms=TERMS, idempotency_key=b"k" * 16)
        for who in (ana, ana, ben)
    ]
    assert made[0] == made[1] != made[2]
    assert people.account(ana).posts_count == 1


def test_a_page_of_posts_takes_three_statements_whatever_it_holds(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    few = [post(people, ana, f"Post {number} @ben #t{number}") for number in range(3)]
    many = few + [store.write(actions.repost, ben, each) for each in few]
    assert len(store.read(post_views, ben, many)) == 6
    assert store.statements <= 3
    store.read(post_view, ben, few[0])
    assert store.statements <= 3


def test_a_suspended_member_writes_nothing(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    made = post(people, ben)
    store.write(suspend, ana)
    for act in (
        lambda: post(people, ana),
        lambda: store.write(actions.like, ana, made),
        lambda: store.write(actions.repost, ana, made),
    ):
        with pytest.raises(MayNotWrite):
            act()


def test_an_imported_post_stands_at_its_own_time_and_names_nobody(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    then = 1_200_000_000_000
    old = store.write(
        actions.import_post, ana, Draft(text="Hi @ben #Old"), terms=TERMS, created=then, id_=new_id(then)
    )
    new = post(people, ana, "Now")
    assert old < new
    read = store.read(post_view, ben, old).post
    assert (read.created, read.mentions, read.hashtags) == (then, (), ("Old",))
    assert "post.imported" in people.kinds()
    assert people.kinds("post.created") == ["post.created"]
