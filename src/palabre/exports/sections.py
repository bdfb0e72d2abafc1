"""The tables of a member, one array of ``palabre.json`` each: which columns go into it, and which do not, and why.

A test holds this against everything that ``rights.kept`` says is kept: a column that is neither written nor left out
with a reason fails it. What belongs to posts is in ``posts``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Column, ColumnElement, Table, bindparam, select

from palabre.accounts.tables import account
from palabre.announcements import tables as announcements
from palabre.clock import Instant, iso
from palabre.conversations.tables import conversation
from palabre.exports.model import Here
from palabre.filters import tables as filters
from palabre.graph import tables as graph
from palabre.ids import AccountId, Kind
from palabre.imports import tables as imports
from palabre.imports.model import Tie
from palabre.moderation.tables import appeal, report
from palabre.notifications import tables as notifications
from palabre.posts import tables as posts
from palabre.posts.model import Mark, choices_of
from palabre.search import tables as search
from palabre.sources import tables as sources
from palabre.store import Snapshot, Statement, among, statement
from palabre.timelines.tables import marker

BATCH: Final = 500
"""Rows read at once."""


class How(Enum):
    """How the value of a column is written."""

    PLAIN = "plain"
    FLAG = "flag"
    PARSED = "parsed"
    """JSON inside."""
    HEX = "hex"
    """Bytes."""
    TIME = "time"
    PERSON = "person"
    """``name@domain``."""
    POST = "post"
    """Address."""
    POSTS = "posts"
    """JSON array of ids inside, as addresses."""
    LIST = "list"
    FILTER = "filter"
    ANNOUNCEMENT = "announcement"
    COLLECTION = "collection"


class Field(NamedTuple):
    """A column and what it is called in the archive."""

    name: str
    column: Column[Any]
    how: How


class Section(NamedTuple):
    """An array of the archive."""

    name: str
    table: Table
    fields: tuple[Field, ...]
    left_out: Mapping[str, str]
    """Columns that are not written, and why."""
    query: Statement
    outer: Callable[[Snapshot, AccountId], list[Any]]
    """Whose rows are read one after the other: the member's, or those of each of the member's lists."""
    first: Any
    """Before the first place."""


_OWNER = "the member whose archive it is"
_PLACE = "a number of this database; the order of the array says as much"


def _section(
    name: str,
    of: Column[Any],
    place: Column[Any],
    fields: Mapping[str, tuple[Column[Any], How]],
    *,
    left_out: Mapping[str, str] | None = None,
    outer: Callable[[Snapshot, AccountId], list[Any]] = lambda _, member: [member],
    also: tuple[ColumnElement[bool], ...] = (),
) -> Section:
    table = of.table
    chosen = tuple(Field(key, column, how) for key, (column, how) in fields.items())
    written = {field.column.name for field in chosen}
    hidden = dict(left_out or {})
    if of.name not in written:
        hidden.setdefault(of.name, _OWNER)
    if place.name not in written:
        hidden.setdefault(place.name, _PLACE)
    query = (
        select(place, *(field.column for field in chosen))
        .where(of == bindparam("of"), place > bindparam("after"), *also)
        .order_by(place)
        .limit(bindparam("most"))
    )
    return Section(name, table, chosen, hidden, statement(query), outer, place.type.python_type())


_LISTS = statement(
    select(graph.account_list.c.id).where(graph.account_list.c.account == bindparam("of")).order_by(
        graph.account_list.c.id
    )
)  # fmt: skip
_FILTERS = statement(
    select(filters.post_filter.c.id).where(filters.post_filter.c.account == bindparam("of")).order_by(
        filters.post_filter.c.id
    )
)  # fmt: skip


_COLLECTIONS = statement(
    select(graph.collection.c.id).where(graph.collection.c.account == bindparam("of")).order_by(graph.collection.c.id)
)
_FEEDS = statement(select(sources.feed_source.c.id).where(sources.feed_source.c.account == bindparam("of")))


def _collections(db: Snapshot, member: AccountId) -> list[Any]:
    return db.column(_COLLECTIONS, of=member)


def _feeds(db: Snapshot, member: AccountId) -> list[Any]:
    return db.column(_FEEDS, of=member)


def _lists(db: Snapshot, member: AccountId) -> list[Any]:
    return db.column(_LISTS, of=member)


def _filters(db: Snapshot, member: AccountId) -> list[Any]:
    return db.column(_FILTERS, of=member)


def _tie(target: Column[Any], table: Table) -> dict[str, tuple[Column[Any], How]]:
    return {
        "account": (target, How.PERSON),
        "show_reposts": (table.c.show_reposts, How.FLAG),
        "notify": (table.c.notify, How.FLAG),
        "languages": (table.c.languages, How.PARSED),
    }


_f, _r, _l = graph.follow.c, graph.follow_request.c, graph.account_list.c
_w = imports.import_waiting.c
_ELSEWHERE = "how an import into this database went; the posts that it brought are in the archive"

_WAITING = tuple(
    _section(
        f"waiting_{tie.value}",
        _w.account,
        _w.target,
        {"target": (_w.target, How.PLAIN), "choices": (_w.choices, How.PARSED), "since": (_w.created, How.TIME)},
        left_out={"tie": "the name of the array"},
        also=(_w.tie == tie.value,),
    )
    for tie in Tie
)
"""What came with imports and is about somebody or something that is not here."""

SECTIONS: Final[tuple[Section, ...]] = (
    _section("follows", _f.follower, _f.id, _tie(_f.followed, graph.follow)),
    _section(
        "followers", _f.followed, _f.id, {"account": (_f.follower, How.PERSON)},
        left_out=dict.fromkeys(("show_reposts", "notify", "languages"), "the choice of the follower"),
    ),
    _section("follow_requests", _r.follower, _r.followed, _tie(_r.followed, graph.follow_request)),
    _section(
        "follow_requests_received", _r.followed, _r.id, {"account": (_r.follower, How.PERSON)},
        left_out=dict.fromkeys(("show_reposts", "notify", "languages"), "the choice of whoever asks"),
    ),
    _section(
        "blocks", graph.block.c.account, graph.block.c.target, {"account": (graph.block.c.target, How.PERSON)},
        left_out={"id": _PLACE},
    ),
    _section(
        "mutes", graph.mute.c.account, graph.mute.c.target,
        {
            "account": (graph.mute.c.target, How.PERSON),
            "notifications": (graph.mute.c.notifications, How.FLAG),
            "expires": (graph.mute.c.expires, How.TIME),
        },
        left_out={"id": _PLACE},
    ),
    _section(
        "domain_blocks", graph.domain_block.c.account, graph.domain_block.c.id,
        {"domain": (graph.domain_block.c.domain, How.PLAIN)},
    ),
    _section(
        "notes", graph.account_note.c.account, graph.account_note.c.target,
        {"account": (graph.account_note.c.target, How.PERSON), "text": (graph.account_note.c.text, How.PLAIN)},
    ),
    _section(
        "endorsements", graph.endorsement.c.account, graph.endorsement.c.id,
        {"account": (graph.endorsement.c.target, How.PERSON)},
    ),
    _section(
        "lists", _l.account, _l.id,
        {
            "id": (_l.id, How.LIST), "title": (_l.title, How.PLAIN), "replies": (_l.replies, How.PLAIN),
            "exclusive": (_l.exclusive, How.FLAG),
        },
    ),
    _section(
        "list_members", graph.list_member.c.list, graph.list_member.c.id,
        {"list": (graph.list_member.c.list, How.LIST), "account": (graph.list_member.c.account, How.PERSON)},
        outer=_lists,
    ),
    _section(
        "filters", filters.post_filter.c.account, filters.post_filter.c.id,
        {
            "id": (filters.post_filter.c.id, How.FILTER),
            "title": (filters.post_filter.c.title, How.PLAIN),
            "contexts": (filters.post_filter.c.contexts, How.PARSED),
            "act": (filters.post_filter.c.act, How.PLAIN),
            "expires": (filters.post_filter.c.expires, How.TIME),
        },
    ),
    _section(
        "filter_keywords", filters.filter_keyword.c.filter, filters.filter_keyword.c.id,
        {
            "filter": (filters.filter_keyword.c.filter, How.FILTER),
            "keyword": (filters.filter_keyword.c.keyword, How.PLAIN),
            "whole_word": (filters.filter_keyword.c.whole_word, How.FLAG),
        },
        outer=_filters,
    ),
    _section(
        "filter_posts", filters.filter_post.c.filter, filters.filter_post.c.post,
        {
            "filter": (filters.filter_post.c.filter, How.FILTER),
            "post": (filters.filter_post.c.post, How.POST),
        },
        left_out={"id": _PLACE}, outer=_filters,
    ),
    _section(
        "followed_hashtags", posts.followed_hashtag.c.account, posts.followed_hashtag.c.id,
        {"name": (posts.followed_hashtag.c.name, How.PLAIN)}, left_out={"key": "the name in lower case"},
    ),
    _section(
        "featured_hashtags", posts.featured_hashtag.c.account, posts.featured_hashtag.c.key,
        {"name": (posts.featured_hashtag.c.name, How.PLAIN)},
        left_out={"key": "the name in lower case", "id": _PLACE},
    ),
    _section(
        "muted_conversations", posts.muted_thread.c.account, posts.muted_thread.c.thread,
        {"post": (posts.muted_thread.c.thread, How.POST)},
    ),
    _section(
        "marks", posts.viewer_post.c.account, posts.viewer_post.c.post,
        {
            "post": (posts.viewer_post.c.post, How.POST),
            "marks": (posts.viewer_post.c.marks, How.PLAIN),  # taken apart by _marks
        },
        left_out=dict.fromkeys(("liked", "bookmarked", "voted", "pinned"), _PLACE),
    ),
    _section(
        "mentioned_in", posts.post_mention.c.account, posts.post_mention.c.post,
        {"post": (posts.post_mention.c.post, How.POST)},
    ),
    _section(
        "notifications", notifications.notification.c.account, notifications.notification.c.id,
        {
            "kind": (notifications.notification.c.kind, How.PLAIN),
            "account": (notifications.notification.c.actor, How.PERSON),
            "post": (notifications.notification.c.post, How.POST),
            "created": (notifications.notification.c.created, How.TIME),
            "waits_as_request": (notifications.notification.c.filtered, How.FLAG),
        },
        left_out={
            "bucket": "which of them the page shows together",
            "subject": "which report, act of moderators or collection it is about, as a number of this network",
        },
    ),
    _section(
        "notification_policy", notifications.policy.c.account, notifications.policy.c.account,
        {
            name: (notifications.policy.c[name], How.PLAIN)
            for name in ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts")
        },
    ),
    _section(
        "notification_permissions", notifications.permission.c.account, notifications.permission.c.sender,
        {"account": (notifications.permission.c.sender, How.PERSON)},
    ),
    _section(
        "conversations", conversation.c.account, conversation.c.last_post,
        {
            "conversation": (conversation.c.thread, How.POST),
            "last_post": (conversation.c.last_post, How.POST),
            "unread": (conversation.c.unread, How.FLAG),
        },
        left_out={"id": _PLACE},
    ),
    _section(
        "announcements_read", announcements.dismissal.c.account, announcements.dismissal.c.announcement,
        {"announcement": (announcements.dismissal.c.announcement, How.ANNOUNCEMENT)},
    ),
    _section(
        "announcement_reactions", announcements.reaction.c.account, announcements.reaction.c.id,
        {
            "announcement": (announcements.reaction.c.announcement, How.ANNOUNCEMENT),
            "reaction": (announcements.reaction.c.name, How.PLAIN),
        },
    ),
    _section(
        "reports", report.c.reporter, report.c.id,
        {
            "account": (report.c.target, How.PERSON), "category": (report.c.category, How.PLAIN),
            "comment": (report.c.comment, How.PLAIN), "posts": (report.c.posts, How.POSTS),
            "created": (report.c.created, How.TIME), "closed": (report.c.closed, How.TIME),
        },
        left_out={
            "rules": "numbers of the rules of this network",
            "collections": "numbers of what others put together on this network",
            "closed_by": "who runs the network decided it",
            "assigned": "who runs the network looks after it", "updated": "when who runs the network touched it",
        },
    ),
    _section(
        "appeals", appeal.c.account, appeal.c.act,
        {
            "text": (appeal.c.text, How.PLAIN), "created": (appeal.c.created, How.TIME),
            "decided": (appeal.c.decided, How.TIME), "agreed": (appeal.c.agreed, How.FLAG),
        },
        left_out={"decided_by": "who runs the network decided it"},
    ),
    _section(
        "reply_rules", posts.reply_rule.c.owner, posts.reply_rule.c.writer,
        {
            "account": (posts.reply_rule.c.writer, How.PERSON), "state": (posts.reply_rule.c.reply_state, How.PLAIN),
        },
    ),
    _section(
        "replies_decided", posts.reply_request.c.owner, posts.reply_request.c.post,
        {
            "post": (posts.reply_request.c.post, How.POST), "account": (posts.reply_request.c.writer, How.PERSON),
            "state": (posts.reply_request.c.reply_state, How.PLAIN),
            "decided": (posts.reply_request.c.decided, How.TIME),
        },
        left_out={"visibility": "whom its writer wanted to read it"},
    ),
    _section(
        "collections", graph.collection.c.account, graph.collection.c.id,
        {
            "id": (graph.collection.c.id, How.COLLECTION), "name": (graph.collection.c.name, How.PLAIN),
            "description": (graph.collection.c.description, How.PLAIN),
            "language": (graph.collection.c.language, How.PLAIN), "hashtag": (graph.collection.c.hashtag, How.PLAIN),
            "sensitive": (graph.collection.c.sensitive, How.FLAG),
            "discoverable": (graph.collection.c.discoverable, How.FLAG),
            "updated": (graph.collection.c.updated, How.TIME),
        },
    ),
    _section(
        "collection_members", graph.collection_item.c.collection, graph.collection_item.c.id,
        {
            "collection": (graph.collection_item.c.collection, How.COLLECTION),
            "account": (graph.collection_item.c.account, How.PERSON),
            "withdrawn": (graph.collection_item.c.withdrawn, How.FLAG),
        },
        outer=_collections,
    ),
    _section(
        "feeds", sources.feed_source.c.account, sources.feed_source.c.id,
        {
            "url": (sources.feed_source.c.url, How.PLAIN), "title": (sources.feed_source.c.title, How.PLAIN),
            "created": (sources.feed_source.c.created, How.TIME),
        },
        left_out=dict.fromkeys(
            ("etag", "modified", "due", "fetched", "failures", "problem"), "how the reading of the feed stands here"
        ),
    ),
    _section(
        "feed_entries", sources.feed_entry.c.source, sources.feed_entry.c.entry_key,
        {"entry": (sources.feed_entry.c.entry_key, How.HEX)},
        left_out={"source": "there is one feed at most", "seen": "which of them are forgotten first"}, outer=_feeds,
    ),
    _section(
        "annual_reports", posts.annual_report.c.account, posts.annual_report.c.year,
        {"year": (posts.annual_report.c.year, How.PLAIN), "seen": (posts.annual_report.c.seen, How.FLAG)},
    ),
    _section(
        "suggestions_dismissed", search.search_dismissed.c.account, search.search_dismissed.c.target,
        {"account": (search.search_dismissed.c.target, How.PERSON)},
    ),
    _section(
        "read_positions", marker.c.account, marker.c.timeline,
        {
            "timeline": (marker.c.timeline, How.PLAIN), "updated": (marker.c.updated, How.TIME),
            "version": (marker.c.version, How.PLAIN),
        },
        left_out={"last_read": "a place in the timelines of this network"},
    ),
    _section(
        "imports", imports.import_run.c.account, imports.import_run.c.id,
        {
            "name": (imports.import_run.c.name, How.PLAIN), "source": (imports.import_run.c.source, How.PLAIN),
            "state": (imports.import_run.c.state, How.PLAIN), "added": (imports.import_run.c.added, How.PLAIN),
            "created": (imports.import_run.c.created, How.TIME),
            "finished": (imports.import_run.c.finished, How.TIME),
        },
        left_out=dict.fromkeys(("durable", "total", "done", "place", "left_out", "listed", "error"), _ELSEWHERE),
    ),
    *_WAITING,
)  # fmt: skip
"""In the order in which they are written."""

_SECRET = "a secret of this server, or the hash of one: it opens nothing elsewhere and must not lie in a file"  # noqa: S105
_DERIVED = "made of what is in the archive, and made again wherever that is taken in"
_ACCESS = "who is signed in here, and with what: it ends with this network"
NOT_EXPORTED: Final[Mapping[str, str]] = {
    "session": _ACCESS,
    "app_token": _SECRET,
    "hand_over": _SECRET,
    "oauth_token": _ACCESS,
    "oauth_authorization": _SECRET,
    "push_subscription": "where devices are told of what happens here, encrypted",
    "invitation": "whom an invitation let in is written nowhere, and its code is kept as a hash",
    "account_word": _DERIVED,
    "post_hashtag": _DERIVED,
    "search_post": _DERIVED,
    "search_author": _DERIVED,
    "search_active": _DERIVED,
    "notification_seen": "a place in the notifications of this network",
    "idempotency": "hashes of an hour, so that nothing is posted twice",
    "unfinished_media": "an upload of this day that is not processed yet",
    "import_item": "hashes of what came with imports; the posts themselves are in the archive",
    "export_run": "the archives themselves",
    "second_factor": _SECRET,
    "recovery_code": _SECRET,
    "passkey": _ACCESS,
    "ceremony": _SECRET,
    "app": "programs that this network knows, with the hashes of their secrets",
    "incoming_webhook": _SECRET,
    "webhook": "an address and a key, sealed for this server: what it is told begins with this network",
    "quote_request": "quotes that wait: how each stands is in the archive with the post that quotes",
    "webhook_delivery": "what programs were told in these days",
    "moderation_act": "what moderators did on this network, which is theirs to account for",
}
"""Tables of a member that an archive does not hold, and why."""


# Reading them


class Names:
    """What the numbers in some rows are called outside, by at most two statements."""

    _PEOPLE = statement(
        select(account.c.id, account.c.username, account.c.domain).where(among(account.c.id, "numbers"))
    )
    _POSTS = statement(
        select(posts.post.c.id, posts.post.c.uri).where(
            among(posts.post.c.id, "numbers"), posts.post.c.uri.is_not(None)
        )
    )

    def __init__(self, db: Snapshot, here: Here, people: set[int], of_posts: set[int]) -> None:
        self._here = here
        found = db.all(self._PEOPLE, numbers=sorted(people)) if people else []
        self._people = {int(number): here.handle(name, domain) for number, name, domain in found}
        far = db.all(self._POSTS, numbers=sorted(of_posts)) if of_posts else []
        self._far = {int(number): str(uri) for number, uri in far}
        self._uris = here.uris

    def person(self, number: int | None) -> str | None:
        """Return ``name@domain``; ``None`` for somebody who is gone."""
        return None if number is None else self._people.get(number)

    def post(self, number: int | None) -> str | None:
        """Return the address of a post, which may be gone."""
        return None if number is None else self._far.get(number) or self._uris.note(number)


def rows_of(
    read: Callable[..., Any], section: Section, member: AccountId, here: Here
) -> Iterator[list[dict[str, Any]]]:
    """Iterate over the rows of a section as they are written, some hundred at a time, each from a snapshot."""
    for of in read(section.outer, member):
        after = section.first
        while True:
            after, found, more = read(_batch, section, of, after, here)
            if found:
                yield found
            if not more:
                break


def _batch(db: Snapshot, section: Section, of: Any, after: Any, here: Here) -> tuple[Any, list[dict[str, Any]], bool]:
    rows = db.all(section.query, of=of, after=after, most=BATCH)
    people: set[int] = set()
    of_posts: set[int] = set()
    for place, field in enumerate(section.fields, 1):
        values = (row[place] for row in rows if row[place] is not None)
        if field.how is How.PERSON:
            people.update(values)
        elif field.how is How.POST:
            of_posts.update(values)
    names = Names(db, here, people, of_posts)
    found = [_written(section, row, names, here) for row in rows]
    return (rows[-1][0] if rows else after), found, len(rows) == BATCH


def _written(section: Section, row: tuple[Any, ...], names: Names, here: Here) -> dict[str, Any]:
    made = {
        field.name: _value(value, field.how, names, here)
        for field, value in zip(section.fields, row[1:], strict=True)
    }
    return _marks(made) if section.name == "marks" else made


_KINDS = {
    How.LIST: Kind.LIST,
    How.FILTER: Kind.FILTER,
    How.ANNOUNCEMENT: Kind.ANNOUNCEMENT,
    How.COLLECTION: Kind.COLLECTION,
}


def _value(value: Any, how: How, names: Names, here: Here) -> Any:
    if value is None or how is How.PLAIN:
        return value
    if how in _KINDS:
        return here.id(_KINDS[how], value)
    written: dict[How, Callable[[Any], Any]] = {
        How.FLAG: bool,
        How.PARSED: msgspec.json.decode,
        How.HEX: lambda inside: bytes(inside).hex(),
        How.TIME: lambda at: iso(Instant(at)),
        How.PERSON: names.person,
        How.POST: names.post,
        How.POSTS: lambda inside: [names.post(number) for number in msgspec.json.decode(inside)],
    }
    return written[how](value)


def _marks(row: dict[str, Any]) -> dict[str, Any]:
    """Say in words what the bits of ``viewer_post.marks`` mean."""
    bits = row.pop("marks")
    words = {Mark.LIKED: "liked", Mark.REPOSTED: "reposted", Mark.BOOKMARKED: "bookmarked", Mark.PINNED: "pinned"}
    return {
        **row,
        **{word: bool(bits & mark) for mark, word in words.items()},
        "vote_on_reply": 1 if bits & Mark.UP else -1 if bits & Mark.DOWN else 0,
        "poll_choices": list(choices_of(bits)),
    }
