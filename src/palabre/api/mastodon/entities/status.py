"""A post."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.custom_emoji import CustomEmoji, emojis_in
from palabre.api.mastodon.entities.filters import FilterResult
from palabre.api.mastodon.entities.html import post_html
from palabre.api.mastodon.entities.media_attachment import MediaAttachment, media_attachment
from palabre.api.mastodon.entities.poll import Poll, poll
from palabre.api.mastodon.entities.preview_card import PreviewCard, preview_card
from palabre.api.mastodon.entities.quote import WireQuoteState, wire_state
from palabre.api.mastodon.entities.quote_approval import QuoteApproval, own_quote_approval, quote_approval
from palabre.api.mastodon.entities.reply_policy import WireReplyPolicy, wire_reply_policy
from palabre.api.mastodon.entities.wire import Names, WireVisibility, wire_visibility
from palabre.clock import iso
from palabre.ids import Kind
from palabre.posts.model import Post, PostView, QuoteState, Visibility

_NOT_OFFERED = QuoteApproval()
"""A repost itself is not quoted, but what it shows."""


class StatusApplication(msgspec.Struct, frozen=True):
    """The app that a post was written with."""

    name: str
    website: str | None


class StatusMention(msgspec.Struct, frozen=True):
    """An account that a post addresses."""

    id: str
    username: str
    url: str
    acct: str


class StatusTag(msgspec.Struct, frozen=True):
    """A hashtag of a post."""

    name: str
    url: str


class ReplyVotes(msgspec.Struct, frozen=True):
    """Votes on a reply, and the viewer's: 1 up, -1 down, 0 none; absent if nobody asks for himself."""

    up: int
    down: int
    vote: int | msgspec.UnsetType = msgspec.UNSET


class Quote(msgspec.Struct, frozen=True):
    """A quote, with the quoted post if the viewer may see it there."""

    state: WireQuoteState
    quoted_status: Status | msgspec.UnsetType | None = msgspec.UNSET
    quoted_status_id: str | msgspec.UnsetType | None = msgspec.UNSET
    """Instead, in a post that is quoted itself: only where it leads."""


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """A post or a repost. What the viewer did with it stands last, there only if somebody asks for himself."""

    id: str
    created_at: str
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    sensitive: bool
    spoiler_text: str
    visibility: WireVisibility
    language: str | None
    uri: str
    url: str | None
    replies_count: int
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    edited_at: str | None
    content: str
    text: str | None
    application: StatusApplication | msgspec.UnsetType
    account: Account | msgspec.Raw
    media_attachments: list[MediaAttachment]
    mentions: list[StatusMention]
    tags: list[StatusTag]
    emojis: tuple[CustomEmoji, ...]
    card: PreviewCard | None
    quote: Quote | msgspec.Raw | None
    quote_approval: QuoteApproval
    reply_policy: WireReplyPolicy
    """Whom the author lets reply; this and the next two are ours, Mastodon has no such attributes."""
    reply_waiting: bool
    """Whether it waits for the approval of whom it answers: only who wrote it sees it."""
    reply_hidden: bool
    """Whether the author of the conversation has folded it away."""
    tagged_collections: tuple[()]
    poll: Poll | None
    reblog: Status | msgspec.Raw | None
    favourited: bool | msgspec.UnsetType = msgspec.UNSET
    reblogged: bool | msgspec.UnsetType = msgspec.UNSET
    muted: bool | msgspec.UnsetType = msgspec.UNSET
    bookmarked: bool | msgspec.UnsetType = msgspec.UNSET
    pinned: bool | msgspec.UnsetType = msgspec.UNSET
    palabre: ReplyVotes | msgspec.UnsetType = msgspec.UNSET
    """There only for replies; Mastodon has no such attribute."""
    filtered: list[FilterResult] | msgspec.UnsetType = msgspec.UNSET


def hidden_quote(state: QuoteState) -> Quote:
    """Render a quote of which nothing is shown."""
    return Quote(wire_state(state), None)


def _address(names: Names, view: PostView) -> str:
    return view.post.url or names.uris.post(view.author.acct, view.post.id)


def _mentions(names: Names, post: Post) -> list[StatusMention]:
    return [
        StatusMention(
            id=names.ids.encode(Kind.ACCOUNT, mention.account),
            username=mention.username,
            url=names.uris.account(mention.acct),
            acct=mention.acct,
        )
        for mention in post.mentions
    ]


def _application(view: PostView) -> StatusApplication | msgspec.UnsetType:
    return msgspec.UNSET if view.app_name is None else StatusApplication(view.app_name, view.app_website)


def _quote(post: Post) -> Quote | None:
    return None if post.quote_state is None else hidden_quote(post.quote_state)


def _approval(post: Post, *, is_repost: bool, own: bool) -> QuoteApproval:
    if is_repost:
        return _NOT_OFFERED
    return own_quote_approval(post) if own else quote_approval(post)


def status(
    names: Names,
    view: PostView,
    *,
    account: Account | msgspec.Raw,
    reblog: Status | msgspec.Raw | None = None,
    quote: msgspec.Raw | None = None,
    source: bool = False,
) -> Status:
    """Render ``view`` without what the viewer did with it.

    Args:
        names: ids and addresses.
        view: the post; of a repost, only what is its own: the original comes as ``reblog``.
        account: its author, rendered or as ready bytes.
        reblog: the original, if it is a repost.
        quote: what stands for its quote, if that is accepted: only who reads it decides what is seen there.
        source: whether the source text is to be there, as it is for its author when a post is deleted.

    """
    post, encode = view.post, names.ids.encode
    return Status(
        id=encode(Kind.POST, post.id),
        created_at=iso(post.created),
        in_reply_to_id=None if post.reply_to is None else encode(Kind.POST, post.reply_to),
        in_reply_to_account_id=(None if post.reply_to_author is None else encode(Kind.ACCOUNT, post.reply_to_author)),
        sensitive=post.sensitive,
        spoiler_text=post.warning,
        visibility=wire_visibility(post.visibility),
        language=post.language,
        uri=post.uri or names.uris.note(post.id),
        url=_address(names, view.shown),
        replies_count=post.replies_count,
        reblogs_count=post.reposts_count,
        favourites_count=post.likes_count,
        quotes_count=post.quotes_count,
        edited_at=None if post.edited is None else iso(post.edited),
        content=post_html(names, post),
        text=post.text if source else None,
        application=_application(view),
        account=account,
        media_attachments=[media_attachment(names, picture) for picture in view.media],
        mentions=_mentions(names, post),
        tags=[StatusTag(tag.lower(), names.uris.hashtag(tag)) for tag in post.hashtags],
        emojis=emojis_in(names, post.text, post.warning),
        card=None if view.card is None else preview_card(names, view.card, view.card_author),
        quote=_quote(post) if quote is None else quote,
        quote_approval=_approval(post, is_repost=reblog is not None, own=source),
        reply_policy=wire_reply_policy(post.reply_policy),
        reply_waiting=post.visibility is Visibility.WAITING,
        reply_hidden=post.hidden,
        tagged_collections=(),
        poll=None if view.poll is None else poll(names, view.poll),
        reblog=reblog,
    )
