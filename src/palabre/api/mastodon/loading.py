"""What one answer shows: the pieces that are kept and those that were just read, joined for one reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from palabre.accounts.model import Account
from palabre.api.mastodon.ends import FILTERED, PLAIN_ENDS
from palabre.api.mastodon.entities.status import hidden_quote
from palabre.api.mastodon.pieces import ANYBODY, Piece, Pieces, Quoting, is_whole, line_of, marks_for
from palabre.ids import AccountId, PostId
from palabre.posts.model import PostView, QuoteState
from palabre.posts.queries import Quoted
from palabre.timelines.model import Entry

_encode = msgspec.json.Encoder().encode


class Particular(NamedTuple):
    """What is particular about a post for one member."""

    muted: bool
    """Whether he has muted its conversation."""
    filtered: bytes
    """What his filters found, as a JSON array."""
    quoted: Particular | None = None
    """The same of what it quotes."""


class Tails(Protocol):
    """How posts end for a member who sees them in a particular way."""

    def told(self, line: Entry, piece: Piece, quoted: Piece | None) -> Particular | None:
        """Say what is particular about what ``line`` shows, and about the post that the member sees quoted in it.

        ``None`` to leave the line out.
        """


def _end(end: bytes, told: Particular | None) -> bytes:
    """Write into how a post ends for any member, or for nobody in particular, what is particular about one."""
    if told is None:
        return end
    if FILTERED not in end:  # as in a public stream, which says of a member only what his filters found
        return b'%s,"filtered":%s}' % (end[:-1], told.filtered)
    if told.muted:
        end = end.replace(b'"muted":false', b'"muted":true', 1)
    return end.replace(FILTERED, b'"filtered":' + told.filtered, 1)


class Loading:
    """All that one answer needs: pieces that were kept, and what was just read.

    What was read is rendered, and kept for others unless a fact has made it stale since ``mark``.
    """

    __slots__ = ("authors", "mark", "pieces", "posts", "quoted", "seen", "shallow")

    def __init__(self, pieces: Pieces, mark: int, *, shallow: bool = False) -> None:
        """``mark`` is ``pieces.mark`` as it was before the reading began.

        ``shallow``: quotes are only named, for an answer that goes to several readers who may not all see them.
        """
        self.shallow = shallow
        self.pieces = pieces
        self.mark = mark
        self.posts: dict[PostId, Piece] = {}
        self.authors: dict[AccountId, bytes] = {}
        self.quoted: dict[PostId, AccountId] = {}
        """Quoted posts of which has to be found out how the viewer may see them."""
        self.seen: dict[PostId, Quoted] = {}

    def missing(
        self, lines: Iterable[Entry], people: Iterable[AccountId] = ()
    ) -> tuple[list[PostId], list[AccountId]]:
        """Take what is kept of ``lines`` and ``people``; return the posts and the authors that have to be read."""
        posts: list[PostId] = []
        authors: dict[AccountId, None] = {}
        for line in lines:
            for key in (line.post, PostId(line.original)):
                if not key:
                    continue
                piece = self._post(key, posts, authors)
                if piece is not None and piece.quote is not None:
                    self.quoted[piece.quote.post] = piece.quote.author
                    self._post(piece.quote.post, posts, authors)
        for number in people:
            if not self._take(number):
                authors[number] = None
        return posts, list(authors)

    def for_reader(self, seen: Mapping[PostId, Quoted]) -> Loading:
        """Return the same for somebody who sees what is quoted in another way."""
        other = Loading(self.pieces, self.mark, shallow=self.shallow)
        other.posts, other.authors, other.seen = self.posts, self.authors, dict(seen)
        return other

    @property
    def quotes(self) -> set[PostId]:
        """What is quoted in the posts that were brought together."""
        return {piece.quote.post for piece in self.posts.values() if piece.quote is not None}

    def quoted_in(self, piece: Piece) -> Piece | None:
        """Return the post that the viewer sees quoted in another."""
        if piece.quote is None:
            return None
        state, _ = self.seen.get(piece.quote.post, (QuoteState.DELETED, 0))
        return self.posts.get(piece.quote.post) if state is QuoteState.ACCEPTED else None

    def _post(self, key: PostId, posts: list[PostId], authors: dict[AccountId, None]) -> Piece | None:
        piece = self.pieces.posts.use(key)
        if piece is None:
            posts.append(key)
        else:
            self.posts[key] = piece
            if not self._take(piece.author):
                authors[piece.author] = None
        return piece

    def _take(self, number: AccountId) -> bool:
        ready = self.pieces.authors.use(number)
        if ready is not None:
            self.authors[number] = ready
        return ready is not None

    def add(
        self,
        views: Iterable[PostView],
        accounts: Iterable[Account] = (),
        seen: Mapping[PostId, Quoted] | None = None,
    ) -> None:
        """Render ``views``, and what they repost and quote, and the authors of all; ``seen`` are of ``quoted``."""
        self.seen.update(seen or {})
        for view in views:
            for one in (view, view.original):
                if one is not None:
                    self._add_whole(one)
        for found in accounts:
            if found.id not in self.authors:
                self.authors[found.id] = self.pieces.person(found, self.mark)

    def _add_whole(self, view: PostView) -> None:
        self._add_post(view)
        if view.quoted is not None:
            self._add_post(view.quoted)
            self.seen[view.quoted.post.id] = Quoted(QuoteState.ACCEPTED, int(view.quoted.marks))
        elif view.post.quote_of is not None and view.quote_shows is not None:
            self.seen[PostId(view.post.quote_of)] = Quoted(view.quote_shows, 0)

    def _add_post(self, view: PostView) -> None:
        key = view.post.id
        if key in self.posts:
            return
        author = view.author
        if author.id not in self.authors:
            self.authors[author.id] = self.pieces.person(author, self.mark)
        piece = self.pieces.posts.entries.get(key)
        if piece is None:
            piece = self.pieces.render(view)
            if is_whole(view) and self.pieces.good_since(self.mark, ("post", key)):
                self.pieces.posts.keep(key, piece, piece.size)
        self.posts[key] = piece

    # Joining

    def assemble(self, lines: Iterable[Entry], *, reader: AccountId | None, tails: Tails | None = None) -> bytes:
        """Join a JSON array of ``lines`` from what was loaded, without what is gone meanwhile or not wanted."""
        rendered = [self.one(line, reader=reader, tails=tails) for line in lines]
        return b"[" + b",".join(post for post in rendered if post is not None) + b"]"

    def one(self, line: Entry, *, reader: AccountId | None, tails: Tails | None = None) -> bytes | None:
        """Join one post, or return ``None`` if it is gone or not wanted."""
        told = None
        if tails is not None:
            shown = self.posts.get(PostId(line.original or line.post))
            told = None if shown is None else tails.told(line, shown, self.quoted_in(shown))
            if told is None:
                return None
        if not line.original:
            return self._whole(line.post, line.marks, reader, told)
        whole = self._whole(line.post, line.marks, reader)
        original = self._whole(PostId(line.original), line.marks, reader, told)
        if whole is None or original is None:
            return None
        end = PLAIN_ENDS[marks_for(line.marks, ANYBODY, reader)]
        return whole[: -len(end)] + original + _end(end, told)

    def _whole(
        self, post: PostId, marks: int, reader: AccountId | None, told: Particular | None = None
    ) -> bytes | None:
        piece = self.posts.get(post)
        author = None if piece is None else self.authors.get(piece.author)
        if piece is None or author is None:
            return None
        end = _end(self.pieces.end(piece.ends, marks, piece.author, reader), told)
        if piece.quote is None:
            return b"".join((piece.before, author, piece.after, end))
        quote = piece.quote.shallow if self.shallow else self._quote(piece.quote, told, reader)
        return b"".join((piece.before, author, piece.after, quote, piece.quote.rest, end))

    def _quote(self, quote: Quoting, told: Particular | None, reader: AccountId | None) -> bytes:
        """Write what the viewer sees of a quoted post; what that quotes in turn is only named."""
        state, marks = self.seen.get(quote.post, (QuoteState.DELETED, 0))
        piece = self.posts.get(quote.post)
        author = None if piece is None else self.authors.get(piece.author)
        if state is not QuoteState.ACCEPTED or piece is None or author is None:
            return _encode(hidden_quote(QuoteState.DELETED if state is QuoteState.ACCEPTED else state))
        after = piece.after if piece.quote is None else piece.after + piece.quote.shallow + piece.quote.rest
        end = self.pieces.end(piece.ends, marks, piece.author, reader)
        end = _end(end, None if told is None else told.quoted)
        return b'{"state":"accepted","quoted_status":%s%s%s%s}' % (piece.before, author, after, end)


def views_json(
    pieces: Pieces,
    views: Sequence[PostView],
    mark: int,
    *,
    reader: AccountId | None,
    tails: Tails | None = None,
) -> bytes:
    """Join a JSON array of posts that were read since ``mark``."""
    load = Loading(pieces, mark)
    load.add(views)
    return load.assemble([line_of(view) for view in views], reader=reader, tails=tails)


def view_json(
    pieces: Pieces, view: PostView, mark: int, *, reader: AccountId | None, tails: Tails | None = None
) -> bytes:
    """Join one post that was read since ``mark``."""
    load = Loading(pieces, mark)
    load.add([view])
    rendered = load.one(line_of(view), reader=reader, tails=tails)
    if rendered is None:
        msg = "a view holds all that its JSON needs"
        raise LookupError(msg)
    return rendered
