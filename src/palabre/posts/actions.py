"""Writing, reposting, liking and bookmarking: each function is one transaction with its facts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from palabre import journal
from palabre.accounts.actions import record_post
from palabre.clock import Instant
from palabre.errors import Refusal
from palabre.ids import AccountId, PostId, new_id
from palabre.markup.entities import EntityKind
from palabre.media.actions import attach
from palabre.media.model import Attachment
from palabre.posts import rules, sql, version_sql
from palabre.posts.announcing import announce
from palabre.posts.deleting import delete_whole
from palabre.posts.errors import (
    CannotPin,
    CannotRepost,
    CannotVote,
    PostNotFound,
    TooManyPins,
    UnmeantMentions,
    WrongThread,
)
from palabre.posts.events import PostCreated, PostImported, PostMarked
from palabre.posts.model import Draft, Mark, Part, Post, PostView, QuoteState, Visibility
from palabre.posts.polls import ask as ask_poll
from palabre.posts.queries import post_view, quoted_view, readable_post
from palabre.posts.quoting import check_asking, check_mentioned, quotable
from palabre.posts.replying import hold, received, root_of
from palabre.posts.wording import Terms, active, mentions_of, must_describe, tags_of, usable_tags_of
from palabre.store import Transaction

_PLACES = {Mark.LIKED: "liked", Mark.BOOKMARKED: "bookmarked", Mark.PINNED: "pinned"}
"""Where the place of a mark among others of its kind is kept."""


def create_post(
    tx: Transaction, viewer: AccountId, draft: Draft, *, terms: Terms, idempotency_key: bytes | None = None
) -> PostId:
    """Publish ``draft`` in the name of ``viewer`` and return its id: :func:`publish` for who needs no more."""
    return publish(tx, viewer, draft, terms=terms, idempotency_key=idempotency_key).post.id


def publish(
    tx: Transaction,
    viewer: AccountId,
    draft: Draft,
    *,
    terms: Terms,
    idempotency_key: bytes | None = None,
    meant: Collection[AccountId] | None = None,
) -> PostView:
    """Publish ``draft`` in the name of ``viewer`` and return all that is shown of it, without reading it back.

    A reply narrows to the visibility of its parent, and a quote to followers if what it quotes is for them. A reply
    may have to wait until the author of the conversation agrees: then its visibility is ``WAITING``. Followers learn
    of the post from the journal, not from here. With an ``idempotency_key`` used before, the post made then is
    returned. ``meant``: whom it may mention and nobody else.

    Raises:
        EmptyPost: neither text nor media.
        PostTooLong: more than ``terms.limit`` weighted characters.
        PostNotFound: ``draft.reply_to`` or ``draft.quote`` does not exist, or the viewer may not read it.
        CannotQuote: the author of the quoted post does not want it.
        QuoteUnmentioned: it is for those whom it mentions, and he is not among them.
        QuoteUnseen, TooManyQuotesWaiting: he would have to agree first, and cannot.
        CannotReply: the author of the conversation does not let the viewer reply.
        TooManyWaiting: of replies that wait for approval.
        TooFewChoices, TooManyChoices, ChoiceTooLong, WrongDuration: of a poll.
        UnmeantMentions: it mentions others than those who are ``meant``.
        MayNotWrite: the account is not active.

    See Also:
        Mastodon API, ``POST /api/v1/statuses``.

    """
    if idempotency_key is not None and (before := sql.post_of_key(tx, viewer, idempotency_key)) is not None:
        return post_view(tx, viewer, before)
    wording = rules.check(draft, limit=terms.limit)
    asked = rules.checked_poll(draft.poll) if draft.poll is not None else None
    author = active(tx, viewer)
    quote = quotable(tx, viewer, draft.quote) if draft.quote is not None else None
    quoted = quote.post if quote else None
    parent = readable_post(tx, viewer, draft.reply_to) if draft.reply_to is not None else None
    if parent is not None and parent.repost_of is not None:
        parent = readable_post(tx, viewer, PostId(parent.repost_of))
    mentions = mentions_of(tx, wording.entities, terms.domain)
    unmeant = [each.account for each in mentions if meant is not None and each.account not in meant]
    if unmeant:
        raise UnmeantMentions(unmeant)
    id_ = PostId(new_id(tx.now))
    tags = usable_tags_of(tx, wording.entities)
    media = _attach(tx, viewer, draft, id_, terms)
    wanted = rules.visibility_of_quote(draft.visibility, quoted)
    held = received(tx, viewer, parent, wanted) if parent is not None else None
    visibility = rules.narrowest(wanted, parent.visibility if parent else None)
    if quoted is not None:
        check_mentioned(viewer, quoted, visibility, mentions)
    post = Post(
        id=id_,
        author=viewer,
        text=wording.text,
        entities=tuple(wording.entities),
        mentions=mentions,
        hashtags=tuple(tags.values()),
        warning=wording.warning,
        sensitive=draft.sensitive or bool(wording.warning) or (author.sensitized and bool(media)),
        language=draft.language,
        visibility=Visibility.WAITING if held else visibility,
        created=tx.now,
        reply_to=parent.id if parent else None,
        reply_to_author=parent.author if parent else None,
        thread=parent.thread if parent else id_,
        app=draft.app,
        quote_policy=rules.quote_policy(draft.quote_policy, visibility),
        quote_of=quoted.id if quoted else None,
        quote_state=quote.state if quote else None,
        quote_grant=new_id(tx.now) if quote and quote.state is QuoteState.ACCEPTED else None,
        reply_policy=rules.reply_policy(draft.reply_policy, is_reply=parent is not None),
        parts=Part.POLL if asked else 0,
    )
    asked_for = quoted.author if quoted and post.quote_state is QuoteState.PENDING else None
    if asked_for is not None:
        check_asking(tx, post, visibility, asked_for)
    sql.insert_post(tx, post, listed=post.is_listed, local=True, media_count=len(media))
    poll = ask_poll(tx, post, asked) if asked else None
    if idempotency_key is not None:
        sql.keep_key(tx, viewer, idempotency_key, id_)
    if held:
        hold(tx, post, held)
    else:
        card = terms.cards and not media
        quoted_author = quoted.author if quoted else None
        announce(tx, post, tags, card=card, quoted_author=quoted_author, limited=author.limited)
        author = msgspec.structs.replace(author, posts_count=author.posts_count + 1, last_post=tx.now)
    app = sql.app_of(tx, draft.app) if draft.app is not None else None
    return PostView(
        post=post,
        author=author,
        media=tuple(media),
        poll=poll,
        quoted=quoted_view(tx, viewer, quoted.id) if quoted and asked_for is None else None,
        quote_shows=post.quote_state,
        quote_author=quoted.author if quoted and asked_for is None else None,
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
        Refusal: whatever :func:`publish` refuses about one of them, which ``part`` says.

    """
    if not 1 <= len(drafts) <= rules.THREAD:
        raise WrongThread(field="statuses", limit=rules.THREAD)
    if idempotency_key is not None and (before := sql.post_of_key(tx, viewer, idempotency_key)) is not None:
        return [before]
    made: list[PostId] = []
    for place, draft in enumerate(drafts):
        key = None if made else idempotency_key
        part = msgspec.structs.replace(draft, reply_to=made[-1]) if made else draft
        try:
            made.append(create_post(tx, viewer, part, terms=terms, idempotency_key=key))
        except Refusal as refusal:
            refusal.part = place
            raise
    return made


def import_post(
    tx: Transaction, author: AccountId, draft: Draft, *, terms: Terms, created: Instant, id_: PostId
) -> PostId:
    """Place a post of long ago in its author's timeline, under an id made of its own time; nobody is told.

    Names in it stay text: who was meant elsewhere need not be who has that name here. The limit on length does
    not apply to what was published already.

    Raises:
        EmptyPost: neither text nor media.
        PostNotFound: ``draft.reply_to`` is not one of the author's own posts, or stands in a conversation of others.

    """
    wording = rules.check(draft, limit=max(terms.limit, 100_000))
    entities = [each for each in wording.entities if each.kind is not EntityKind.MENTION]
    parent = _own_parent(tx, author, draft.reply_to) if draft.reply_to is not None else None
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


def _own_parent(tx: Transaction, author: AccountId, post: PostId) -> Post:
    """Return what an imported post goes on from: what others began is theirs to open, and asks them first."""
    parent = readable_post(tx, author, post)
    root = root_of(tx, parent)
    if (
        parent.author != author
        or parent.visibility is Visibility.WAITING
        or (root is not None and root.author != author)
    ):
        raise PostNotFound
    return parent


def _attach(tx: Transaction, viewer: AccountId, draft: Draft, post: PostId, terms: Terms) -> list[Attachment]:
    if not draft.media:
        return []
    return attach(tx, viewer, list(draft.media), post, described=must_describe(tx, viewer, terms))


def _store(tx: Transaction, post: Post, tags: dict[str, str], media_count: int) -> None:
    sql.insert_post(tx, post, listed=post.is_listed, local=True, media_count=media_count)
    record_post(tx, post.author, post.created, by=1)
    if tags and post.visibility is Visibility.PUBLIC:
        sql.tag_post(tx, tags, post, new_id=new_id(tx.now))


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
    _record_marks(tx, viewer, target, before.marks, after.marks)
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
    _record_marks(tx, viewer, target, before.marks, after.marks)
    return target.id


def _record_marks(tx: Transaction, viewer: AccountId, post: Post, before: int, after: int) -> None:
    journal.record(
        tx,
        PostMarked(
            account=viewer,
            post=post.id,
            author=post.author,
            marks=after,
            added=after & ~before,
            removed=before & ~after,
        ),
    )


def forget_idempotency_keys(tx: Transaction, *, before: int) -> int:
    """Forget clients' keys made before ``before``; an hour is what Mastodon keeps."""
    return sql.forget_keys(tx, before)


__all__ = [
    "Terms", "bookmark", "create_post", "forget_idempotency_keys", "import_post",
    "like", "pin", "publish", "publish_thread",
    "repost", "unbookmark", "undo_repost", "unlike", "unpin", "vote_on_reply",
]  # fmt: skip
