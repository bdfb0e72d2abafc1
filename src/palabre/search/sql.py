"""All the SQL of the index of words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import and_, bindparam, exists, func, or_, select

from palabre.accounts.tables import account
from palabre.ids import AccountId, PostId
from palabre.markup.words import is_paired, number_of, of_author, place_of, token_line, tokens
from palabre.posts.tables import poll, post, post_mention, viewer_post
from palabre.search.model import Trait
from palabre.search.tables import search_author, search_filled, search_post
from palabre.store import Snapshot, Statement, Transaction, among, delete, insert, statement

_s = search_post.c


class Source(NamedTuple):
    """What the index is made of."""

    id: PostId
    author: AccountId
    text: str
    warning: str
    language: str | None
    visibility: str
    entities: str
    reply_to: int | None
    media_count: int
    open_author: bool
    has_poll: bool


_open_author = exists().where(search_author.c.author == post.c.author).correlate(post)
_has_poll = exists().where(poll.c.post == post.c.id).correlate(post)
_source = select(
    post.c.id, post.c.author, post.c.text, post.c.warning, post.c.language, post.c.visibility, post.c.entities,
    post.c.reply_to, post.c.media_count, _open_author, _has_poll,
).where(post.c.repost_of.is_(None))  # fmt: skip
_SOURCES = statement(_source.where(among(post.c.id, "ids")))
_OF_AUTHOR = statement(
    _source.where(post.c.author == bindparam("author"), post.c.id > bindparam("after"))
    .order_by(post.c.id)
    .limit(bindparam("most"))
)
_AFTER = statement(_source.where(post.c.id > bindparam("after")).order_by(post.c.id).limit(bindparam("most")))


def sources(db: Snapshot, ids: Collection[PostId]) -> list[Source]:
    """Return what there is to index of posts; reposts have nothing."""
    return [Source(*row) for row in db.all(_SOURCES, ids=list(ids))]


def sources_after(db: Snapshot, author: int, after: PostId, most: int) -> list[Source]:
    """Return the next posts of an author (0: of everybody), oldest first."""
    rows = (
        db.all(_OF_AUTHOR, author=author, after=after, most=most)
        if author
        else db.all(_AFTER, after=after, most=most)
    )
    return [Source(*row) for row in rows]


# Writing

_PLACE = Statement(
    "SELECT doc, traits FROM search_post WHERE post = :post"
    " AND doc IN (SELECT rowid FROM search_index WHERE search_index MATCH :place)",
    "SELECT doc, traits FROM search_post WHERE doc = %(post)s",
)
_ENDS = Statement(
    "SELECT (SELECT min(doc) FROM search_post), (SELECT max(doc) FROM search_post),"
    " (SELECT max(post) FROM (SELECT post FROM search_post ORDER BY doc DESC LIMIT 500) AS newest)"
)
_ADD = insert(search_post)
_ADD_WORDS = Statement("INSERT INTO search_index (rowid, tokens) VALUES (:doc, :tokens)")
_TAKE_WORDS = Statement("INSERT INTO search_index (search_index, rowid, tokens) VALUES ('delete', :doc, :tokens)")
_TAKE = delete(search_post, _s.doc == bindparam("which"))
_ADD_POSTGRESQL = Statement(
    "SELECT 1",  # the two above do it on SQLite
    "INSERT INTO search_post (doc, post, traits, words)"
    " SELECT id, id, %(traits)s, %(words)s::int[] FROM post WHERE id = %(post)s FOR KEY SHARE"
    " ON CONFLICT (doc) DO UPDATE SET traits = excluded.traits, words = excluded.words",
)


def put(tx: Transaction, source: Source, traits: Trait, *, old_gap: int, known: bool) -> None:
    """Index a post, or index it anew if it is there with other traits; ``known``: it may well be there.

    Posts stand in the order in which they were written; one that is ``old_gap`` older than the newest (an imported
    one) goes to the other end, so that the newest are always found first.
    """
    if tx.dialect == "postgresql":
        found = tokens(source.text, source.warning, source.language, source.author, traits)
        found += [each[0] for each in found if is_paired(each)]  # numbers have no beginnings that one could look for
        tx.run(_ADD_POSTGRESQL, post=source.id, traits=int(traits), words=sorted({number_of(each) for each in found}))
        return
    least, most, newest = tx.one(_ENDS) or (None, None, None)
    there = None
    if known or (newest is not None and source.id <= newest):
        there = tx.one(_PLACE, post=source.id, place=place_of(source.text, source.warning, source.author))
    if there is not None:
        if there[1] == traits:
            return
        tx.run(_TAKE_WORDS, doc=there[0], tokens=_line(source, there[1]))
        tx.run(_TAKE, which=there[0])
    if there is not None:
        doc = there[0]
    elif most is None:
        doc = 0
    else:
        doc = least - 1 if source.id < newest - old_gap else most + 1
    tx.run(_ADD, doc=doc, post=source.id, traits=int(traits))
    tx.run(_ADD_WORDS, doc=doc, tokens=_line(source, traits))


def _line(source: Source, traits: int) -> str:
    return token_line(source.text, source.warning, source.language, source.author, traits)


_OPEN = insert(search_author, ignore=True)
_CLOSE = delete(search_author, search_author.c.author == bindparam("whose"))
_IS_OPEN = statement(select(search_author.c.author).where(search_author.c.author == bindparam("author")))
_FILLED = statement(select(search_filled.c.done).where(search_filled.c.one == 1))
_FILL = insert(search_filled, ignore=True)
_INDEXABLE = statement(
    select(account.c.id)
    .where(account.c.id > bindparam("after"), account.c.indexable)
    .order_by(account.c.id)
    .limit(bindparam("most"))
)


def is_open(db: Snapshot, author: AccountId) -> bool:
    """Tell whether the index holds an author's public posts as open to all."""
    return db.value(_IS_OPEN, author=author) is not None


def set_open(tx: Transaction, author: AccountId, *, on: bool) -> None:
    """Note whether everybody may search an author's public posts."""
    if on:
        tx.run(_OPEN, author=author)
    else:
        tx.run(_CLOSE, whose=author)


def begin_filling(tx: Transaction) -> bool:
    """Return whether the index was never filled; from now on it is being filled."""
    if tx.value(_FILLED) is not None:
        return False
    tx.run(_FILL, one=1, done=True)
    return True


def indexable_authors(db: Snapshot, after: int, most: int) -> list[AccountId]:
    """Return the next accounts that allow everybody to search their posts."""
    return [AccountId(row[0]) for row in db.all(_INDEXABLE, after=after, most=most)]


# Finding

_MATCHING = Statement(
    "SELECT s.doc, s.post FROM search_index i CROSS JOIN search_post s ON s.doc = i.rowid"
    " WHERE i.search_index MATCH :match AND i.rowid < :below AND i.rowid >= :least"
    " AND s.post >= :since AND s.post < :before ORDER BY i.rowid DESC LIMIT :most",
    "SELECT doc, post FROM search_post WHERE words @> %(words)s::int[] AND NOT words && %(without)s::int[]"
    " AND (words @> %(everybody)s::int[] OR words @> %(own)s::int[])"
    " AND doc < %(below)s AND doc >= %(since)s AND doc < %(before)s ORDER BY doc DESC LIMIT %(most)s",
)
_TIMED = Statement("SELECT doc, post FROM search_post WHERE doc >= :doc ORDER BY doc LIMIT 1")
TOP = (1 << 63) - 1


class Terms(NamedTuple):
    """What the index is asked: tokens that must and must not be there, and who may find a post."""

    words: Sequence[str]
    without: Sequence[str]
    own: AccountId
    since: int
    before: int
    all_of_library: bool = False
    """Everything, whoever may find it; what the viewer may not, is sifted out afterwards."""


def matching(db: Snapshot, terms: Terms, *, below: int, least: int, most: int) -> list[tuple[int, PostId]]:
    """Return ``(place, post)`` of posts with the words, newest first."""
    if db.dialect == "postgresql":
        everybody, own = ("", "") if terms.all_of_library else ("=1", of_author(terms.own))
        rows = db.all(
            _MATCHING,
            words=[number_of(each) for each in terms.words],
            without=[number_of(each) for each in terms.without],
            everybody=[number_of(everybody)] if everybody else [],
            own=[number_of(own)] if own else [],
            below=below, since=terms.since, before=terms.before, most=most,
        )  # fmt: skip
    else:
        rows = db.all(
            _MATCHING,
            match=_match(terms),
            below=below,
            least=least,
            since=terms.since,
            before=terms.before,
            most=most,
        )
    return [(row[0], PostId(row[1])) for row in rows]


def _match(terms: Terms) -> str:
    """Write the query for FTS5. No token has a quotation mark; one character of a paired script is a beginning."""
    wanted = [f'"{each}"' + ("*" if is_paired(each) and len(each) == 1 else "") for each in terms.words]
    if not terms.all_of_library:
        wanted.append(f'("=1" OR "{of_author(terms.own)}")')
    found = " AND ".join(wanted)
    unwanted = " OR ".join(f'"{each}"' for each in terms.without)
    return f"({found}) NOT ({unwanted})" if unwanted else found


def places(db: Snapshot, since: int, before: int, *, slack: int) -> list[tuple[int, int]]:
    """Return the ranges of places, from and below, that may hold posts of a time; the newest first.

    Places of what is written today grow with the ids, give or take ``slack``; imported posts have those below 0.
    """
    if db.dialect == "postgresql" or (since <= 0 and before >= TOP):
        return [(-TOP, TOP)]
    least, most, _ = db.one(_ENDS) or (None, None, None)
    if most is None:
        return []
    below = _first_place(db, before + slack, int(most)) if before < TOP else TOP
    found = [(_first_place(db, since - slack, int(most)), below)]
    return [*found, (-TOP, 0)] if least < 0 else found


def _first_place(db: Snapshot, post_id: int, most: int) -> int:
    """Return the first place, of those from 0, whose post is not older than ``post_id``, by halving."""
    low, high = 0, most + 1
    while low < high:
        middle = (low + high) // 2
        row = db.one(_TIMED, doc=middle)
        if row is None or row[1] >= post_id:
            high = middle
        else:
            low = int(row[0]) + 1
    return low


class Text(NamedTuple):
    """A post as it is checked against a query."""

    post: PostId
    author: AccountId
    text: str
    visibility: str
    indexable: bool
    mine: bool
    """The viewer's own, liked, kept or reposted by the viewer, or it mentions the viewer."""
    language: str | None
    entities: str
    reply_to: int | None
    media_count: int
    has_poll: bool


_viewer: Any = bindparam("viewer")
_mine = or_(
    post.c.author == _viewer,
    func.coalesce(viewer_post.c.marks, 0) > 0,
    exists().where(post_mention.c.account == _viewer, post_mention.c.post == post.c.id).correlate(post),
)
_TEXTS = statement(
    select(
        post.c.id, post.c.author, post.c.warning + " " + post.c.text, post.c.visibility, account.c.indexable,
        _mine, post.c.language, post.c.entities, post.c.reply_to, post.c.media_count, _has_poll,
    )
    .join_from(post, account, account.c.id == post.c.author)
    .outerjoin(viewer_post, and_(viewer_post.c.account == _viewer, viewer_post.c.post == post.c.id))
    .where(among(post.c.id, "ids"), post.c.repost_of.is_(None))
)  # fmt: skip
_LIKED = statement(
    select(viewer_post.c.post)
    .where(viewer_post.c.account == _viewer, viewer_post.c.liked.is_not(None))
    .order_by(viewer_post.c.liked.desc())
    .limit(bindparam("most"))
)
_KEPT = statement(
    select(viewer_post.c.post)
    .where(viewer_post.c.account == _viewer, viewer_post.c.bookmarked.is_not(None))
    .order_by(viewer_post.c.bookmarked.desc())
    .limit(bindparam("most"))
)
_MENTIONING = statement(
    select(post_mention.c.post)
    .where(post_mention.c.account == _viewer)
    .order_by(post_mention.c.post.desc())
    .limit(bindparam("most"))
)


def texts(db: Snapshot, viewer: AccountId, ids: Collection[PostId]) -> dict[PostId, Text]:
    """Load posts as they are checked against a query."""
    return {row[0]: Text(*row) for row in db.all(_TEXTS, viewer=viewer, ids=list(ids))} if ids else {}


def library(db: Snapshot, viewer: AccountId, most: int) -> set[PostId]:
    """Return the newest of what the viewer likes and keeps, and of what mentions the viewer."""
    found: set[PostId] = set()
    for which in (_LIKED, _KEPT, _MENTIONING):
        found.update(PostId(row[0]) for row in db.all(which, viewer=viewer, most=most))
    return found


_decode = msgspec.json.decode


def has_link(entities: str) -> bool:
    """Tell whether the entities of a post have a link."""
    return '"link"' in entities and any(each and "link" in each for each in _decode(entities))


_MARKED_AMONG = statement(
    select(viewer_post.c.post).where(viewer_post.c.account == _viewer, among(viewer_post.c.post, "ids"))
)
_MENTIONED_AMONG = statement(
    select(post_mention.c.post).where(post_mention.c.account == _viewer, among(post_mention.c.post, "ids"))
)
_AUTHORS = statement(select(post.c.id, post.c.author).where(among(post.c.id, "ids")))


def mine_among(db: Snapshot, viewer: AccountId, ids: Collection[PostId]) -> set[PostId]:
    """Return which of ``ids`` the viewer likes or keeps, or is mentioned in."""
    if not ids:
        return set()
    found = [*db.column(_MARKED_AMONG, viewer=viewer, ids=list(ids))]
    return {PostId(each) for each in [*found, *db.column(_MENTIONED_AMONG, viewer=viewer, ids=list(ids))]}


def authors_among(db: Snapshot, ids: Collection[PostId]) -> dict[PostId, AccountId]:
    """Return who wrote each of ``ids``."""
    return {row[0]: row[1] for row in db.all(_AUTHORS, ids=list(ids))} if ids else {}
