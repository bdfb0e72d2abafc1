"""From facts to deliveries: one for each program that is told of it."""

from __future__ import annotations

from palabre import journal
from palabre.accounts.events import AccountCreated
from palabre.accounts.queries import account as account_of
from palabre.events import Event as Fact
from palabre.hooks import sql
from palabre.hooks.actions import tell
from palabre.hooks.model import Event
from palabre.ids import AccountId
from palabre.moderation.events import ReportMade
from palabre.notifications.events import Notified
from palabre.notifications.model import Kind
from palabre.posts.events import PostCreated
from palabre.posts.model import Visibility
from palabre.store import Transaction

_OWN = "hooks.own"
"""Note of a step: the programs of members, by member."""
_ADMINS = "hooks.admins"
"""Note of a step: the programs that are told of the network."""


def _tell_owner(tx: Transaction, owner: AccountId, event: Event, subject: int) -> None:
    for each in tx.notes[_OWN].get(owner, ()):
        if not each.for_admins and event in each.events:
            tell(tx, each, event, subject)


def _tell_admins(tx: Transaction, event: Event, subject: int) -> None:
    for each in tx.notes[_ADMINS]:
        if event in each.events:
            tell(tx, each, event, subject)


def _posted(tx: Transaction, fact: PostCreated) -> None:
    if fact.repost_of is not None:
        return
    _tell_owner(tx, fact.author, Event.STATUS_CREATED, fact.post)
    if fact.visibility == Visibility.PUBLIC:
        _tell_admins(tx, Event.STATUS_CREATED, fact.post)


def _notified(tx: Transaction, fact: Notified) -> None:
    if fact.what == Kind.MENTION and fact.post is not None:
        _tell_owner(tx, fact.account, Event.MENTION_CREATED, fact.post)
    elif fact.what == Kind.FOLLOW:
        _tell_owner(tx, fact.account, Event.FOLLOW_CREATED, fact.actor)


def _signed_up(tx: Transaction, fact: AccountCreated) -> None:
    made = account_of(tx, fact.account)
    if made is not None and made.is_local:
        _tell_admins(tx, Event.ACCOUNT_CREATED, fact.account)


def _reported(tx: Transaction, fact: ReportMade) -> None:
    _tell_admins(tx, Event.REPORT_CREATED, fact.report)


def _prepare(tx: Transaction, facts: list[Fact]) -> None:
    owners = {fact.author for fact in facts if isinstance(fact, PostCreated)}
    owners |= {fact.account for fact in facts if isinstance(fact, Notified)}
    tx.notes[_OWN] = sql.hooks_of_many(tx, owners)
    tx.notes[_ADMINS] = sql.hooks_of_admins(tx)


subscriber = journal.Subscriber(
    "hooks",
    {PostCreated: _posted, Notified: _notified, AccountCreated: _signed_up, ReportMade: _reported},
    prepare=_prepare,
)
