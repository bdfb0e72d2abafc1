"""Cards on posts: asked for when a post links a page, placed when the page was read, gone with the last post."""

from __future__ import annotations

from hashlib import blake2b

import msgspec

from palabre import jobs, journal
from palabre.accounts.queries import account_by_handle
from palabre.cards.actions import forget_card, keep_card
from palabre.cards.model import Picture, Reading
from palabre.cards.queries import card_of
from palabre.clock import MINUTE, Instant
from palabre.ids import PostId
from palabre.markup.entities import EntityKind
from palabre.media.actions import forget_files
from palabre.posts import sql, version_sql
from palabre.posts.events import PostChanged
from palabre.posts.model import Post, Visibility
from palabre.store import Transaction

FETCH = "posts.fetch_card"
"""The job that reads a linked page."""
TRIES = 3
"""How often a page that does not answer is asked."""
_LONGEST = 2_000
_SAID_TO_FEW = frozenset({Visibility.MENTIONED, Visibility.WAITING})


class Wanted(msgspec.Struct, frozen=True):
    """A page that a post links."""

    post: PostId
    url: str
    tries: int = 0
    """How often it was asked in vain."""


def _key(url: str) -> str:
    """Return what has the posts that link one page wait for each other: the first reads it for all."""
    return f"card:{blake2b(url.encode(), digest_size=16).hexdigest()}"


def link_of(post: Post) -> str | None:
    """Return the page of which ``post`` may show a card: its first link, unless it shows something else already."""
    if post.visibility in _SAID_TO_FEW or post.parts or post.quote_of is not None:
        return None  # what is said to a few is not told to the server of a link
    url = next((each.value for each in post.entities if each.kind is EntityKind.LINK), None)
    return url if url is not None and len(url) <= _LONGEST else None


def ask_for_card(tx: Transaction, post: Post) -> None:
    """Have the page read that ``post`` links, if it links one."""
    url = link_of(post)
    if url is not None:
        jobs.enqueue(tx, FETCH, Wanted(post.id, url), key=_key(url))


def ask_again(tx: Transaction, wanted: Wanted) -> None:
    """Have a page read later that did not answer, unless it was asked often enough."""
    if wanted.tries + 1 < TRIES:
        at = Instant(tx.now + 10 * MINUTE * 6**wanted.tries)
        jobs.enqueue(tx, FETCH, msgspec.structs.replace(wanted, tries=wanted.tries + 1), at=at, key=_key(wanted.url))


def place_card(
    tx: Transaction, wanted: Wanted, reading: Reading | None, picture: Picture | None, *, creator: str | None = None
) -> bool:
    """Let a post show what was read, or is known of its link already; return whether ``picture`` is in use.

    ``creator`` is the name of the member whom the page names as its author, perhaps of none.

    A post that is gone, or says something else by now, leaves no card.
    """
    found = sql.find(tx, None, [wanted.post]).get(wanted.post)
    if found is None or link_of(found.view.post) != wanted.url:
        return False
    known = card_of(tx, wanted.url)
    if known is None:
        if reading is None:
            return False
        author = account_by_handle(tx, creator, "") if creator is not None else None
        known = keep_card(tx, wanted.url, reading, picture, None if author is None else author.id)
    version_sql.set_card(tx, wanted.post, known.id)
    journal.record(tx, PostChanged(post=wanted.post))
    return picture is not None and known.image == picture.file


def drop_card(tx: Transaction, card: int) -> None:
    """Forget a card that a post no longer has, if no other has it."""
    if not version_sql.has_posts(tx, card):
        forget_files(tx, forget_card(tx, card))
