"""From notifications to messages: one job for each notification and device that wants it."""

from __future__ import annotations

from palabre import jobs, journal
from palabre.accounts.events import AccessEnded
from palabre.events import Event
from palabre.graph.queries import followed_among
from palabre.notifications.events import Notified
from palabre.push import rules, sql
from palabre.push.actions import SEND
from palabre.push.model import Message, Policy
from palabre.store import Transaction

_DEVICES = "push.devices"
"""Note of a step: the subscriptions of those who are told, by member."""


def _notified(tx: Transaction, fact: Notified) -> None:
    wanted = [each for each in tx.notes[_DEVICES].get(fact.account, ()) if fact.what in each.alerts]
    if not wanted:
        return
    policies = {each.policy for each in wanted}
    own = fact.actor == fact.account  # a poll of one's own, a new passkey: nobody is kept from that as a stranger
    follows = own or (Policy.FOLLOWED in policies and fact.actor in followed_among(tx, fact.account, [fact.actor]))
    followed = own or (
        Policy.FOLLOWERS in policies and fact.account in followed_among(tx, fact.actor, [fact.account])
    )
    for each in wanted:
        if rules.wants(each.policy, follows_actor=follows, followed_by_actor=followed):
            jobs.enqueue(tx, SEND, Message(each.id, fact.notification))


def _ended(tx: Transaction, fact: AccessEnded) -> None:
    if fact.account is not None:
        sql.remove_ended(tx, fact.account)


def _prepare(tx: Transaction, facts: list[Event]) -> None:
    tx.notes[_DEVICES] = sql.of_many(tx, {fact.account for fact in facts if isinstance(fact, Notified)})


subscriber = journal.Subscriber("push", {Notified: _notified, AccessEnded: _ended}, prepare=_prepare)
