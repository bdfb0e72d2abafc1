"""The bodies of webhooks: an event, its time, and what it is about in the words of the client API."""

from __future__ import annotations

from typing import Any

import msgspec

from palabre.accounts.model import Account, Standing
from palabre.accounts.queries import account as account_of
from palabre.api.mastodon.entities.account import account
from palabre.api.mastodon.entities.report import report
from palabre.api.mastodon.pages import post_json
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import iso
from palabre.edge.site import Site
from palabre.errors import NotFound
from palabre.graph.queries import followers_among, tellable
from palabre.hooks.model import Event
from palabre.hooks.queries import Due
from palabre.ids import AccountId, Kind, PostId
from palabre.moderation.queries import report_view
from palabre.store import Snapshot


async def body_of(site: Site, found: Due) -> bytes | None:
    """Write what a program is told; ``None`` if its owner does not see it any more.

    What is said of posts and accounts is what the owner would get from the client API in this moment. Programs of
    administrators get what anybody may read, and of sign-ups and reports what administrators see.
    """
    try:
        told = await _object(site, found)
    except NotFound:
        return None
    if told is None:
        return None
    delivery = found.delivery
    return msgspec.json.encode(
        {"event": delivery.event.value, "created_at": iso(delivery.created), "object": msgspec.Raw(told)}
    )


async def _object(site: Site, found: Due) -> bytes | None:
    delivery = found.delivery
    match delivery.event:
        case Event.PING:
            return b"{}"
        case Event.STATUS_CREATED | Event.MENTION_CREATED:
            viewer = None if found.hook.for_admins else found.hook.account
            return await post_json(site, viewer, PostId(delivery.subject))
        case Event.FOLLOW_CREATED:
            follower = await site.db.read(_follower, found.hook.account, AccountId(delivery.subject))
            return None if follower is None else msgspec.json.encode(account(site.part(Pieces).names, follower))
        case Event.ACCOUNT_CREATED:
            return await _account(site, AccountId(delivery.subject))
        case Event.REPORT_CREATED:
            return await _report(site, delivery.subject)


def _follower(db: Snapshot, owner: AccountId, number: AccountId) -> Account | None:
    """Load a follower, unless he is away, follows no more, or the owner is not to be told of him any more."""
    who = account_of(db, number)
    if who is None or who.standing is not Standing.ACTIVE or not followers_among(db, owner, [number]):
        return None
    return who if tellable(db, {(number, owner)}) else None


async def _account(site: Site, number: AccountId) -> bytes | None:
    """Write an account with what administrators see, of which there is less here than on Mastodon."""
    who = await site.db.read(account_of, number)
    if who is None:
        return None
    shown = account(site.part(Pieces).names, who)
    more: dict[str, Any] = {
        "id": shown.id,
        "username": who.username,
        "domain": None,
        "created_at": iso(who.created),
        "approved": who.standing is not Standing.PENDING,
        "account": shown,
    }
    return msgspec.json.encode(more)


async def _report(site: Site, number: int) -> bytes | None:
    view = await site.db.read(report_view, number)
    if view is None:
        return None
    reporter = None if view.reporter is None else site.ids.encode(Kind.ACCOUNT, view.reporter.id)
    made = msgspec.to_builtins(report(site.part(Pieces).names, view.report, view.target))
    return msgspec.json.encode({**made, "account_id": reporter})
