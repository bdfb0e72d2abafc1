"""Quotes, and the say that authors have in who quotes them (FEP-044f).

Whoever may not quote at once may ask, where the author lets him: the quote is published as ``pending`` and shows
nothing of what it quotes until the author agrees. What is decided stands at the quoting post.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from palabre import journal
from palabre.graph.queries import followed_among, hidden_among
from palabre.ids import AccountId, PostId, new_id
from palabre.paging import Slice, Window
from palabre.posts import quotes_sql, rules, sql, version_sql
from palabre.posts.errors import (
    CannotQuote,
    NotYours,
    PostNotFound,
    QuoteUnmentioned,
    QuoteUnseen,
    TooManyQuotesWaiting,
)
from palabre.posts.events import PostChanged, QuoteChanged
from palabre.posts.model import Mention, Post, QuotePolicy, QuoteRequest, QuoteRequestView, QuoteState, Visibility
from palabre.posts.queries import post_views, readable_post
from palabre.posts.wording import tag_marks
from palabre.store import Snapshot, Transaction

WAITING = 50
"""The most quotes of one member that wait for one author."""


class Quotable(NamedTuple):
    """A post that somebody may quote."""

    post: Post
    state: QuoteState
    """``ACCEPTED``, or ``PENDING``: its author is asked first."""


def quotable(tx: Transaction, viewer: AccountId, post: PostId) -> Quotable:
    """Return the post that ``viewer`` may quote, or ask to quote; of a repost, the original.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.
        CannotQuote: its author does not want it, or it is not for everybody.

    """
    target = readable_post(tx, viewer, post)
    if target.repost_of is not None:
        target = readable_post(tx, viewer, PostId(target.repost_of))
    by_following = {QuotePolicy.FOLLOWERS, QuotePolicy.FOLLOWERS_OR_ASK}
    asks = target.quote_policy in by_following and target.author != viewer
    follows = asks and target.author in followed_among(tx, viewer, [target.author])
    state = rules.quote_allowed(target, viewer, follows_author=follows)
    if state is None:
        raise CannotQuote(field="quoted_status_id")
    return Quotable(target, state)


def check_mentioned(viewer: AccountId, quoted: Post, visibility: Visibility, mentions: Iterable[Mention]) -> None:
    """Refuse to quote in a post for those whom it mentions what somebody else wrote.

    Raises:
        QuoteUnmentioned: as it says.

    See Also:
        Mastodon: ``PostStatusService#safeguard_private_mention_quote!``.

    """
    readers = {viewer, *(each.account for each in mentions)}
    if visibility is Visibility.MENTIONED and quoted.author not in readers:
        raise QuoteUnmentioned(field="quoted_status_id")


def check_asking(tx: Transaction, quoting: Post, visibility: Visibility, owner: AccountId) -> None:
    """Refuse to ask ``owner`` for a quote in ``quoting``, which is to have ``visibility``, if he could not decide.

    Raises:
        QuoteUnseen: he may not read it.
        TooManyQuotesWaiting: as it says.

    """
    mentioned = any(each.account == owner for each in quoting.mentions)
    looks = visibility is Visibility.FOLLOWERS and not mentioned
    follows = looks and quoting.author in followed_among(tx, owner, [quoting.author])
    if not rules.shows_to(visibility, mentioned, follows=follows):
        raise QuoteUnseen(field="quoted_status_id")
    if quotes_sql.count_of(tx, quoting.author, owner) >= WAITING:
        raise TooManyQuotesWaiting(field="quoted_status_id", limit=WAITING)


def ask(tx: Transaction, quoting: Post, owner: AccountId) -> None:
    """Let a quote wait until ``owner``, who wrote what it quotes, agrees; the post that quotes is out."""
    if quoting.quote_of is not None:
        quoted = PostId(quoting.quote_of)
        request = QuoteRequest(post=quoting.id, owner=owner, writer=quoting.author, quoted=quoted)
        quotes_sql.insert_request(tx, request)


def requests_page(db: Snapshot, owner: AccountId, window: Window) -> Slice[QuoteRequestView]:
    """Return a page of the quotes that wait for ``owner``, the newest first; not of those whom he hides.

    At most eight statements.
    """
    found = quotes_sql.page(db, owner, window)
    if not found:
        return Slice([], None, None)
    hidden = hidden_among(db, owner, {each.writer for each in found})
    shown = [each for each in found if not hidden.hides(each.writer)]
    wanted = list(dict.fromkeys(post for each in shown for post in (each.post, each.quoted)))
    views = {view.post.id: view for view in post_views(db, owner, wanted)}
    return Slice(
        [
            QuoteRequestView(views[each.post], views[each.quoted])
            for each in shown
            if each.post in views and each.quoted in views
        ],
        found[0].post,
        found[-1].post,
        len(found),
    )


def decide_quote(tx: Transaction, owner: AccountId, quoting: PostId, *, agree: bool) -> PostId:
    """Agree to a quote that waits, or not; return the quoting post.

    Raises:
        PostNotFound: ``owner`` was not asked, it is decided, or he may not read the post that quotes, or hides
            who wrote it.

    """
    request = quotes_sql.one(tx, quoting)
    if request is None or request.owner != owner or hidden_among(tx, owner, {request.writer}).hides(request.writer):
        raise PostNotFound
    quote = readable_post(tx, owner, quoting)
    quotes_sql.delete_among(tx, [quoting])
    if agree:
        version_sql.set_quote(tx, quoting, QuoteState.ACCEPTED, new_id(tx.now))
        sql.count_quote(tx, request.quoted, 1)
        _state(tx, quote, QuoteState.ACCEPTED)
    else:
        version_sql.set_quote(tx, quoting, QuoteState.REJECTED, None)
        _state(tx, quote, QuoteState.REJECTED)
    return quoting


def revoke_quote(tx: Transaction, viewer: AccountId, post: PostId, quoting: PostId) -> PostId:
    """Take back the consent to a quote of one's ``post``, or give none; return the quoting post, which stays.

    Raises:
        PostNotFound: one of the two does not exist, the viewer may not read it, or it does not quote the other.
        NotYours: somebody else wrote ``post``.

    """
    target = readable_post(tx, viewer, post)
    if target.author != viewer:
        raise NotYours
    found = sql.find(tx, viewer, [quoting]).get(quoting)  # also one that the author may not read: it is his text
    if found is None or found.view.post.quote_of != target.id or found.view.post.visibility is Visibility.WAITING:
        raise PostNotFound
    quote = found.view.post
    if quote.quote_state is QuoteState.ACCEPTED:
        version_sql.set_quote(tx, quoting, QuoteState.REVOKED, None)
        sql.count_quote(tx, target.id, -1)
        _state(tx, quote, QuoteState.REVOKED)
    elif quote.quote_state is QuoteState.PENDING:
        quotes_sql.delete_among(tx, [quoting])
        version_sql.set_quote(tx, quoting, QuoteState.REJECTED, None)
        _state(tx, quote, QuoteState.REJECTED)
    return quoting


def _state(tx: Transaction, quote: Post, state: QuoteState) -> None:
    """State that something is decided about ``quote``."""
    quoted = PostId(quote.quote_of or 0)
    journal.record(tx, PostChanged(post=quoted))
    journal.record(tx, PostChanged(post=quote.id))
    journal.record(
        tx,
        QuoteChanged(post=quote.id, quoted=quoted, state=state.value, author=quote.author, hashtags=tag_marks(quote)),
    )


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
