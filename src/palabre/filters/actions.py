"""Making, changing and removing filters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import msgspec

from palabre import journal
from palabre.clock import Instant
from palabre.filters import rules, sql
from palabre.filters.errors import AlreadyFiltered, ExpiryInvalid, FilterNotFound, TooManyFilters
from palabre.filters.events import FiltersChanged
from palabre.filters.model import Act, Filter, FilteredPost, Keyword, KeywordChange
from palabre.filters.queries import filter_of, filtered_post_of, keyword_of
from palabre.ids import AccountId, PostId, new_id
from palabre.store import Transaction


def _check_room(tx: Transaction, viewer: AccountId) -> None:
    """Refuse what has just been added if it is too much; the whole transaction is undone with it."""
    found = sql.filters_of(tx, viewer)
    if (
        len(found) > rules.FILTERS_MOST
        or sum(len(each.keywords) for each in found) > rules.KEYWORDS_MOST
        or sum(len(each.posts) for each in found) > rules.POSTS_MOST
    ):
        raise TooManyFilters(filters=rules.FILTERS_MOST, keywords=rules.KEYWORDS_MOST, posts=rules.POSTS_MOST)


def _changed(tx: Transaction, viewer: AccountId) -> None:
    journal.record(tx, FiltersChanged(account=viewer))


def _end(tx: Transaction, expires: int | None, before: Instant | None = None) -> Instant | None:
    """Check an instant, in milliseconds since 1970. Of a filter that has ended ``before``, it may be over.

    Raises:
        ExpiryInvalid: it is over.

    """
    has_ended = before is not None and before <= tx.now
    if expires is not None and expires <= tx.now and not has_ended:
        raise ExpiryInvalid(field="expires_in")
    return None if expires is None else Instant(expires)


def create_filter(
    tx: Transaction,
    viewer: AccountId,
    *,
    title: str,
    contexts: Collection[str],
    act: Act = Act.WARN,
    expires: int | None = None,
    keywords: Sequence[KeywordChange] = (),
) -> Filter:
    """Make a filter.

    Raises:
        TitleInvalid, ContextInvalid, KeywordInvalid, ExpiryInvalid: something about it is not right.
        TooManyFilters: the member has as many as there may be.

    """
    made = Filter(
        id=new_id(tx.now),
        account=viewer,
        title=rules.good_title(title),
        contexts=rules.good_contexts(contexts),
        act=act,
        expires=_end(tx, expires),
    )
    sql.insert_filter(tx, made)
    _change_keywords(tx, made, keywords)
    _check_room(tx, viewer)
    _changed(tx, viewer)
    return filter_of(tx, viewer, made.id)


def change_filter(
    tx: Transaction,
    viewer: AccountId,
    number: int,
    *,
    title: str | None = None,
    contexts: Collection[str] | None = None,
    act: Act | None = None,
    expires: int | msgspec.UnsetType | None = msgspec.UNSET,
    keywords: Sequence[KeywordChange] = (),
) -> Filter:
    """Change a filter; what is not given stays.

    Raises:
        FilterNotFound: the viewer has no such filter, or it no such word.
        TitleInvalid, ContextInvalid, KeywordInvalid, ExpiryInvalid, TooManyFilters: as for a new one.

    """
    before = filter_of(tx, viewer, number)
    changed = msgspec.structs.replace(
        before,
        title=before.title if title is None else rules.good_title(title),
        contexts=before.contexts if contexts is None else rules.good_contexts(contexts),
        act=act or before.act,
        expires=before.expires if isinstance(expires, msgspec.UnsetType) else _end(tx, expires, before.expires),
    )
    if changed != before:
        sql.change_filter(tx, changed)
    _change_keywords(tx, before, keywords)
    _check_room(tx, viewer)
    _changed(tx, viewer)
    return filter_of(tx, viewer, number)


def _change_keywords(tx: Transaction, of: Filter, changes: Iterable[KeywordChange]) -> None:
    known = {word.id: word for word in of.keywords}
    for change in changes:
        if change.id is None:
            if not change.remove:
                word = rules.good_keyword(change.keyword or "")
                whole = True if change.whole_word is None else change.whole_word
                sql.insert_keyword(tx, of.id, Keyword(id=new_id(tx.now), keyword=word, whole_word=whole))
            continue
        before = known.get(change.id)
        if before is None:
            raise FilterNotFound
        if change.remove:
            sql.delete_keyword(tx, before.id)
            continue
        keyword = before.keyword if change.keyword is None else rules.good_keyword(change.keyword)
        whole = before.whole_word if change.whole_word is None else change.whole_word
        sql.change_keyword(tx, Keyword(id=before.id, keyword=keyword, whole_word=whole))


def delete_filter(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Remove a filter and all that is in it.

    Raises:
        FilterNotFound: the viewer has no such filter.

    """
    filter_of(tx, viewer, number)
    sql.delete_filter(tx, number)
    _changed(tx, viewer)


def add_keyword(tx: Transaction, viewer: AccountId, number: int, keyword: str, *, whole_word: bool = True) -> Keyword:
    """Add a word to a filter.

    Raises:
        FilterNotFound: the viewer has no such filter.
        KeywordInvalid, TooManyFilters: the word does not fit.

    """
    filter_of(tx, viewer, number)
    made = Keyword(id=new_id(tx.now), keyword=rules.good_keyword(keyword), whole_word=whole_word)
    sql.insert_keyword(tx, number, made)
    _check_room(tx, viewer)
    _changed(tx, viewer)
    return made


def change_keyword(
    tx: Transaction, viewer: AccountId, number: int, *, keyword: str | None = None, whole_word: bool | None = None
) -> Keyword:
    """Change a word.

    Raises:
        FilterNotFound: the viewer has no such word.
        KeywordInvalid: it does not fit.

    """
    _, before = keyword_of(tx, viewer, number)
    changed = Keyword(
        id=number,
        keyword=before.keyword if keyword is None else rules.good_keyword(keyword),
        whole_word=before.whole_word if whole_word is None else whole_word,
    )
    sql.change_keyword(tx, changed)
    _changed(tx, viewer)
    return changed


def remove_keyword(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Remove a word from its filter.

    Raises:
        FilterNotFound: the viewer has no such word.

    """
    keyword_of(tx, viewer, number)
    sql.delete_keyword(tx, number)
    _changed(tx, viewer)


def add_post(tx: Transaction, viewer: AccountId, number: int, post: PostId) -> FilteredPost:
    """Add a post, which the caller has found readable, to a filter.

    Raises:
        FilterNotFound: the viewer has no such filter.
        AlreadyFiltered: the post is in it.
        TooManyFilters: there are as many posts as there may be.

    """
    before = filter_of(tx, viewer, number)
    if any(one.post == post for one in before.posts):
        raise AlreadyFiltered(field="status_id")
    made = FilteredPost(id=new_id(tx.now), post=post)
    sql.insert_post(tx, number, made)
    _check_room(tx, viewer)
    _changed(tx, viewer)
    return made


def remove_post(tx: Transaction, viewer: AccountId, number: int) -> FilteredPost:
    """Take a post out of its filter; return what it was.

    Raises:
        FilterNotFound: there is none.

    """
    _, before = filtered_post_of(tx, viewer, number)
    sql.delete_post(tx, number)
    _changed(tx, viewer)
    return before


def forget_posts(tx: Transaction, gone: Collection[PostId]) -> None:
    """Take deleted posts out of everybody's filters."""
    for owner in sql.forget_posts(tx, gone):
        _changed(tx, owner)


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Remove the filters of a deleted account."""
    sql.forget_member(tx, gone)
