"""All the SQL of webhooks."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select

from palabre.clock import Instant
from palabre.hooks.model import Delivery, Event, Hook, IncomingHook, Outcome, State
from palabre.hooks.tables import incoming_webhook, webhook, webhook_delivery
from palabre.ids import AccountId
from palabre.posts.model import Visibility
from palabre.store import Snapshot, Transaction, among, delete, insert, statement, update

_i = incoming_webhook.c
_h = webhook.c
_d = webhook_delivery.c
_incoming = (_i.id, _i.account, _i.name, _i.visibility, _i.created, _i.used)
_hook = (_h.id, _h.account, _h.for_admins, _h.events, _h.sealed, _h.state, _h.failing_since, _h.created)
_delivery = (
    _d.id, _d.webhook, _d.event, _d.subject, _d.attempts, _d.status, _d.problem, _d.outcome, _d.created, _d.tried,
)  # fmt: skip

_INSERT_INCOMING = insert(incoming_webhook)
_INCOMING_BY_SECRET = statement(select(*_incoming).where(_i.secret_key == bindparam("secret")))
_INCOMING_OF = statement(select(*_incoming).where(_i.account == bindparam("account")).order_by(_i.id.desc()))
_DELETE_INCOMING = delete(incoming_webhook, _i.id == bindparam("number"), _i.account == bindparam("account"))
_TOUCH = update(incoming_webhook, _i.id == bindparam("number"), used=bindparam("at"))
_FORGET_INCOMING = delete(incoming_webhook, _i.account == bindparam("gone"))

_INSERT = insert(webhook)
_ONE = statement(select(*_hook).where(_h.id == bindparam("number")))
_OF = statement(select(*_hook).where(_h.account == bindparam("account")).order_by(_h.id.desc()))
_OF_MANY = statement(select(*_hook).where(among(_h.account, "accounts")).order_by(_h.id.desc()))
_OF_ADMINS = statement(select(*_hook).where(_h.for_admins.is_(True)).order_by(_h.id))
_STATE = update(webhook, _h.id == bindparam("number"), state=bindparam("now"), failing_since=bindparam("since"))
_DELETE = delete(webhook, _h.id == bindparam("number"), _h.account == bindparam("account"))
_SEALED = statement(
    select(_h.id, _h.sealed).where(_h.id > bindparam("after")).order_by(_h.id).limit(bindparam("most"))
)
_RESEAL = update(webhook, _h.id == bindparam("number"), sealed=bindparam("new"))
_FORGET = delete(webhook, _h.account == bindparam("gone"))

_INSERT_DELIVERY = insert(webhook_delivery)
_DELIVERY = statement(select(*_delivery).where(_d.id == bindparam("number")))
_LOG = statement(
    select(*_delivery).where(_d.webhook == bindparam("hook")).order_by(_d.id.desc()).limit(bindparam("most"))
)
_UNTOLD = statement(
    select(func.count()).select_from(webhook_delivery).where(_d.outcome == Outcome.WAITING.value, _d.attempts > 0)
)
_OLDEST_KEPT = statement(
    select(_d.id).where(_d.webhook == bindparam("hook")).order_by(_d.id.desc()).limit(1).offset(bindparam("most"))
)
_TRIM = delete(webhook_delivery, _d.webhook == bindparam("hook"), _d.id <= bindparam("newest"))
_TRIED = update(
    webhook_delivery,
    _d.id == bindparam("number"),
    attempts=bindparam("times"),
    status=bindparam("answered"),
    problem=bindparam("why"),
    outcome=bindparam("came"),
    tried=bindparam("at"),
)
_FINISH = update(webhook_delivery, _d.id == bindparam("number"), subject=0)
_DELETE_LOG = delete(webhook_delivery, _d.webhook == bindparam("hook"))
_events = msgspec.json.Decoder(frozenset[Event]).decode


def _incoming_from(row: tuple[Any, ...]) -> IncomingHook:
    number, account, name, visibility, created, used = row
    return IncomingHook(
        id=number,
        account=AccountId(account),
        name=name,
        visibility=Visibility(visibility),
        created=Instant(created),
        used=None if used is None else Instant(used),
    )


def insert_incoming(tx: Transaction, new: IncomingHook, secret_key: bytes) -> None:
    """Add an address by which programs post."""
    tx.run(
        _INSERT_INCOMING,
        id=new.id,
        account=new.account,
        name=new.name,
        secret_key=secret_key,
        visibility=new.visibility.value,
        created=new.created,
        used=None,
    )


def incoming_by_secret(db: Snapshot, secret_key: bytes) -> IncomingHook | None:
    """Find one."""
    row = db.one(_INCOMING_BY_SECRET, secret=secret_key)
    return _incoming_from(row) if row else None


def incoming_of(db: Snapshot, account: AccountId) -> list[IncomingHook]:
    """Load those of a member, newest first."""
    return [_incoming_from(row) for row in db.all(_INCOMING_OF, account=account)]


def delete_incoming(tx: Transaction, account: AccountId, number: int) -> bool:
    """Remove one of a member."""
    return tx.change(_DELETE_INCOMING, number=number, account=account) == 1


def touch(tx: Transaction, number: int) -> None:
    """Note that one was used."""
    tx.run(_TOUCH, number=number, at=tx.now)


def _hook_from(row: tuple[Any, ...]) -> Hook:
    number, account, for_admins, events, sealed, state, failing_since, created = row
    return Hook(
        id=number,
        account=AccountId(account),
        for_admins=bool(for_admins),
        events=_events(events),
        sealed=bytes(sealed),
        state=State(state),
        failing_since=None if failing_since is None else Instant(failing_since),
        created=Instant(created),
    )


def insert_hook(tx: Transaction, new: Hook) -> None:
    """Add a program that is told."""
    tx.run(
        _INSERT,
        id=new.id,
        account=new.account,
        for_admins=new.for_admins,
        events=msgspec.json.encode(sorted(new.events)).decode(),
        sealed=new.sealed,
        state=new.state.value,
        failing_since=None,
        created=new.created,
    )


def hook(db: Snapshot, number: int) -> Hook | None:
    """Load one."""
    row = db.one(_ONE, number=number)
    return _hook_from(row) if row else None


def hooks_of(db: Snapshot, account: AccountId) -> list[Hook]:
    """Load those of a member, newest first."""
    return [_hook_from(row) for row in db.all(_OF, account=account)]


def hooks_of_many(db: Snapshot, accounts: Collection[AccountId]) -> dict[AccountId, list[Hook]]:
    """Load those of members, newest first; whoever has none is left out."""
    found: dict[AccountId, list[Hook]] = {}
    for row in db.all(_OF_MANY, accounts=list(accounts)) if accounts else ():
        hook = _hook_from(row)
        found.setdefault(hook.account, []).append(hook)
    return found


def hooks_of_admins(db: Snapshot) -> list[Hook]:
    """Load those that are told of the network."""
    return [_hook_from(row) for row in db.all(_OF_ADMINS)]


def set_state(tx: Transaction, number: int, state: State, failing_since: Instant | None) -> None:
    """Note whether a program is told, and since when it does not answer."""
    tx.run(_STATE, number=number, now=state.value, since=failing_since)


def delete_hook(tx: Transaction, account: AccountId, number: int) -> bool:
    """Remove a program of a member, with its log."""
    if tx.change(_DELETE, number=number, account=account) != 1:
        return False
    tx.run(_DELETE_LOG, hook=number)
    return True


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Remove everything of an account."""
    for each in hooks_of(tx, gone):
        tx.run(_DELETE_LOG, hook=each.id)
    tx.run(_FORGET, gone=gone)
    tx.run(_FORGET_INCOMING, gone=gone)


def sealed(db: Snapshot, after: int, most: int) -> list[tuple[int, bytes]]:
    """Load encrypted targets, by webhook."""
    return [(int(number), bytes(content)) for number, content in db.all(_SEALED, after=after, most=most)]


def reseal(tx: Transaction, number: int, content: bytes) -> None:
    """Replace what is encrypted."""
    tx.run(_RESEAL, number=number, new=content)


def _delivery_from(row: tuple[Any, ...]) -> Delivery:
    number, of, event, subject, attempts, status, problem, outcome, created, tried = row
    return Delivery(
        id=number,
        webhook=of,
        event=Event(event),
        subject=subject,
        attempts=attempts,
        status=status,
        problem=problem,
        outcome=Outcome(outcome),
        created=Instant(created),
        tried=None if tried is None else Instant(tried),
    )


def insert_delivery(tx: Transaction, new: Delivery, *, keep: int) -> None:
    """Add a delivery; of its webhook, only the newest ``keep`` stay."""
    tx.run(
        _INSERT_DELIVERY,
        id=new.id,
        webhook=new.webhook,
        event=new.event.value,
        subject=new.subject,
        attempts=0,
        status=None,
        problem=None,
        outcome=new.outcome.value,
        created=new.created,
        tried=None,
    )
    oldest = tx.value(_OLDEST_KEPT, hook=new.webhook, most=keep)
    if oldest is not None:
        tx.run(_TRIM, hook=new.webhook, newest=oldest)


def delivery(db: Snapshot, number: int) -> Delivery | None:
    """Load a delivery."""
    row = db.one(_DELIVERY, number=number)
    return _delivery_from(row) if row else None


def log(db: Snapshot, of: int, most: int) -> list[Delivery]:
    """Load the deliveries of a webhook, newest first."""
    return [_delivery_from(row) for row in db.all(_LOG, hook=of, most=most)]


def note_attempt(
    tx: Transaction, number: int, *, attempts: int, status: int | None, problem: str | None, outcome: Outcome
) -> None:
    """Note how an attempt went."""
    tx.run(_TRIED, number=number, times=attempts, answered=status, why=problem, came=outcome.value, at=tx.now)
    if outcome is not Outcome.WAITING:
        tx.run(_FINISH, number=number)  # the log says that something was told, and no longer of whom


def untold(db: Snapshot) -> int:
    """Count deliveries that wait after an attempt."""
    return int(db.value(_UNTOLD) or 0)
