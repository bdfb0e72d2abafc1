"""A question of a post, with its answers."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.custom_emoji import CustomEmoji, emojis_in
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.posts import model


class PollOption(msgspec.Struct, frozen=True):
    """An answer; ``votes_count`` is null as long as totals are hidden."""

    title: str
    votes_count: int | None


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll. What the viewer voted stands last, there only if a member asks for himself."""

    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int
    voters_count: int | None
    options: list[PollOption]
    emojis: tuple[CustomEmoji, ...]
    voted: bool | msgspec.UnsetType = msgspec.UNSET
    own_votes: list[int] | msgspec.UnsetType = msgspec.UNSET


def poll(names: Names, shown: model.Poll, *, marks: int | None = None, own: bool = False) -> Poll:
    """Render ``shown``; ``marks`` are the viewer's, ``None`` if nobody asks for himself. Authors count as voted."""
    totals = shown.shows_totals
    mine = None if marks is None else model.choices_of(marks)
    return Poll(
        id=names.ids.encode(Kind.POLL, shown.post),
        expires_at=iso(shown.expires),
        expired=shown.expired,
        multiple=shown.multiple,
        votes_count=shown.votes,
        voters_count=shown.voters,
        emojis=emojis_in(names, *(choice.title for choice in shown.choices)),
        options=[PollOption(choice.title, choice.votes if totals else None) for choice in shown.choices],
        voted=msgspec.UNSET if mine is None else bool(mine) or own,
        own_votes=msgspec.UNSET if mine is None else list(mine),
    )
