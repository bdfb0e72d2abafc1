"""The narrow question which posts one may read has the answer of the full one, in every case."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre.accounts.actions import suspend
from palabre.graph.actions import block
from palabre.posts.actions import Terms, create_post, like, repost
from palabre.posts.errors import PostNotFound
from palabre.posts.lines import readable_line, readable_lines, thread_lines
from palabre.posts.model import Draft, Mark, Visibility
from palabre.posts.queries import post_views, thread_view
from people import People

_TERMS = Terms()


def test_both_ways_to_ask_agree_for_everybody(store: Store, people: People) -> None:
    ana, gone, fan, named, stranger, foe, hermit = people.members(
        "ana", "gone", "fan", "named", "stranger", "foe", "hermit"
    )
    posts = []
    for author in (ana, gone):
        people.follow(fan, author)
        people.follow(foe, author)
        people.follow(hermit, author)
        posts += [
            store.write(create_post, author, Draft(text=text, visibility=visibility), terms=_TERMS)
            for visibility in Visibility
            for text in ("hello", "hello @named @foe")
        ]
    for original in list(posts):
        for by in (ana, gone, stranger):
            try:
                posts.append(store.write(repost, by, original, Visibility.PUBLIC))
            except Exception:  # what may not be reposted is not
                continue
    store.write(like, fan, posts[0])
    store.write(block, ana, foe)
    store.write(block, hermit, ana)
    store.write(suspend, gone)
    seen = set()
    for viewer in (None, ana, gone, fan, named, stranger, foe, hermit):
        views = {view.post.id: view for view in store.read(post_views, viewer, posts)}
        lines = store.read(readable_lines, viewer, posts)
        assert store.statements == 1
        assert set(lines) == set(views), viewer
        for post, line in lines.items():
            assert (line.original, line.marks) == (views[post].post.repost_of or 0, views[post].marks)
        seen.add(len(lines))
    assert len(seen) > 4, "the cases differ"
    assert store.read(readable_line, fan, posts[0]).marks == Mark.LIKED
    with pytest.raises(PostNotFound):
        store.read(readable_line, foe, posts[0])


def test_a_conversation_has_the_same_lines_as_posts(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")

    def say(author: int, text: str, reply_to: int | None = None, visibility: Visibility = Visibility.PUBLIC) -> int:
        return store.write(
            create_post, author, Draft(text=text, reply_to=reply_to, visibility=visibility), terms=_TERMS
        )

    root = say(ana, "root")
    first, second = say(ben, "first", root), say(ben, "second", root)
    deep = say(ana, "deep", first)
    hidden = say(ben, "hidden", second, Visibility.FOLLOWERS)
    below_hidden = say(ben, "below hidden", hidden)
    again = store.write(repost, ben, first, Visibility.PUBLIC)
    for viewer in (None, ana, ben):
        for post in (root, first, second, deep, again, *((hidden, below_hidden) if viewer == ben else ())):
            views, lines = store.read(thread_view, viewer, post), store.read(thread_lines, viewer, post)
            assert [line.post for line in lines.ancestors] == [view.post.id for view in views.ancestors]
            assert [line.post for line in lines.descendants] == [view.post.id for view in views.descendants]
            assert lines.post.post == views.post.post.id
            assert store.statements <= 4
