"""Following, muting and blocking. Doing a thing twice is no error; a fact is stated only when something changed."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from palabre import jobs, journal
from palabre.accounts.actions import record_follow
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Account, Standing
from palabre.accounts.queries import account
from palabre.clock import Instant
from palabre.graph import circles_sql, curation_sql, errors, leaving_sql, lists_sql, sql
from palabre.graph.events import (
    Blocked,
    DomainBlocksChanged,
    Followed,
    FollowRequested,
    FollowRequestEnded,
    ListChanged,
    Muted,
    Unblocked,
    Unendorsed,
    Unfollowed,
    Unmuted,
)
from palabre.graph.model import Follow, Mute
from palabre.graph.rules import good_domain
from palabre.ids import AccountId, new_id
from palabre.store import Transaction

END_MUTE = "graph.end_mute"
"""The job that ends a mute when its time is over, for :func:`end_expired_mute`."""

_REQUESTS_AT_ONCE = 500
_TIES_AT_ONCE = 200


class Muting(msgspec.Struct, frozen=True):
    """Who mutes whom."""

    account: AccountId
    target: AccountId


def follow(
    tx: Transaction,
    viewer: AccountId,
    target: AccountId,
    *,
    show_reposts: bool | None = None,
    notify: bool | None = None,
    languages: tuple[str, ...] | None = None,
) -> None:
    """Follow ``target``, or ask to if it is locked; change the options of a follow that is there already.

    Options that are ``None`` stay as they are: at first, reposts are shown, nobody is notified, all languages.

    Raises:
        NotOneself: the viewer is the target.
        AccountNotFound: there is no such account, or it is not active.
        FollowNotAllowed: one of the two blocks the other.

    """
    followed = other_account(tx, viewer, target, active=True)
    if sql.block_either_way(tx, viewer, target):
        raise errors.FollowNotAllowed
    options = {
        name: value
        for name, value in (("show_reposts", show_reposts), ("notify", notify), ("languages", languages))
        if value is not None
    }
    for asked, before in ((False, sql.follow(tx, viewer, target)), (True, sql.request(tx, viewer, target))):
        if before is not None:
            changed = msgspec.structs.replace(before, **options)
            if changed != before:
                sql.change_follow(tx, changed, asked=asked)
                if not asked:
                    journal.record(tx, Followed(id=before.id, follower=viewer, followed=target, new=False))
            return
    made = msgspec.structs.replace(Follow(id=new_id(tx.now), follower=viewer, followed=target), **options)
    if followed.locked or not followed.is_local:
        sql.insert_follow(tx, made, asked=True)
        journal.record(tx, FollowRequested(id=made.id, follower=viewer, followed=target))
    else:
        _begin(tx, made)


def _begin(tx: Transaction, made: Follow) -> None:
    sql.insert_follow(tx, made)
    record_follow(tx, made.follower, made.followed)
    journal.record(tx, Followed(id=made.id, follower=made.follower, followed=made.followed))


def unfollow(tx: Transaction, viewer: AccountId, target: AccountId) -> None:
    """Stop following ``target``, or take the request back."""
    _end(tx, viewer, target)
    _end_request(tx, viewer, target)


def _end(tx: Transaction, follower: AccountId, followed: AccountId) -> None:
    if sql.delete_follow(tx, follower, followed):
        record_follow(tx, follower, followed, -1)
        _leave_lists(tx, follower, followed)
        if circles_sql.delete_endorsement(tx, follower, followed):
            journal.record(tx, Unendorsed(account=follower, target=followed))
        journal.record(tx, Unfollowed(follower=follower, followed=followed))


def _end_request(tx: Transaction, follower: AccountId, followed: AccountId) -> None:
    if sql.delete_request(tx, follower, followed):
        _leave_lists(tx, follower, followed)
        journal.record(tx, FollowRequestEnded(follower=follower, followed=followed, accepted=False))


def _leave_lists(tx: Transaction, owner: AccountId, member: AccountId) -> None:
    for number in lists_sql.leave_all(tx, owner, member):
        journal.record(tx, ListChanged(account=owner, list=number))


def accept_request(tx: Transaction, viewer: AccountId, follower: AccountId) -> None:
    """Let ``follower`` follow the viewer, with the options of the request.

    Raises:
        NoRequest: ``follower`` does not ask to.

    """
    asked = sql.request(tx, follower, viewer)
    if asked is None:
        raise errors.NoRequest
    _accept(tx, asked)


def _accept(tx: Transaction, asked: Follow) -> None:
    sql.delete_request(tx, asked.follower, asked.followed)
    journal.record(tx, FollowRequestEnded(follower=asked.follower, followed=asked.followed, accepted=True))
    if sql.follow(tx, asked.follower, asked.followed) is None:
        _begin(tx, msgspec.structs.replace(asked, id=new_id(tx.now)))


def accept_all_requests(tx: Transaction, viewer: AccountId) -> bool:
    """Accept the oldest requests, up to 500; tell whether there may be more. For who is no longer locked."""
    waiting = sql.requests_to(tx, viewer, _REQUESTS_AT_ONCE)
    for asked in waiting:
        _accept(tx, asked)
    return len(waiting) == _REQUESTS_AT_ONCE


def refuse_request(tx: Transaction, viewer: AccountId, follower: AccountId) -> None:
    """Decline a request. The follower is not told.

    Raises:
        NoRequest: ``follower`` does not ask to.

    """
    if sql.request(tx, follower, viewer) is None:
        raise errors.NoRequest
    _end_request(tx, follower, viewer)


def remove_follower(tx: Transaction, viewer: AccountId, follower: AccountId) -> None:
    """Make ``follower`` no longer follow the viewer. He is not told, and may follow again."""
    _end(tx, follower, viewer)
    _end_request(tx, follower, viewer)


def block(tx: Transaction, viewer: AccountId, target: AccountId) -> None:
    """Neither sees the other any more: follows and requests end both ways.

    Raises:
        NotOneself: the viewer is the target.
        AccountNotFound: there is no such account.

    """
    other_account(tx, viewer, target)
    if not sql.insert_block(tx, new_id(tx.now), viewer, target):
        return
    for one, other in ((viewer, target), (target, viewer)):
        _end(tx, one, other)
        _end_request(tx, one, other)
    curation_sql.part(tx, viewer, target)
    journal.record(tx, Blocked(account=viewer, target=target))


def unblock(tx: Transaction, viewer: AccountId, target: AccountId) -> None:
    """End a block. Nobody follows anybody again by that."""
    if sql.delete_block(tx, viewer, target):
        journal.record(tx, Unblocked(account=viewer, target=target))


def mute(
    tx: Transaction,
    viewer: AccountId,
    target: AccountId,
    *,
    notifications: bool = True,
    duration_ms: int | None = None,
) -> None:
    """No longer show ``target`` to the viewer, who goes on following; ``target`` is not told.

    ``duration_ms`` of ``None`` or 0 means until it is taken back.

    Raises:
        NotOneself: the viewer is the target.
        AccountNotFound: there is no such account.
        DurationInvalid: a negative duration.

    """
    other_account(tx, viewer, target)
    if duration_ms is not None and duration_ms < 0:
        raise errors.DurationInvalid(field="duration")
    expires = Instant(tx.now + duration_ms) if duration_ms else None
    before = sql.mute(tx, viewer, target)
    if before is None:
        made = Mute(id=new_id(tx.now), account=viewer, target=target, notifications=notifications, expires=expires)
        sql.insert_mute(tx, made)
    else:
        changed = msgspec.structs.replace(before, notifications=notifications, expires=expires)
        if changed == before:
            return
        sql.change_mute(tx, changed)
    if expires is not None:
        jobs.enqueue(tx, END_MUTE, Muting(viewer, target), at=expires)
    journal.record(tx, Muted(account=viewer, target=target))


def unmute(tx: Transaction, viewer: AccountId, target: AccountId) -> None:
    """Show ``target`` again."""
    if sql.delete_mute(tx, viewer, target):
        journal.record(tx, Unmuted(account=viewer, target=target))


def end_expired_mute(tx: Transaction, muting: Muting) -> bool:
    """End a mute if its time is over; it may have been prolonged since the job was made."""
    if sql.delete_expired_mute(tx, muting.account, muting.target):
        journal.record(tx, Unmuted(account=muting.account, target=muting.target))
    return True


def forget_member(tx: Transaction, gone: AccountId) -> bool:
    """End a slice of the ties of a deleted account, both ways; return whether none is left."""
    enders: dict[str, Callable[[Transaction, AccountId, AccountId], None]] = {
        "follow": _end,
        "request": _end_request,
        "block": unblock,
        "mute": unmute,
    }
    for kind, end in enders.items():
        found = leaving_sql.ties(tx, gone, kind, most=_TIES_AT_ONCE)
        for one, other in found:
            end(tx, one, other)
        if found:
            return False
    leaving_sql.forget_circles(tx, gone)
    return True


def other_account(tx: Transaction, viewer: AccountId, target: AccountId, *, active: bool = False) -> Account:
    """Return the account that the viewer wants to do something about.

    Raises:
        NotOneself: it is the viewer's.
        AccountNotFound: there is no such account, or with ``active`` it is not active.

    """
    if viewer == target:
        raise errors.NotOneself
    found = account(tx, target)
    if found is None or found.standing is Standing.PENDING or (active and found.standing is not Standing.ACTIVE):
        raise AccountNotFound
    return found


_DOMAIN_AT_ONCE = 500


def block_domain(tx: Transaction, viewer: AccountId, domain: str) -> bool:
    """Show the viewer nothing of a network, and end what binds him to its people, up to 500; tell if more is left.

    Raises:
        DomainInvalid: it is no domain.

    """
    name = good_domain(domain)
    if circles_sql.insert_domain(tx, new_id(tx.now), viewer, name):
        journal.record(tx, DomainBlocksChanged(account=viewer))
    bound = circles_sql.bound_to(tx, viewer, name, _DOMAIN_AT_ONCE)
    for other in bound:
        for one, two in ((viewer, other), (other, viewer)):
            _end(tx, one, two)
            _end_request(tx, one, two)
    return len(bound) >= _DOMAIN_AT_ONCE  # of each of four kinds of ties there may be so many


def unblock_domain(tx: Transaction, viewer: AccountId, domain: str) -> None:
    """Show a network again. Nobody follows anybody again by that."""
    if circles_sql.delete_domain(tx, viewer, domain.strip().lower()):
        journal.record(tx, DomainBlocksChanged(account=viewer))
