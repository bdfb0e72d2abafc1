"""The index of words follows what is written. What is deleted is taken out in the same transaction, by the store."""

from __future__ import annotations

from typing import Any

from palabre.accounts.events import AccountChanged, AccountCreated
from palabre.journal import Subscriber
from palabre.posts.events import PostChanged, PostCreated, PostImported
from palabre.search.actions import follow_choice, index_posts
from palabre.store import Transaction

_NEW = PostCreated | PostImported | PostChanged


def _prepare(tx: Transaction, facts: list[Any]) -> None:
    """Index the posts of a step together: three statements a post, one to load them all."""
    posts = {fact.post for fact in facts if isinstance(fact, _NEW) and getattr(fact, "repost_of", None) is None}
    if posts:
        index_posts(tx, list(posts))


def _done(_tx: Transaction, _fact: object) -> None:
    """See :func:`_prepare`."""


def _chosen(tx: Transaction, fact: AccountCreated | AccountChanged) -> None:
    follow_choice(tx, fact.account)


subscriber = Subscriber(
    "search",
    {
        PostCreated: _done,
        PostImported: _done,
        PostChanged: _done,
        AccountCreated: _chosen,
        AccountChanged: _chosen,
    },
    prepare=_prepare,
)
