"""All the SQL of editing: the row that changes, and what it said before."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from palabre.clock import Instant
from palabre.ids import AccountId, PostId
from palabre.markup.entities import Entity
from palabre.posts.model import Mention, Post, QuotePolicy, QuoteState
from palabre.posts.tables import post, post_mention, post_version, viewer_post
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update
from palabre.store.pages import Pages


class Shown(msgspec.Struct, frozen=True):
    """A picture as a former wording had it; the picture itself may be gone."""

    id: int
    description: str


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A former wording of a post."""

    created: Instant
    text: str
    entities: tuple[Entity, ...]
    mentions: tuple[Mention, ...]
    warning: str
    sensitive: bool
    media: tuple[Shown, ...] = ()
    choices: tuple[str, ...] = ()


_JSON = {
    name: msgspec.json.Decoder(kind).decode
    for name, kind in {
        "entities": tuple[Entity, ...],
        "mentions": tuple[Mention, ...],
        "media": tuple[Shown, ...],
        "choices": tuple[str, ...],
    }.items()
}
_INSERT = insert(post_version)
_COLUMNS = Version.__struct_fields__
_VERSIONS = statement(
    select(*(post_version.c[name] for name in _COLUMNS))
    .where(post_version.c.post == bindparam("of"))
    .order_by(post_version.c.id)
)
_NUMBERS = statement(
    select(post_version.c.id).where(post_version.c.post == bindparam("of")).order_by(post_version.c.id.desc())
)
_FORGET = delete(post_version, among(post_version.c.id, "ids"))
_DELETE = delete(post_version, among(post_version.c.post, "posts"))
_REWORD = update(
    post,
    post.c.id == bindparam("target"),
    **{
        name: bindparam(f"new_{name}")
        for name in (
            "text", "entities", "mentions", "hashtags", "warning", "sensitive", "language", "edited", "media_count",
            "parts", "quote_policy", "reply_policy",
        )
    },
)  # fmt: skip
_FORGET_MENTIONS = delete(post_mention, post_mention.c.post == bindparam("target"))
_SET_POLICY = update(post, post.c.id == bindparam("target"), quote_policy=bindparam("policy"))
_SET_QUOTE = update(
    post, post.c.id == bindparam("target"), quote_state=bindparam("state"), quote_grant=bindparam("granted")
)
_SET_CARD = update(post, post.c.id == bindparam("target"), card=bindparam("shown"))
_WITH_CARD = statement(select(post.c.id).where(post.c.card == bindparam("shown")).limit(1))
QUOTES = Pages(
    select(post.c.id).where(post.c.quote_of == bindparam("quoted"), post.c.quote_state == QuoteState.ACCEPTED.value),
    post.c.id,
)
_QUOTERS = statement(
    select(post.c.id, post.c.author)
    .where(
        post.c.quote_of == bindparam("quoted"),
        post.c.quote_state == QuoteState.ACCEPTED.value,
        post.c.id > bindparam("after"),
    )
    .order_by(post.c.id)
    .limit(bindparam("most"))
)
_REPOSTERS = statement(
    select(post.c.id, post.c.author)
    .where(post.c.repost_of == bindparam("original"), post.c.id > bindparam("after"))
    .order_by(post.c.id)
    .limit(bindparam("most"))
)
_PINNED = statement(
    select(viewer_post.c.post)
    .where(viewer_post.c.account == bindparam("account"), viewer_post.c.pinned.is_not(None))
    .order_by(viewer_post.c.pinned.desc())
    .limit(bindparam("most"))
)


def insert_version(tx: Transaction, number: int, of: PostId, kept: Version) -> None:
    """Keep a former wording."""
    values: dict[str, Any] = {name: getattr(kept, name) for name in _COLUMNS}
    for name in _JSON:
        values[name] = msgspec.json.encode(values[name]).decode()
    tx.run(_INSERT, id=number, post=of, **values)


def versions(db: Snapshot, of: PostId) -> list[Version]:
    """Load the former wordings of a post, oldest first: one statement."""
    found = []
    for row in db.all(_VERSIONS, of=of):
        values = dict(zip(_COLUMNS, row, strict=True))
        for name, decode in _JSON.items():
            values[name] = decode(values[name])
        found.append(Version(**{**values, "sensitive": bool(values["sensitive"])}))
    return found


def forget_versions(tx: Transaction, of: PostId, *, keep: int) -> int:
    """Forget all but the newest ``keep`` former wordings; return how many went."""
    old = tx.column(_NUMBERS, of=of)[keep:]
    if old:
        tx.run(_FORGET, ids=old)
    return len(old)


def delete_versions(tx: Transaction, posts: Collection[PostId]) -> None:
    """Remove all former wordings of ``posts``."""
    tx.run(_DELETE, posts=list(posts))


def reword(tx: Transaction, changed: Post, *, media_count: int) -> None:
    """Write what ``changed`` says now, and whom it mentions."""
    values: dict[str, Any] = {
        name: getattr(changed, name)
        for name in ("text", "warning", "sensitive", "language", "edited", "parts", "quote_policy", "reply_policy")
    }
    for name in ("entities", "mentions", "hashtags"):
        values[name] = msgspec.json.encode(getattr(changed, name)).decode()
    tx.run(
        _REWORD,
        target=changed.id,
        new_media_count=media_count,
        **{f"new_{key}": each for key, each in values.items()},
    )
    tx.run(_FORGET_MENTIONS, target=changed.id)


def set_policy(tx: Transaction, target: PostId, policy: QuotePolicy) -> None:
    """Write who may quote a post."""
    tx.run(_SET_POLICY, target=target, policy=policy.value)


def set_quote(tx: Transaction, target: PostId, state: QuoteState, grant: int | None) -> None:
    """Write how a quote stands."""
    tx.run(_SET_QUOTE, target=target, state=state.value, granted=grant)


def set_card(tx: Transaction, target: PostId, card: int | None) -> None:
    """Write which card a post has."""
    tx.run(_SET_CARD, target=target, shown=card)


def has_posts(db: Snapshot, card: int) -> bool:
    """Tell whether a post has this card."""
    return db.value(_WITH_CARD, shown=card) is not None


def quoters(db: Snapshot, quoted: PostId, *, after: int, most: int) -> list[tuple[PostId, AccountId]]:
    """Return posts that quote one, with their authors, oldest first."""
    return [(PostId(row[0]), AccountId(row[1])) for row in db.all(_QUOTERS, quoted=quoted, after=after, most=most)]


def reposters_after(db: Snapshot, original: PostId, *, after: int, most: int) -> list[tuple[PostId, AccountId]]:
    """Return reposts of a post, with who made them, oldest first."""
    rows = db.all(_REPOSTERS, original=original, after=after, most=most)
    return [(PostId(row[0]), AccountId(row[1])) for row in rows]


def pinned(db: Snapshot, account: AccountId, *, most: int) -> list[PostId]:
    """Return what stands on top of a profile, the last pinned first."""
    return [PostId(each) for each in db.column(_PINNED, account=account, most=most)]
