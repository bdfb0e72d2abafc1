"""The index of words follows what is written. What is deleted is taken out in the same transaction, by the store."""

from __future__ import annotations

from typing import Any

from palabre.accounts.events import AccountChanged, AccountCreated, AccountDeleted
from palabre.journal import Subscriber
from palabre.posts.events import PostChanged, PostCreated, PostImported
from palabre.search.actions import follow_choice, index_posts
from palabre.search.people import forget_activity, note_activity
from palabre.store import Transaction

_POSTS = PostCreated | PostImported | PostChanged
_ACCOUNTS = AccountCreated | AccountChanged


def _prepare(tx: Transaction, facts: list[Any]) -> None:
    """Do all of a step at once: first who may be found, then the posts, loaded by one statement."""
    for author in dict.fromkeys(fact.account for fact in facts if isinstance(fact, _ACCOUNTS)):
        follow_choice(tx, author)
    posts = {fact.post for fact in facts if isinstance(fact, _POSTS) and getattr(fact, "repost_of", None) is None}
    if posts:
        index_posts(tx, list(posts), known={fact.post for fact in facts if isinstance(fact, PostChanged)})
    spoke = {fact.author for fact in facts if isinstance(fact, PostCreated) and fact.visibility == "public"}
    if spoke:
        note_activity(tx, spoke)
    for fact in facts:
        if isinstance(fact, AccountDeleted):
            forget_activity(tx, fact.account)


def _done(_tx: Transaction, _fact: object) -> None:
    """See :func:`_prepare`."""


subscriber = Subscriber(
    "search",
    dict.fromkeys((PostCreated, PostImported, PostChanged, AccountCreated, AccountChanged, AccountDeleted), _done),
    prepare=_prepare,
)
