"""Reading webhooks: a member's own, and what a job needs."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from palabre.accounts.queries import acting_account
from palabre.accounts.roles import PERMISSIONS, Permission
from palabre.hooks import sql
from palabre.hooks.errors import HookNotFound
from palabre.hooks.model import LOG, Delivery, Hook, IncomingHook, Outcome, State, Target
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.store import Snapshot

PURPOSE = "webhook"


class Due(NamedTuple):
    """A delivery that is to be tried now."""

    hook: Hook
    delivery: Delivery


def incoming_hooks(db: Snapshot, viewer: AccountId) -> list[IncomingHook]:
    """Return the addresses by which the viewer's programs post, newest first."""
    return sql.incoming_of(db, viewer)


def hooks(db: Snapshot, viewer: AccountId) -> list[Hook]:
    """Return the viewer's programs that are told, newest first."""
    return sql.hooks_of(db, viewer)


def hook(db: Snapshot, viewer: AccountId, number: int) -> Hook:
    """Return one of the viewer's programs.

    Raises:
        HookNotFound: the viewer has no such webhook.

    """
    found = sql.hook(db, number)
    if found is None or found.account != viewer:
        raise HookNotFound
    return found


def log_of(db: Snapshot, viewer: AccountId, number: int) -> list[Delivery]:
    """Return what one of the viewer's programs was told lately, newest first.

    Raises:
        HookNotFound: the viewer has no such webhook.

    """
    return sql.log(db, hook(db, viewer, number).id, LOG)


def target_of(keyring: Keyring, kept: Hook) -> Target:
    """Decrypt where a program is reached."""
    return msgspec.json.decode(keyring.unseal(PURPOSE, kept.sealed), type=Target)


def due(db: Snapshot, number: int) -> Due | None:
    """Return a delivery that waits, with its webhook; ``None`` if nobody is to be told of it any more.

    The owner must still be here and may sign in, and for what is told to administrators, be one.
    """
    waiting = sql.delivery(db, number)
    if waiting is None or waiting.outcome is not Outcome.WAITING:
        return None
    kept = sql.hook(db, waiting.webhook)
    if kept is None or kept.state is not State.ON:
        return None
    acting = acting_account(db, kept.account)
    if acting is None or (kept.for_admins and Permission.MANAGE_WEBHOOKS not in PERMISSIONS[acting.role]):
        return None
    return Due(kept, waiting)


def untold(db: Snapshot) -> int:
    """Count what programs are still to be told and did not take at the first attempt."""
    return sql.untold(db)
