"""What happens to accounts."""

from __future__ import annotations

from palabre.events import Event
from palabre.ids import AccountId


class AccountCreated(Event, frozen=True, kw_only=True, tag="account.created"):
    """Somebody signed up, or was met for the first time."""

    account: AccountId
    signed_up: bool = False
    """By himself, not made by the operator."""


class AccountChanged(Event, frozen=True, kw_only=True, tag="account.changed"):
    """A profile, a standing or a preference is different; whatever was cached of it is stale."""

    account: AccountId


class AccountSensitized(Event, frozen=True, kw_only=True, tag="account.sensitized"):
    """Moderators have all media of an account covered, or no longer; what was kept of its posts is stale."""

    account: AccountId


class AccountDeleted(Event, frozen=True, kw_only=True, tag="account.deleted"):
    """A member has left for good: nothing of the account is seen any more, and jobs remove what it left behind."""

    account: AccountId


class AccessEnded(Event, frozen=True, kw_only=True, tag="account.access_ended"):
    """A session or a token is no longer good; ``account`` is whose, if anybody's."""

    account: AccountId | None = None


class PasskeyAdded(Event, frozen=True, kw_only=True, tag="account.passkey_added"):
    """From now on a passkey signs a member in."""

    account: AccountId


class PasskeyRemoved(Event, frozen=True, kw_only=True, tag="account.passkey_removed"):
    """A passkey signs the member in no longer."""

    account: AccountId


class SecondStepTurnedOn(Event, frozen=True, kw_only=True, tag="account.second_step_turned_on"):
    """From now on a member signs in with a second step after the password."""

    account: AccountId


class SecondStepTurnedOff(Event, frozen=True, kw_only=True, tag="account.second_step_turned_off"):
    """The password alone signs a member in again."""

    account: AccountId
    by_operator: bool = False
    """For a member who lost everything that the second step needs."""
