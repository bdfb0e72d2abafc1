"""The posts of a member as they are written into an archive: with media, polls, former wordings, quotes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, bindparam, select

from palabre.clock import iso
from palabre.exports.model import Here
from palabre.exports.rows import Names
from palabre.ids import AccountId, Kind, PostId
from palabre.markup.entities import Entity, EntityKind
from palabre.media.model import Attachment
from palabre.media.queries import attachments_of, uploads_of
from palabre.posts.model import Draft, Mention
from palabre.posts.tables import poll, poll_choice, post, post_version, unpublished
from palabre.store import Snapshot, among, statement

BATCH: Final = 200
"""Posts read at once."""
FILES: Final = "media_attachments/files/"
"""Where media are in the archive, under their names in the media store."""

POST_LEFT_OUT: Final[Mapping[str, str]] = {
    "author": "the member whose archive it is",
    "entities": "found in the text again",
    "local": "all of them are",
    "listed": "follows from who may read it and what it answers",
    "media_count": "the media are there",
    "parts": "the poll is there",
    "card": "what a linked page says of itself, fetched again wherever the post is",
    "uri": "its address is its id",
    "url": "its page here",
    "app": "a number of this database",
    "hidden": "decided by whoever began the conversation",
}
_COLUMNS: Final = tuple(column for column in post.c if column.name not in POST_LEFT_OUT or column.name == "entities")
_POSTS = statement(
    select(*_COLUMNS)
    .where(post.c.author == bindparam("author"), post.c.id > bindparam("after"))
    .order_by(post.c.id)
    .limit(bindparam("most"))
)
_POLLS = statement(select(poll).where(among(poll.c.post, "posts")))
_CHOICES = statement(
    select(poll_choice).where(among(poll_choice.c.post, "posts")).order_by(poll_choice.c.post, poll_choice.c.place)
)
_VERSIONS = statement(
    select(post_version).where(among(post_version.c.post, "posts")).order_by(post_version.c.post, post_version.c.id)
)
_DRAFTS = statement(
    select(unpublished)
    .where(unpublished.c.account == bindparam("author"), unpublished.c.id > bindparam("after"))
    .order_by(unpublished.c.id)
    .limit(bindparam("most"))
)
COLUMNS_ELSEWHERE: Final[Mapping[str, Mapping[str, str]]] = {
    "poll": {"post": "inside its post"},
    "poll_choice": {"post": "inside its post", "place": "its place in the array"},
    "post_version": {"id": "their order says as much", "post": "inside its post", "entities": "found in the text"},
    "unpublished": {"account": "the member whose archive it is"},
    "attachment": {
        "account": "the member whose archive it is",
        "post": "inside its post",
        "position": "its place in the array",
        "preview": "drawn again wherever the file is taken in",
        "preview_width": "drawn again",
        "preview_height": "drawn again",
        "held": "follows from the draft that it is in",
    },
}
"""Columns of what hangs on posts that are not written, and why."""


class Written(msgspec.Struct, frozen=True):
    """A post as ``palabre.json`` has it, and what its activity needs beside that."""

    number: PostId
    record: dict[str, Any]
    entities: tuple[Entity, ...]
    mentions: tuple[Mention, ...]
    text: str
    """As it was written here."""


def portable(text: str, entities: Iterable[Entity], mentions: Iterable[Mention], here: Here) -> str:
    """Name with their domains all whom ``text`` mentions: elsewhere the bare name is somebody else's."""
    known = {each.acct.lower() for each in mentions if not each.domain}
    pieces, at = [], 0
    for each in entities:
        if each.kind is EntityKind.MENTION and each.value.lower() in known:
            pieces += [text[at : each.end], "@", here.domain]
            at = each.end
    return "".join([*pieces, text[at:]])


def posts_of(read: Callable[..., Any], author: AccountId, here: Here) -> Iterator[list[Written]]:
    """Iterate over the posts of a member, oldest first, some at a time, each time from a snapshot."""
    after = 0
    while found := read(_batch, author, after, here):
        yield found
        after = found[-1].number


def _batch(db: Snapshot, author: AccountId, after: int, here: Here) -> list[Written]:
    rows = [
        dict(zip((column.name for column in _COLUMNS), row, strict=True))
        for row in db.all(_POSTS, author=author, after=after, most=BATCH)
    ]
    ids = [PostId(row["id"]) for row in rows]
    if not ids:
        return []
    media = attachments_of(db, ids)
    polls = _polls(db, [row["id"] for row in rows])
    versions = _versions(db, ids, here)
    others = {row[name] for row in rows for name in ("reply_to", "thread", "repost_of", "quote_of") if row[name]}
    names = Names(db, here, {row["reply_to_author"] for row in rows if row["reply_to_author"]}, others)
    return [
        _written(
            row, media.get(PostId(row["id"]), []), polls.get(row["id"]), versions.get(row["id"], []), names, here
        )
        for row in rows
    ]


def _written(
    row: dict[str, Any],
    media: list[Attachment],
    asked: dict[str, Any] | None,
    versions: list[dict[str, Any]],
    names: Names,
    here: Here,
) -> Written:
    entities = msgspec.json.decode(row["entities"], type=tuple[Entity, ...])
    mentions = msgspec.json.decode(row["mentions"], type=tuple[Mention, ...])
    record = {
        "id": here.uris.note(row["id"]),
        "created": iso(row["created"]),
        "edited": iso(row["edited"]) if row["edited"] is not None else None,
        "text": portable(row["text"], entities, mentions, here),
        "warning": row["warning"],
        "sensitive": bool(row["sensitive"]),
        "language": row["language"],
        "visibility": row["visibility"],
        "mentions": [here.handle(each.username, each.domain) for each in mentions],
        "hashtags": msgspec.json.decode(row["hashtags"]),
        "reply_to": names.post(row["reply_to"]),
        "reply_to_author": names.person(row["reply_to_author"]),
        "thread": names.post(row["thread"]),
        "repost_of": names.post(row["repost_of"]),
        "quote_of": names.post(row["quote_of"]),
        "quote_state": row["quote_state"],
        "quote_grant": here.uris.quote_authorization(row["quote_grant"]) if row["quote_grant"] else None,
        "quote_policy": row["quote_policy"],
        "reply_policy": row["reply_policy"],
        "counts": {
            name: row[f"{name}_count"] for name in ("replies", "reposts", "likes", "quotes")
        } | {"ups": row["ups"], "downs": row["downs"]},
        "media": [attachment_record(each, here) for each in media],
        "poll": asked,
        "versions": versions,
    }  # fmt: skip
    return Written(PostId(row["id"]), record, entities, mentions, row["text"])


def attachment_record(media: Attachment, here: Here) -> dict[str, Any]:
    """Write what is known of a picture, a video or a recording; ``file`` and ``captions`` are in the archive."""
    return {
        "id": here.id(Kind.MEDIA, media.id),
        "kind": media.kind.value,
        "file": FILES + media.file,
        "mime": media.mime,
        "size": media.size,
        "width": media.width,
        "height": media.height,
        "blurhash": media.blurhash,
        "description": media.description,
        "focus": [media.focus_x, media.focus_y],
        "created": iso(media.created),
        "seconds": media.seconds,
        "frame_rate": media.frame_rate,
        "bitrate": media.bitrate,
        "channels": media.channels,
        "captions": FILES + media.captions if media.captions else None,
        "captions_language": media.captions_language,
    }


def _polls(db: Snapshot, ids: list[int]) -> dict[int, dict[str, Any]]:
    found = {
        number: {
            "multiple": bool(multiple), "hide_totals": bool(hidden), "expires": iso(expires), "voters": voters,
            "choices": [],
        }
        for number, multiple, hidden, expires, voters in db.all(_POLLS, posts=ids)
    }  # fmt: skip
    if found:
        for number, _place, title, votes in db.all(_CHOICES, posts=list(found)):
            found[number]["choices"].append({"title": title, "votes": votes})
    return found


def _versions(db: Snapshot, ids: list[PostId], here: Here) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in db.all(_VERSIONS, posts=ids):
        values = dict(zip((column.name for column in post_version.c), row, strict=True))
        entities = msgspec.json.decode(values["entities"], type=tuple[Entity, ...])
        mentions = msgspec.json.decode(values["mentions"], type=tuple[Mention, ...])
        found.setdefault(values["post"], []).append({
            "created": iso(values["created"]),
            "text": portable(values["text"], entities, mentions, here),
            "mentions": [here.handle(each.username, each.domain) for each in mentions],
            "warning": values["warning"],
            "sensitive": bool(values["sensitive"]),
            "media": [
                {"id": here.id(Kind.MEDIA, each["id"]), "description": each["description"]}
                for each in msgspec.json.decode(values["media"])
            ],
            "choices": msgspec.json.decode(values["choices"]),
        })  # fmt: skip
    return found


def drafts_of(read: Callable[..., Any], author: AccountId, here: Here) -> Iterator[list[dict[str, Any]]]:
    """Iterate over the drafts and the scheduled posts of a member, oldest first."""
    after = 0
    while True:
        after, found = read(_drafts, author, after, here)
        if not found:
            return
        yield found


def _drafts(db: Snapshot, author: AccountId, after: int, here: Here) -> tuple[int, list[dict[str, Any]]]:
    rows = db.all(_DRAFTS, author=author, after=after, most=BATCH)
    found = []
    for number, _account, due, content, changed in rows:
        draft = msgspec.json.decode(content, type=Draft)
        names = Names(db, here, set(), {each for each in (draft.reply_to, draft.quote) if each})
        found.append({
            "id": here.id(Kind.UNPUBLISHED, number),
            "due": iso(due) if due is not None else None,
            "changed": iso(changed),
            "text": draft.text,
            "warning": draft.warning,
            "sensitive": draft.sensitive,
            "language": draft.language,
            "visibility": draft.visibility.value,
            "reply_to": names.post(draft.reply_to),
            "quote": names.post(draft.quote),
            "quote_policy": draft.quote_policy.value,
            "reply_policy": draft.reply_policy.value,
            "poll": msgspec.to_builtins(draft.poll),
            "media": [attachment_record(each, here) for each in uploads_of(db, author, draft.media)],
        })  # fmt: skip
    return (int(rows[-1][0]) if rows else after), found


COLUMNS: Final[tuple[ColumnElement[Any], ...]] = _COLUMNS
"""Of the table of posts, as far as they are written."""
