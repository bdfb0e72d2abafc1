"""Notifications that say the same stand together; what was seen does not mix with what was not."""

from __future__ import annotations

import msgspec

from palabre.accounts.model import Account, Standing
from palabre.ids import AccountId, PostId
from palabre.notifications.model import Kind, NotificationView
from palabre.posts.model import Post, PostView, Visibility
from palabre.web.pages.notifications import Group, grouped


def account(number: int) -> Account:
    blank = {"display_name": "", "bio": "", "fields": (), "avatar": None, "header": None, "last_post": None}
    flags = dict.fromkeys(("locked", "bot", "discoverable", "indexable"), False)
    counts = dict.fromkeys(("posts_count", "followers_count", "following_count"), 0)
    return Account(
        id=AccountId(number), username=f"member{number}", domain="", standing=Standing.ACTIVE, created=0,
        **blank, **flags, **counts,
    )  # fmt: skip


def post(number: int) -> PostView:
    given = {field.name: None for field in msgspec.structs.fields(Post)}
    counts = dict.fromkeys(("replies_count", "reposts_count", "likes_count", "created"), 0)
    return PostView(
        post=Post(**given | counts | {"id": PostId(number), "author": AccountId(1), "visibility": Visibility.PUBLIC}),
        author=account(1),
    )


def told(*lines: tuple[Kind, int, int | None]) -> list[NotificationView]:
    return [
        NotificationView(
            id=100 - place, kind=kind, created=place, actor=account(actor), post=post(about) if about else None
        )
        for place, (kind, actor, about) in enumerate(lines)
    ]


def shape(groups: list[Group]) -> list[tuple[str, list[int], bool]]:
    return [(group.kind, [actor.id for actor in group.everybody], group.new) for group in groups]


def test_likes_of_one_post_stand_together_and_those_of_another_apart() -> None:
    found = told((Kind.LIKE, 2, 7), (Kind.REPOST, 3, 7), (Kind.LIKE, 4, 7), (Kind.LIKE, 5, 8), (Kind.LIKE, 2, 7))
    assert shape(grouped(found, 0)) == [("like", [2, 4], False), ("repost", [3], False), ("like", [5], False)]


def test_mentions_stay_alone_and_part_the_follows_around_them() -> None:
    found = told(
        (Kind.FOLLOW, 2, None),
        (Kind.FOLLOW, 3, None),
        (Kind.MENTION, 4, 7),
        (Kind.MENTION, 4, 7),
        (Kind.FOLLOW, 5, None),
    )
    assert [kind for kind, _, _ in shape(grouped(found, 0))] == ["follow", "mention", "mention", "follow"]
    assert shape(grouped(found, 0))[0][1] == [2, 3]


def test_what_is_new_does_not_mix_with_what_was_seen() -> None:
    found = told((Kind.LIKE, 2, 7), (Kind.LIKE, 3, 7), (Kind.LIKE, 4, 7))
    assert shape(grouped(found, 2)) == [("like", [2, 3], True), ("like", [4], False)]


def test_many_are_counted_and_some_are_shown() -> None:
    group = grouped(told(*((Kind.LIKE, number, 7) for number in range(2, 22))), 0)[0]
    assert len(group.actors) == 8
    assert group.others == 19
