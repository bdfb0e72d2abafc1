"""What templates show of a post, ready as plain values: one look into Python for each post instead of a hundred."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from palabre.accounts.model import Account
from palabre.cards.model import Card as LinkCard
from palabre.clock import iso
from palabre.media.model import Attachment
from palabre.posts.model import Mark, Poll, PostView, QuotePolicy, Visibility, choices_of, vote_of
from palabre.web.addresses import Addresses
from palabre.web.wording import Wording
from palabre.web.writing import Writing

_TALLEST = 4 / 5
"""A lone picture narrower than this, width to height, gets a narrower place."""

_PUBLIC = frozenset({Visibility.PUBLIC, Visibility.UNLISTED})
_NARROWEST = frozenset({Visibility.MENTIONED, Visibility.WAITING})

Card = dict[str, Any]


class Cards:
    """Makes cards for readers of one language."""

    def __init__(self, addresses: Addresses, writing: Writing, wording: Wording, *, translates: bool = False) -> None:
        """``translates``: the network has a service for it."""
        self._addresses = addresses
        self._writing = writing
        self._wording = wording
        self._translates = translates

    def card(self, view: PostView) -> Card:
        """Return what is shown of a post; of a repost, what it repeats and who repeats it."""
        shown = view.shown
        post, author = shown.post, shown.author
        ref, shown_ref = self._addresses.ref(view), self._addresses.shown_ref(view)
        marks = int(shown.marks)
        reply = post.reply_to is not None
        count = self._wording.count
        url = f"/@{author.acct}/{shown_ref}"
        return {
            "ref": ref,
            "shown_ref": shown_ref,
            "url": url,
            "absolute_url": self._addresses.absolute(url),
            "entrance": f"/auth/sign_in?next={quote(url, safe='')}",
            "author": author.id,
            "author_ref": self._addresses.account_ref(author),
            "author_url": f"/@{author.acct}",
            "avatar": self._addresses.avatar(author),
            "name": self._writing.name(author),
            "username": author.username,
            "acct": author.acct,
            "bot": author.bot,
            "reposted_by": None if view.original is None else self._writing.name(view.author),
            "reposter_url": None if view.original is None else f"/@{view.author.acct}",
            "visibility": post.visibility.value,
            "created": iso(post.created),
            "created_full": self._wording.full(post.created),
            "ago": self._wording.ago(post.created),
            "parent_url": self._addresses.parent(post) if reply else None,
            "continues": reply and post.reply_to_author == post.author,
            "answers": self._answered(shown) if reply else "",
            "warning": post.warning,
            "sensitive": post.sensitive,
            "language": post.language,
            "text": self._writing.text(view) if post.text else "",
            "media": self.pictures(view),
            "tall": len(shown.media) == 1 and shown.media[0].width < shown.media[0].height * _TALLEST,
            "replies": count(post.replies_count) if post.replies_count else "",
            "reposts": count(post.reposts_count) if post.reposts_count else "",
            "likes": count(post.likes_count) if post.likes_count else "",
            "reposts_count": post.reposts_count,
            "likes_count": post.likes_count,
            "liked": bool(marks & Mark.LIKED.value),
            "reposted": bool(marks & Mark.REPOSTED.value),
            "bookmarked": bool(marks & Mark.BOOKMARKED.value),
            "is_reply": post.reply_to_author is not None,
            "voted": vote_of(marks),
            "ups": count(post.ups) if post.ups else "",
            "downs": count(post.downs) if post.downs else "",
            "pinned": bool(marks & Mark.PINNED.value),
            "translates": self._translates
            and post.visibility in _PUBLIC
            and (post.language or "").partition("-")[0] != self._wording.language,
            "may_repost": post.visibility in _PUBLIC,
            "may_quote": post.visibility in _PUBLIC and post.quote_policy is not QuotePolicy.NOBODY,
            "may_quote_own": post.visibility in _PUBLIC or post.visibility is Visibility.FOLLOWERS,
            "quote_asks": post.quote_policy.asks,
            "may_pin": post.visibility not in _NARROWEST,
            "reply_policy": post.reply_policy.value,
            "hidden": post.hidden,
            "edited": None if post.edited is None else iso(post.edited),
            "edited_full": "" if post.edited is None else self._wording.full(post.edited),
            "poll": None if shown.poll is None else self._poll(shown.poll, marks, author.id),
            "link": None if shown.card is None else self.link(shown.card, shown.card_author),
            "quotes_count": post.quotes_count,
            "quotes": shown.quote_shows is not None,
            "quote_state": shown.quote_shows.value if shown.quote_shows else "",
            "quoted_author": shown.quote_author,
            "quote": None if shown.quoted is None else self.card(shown.quoted),
            "app_name": shown.app_name,
            "app_website": shown.app_website,
        }

    def link(self, card: LinkCard, writer: Account | None = None) -> Card:
        """Return what is shown of a linked page, and of the member who wrote it."""
        return {
            "url": card.url,
            "title": card.title,
            "description": card.description,
            "provider": card.provider,
            "image": self._addresses.file(card.image) if card.image else "",
            "image_description": card.image_description,
            "width": card.width,
            "height": card.height,
            "writer": "" if writer is None else f"/@{writer.acct}",
            "writer_name": "" if writer is None else self._writing.name(writer),
        }

    def _poll(self, poll: Poll, marks: int, author: int) -> Card:
        """Return what is shown of a poll, and what the viewer voted."""
        mine = choices_of(marks)
        whole = max(1, poll.voters if poll.multiple else poll.votes)
        return {
            "open": not poll.expired and not mine,
            "author": author,
            "multiple": poll.multiple,
            "expired": poll.expired,
            "expires": iso(poll.expires),
            "expires_full": self._wording.full(poll.expires),
            "voters": poll.voters,
            "shows_totals": poll.shows_totals,
            "choices": [
                {
                    "title": choice.title,
                    "mine": place in mine,
                    "percent": round(100 * choice.votes / whole),
                    "share": self._wording.percent(choice.votes / whole),
                }
                for place, choice in enumerate(poll.choices)
            ],
        }

    @staticmethod
    def _answered(shown: PostView) -> str:
        """Return the name of whom the post answers, if it mentions them."""
        to = shown.post.reply_to_author
        return next((f"@{mention.username}" for mention in shown.post.mentions if mention.account == to), "")

    def pictures(self, view: PostView) -> list[Card]:
        """Return what is shown of the pictures of a post."""
        return [
            {
                "file": self._addresses.file(each.file),
                "preview": self._addresses.file(each.preview),
                "has_still": each.preview != each.file,
                "kind": each.kind.value,
                "plays": each.plays,
                "captions": self._addresses.file(each.captions) if each.captions else "",
                "captions_language": each.captions_language,
                "width": each.preview_width,
                "height": each.preview_height,
                "description": each.description,
                "blurhash": each.blurhash,
                "focus": focus_classes(each),
            }
            for each in view.shown.media
        ]


def focus_classes(attachment: Attachment) -> str:
    """Classes that keep the focal point of a picture in sight: styles in attributes are forbidden."""
    across = round((attachment.focus_x + 1) * 5)
    down = round((1 - attachment.focus_y) * 5)
    return f"fx-{min(max(across, 0), 10)} fy-{min(max(down, 0), 10)}"
