"""Editing: a post says something else, and everybody may read what it said before."""

from __future__ import annotations

import msgspec

from palabre import journal
from palabre.ids import AccountId, MediaId, PostId, new_id
from palabre.markup.entities import hashtag_key
from palabre.media.actions import caption, rearrange, update_attachment
from palabre.media.errors import DescriptionMissing
from palabre.media.model import Attachment
from palabre.media.queries import attachment, attachments_of
from palabre.posts import deleting_sql, poll_sql, rules, sql, version_sql
from palabre.posts.errors import NotYours
from palabre.posts.events import PostChanged, PostEdited, tag_mark
from palabre.posts.linking import ask_for_card, drop_card, link_of
from palabre.posts.model import Draft, Part, Poll, PollDraft, Post, PostView, Revision, Visibility
from palabre.posts.polls import change
from palabre.posts.queries import post_view, readable_post
from palabre.posts.replying import check_edit
from palabre.posts.wording import Terms, active, mentions_of, must_describe, tags_of, usable_tags_of
from palabre.store import Transaction


def edit_post(tx: Transaction, viewer: AccountId, post: PostId, revision: Revision, *, terms: Terms) -> PostView:
    """Let one's post say ``revision``; what it said before is kept, up to ``rules.VERSIONS`` wordings.

    Whom it answers, quotes and is shown to does not change. An edit that changes nothing is none. Votes in a poll
    are void when its answers change. Of a reply that waits nothing is kept: it is as if it had been written so.

    Raises:
        PostNotFound: it does not exist, or the viewer may not read it.
        NotYours: somebody else wrote it, or it is a repost.
        ApprovedAsItIs: it is a reply that the author of the conversation has approved, and would wait again.
        EmptyPost, PostTooLong, UnknownLanguage, and those of polls and pictures: as when it is published.
        MayNotWrite: the account is not active.

    See Also:
        Mastodon API, ``PUT /api/v1/statuses/:id``.

    """
    before = readable_post(tx, viewer, post)
    if before.author != viewer or before.repost_of is not None:
        raise NotYours
    active(tx, viewer)
    wording = rules.check(
        Draft(
            text=revision.text,
            warning=revision.warning,
            language=revision.language,
            media=revision.media,
            quote=before.quote_of,
        ),
        limit=terms.limit,
    )
    asked = rules.checked_poll(revision.poll) if revision.poll is not None else None
    pictures = attachments_of(tx, [post]).get(post, [])
    poll = poll_sql.polls_of(tx, [post]).get(post) if before.parts & Part.POLL else None
    after = msgspec.structs.replace(
        before,
        text=wording.text,
        entities=tuple(wording.entities),
        mentions=mentions_of(tx, wording.entities, terms.domain),
        hashtags=tuple(usable_tags_of(tx, wording.entities, before.hashtags).values()),
        warning=wording.warning,
        sensitive=revision.sensitive or bool(wording.warning),
        language=revision.language,
        quote_policy=before.quote_policy
        if revision.quote_policy is None
        else rules.quote_policy(revision.quote_policy, before.visibility),
        reply_policy=before.reply_policy
        if revision.reply_policy is None
        else rules.reply_policy(revision.reply_policy, is_reply=before.reply_to_author is not None),
        parts=(before.parts & ~Part.POLL) | (Part.POLL if asked else 0),
    )
    kept = rearrange(tx, viewer, revision.media, post) if revision.media or pictures else []
    for one in revision.changes:
        update_attachment(
            tx,
            viewer,
            one.id,
            description=one.description,
            focus=one.focus,
            of=post,
        )
    if revision.changes:
        kept = attachments_of(tx, [post]).get(post, [])
    if kept != pictures and must_describe(tx, viewer, terms) and not all(each.description for each in kept):
        raise DescriptionMissing(field="media_ids")
    if after == before and kept == pictures and _same(poll, asked):
        return post_view(tx, viewer, post)
    check_edit(tx, viewer, before)
    waits = before.visibility is Visibility.WAITING  # what nobody has read was never different
    if not waits:
        _keep(tx, before, pictures, poll)
        after = msgspec.structs.replace(after, edited=tx.now)
    _write(tx, before, after, media_count=len(kept))
    change(tx, after, poll, asked)
    _relink(tx, before, after, terms, media=bool(kept))
    journal.record(tx, PostChanged(post=post))
    if not waits:
        _tell(tx, before, after)
    return post_view(tx, viewer, post)


def caption_media(tx: Transaction, viewer: AccountId, media: MediaId, name: str | None, language: str) -> Attachment:
    """Give an upload of the viewer's the captions in the file ``name``, or none, be it in a post already or not.

    What the post says stays the same: it has no new version, and nobody is notified.

    Raises:
        MediaNotFound: there is none, or it is somebody else's.
        CaptionsNotForPictures: it does not play.

    """
    post = attachment(tx, viewer, media).post
    made = caption(tx, viewer, media, name, language, of=post)
    if post is not None:
        journal.record(tx, PostChanged(post=post))
    return made


def _tell(tx: Transaction, before: Post, after: Post) -> None:
    known = {each.account for each in before.mentions}
    tags = dict.fromkeys(map(hashtag_key, (*before.hashtags, *after.hashtags)))
    journal.record(
        tx,
        PostEdited(
            post=after.id,
            author=after.author,
            visibility=after.visibility,
            hashtags=tuple(map(tag_mark, tags)) if after.visibility is Visibility.PUBLIC else (),
            mentions=tuple(each.account for each in after.mentions if not each.domain and each.account not in known),
        ),
    )


def _relink(tx: Transaction, before: Post, after: Post, terms: Terms, *, media: bool) -> None:
    """Let go of the card of a page that is no longer linked, and ask for another one."""
    link = None if media else link_of(after)
    if link == link_of(before) and not (media and before.card is not None):
        return
    if before.card is not None:
        version_sql.set_card(tx, before.id, None)
        drop_card(tx, before.card)
    if terms.cards and link is not None:
        ask_for_card(tx, after)


def _same(poll: Poll | None, asked: PollDraft | None) -> bool:
    return poll is None and asked is None


def _keep(tx: Transaction, before: Post, pictures: list[Attachment], poll: Poll | None) -> None:
    """Keep what the post said, and forget what it said very long ago."""
    version_sql.insert_version(
        tx,
        new_id(tx.now),
        before.id,
        version_sql.Version(
            created=before.edited or before.created,
            text=before.text,
            entities=before.entities,
            mentions=before.mentions,
            warning=before.warning,
            sensitive=before.sensitive,
            media=tuple(version_sql.Shown(each.id, each.description) for each in pictures),
            choices=tuple(choice.title for choice in poll.choices) if poll else (),
        ),
    )
    if version_sql.forget_versions(tx, before.id, keep=rules.VERSIONS):
        tx.wakes.add("purge")


def _write(tx: Transaction, before: Post, after: Post, *, media_count: int) -> None:
    version_sql.reword(tx, after, media_count=media_count)
    sql.insert_mentions(tx, after)
    if before.hashtags != after.hashtags:
        deleting_sql.untag(tx, [after.id])
        tags = tags_of(list(after.entities))
        if tags and after.visibility is Visibility.PUBLIC:
            sql.tag_post(tx, tags, after, new_id=new_id(tx.now))
