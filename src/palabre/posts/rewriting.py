"""Deleting a post in order to write it anew: what it said is a draft from that moment on."""

from __future__ import annotations

from palabre.ids import AccountId, PostId
from palabre.posts import requests_sql, rules
from palabre.posts.deleting import delete_post
from palabre.posts.errors import NotYours
from palabre.posts.model import Draft, Poll, PollDraft, PostView, Visibility
from palabre.posts.queries import post_view
from palabre.posts.unpublished import keep_draft
from palabre.store import Transaction


def rewrite_post(tx: Transaction, viewer: AccountId, post: PostId) -> int:
    """Delete one's post for real and keep what it said, with its media, as a draft; return the id of that.

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        NotYours: somebody else wrote it, or it is a repost, which says nothing.
        TooManyDrafts: the viewer has to publish or delete one first; the post stays.
        MayNotWrite: the account is not active.

    """
    view = post_view(tx, viewer, post)
    if view.post.author != viewer or view.original is not None:
        raise NotYours
    said = _said(view, _visibility(tx, view))
    delete_post(tx, viewer, post, keep_media=True)
    return keep_draft(tx, viewer, said)


def _said(view: PostView, visibility: Visibility) -> Draft:
    post = view.post
    return Draft(
        text=post.text,
        visibility=visibility,
        reply_to=None if post.reply_to is None else PostId(post.reply_to),
        warning=post.warning,
        sensitive=post.sensitive,
        language=post.language,
        media=tuple(each.id for each in view.media),
        poll=None if view.poll is None else _asked(view.poll, began=post.created),
        quote=None if post.quote_of is None else PostId(post.quote_of),
        quote_policy=post.quote_policy,
        reply_policy=post.reply_policy,
    )


def _visibility(tx: Transaction, view: PostView) -> Visibility:
    """Return for whom it was written, also if it waits until who is answered agrees."""
    if view.post.visibility is not Visibility.WAITING:
        return view.post.visibility
    request = requests_sql.one(tx, view.post.id)
    return Visibility.PUBLIC if request is None else request.visibility


def _asked(poll: Poll, *, began: int) -> PollDraft:
    """Return the poll as it was asked; votes go with the post."""
    seconds = min(max((poll.expires - began) // 1_000, rules.POLL_SHORTEST), rules.POLL_LONGEST)
    return PollDraft(
        choices=tuple(choice.title for choice in poll.choices),
        seconds=seconds,
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
    )
