"""All the SQL of filters."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from palabre.filters.model import Act, Context, Filter, FilteredPost, Keyword
from palabre.filters.tables import filter_keyword, filter_post, post_filter
from palabre.ids import AccountId, PostId
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update

_f, _k, _p = post_filter.c, filter_keyword.c, filter_post.c
_contexts = msgspec.json.Decoder(tuple[Context, ...]).decode

_FILTERS = statement(
    select(_f.id, _f.title, _f.contexts, _f.act, _f.expires).where(_f.account == bindparam("owner")).order_by(_f.id)
)
_KEYWORDS = statement(
    select(_k.filter, _k.id, _k.keyword, _k.whole_word).where(among(_k.filter, "filters")).order_by(_k.id)
)
_POSTS = statement(select(_p.filter, _p.id, _p.post).where(among(_p.filter, "filters")).order_by(_p.id))
_INSERT = insert(post_filter)
_CHANGE = update(
    post_filter,
    _f.id == bindparam("number"),
    title=bindparam("title"),
    contexts=bindparam("contexts"),
    act=bindparam("act"),
    expires=bindparam("expires"),
)
_DELETE = delete(post_filter, _f.id == bindparam("number"))
_DELETE_KEYWORDS = delete(filter_keyword, _k.filter == bindparam("number"))
_DELETE_POSTS = delete(filter_post, _p.filter == bindparam("number"))
_INSERT_KEYWORD = insert(filter_keyword)
_CHANGE_KEYWORD = update(
    filter_keyword, _k.id == bindparam("number"), keyword=bindparam("keyword"), whole_word=bindparam("whole_word")
)
_DELETE_KEYWORD = delete(filter_keyword, _k.id == bindparam("number"))
_INSERT_POST = insert(filter_post, ignore=True)
_DELETE_POST = delete(filter_post, _p.id == bindparam("number"))
_OWNERS_OF = statement(
    select(_f.account)
    .distinct()
    .join_from(filter_post, post_filter, _f.id == _p.filter)
    .where(among(_p.post, "gone"))
)
_FORGET = delete(filter_post, among(_p.post, "gone"))


def filters_of(db: Snapshot, owner: AccountId) -> list[Filter]:
    """Load a member's filters, oldest first: one statement if there are none, else three."""
    rows = db.all(_FILTERS, owner=owner)
    if not rows:
        return []
    ids = [row[0] for row in rows]
    keywords: dict[int, list[Keyword]] = {}
    for number, key, keyword, whole in db.all(_KEYWORDS, filters=ids):
        keywords.setdefault(number, []).append(Keyword(id=key, keyword=keyword, whole_word=bool(whole)))
    posts: dict[int, list[FilteredPost]] = {}
    for number, key, post in db.all(_POSTS, filters=ids):
        posts.setdefault(number, []).append(FilteredPost(id=key, post=PostId(post)))
    return [
        Filter(
            id=number,
            account=owner,
            title=title,
            contexts=_contexts(contexts),
            act=Act(act),
            expires=expires,
            keywords=tuple(keywords.get(number, ())),
            posts=tuple(posts.get(number, ())),
        )
        for number, title, contexts, act, expires in rows
    ]


def _values(of: Filter) -> dict[str, Any]:
    return {
        "title": of.title,
        "contexts": msgspec.json.encode(of.contexts).decode(),
        "act": of.act.value,
        "expires": of.expires,
    }


def insert_filter(tx: Transaction, new: Filter) -> None:
    """Add a filter without what is in it."""
    tx.run(_INSERT, id=new.id, account=new.account, **_values(new))


def change_filter(tx: Transaction, changed: Filter) -> None:
    """Write a filter without what is in it."""
    tx.run(_CHANGE, number=changed.id, **_values(changed))


def delete_filter(tx: Transaction, number: int) -> None:
    """Remove a filter and what is in it."""
    for command in (_DELETE_KEYWORDS, _DELETE_POSTS, _DELETE):
        tx.run(command, number=number)


def insert_keyword(tx: Transaction, number: int, new: Keyword) -> None:
    """Add a word to a filter."""
    tx.run(_INSERT_KEYWORD, id=new.id, filter=number, keyword=new.keyword, whole_word=new.whole_word)


def change_keyword(tx: Transaction, changed: Keyword) -> None:
    """Write a word."""
    tx.run(_CHANGE_KEYWORD, number=changed.id, keyword=changed.keyword, whole_word=changed.whole_word)


def delete_keyword(tx: Transaction, number: int) -> None:
    """Remove a word."""
    tx.run(_DELETE_KEYWORD, number=number)


def insert_post(tx: Transaction, number: int, new: FilteredPost) -> None:
    """Add a post to a filter."""
    tx.run(_INSERT_POST, id=new.id, filter=number, post=new.post)


def delete_post(tx: Transaction, number: int) -> None:
    """Take a post out of a filter."""
    tx.run(_DELETE_POST, number=number)


def forget_posts(tx: Transaction, gone: Collection[PostId]) -> list[AccountId]:
    """Take deleted posts out of everybody's filters; return whose those were."""
    owners = [AccountId(number) for number in tx.column(_OWNERS_OF, gone=list(gone))]
    if owners:
        tx.run(_FORGET, gone=list(gone))
    return owners


_filters_of = select(post_filter.c.id).where(post_filter.c.account == bindparam("gone"))
_FORGET_MEMBER = (
    delete(filter_keyword, filter_keyword.c.filter.in_(_filters_of)),
    delete(filter_post, filter_post.c.filter.in_(_filters_of)),
    delete(post_filter, post_filter.c.account == bindparam("gone")),
)


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Remove the filters of an account, with what stands in them."""
    for each in _FORGET_MEMBER:
        tx.run(each, gone=gone)
