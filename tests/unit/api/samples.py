"""Accounts and posts as they would come from the database."""

from __future__ import annotations

from typing import Any

from palabre.accounts.model import Account, Field, Standing
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import Instant
from palabre.ids import AccountId, IdCodec, MediaId, PostId, new_id
from palabre.markup.entities import find_entities
from palabre.media.model import Attachment, MediaKind
from palabre.posts.model import Choice, Mark, Mention, Poll, Post, PostView, QuoteState, Visibility
from palabre.uris import Uris

IDS = IdCodec(b"sixteen bytes at least")
NAMES = Names(IDS, Uris("https://palabre.example", IDS), "palabre.example")
THEN = Instant(1_767_225_599_123)  # 2025-12-31T23:59:59.123Z


def ana(**changes: Any) -> Account:
    values: dict[str, Any] = {
        "id": AccountId(new_id(THEN)),
        "username": "ana",
        "domain": "",
        "display_name": "Ana <3",
        "bio": "Writes at https://ana.org about #gardens.\n\nWith @bo.",
        "fields": (Field("Site", "https://ana.org", THEN), Field("Pronouns", "she & her")),
        "avatar": "ab/cd.webp",
        "header": None,
        "avatar_description": "Ana in a garden",
        "header_description": "",
        "locked": False,
        "bot": False,
        "discoverable": True,
        "indexable": False,
        "standing": Standing.ACTIVE,
        "created": THEN,
        "posts_count": 3,
        "followers_count": 2,
        "following_count": 1,
        "last_post": THEN,
    }
    return Account(**{**values, **changes})


def picture(author: AccountId, **changes: Any) -> Attachment:
    values: dict[str, Any] = {
        "id": MediaId(new_id(THEN)),
        "account": author,
        "kind": MediaKind.PICTURE,
        "file": "ef/gh.jpg",
        "preview": "ef/gh-small.jpg",
        "mime": "image/jpeg",
        "size": 12_345,
        "width": 800,
        "height": 600,
        "preview_width": 400,
        "preview_height": 300,
        "blurhash": "LKO2?U%2Tw=w]~RBVZRi};RPxuwH",
        "description": "A garden",
        "focus_x": 0.25,
        "focus_y": -0.5,
        "created": THEN,
    }
    return Attachment(**{**values, **changes})


def view(author: Account | None = None, text: str = "Hello", /, **changes: Any) -> PostView:
    author = author or ana()
    about = {
        name: changes.pop(name)
        for name in (
            "media", "marks", "original", "app_name", "app_website", "poll", "quoted", "quote_shows", "quote_author"
        )
        if name in changes
    }  # fmt: skip
    number = changes.pop("id", PostId(new_id(THEN)))
    values: dict[str, Any] = {
        "id": number,
        "author": author.id,
        "text": text,
        "entities": tuple(find_entities(text)),
        "mentions": (),
        "hashtags": (),
        "warning": "",
        "sensitive": False,
        "language": "en",
        "visibility": Visibility.PUBLIC,
        "created": THEN,
        "edited": None,
        "reply_to": None,
        "reply_to_author": None,
        "thread": number,
        "repost_of": None,
        "app": None,
        "replies_count": 0,
        "reposts_count": 0,
        "likes_count": 0,
        "uri": None,
        "url": None,
    }
    return PostView(post=Post(**{**values, **changes}), author=author, **about)


def full_view() -> PostView:
    """A post with everything that a post can have."""
    author, bo = ana(), ana(username="bo")
    return view(
        author,
        "@bo look at https://example.org #Gardens",
        mentions=(Mention(bo.id, "bo", ""),),
        hashtags=("Gardens",),
        warning="Flowers",
        sensitive=True,
        edited=THEN,
        reply_to=PostId(new_id(THEN)),
        reply_to_author=bo.id,
        visibility=Visibility.FOLLOWERS,
        media=(picture(author.id),),
        app_name="Tusky",
        app_website="https://tusky.example",
        marks=Mark.LIKED | Mark.BOOKMARKED,
    )


def asking(**about: Any) -> PostView:
    """A post with a poll."""
    number = PostId(new_id(THEN))
    values: dict[str, Any] = {
        "post": number,
        "choices": (Choice("Tea", 2), Choice("Coffee", 1)),
        "multiple": False,
        "hide_totals": False,
        "expires": THEN,
        "expired": False,
        "voters": 3,
    }
    return view(None, "Which?", id=number, poll=Poll(**{**values, **about}))


def quoting(quoted: PostView) -> PostView:
    """A post that quotes another one."""
    return view(
        ana(username="di"),
        "Look",
        quote_of=quoted.post.id,
        quote_state=QuoteState.ACCEPTED,
        quoted=quoted,
        quote_shows=QuoteState.ACCEPTED,
        quote_author=quoted.author.id,
    )


def repost_of(original: PostView, by: Account) -> PostView:
    return view(by, "", repost_of=original.post.id, original=original, marks=original.marks)
