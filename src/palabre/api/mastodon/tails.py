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
from palabre.api.mastodon.loading import Particular
from palabre.api.mastodon.pieces import Piece, Pieces, line_of
from palabre.edge.lenses import Lens
from palabre.edge.site import Site
from palabre.filters.model import Context
from palabre.filters.rules import Match, hides, joined
from palabre.ids import AccountId, PostId
from palabre.posts.model import PostView
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

    def told(self, line: Entry, piece: Piece, quoted: Piece | None) -> Particular | None:
        """Say whether it is muted and what filters found; ``None`` if one says that lists like this leave it out.

        Filters find in a post also what it quotes, unless the member has written it himself.
        """
        shown = PostId(line.original or line.post)
        matches, filtered = self._filtered((shown,) if shown == line.post else (shown, line.post), piece)
        inner = None
        if quoted is not None and piece.quote is not None:
            of = piece.quote.post
            found, made = self._filtered((of,), quoted)
            inner = Particular(of in self._muted, made)
            if found and piece.author != self._lens.viewer:
                matches = joined(matches, found)
                filtered = self._json(matches)
        if hides(matches, self._context):
            return None
        return Particular(shown in self._muted, filtered, inner)

    def _filtered(self, ids: tuple[PostId, ...], piece: Piece) -> tuple[tuple[Match, ...], bytes]:
        sieve = self._lens.sieve
        if sieve is None or piece.author == self._lens.viewer:
            return (), b"[]"
        known = self._lens.known(ids, piece)
        if known is None:
            matches = sieve.match(ids, words_of(piece))
            made = self._json(matches)
            self._lens.learn(ids, piece, matches, made)
            return matches, made
        return known

    def _json(self, matches: Iterable[Match]) -> bytes:
        return _encode([filter_result(self._names, match) for match in matches])


async def tails_for(
    app: Site,
    viewer: AccountId | None,
    lines: Iterable[Entry],
    context: Context | None,
    quotes: Iterable[PostId] = (),
) -> ParticularTails | None:
    """Return how ``lines`` and the ``quotes`` in them end for ``viewer``, if there is anything particular."""
    lens = await app.lenses.get(viewer)
    if lens is None:
        return None
    muted = await app.lenses.muted_among(lens, {*(PostId(line.original or line.post) for line in lines), *quotes})
    return ParticularTails(app.part(Pieces).names, lens, muted, context)


async def tails_of(app: Site, viewer: AccountId | None, views: Iterable[PostView]) -> ParticularTails | None:
    """Return how posts that were loaded for ``viewer`` end where nothing is left out."""
    shown = list(views)
    quotes = [view.shown.quoted.post.id for view in shown if view.shown.quoted is not None]
    return await tails_for(app, viewer, map(line_of, shown), None, quotes)
