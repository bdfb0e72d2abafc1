"""All the SQL of push subscriptions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from palabre.accounts.tables import token
from palabre.ids import AccountId
from palabre.push.model import Policy, Subscription
from palabre.push.tables import subscription
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update

_c = subscription.c
_columns = (_c.id, _c.account, _c.token, _c.alerts, _c.policy, _c.standard, _c.sealed)
_INSERT = insert(subscription)
_BY_TOKEN = statement(select(*_columns).where(_c.token == bindparam("token")))
_BY_ID = statement(select(*_columns).where(_c.id == bindparam("id")))
_OF_MANY = statement(select(*_columns).where(among(_c.account, "accounts")).order_by(_c.id))
_CHANGE = update(subscription, _c.id == bindparam("id"), alerts=bindparam("wanted"), policy=bindparam("by"))
_SEALED = statement(
    select(_c.id, _c.sealed).where(_c.id > bindparam("after")).order_by(_c.id).limit(bindparam("most"))
)
_RESEAL = update(subscription, _c.id == bindparam("number"), sealed=bindparam("new"))
_DELETE = delete(subscription, _c.id == bindparam("id"))
_DELETE_TOKEN = delete(subscription, _c.token == bindparam("token"))
_DELETE_ENDED = delete(
    subscription, _c.account == bindparam("account"), ~select(token.c.id).where(token.c.id == _c.token).exists()
)

_DELETE_OF = delete(subscription, _c.account == bindparam("account"))


def _from(row: tuple[Any, ...]) -> Subscription:
    number, account, of_token, alerts, policy, standard, sealed = row
    return Subscription(
        id=number,
        account=AccountId(account),
        token=of_token,
        alerts=msgspec.json.decode(alerts, type=frozenset[str]),
        policy=Policy(policy),
        standard=bool(standard),
        sealed=bytes(sealed),
    )


def _alerts(alerts: frozenset[str]) -> str:
    return msgspec.json.encode(sorted(alerts)).decode()


def put(tx: Transaction, new: Subscription) -> None:
    """Add a subscription in the place of what the token had."""
    tx.run(_DELETE_TOKEN, token=new.token)
    tx.run(
        _INSERT,
        id=new.id,
        token=new.token,
        account=new.account,
        sealed=new.sealed,
        alerts=_alerts(new.alerts),
        policy=new.policy.value,
        standard=new.standard,
        created=tx.now,
    )


def change(tx: Transaction, number: int, alerts: frozenset[str], policy: Policy) -> None:
    """Change what is told."""
    tx.run(_CHANGE, id=number, wanted=_alerts(alerts), by=policy.value)


def of_token(db: Snapshot, number: int) -> Subscription | None:
    """Load what a token wants to be told."""
    row = db.one(_BY_TOKEN, token=number)
    return _from(row) if row else None


def one(db: Snapshot, number: int) -> Subscription | None:
    """Load a subscription."""
    row = db.one(_BY_ID, id=number)
    return _from(row) if row else None


def of_many(db: Snapshot, accounts: Collection[AccountId]) -> dict[AccountId, list[Subscription]]:
    """Load the subscriptions of members; whoever has none is left out."""
    found: dict[AccountId, list[Subscription]] = {}
    for row in db.all(_OF_MANY, accounts=list(accounts)) if accounts else ():
        each = _from(row)
        found.setdefault(each.account, []).append(each)
    return found


def remove(tx: Transaction, number: int) -> None:
    """Delete a subscription."""
    tx.run(_DELETE, id=number)


def remove_of_token(tx: Transaction, number: int) -> None:
    """Delete what a token wanted."""
    tx.run(_DELETE_TOKEN, token=number)


def remove_ended(tx: Transaction, account: AccountId) -> None:
    """Delete the subscriptions of a member whose tokens are gone."""
    tx.run(_DELETE_ENDED, account=account)


def sealed(db: Snapshot, after: int, most: int) -> list[tuple[int, bytes]]:
    """Load encrypted receivers, by subscription."""
    return [(int(number), bytes(content)) for number, content in db.all(_SEALED, after=after, most=most)]


def reseal(tx: Transaction, number: int, content: bytes) -> None:
    """Replace what is encrypted."""
    tx.run(_RESEAL, number=number, new=content)


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Delete the subscriptions of an account."""
    tx.run(_DELETE_OF, account=gone)
