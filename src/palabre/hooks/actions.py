"""Making webhooks, posting by them, and noting how telling programs went."""

from __future__ import annotations

import base64
from collections.abc import Collection
from hashlib import blake2b

import msgspec

from palabre import ids, jobs
from palabre.accounts.credentials import first, new_secret
from palabre.accounts.queries import login_of
from palabre.accounts.rules import clean_line
from palabre.clock import Instant
from palabre.hooks import rules, sql
from palabre.hooks.errors import HookNameInvalid, HookNotFound, TooManyHooks
from palabre.hooks.model import (
    LOG,
    MOST,
    Delivery,
    Event,
    Hook,
    IncomingHook,
    Outcome,
    Sending,
    State,
    Target,
)
from palabre.hooks.queries import PURPOSE, hook
from palabre.ids import AccountId, PostId, new_id
from palabre.keyring import Keyring
from palabre.posts.actions import create_post
from palabre.posts.model import Draft, Visibility
from palabre.posts.wording import Terms
from palabre.store import Snapshot, Transaction

SEND = "hooks.send"
"""The job that tries one :class:`~palabre.hooks.model.Sending`."""
RENEW = "hooks.renew_keys"
"""The job that encrypts a slice of the targets with a new key."""
_SLICE = 200
_NAME_LENGTH = 60
_GONE = 410
_LONGEST_PROBLEM = 200

# Posting by an address ---------------------------------------------------------------------------------------


def create_incoming(tx: Transaction, keyring: Keyring, viewer: AccountId, name: str, visibility: Visibility) -> str:
    """Make an address by which a program posts as ``viewer``; return its secret, which is kept nowhere.

    Raises:
        HookNameInvalid: no name, or too long a one.
        TooManyHooks: the viewer has as many as there may be.

    """
    called = clean_line(name)
    if not 1 <= len(called) <= _NAME_LENGTH:
        raise HookNameInvalid(field="name", limit=_NAME_LENGTH)
    if len(sql.incoming_of(tx, viewer)) >= MOST:
        raise TooManyHooks(limit=MOST)
    secret = new_secret()
    made = IncomingHook(id=new_id(tx.now), account=viewer, name=called, visibility=visibility, created=tx.now)
    sql.insert_incoming(tx, made, keyring.look_up(PURPOSE, secret))
    return secret


def revoke_incoming(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Make an address invalid.

    Raises:
        HookNotFound: the viewer has no such address.

    """
    if not sql.delete_incoming(tx, viewer, number):
        raise HookNotFound


def incoming_by_secret(db: Snapshot, keyring: Keyring, secret: str) -> IncomingHook:
    """Return the address that ``secret`` belongs to.

    Raises:
        HookNotFound: to none, or to one of a member whose sign-in is disabled.

    """
    found = first(sql.incoming_by_secret, db, keyring.look_ups(PURPOSE, secret))
    login = None if found is None else login_of(db, found.account)
    if found is None or login is None or login.disabled:
        raise HookNotFound
    return found


def post_by_hook(
    tx: Transaction, keyring: Keyring, secret: str, draft: Draft, *, terms: Terms, key: str | None = None
) -> PostId:
    """Publish ``draft`` in the name of whoever made the address; ``key`` names what must not appear twice.

    Raises:
        HookNotFound: the address is not good (any more), or rests; and whatever writing a post refuses.

    """
    found = incoming_by_secret(tx, keyring, secret)
    digest = None
    if key:
        digest = blake2b(f"{found.id} {key}".encode(), digest_size=16, person=b"webhook").digest()
    made = create_post(tx, found.account, draft, terms=terms, idempotency_key=digest)
    sql.touch(tx, found.id)
    return made


# Telling programs --------------------------------------------------------------------------------------------


def create_hook(
    tx: Transaction,
    keyring: Keyring,
    viewer: AccountId,
    url: str,
    events: Collection[str],
    *,
    for_admins: bool = False,
    plain: bool = False,
) -> tuple[Hook, str]:
    """Tell a program from now on; return it with the secret that it checks signatures with.

    The caller has made sure that who asks ``for_admins`` runs the network; it is looked at again at each delivery.

    Raises:
        HookUrlInvalid: the address is none that may be told.
        NoHookEvent: it would be told nothing.
        TooManyHooks: the viewer has as many as there may be.

    """
    address = rules.check_url(url, plain=plain)
    wanted = rules.check_events(events, for_admins=for_admins)
    if len(sql.hooks_of(tx, viewer)) >= MOST:
        raise TooManyHooks(limit=MOST)
    secret = rules.PREFIX + base64.b64encode(ids.nonce(32)).decode()
    target = Target(url=address, secret=secret)
    made = Hook(
        id=new_id(tx.now),
        account=viewer,
        for_admins=for_admins,
        events=wanted,
        sealed=keyring.seal(PURPOSE, msgspec.json.encode(target).decode()),
        state=State.ON,
        failing_since=None,
        created=tx.now,
    )
    sql.insert_hook(tx, made)
    return made, secret


def delete_hook(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Tell a program nothing any more, and forget it.

    Raises:
        HookNotFound: the viewer has no such webhook.

    """
    if not sql.delete_hook(tx, viewer, number):
        raise HookNotFound


def resume(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Tell a program again that had failed for too long.

    Raises:
        HookNotFound: the viewer has no such webhook.

    """
    sql.set_state(tx, hook(tx, viewer, number).id, State.ON, None)


def ping(tx: Transaction, viewer: AccountId, number: int) -> None:
    """Send a program a test.

    Raises:
        HookNotFound: the viewer has no such webhook.

    """
    tell(tx, hook(tx, viewer, number), Event.PING, viewer)


def tell(tx: Transaction, kept: Hook, event: Event, subject: int) -> None:
    """Ask for a program to be told of ``subject``, unless it is told nothing now."""
    if kept.state is not State.ON:
        return
    made = Delivery(
        id=new_id(tx.now),
        webhook=kept.id,
        event=event,
        subject=subject,
        attempts=0,
        status=None,
        problem=None,
        outcome=Outcome.WAITING,
        created=tx.now,
        tried=None,
    )
    sql.insert_delivery(tx, made, keep=LOG)
    jobs.enqueue(tx, SEND, Sending(made.id))


def postpone(tx: Transaction, number: int, *, behind: int) -> None:
    """Try a delivery in a moment: enough of the same owner's are under way, and ``behind`` others wait as it does."""
    jobs.enqueue(tx, SEND, Sending(number), at=Instant(tx.now + rules.wait_behind(behind)))


def drop(tx: Transaction, number: int) -> None:
    """Note that there is nothing to tell any more."""
    waiting = sql.delivery(tx, number)
    if waiting is not None and waiting.outcome is Outcome.WAITING:
        sql.note_attempt(tx, number, attempts=waiting.attempts, status=None, problem=None, outcome=Outcome.DROPPED)


def note_answer(tx: Transaction, number: int, status: int | None, problem: str | None = None) -> None:
    """Note what a program answered (``status``), or why it did not, and ask for the next attempt if it failed.

    A program that says that it is gone (410), or that has taken nothing for :data:`~palabre.hooks.rules.PATIENCE`,
    is told nothing more until its owner says so.
    """
    waiting = sql.delivery(tx, number)
    kept = sql.hook(tx, waiting.webhook) if waiting is not None else None
    if waiting is None or kept is None or waiting.outcome is not Outcome.WAITING:
        return
    attempts = waiting.attempts + 1
    why = problem[:_LONGEST_PROBLEM] if problem else None
    if status is not None and 200 <= status < 300:
        sql.note_attempt(tx, number, attempts=attempts, status=status, problem=None, outcome=Outcome.DELIVERED)
        if kept.failing_since is not None:
            sql.set_state(tx, kept.id, State.ON, None)
        return
    since = kept.failing_since if kept.failing_since is not None else Instant(tx.now)
    gone = status == _GONE or tx.now - since >= rules.PATIENCE
    sql.set_state(tx, kept.id, State.FAILED if gone else kept.state, since)
    wait = None if gone else rules.wait_after(attempts)
    outcome = Outcome.GIVEN_UP if wait is None else Outcome.WAITING
    sql.note_attempt(tx, number, attempts=attempts, status=status, problem=why, outcome=outcome)
    if wait is not None:
        jobs.enqueue(tx, SEND, Sending(number), at=Instant(tx.now + wait))


def renew(tx: Transaction, keyring: Keyring, after: int, most: int = _SLICE) -> int | None:
    """Encrypt a slice of the targets with the newest key; return where to go on, ``None`` if that was the last."""
    found = sql.sealed(tx, after, most)
    for number, sealed in found:
        sql.reseal(tx, number, keyring.seal(PURPOSE, keyring.unseal(PURPOSE, sealed)))
    return found[-1][0] if len(found) == most else None


def forget_member(tx: Transaction, gone: AccountId) -> None:
    """Remove the webhooks of a member, both directions."""
    sql.forget_member(tx, gone)
