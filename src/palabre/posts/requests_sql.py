"""All the SQL of replies for which an author is asked, and of whose replies he sorts out at once."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, exists, func, literal_column, or_, select

from palabre.accounts.model import Standing
from palabre.accounts.tables import account
from palabre.clock import Instant
from palabre.graph.tables import block
from palabre.ids import AccountId, PostId
from palabre.paging import Window
from palabre.posts.model import Post, ReplyPolicy, ReplyRequest, ReplyState, Visibility
from palabre.posts.sql import may_read
from palabre.posts.tables import post, reply_request, reply_rule
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update, upsert
from palabre.store.pages import Pages

WITHDRAWN = "withdrawn"
"""Said of a reply that its writer deleted while it waited; never stored."""

_r = reply_request.c
_columns = (_r.post, _r.owner, _r.writer, _r.reply_state, _r.visibility, _r.decided)
_of_owner = _r.owner == bindparam("owner")
_in_state = _r.reply_state == bindparam("state")
_of_writer = _r.writer == bindparam("writer")


def _shown() -> ColumnElement[bool]:
    """Say in SQL what ``queries.views_for_owner`` shows of the queue of ``viewer``; a test compares the two."""
    viewer: BindParameter[int] = bindparam("viewer")
    blocked = exists().where(
        or_(
            and_(block.c.account == post.c.author, block.c.target == viewer),
            and_(block.c.account == viewer, block.c.target == post.c.author),
        )
    )
    waits = post.c.visibility == Visibility.WAITING.value
    return and_(account.c.standing == Standing.ACTIVE.value, ~blocked, or_(waits, may_read(post, account)))


_INSERT = insert(reply_request)
_ONE = statement(select(*_columns).where(_r.post == bindparam("post")))
_AMONG = statement(select(*_columns).where(among(_r.post, "posts"), _of_owner).order_by(_r.post))
_PAGE = Pages(select(*_columns).where(_of_owner, _in_state), _r.post)
_PAGE_OF = Pages(select(*_columns).where(_of_owner, _of_writer, _in_state), _r.post)
_OLDEST = statement(
    select(*_columns).where(_of_owner, _of_writer, _in_state).order_by(_r.post).limit(bindparam("most"))
)
_ANY = statement(
    select(_r.post)
    .join_from(reply_request, post, post.c.id == _r.post)
    .join(account, account.c.id == post.c.author)
    .where(_of_owner, _in_state, _shown())
    .limit(1)
)
_OF_WRITER = statement(select(_r.post).where(_of_owner, _of_writer).limit(1))
_COUNTS = statement(
    select(_r.reply_state, func.count())
    .join_from(reply_request, post, post.c.id == _r.post)
    .join(account, account.c.id == post.c.author)
    .where(_of_owner, _shown())
    .group_by(_r.reply_state)
)
_COUNT = statement(select(func.count()).select_from(reply_request).where(_of_owner, _of_writer, _in_state))
_SENT = Pages(
    select(*_columns).where(
        _of_writer,
        _r.reply_state.in_([literal_column(f"'{each.value}'") for each in ReplyState if each != "approved"]),
    ),
    _r.post,
)
_DECIDE = update(reply_request, _r.post == bindparam("target"), reply_state=bindparam("new"), decided=bindparam("at"))
_DELETE = delete(reply_request, _r.post == bindparam("target"))
_RULE = statement(
    select(reply_rule.c.reply_state).where(
        reply_rule.c.owner == bindparam("owner"), reply_rule.c.writer == bindparam("writer")
    )
)
_SET_RULE = upsert(reply_rule, key=["owner", "writer"], change=["reply_state"])
_DELETE_RULE = delete(reply_rule, reply_rule.c.owner == bindparam("of"), reply_rule.c.writer == bindparam("about"))
_COME_OUT = update(
    post,
    post.c.id == bindparam("target"),
    visibility=bindparam("shown"),
    listed=bindparam("stands"),
    mentions=bindparam("addressed"),
)
_SET_HIDDEN = update(post, post.c.id == bindparam("target"), hidden=bindparam("fold"))
_SET_POLICY = update(post, post.c.id == bindparam("target"), reply_policy=bindparam("policy"))


def _request(row: tuple[Any, ...]) -> ReplyRequest:
    number, owner, writer, state, visibility, decided = row
    return ReplyRequest(
        post=PostId(number),
        owner=owner,
        writer=writer,
        state=ReplyState(state),
        visibility=Visibility(visibility),
        decided=decided,
    )


def insert_request(tx: Transaction, new: ReplyRequest) -> None:
    """Add one."""
    tx.run(
        _INSERT,
        post=new.post,
        owner=new.owner,
        writer=new.writer,
        reply_state=new.state.value,
        visibility=new.visibility.value,
        decided=new.decided,
    )


def one(db: Snapshot, of: PostId) -> ReplyRequest | None:
    """Load the one about a reply."""
    row = db.one(_ONE, post=of)
    return _request(row) if row else None


def requests_among(db: Snapshot, owner: AccountId, posts: Collection[PostId]) -> list[ReplyRequest]:
    """Load those about ``posts`` of which ``owner`` decides, oldest first."""
    return [_request(row) for row in db.all(_AMONG, owner=owner, posts=list(posts))]


def page(
    db: Snapshot, owner: AccountId, state: ReplyState, window: Window, *, writer: AccountId | None
) -> list[ReplyRequest]:
    """Load a page of an author's queue, the newest first: one statement."""
    if writer is None:
        rows = _PAGE.rows(db, window, owner=owner, state=state.value)
    else:
        rows = _PAGE_OF.rows(db, window, owner=owner, state=state.value, writer=writer)
    return [_request(row) for row in rows]


def sent(db: Snapshot, writer: AccountId, window: Window) -> list[ReplyRequest]:
    """Load a page of what ``writer`` replied and what is not out, the newest first: one statement."""
    return [_request(row) for row in _SENT.rows(db, window, writer=writer)]


def oldest(db: Snapshot, owner: AccountId, writer: AccountId, state: ReplyState, *, most: int) -> list[ReplyRequest]:
    """Load what is in one state of one writer, oldest first."""
    return [_request(row) for row in db.all(_OLDEST, owner=owner, writer=writer, state=state.value, most=most)]


def is_any(db: Snapshot, owner: AccountId, state: ReplyState) -> bool:
    """Tell whether an author's queue shows anything in ``state``."""
    return db.value(_ANY, owner=owner, viewer=owner, state=state.value) is not None


def any_of(db: Snapshot, owner: AccountId, writer: AccountId) -> PostId | None:
    """Return a reply of one writer that an author's queue holds, whatever was decided; ``None``: there is none."""
    found = db.value(_OF_WRITER, owner=owner, writer=writer)
    return None if found is None else PostId(found)


def counts(db: Snapshot, owner: AccountId) -> dict[ReplyState, int]:
    """Count what an author's queue shows, by state."""
    return {ReplyState(state): int(count) for state, count in db.all(_COUNTS, owner=owner, viewer=owner)}


def count_in(db: Snapshot, owner: AccountId, writer: AccountId, state: ReplyState) -> int:
    """Count what one author has of one writer in ``state``."""
    return int(db.value(_COUNT, owner=owner, writer=writer, state=state.value))


def decide(tx: Transaction, of: PostId, state: ReplyState, at: Instant) -> None:
    """Write what an author decided."""
    tx.run(_DECIDE, target=of, new=state.value, at=at)


def delete_one(tx: Transaction, of: PostId) -> None:
    """Remove one."""
    tx.run(_DELETE, target=of)


def rule_of(db: Snapshot, owner: AccountId, writer: AccountId) -> ReplyState | None:
    """Return what becomes at once of what ``writer`` replies to ``owner``, if anything particular."""
    found = db.value(_RULE, owner=owner, writer=writer)
    return None if found is None else ReplyState(found)


def set_rule(tx: Transaction, owner: AccountId, writer: AccountId, state: ReplyState | None) -> None:
    """Write it; ``None``: nothing particular."""
    if state is None:
        tx.run(_DELETE_RULE, of=owner, about=writer)
    else:
        tx.run(_SET_RULE, owner=owner, writer=writer, reply_state=state.value)


def come_out(tx: Transaction, out: Post, mentions: str) -> None:
    """Let a post that waited be what it was to be, and stand where such a post stands; ``mentions`` as JSON."""
    tx.run(_COME_OUT, target=out.id, shown=out.visibility.value, stands=out.is_listed, addressed=mentions)


def set_hidden(tx: Transaction, of: PostId, *, hidden: bool) -> None:
    """Fold a reply away, or unfold it."""
    tx.run(_SET_HIDDEN, target=of, fold=hidden)


def set_policy(tx: Transaction, of: PostId, policy: ReplyPolicy) -> None:
    """Write who may reply to a post."""
    tx.run(_SET_POLICY, target=of, policy=policy.value)
