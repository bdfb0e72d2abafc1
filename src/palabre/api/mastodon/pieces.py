"""Ready JSON of posts, made once and joined per reader.

A piece is a post without two things: its author, whose counts change more often than the post, and the end that
says what the viewer did with it, his votes in its poll included. Authors are pieces of their own; ends are made once.
A page is one join of all that, and a warm one reads nothing from the database; only what is quoted has to be looked
at for each viewer, who perhaps may not read it.

Only posts that a guarded query has found for the viewer may be asked for here: a piece does not know who may read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from palabre.accounts.events import AccountChanged, AccountDeleted, AccountSensitized
from palabre.accounts.model import Account, Standing
from palabre.api.mastodon.ends import PLAIN_ENDS, POLL_CLOSES, VISITOR, Ends, ends_of
from palabre.api.mastodon.entities.account import account
from palabre.api.mastodon.entities.notification import notification
from palabre.api.mastodon.entities.quote import shallow_quote
from palabre.api.mastodon.entities.quote_approval import quote_approvals
from palabre.api.mastodon.entities.status import status
from palabre.api.mastodon.entities.wire import Names
from palabre.api.mastodon.shelf import Shelf
from palabre.clock import day
from palabre.emojis.events import EmojisChanged
from palabre.events import Event
from palabre.graph.events import Followed, Unfollowed
from palabre.ids import AccountId, PostId
from palabre.notifications.model import Narrow, NotificationLine
from palabre.notifications.subjects import WITH_SUBJECT
from palabre.posts.events import PostChanged, PostCreated, PostDeleted, PostImported, PostMarked
from palabre.posts.model import FOLLOWER, OWN, STRANGER, Mark, PostView, QuoteState
from palabre.timelines.home import Home
from palabre.timelines.model import Entry

_encode = msgspec.json.Encoder().encode
_AUTHOR = b"\x00"  # control characters cannot stand in JSON, so these mark a place
_REPOST = b"\x01"
_QUOTE = b"\x02"
_POST = b"\x03"
_NO_COUNTS = b'"last_status_at":null,"statuses_count":0,"followers_count":0,"following_count":0'
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


class Piece(NamedTuple):
    """A post: what stands before its author, the author, what stands after it, and its ends."""

    before: bytes
    author: AccountId
    after: bytes
    ends: Ends
    quote: Quoting | None = None
    """If it quotes a post, ``after`` reaches up to that."""

    @property
    def size(self) -> int:
        """Return how many bytes it takes, without its author and its end."""
        return len(self.before) + len(self.after) + (len(self.quote.rest) if self.quote else 0)


class Frame(NamedTuple):
    """An account without its counts: what it was made of, and what stands before the counts and after them."""

    of: Account
    before: bytes
    after: bytes


def line_of(view: PostView) -> Entry:
    """Return the line of a timeline that ``view`` was loaded for."""
    return Entry(view.post.id, view.post.repost_of or 0, int(view.marks))


def marks_for(marks: int, author: AccountId, reader: AccountId | None) -> int:
    """Return by which marks a post of ``author`` ends for ``reader``; ``None``: a visitor."""
    if reader is None:
        return VISITOR
    return marks | OWN if author == reader else marks


def is_whole(view: PostView) -> bool:
    """Tell whether all is loaded that a piece is made of; of a quoted post, what it quotes in turn is not."""
    return view.post.quote_state is not QuoteState.ACCEPTED or view.quote_author is not None


class Pieces:
    """The pieces of one process."""

    def __init__(
        self,
        names: Names,
        most_bytes: int,
        *,
        follows: Callable[[AccountId, AccountId], bool | None] = lambda _reader, _author: None,
    ) -> None:
        """Keep at most ``most_bytes``, a quarter of them for authors, an eighth for frames.

        ``follows`` tells whether a reader follows an author, where that is known.
        """
        self.names = names
        self._follows = follows
        self.posts: Shelf[PostId, Piece] = Shelf(most_bytes - most_bytes // 4 - most_bytes // 8)
        self.authors: Shelf[AccountId, bytes] = Shelf(most_bytes // 4)
        self._profiles: Shelf[AccountId, Frame] = Shelf(most_bytes // 16)
        self.frames: Shelf[tuple[int, str], tuple[bytes, bytes]] = Shelf(most_bytes // 16)
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
        approvals = quote_approvals(post)
        after = after.replace(b'"quote_approval":%s,' % approvals.others, b"", 1)  # the end says it, to each reader
        ends = ends_of(poll=view.poll is not None, votes=votes, approvals=approvals)
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
        chunks: list[bytes] = []
        for line in lines:
            if not self._line(chunks, line, reader):
                return None
            chunks.append(b",")
        if not chunks:
            return b"[]"
        chunks[-1] = b"]"
        return b"[" + b"".join(chunks)

    def told(self, rows: Iterable[Narrow], posts: Mapping[PostId, Entry], *, reader: AccountId) -> bytes | None:
        """Join a JSON array of notifications, or return ``None`` if a piece is missing or one needs more than pieces.

        ``posts`` are those that ``reader`` may read; what is about others is left out.
        """
        frames, authors = self.frames.entries, self.authors.entries
        chunks: list[bytes] = []
        add = chunks.append
        for number, kind, _, post, actor, _, _ in rows:
            line = None if post is None else posts.get(post)
            if post is not None and line is None:
                continue
            frame, who = frames.get((number, kind)), authors.get(actor)
            if frame is None or who is None or kind in WITH_SUBJECT:
                return None
            frames.move_to_end((number, kind))
            authors.move_to_end(actor)
            before, between = frame
            add(before)
            add(who)
            add(between)
            if line is not None:
                if not self._line(chunks, line, reader):
                    return None
                add(b"}")
            add(b",")
        if not chunks:
            return b"[]"
        chunks[-1] = b"]"
        return b"[" + b"".join(chunks)

    def _line(self, chunks: list[bytes], line: Entry, reader: AccountId | None) -> bool:
        """Add the post of ``line``; ``False`` if a piece is missing, or has to be looked up for the reader."""
        posts, authors = self.posts.entries, self.authors.entries
        post, original, marks = line
        add = chunks.append
        try:
            before, author, after, ends, quote = posts[post]
            posts.move_to_end(post)
            add(before)
            add(authors[author])
            authors.move_to_end(author)
            add(after)
            if original:
                before, author, after, inner_ends, quote = posts[PostId(original)]
                posts.move_to_end(PostId(original))
                add(before)
                add(authors[author])
                authors.move_to_end(author)
                add(after)
                add(self.end(inner_ends, marks, author, reader))
        except KeyError:
            return False
        add(self.end(ends, marks, author, reader))
        return quote is None  # whether the viewer may see what it quotes has to be looked up

    def end(self, ends: Ends, marks: int, author: AccountId, reader: AccountId | None) -> bytes:
        """Return how a post of ``author`` ends for ``reader``."""
        known = marks_for(marks, author, reader)
        if ends.by_follow and reader is not None and author != reader:
            follows = self._follows(reader, author)
            if follows is not None:
                known |= FOLLOWER if follows else STRANGER
        return ends[known]

    def home(self, home: Home, low: int, high: int, reader: AccountId) -> bytes | None:
        """Join a JSON array of the lines at ``low`` to ``high`` of the window of ``reader``, newest first.

        The hottest path there is: one walk over the arrays of the window, no object per line. ``None`` if a piece
        is missing.
        """
        posts, authors = self.posts.entries, self.authors.entries
        if self.posts.crowded or self.authors.crowded:
            return None  # the walk does not say what is in use, so it is for when nothing has to be forgotten soon
        originals, marks, followed = home.originals, home.marks, home.taste.followed
        chunks: list[bytes] = []
        add = chunks.extend
        try:
            for post in reversed(home.ids[low:high]):
                before, author, after, ends, quote = posts[post]  # type: ignore[index]  # the window holds plain integers
                if post in originals:
                    original = originals[post]
                    inner, writer, rest, inner_ends, quote = posts[original]  # type: ignore[index]  # as above
                    mine = marks.get(original, 0)
                    known = mine | OWN if writer == reader else mine
                    if inner_ends.by_follow:
                        known |= FOLLOWER if writer in followed else STRANGER
                    add(
                        (
                            before,
                            authors[author],
                            after,
                            inner,
                            authors[writer],
                            rest,
                            inner_ends[known],
                            ends[mine],
                            b",",
                        )
                    )
                else:
                    mine = marks.get(post, 0)
                    known = mine | OWN if author == reader else mine
                    if ends.by_follow:
                        known |= FOLLOWER if author in followed else STRANGER
                    add((before, authors[author], after, ends[known], b","))
                if quote is not None:
                    return None  # whether the reader may see what it quotes has to be looked up
        except KeyError:
            return None
        if not chunks:
            return b"[]"
        chunks[-1] = b"]"
        return b"[" + b"".join(chunks)

    def person(self, shown: Account, mark: int) -> bytes:
        """Return the JSON of an account that was read since ``mark``; it is kept, unless a fact made it stale."""
        ready = self.authors.entries.get(shown.id)
        if ready is None:
            ready = self._with_counts(shown)
            if self.good_since(mark, ("account", shown.id)):
                self.authors.keep(shown.id, ready, len(ready))
        return ready

    def _with_counts(self, shown: Account) -> bytes:
        """Write an account; where nothing but its counts is different from before, nothing else is written anew.

        Each post of a member changes them, and is shown at once.
        """
        if shown.standing is Standing.SUSPENDED:
            return _encode(account(self.names, shown))
        bare = msgspec.structs.replace(shown, posts_count=0, followers_count=0, following_count=0, last_post=None)
        frame = self._profiles.use(shown.id)
        if frame is None or frame.of != bare:
            before, _, after = _encode(account(self.names, bare)).partition(_NO_COUNTS)
            frame = Frame(bare, before, after)
            self._profiles.keep(shown.id, frame, 2 * (len(before) + len(after)))
        last = b"null" if shown.last_post is None else b'"%s"' % day(shown.last_post).encode()
        return b'%s"last_status_at":%s,"statuses_count":%d,"followers_count":%d,"following_count":%d%s' % (
            frame.before, last, shown.posts_count, shown.followers_count, shown.following_count, frame.after,
        )  # fmt: skip

    def people(self, shown: Iterable[Account], mark: int) -> bytes:
        """Join a JSON array of accounts that were read since ``mark``."""
        return b"[" + b",".join([self.person(one, mark) for one in shown]) + b"]"

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
        for shelf in (self.posts, self.authors, self._profiles):
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
            case PostImported(author=number) | AccountChanged(account=number) | AccountDeleted(account=number):
                self._profiles.drop(number)
                self.drop_account(number)
            case EmojisChanged() | AccountSensitized():
                self.clear()
            case Followed() | Unfollowed():
                self.drop_account(fact.follower)
                self.drop_account(fact.followed)
