"""Letting a post appear that is stored already: what counts it, what finds it, and the fact that tells of it."""

from __future__ import annotations

from palabre import journal
from palabre.accounts.actions import record_post
from palabre.ids import AccountId, PostId, new_id
from palabre.posts import sql
from palabre.posts.events import PostCreated, tag_mark
from palabre.posts.linking import ask_for_card
from palabre.posts.model import Post, QuoteState, Visibility
from palabre.posts.quoting import ask
from palabre.store import Transaction


def announce(
    tx: Transaction,
    post: Post,
    tags: dict[str, str],
    *,
    card: bool,
    quoted_author: AccountId | None,
    limited: bool,
    approved_by: AccountId | None = None,
) -> None:
    """Count a post, put it under its hashtags, and state that it exists.

    Args:
        tx: the transaction in which its row is written.
        post: the post; it waits for nobody.
        tags: its hashtags, key to spelling.
        card: whether the page that it links is read.
        quoted_author: who wrote what it quotes; if he has not agreed, he is asked.
        limited: whether moderators limit its author.
        approved_by: who let it appear, of a reply that waited.

    """
    public = post.visibility is Visibility.PUBLIC
    record_post(tx, post.author, post.created, by=1)
    if tags and public:
        sql.tag_post(tx, tags, post, new_id=new_id(tx.now))
    agreed = post.quote_state is QuoteState.ACCEPTED
    asks = quoted_author if post.quote_state is QuoteState.PENDING else None
    if post.quote_of is not None and agreed:
        sql.count_quote(tx, PostId(post.quote_of), 1)
    if asks is not None:
        ask(tx, post, asks)
    if card:
        ask_for_card(tx, post)
    if post.reply_to is not None:
        sql.count_reply(tx, PostId(post.reply_to), 1)
    journal.record(
        tx,
        PostCreated(
            post=post.id,
            author=post.author,
            visibility=post.visibility,
            reply_to=post.reply_to,
            reply_to_author=post.reply_to_author,
            mentions=tuple(each.account for each in post.mentions if not each.domain),
            language=post.language,
            thread=post.thread if post.reply_to_author is not None else None,
            hashtags=tuple(map(tag_mark, tags)) if public and not limited else (),
            quote_of=post.quote_of,
            quote_of_author=quoted_author if agreed else None,
            quote_asks=asks,
            approved_by=approved_by,
            limited=limited,
        ),
    )
