"""All the SQL of the index of words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from enum import StrEnum
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import and_, bindparam, exists, func, or_, select, union_all

from palabre.accounts.tables import account
from palabre.ids import AccountId, PostId
from palabre.markup.words import is_paired, number_of, of_author, of_traits, place_of, term_of, token_line, tokens
from palabre.posts.tables import poll, post, post_mention, viewer_post
from palabre.search import numbered, volumes_sql
from palabre.search.model import Trait
from palabre.search.opened import Opened
from palabre.search.places_sql import Places, ranges
from palabre.search.tables import search_author, search_filled
from palabre.store import Snapshot, Statement, Transaction, among, delete, insert, statement, update
from palabre.store.places import post_at

OPEN = of_traits(Trait.OPEN)[0]
"""The token of what everybody may search."""


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

_ADD_WORDS = Statement("INSERT INTO search_index (rowid, tokens) VALUES (:doc, :tokens)")
_TAKE_WORDS = Statement("INSERT INTO search_index (search_index, rowid, tokens) VALUES ('delete', :doc, :tokens)")
_ADD_POSTGRESQL = Statement(
    "SELECT 1",  # the two above do it on SQLite
    "INSERT INTO search_loose (post, words) SELECT post.id, made.words::int[]"
    " FROM unnest(%(posts)s::bigint[], %(words)s::text[]) AS made (post, words) JOIN post ON post.id = made.post"
    " FOR KEY SHARE OF post ON CONFLICT (post) DO UPDATE SET words = excluded.words",
)

_FILLED = statement(select(search_filled.c.filled_to).where(search_filled.c.one == 1))
_FILLED_ON = update(
    search_filled,
    search_filled.c.one == 1,
    search_filled.c.filled_to < bindparam("upto"),
    filled_to=bindparam("upto"),
)


def put(
    tx: Transaction,
    found: Sequence[Source],
    traits_of: Callable[[Source], int],
    *,
    old_gap: int,
    known: Collection[PostId],
    filling: bool = False,
) -> None:
    """Index posts, or index them anew if they are there with other traits; those of ``known`` may well be there.

    Of the others, only those may that a filling has looked at, unless this is one: so what is new is not looked for.

    Posts stand in the order in which they were written; one that is ``old_gap`` older than the newest (an imported
    one) goes to the other end, so that the newest are always found first.
    """
    if tx.dialect == "postgresql":
        ids = [source.id for source in found]
        volumes_sql.strike(tx, ids)
        tx.run(_ADD_POSTGRESQL, posts=ids, words=[_numbers(source, traits_of(source)) for source in found])
        return
    places = Places(tx)
    looked_at = None if filling else tx.value(_FILLED)
    for source in found:
        old = source.id <= places.newest and (looked_at is None or source.id <= looked_at)
        _put(tx, places, source, traits_of(source), old_gap=old_gap, may_be_there=old or source.id in known)
    places.keep()


def _put(tx: Transaction, places: Places, source: Source, traits: int, *, old_gap: int, may_be_there: bool) -> None:
    there = None
    if may_be_there:
        there = places.find(place_of(source.text, source.warning, source.author), source.id)
    if there is not None:
        if there[1] == traits:
            return
        tx.run(_TAKE_WORDS, doc=there[0], tokens=_line(source, there[1]))
    doc = there[0] if there is not None else places.place_for(source.id, old_gap=old_gap)
    places.put(doc, source.id, traits)
    tx.run(_ADD_WORDS, doc=doc, tokens=_line(source, traits))


_SCATTERED = Statement(
    "SELECT count(*) > 1 AND max(pages) * 4 < sum(pages) * 3"
    " FROM (SELECT max(pgno >> 1) AS pages FROM search_index_idx GROUP BY segid) AS segments",
    "SELECT FALSE",
)
_MERGE_PAIRS = Statement("INSERT INTO search_index (search_index, rank) VALUES ('usermerge', 2)", "SELECT 1")
_MERGE = Statement("INSERT INTO search_index (search_index, rank) VALUES ('merge', :pages)", "SELECT 1")
_CHANGES = Statement("SELECT total_changes()", "SELECT 0")


def is_scattered(db: Snapshot) -> bool:
    """Tell whether the index can be brought together: a quarter of SQLite's lies outside its largest segment."""
    return bool(db.value(_SCATTERED)) if db.dialect == "sqlite" else volumes_sql.is_untidy(db)


def prepare(db: Snapshot) -> volumes_sql.Bound | None:
    """Make what :func:`merge` will write, as far as that can be known before."""
    return None if db.dialect == "sqlite" else volumes_sql.prepare(db)


def merge(tx: Transaction, pages: int, prepared: volumes_sql.Bound | None) -> bool:
    """Write about ``pages`` of one segment that will hold all, or a volume; return whether more is left to do."""
    if tx.dialect == "postgresql":
        return volumes_sql.tidy(tx, prepared)
    tx.run(_MERGE_PAIRS)
    before = tx.value(_CHANGES)
    tx.run(_MERGE, pages=-pages)
    return int(tx.value(_CHANGES)) - int(before) > 1  # FTS5 counts the command itself


def _numbers(source: Source, traits: int) -> str:
    """Return the numbers of a post's words, as PostgreSQL writes an array."""
    names = tokens(source.text, source.warning, source.language, source.author, traits)
    names += [each[0] for each in names if is_paired(each)]  # numbers have no beginnings to look for
    numbers = ",".join(map(str, sorted({number_of(each) for each in names})))
    return f"{{{numbers}}}"


def _line(source: Source, traits: int) -> str:
    return token_line(source.text, source.warning, source.language, source.author, traits)


_OPEN = insert(search_author, ignore=True)
_CLOSE = delete(search_author, search_author.c.author == bindparam("whose"))
_IS_OPEN = statement(select(search_author.c.author).where(search_author.c.author == bindparam("author")))
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
    tx.run(_FILL, one=1, done=True, filled_to=0)
    return True


def note_filled(tx: Transaction, to: PostId) -> None:
    """Note that a filling has looked at posts up to this one."""
    tx.run(_FILLED_ON, upto=to)


def indexable_authors(db: Snapshot, after: int, most: int) -> list[AccountId]:
    """Return the next accounts that allow everybody to search their posts."""
    return [AccountId(row[0]) for row in db.all(_INDEXABLE, after=after, most=most)]


# Finding

_FOUND = (
    "SELECT i.rowid, s.packed FROM search_index i CROSS JOIN search_post s ON s.doc = i.rowid >> 6"
    " WHERE i.search_index MATCH :match AND i.rowid < :below AND i.rowid >= :least{}"
    " ORDER BY i.rowid DESC LIMIT :most"
)
_MATCHING = Statement(_FOUND.format(""))
_MATCHING_IN_TIME = Statement(_FOUND.format(" AND palabre_post_at(s.packed, i.rowid) BETWEEN :since AND :last"))
TOP = (1 << 63) - 1


class Whose(StrEnum):
    """Whose posts are looked for."""

    READABLE = "readable"
    """What everybody may search, and the viewer's own."""
    OWN = "own"
    ALL = "all"
    """Whoever may find it: what the viewer may not, is sifted out afterwards."""


class Terms(NamedTuple):
    """What the index is asked: tokens that must and must not be there, and who may find a post."""

    words: Sequence[str]
    without: Sequence[str]
    own: AccountId
    since: int
    before: int
    whose: Whose = Whose.READABLE


def matching(
    db: Snapshot, terms: Terms, opened: Opened, *, below: int, least: int, first: int, then: int
) -> Iterator[list[tuple[int, PostId]]]:
    """Yield ``(place, post)`` of posts with the words, newest first, as long as anybody wants more.

    Args:
        db: the snapshot.
        terms: what is looked for.
        opened: what this search read of PostgreSQL's volumes.
        below: the places before this one.
        least: not those before this one.
        first: so many at first.
        then: so many each time after that.

    """
    if db.dialect == "postgresql":
        left = volumes_sql.matching(
            db, _numbered(terms), min(below, terms.before), max(least, terms.since), first, opened
        )
        while found := list(islice(left, first)):
            yield [(each, PostId(each)) for each in found]
            first = then
        return
    asked: dict[str, Any] = {"match": _match(terms), "least": least}
    which = _MATCHING
    if _is_timed(terms.since, terms.before):
        which = _MATCHING_IN_TIME
        asked |= {"since": terms.since, "last": terms.before - 1}
    while True:
        rows = db.all(which, **asked, below=below, most=first)
        placed = [(place, post_at(stored, place)) for place, stored in rows]
        yield [(place, PostId(post)) for place, post in placed if post is not None]
        if len(rows) < first:
            return
        below, first = rows[-1][0], then


def _is_timed(since: int, before: int) -> bool:
    return since > 0 or before < TOP


def _numbered(terms: Terms) -> numbered.Numbers:
    words = [number_of(each) for each in terms.words]
    own = number_of(of_author(terms.own))
    either = {Whose.READABLE: [number_of(OPEN), own], Whose.OWN: [own], Whose.ALL: []}[terms.whose]
    return numbered.Numbers(words, [number_of(each) for each in terms.without], either)


def _match(terms: Terms) -> str:
    """Write the query for FTS5. No term has a quotation mark; one character of a paired script is a beginning."""
    wanted = [f'"{term_of(each)}"' + ("*" if is_paired(each) and len(each) == 1 else "") for each in terms.words]
    if terms.whose is not Whose.ALL:
        own = f'"{of_author(terms.own)}"'
        wanted.append(own if terms.whose is Whose.OWN else f'("{OPEN}" OR {own})')
    found = " AND ".join(wanted)
    unwanted = " OR ".join(f'"{each}"' for each in terms.without)
    return f"({found}) NOT ({unwanted})" if unwanted else found


def places(db: Snapshot, since: int, before: int, *, slack: int) -> list[tuple[int, int]]:
    """Return the ranges of places, from and below, that may hold posts of a time; the newest first."""
    if db.dialect == "postgresql" or not _is_timed(since, before):
        return [(-TOP, TOP)]
    return ranges(db, since, before, slack=slack)


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
_newest_liked = (
    select(viewer_post.c.post)
    .where(viewer_post.c.account == _viewer, viewer_post.c.liked.is_not(None))
    .order_by(viewer_post.c.liked.desc())
    .limit(bindparam("most"))
)
_newest_kept = (
    select(viewer_post.c.post)
    .where(viewer_post.c.account == _viewer, viewer_post.c.bookmarked.is_not(None))
    .order_by(viewer_post.c.bookmarked.desc())
    .limit(bindparam("most"))
)
_newest_mentions = (
    select(post_mention.c.post)
    .where(post_mention.c.account == _viewer)
    .order_by(post_mention.c.post.desc())
    .limit(bindparam("most"))
)
_LIBRARY = statement(
    union_all(*(select(each.subquery().c.post) for each in (_newest_liked, _newest_kept, _newest_mentions)))
)


def texts(db: Snapshot, viewer: AccountId, ids: Collection[PostId]) -> dict[PostId, Text]:
    """Load posts as they are checked against a query."""
    return {row[0]: Text(*row) for row in db.all(_TEXTS, viewer=viewer, ids=list(ids))} if ids else {}


class Library(NamedTuple):
    """What a member likes, keeps and is mentioned in."""

    posts: set[PostId]
    whole: bool
    """Whether that is all of it."""


def library(db: Snapshot, viewer: AccountId, most: int) -> Library:
    """Return the newest of what the viewer likes, of what the viewer keeps, and of what mentions the viewer."""
    found = db.column(_LIBRARY, viewer=viewer, most=most)
    return Library(set(map(PostId, found)), len(found) < most)


_decode = msgspec.json.decode


def has_link(entities: str) -> bool:
    """Tell whether the entities of a post have a link."""
    return '"link"' in entities and any(each and "link" in each for each in _decode(entities))


_MINE_AMONG = statement(
    union_all(
        select(viewer_post.c.post).where(viewer_post.c.account == _viewer, among(viewer_post.c.post, "ids")),
        select(post_mention.c.post).where(post_mention.c.account == _viewer, among(post_mention.c.post, "ids")),
    )
)


def mine_among(db: Snapshot, viewer: AccountId, ids: Collection[PostId]) -> set[PostId]:
    """Return which of ``ids`` the viewer likes or keeps, or is mentioned in."""
    return {PostId(each) for each in db.column(_MINE_AMONG, viewer=viewer, ids=list(ids))} if ids else set()
