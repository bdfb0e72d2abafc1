"""Deleting posts for real: each function is one transaction with its facts."""

from __future__ import annotations

from palabre import jobs, journal
from palabre.accounts.actions import record_post
from palabre.filters.actions import forget_posts as forget_filtered
from palabre.ids import AccountId, PostId
from palabre.media.actions import delete_of_posts, keep_of_post
from palabre.posts import deleting_sql, poll_sql, quotes_sql, requests_sql, sql, version_sql
from palabre.posts.errors import NotYours
from palabre.posts.events import PostChanged, PostDeleted, PostMarked, QuoteChanged, ReplyDecided
from palabre.posts.linking import drop_card
from palabre.posts.model import Mark, Post, QuoteState, ReplyState, Visibility
from palabre.posts.queries import readable_post
from palabre.posts.wording import marks_of_tags, tag_marks
from palabre.store import Transaction

_SLICE = 400
"""Rows of others that go with a deleted post in one transaction; the rest goes in jobs of this size."""

CLEAR = "posts.clear"
"""The job that removes what is left of a deleted post."""


def delete_post(tx: Transaction, viewer: AccountId, post: PostId, *, keep_media: bool = False) -> Post:
    """Delete one's post for real: rows, mentions, hashtags, media, reposts, marks. Returns what it was.

    With ``keep_media`` its media are for another post of its author's, like uploads that no post has yet.

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        NotYours: somebody else wrote it.

    """
    target = readable_post(tx, viewer, post)
    if target.author != viewer:
        raise NotYours
    if keep_media:
        keep_of_post(tx, post)
    delete_whole(tx, target)
    return target


def delete_whole(tx: Transaction, target: Post) -> None:
    """Delete a post with what belongs to it, whoever asks; see :func:`delete_post` for a member who does."""
    reposts = deleting_sql.reposts_left(tx, target.id, most=_SLICE)
    gone = [target.id, *(repost_id for repost_id, _ in reposts)]
    deleting_sql.delete_posts(tx, gone)
    if target.reply_to_author is not None:
        _withdraw(tx, target)
    if target.quote_state is QuoteState.PENDING:
        quotes_sql.delete_among(tx, [target.id])
    deleting_sql.forget_muted(tx, target.thread)
    forget_filtered(tx, gone)
    version_sql.delete_versions(tx, [target.id])
    poll_sql.delete_polls(tx, [target.id])
    delete_of_posts(tx, [target.id])
    if target.card is not None:
        drop_card(tx, target.card)
    for _, author in reposts:
        record_post(tx, author, tx.now, by=-1)
    if target.visibility is not Visibility.WAITING:  # what waits is not counted
        record_post(tx, target.author, tx.now, by=-1)
        if target.reply_to is not None:
            sql.count_reply(tx, PostId(target.reply_to), -1)
        if target.quote_of is not None and target.quote_state is QuoteState.ACCEPTED:
            sql.count_quote(tx, PostId(target.quote_of), -1)
    if target.repost_of is not None:
        original = PostId(target.repost_of)
        sql.count_repost(tx, original, -1)
        mark = sql.marked(tx, target.author, original)
        sql.set_marks(tx, target.author, original, mark._replace(marks=mark.marks & ~Mark.REPOSTED))
        journal.record(
            tx,
            PostMarked(
                account=target.author,
                post=original,
                author=target.author,
                marks=mark.marks & ~Mark.REPOSTED,
                removed=Mark.REPOSTED,
            ),
        )
    journal.record(
        tx,
        PostDeleted(
            post=target.id,
            author=target.author,
            repost_of=target.repost_of,
            reply_to=target.reply_to,
            quote_of=target.quote_of,
            reposts=tuple(gone[1:]),
            reposters=tuple(author for _, author in reposts),
            listed=target.is_listed,
            hashtags=tag_marks(target),
        ),
    )
    tx.wakes.add("purge")
    if not clear(tx, target.id):
        jobs.enqueue(tx, CLEAR, target.id, key=f"post:{target.id}")


def _withdraw(tx: Transaction, target: Post) -> None:
    """Take a reply that is gone out of the queue of whom was asked for it."""
    request = requests_sql.one(tx, target.id)
    if request is None:
        return
    requests_sql.delete_one(tx, target.id)
    if request.state is ReplyState.PENDING:
        journal.record(
            tx,
            ReplyDecided(post=target.id, author=request.writer, owner=request.owner, state=requests_sql.WITHDRAWN),
        )


def clear(tx: Transaction, gone: PostId) -> bool:
    """Remove a slice of what others left on a deleted post; return whether all of it is gone now."""
    reposts = deleting_sql.reposts_left(tx, gone, most=_SLICE)
    if reposts:
        deleting_sql.delete_posts(tx, [repost_id for repost_id, _ in reposts])
        forget_filtered(tx, [repost_id for repost_id, _ in reposts])
        for repost_id, author in reposts:
            record_post(tx, author, tx.now, by=-1)
            journal.record(tx, PostDeleted(post=repost_id, author=author, repost_of=gone))
    replies = deleting_sql.orphan_replies(tx, [gone], most=_SLICE)
    for reply in replies:
        journal.record(tx, PostChanged(post=reply))
    quotes = deleting_sql.void_quotes(tx, gone, most=_SLICE)
    for quote in quotes:
        journal.record(tx, PostChanged(post=quote.post))
        if quote.visibility is not Visibility.WAITING:
            tags = marks_of_tags(quote.hashtags, quote.visibility)
            state = QuoteState.DELETED.value
            journal.record(
                tx, QuoteChanged(post=quote.post, quoted=gone, state=state, author=quote.author, hashtags=tags)
            )
    marks = deleting_sql.delete_marks(tx, gone, most=_SLICE)
    return max(len(reposts), len(replies), len(quotes), marks) < _SLICE
