"""What happens to accounts."""

from __future__ import annotations

from palabre.events import Event
from palabre.ids import AccountId


class AccountCreated(Event, frozen=True, kw_only=True, tag="account.created"):
    """Somebody signed up, or was met for the first time."""

    account: AccountId


class AccountChanged(Event, frozen=True, kw_only=True, tag="account.changed"):
    """A profile, a standing or a preference is different; whatever was cached of it is stale."""

    account: AccountId


class AccountDeleted(Event, frozen=True, kw_only=True, tag="account.deleted"):
    """A member has left for good: nothing of the account is seen any more, and jobs remove what it left behind."""

    account: AccountId


class AccessEnded(Event, frozen=True, kw_only=True, tag="account.access_ended"):
    """A session or a token is no longer good; ``account`` is whose, if anybody's."""

    account: AccountId | None = None
