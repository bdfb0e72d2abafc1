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
from palabre.media.model import Attachment, Poster, Unfinished
from palabre.media.tables import attachment, unfinished_media
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
_DETACH = update(
    attachment, among(attachment.c.id, "ids"), post=None, position=0, created=bindparam("now"), held=False
)
_HOLD = update(attachment, among(attachment.c.id, "ids"), attachment.c.post.is_(None), held=bindparam("holds"))
_DESCRIBE = update(
    attachment,
    attachment.c.id == bindparam("media"),
    description=bindparam("words"),
    focus_x=bindparam("x"),
    focus_y=bindparam("y"),
)
_SHOW = update(
    attachment,
    attachment.c.id == bindparam("media"),
    preview=bindparam("name"),
    preview_width=bindparam("across"),
    preview_height=bindparam("down"),
    blurhash=bindparam("blur"),
)
_CAPTION = update(
    attachment,
    attachment.c.id == bindparam("media"),
    captions=bindparam("name"),
    captions_language=bindparam("words_of"),
)
_UNFINISHED = [unfinished_media.c[name] for name in Unfinished.__struct_fields__]
_BEGIN = insert(unfinished_media)
_BEGUN = statement(select(*_UNFINISHED).where(among(unfinished_media.c.id, "ids")))
_ALL_SOURCES = statement(select(unfinished_media.c.source))
_FAIL = update(unfinished_media, unfinished_media.c.id == bindparam("media"), failure=bindparam("why"))
_DESCRIBE_BEGUN = update(
    unfinished_media,
    unfinished_media.c.id == bindparam("media"),
    description=bindparam("words"),
    focus_x=bindparam("x"),
    focus_y=bindparam("y"),
)
_SHOW_BEGUN = update(
    unfinished_media,
    unfinished_media.c.id == bindparam("media"),
    poster=bindparam("name"),
    poster_width=bindparam("across"),
    poster_height=bindparam("down"),
    poster_blurhash=bindparam("blur"),
)
_POSTERS_OF = statement(
    select(unfinished_media.c.poster).where(
        unfinished_media.c.account == bindparam("owner"), unfinished_media.c.poster.is_not(None)
    )
)
_END = delete(unfinished_media, unfinished_media.c.id == bindparam("media"))
_SOURCES_OF = statement(select(unfinished_media.c.source).where(unfinished_media.c.account == bindparam("owner")))
_END_ALL_OF = delete(unfinished_media, unfinished_media.c.account == bindparam("owner"))
_END_OLD = delete(unfinished_media, unfinished_media.c.created < bindparam("before"))
_DELETE = delete(attachment, among(attachment.c.id, "ids"))
_USED = Statement(
    union(
        select(attachment.c.file).where(among(attachment.c.file, "names")),
        select(attachment.c.preview).where(among(attachment.c.preview, "names")),
        select(attachment.c.captions).where(
            attachment.c.captions.is_not(None), among(attachment.c.captions, "names")
        ),
        select(unfinished_media.c.poster).where(
            unfinished_media.c.poster.is_not(None), among(unfinished_media.c.poster, "names")
        ),
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


def detach(tx: Transaction, ids: Collection[MediaId], now: Instant) -> None:
    """Take them from their posts, as if they had been uploaded now."""
    tx.run(_DETACH, ids=list(ids), now=now)


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


def caption(tx: Transaction, media: MediaId, name: str | None, language: str) -> None:
    """Set the file of the captions, or that there are none."""
    tx.run(_CAPTION, media=media, name=name, words_of=language)


def show(tx: Transaction, media: MediaId, still: Poster) -> None:
    """Set the still of an attachment."""
    tx.run(_SHOW, media=media, name=still.file, across=still.width, down=still.height, blur=still.blurhash)


def show_unfinished(tx: Transaction, media: MediaId, still: Poster) -> None:
    """Set the still of an upload that is being processed."""
    tx.run(_SHOW_BEGUN, media=media, name=still.file, across=still.width, down=still.height, blur=still.blurhash)


def posters_of(db: Snapshot, owner: AccountId) -> list[str]:
    """Return the names of the stills of what an account uploaded and what is not processed."""
    return db.column(_POSTERS_OF, owner=owner)


def insert_unfinished(tx: Transaction, new: Unfinished) -> None:
    """Add an upload that is still to be processed."""
    tx.run(_BEGIN, **msgspec.structs.asdict(new))


def unfinished(db: Snapshot, ids: Collection[MediaId]) -> dict[MediaId, Unfinished]:
    """Load those among ``ids`` that are being processed, or could not be: one statement."""
    return {found.id: found for found in db.structs(_BEGUN, Unfinished, ids=list(ids))}


def sources(db: Snapshot) -> set[str]:
    """Return the names of the files of all uploads that are not processed yet."""
    return set(db.column(_ALL_SOURCES))


def fail(tx: Transaction, media: MediaId, why: str) -> None:
    """Note why an upload could not be processed."""
    tx.run(_FAIL, media=media, why=why)


def describe_unfinished(tx: Transaction, media: MediaId, *, description: str, x: float, y: float) -> None:
    """Set description and focal point of an upload that is being processed."""
    tx.run(_DESCRIBE_BEGUN, media=media, words=description, x=x, y=y)


def end(tx: Transaction, media: MediaId) -> bool:
    """Remove an upload from those being processed; ``False`` if it is not among them."""
    return tx.change(_END, media=media) == 1


def end_old(tx: Transaction, *, before: Instant) -> int:
    """Remove uploads from before a moment that were never finished; return how many."""
    return tx.change(_END_OLD, before=before)


def end_all_of(tx: Transaction, owner: AccountId) -> list[str]:
    """Remove uploads of one account that were never finished; return the names of their files."""
    names = tx.column(_SOURCES_OF, owner=owner)
    if names:
        tx.run(_END_ALL_OF, owner=owner)
    return names
