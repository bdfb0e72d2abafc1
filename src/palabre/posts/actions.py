"""Writing, reposting, liking, bookmarking and deleting: each function is one transaction with its facts."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from palabre import jobs, journal
from palabre.accounts.actions import record_post
from palabre.clock import Instant
from palabre.filters.actions import forget_posts as forget_filtered
from palabre.ids import AccountId, PostId, new_id
from palabre.markup.entities import EntityKind, hashtag_key
from palabre.media.actions import attach, delete_of_posts
from palabre.media.model import Attachment
from palabre.posts import poll_sql, rules, sql, version_sql
from palabre.posts.errors import CannotPin, CannotRepost, CannotVote, NotYours, TooManyPins, WrongThread
from palabre.posts.events import PostChanged, PostCreated, PostDeleted, PostImported, PostMarked, tag_mark
from palabre.posts.linking import ask_for_card, drop_card
from palabre.posts.model import Draft, Mark, Part, Post, PostView, QuoteState, Visibility
from palabre.posts.polls import ask
from palabre.posts.queries import post_view, quoted_view, readable_post
from palabre.posts.quoting import quotable
from palabre.posts.wording import Terms, active, mentions_of, must_describe, tags_of
from palabre.store import Transaction

_SLICE = 400
"""Rows of others that go with a deleted post in one transaction; the rest goes in jobs of this size."""

_PLACES = {Mark.LIKED: "liked", Mark.BOOKMARKED: "bookmarked", Mark.PINNED: "pinned"}
"""Where the place of a mark among others of its kind is kept."""

CLEAR = "posts.clear"
"""The job that removes what is left of a deleted post."""


def create_post(
    tx: Transaction, viewer: AccountId, draft: Draft, *, terms: Terms, idempotency_key: bytes | None = None
) -> PostId:
    """Publish ``draft`` in the name of ``viewer`` and return its id: :func:`publish` for who needs no more."""
    return publish(tx, viewer, draft, terms=terms, idempotency_key=idempotency_key).post.id


def publish(
    tx: Transaction, viewer: AccountId, draft: Draft, *, terms: Terms, idempotency_key: bytes | None = None
) -> PostView:
    """Publish ``draft`` in the name of ``viewer`` and return all that is shown of it, without reading it back.

    A reply narrows to the visibility of its parent. Followers learn of the post from the journal, not from
    here. With an ``idempotency_key`` used before, the post made then is returned.

    Raises:
        EmptyPost: neither text nor media.
        PostTooLong: more than ``terms.limit`` weighted characters.
        PostNotFound: ``draft.reply_to`` or ``draft.quote`` does not exist, or the viewer may not read it.
        CannotQuote: the author of the quoted post does not want it.
        TooFewChoices, TooManyChoices, ChoiceTooLong, WrongDuration: of a poll.
        MayNotWrite: the account is not active.

    See Also:
        Mastodon API, ``POST /api/v1/statuses``.

    """
    if idempotency_key is not None and (before := sql.post_of_key(tx, viewer, idempotency_key)) is not None:
        return post_view(tx, viewer, before)
    wording = rules.check(draft, limit=terms.limit)
    asked = rules.checked_poll(draft.poll) if draft.poll is not None else None
    author = active(tx, viewer)
    quoted = quotable(tx, viewer, draft.quote) if draft.quote is not None else None
    parent = readable_post(tx, viewer, draft.reply_to) if draft.reply_to is not None else None
    if parent is not None and parent.repost_of is not None:
        parent = readable_post(tx, viewer, PostId(parent.repost_of))
    id_ = PostId(new_id(tx.now))
    tags = tags_of(wording.entities)
    media = _attach(tx, viewer, draft, id_, terms)
    visibility = rules.narrowest(draft.visibility, parent.visibility if parent else None)
    post = Post(
        id=id_,
        author=viewer,
        text=wording.text,
        entities=tuple(wording.entities),
        mentions=mentions_of(tx, wording.entities, terms.domain),
        hashtags=tuple(tags.values()),
        warning=wording.warning,
        sensitive=draft.sensitive or bool(wording.warning),
        language=draft.language,
        visibility=visibility,
        created=tx.now,
        reply_to=parent.id if parent else None,
        reply_to_author=parent.author if parent else None,
        thread=parent.thread if parent else id_,
        app=draft.app,
        quote_policy=rules.quote_policy(draft.quote_policy, visibility),
        quote_of=quoted.id if quoted else None,
        quote_state=QuoteState.ACCEPTED if quoted else None,
        quote_grant=new_id(tx.now) if quoted else None,
        parts=Part.POLL if asked else 0,
    )
    _store(tx, post, tags, len(media))
    poll = ask(tx, post, asked) if asked else None
    if quoted is not None:
        sql.count_quote(tx, quoted.id, 1)
    if terms.cards and not media:
        ask_for_card(tx, post)
    if parent is not None:
        sql.count_reply(tx, parent.id, 1)
    if idempotency_key is not None:
        sql.keep_key(tx, viewer, idempotency_key, id_)
    journal.record(
        tx,
        PostCreated(
            post=id_,
            author=viewer,
            visibility=post.visibility,
            reply_to=post.reply_to,
            reply_to_author=post.reply_to_author,
            mentions=tuple(each.account for each in post.mentions if not each.domain),
            language=post.language,
            thread=post.thread if parent is not None else None,
            hashtags=tuple(map(tag_mark, tags)) if post.visibility is Visibility.PUBLIC else (),
            quote_of=post.quote_of,
            quote_of_author=quoted.author if quoted else None,
        ),
    )
    app = sql.app_of(tx, draft.app) if draft.app is not None else None
    return PostView(
        post=post,
        author=msgspec.structs.replace(author, posts_count=author.posts_count + 1, last_post=tx.now),
        media=tuple(media),
        poll=poll,
        quoted=quoted_view(tx, viewer, quoted.id) if quoted else None,
        quote_shows=post.quote_state,
        quote_author=quoted.author if quoted else None,
        app_name=app.name if app else None,
        app_website=app.website if app else None,
    )


def publish_thread(
    tx: Transaction,
    viewer: AccountId,
    drafts: Sequence[Draft],
    *,
    terms: Terms,
    idempotency_key: bytes | None = None,
) -> list[PostId]:
    """Publish several posts at once, each answering the one before: all of them, or none. Return their ids.

    With an ``idempotency_key`` used before, only the id of the post that began the thread is returned.

    Raises:
        WrongThread: there are none, or more than ``rules.THREAD``.
        Refusal: whatever :func:`publish` refuses about one of them.

    """
    if not 1 <= len(drafts) <= rules.THREAD:
        raise WrongThread(field="statuses", limit=rules.THREAD)
    if idempotency_key is not None and (before := sql.post_of_key(tx, viewer, idempotency_key)) is not None:
        return [before]
    made = [create_post(tx, viewer, drafts[0], terms=terms, idempotency_key=idempotency_key)]
    for draft in drafts[1:]:
        made.append(create_post(tx, viewer, msgspec.structs.replace(draft, reply_to=made[-1]), terms=terms))
    return made


def import_post(
    tx: Transaction, author: AccountId, draft: Draft, *, terms: Terms, created: Instant, id_: PostId
) -> PostId:
    """Place a post of long ago in its author's timeline, under an id made of its own time; nobody is told.

    Names in it stay text: who was meant elsewhere need not be who has that name here. The limit on length does
    not apply to what was published already.

    Raises:
        EmptyPost: neither text nor media.
        PostNotFound: ``draft.reply_to`` is not one of the author's own posts.

    """
    wording = rules.check(draft, limit=max(terms.limit, 100_000))
    entities = [each for each in wording.entities if each.kind is not EntityKind.MENTION]
    parent = readable_post(tx, author, draft.reply_to) if draft.reply_to is not None else None
    tags = tags_of(entities)
    media_count = len(attach(tx, author, list(draft.media), id_)) if draft.media else 0
    post = Post(
        id=id_,
        author=author,
        text=wording.text,
        entities=tuple(entities),
        hashtags=tuple(tags.values()),
        warning=wording.warning,
        sensitive=draft.sensitive or bool(wording.warning),
        language=draft.language,
        visibility=draft.visibility,
        created=created,
        reply_to=parent.id if parent else None,
        reply_to_author=parent.author if parent else None,
        thread=parent.thread if parent else id_,
    )
    _store(tx, post, tags, media_count)
    if parent is not None:
        sql.count_reply(tx, parent.id, 1)
    journal.record(tx, PostImported(post=id_, author=author))
    return id_


def _attach(tx: Transaction, viewer: AccountId, draft: Draft, post: PostId, terms: Terms) -> list[Attachment]:
    if not draft.media:
        return []
    return attach(tx, viewer, list(draft.media), post, described=must_describe(tx, viewer, terms))


def _store(tx: Transaction, post: Post, tags: dict[str, str], media_count: int) -> None:
    sql.insert_post(tx, post, listed=post.is_listed, local=True, media_count=media_count)
    record_post(tx, post.author, post.created, by=1)
    if tags and post.visibility is Visibility.PUBLIC:
        sql.tag_post(tx, tags, post, new_id=new_id(tx.now))


def _tag_marks(of: Post) -> tuple[str, ...]:
    return tuple(tag_mark(hashtag_key(tag)) for tag in of.hashtags) if of.visibility is Visibility.PUBLIC else ()


# Reposts and marks


def repost(
    tx: Transaction,
    viewer: AccountId,
    post: PostId,
    visibility: Visibility = Visibility.PUBLIC,
    *,
    app: int | None = None,
) -> PostId:
    """Show ``post`` to one's followers; return the repost. One's earlier repost of it is returned as it is.

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        CannotRepost: it is neither public nor unlisted (nor one's own for followers).

    """
    original = readable_post(tx, viewer, post)
    if original.repost_of is not None:
        original = readable_post(tx, viewer, PostId(original.repost_of))
    if not rules.may_repost(original, viewer):
        raise CannotRepost
    before = sql.repost_by(tx, original.id, viewer)
    if before is not None:
        return before
    active(tx, viewer)
    id_ = PostId(new_id(tx.now))
    shown = rules.narrowest(visibility, original.visibility)
    sql.insert_post(
        tx,
        Post(
            id=id_,
            author=viewer,
            text="",
            language=original.language,
            visibility=shown,
            created=tx.now,
            thread=id_,
            repost_of=original.id,
            app=app,
        ),
        listed=False,
        local=True,
        media_count=0,
    )
    record_post(tx, viewer, tx.now, by=1)
    sql.count_repost(tx, original.id, 1)
    mark = sql.marked(tx, viewer, original.id)
    sql.set_marks(tx, viewer, original.id, mark._replace(marks=mark.marks | Mark.REPOSTED))
    journal.record(
        tx,
        PostCreated(
            post=id_,
            author=viewer,
            visibility=shown,
            repost_of=original.id,
            repost_of_author=original.author,
            language=original.language,
        ),
    )
    journal.record(
        tx,
        PostMarked(
            account=viewer,
            post=original.id,
            author=original.author,
            marks=mark.marks | Mark.REPOSTED,
            added=Mark.REPOSTED,
        ),
    )
    return id_


def undo_repost(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    """Take back one's repost of ``post`` (or of what it reposts), if there is one; return the original's id."""
    original = readable_post(tx, viewer, post)
    of = PostId(original.repost_of) if original.repost_of is not None else original.id
    mine = sql.repost_by(tx, of, viewer)
    if mine is not None:
        delete_whole(tx, sql.find(tx, viewer, [mine])[mine].view.post)
    return of


def like(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    """Like a post; of a repost, the original. Doing it twice changes nothing. Returns what is liked."""
    return _mark(tx, viewer, post, Mark.LIKED, on=True)


def unlike(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    """Take a like back."""
    return _mark(tx, viewer, post, Mark.LIKED, on=False)


def bookmark(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    """Keep a post for oneself; nobody is told."""
    return _mark(tx, viewer, post, Mark.BOOKMARKED, on=True)


def unbookmark(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    """Keep it no longer."""
    return _mark(tx, viewer, post, Mark.BOOKMARKED, on=False)


def pin(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    """Put one's post on top of one's profile; the last pinned stands first. Doing it twice changes nothing.

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        CannotPin: it is somebody else's, a repost, or for the mentioned only.
        TooManyPins: as many are there as may be.

    """
    target = readable_post(tx, viewer, post)
    if not rules.may_pin(target, viewer):
        raise CannotPin
    active(tx, viewer)
    there = version_sql.pinned(tx, viewer, most=rules.PINS)
    if target.id not in there and len(there) >= rules.PINS:
        raise TooManyPins(limit=rules.PINS)
    return _mark(tx, viewer, post, Mark.PINNED, on=True)


def unpin(tx: Transaction, viewer: AccountId, post: PostId) -> PostId:
    """Take it from the top of one's profile."""
    return _mark(tx, viewer, post, Mark.PINNED, on=False)


def vote_on_reply(tx: Transaction, viewer: AccountId, post: PostId, value: int) -> PostId:
    """Vote a reply up (1) or down (-1), or take the vote back (0).

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        CannotVote: it is no reply, or one's own.

    """
    target = readable_post(tx, viewer, post)
    if target.reply_to_author is None or target.author == viewer:
        raise CannotVote
    active(tx, viewer)
    before = sql.marked(tx, viewer, target.id)
    kept = before.marks & ~(Mark.UP | Mark.DOWN)
    after = before._replace(marks=kept | (Mark.UP if value > 0 else Mark.DOWN if value < 0 else 0))
    if after.marks == before.marks:
        return target.id
    sql.set_marks(tx, viewer, target.id, after)
    sql.count_votes(
        tx,
        target.id,
        ups=bool(after.marks & Mark.UP) - bool(before.marks & Mark.UP),
        downs=bool(after.marks & Mark.DOWN) - bool(before.marks & Mark.DOWN),
    )
    journal.record(
        tx,
        PostMarked(
            account=viewer,
            post=target.id,
            author=target.author,
            marks=after.marks,
            added=after.marks & ~before.marks,
            removed=before.marks & ~after.marks,
        ),
    )
    return target.id


def _mark(tx: Transaction, viewer: AccountId, post: PostId, mark: Mark, *, on: bool) -> PostId:
    target = readable_post(tx, viewer, post)
    if target.repost_of is not None:
        target = readable_post(tx, viewer, PostId(target.repost_of))
    before = sql.marked(tx, viewer, target.id)
    if bool(before.marks & mark) == on:
        return target.id
    if on:
        active(tx, viewer)
    after = before._replace(marks=before.marks | mark if on else before.marks & ~mark)
    row = new_id(tx.now) if on else None
    after = after.placed(_PLACES[mark], row)
    sql.set_marks(tx, viewer, target.id, after)
    if mark is Mark.LIKED:
        sql.count_like(tx, target.id, 1 if on else -1)
    journal.record(
        tx,
        PostMarked(
            account=viewer,
            post=target.id,
            author=target.author,
            marks=after.marks,
            added=mark if on else 0,
            removed=0 if on else mark,
        ),
    )
    return target.id


# Deleting


def delete_post(tx: Transaction, viewer: AccountId, post: PostId) -> Post:
    """Delete one's post for real: rows, mentions, hashtags, media, reposts, marks. Returns what it was.

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        NotYours: somebody else wrote it.

    """
    target = readable_post(tx, viewer, post)
    if target.author != viewer:
        raise NotYours
    delete_whole(tx, target)
    return target


def delete_whole(tx: Transaction, target: Post) -> None:
    """Delete a post with what belongs to it, whoever asks; see :func:`delete_post` for a member who does."""
    reposts = sql.reposts_left(tx, target.id, most=_SLICE)
    gone = [target.id, *(repost_id for repost_id, _ in reposts)]
    sql.delete_posts(tx, gone)
    sql.forget_muted(tx, target.thread)
    forget_filtered(tx, gone)
    version_sql.delete_versions(tx, [target.id])
    poll_sql.delete_polls(tx, [target.id])
    delete_of_posts(tx, [target.id])
    if target.card is not None:
        drop_card(tx, target.card)
    for _, author in reposts:
        record_post(tx, author, tx.now, by=-1)
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
            hashtags=_tag_marks(target),
        ),
    )
    tx.wakes.add("purge")
    if not clear(tx, target.id):
        jobs.enqueue(tx, CLEAR, target.id, key=f"post:{target.id}")


def clear(tx: Transaction, gone: PostId) -> bool:
    """Remove a slice of what others left on a deleted post; return whether all of it is gone now."""
    reposts = sql.reposts_left(tx, gone, most=_SLICE)
    if reposts:
        sql.delete_posts(tx, [repost_id for repost_id, _ in reposts])
        forget_filtered(tx, [repost_id for repost_id, _ in reposts])
        for repost_id, author in reposts:
            record_post(tx, author, tx.now, by=-1)
            journal.record(tx, PostDeleted(post=repost_id, author=author, repost_of=gone))
    replies = sql.orphan_replies(tx, [gone], most=_SLICE)
    for reply in replies:
        journal.record(tx, PostChanged(post=reply))
    quotes = sql.void_quotes(tx, gone, most=_SLICE)
    for quote in quotes:
        journal.record(tx, PostChanged(post=quote))
    marks = sql.delete_marks(tx, gone, most=_SLICE)
    return max(len(reposts), len(replies), len(quotes), marks) < _SLICE


def forget_idempotency_keys(tx: Transaction, *, before: int) -> int:
    """Forget clients' keys made before ``before``; an hour is what Mastodon keeps."""
    return sql.forget_keys(tx, before)


__all__ = [
    "CLEAR", "Terms", "bookmark", "clear", "create_post", "delete_post", "forget_idempotency_keys", "import_post",
    "like", "pin", "publish", "publish_thread",
    "repost", "unbookmark", "undo_repost", "unlike", "unpin", "vote_on_reply",
]  # fmt: skip
