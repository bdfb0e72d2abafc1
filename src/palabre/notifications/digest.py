"""What a member has missed since an instant, beside posts: what he was told, new followers, followed hashtags."""

from __future__ import annotations

import msgspec
from sqlalchemy import BindParameter, and_, bindparam, exists, func, or_, select

from palabre.accounts.model import Account, Standing
from palabre.accounts.tables import account
from palabre.clock import Instant
from palabre.graph.tables import block, domain_block, mute
from palabre.ids import AccountId, first_id
from palabre.notifications import sql
from palabre.notifications.model import Kind
from palabre.notifications.queries import notifications_page
from palabre.paging import Window
from palabre.posts.model import Visibility
from palabre.posts.tables import followed_hashtag, hashtag, post, post_hashtag
from palabre.store import Snapshot, statement
from palabre.timelines.markers import Timeline, markers

COUNTED_MOST = 1_000
"""Of notifications, and of posts with followed hashtags, at most so many are counted."""
FACES = 10


class TagCount(msgspec.Struct, frozen=True):
    """How much was said publicly with a hashtag that the member follows."""

    name: str
    posts: int


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """What happened since an instant, beside posts at home."""

    told: dict[Kind, int]
    """New notifications by kind, the most frequent first."""
    followers: list[Account]
    """At most :data:`FACES`, the newest first."""
    tags: list[TagCount]
    """Hashtags with new public posts, the most frequent first."""


_viewer: BindParameter[int] = bindparam("viewer")
_author = post_hashtag.c.author
_hidden = or_(
    exists().where(block.c.account == _author, block.c.target == _viewer),
    exists().where(block.c.account == _viewer, block.c.target == _author),
    exists().where(
        mute.c.account == _viewer,
        mute.c.target == _author,
        or_(mute.c.expires.is_(None), mute.c.expires > bindparam("now")),
    ),
    exists().where(domain_block.c.account == _viewer, domain_block.c.domain == account.c.domain),
)
_new = (
    select(followed_hashtag.c.name)
    .join_from(followed_hashtag, hashtag, hashtag.c.key == followed_hashtag.c.key)
    .join(post_hashtag, post_hashtag.c.hashtag == hashtag.c.id)
    .join(post, post.c.id == post_hashtag.c.post)
    .join(account, account.c.id == _author)
    .where(
        followed_hashtag.c.account == _viewer,
        post_hashtag.c.post >= bindparam("since"),
        _author != _viewer,
        post.c.visibility == Visibility.PUBLIC.value,
        and_(account.c.standing == Standing.ACTIVE.value, ~account.c.limited),
        ~_hidden,
    )
    .limit(bindparam("most"))
    .subquery("new")
)
_TAGS = statement(select(_new.c.name, func.count()).group_by(_new.c.name))


def missed(db: Snapshot, viewer: AccountId, since: int) -> Missed:
    """Return what ``viewer`` has missed since an instant. Three statements."""
    lowest = first_id(since)
    counts = sql.counts_after(db, viewer, lowest - 1, COUNTED_MOST)
    new = notifications_page(db, viewer, Window(since=lowest - 1, limit=FACES), kinds=[Kind.FOLLOW])
    tags = db.all(_TAGS, viewer=viewer, now=db.now, since=lowest, most=COUNTED_MOST)
    return Missed(
        told={Kind(kind): count for kind, count in sorted(counts, key=lambda one: (-one[1], one[0]))},
        followers=[each.actor for each in new.items],
        tags=[TagCount(name, count) for name, count in sorted(tags, key=lambda one: (-one[1], one[0]))],
    )


def last_read(db: Snapshot, viewer: AccountId) -> Instant | None:
    """Return when an app last said how far the viewer has read at home, if one ever did. One statement."""
    found = markers(db, viewer, [Timeline.HOME]).get(Timeline.HOME)
    return None if found is None else found.updated
