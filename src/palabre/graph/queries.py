"""Who follows, mutes and blocks whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from palabre.accounts.model import Account, Shows
from palabre.accounts.queries import seen_account
from palabre.graph import sql
from palabre.graph.model import Follow, Mute, Relationship
from palabre.graph.search import search_accounts
from palabre.ids import AccountId
from palabre.paging import Slice, Window, cut
from palabre.store import Snapshot

_COUNT_MOST = 1_000


class Hidden(msgspec.Struct, frozen=True):
    """Whom a viewer is not shown, or not shown to."""

    blocking: frozenset[AccountId] = frozenset()
    blocked_by: frozenset[AccountId] = frozenset()
    muting: frozenset[AccountId] = frozenset()
    silencing: frozenset[AccountId] = frozenset()
    """Those of the muted of whom the viewer is told nothing either."""

    def hides(self, account: AccountId) -> bool:
        """Tell whether a list that the viewer reads leaves ``account`` out."""
        return account in self.blocking or account in self.blocked_by or account in self.muting


NOBODY = Hidden()


def relationships(db: Snapshot, viewer: AccountId, ids: Collection[AccountId]) -> list[Relationship]:
    """Return how ``viewer`` stands to each of ``ids``, in their order: one statement."""
    found = sql.relationships(db, viewer, ids) if ids else {}
    return [found.get(other) or Relationship(account=other) for other in ids]


def relationship(db: Snapshot, viewer: AccountId, other: AccountId) -> Relationship:
    """Return how ``viewer`` stands to ``other``."""
    return relationships(db, viewer, [other])[0]


def followers_page(db: Snapshot, viewer: AccountId | None, account: AccountId, window: Window) -> Slice[Account]:
    """Return the followers of ``account``, the newest first, without those whom the viewer would not see.

    None if it does not show them, except to itself.

    Raises:
        AccountNotFound: there is no such account, or it may not be seen.

    """
    return _shown(db, viewer, account, sql.followers(db, account, window))


def following_page(db: Snapshot, viewer: AccountId | None, account: AccountId, window: Window) -> Slice[Account]:
    """Return whom ``account`` follows, as :func:`followers_page` does."""
    return _shown(db, viewer, account, sql.following(db, account, window))


def _shown(db: Snapshot, viewer: AccountId | None, account: AccountId, rows: sql.Rows) -> Slice[Account]:
    owner = seen_account(db, viewer, account)
    page: Slice[Account] = cut(rows)
    if viewer != account and not owner.shows & Shows.PEOPLE:
        return Slice([], None, None)
    if viewer is None or viewer == account:
        return page if owner.standing == "active" or viewer == account else Slice([], None, None)
    hidden = hidden_among(db, viewer, [account, *(each.id for each in page.items)])
    if owner.standing != "active" or account in hidden.blocked_by or account in hidden.blocking:
        return Slice([], None, None)
    return page.showing([each for each in page.items if not hidden.hides(each.id)])


def requests_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[Account]:
    """Return who asks to follow the viewer."""
    return cut(sql.requests(db, viewer, window))


def requests_count(db: Snapshot, viewer: AccountId) -> int:
    """Count who asks to follow the viewer, up to a thousand."""
    return sql.requests_count(db, viewer, _COUNT_MOST)


def blocks_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[Account]:
    """Return whom the viewer blocks."""
    return cut(sql.blocks(db, viewer, window))


def mutes_page(db: Snapshot, viewer: AccountId, window: Window) -> Slice[tuple[Account, Mute]]:
    """Return whom the viewer mutes, and how; a mute whose time is over is not there."""
    return cut(sql.mutes(db, viewer, window))


def followed_among(db: Snapshot, viewer: AccountId, ids: Collection[AccountId]) -> set[AccountId]:
    """Return which of ``ids`` the viewer follows."""
    return sql.followed_among(db, viewer, ids) if ids else set()


def followers_among(db: Snapshot, viewer: AccountId, ids: Collection[AccountId]) -> set[AccountId]:
    """Return which of ``ids`` follow the viewer."""
    return sql.followers_among(db, viewer, ids) if ids else set()


def follows_of(db: Snapshot, follower: AccountId) -> list[Follow]:
    """Return everybody whom an account follows, and how."""
    return sql.follows_of(db, follower)


def watched_among(db: Snapshot, ids: Collection[AccountId]) -> set[AccountId]:
    """Return which of ``ids`` have a follower who asked to be told of every post. One statement."""
    return sql.watched_among(db, ids) if ids else set()


def watchers_of(db: Snapshot, author: AccountId, *, after: int = 0, most: int = 500) -> list[AccountId]:
    """Return followers who asked to be told of every post of ``author``: those above ``after``, by id."""
    return sql.watchers(db, author, after, most)


def tellable(db: Snapshot, pairs: Collection[tuple[AccountId, AccountId]]) -> set[tuple[AccountId, AccountId]]:
    """Return of which ``(actor, member)`` the member may be told of what the actor does: one statement.

    Active members who neither block nor mute (with notifications) the actor, and whom the actor does not block.
    """
    return sql.tellable(db, pairs) if pairs else set()


def hidden_from(db: Snapshot, viewer: AccountId) -> Hidden:
    """Return all whom the viewer blocks, is blocked by and mutes: one statement."""
    return _hidden(sql.hidden(db, viewer, None))


def hidden_among(db: Snapshot, viewer: AccountId, ids: Collection[AccountId]) -> Hidden:
    """Return whom of ``ids`` the viewer blocks, is blocked by and mutes: one statement."""
    return _hidden(sql.hidden(db, viewer, ids)) if ids else NOBODY


def _hidden(rows: Iterable[tuple[str, AccountId]]) -> Hidden:
    by_kind: dict[str, set[AccountId]] = {"block": set(), "blocked": set(), "mute": set(), "silence": set()}
    for kind, other in rows:
        for each in ("mute", "silence") if kind == "domain" else (kind,):
            by_kind[each].add(other)
    if not any(by_kind.values()):
        return NOBODY
    return Hidden(*(frozenset(by_kind[kind]) for kind in ("block", "blocked", "mute", "silence")))


__all__ = [
    "NOBODY", "Hidden", "blocks_page", "followed_among", "followers_among", "followers_page", "following_page",
    "follows_of", "hidden_among", "hidden_from", "mutes_page", "relationship", "relationships", "requests_count",
    "requests_page", "search_accounts", "tellable",
    "watchers_of",
]  # fmt: skip
