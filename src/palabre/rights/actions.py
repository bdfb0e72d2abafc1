"""Leaving for good: the account goes at once, and what it left behind in slices, while others write."""

from __future__ import annotations

from palabre import jobs
from palabre.accounts import actions as accounts
from palabre.accounts.model import Account
from palabre.announcements import actions as announcements
from palabre.cards import actions as cards
from palabre.clock import MINUTE, Instant
from palabre.conversations import subscriber as conversations
from palabre.exports import actions as exports
from palabre.filters import actions as filters
from palabre.graph import actions as graph
from palabre.hooks import actions as hooks
from palabre.ids import AccountId
from palabre.imports import actions as imports
from palabre.keyring import Keyring
from palabre.media import actions as media
from palabre.media import unfinished
from palabre.moderation import actions as moderation
from palabre.moderation import judging
from palabre.notifications import requests
from palabre.posts import leaving as posts
from palabre.posts import yearly
from palabre.push import actions as push
from palabre.search import people
from palabre.sources import actions as sources
from palabre.sources.queries import source_of
from palabre.store import Transaction
from palabre.timelines import markers

DELETE = "rights.delete"
"""The job that removes what is left of a deleted account, for :func:`delete_more`."""
SWEEP = "rights.sweep"
"""The job that removes the archives that a deleted account had brought or asked for."""

_LOOK_AGAIN = 5 * MINUTE
"""A request that was under way when its account went may have left a row: a second look comes after it."""
_SLICES = (
    yearly.forget_member,
    posts.forget_member,
    graph.forget_member,
    unfinished.forget_member,
    media.forget_member,
    imports.forget_member,
    requests.forget_member,
    conversations.forget_member,
    people.forget_member,
    announcements.forget_member,
    moderation.forget_member,
)
"""Each removes a slice of what its capability knows of an account, and tells whether nothing is left."""
_AT_ONCE = (
    cards.forget_creator,
    push.forget_member,
    hooks.forget_member,
    sources.forget_member,
    markers.forget_member,
    filters.forget_member,
    exports.forget_member,
)
"""Each removes the little that its capability knows of an account: with the account, and again in later looks."""


def delete_account(tx: Transaction, keyring: Keyring, number: AccountId) -> Account:
    """Delete an account for good; return what it was.

    This transaction takes profile, pictures, sessions, tokens, e-mail address and password, and with the profile
    everything is out of sight: what an absent account wrote or did is shown to nobody. Posts, ties and marks are
    removed by jobs, a slice in each transaction. The name stays reserved by its keyed hash.

    Raises:
        AccountNotFound: there is none, or it lives on another server.

    """
    gone = accounts.delete(tx, keyring, number)
    media.forget_files(tx, [name for name in (gone.avatar, gone.header) if name])
    for forget in _AT_ONCE:
        forget(tx, number)
    jobs.enqueue(tx, DELETE, number)
    jobs.enqueue(tx, SWEEP, number)
    jobs.enqueue(tx, DELETE, number, at=Instant(tx.now + _LOOK_AGAIN))
    return gone


def lock_others_out(tx: Transaction, member: AccountId) -> None:
    """End what reads or writes for a member from outside, whoever has set it up: webhooks, addresses, the feed.

    For the day on which somebody else was in the account: a new password alone ends none of these.
    """
    hooks.forget_member(tx, member)
    if source_of(tx, member) is not None:
        sources.disconnect(tx, member)


def reset_password(tx: Transaction, member: AccountId, password_hash: str) -> None:
    """Set a password for a member who lost it, or whose account somebody else uses: nothing else opens it now."""
    accounts.reset_password(tx, member, password_hash)
    lock_others_out(tx, member)


def renew_password(tx: Transaction, keyring: Keyring, link: str, password_hash: str) -> None:
    """Set the password of the member whom a link was given for; it is used with that, and so is every other one.

    Raises:
        PasswordLinkUsed: it is good no more, or never was.

    """
    reset_password(tx, judging.password_link(tx, keyring, link).account, password_hash)


def delete_more(tx: Transaction, gone: AccountId) -> bool:
    """Remove the next slice of what a deleted account left; return whether nothing is left."""
    tx.wakes.add("purge")
    for forget_at_once in _AT_ONCE:
        forget_at_once(tx, gone)
    return all(forget(tx, gone) for forget in _SLICES)
