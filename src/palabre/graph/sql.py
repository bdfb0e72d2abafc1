"""All the SQL of follows, requests, mutes and blocks."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
from sqlalchemy import (
    FromClause,
    Select,
    and_,
    bindparam,
    exists,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.elements import BindParameter, ColumnElement

from palabre.accounts.model import Account
from palabre.accounts.rows import account_columns, account_of
from palabre.accounts.tables import account as account_table
from palabre.clock import Instant
from palabre.graph import tables
from palabre.graph.model import Follow, Mute, Relationship
from palabre.ids import AccountId
from palabre.paging import Window
from palabre.store import (
    Snapshot,
    Transaction,
    about_pairs,
    among,
    delete,
    insert,
    pair_parameters,
    statement,
    update,
)
from palabre.store.pages import Pages

_f = tables.follow.c
_r = tables.follow_request.c
_b = tables.block.c
_m = tables.mute.c
_a = account_table.c
_d = tables.domain_block.c
_n = tables.account_note.c
_e = tables.endorsement.c

_languages = msgspec.json.Decoder(tuple[str, ...]).decode
_viewer: BindParameter[int] = bindparam("viewer")
_target: BindParameter[int] = bindparam("target")
_actor: BindParameter[int] = bindparam("actor")
_mute_lasts = or_(_m.expires.is_(None), _m.expires > bindparam("now"))

# One account and another


def _follow_between(table: Any) -> Any:
    return and_(table.c.follower == bindparam("by"), table.c.followed == bindparam("of"))


def _edge_between(table: Any) -> Any:
    return and_(table.c.account == _viewer, table.c.target == _target)


_FOLLOW = statement(select(_f.id, _f.show_reposts, _f.notify, _f.languages).where(_follow_between(tables.follow)))
_REQUEST = statement(
    select(_r.id, _r.show_reposts, _r.notify, _r.languages).where(_follow_between(tables.follow_request))
)
_INSERT_FOLLOW = insert(tables.follow)
_INSERT_REQUEST = insert(tables.follow_request)
_OPTIONS: dict[str, Any] = {
    "show_reposts": bindparam("reposts"),
    "notify": bindparam("notified"),
    "languages": bindparam("tongues"),
}
_CHANGE_FOLLOW = update(tables.follow, _follow_between(tables.follow), **_OPTIONS)
_CHANGE_REQUEST = update(tables.follow_request, _follow_between(tables.follow_request), **_OPTIONS)
_DELETE_FOLLOW = delete(tables.follow, _follow_between(tables.follow))
_DELETE_REQUEST = delete(tables.follow_request, _follow_between(tables.follow_request))
_REQUESTS_TO = statement(
    select(_r.id, _r.follower, _r.show_reposts, _r.notify, _r.languages)
    .where(_r.followed == _viewer)
    .order_by(_r.id)
    .limit(bindparam("most"))
)
_BLOCK_EITHER_WAY = statement(
    select(literal(1).label("found"))
    .select_from(tables.block)
    .where(or_(_edge_between(tables.block), and_(_b.account == _target, _b.target == _viewer)))
)
_INSERT_BLOCK = insert(tables.block, ignore=True)
_DELETE_BLOCK = delete(tables.block, _edge_between(tables.block))
_MUTE = statement(select(_m.id, _m.notifications, _m.expires).where(_edge_between(tables.mute)))
_INSERT_MUTE = insert(tables.mute)
_CHANGE_MUTE = update(
    tables.mute, _edge_between(tables.mute), notifications=bindparam("hushed"), expires=bindparam("until")
)
_DELETE_MUTE = delete(tables.mute, _edge_between(tables.mute))
_DELETE_EXPIRED_MUTE = delete(tables.mute, _edge_between(tables.mute), _m.expires <= bindparam("now"))

# How a viewer stands to many


def _part(
    kind: str,
    table: Any,
    other: ColumnElement[int],
    mine: ColumnElement[int],
    options: tuple[Any, ...],
    *more: ColumnElement[bool],
) -> Any:
    named = (option.label(f"option_{place}") for place, option in enumerate(options))
    columns = (literal(kind).label("kind"), other.label("other"), *named)
    return select(*columns).select_from(table).where(mine == _viewer, among(other, "ids"), *more)


_domain_of = tables.domain_block.join(account_table, _a.domain == _d.domain)
_nothing = (null(), null(), null(), null())
_with_options = (_f.show_reposts, _f.notify, _f.languages, null())
_with_end = (_m.notifications, null(), null(), _m.expires)
_RELATIONSHIPS = statement(
    union_all(  # PostgreSQL takes the type of a column from the first two that it meets: those with values come first
        _part("mute", tables.mute, _m.target, _m.account, _with_end, _mute_lasts),
        _part("follow", tables.follow, _f.followed, _f.follower, _with_options),
        _part("followed", tables.follow, _f.follower, _f.followed, _nothing),
        _part("request", tables.follow_request, _r.followed, _r.follower, _nothing),
        _part("requested", tables.follow_request, _r.follower, _r.followed, _nothing),
        _part("block", tables.block, _b.target, _b.account, _nothing),
        _part("blocked", tables.block, _b.account, _b.target, _nothing),
        _part("note", tables.account_note, _n.target, _n.account, (null(), null(), _n.text, null())),
        _part("endorsed", tables.endorsement, _e.target, _e.account, _nothing),
        _part("domain", _domain_of, _a.id, _d.account, _nothing),
    )
)


def _hidden(*, few: bool) -> Any:
    def part(kind: str, other: ColumnElement[int], mine: ColumnElement[int], *more: ColumnElement[bool]) -> Any:
        inside = (among(other, "ids"),) if few else ()
        return select(literal(kind).label("kind"), other.label("other")).where(mine == _viewer, *inside, *more)

    return union_all(
        part("block", _b.target, _b.account),
        part("blocked", _b.account, _b.target),
        part("mute", _m.target, _m.account, _mute_lasts),
        part("silence", _m.target, _m.account, _mute_lasts, _m.notifications),
        part("domain", _a.id, _d.account, _a.domain == _d.domain, _a.domain != literal_column("''")),
    )


_HIDDEN = statement(_hidden(few=False))
_HIDDEN_AMONG = statement(_hidden(few=True))
_FOLLOWED_AMONG = statement(select(_f.followed).where(_f.follower == _viewer, among(_f.followed, "ids")))
_FOLLOWING_ME_AMONG = statement(select(_f.follower).where(_f.followed == _viewer, among(_f.follower, "ids")))
_FOLLOWS_OF = statement(
    select(_f.id, _f.followed, _f.show_reposts, _f.notify, _f.languages)
    .where(_f.follower == bindparam("follower"))
    .order_by(_f.id)
)
_WATCHERS = statement(
    select(_f.follower)
    .where(_f.followed == bindparam("author"), _f.notify, _f.follower > bindparam("after"))
    .order_by(_f.follower)
    .limit(bindparam("most"))
)
_WATCHED_AMONG = statement(select(_f.followed).where(among(_f.followed, "ids"), _f.notify).distinct())
_other = account_table.alias("other_account")


def _tellable(pair: FromClause) -> Select[tuple[int, int]]:
    actor, told = pair.c.first, pair.c.second
    return (
        select(actor, told)
        .join_from(pair, account_table, _a.id == told)
        .where(
            _a.domain == "",
            _a.standing == "active",
            ~exists().where(_b.account == told, _b.target == actor),
            ~exists().where(_b.account == actor, _b.target == told),
            ~exists().where(_m.account == told, _m.target == actor, _m.notifications.is_(True), _mute_lasts),
            ~exists().where(_d.account == told, _d.domain == _other.c.domain, _other.c.id == actor),
        )
    )


_TELLABLE = about_pairs(_tellable)
_REQUESTS_COUNT = statement(select(_r.id).where(_r.followed == _viewer).limit(bindparam("most")))

# Pages

_seen = _a.standing == "active"
_FOLLOWERS = Pages(
    select(_f.id, *account_columns())
    .join_from(tables.follow, account_table, _a.id == _f.follower)
    .where(_f.followed == bindparam("account"), _seen),
    _f.id,
)
_FOLLOWING = Pages(
    select(_f.id, *account_columns())
    .join_from(tables.follow, account_table, _a.id == _f.followed)
    .where(_f.follower == bindparam("account"), _seen),
    _f.id,
)
_REQUESTS = Pages(
    select(_r.id, *account_columns())
    .join_from(tables.follow_request, account_table, _a.id == _r.follower)
    .where(_r.followed == _viewer, _seen),
    _r.id,
)
_BLOCKS = Pages(
    select(_b.id, *account_columns())
    .join_from(tables.block, account_table, _a.id == _b.target)
    .where(_b.account == _viewer),
    _b.id,
)
_MUTES = Pages(
    select(_m.id, _m.notifications, _m.expires, *account_columns())
    .join_from(tables.mute, account_table, _a.id == _m.target)
    .where(_m.account == _viewer, _mute_lasts),
    _m.id,
)


def _follow_from(row: tuple[Any, ...], follower: AccountId, followed: AccountId) -> Follow:
    number, show_reposts, notify, languages = row
    return Follow(
        id=number,
        follower=follower,
        followed=followed,
        show_reposts=bool(show_reposts),
        notify=bool(notify),
        languages=() if languages == "[]" else _languages(languages),
    )


def follow(db: Snapshot, follower: AccountId, followed: AccountId) -> Follow | None:
    """Load a follow."""
    row = db.one(_FOLLOW, by=follower, of=followed)
    return _follow_from(row, follower, followed) if row else None


def request(db: Snapshot, follower: AccountId, followed: AccountId) -> Follow | None:
    """Load a request to follow."""
    row = db.one(_REQUEST, by=follower, of=followed)
    return _follow_from(row, follower, followed) if row else None


def requests_to(db: Snapshot, viewer: AccountId, most: int) -> list[Follow]:
    """Load the oldest requests to follow the viewer."""
    return [
        _follow_from((number, *options), AccountId(follower), viewer)
        for number, follower, *options in db.all(_REQUESTS_TO, viewer=viewer, most=most)
    ]


def insert_follow(tx: Transaction, new: Follow, *, asked: bool = False) -> None:
    """Add a follow, or with ``asked`` a request."""
    tx.run(
        _INSERT_REQUEST if asked else _INSERT_FOLLOW,
        follower=new.follower,
        followed=new.followed,
        id=new.id,
        show_reposts=new.show_reposts,
        notify=new.notify,
        languages=msgspec.json.encode(new.languages).decode(),
    )


def change_follow(tx: Transaction, changed: Follow, *, asked: bool = False) -> None:
    """Write the options of a follow or a request."""
    tx.run(
        _CHANGE_REQUEST if asked else _CHANGE_FOLLOW,
        by=changed.follower,
        of=changed.followed,
        reposts=changed.show_reposts,
        notified=changed.notify,
        tongues=msgspec.json.encode(changed.languages).decode(),
    )


def delete_follow(tx: Transaction, follower: AccountId, followed: AccountId) -> bool:
    """Remove a follow; tell whether there was one."""
    return tx.change(_DELETE_FOLLOW, by=follower, of=followed) == 1


def delete_request(tx: Transaction, follower: AccountId, followed: AccountId) -> bool:
    """Remove a request; tell whether there was one."""
    return tx.change(_DELETE_REQUEST, by=follower, of=followed) == 1


def block_either_way(db: Snapshot, one: AccountId, other: AccountId) -> bool:
    """Tell whether one of the two blocks the other."""
    return db.one(_BLOCK_EITHER_WAY, viewer=one, target=other) is not None


def insert_block(tx: Transaction, number: int, account: AccountId, target: AccountId) -> bool:
    """Add a block; tell whether it is new."""
    return tx.change(_INSERT_BLOCK, id=number, account=account, target=target) == 1


def delete_block(tx: Transaction, account: AccountId, target: AccountId) -> bool:
    """Remove a block; tell whether there was one."""
    return tx.change(_DELETE_BLOCK, viewer=account, target=target) == 1


def mute(db: Snapshot, account: AccountId, target: AccountId) -> Mute | None:
    """Load a mute, expired or not."""
    row = db.one(_MUTE, viewer=account, target=target)
    if row is None:
        return None
    number, notifications, expires = row
    return Mute(id=number, account=account, target=target, notifications=bool(notifications), expires=expires)


def insert_mute(tx: Transaction, new: Mute) -> None:
    """Add a mute."""
    tx.run(
        _INSERT_MUTE,
        id=new.id,
        account=new.account,
        target=new.target,
        notifications=new.notifications,
        expires=new.expires,
    )


def change_mute(tx: Transaction, changed: Mute) -> None:
    """Write how somebody is muted."""
    tx.run(
        _CHANGE_MUTE,
        viewer=changed.account,
        target=changed.target,
        hushed=changed.notifications,
        until=changed.expires,
    )


def delete_mute(tx: Transaction, account: AccountId, target: AccountId) -> bool:
    """Remove a mute; tell whether there was one."""
    return tx.change(_DELETE_MUTE, viewer=account, target=target) == 1


def delete_expired_mute(tx: Transaction, account: AccountId, target: AccountId) -> bool:
    """Remove a mute whose time is over; tell whether there was one."""
    return tx.change(_DELETE_EXPIRED_MUTE, viewer=account, target=target, now=tx.now) == 1


_YES = {
    "followed": "followed_by",
    "request": "requested",
    "requested": "requested_by",
    "block": "blocking",
    "blocked": "blocked_by",
    "endorsed": "endorsed",
    "domain": "domain_blocking",
}
"""What a row of each other kind means."""


def relationships(db: Snapshot, viewer: AccountId, ids: Iterable[AccountId]) -> dict[AccountId, Relationship]:
    """Load how ``viewer`` stands to accounts: one statement. Those he has nothing to do with are left out."""
    found: dict[AccountId, dict[str, Any]] = {}
    for kind, other, first, second, languages, expires in db.all(
        _RELATIONSHIPS, viewer=viewer, ids=list(ids), now=db.now
    ):
        known = found.setdefault(AccountId(other), {})
        match kind:
            case "follow":
                known |= {
                    "following": True,
                    "showing_reposts": bool(first),
                    "notifying": bool(second),
                    "languages": _languages(languages),
                }
            case "mute":
                known |= {"muting": True, "muting_notifications": bool(first), "muting_expires": expires}
            case "note":
                known["note"] = languages
            case _:
                known[_YES[kind]] = True
    return {account: Relationship(account=account, **known) for account, known in found.items()}


def hidden(db: Snapshot, viewer: AccountId, ids: Iterable[AccountId] | None) -> list[tuple[str, AccountId]]:
    """Load whom the viewer blocks, is blocked by and mutes, each with which it is; of all, or of ``ids``."""
    rows = (
        db.all(_HIDDEN, viewer=viewer, now=db.now)
        if ids is None
        else db.all(_HIDDEN_AMONG, viewer=viewer, now=db.now, ids=list(ids))
    )
    return [(kind, AccountId(other)) for kind, other in rows]


def followed_among(db: Snapshot, viewer: AccountId, ids: Iterable[AccountId]) -> set[AccountId]:
    """Load which of ``ids`` the viewer follows."""
    return set(map(AccountId, db.column(_FOLLOWED_AMONG, viewer=viewer, ids=list(ids))))


def followers_among(db: Snapshot, viewer: AccountId, ids: Iterable[AccountId]) -> set[AccountId]:
    """Load which of ``ids`` follow the viewer."""
    return set(map(AccountId, db.column(_FOLLOWING_ME_AMONG, viewer=viewer, ids=list(ids))))


def follows_of(db: Snapshot, follower: AccountId) -> list[Follow]:
    """Load everybody an account follows, oldest first."""
    return [
        _follow_from((number, *options), follower, AccountId(followed))
        for number, followed, *options in db.all(_FOLLOWS_OF, follower=follower)
    ]


def watched_among(db: Snapshot, ids: Collection[AccountId]) -> set[AccountId]:
    """Return which of ``ids`` have a follower who asked to be told of every post."""
    return {AccountId(number) for number in db.column(_WATCHED_AMONG, ids=list(ids))}


def watchers(db: Snapshot, author: AccountId, after: int, most: int) -> list[AccountId]:
    """Load followers who asked to be told of every post, in the order of their ids."""
    return list(map(AccountId, db.column(_WATCHERS, author=author, after=after, most=most)))


def tellable(db: Snapshot, pairs: Collection[tuple[AccountId, AccountId]]) -> set[tuple[AccountId, AccountId]]:
    """Load of which ``pairs`` the second is a member who may be told of what the first does."""
    rows = db.all(_TELLABLE, now=db.now, **pair_parameters(db.dialect, pairs))
    return {(AccountId(actor), AccountId(told)) for actor, told in rows}


def requests_count(db: Snapshot, viewer: AccountId, most: int) -> int:
    """Count the requests to follow the viewer, up to ``most``."""
    return len(db.all(_REQUESTS_COUNT, viewer=viewer, most=most))


Rows = list[tuple[int, Account]]


def _page(pages: Pages, db: Snapshot, window: Window, **params: Any) -> Rows:
    return [(row[0], account_of(row[1:])) for row in pages.rows(db, window, **params)]


def followers(db: Snapshot, account: AccountId, window: Window) -> Rows:
    """Load the followers of an account, the newest first."""
    return _page(_FOLLOWERS, db, window, account=account)


def following(db: Snapshot, account: AccountId, window: Window) -> Rows:
    """Load whom an account follows, the newest first."""
    return _page(_FOLLOWING, db, window, account=account)


def requests(db: Snapshot, viewer: AccountId, window: Window) -> Rows:
    """Load who asks to follow the viewer."""
    return _page(_REQUESTS, db, window, viewer=viewer)


def blocks(db: Snapshot, viewer: AccountId, window: Window) -> Rows:
    """Load whom the viewer blocks."""
    return _page(_BLOCKS, db, window, viewer=viewer)


def mutes(db: Snapshot, viewer: AccountId, window: Window) -> list[tuple[int, tuple[Account, Mute]]]:
    """Load whom the viewer mutes, and how."""
    found = []
    for row in _MUTES.rows(db, window, viewer=viewer, now=db.now):
        number, notifications, expires = row[:3]
        target = account_of(row[3:])
        kept = Mute(
            id=number,
            account=viewer,
            target=target.id,
            notifications=bool(notifications),
            expires=None if expires is None else Instant(expires),
        )
        found.append((number, (target, kept)))
    return found
