"""Ready JSON of posts, made once and joined per reader.

A piece is a post without two things: its author, whose counts change more often than the post, and the end that
says what the viewer did with it, his votes in its poll included. Authors are pieces of their own; ends are made once.
A page is one join of all that, and a warm one reads nothing from the database; only what is quoted has to be looked
at for each viewer, who perhaps may not read it.

Only posts that a guarded query has found for the viewer may be asked for here: a piece does not know who may read it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from palabre.accounts.events import AccountChanged, AccountSensitized
from palabre.accounts.model import Account
from palabre.api.mastodon.ends import FILTERED, PLAIN_ENDS, POLL_CLOSES, VISITOR, Ends, ends_of
from palabre.api.mastodon.entities.account import account
from palabre.api.mastodon.entities.notification import notification
from palabre.api.mastodon.entities.quote import shallow_quote
from palabre.api.mastodon.entities.status import hidden_quote, status
from palabre.api.mastodon.entities.wire import Names
from palabre.api.mastodon.shelf import Shelf
from palabre.emojis.events import EmojisChanged
from palabre.events import Event
from palabre.graph.events import Followed, Unfollowed
from palabre.ids import AccountId, PostId
from palabre.notifications.model import Kind as Told
from palabre.notifications.model import NotificationLine
from palabre.posts.events import PostChanged, PostCreated, PostDeleted, PostImported, PostMarked
from palabre.posts.model import OWN, Mark, PostView, QuoteState
from palabre.posts.queries import Quoted
from palabre.timelines.home import Home
from palabre.timelines.model import Entry

_encode = msgspec.json.Encoder().encode
_AUTHOR = b"\x00"  # control characters cannot stand in JSON, so these mark a place
_REPOST = b"\x01"
_QUOTE = b"\x02"
_POST = b"\x03"
_DROPS_NOTED = 20_000
_PRIVATE = frozenset({Mark.BOOKMARKED, Mark.PINNED})
"""Marks that change nothing about the post for others."""
ANYBODY = AccountId(0)
"""Stands for the reader of a post that is written once for several members."""


class Quoting(NamedTuple):
    """The place of a quoted post in a piece."""

    post: PostId
    author: AccountId
    rest: bytes
    """What stands after it, up to the viewer's end."""
    shallow: bytes
    """What stands there when the post is quoted itself."""


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


class Piece(NamedTuple):
    """A post: what stands before its author, the author, what stands after it, and its ends."""

    before: bytes
    author: AccountId
    after: bytes
    ends: Ends
    quote: Quoting | None = None
    """If it quotes a post, ``after`` reaches up to that."""


def line_of(view: PostView) -> Entry:
    """Return the line of a timeline that ``view`` was loaded for."""
    return Entry(view.post.id, view.post.repost_of or 0, int(view.marks))


def _marks(marks: int, author: AccountId, reader: AccountId | None) -> int:
    """Return by which marks a post of ``author`` ends for ``reader``; ``None``: a visitor."""
    if reader is None:
        return VISITOR
    return marks | OWN if author == reader else marks


def _end(end: bytes, told: Particular | None) -> bytes:
    """Write into how a post ends for any member, or for nobody in particular, what is particular about one."""
    if told is None:
        return end
    if FILTERED not in end:  # as in a public stream, which says of a member only what his filters found
        return b'%s,"filtered":%s}' % (end[:-1], told.filtered)
    if told.muted:
        end = end.replace(b'"muted":false', b'"muted":true', 1)
    return end.replace(FILTERED, b'"filtered":' + told.filtered, 1)


def is_whole(view: PostView) -> bool:
    """Tell whether all is loaded that a piece is made of; of a quoted post, what it quotes in turn is not."""
    return view.post.quote_state is not QuoteState.ACCEPTED or view.quote_author is not None


def _size(piece: Piece) -> int:
    return len(piece.before) + len(piece.after) + (len(piece.quote.rest) if piece.quote else 0)


def _quote(quote: Quoting, load: Loading, told: Particular | None, reader: AccountId | None) -> bytes:
    """Write what the viewer sees of a quoted post; what that quotes in turn is only named."""
    state, marks = load.seen.get(quote.post, (QuoteState.DELETED, 0))
    piece = load.posts.get(quote.post)
    author = None if piece is None else load.authors.get(piece.author)
    if state is not QuoteState.ACCEPTED or piece is None or author is None:
        return _encode(hidden_quote(QuoteState.DELETED if state is QuoteState.ACCEPTED else state))
    after = piece.after if piece.quote is None else piece.after + piece.quote.shallow + piece.quote.rest
    end = _end(piece.ends[_marks(marks, piece.author, reader)], None if told is None else told.quoted)
    return b'{"state":"accepted","quoted_status":%s%s%s%s}' % (piece.before, author, after, end)


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
            self._add_author(found)

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
        self._add_author(view.author)
        piece = self.pieces.posts.entries.get(key)
        if piece is None:
            piece = self.pieces.render(view)
            if is_whole(view) and self.pieces.good_since(self.mark, ("post", key)):
                self.pieces.posts.keep(key, piece, _size(piece))
        self.posts[key] = piece

    def _add_author(self, author: Account) -> None:
        key = author.id
        if key in self.authors:
            return
        ready = self.pieces.authors.entries.get(key)
        if ready is None:
            ready = _encode(account(self.pieces.names, author))
            if self.pieces.good_since(self.mark, ("account", key)):
                self.pieces.authors.keep(key, ready, len(ready))
        self.authors[key] = ready


class Pieces:
    """The pieces of one process."""

    def __init__(self, names: Names, most_bytes: int) -> None:
        """Keep at most ``most_bytes``, a quarter of them for authors, a sixteenth for what frames notifications."""
        self.names = names
        self.posts: Shelf[PostId, Piece] = Shelf(most_bytes - most_bytes // 4 - most_bytes // 16)
        self.authors: Shelf[AccountId, bytes] = Shelf(most_bytes // 4)
        self.frames: Shelf[tuple[int, Told], tuple[bytes, bytes]] = Shelf(most_bytes // 16)
        """Of notifications; see :meth:`frame`."""
        self._drops: dict[tuple[str, int], int] = {}
        """What was dropped lately, oldest first, each with its number."""
        self._named: dict[AccountId, set[PostId]] = {}
        """Posts whose cards name an account as the author of the linked page."""
        self._forgotten = 0
        """The number of the newest drop that is no longer in ``_drops``."""
        self.mark = 0
        """How many drops there were: take it before reading from the database what is to be kept here."""

    # Making

    def render(self, view: PostView) -> Piece:
        """Make the piece of ``view``; of a repost, the part that is its own."""
        post = view.post
        if view.card is not None and view.card.creator is not None:
            self._named.setdefault(view.card.creator, set()).add(post.id)
        is_repost = post.repost_of is not None
        quotes = view.quote_author is not None and post.quote_of is not None
        quote: msgspec.Raw | None = None
        if quotes:
            quote = msgspec.Raw(_QUOTE)
        elif not is_whole(view):
            quote = msgspec.Raw(_encode(shallow_quote(self.names, post)))
        made = status(
            self.names,
            view,
            account=msgspec.Raw(_AUTHOR),
            reblog=msgspec.Raw(_REPOST) if is_repost else None,
            quote=quote,
        )
        before, _, after = _encode(made).partition(_AUTHOR)
        if is_repost:
            return Piece(before, view.author.id, after[: after.index(_REPOST)], PLAIN_ENDS)
        votes = (post.ups, post.downs) if post.reply_to_author is not None else None
        ends = ends_of(poll=view.poll is not None, votes=votes)
        after = after[: -len(POLL_CLOSES) - 1] if view.poll else after[:-1]
        if view.quote_author is None or not quotes:
            return Piece(before, view.author.id, after, ends)
        after, _, rest = after.partition(_QUOTE)
        shallow = _encode(shallow_quote(self.names, post))
        return Piece(
            before, view.author.id, after, ends, Quoting(PostId(post.quote_of or 0), view.quote_author, rest, shallow)
        )

    def frame(self, told: NotificationLine) -> tuple[bytes, bytes]:
        """Return what of a notification stands before who did it, and what after him, up to the post or the end."""
        key = (told.id, told.kind)  # a request that is accepted becomes another kind
        found = self.frames.use(key)
        if found is None:
            about = msgspec.UNSET if told.post is None else msgspec.Raw(_POST)
            made = _encode(notification(self.names, told, account=msgspec.Raw(_AUTHOR), status=about))
            before, _, after = made.partition(_AUTHOR)
            found = before, after.partition(_POST)[0]
            self.frames.keep(key, found, len(made))
        return found

    def good_since(self, mark: int, key: tuple[str, int]) -> bool:
        """Tell whether what was read after ``mark`` was taken is still true."""
        return mark >= self._forgotten and self._drops.get(key, 0) <= mark

    # Joining

    def page(self, lines: Sequence[Entry], *, reader: AccountId | None) -> bytes | None:
        """Join a JSON array of ``lines`` for ``reader``, or return ``None`` if a piece is missing."""
        posts, authors = self.posts.entries, self.authors.entries
        use_post, use_author = posts.move_to_end, authors.move_to_end
        chunks: list[bytes] = []
        add = chunks.append
        try:
            for post, original, marks in lines:
                before, author, after, ends, quote = posts[post]
                use_post(post)
                add(before)
                add(authors[author])
                use_author(author)
                add(after)
                if original:
                    before, author, after, inner_ends, quote = posts[PostId(original)]
                    use_post(PostId(original))
                    add(before)
                    add(authors[author])
                    use_author(author)
                    add(after)
                    add(inner_ends[_marks(marks, author, reader)])
                if quote is not None:
                    return None  # whether the viewer may see what it quotes has to be looked up
                add(ends[_marks(marks, author, reader)])
                add(b",")
        except KeyError:
            return None
        if not chunks:
            return b"[]"
        chunks[-1] = b"]"
        return b"[" + b"".join(chunks)

    def home(self, home: Home, low: int, high: int, reader: AccountId) -> bytes | None:
        """Join a JSON array of the lines at ``low`` to ``high`` of the window of ``reader``, newest first.

        The hottest path there is: one walk over the arrays of the window, no object per line. ``None`` if a piece
        is missing.
        """
        posts, authors = self.posts.entries, self.authors.entries
        if self.posts.crowded or self.authors.crowded:
            return None  # the walk does not say what is in use, so it is for when nothing has to be forgotten soon
        originals, marks = home.originals, home.marks
        chunks: list[bytes] = []
        add = chunks.extend
        try:
            for post in reversed(home.ids[low:high]):
                before, author, after, ends, quote = posts[post]  # type: ignore[index]  # the window holds plain integers
                if post in originals:
                    original = originals[post]
                    inner, writer, rest, inner_ends, quote = posts[original]  # type: ignore[index]  # as above
                    mine = marks.get(original, 0)
                    add(
                        (
                            before,
                            authors[author],
                            after,
                            inner,
                            authors[writer],
                            rest,
                            inner_ends[mine | OWN if writer == reader else mine],
                            ends[mine],
                            b",",
                        )
                    )
                else:
                    mine = marks.get(post, 0)
                    add((before, authors[author], after, ends[mine | OWN if author == reader else mine], b","))
                if quote is not None:
                    return None  # whether the reader may see what it quotes has to be looked up
        except KeyError:
            return None
        if not chunks:
            return b"[]"
        chunks[-1] = b"]"
        return b"[" + b"".join(chunks)

    def assemble(
        self, lines: Iterable[Entry], load: Loading, *, reader: AccountId | None, tails: Tails | None = None
    ) -> bytes:
        """Join a JSON array of ``lines`` from what was loaded, without what is gone meanwhile or not wanted."""
        rendered = [self.one(line, load, reader=reader, tails=tails) for line in lines]
        return b"[" + b",".join(post for post in rendered if post is not None) + b"]"

    def one(
        self, line: Entry, load: Loading, *, reader: AccountId | None, tails: Tails | None = None
    ) -> bytes | None:
        """Join one post, or return ``None`` if it is gone or not wanted."""
        told = None
        if tails is not None:
            shown = load.posts.get(PostId(line.original or line.post))
            told = None if shown is None else tails.told(line, shown, load.quoted_in(shown))
            if told is None:
                return None
        if not line.original:
            return self._whole(line.post, load, line.marks, reader, told)
        whole = self._whole(line.post, load, line.marks, reader)
        original = self._whole(PostId(line.original), load, line.marks, reader, told)
        if whole is None or original is None:
            return None
        end = PLAIN_ENDS[_marks(line.marks, ANYBODY, reader)]
        return whole[: -len(end)] + original + _end(end, told)

    @staticmethod
    def _whole(
        post: PostId, load: Loading, marks: int, reader: AccountId | None, told: Particular | None = None
    ) -> bytes | None:
        piece = load.posts.get(post)
        author = None if piece is None else load.authors.get(piece.author)
        if piece is None or author is None:
            return None
        end = _end(piece.ends[_marks(marks, piece.author, reader)], told)
        if piece.quote is None:
            return b"".join((piece.before, author, piece.after, end))
        quote = piece.quote.shallow if load.shallow else _quote(piece.quote, load, told, reader)
        return b"".join((piece.before, author, piece.after, quote, piece.quote.rest, end))

    def person(self, shown: Account, mark: int) -> bytes:
        """Return the JSON of an account that was read since ``mark``."""
        load = Loading(self, mark)
        load.add((), [shown])
        return load.authors[shown.id]

    def people(self, shown: Iterable[Account], mark: int) -> bytes:
        """Join a JSON array of accounts that were read since ``mark``."""
        return b"[" + b",".join([self.person(one, mark) for one in shown]) + b"]"

    def views(
        self, views: Sequence[PostView], mark: int, *, reader: AccountId | None, tails: Tails | None = None
    ) -> bytes:
        """Join a JSON array of posts that were read since ``mark``."""
        load = Loading(self, mark)
        load.add(views)
        return self.assemble([line_of(view) for view in views], load, reader=reader, tails=tails)

    def view(self, view: PostView, mark: int, *, reader: AccountId | None, tails: Tails | None = None) -> bytes:
        """Join one post that was read since ``mark``."""
        load = Loading(self, mark)
        load.add([view])
        rendered = self.one(line_of(view), load, reader=reader, tails=tails)
        if rendered is None:
            msg = "a view holds all that its JSON needs"
            raise LookupError(msg)
        return rendered

    # Forgetting

    def drop_post(self, post: int | None) -> None:
        """Forget a post: it is different, or gone."""
        if post:
            self.posts.drop(PostId(post))
            self._note(("post", post))

    def drop_account(self, number: int | None) -> None:
        """Forget an account: it is different."""
        if number:
            self.authors.drop(AccountId(number))
            self._note(("account", number))
            for post in self._named.pop(AccountId(number), ()):
                self.drop_post(post)

    def clear(self) -> None:
        """Forget everything: any piece may be different."""
        for shelf in (self.posts, self.authors):
            shelf.clear()
        self._named.clear()
        self.mark += 1
        self._forgotten = self.mark

    def _note(self, key: tuple[str, int]) -> None:
        self.mark += 1
        self._drops.pop(key, None)
        self._drops[key] = self.mark
        if len(self._drops) > _DROPS_NOTED:
            oldest = next(iter(self._drops))
            self._forgotten = self._drops.pop(oldest)

    def apply(self, fact: Event) -> None:
        """Forget what ``fact`` has made stale."""
        match fact:
            case PostChanged():
                self.drop_post(fact.post)
            case PostMarked() if (fact.added | fact.removed) not in _PRIVATE:
                self.drop_post(fact.post)
            case PostCreated():
                self.drop_account(fact.author)
                self.drop_post(fact.reply_to)
                self.drop_post(fact.repost_of)
                self.drop_post(fact.quote_of)
            case PostDeleted():
                for account in (fact.author, *fact.reposters):
                    self.drop_account(account)
                for gone in (fact.post, fact.repost_of, fact.reply_to, fact.quote_of, *fact.reposts):
                    self.drop_post(gone)
            case PostImported(author=number) | AccountChanged(account=number):
                self.drop_account(number)
            case EmojisChanged() | AccountSensitized():
                self.clear()
            case Followed() | Unfollowed():
                self.drop_account(fact.follower)
                self.drop_account(fact.followed)
