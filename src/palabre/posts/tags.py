"""Hashtags that members follow and feature. Kept by their words: a hashtag may be followed before it is used."""

from __future__ import annotations

import msgspec
from sqlalchemy import BindParameter, bindparam, func, select

from palabre import journal
from palabre.ids import AccountId, new_id, time_of
from palabre.markup.entities import HASHTAG_MOST, EntityKind, find_entities, hashtag_key
from palabre.paging import Slice, Window, cut
from palabre.posts.errors import AlreadyFeatured, HashtagInvalid, HashtagNotFeatured, TooManyHashtags
from palabre.posts.events import HashtagFollowed, HashtagUnfollowed
from palabre.posts.hashtags import Hashtag, hashtag, unused_hashtag
from palabre.posts.tables import featured_hashtag, followed_hashtag, post_hashtag
from palabre.posts.tables import hashtag as hashtags
from palabre.store import Snapshot, Transaction, among, delete, insert, statement
from palabre.store.pages import Pages

FOLLOWED_MOST = 200
FEATURED_MOST = 10

_f, _s, _h, _u = followed_hashtag.c, featured_hashtag.c, hashtags.c, post_hashtag.c
_owner: BindParameter[int] = bindparam("owner")

_FOLLOWED = statement(select(_f.key).where(_f.account == _owner))
_FOLLOWED_PAGE = Pages(select(_f.id, _f.name).where(_f.account == _owner), _f.id)
_FOLLOW = insert(followed_hashtag, ignore=True)
_UNFOLLOW = delete(followed_hashtag, _f.account == _owner, _f.key == bindparam("wanted"))
_FOLLOWED_AMONG = statement(select(_f.key).where(_f.account == _owner, among(_f.key, "keys")))
_FEATURED_AMONG = statement(select(_s.key).where(_s.account == _owner, among(_s.key, "keys")))
_FEATURED = statement(
    select(
        _s.id,
        _s.name,
        func.count(_u.post).label("posts_count"),
        func.max(_u.post).label("last_post"),
    )
    .select_from(
        featured_hashtag.outerjoin(hashtags, _h.key == _s.key).outerjoin(
            post_hashtag, (_u.hashtag == _h.id) & (_u.author == _s.account)
        )
    )
    .where(_s.account == _owner)
    .group_by(_s.id, _s.name)
    .order_by(_s.id)
)
_FEATURE = insert(featured_hashtag, ignore=True)
_UNFEATURE = delete(featured_hashtag, _s.account == _owner, _s.key == bindparam("wanted"))
_UNFEATURE_ONE = delete(featured_hashtag, _s.account == _owner, _s.id == bindparam("number"))
_USED = statement(
    select(_h.name)
    .join_from(post_hashtag, hashtags, _h.id == _u.hashtag)
    .where(
        _u.author == _owner,
        _h.usable,
        _h.listable,
        ~select(_s.key).where(_s.account == _owner, _s.key == _h.key).exists(),
    )
    .group_by(_h.id, _h.name)
    .order_by(func.count().desc(), _h.name)
    .limit(bindparam("most"))
)


class Featured(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag that a member shows on his profile."""

    id: int
    name: str
    posts_count: int
    """Public posts of the member with it."""
    last: int | None
    """When the newest of them was written, in milliseconds since 1970."""


def good_hashtag(name: str) -> str:
    """Read a hashtag, with or without its sign.

    Raises:
        HashtagInvalid: it is none, or longer than any.

    """
    word = name.strip().removeprefix("#")
    found = find_entities(f"#{word}") if len(word) <= HASHTAG_MOST else []
    if len(found) != 1 or found[0].kind is not EntityKind.HASHTAG or found[0].value != word:
        raise HashtagInvalid(field="name")
    return word


# Reading


def followed_hashtags(db: Snapshot, viewer: AccountId) -> frozenset[str]:
    """Return the folded hashtags that the viewer follows. One statement."""
    return frozenset(db.column(_FOLLOWED, owner=viewer))


def followed_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[str]:
    """Return the hashtags that the viewer follows, the newest first, as he wrote them."""
    return cut([(row[0], row[1]) for row in _FOLLOWED_PAGE.rows(db, window, owner=viewer)])


def stance_to(db: Snapshot, viewer: AccountId, names: list[str]) -> dict[str, tuple[bool, bool]]:
    """Say of each hashtag whether the viewer follows and whether he features it, by its folded spelling."""
    keys = list(dict.fromkeys(map(hashtag_key, names)))
    followed = set(db.column(_FOLLOWED_AMONG, owner=viewer, keys=keys))
    featured = set(db.column(_FEATURED_AMONG, owner=viewer, keys=keys))
    return {key: (key in followed, key in featured) for key in keys}


def named_hashtag(db: Snapshot, name: str) -> Hashtag:
    """Return a hashtag by name; of one that no public post has, what there is to say of it.

    Raises:
        HashtagInvalid: no hashtag can have this name.

    """
    word = good_hashtag(name)
    return hashtag(db, word) or unused_hashtag(db, word)


def featured_of(db: Snapshot, account: AccountId) -> list[Featured]:
    """Return the hashtags that an account shows on its profile. One statement."""
    return [
        Featured(id=number, name=name, posts_count=count, last=None if last is None else time_of(last))
        for number, name, count, last in db.all(_FEATURED, owner=account)
    ]


def feature_suggestions(db: Snapshot, viewer: AccountId, most: int = 10) -> list[str]:
    """Return the hashtags that the viewer uses most in public and does not feature."""
    return list(db.column(_USED, owner=viewer, most=most))


# Writing


def follow_hashtag(tx: Transaction, viewer: AccountId, name: str) -> str:
    """Show public posts with a hashtag at home; return its word.

    Raises:
        HashtagInvalid: no hashtag can have this name.
        TooManyHashtags: the viewer follows 200.

    """
    word = good_hashtag(name)
    key = hashtag_key(word)
    if tx.change(_FOLLOW, account=viewer, key=key, name=word, id=new_id(tx.now)):
        if len(followed_hashtags(tx, viewer)) > FOLLOWED_MOST:
            raise TooManyHashtags(most=FOLLOWED_MOST)
        journal.record(tx, HashtagFollowed(account=viewer))
    return word


def unfollow_hashtag(tx: Transaction, viewer: AccountId, name: str) -> str:
    """Follow a hashtag no longer; return its word.

    Raises:
        HashtagInvalid: no hashtag can have this name.

    """
    word = good_hashtag(name)
    if tx.change(_UNFOLLOW, owner=viewer, wanted=hashtag_key(word)):
        journal.record(tx, HashtagUnfollowed(account=viewer))
    return word


def feature_hashtag(tx: Transaction, viewer: AccountId, name: str, *, again: bool = True) -> Featured:
    """Show a hashtag on the viewer's profile.

    Raises:
        HashtagInvalid: no hashtag can have this name.
        AlreadyFeatured: it is there, unless ``again`` says that this is as good.
        TooManyHashtags: there are ten already.

    """
    word = good_hashtag(name)
    key = hashtag_key(word)
    if not tx.change(_FEATURE, account=viewer, key=key, name=word, id=new_id(tx.now)) and not again:
        raise AlreadyFeatured(field="name")
    found = featured_of(tx, viewer)
    if len(found) > FEATURED_MOST:
        raise TooManyHashtags(most=FEATURED_MOST)
    return next(each for each in found if hashtag_key(each.name) == key)


def unfeature_hashtag(tx: Transaction, viewer: AccountId, name: str) -> None:
    """Show a hashtag no longer.

    Raises:
        HashtagInvalid: no hashtag can have this name.

    """
    tx.run(_UNFEATURE, owner=viewer, wanted=hashtag_key(good_hashtag(name)))


def unfeature_one(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Show a hashtag no longer, by the id that it has on the profile.

    Raises:
        HashtagNotFeatured: the viewer shows no such one.

    """
    if not tx.change(_UNFEATURE_ONE, owner=viewer, number=number):
        raise HashtagNotFeatured
