"""Reading push subscriptions."""

from __future__ import annotations

import msgspec

from palabre.keyring import Keyring
from palabre.push import sql
from palabre.push.errors import NotSubscribed
from palabre.push.model import Receiver, Subscription
from palabre.store import Snapshot

PURPOSE = "push"


def subscription_of(db: Snapshot, token: int) -> Subscription:
    """Return what an access token wants to be told.

    Raises:
        NotSubscribed: nothing.

    """
    found = sql.of_token(db, token)
    if found is None:
        raise NotSubscribed
    return found


def subscription(db: Snapshot, number: int) -> Subscription | None:
    """Return a subscription, if it is still there."""
    return sql.one(db, number)


def receiver_of(keyring: Keyring, kept: Subscription) -> Receiver:
    """Decrypt where the device of a subscription is reached."""
    return msgspec.json.decode(keyring.unseal(PURPOSE, kept.sealed), type=Receiver)
