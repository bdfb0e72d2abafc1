"""What members do with push subscriptions."""

from __future__ import annotations

import msgspec

from palabre.ids import AccountId, new_id
from palabre.keyring import Keyring
from palabre.push import sql
from palabre.push.model import KINDS, Policy, Receiver, Subscription
from palabre.push.queries import PURPOSE, subscription_of
from palabre.store import Transaction

SEND = "push.send"
"""The job that sends one :class:`~palabre.push.model.Message`."""

RENEW = "push.renew_keys"
"""The job that encrypts a slice of the receivers with a new key."""
_SLICE = 200


def subscribe(
    tx: Transaction,
    keyring: Keyring,
    viewer: AccountId,
    token: int,
    receiver: Receiver,
    *,
    alerts: frozenset[str],
    policy: Policy,
    standard: bool,
) -> Subscription:
    """Tell the device of an access token from now on, instead of what the token wanted before."""
    new = Subscription(
        id=new_id(tx.now),
        account=viewer,
        token=token,
        alerts=alerts & KINDS,
        policy=policy,
        standard=standard,
        sealed=keyring.seal(PURPOSE, msgspec.json.encode(receiver).decode()),
    )
    sql.put(tx, new)
    return new


def change(tx: Transaction, token: int, *, alerts: frozenset[str], policy: Policy | None) -> Subscription:
    """Change what a device is told; ``None`` leaves the policy.

    Raises:
        NotSubscribed: the token has no subscription.

    """
    found = subscription_of(tx, token)
    new = msgspec.structs.replace(found, alerts=alerts & KINDS, policy=policy or found.policy)
    sql.change(tx, new.id, new.alerts, new.policy)
    return new


def unsubscribe(tx: Transaction, token: int) -> None:
    """Tell the device of an access token nothing any more; nothing happens if it was not told."""
    sql.remove_of_token(tx, token)


def forget(tx: Transaction, number: int) -> None:
    """Remove a subscription whose push service says that it is gone."""
    sql.remove(tx, number)


def renew(tx: Transaction, keyring: Keyring, after: int, most: int = _SLICE) -> int | None:
    """Encrypt a slice of the receivers with the newest key; return where to go on, ``None`` if that was the last."""
    found = sql.sealed(tx, after, most)
    for number, sealed in found:
        sql.reseal(tx, number, keyring.seal(PURPOSE, keyring.unseal(PURPOSE, sealed)))
    return found[-1][0] if len(found) == most else None


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Tell the devices of a deleted account nothing any more."""
    sql.forget_member(tx, gone)
