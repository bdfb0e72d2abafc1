"""What moderators let happen with hashtags: whether new posts may have one, and whether it is found and trends."""

from __future__ import annotations

import msgspec

from palabre.ids import AccountId
from palabre.moderation import trends_review
from palabre.moderation.acts import note
from palabre.moderation.model import Act
from palabre.posts.hashtags import Hashtag, any_hashtag, set_terms
from palabre.store import Transaction


class HashtagChange(msgspec.Struct, frozen=True, kw_only=True):
    """What a moderator decides; ``None``: it stays."""

    display_name: str | None = None
    """Another spelling of the same word: only upper and lower case and accents may differ."""
    usable: bool | None = None
    listable: bool | None = None
    trendable: bool | None = None


def change_hashtag(tx: Transaction, admin: AccountId, number: int, change: HashtagChange) -> Hashtag:
    """Decide about a hashtag, and return it as it is now.

    Raises:
        HashtagNotFound: nobody has ever used it in public, or for ``trendable``, no public post has it.
        HashtagInvalid: the spelling is that of another word.

    """
    before = any_hashtag(tx, number)
    if change.trendable is not None:
        trends_review.decide(tx, admin, number, trendable=change.trendable)
    name = before.name if change.display_name is None else change.display_name.strip().removeprefix("#")
    usable = before.usable if change.usable is None else change.usable
    listable = before.listable if change.listable is None else change.listable
    set_terms(tx, number, name=name, usable=usable, listable=listable)
    after = any_hashtag(tx, number)
    for was, now, yes, no in (
        (before.usable, after.usable, Act.ALLOW_HASHTAG, Act.BAR_HASHTAG),
        (before.listable, after.listable, Act.LIST_HASHTAG, Act.UNLIST_HASHTAG),
    ):
        if was != now:
            note(tx, admin, yes if now else no, subject=f"#{after.name}")
    return after
