"""What happens between accounts."""

from __future__ import annotations

from palabre.events import Event
from palabre.ids import AccountId


class Followed(Event, frozen=True, kw_only=True, tag="graph.followed"):
    """``follower`` now follows ``followed`` (or changed how)."""

    id: int
    follower: AccountId
    followed: AccountId
    new: bool = True
    """False when only the options of an existing follow changed."""


class FollowRequested(Event, frozen=True, kw_only=True, tag="graph.follow_requested"):
    """``follower`` asks to follow a locked account."""

    id: int
    follower: AccountId
    followed: AccountId


class FollowRequestEnded(Event, frozen=True, kw_only=True, tag="graph.follow_request_ended"):
    """A request was accepted, refused or taken back."""

    follower: AccountId
    followed: AccountId
    accepted: bool


class Unfollowed(Event, frozen=True, kw_only=True, tag="graph.unfollowed"):
    """``follower`` no longer follows ``followed``, whoever ended it."""

    follower: AccountId
    followed: AccountId


class Blocked(Event, frozen=True, kw_only=True, tag="graph.blocked"):
    """``account`` blocks ``target``."""

    account: AccountId
    target: AccountId


class Unblocked(Event, frozen=True, kw_only=True, tag="graph.unblocked"):
    """``account`` no longer blocks ``target``."""

    account: AccountId
    target: AccountId


class Muted(Event, frozen=True, kw_only=True, tag="graph.muted"):
    """``account`` mutes ``target``, or changed how."""

    account: AccountId
    target: AccountId


class Unmuted(Event, frozen=True, kw_only=True, tag="graph.unmuted"):
    """``account`` no longer mutes ``target``."""

    account: AccountId
    target: AccountId


class DomainBlocksChanged(Event, frozen=True, kw_only=True, tag="graph.domain_blocks_changed"):
    """``account`` blocks other domains now."""

    account: AccountId


class ListChanged(Event, frozen=True, kw_only=True, tag="graph.list_changed"):
    """A list of ``account`` was made, changed or removed, or somebody joined or left it."""

    account: AccountId
    list: int


class CollectionChanged(Event, frozen=True, kw_only=True, tag="graph.collection_changed"):
    """A collection of ``account`` was made, changed or removed, or somebody joined or left it."""

    account: AccountId
    collection: int


class PutIntoCollection(Event, frozen=True, kw_only=True, tag="graph.collected"):
    """``account`` has put ``member`` into a collection of its."""

    account: AccountId
    collection: int
    member: AccountId


class TakenOutOfCollection(Event, frozen=True, kw_only=True, tag="graph.uncollected"):
    """``member`` is in a collection no longer; 0: nobody is, since it is gone."""

    collection: int
    member: AccountId = AccountId(0)


class CollectionReworded(Event, frozen=True, kw_only=True, tag="graph.collection_reworded"):
    """A collection of ``account`` says something else of itself."""

    account: AccountId
    collection: int


class Endorsed(Event, frozen=True, kw_only=True, tag="graph.endorsed"):
    """``account`` shows ``target`` on its profile."""

    account: AccountId
    target: AccountId


class Unendorsed(Event, frozen=True, kw_only=True, tag="graph.unendorsed"):
    """``account`` no longer shows ``target`` on its profile."""

    account: AccountId
    target: AccountId
