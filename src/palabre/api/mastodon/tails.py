"""How posts end for members who filter, or have muted conversations: made anew for each, from what was found before.

The words of a post are taken out of its piece, which is there anyway; what the filters found in them is kept with the
filters for as long as the piece is the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

import msgspec

from palabre.api.mastodon.ends import VISITOR
from palabre.api.mastodon.entities.filters import filter_result
from palabre.api.mastodon.entities.wire import Names
from palabre.api.mastodon.pieces import Piece
from palabre.edge.lenses import Lens
from palabre.edge.site import Site
from palabre.filters.model import Context
from palabre.filters.rules import Match, hides
from palabre.ids import AccountId, PostId
from palabre.timelines.model import Entry

_encode = msgspec.json.Encoder().encode
_BREAK = re.compile(r"<br ?/?>|</p>")
_TAG = re.compile(r"<[^<>]*>")


class _Described(msgspec.Struct):
    description: str | None = None


class _Option(msgspec.Struct):
    title: str = ""


class _Poll(msgspec.Struct):
    options: list[_Option] = []


class _Worded(msgspec.Struct):
    """What of a post has words."""

    spoiler_text: str = ""
    content: str = ""
    media_attachments: list[_Described] = []
    poll: _Poll | None = None


_decode = msgspec.json.Decoder(_Worded).decode


def words_of(piece: Piece) -> str:
    """Return all that a post says: its warning, its text, the descriptions of its media, the choices of its poll."""
    quote = b"" if piece.quote is None else b"null" + piece.quote.rest
    said = _decode(b"".join((piece.before, b"null", piece.after, quote, piece.ends[VISITOR])))
    text = html.unescape(_TAG.sub("", _BREAK.sub("\n", said.content))).strip()
    parts = [said.spoiler_text, text, *(each.description or "" for each in said.media_attachments)]
    if said.poll is not None:
        parts += [option.title for option in said.poll.options]
    return "\n\n".join(part for part in parts if part)


class ParticularTails:
    """The ends of posts for one member, in one kind of list."""

    def __init__(self, names: Names, lens: Lens, muted: frozenset[PostId], context: Context | None) -> None:
        self._names = names
        self._lens = lens
        self._muted = muted
        self._context = context

    def told(self, line: Entry, piece: Piece) -> tuple[bool, bytes] | None:
        """Say whether it is muted and what filters found; ``None`` if one says that lists like this leave it out."""
        shown = PostId(line.original or line.post)
        matches, filtered = self._filtered(line, shown, piece)
        if hides(matches, self._context):
            return None
        return shown in self._muted, filtered

    def _filtered(self, line: Entry, shown: PostId, piece: Piece) -> tuple[tuple[Match, ...], bytes]:
        sieve = self._lens.sieve
        if sieve is None or piece.author == self._lens.viewer:
            return (), b"[]"
        ids = (shown,) if shown == line.post else (shown, line.post)
        known = self._lens.known(ids, piece)
        if known is None:
            matches = sieve.match(ids, words_of(piece))
            made = _encode([filter_result(self._names, match) for match in matches]) if matches else b"[]"
            self._lens.learn(ids, piece, matches, made)
            return matches, made
        return known


async def tails_for(
    app: Site, names: Names, viewer: AccountId | None, lines: Iterable[Entry], context: Context | None
) -> ParticularTails | None:
    """Return how ``lines`` end for ``viewer``, if there is anything particular about it."""
    lens = await app.lenses.get(viewer)
    if lens is None:
        return None
    muted = await app.lenses.muted_among(lens, {PostId(line.original or line.post) for line in lines})
    return ParticularTails(names, lens, muted, context)
