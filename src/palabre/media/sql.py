"""All the SQL of media."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import bindparam, select, union

from palabre.accounts.tables import account
from palabre.cards.tables import link_card
from palabre.clock import Instant
from palabre.emojis.tables import custom_emoji
from palabre.ids import AccountId, MediaId, PostId
from palabre.media.model import Attachment
from palabre.media.tables import attachment
from palabre.store import Snapshot, Statement, Transaction, among, delete, insert, statement, update

_COLUMNS = [attachment.c[name] for name in Attachment.__struct_fields__]
_INSERT = insert(attachment)
_AMONG = statement(select(*_COLUMNS).where(among(attachment.c.id, "ids")))
_OF_POSTS = statement(
    select(*_COLUMNS)
    .where(attachment.c.post.is_not(None), among(attachment.c.post, "posts"))
    .order_by(attachment.c.post, attachment.c.position)
)
_UNATTACHED = statement(
    select(*_COLUMNS)
    .where(attachment.c.post.is_(None), attachment.c.created < bindparam("before"), ~attachment.c.held)
    .order_by(attachment.c.created)
    .limit(bindparam("most"))
)
_UNATTACHED_OF = statement(
    select(*_COLUMNS)
    .where(attachment.c.post.is_(None), attachment.c.account == bindparam("owner"))
    .limit(bindparam("most"))
)
_ATTACH = update(
    attachment,
    attachment.c.id == bindparam("media"),
    attachment.c.post.is_(None),
    post=bindparam("owner"),
    position=bindparam("place"),
)
_PLACE = update(
    attachment, attachment.c.id == bindparam("media"), post=bindparam("owner"), position=bindparam("place")
)
_HOLD = update(attachment, among(attachment.c.id, "ids"), attachment.c.post.is_(None), held=bindparam("holds"))
_DESCRIBE = update(
    attachment,
    attachment.c.id == bindparam("media"),
    description=bindparam("words"),
    focus_x=bindparam("x"),
    focus_y=bindparam("y"),
)
_DELETE = delete(attachment, among(attachment.c.id, "ids"))
_USED = Statement(
    union(
        select(attachment.c.file).where(among(attachment.c.file, "names")),
        select(attachment.c.preview).where(among(attachment.c.preview, "names")),
        select(account.c.avatar).where(account.c.avatar.is_not(None), among(account.c.avatar, "names")),
        select(account.c.header).where(account.c.header.is_not(None), among(account.c.header, "names")),
        select(link_card.c.image).where(link_card.c.image.is_not(None), among(link_card.c.image, "names")),
        select(custom_emoji.c.file).where(among(custom_emoji.c.file, "names")),
        select(custom_emoji.c.still).where(among(custom_emoji.c.still, "names")),
    )
)


def insert_attachment(tx: Transaction, new: Attachment) -> None:
    """Add one."""
    tx.run(_INSERT, **msgspec.structs.asdict(new) | {"kind": new.kind.value, "held": False})


def attachments(db: Snapshot, ids: Collection[MediaId]) -> dict[MediaId, Attachment]:
    """Load those among ``ids`` that exist: one statement."""
    return {found.id: found for found in db.structs(_AMONG, Attachment, ids=list(ids))}


def of_posts(db: Snapshot, posts: Collection[PostId]) -> list[Attachment]:
    """Load those of ``posts``, in order within each: one statement."""
    return db.structs(_OF_POSTS, Attachment, posts=list(posts))


def unattached(db: Snapshot, *, before: Instant, most: int) -> list[Attachment]:
    """Load those uploaded before a moment that no post took, oldest first."""
    return db.structs(_UNATTACHED, Attachment, before=before, most=most)


def unattached_of(db: Snapshot, owner: AccountId, *, most: int) -> list[Attachment]:
    """Load those of one account that no post took."""
    return db.structs(_UNATTACHED_OF, Attachment, owner=owner, most=most)


def attach(tx: Transaction, media: MediaId, post: PostId, position: int) -> bool:
    """Give one its post; ``False`` if it has one already."""
    return tx.change(_ATTACH, media=media, owner=post, place=position) == 1


def place(tx: Transaction, media: MediaId, post: PostId, position: int) -> None:
    """Give one its place in a post."""
    tx.run(_PLACE, media=media, owner=post, place=position)


def hold(tx: Transaction, ids: Collection[MediaId], *, holds: bool) -> None:
    """Note that uploads wait for a post that is written or published later, or no longer do."""
    tx.run(_HOLD, ids=list(ids), holds=holds)


def describe(tx: Transaction, media: MediaId, *, description: str, x: float, y: float) -> None:
    """Set description and focal point."""
    tx.run(_DESCRIBE, media=media, words=description, x=x, y=y)


def delete_attachments(tx: Transaction, ids: Collection[MediaId]) -> None:
    """Remove the rows of ``ids``."""
    tx.run(_DELETE, ids=list(ids))


def used(db: Snapshot, names: Collection[str]) -> set[str]:
    """Return those among ``names`` that an attachment or an account refers to: one statement."""
    return set(db.column(_USED, names=list(names)))
