"""Finding people: whom to suggest to a member, and the directory of those who do not mind being in it."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

import msgspec
from sqlalchemy import BindParameter, and_, bindparam, exists, func, or_, select

from palabre.accounts.model import Account, Shows
from palabre.accounts.queries import seen_account
from palabre.accounts.rows import account_columns, account_of
from palabre.accounts.tables import account
from palabre.clock import HOUR
from palabre.graph.tables import block, domain_block, follow, follow_request, mute
from palabre.ids import AccountId
from palabre.search.tables import search_active, search_dismissed
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, upsert

DIRECTORY_DEPTH = 1_000
"""People whom one can page through."""
_CANDIDATES = 200
_ACTIVE = 400
"""So many who spoke last are looked at for the most followed of them."""
_PATHS = 10_000
"""Follows of those one follows that are counted; work is bounded, however many they follow."""
_FRIENDS = 100
_FORGET_AT_ONCE = 500

_a = account.c
_viewer: BindParameter[int] = bindparam("viewer")


class Why(StrEnum):
    """Why somebody is suggested."""

    FRIENDS_OF_FRIENDS = "friends_of_friends"
    MOST_FOLLOWED = "most_followed"


class Suggestion(msgspec.Struct, frozen=True):
    """Somebody whom a member may want to follow."""

    account: Account
    why: Why


# Not those who hide whom they follow: suggestions made of it would tell.
_friends = (
    select(follow.c.followed.label("friend"))
    .join_from(follow, account, _a.id == follow.c.followed)
    .where(follow.c.follower == _viewer, _a.shows.bitwise_and(int(Shows.PEOPLE)) != 0)
    .order_by(follow.c.id.desc())
    .limit(_FRIENDS)
    .subquery("newest")
)
_paths = (
    select(follow.c.followed)
    .join_from(_friends, follow, follow.c.follower == _friends.c.friend)
    .limit(_PATHS)
    .subquery()
)
_BY_FRIENDS = statement(
    select(_paths.c.followed)
    .group_by(_paths.c.followed)
    .order_by(func.count().desc(), _paths.c.followed)
    .limit(_CANDIDATES)
)
_LATELY = statement(
    select(search_active.c.account)
    .where(search_active.c.hour > bindparam("since"))
    .order_by(search_active.c.hour.desc(), search_active.c.account.desc())
    .limit(_ACTIVE)
)
_known = or_(
    exists().where(follow.c.follower == _viewer, follow.c.followed == _a.id),
    exists().where(follow_request.c.follower == _viewer, follow_request.c.followed == _a.id),
    exists().where(search_dismissed.c.account == _viewer, search_dismissed.c.target == _a.id),
)
_unwanted = or_(
    exists().where(block.c.account == _viewer, block.c.target == _a.id),
    exists().where(block.c.account == _a.id, block.c.target == _viewer),
    exists().where(
        mute.c.account == _viewer,
        mute.c.target == _a.id,
        or_(mute.c.expires.is_(None), mute.c.expires > bindparam("now")),
    ),
    exists().where(domain_block.c.account == _viewer, domain_block.c.domain == _a.domain),
)
_shown = and_(_a.discoverable, _a.standing == "active", ~_a.limited)
_SUGGESTED = statement(
    select(*account_columns()).where(among(_a.id, "ids"), _shown, _a.id != _viewer, ~_known, ~_unwanted)
)
_NEW = statement(
    select(*account_columns())
    .where(_a.id < bindparam("top"), _shown, or_(_a.domain == "", bindparam("remote") == 1), ~_unwanted)
    .order_by(_a.id.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_SPOKE = statement(
    select(*account_columns())
    .join_from(search_active, account, _a.id == search_active.c.account)
    .where(
        search_active.c.hour > bindparam("since"), _shown, or_(_a.domain == "", bindparam("remote") == 1), ~_unwanted
    )
    .order_by(search_active.c.hour.desc(), search_active.c.account.desc())
    .limit(bindparam("most"))
    .offset(bindparam("skip"))
)
_KNOWN_HOURS = statement(
    select(search_active.c.account).where(
        among(search_active.c.account, "ids"), search_active.c.hour == bindparam("hour")
    )
)
_SPEAK = upsert(search_active, key=["account"], change=["hour"])
_DISMISS = insert(search_dismissed, ignore=True)
_QUIET = delete(search_active, search_active.c.account == bindparam("gone"))
_FORGET_DISMISSED = delete(search_dismissed, search_dismissed.c.account == bindparam("gone"))
_DISMISSING = statement(
    select(search_dismissed.c.account).where(search_dismissed.c.target == bindparam("gone")).limit(bindparam("most"))
)
_FORGET_DISMISSING = delete(
    search_dismissed, search_dismissed.c.target == bindparam("gone"), among(search_dismissed.c.account, "ids")
)


def suggestions(db: Snapshot, viewer: AccountId, *, limit: int) -> list[Suggestion]:
    """Return people whom ``viewer`` may want to follow. Three statements; for the slow reader.

    First those whom many of the viewer's newest hundred follows follow, as far as these show whom they follow; then
    the most followed of those who spoke last. Never those who do not want to be discovered, whom the viewer follows,
    asked, hid or dismissed, or who block the viewer.
    """
    by_friends = [AccountId(each) for each in db.column(_BY_FRIENDS, viewer=viewer)]
    lately = [AccountId(each) for each in db.column(_LATELY, since=-1)]
    rows = db.all(_SUGGESTED, viewer=viewer, now=db.now, ids=list({*by_friends, *lately}))
    found = {each.id: each for each in map(account_of, rows)}
    first = [Suggestion(found[each], Why.FRIENDS_OF_FRIENDS) for each in by_friends if each in found]
    rest = [found[each] for each in lately if each in found and each not in set(by_friends)]
    rest.sort(key=lambda each: (-each.followers_count, each.id))
    return [*first, *(Suggestion(each, Why.MOST_FOLLOWED) for each in rest)][:limit]


def directory(
    db: Snapshot, viewer: AccountId | None, *, limit: int, offset: int = 0, newest: bool = False, local: bool = False
) -> list[Account]:
    """Return people who want to be discovered: who spoke last first, or who joined last. One statement.

    Whom the viewer blocks or mutes, alone or with a whole network, and who blocks the viewer, is left out.
    """
    most = min(limit, DIRECTORY_DEPTH - offset)
    if most <= 0:
        return []
    about = {"viewer": viewer or 0, "now": db.now, "remote": 0 if local else 1, "most": most, "skip": offset}
    rows = db.all(_NEW, top=(1 << 63) - 1, **about) if newest else db.all(_SPOKE, since=-1, **about)
    return [account_of(row) for row in rows]


def dismiss(tx: Transaction, viewer: AccountId, target: AccountId) -> None:
    """Suggest ``target`` to ``viewer`` no more; a second time changes nothing.

    Raises:
        AccountNotFound: there is no such account, or it may not be seen.

    """
    seen_account(tx, viewer, target)
    tx.run(_DISMISS, account=viewer, target=target)


def note_activity(tx: Transaction, authors: Collection[AccountId]) -> None:
    """Note that accounts spoke; once an hour for each, so that it costs a busy network little."""
    hour = tx.now // HOUR
    known = set(tx.column(_KNOWN_HOURS, ids=list(authors), hour=hour))
    tx.run_many(_SPEAK, ({"account": each, "hour": hour} for each in authors if each not in known))


def forget_activity(tx: Transaction, gone: AccountId) -> None:
    """Forget when a deleted account spoke last."""
    tx.run(_QUIET, gone=gone)


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """Remove a slice of whom a deleted account has dismissed and who dismissed it; return whether nothing is left."""
    forget_activity(tx, gone)
    tx.run(_FORGET_DISMISSED, gone=gone)
    found = tx.column(_DISMISSING, gone=gone, most=_FORGET_AT_ONCE)
    if found:
        tx.run(_FORGET_DISMISSING, gone=gone, ids=found)
    return len(found) < _FORGET_AT_ONCE
