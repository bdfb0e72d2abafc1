"""What a post that comes from elsewhere had there beside its text: former wordings, a poll that is over, a quote."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam

from palabre import journal
from palabre.accounts.actions import record_post
from palabre.clock import Instant
from palabre.ids import AccountId, PostId, new_id
from palabre.markup.entities import Entity, EntityKind, find_entities
from palabre.posts import poll_sql, rules, sql, version_sql
from palabre.posts.errors import CannotRepost
from palabre.posts.events import PostImported, PostMarked
from palabre.posts.model import Former, Mark, Part, Past, Poll, Post, QuotePolicy, QuoteState, ReplyPolicy, Visibility
from palabre.posts.queries import readable_post
from palabre.posts.tables import post as _table
from palabre.store import Transaction, update

_p = _table.c
_KEEP = update(
    _table,
    _p.id == bindparam("target"),
    edited=bindparam("changed"),
    quote_policy=bindparam("policy"),
    reply_policy=bindparam("repliers"),
    quote_of=bindparam("quoted"),
    quote_state=bindparam("state"),
    quote_grant=bindparam("granted"),
    parts=bindparam("bits"),
)


def keep_past(tx: Transaction, author: AccountId, post: PostId, past: Past) -> None:
    """Add to an own post, which :func:`palabre.posts.actions.import_post` has just made, what it had elsewhere.

    Raises:
        PostNotFound: there is none, or what it quotes is not the author's own.

    """
    target = readable_post(tx, author, post)
    quoted = _own(tx, author, past.quote)
    for each in past.versions[-rules.VERSIONS :]:
        version_sql.insert_version(tx, new_id(tx.now), post, _version(each))
    if past.choices:
        poll_sql.insert_poll(tx, _poll(tx, post, past))
    policy = past.quote_policy or QuotePolicy.NOBODY
    values: dict[str, Any] = {
        "changed": past.edited,
        "policy": rules.quote_policy(policy, target.visibility).value,
        "repliers": rules.reply_policy(
            past.reply_policy or ReplyPolicy.ALL, is_reply=target.reply_to_author is not None
        ).value,
        "quoted": quoted.id if quoted else None,
        "state": QuoteState.ACCEPTED.value if quoted else None,
        "granted": new_id(tx.now) if quoted else None,
        "bits": int(Part.POLL) if past.choices else 0,
    }
    tx.run(_KEEP, target=post, **values)
    if quoted is not None:
        sql.count_quote(tx, quoted.id, 1)


def _own(tx: Transaction, author: AccountId, quote: PostId | None) -> Post | None:
    if quote is None:
        return None
    found = readable_post(tx, author, quote)
    mine = found.author == author and found.visibility is not Visibility.MENTIONED and found.repost_of is None
    return found if mine else None


def _version(former: Former) -> version_sql.Version:
    entities: list[Entity] = [each for each in find_entities(former.text) if each.kind is not EntityKind.MENTION]
    return version_sql.Version(
        created=former.created,
        text=former.text,
        entities=tuple(entities),
        mentions=(),
        warning=former.warning,
        sensitive=former.sensitive,
        media=tuple(version_sql.Shown(0, description) for description in former.media),
        choices=former.choices,
    )


def _poll(tx: Transaction, post: PostId, past: Past) -> Poll:
    return Poll(
        post=post,
        choices=past.choices,
        multiple=past.multiple,
        hide_totals=past.hide_totals,
        expires=Instant(min(past.expires or tx.now, tx.now)),
        expired=True,
        voters=past.voters,
    )


def import_repost(tx: Transaction, author: AccountId, of: PostId, created: Instant) -> PostId:
    """Place a repost of long ago in its author's timeline, at its own time; nobody is told.

    One's earlier repost of it is returned as it is.

    Raises:
        PostNotFound: it does not exist, or the author may not read it.
        CannotRepost: it is neither public nor unlisted (nor one's own for followers).

    """
    original = readable_post(tx, author, of)
    if not rules.may_repost(original, author):
        raise CannotRepost
    before = sql.repost_by(tx, original.id, author)
    if before is not None:
        return before
    id_ = PostId(new_id(created))
    made = Post(
        id=id_, author=author, text="", language=original.language, visibility=original.visibility, created=created,
        thread=id_, repost_of=original.id,
    )  # fmt: skip
    sql.insert_post(tx, made, listed=False, local=True, media_count=0)
    record_post(tx, author, created, by=1)
    sql.count_repost(tx, original.id, 1)
    mark = sql.marked(tx, author, original.id)
    marks = mark.marks | Mark.REPOSTED
    sql.set_marks(tx, author, original.id, mark._replace(marks=marks))
    journal.record(tx, PostImported(post=id_, author=author))
    journal.record(
        tx, PostMarked(account=author, post=original.id, author=original.author, marks=marks, added=Mark.REPOSTED)
    )
    return id_
