"""Who may reply, and what becomes of a reply: at once, after the author's approval, or never.

The rule of the post that began a conversation holds in all of it. A reply that waits has a row like any other, with
the visibility ``waiting``: nobody but its writer may read it, and nothing counts, finds or tells of it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from palabre import journal
from palabre.accounts.queries import login_of, seen_account
from palabre.graph.queries import followed_among
from palabre.ids import AccountId, PostId
from palabre.posts import requests_sql, rules, sql
from palabre.posts.announcing import announce
from palabre.posts.errors import (
    ApprovedAsItIs,
    CannotHide,
    CannotReply,
    NotYours,
    ReplyIsOut,
    ReplyRequestNotFound,
    TooManyWaiting,
)
from palabre.posts.events import PostChanged, ReplyDecided, ReplyHeld
from palabre.posts.model import (
    Post,
    QuoteState,
    ReplyApproval,
    ReplyPolicy,
    ReplyRequest,
    ReplyState,
    Visibility,
)
from palabre.posts.queries import readable_post, shown_to_owner
from palabre.posts.wording import Terms, mentions_of, tags_of
from palabre.store import Snapshot, Transaction

WAITING = 50
"""The most replies of one member that wait for one author, or that are sorted out at once."""
AT_ONCE = 100
"""How many replies are decided in one transaction."""
_SORTED_OUT = frozenset({ReplyState.MUTED, ReplyState.SPAM})


class Held(NamedTuple):
    """A reply that does not appear."""

    owner: AccountId
    state: ReplyState
    visibility: Visibility
    """What it is to have once it is approved."""


class Stance(NamedTuple):
    """How somebody who wants to reply stands to the author of the conversation."""

    addressed: bool
    follows: bool
    followed: bool


def root_of(db: Snapshot, post: Post) -> Post | None:
    """Return the post that began the conversation of ``post``, whoever may read it; ``None`` if it is gone."""
    if post.thread == post.id:
        return post
    found = sql.find(db, None, [post.thread]).get(post.thread)
    return found.view.post if found else None


def _stance(db: Snapshot, root: Post, parent: Post, viewer: AccountId) -> Stance:
    addressed = rules.is_addressed(root, parent, viewer)
    return Stance(
        addressed,
        root.reply_policy is ReplyPolicy.FOLLOWERS
        and not addressed
        and root.author in followed_among(db, viewer, [root.author]),
        not addressed and viewer in followed_among(db, root.author, [viewer]),
    )


def barred_by(db: Snapshot, viewer: AccountId, parent: Post) -> ReplyPolicy | None:
    """Return what keeps ``viewer``, who may read ``parent``, from replying to it, if anything does.

    At most three statements.
    """
    root = root_of(db, parent)
    if root is None or root.author == viewer or root.reply_policy is ReplyPolicy.ALL:
        return None
    return None if _is_welcome(root, viewer, _stance(db, root, parent, viewer)) else root.reply_policy


def _is_welcome(root: Post, viewer: AccountId, stance: Stance) -> bool:
    return rules.may_reply(root, viewer, addressed=stance.addressed, follows=stance.follows, followed=stance.followed)


def received(tx: Transaction, viewer: AccountId, parent: Post, asked: Visibility) -> Held | None:
    """Decide what becomes of a reply to ``parent`` that is to have the visibility ``asked``; ``None``: it appears.

    Raises:
        CannotReply: the author of the conversation does not let ``viewer`` reply.
        TooManyWaiting: as it says.

    """
    if parent.visibility is Visibility.WAITING:  # it goes on from one's own reply that waits
        above = requests_sql.one(tx, parent.id)
        private = rules.narrowest(asked, None) is Visibility.MENTIONED  # it is for nobody's queue
        if above is None or private:
            raise CannotReply(field="in_reply_to_id")
        return _held(tx, viewer, above.owner, above.state, rules.narrowest(asked, above.visibility))
    root = root_of(tx, parent)
    if root is None or root.author == viewer:
        return None
    visibility = rules.narrowest(asked, parent.visibility)
    stance = _stance(tx, root, parent, viewer)
    if not _is_welcome(root, viewer, stance):
        raise CannotReply(field="in_reply_to_id")
    if visibility is Visibility.MENTIONED:  # a private word appears nowhere
        return None
    state = requests_sql.rule_of(tx, root.author, viewer)
    if state is not None:
        return _held(tx, viewer, root.author, state, visibility)
    if rules.must_wait(_approval(tx, root.author), addressed=stance.addressed, followed=stance.followed):
        return _held(tx, viewer, root.author, ReplyState.PENDING, visibility)
    return None


def would_wait(db: Snapshot, viewer: AccountId, parent: Post) -> bool:
    """Tell whether what ``viewer`` replies to ``parent``, as he may, would wait by what its author asks of everybody.

    What the author has decided about this writer is not told before he writes. At most four statements.
    """
    if parent.visibility is Visibility.WAITING:
        return True
    root = root_of(db, parent)
    if root is None or root.author == viewer:
        return False
    stance = _stance(db, root, parent, viewer)
    return rules.must_wait(_approval(db, root.author), addressed=stance.addressed, followed=stance.followed)


def _held(tx: Transaction, viewer: AccountId, owner: AccountId, state: ReplyState, visibility: Visibility) -> Held:
    if requests_sql.count_in(tx, owner, viewer, state) >= WAITING:
        raise TooManyWaiting(limit=WAITING)
    return Held(owner, state, visibility)


def _approval(db: Snapshot, author: AccountId) -> ReplyApproval:
    login = login_of(db, author)
    return ReplyApproval(login.preferences.reply_approval) if login else ReplyApproval.NONE


def hold(tx: Transaction, post: Post, held: Held) -> None:
    """Note that a reply whose row is written waits, or is sorted out at once; only its owner is to learn of it."""
    requests_sql.insert_request(
        tx,
        ReplyRequest(
            post=post.id, owner=held.owner, writer=post.author, state=held.state, visibility=held.visibility
        ),
    )
    if post.reply_to is not None and post.reply_to_author is not None:
        journal.record(
            tx,
            ReplyHeld(
                post=post.id,
                author=post.author,
                owner=held.owner,
                reply_to=post.reply_to,
                reply_to_author=post.reply_to_author,
                thread=post.thread,
                state=held.state.value,
            ),
        )


# What the author decides


def decide(
    tx: Transaction, owner: AccountId, posts: Collection[PostId], state: ReplyState, *, terms: Terms
) -> list[PostId]:
    """Decide about replies for which ``owner`` was asked; return those about which something is different now.

    What was deleted meanwhile, is somebody else's to decide, is not shown to ``owner`` or is out already is left out.
    ``MUTED`` and ``SPAM`` hold for what the writers reply from now on, until one of their replies is approved.
    """
    return [each.post for each in _seen(tx, owner, posts) if _decided(tx, each, state, terms)]


def _seen(tx: Transaction, owner: AccountId, posts: Collection[PostId]) -> list[ReplyRequest]:
    """Load what ``owner`` is asked about ``posts``, as far as he is shown it: of nothing else he decides."""
    requests = requests_sql.requests_among(tx, owner, posts)
    shown = shown_to_owner(tx, owner, [each.post for each in requests])
    return [each for each in requests if each.post in shown]


def decide_one(tx: Transaction, owner: AccountId, post: PostId, state: ReplyState, *, terms: Terms) -> PostId:
    """Decide about one reply.

    Raises:
        ReplyRequestNotFound: ``owner`` was not asked for it or is not shown it, or it is gone.
        ReplyIsOut: it was approved.

    """
    found = _seen(tx, owner, [post])
    if not found:
        raise ReplyRequestNotFound
    if found[0].state is ReplyState.APPROVED and state is not ReplyState.APPROVED:
        raise ReplyIsOut(field="state")
    _decided(tx, found[0], state, terms)
    return post


def decide_person(tx: Transaction, owner: AccountId, writer: AccountId, state: ReplyState, *, terms: Terms) -> bool:
    """Decide about a slice of what waits of one writer; return whether nothing of it is left.

    The rule for what he replies from now on is set even if nothing waits.

    Raises:
        ReplyRequestNotFound: ``owner`` was never asked for a reply of this writer, or is shown none.

    """
    any_of = requests_sql.any_of(tx, owner, writer)
    if any_of is None or not shown_to_owner(tx, owner, [any_of]):  # all of one writer is shown, or nothing
        raise ReplyRequestNotFound
    _rule(tx, owner, writer, state)
    found = requests_sql.oldest(tx, owner, writer, ReplyState.PENDING, most=AT_ONCE)
    for each in found:
        _decided(tx, each, state, terms)
    return len(found) < AT_ONCE


def _rule(tx: Transaction, owner: AccountId, writer: AccountId, state: ReplyState) -> None:
    if state in _SORTED_OUT:
        requests_sql.set_rule(tx, owner, writer, state)
    elif state is ReplyState.APPROVED:
        requests_sql.set_rule(tx, owner, writer, None)


def sort_out(tx: Transaction, owner: AccountId, writer: AccountId, state: ReplyState) -> None:
    """Sort out at once what ``writer`` replies from now on, as ``owner`` decided elsewhere: ``MUTED`` or ``SPAM``.

    Raises:
        AccountNotFound: there is no such account, or it may not be seen.

    """
    _rule(tx, owner, seen_account(tx, owner, writer).id, state)


def _decided(tx: Transaction, request: ReplyRequest, state: ReplyState, terms: Terms) -> bool:
    if request.state in {state, ReplyState.APPROVED}:
        return False
    _rule(tx, request.owner, request.writer, state)
    requests_sql.decide(tx, request.post, state, tx.now)
    if state is ReplyState.APPROVED:
        _come_out(tx, request, terms)
    journal.record(tx, ReplyDecided(post=request.post, author=request.writer, owner=request.owner, state=state.value))
    return True


def _come_out(tx: Transaction, request: ReplyRequest, terms: Terms) -> None:
    """Let a reply appear as if it had done so when it was written; what it goes on from appears first."""
    found = sql.find(tx, None, [request.post])[request.post]
    waited = found.view.post
    if waited.reply_to is not None:
        above = requests_sql.one(tx, PostId(waited.reply_to))
        if above is not None and above.owner == request.owner:
            _decided(tx, above, ReplyState.APPROVED, terms)
    mentions = mentions_of(tx, list(waited.entities), terms.domain)  # as far as they are still there
    post = msgspec.structs.replace(waited, visibility=request.visibility, mentions=mentions)
    requests_sql.come_out(tx, post, msgspec.json.encode(mentions).decode())
    sql.insert_mentions(tx, post)
    quoted = None
    if post.quote_of is not None and post.quote_state in {QuoteState.ACCEPTED, QuoteState.PENDING}:
        of = PostId(post.quote_of)
        quoted = sql.find(tx, None, [of]).get(of)
    journal.record(tx, PostChanged(post=post.id))
    announce(
        tx,
        post,
        tags_of(list(post.entities)),
        card=terms.cards and not found.media_count,
        quoted_author=quoted.view.post.author if quoted else None,
        limited=found.view.author.limited,
        approved_by=request.owner,
    )


def check_edit(tx: Transaction, viewer: AccountId, post: Post) -> None:
    """Refuse to change a reply that is out because it was approved, if what ``viewer`` writes there now would wait.

    Raises:
        ApprovedAsItIs: as it says.

    """
    request = requests_sql.one(tx, post.id) if post.reply_to_author is not None else None
    root = root_of(tx, post) if request is not None else None
    if request is None or root is None or request.state is not ReplyState.APPROVED:
        return
    above = sql.find(tx, None, [PostId(post.reply_to or 0)]).get(PostId(post.reply_to or 0))
    stance = _stance(tx, root, above.view.post if above else root, viewer)
    if requests_sql.rule_of(tx, request.owner, viewer) is not None or rules.must_wait(
        _approval(tx, request.owner), addressed=stance.addressed, followed=stance.followed
    ):
        raise ApprovedAsItIs(field="status")


# Who may reply from now on, and what is folded away


def set_reply_policy(tx: Transaction, viewer: AccountId, post: PostId, policy: ReplyPolicy) -> PostId:
    """Change who may reply in the conversation that one's post began; replies that are there stay.

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        NotYours: somebody else wrote it.

    """
    target = readable_post(tx, viewer, post)
    if target.author != viewer or target.repost_of is not None:
        raise NotYours
    allowed = rules.reply_policy(policy, is_reply=target.reply_to_author is not None)
    requests_sql.set_policy(tx, post, allowed)
    journal.record(tx, PostChanged(post=post))
    return post


def set_hidden(tx: Transaction, viewer: AccountId, post: PostId, *, hidden: bool) -> PostId:
    """Fold a reply of somebody else away at the end of one's own conversation, or unfold it.

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        CannotHide: it is one's own, no reply, or stands in the conversation of somebody else.

    """
    target = readable_post(tx, viewer, post)
    root = root_of(tx, target)
    if target.reply_to_author is None or target.author == viewer or root is None or root.author != viewer:
        raise CannotHide
    if target.hidden != hidden:
        requests_sql.set_hidden(tx, post, hidden=hidden)
        journal.record(tx, PostChanged(post=post))
    return post
