"""Quotes, and the say that authors have in who quotes them (FEP-044f)."""

from __future__ import annotations

from palabre import journal
from palabre.graph.queries import followed_among
from palabre.ids import AccountId, PostId
from palabre.posts import rules, sql, version_sql
from palabre.posts.errors import CannotQuote, NotYours, PostNotFound
from palabre.posts.events import PostChanged, QuoteChanged
from palabre.posts.model import Post, QuotePolicy, QuoteState
from palabre.posts.queries import readable_post
from palabre.store import Transaction


def quotable(tx: Transaction, viewer: AccountId, post: PostId) -> Post:
    """Return the post that ``viewer`` may quote; of a repost, the original.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.
        CannotQuote: its author does not want it, or it is not for everybody.

    """
    target = readable_post(tx, viewer, post)
    if target.repost_of is not None:
        target = readable_post(tx, viewer, PostId(target.repost_of))
    asks = target.quote_policy is QuotePolicy.FOLLOWERS and target.author != viewer
    follows = asks and target.author in followed_among(tx, viewer, [target.author])
    if not rules.may_quote(target, viewer, follows_author=follows):
        raise CannotQuote(field="quoted_status_id")
    return target


def revoke_quote(tx: Transaction, viewer: AccountId, post: PostId, quoting: PostId) -> PostId:
    """Take back the consent to a quote of one's ``post``; return the quoting post, which stays without it.

    Raises:
        PostNotFound: one of the two does not exist, the viewer may not read it, or it does not quote the other.
        NotYours: somebody else wrote ``post``.

    """
    target = readable_post(tx, viewer, post)
    if target.author != viewer:
        raise NotYours
    quote = sql.find(tx, viewer, [quoting]).get(quoting)  # also one that the author may not read: it is his text
    if quote is None or quote.view.post.quote_of != target.id:
        raise PostNotFound
    if quote.view.post.quote_state is QuoteState.ACCEPTED:
        version_sql.set_quote(tx, quoting, QuoteState.REVOKED, None)
        sql.count_quote(tx, target.id, -1)
        journal.record(tx, PostChanged(post=target.id))
        journal.record(tx, PostChanged(post=quoting))
        journal.record(tx, QuoteChanged(post=quoting, quoted=target.id, state=QuoteState.REVOKED.value))
    return quoting


def set_quote_policy(tx: Transaction, viewer: AccountId, post: PostId, policy: QuotePolicy) -> PostId:
    """Change who may quote one's post from now on; quotes that are there stay.

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        NotYours: somebody else wrote it.

    """
    target = readable_post(tx, viewer, post)
    if target.author != viewer or target.repost_of is not None:
        raise NotYours
    version_sql.set_policy(tx, post, rules.quote_policy(policy, target.visibility))
    journal.record(tx, PostChanged(post=post))
    return post
