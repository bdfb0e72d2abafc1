"""Lines of lists for a viewer: from memory where everything is known, else from the database, and learned from it.

What is known is how the viewer stands to people (his home window), who may read a post (``Heads``), and what stands
in the lists that many look at (``SharedWindows``). A warm answer runs no statement, on either database.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from palabre.accounts.errors import AccountNotFound
from palabre.events import Event
from palabre.ids import AccountId, PostId
from palabre.markup.entities import hashtag_key
from palabre.paging import Slice, Window, cut
from palabre.posts.errors import PostNotFound
from palabre.posts.lines import ThreadLines, branches, readable_rows, thread_edges, thread_lines, unbroken
from palabre.posts.model import Entry, Visibility
from palabre.posts.queries import all_marks_of, marks_of
from palabre.store import Database
from palabre.timelines.heads import Heads
from palabre.timelines.home import MARKS_MOST, Home
from palabre.timelines.homes import Homes
from palabre.timelines.queries import (
    account_lines,
    author_window,
    hashtag_lines,
    link_lines,
    local_lines,
    local_window,
    tag_window,
)
from palabre.timelines.shared import LOCAL, Key, Line, Shared, SharedWindows, of_author, of_tag

_OPEN = {Visibility.PUBLIC, Visibility.UNLISTED}


class Lines:
    """Answers which posts stand in a list. One per process, on the event loop."""

    def __init__(self, database: Database, homes: Homes) -> None:
        self._db = database
        self._homes = homes
        self.heads = Heads()
        self.shared = SharedWindows()

    def apply(self, fact: Event) -> None:
        """Take note of a fact, in the order of the journal."""
        self.heads.apply(fact)
        self.shared.apply(fact)

    # Single posts and conversations

    async def readable(self, viewer: AccountId | None, posts: Collection[PostId]) -> dict[PostId, Entry]:
        """Return those of ``posts`` that ``viewer`` may read. At most one statement."""
        home = self._homes.get(viewer) if viewer is not None else None
        if viewer is None or home is not None:
            known = self.heads.entries(home, posts)
            if known is not None:
                return known
        mark, marks = self.heads.mark, home.marked if home is not None else 0
        rows = await self._db.read(readable_rows, viewer, posts)
        self.heads.learn(rows, mark)
        if home is not None:
            home.learn_marks(((row.head.original or row.post, row.marks) for row in rows), marks)
        return {row.post: row.entry for row in rows}

    async def one(self, viewer: AccountId | None, post: PostId) -> Entry:
        """Return one post that ``viewer`` may read. At most one statement.

        Raises:
            PostNotFound: there is none, or the viewer may not read it.

        """
        found = (await self.readable(viewer, [post])).get(post)
        if found is None:
            raise PostNotFound
        return found

    async def thread(self, viewer: AccountId | None, post: PostId) -> ThreadLines:
        """Return what a post replies to and the replies to it; of a repost, the original's.

        Raises:
            PostNotFound: there is none, or the viewer may not read it.

        """
        focus = await self.one(viewer, post)
        if focus.original:
            focus = await self.one(viewer, PostId(focus.original))
        head = self.heads.head(focus.post)
        if head is None:  # it was changed in this moment
            return await self._db.read(thread_lines, viewer, post)
        edges = self.heads.edges(head.thread)
        if edges is None:
            mark = self.heads.mark
            edges = await self._db.read(thread_edges, head.thread)
            self.heads.learn_thread(head.thread, edges, mark)
        above, below = branches(edges, focus.post, head.reply_to, viewer)
        lines = await self.readable(viewer, [*above, *below])
        return ThreadLines(
            ancestors=[lines[each] for each in unbroken(above, lines)],
            post=focus,
            descendants=[lines[each] for each in below if each in lines],
        )

    # Lists

    async def _window(self, key: Key, word: str = "") -> Shared | None:
        """Return a window (of the hashtag ``word``), built if it is not there; ``None`` if there is no such list."""
        window = self.shared.get(key)
        if window is not None:
            return window
        mark = self.shared.mark
        kind, of = key
        if kind == "tag":
            window = await self._db.read(tag_window, word)
        elif kind == "author":
            window = await self._db.read(author_window, AccountId(int(of)))
        else:
            window = await self._db.read(local_window)
        if window is not None:
            self.shared.install(key, window, mark)
        return window

    async def _entries(
        self, viewer: AccountId | None, home: Home | None, picked: list[tuple[int, Line]]
    ) -> Slice[Entry]:
        """Add what the viewer did with each post. At most one statement, seldom two."""
        if viewer is None or home is None:
            return cut([(post, Entry(PostId(post), line.original, 0)) for post, line in picked])
        shown = [line.original or post for post, line in picked]
        unknown = [PostId(post) for post in shown if home.mark_of(post) is None]
        marks: dict[PostId, int] = {}
        if unknown and home.wants_all_marks:
            mark = home.marked
            home.learn_all_marks(await self._db.read(all_marks_of, viewer, most=MARKS_MOST + 1), mark)
            self._homes.weigh(viewer)
            unknown = [PostId(post) for post in shown if home.mark_of(post) is None]
        if unknown:
            mark = home.marked
            marks = {post: int(found) for post, found in (await self._db.read(marks_of, viewer, unknown)).items()}
            home.learn_marks(((post, marks.get(post, 0)) for post in unknown), mark)
        rows = []
        for (post, line), original in zip(picked, shown, strict=True):
            known = home.mark_of(original)
            rows.append(
                (post, Entry(PostId(post), line.original, marks.get(PostId(original), 0) if known is None else known))
            )
        return cut(rows)

    async def with_marks(self, viewer: AccountId, home: Home, lines: list[Entry]) -> Slice[Entry]:
        """Return ``lines`` with what the owner of ``home`` did with each post. At most one statement."""
        return await self._entries(viewer, home, [(line.post, Line(0, original=line.original)) for line in lines])

    def _stance(self, viewer: AccountId | None) -> tuple[bool, Home | None]:
        """Return whether it is known how the viewer stands to people, and by which window."""
        home = self._homes.get(viewer) if viewer is not None else None
        return viewer is None or home is not None, home

    async def _public(self, key: Key, viewer: AccountId | None, rows: Window, word: str = "") -> Slice[Entry] | None:
        known, home = self._stance(viewer)
        if not known:
            return None
        window = await self._window(key, word)
        hidden = home.taste.hidden if home is not None else frozenset()
        picked = window.pick(rows, lambda line: line.author not in hidden) if window is not None else []
        return None if picked is None else await self._entries(viewer, home, picked)

    async def local(self, viewer: AccountId | None, rows: Window, *, only_media: bool = False) -> Slice[Entry]:
        """Return lines of what is said on this network."""
        found = None if only_media else await self._public(LOCAL, viewer, rows)
        if found is None:
            found = await self._db.read(local_lines, viewer, rows, only_media=only_media)
        return found

    async def hashtag(
        self,
        viewer: AccountId | None,
        tag: str,
        rows: Window,
        *,
        any_of: Collection[str] = (),
        all_of: Collection[str] = (),
        none_of: Collection[str] = (),
        only_media: bool = False,
    ) -> Slice[Entry]:
        """Return lines of public posts with ``tag`` or one of ``any_of``, all of ``all_of``, none of ``none_of``."""
        if not (any_of or all_of or none_of or only_media):
            word = hashtag_key(tag)
            found = await self._public(of_tag(word), viewer, rows, word)
            if found is not None:
                return found
        return await self._db.read(
            hashtag_lines,
            viewer,
            tag,
            rows,
            any_of=list(any_of),
            all_of=list(all_of),
            none_of=list(none_of),
            only_media=only_media,
        )

    async def link(self, viewer: AccountId | None, url: str, rows: Window) -> Slice[Entry]:
        """Return lines of public posts that show the card of a page. Two statements."""
        return await self._db.read(link_lines, viewer, url, rows)

    async def of_account(
        self,
        viewer: AccountId | None,
        author: AccountId,
        rows: Window,
        *,
        replies: bool = True,
        reposts: bool = True,
        only_media: bool = False,
        tagged: str | None = None,
    ) -> Slice[Entry]:
        """Return lines of one account's posts that the viewer may read.

        Raises:
            AccountNotFound: there is no such account, or it is suspended.

        """
        known, home = self._stance(viewer)
        if known and not only_media and tagged is None:
            window = await self._window(of_author(author))
            if window is None:
                raise AccountNotFound
            if home is not None and author in home.taste.blocked_by:
                return Slice([], None, None)
            picked = window.pick(rows, _of_author(home, author, replies=replies, reposts=reposts))
            if picked is not None:
                return await self._entries(viewer, home, picked)
        return await self._db.read(
            account_lines,
            viewer,
            author,
            rows,
            replies=replies,
            reposts=reposts,
            only_media=only_media,
            tagged=tagged,
        )


def _of_author(home: Home | None, author: AccountId, *, replies: bool, reposts: bool) -> Callable[[Line], bool]:
    """Decide as ``timelines.sql.of_account`` does, for the owner of ``home`` or anybody."""
    reader = home.taste.reader if home is not None else None
    follows = home is not None and author in home.taste.followed
    blocked_by = home.taste.blocked_by if home is not None else frozenset()

    def wanted(line: Line) -> bool:
        if not replies and line.reply_to_author is not None and line.reply_to_author != author:
            return False
        if line.original and (not reposts or line.original_author in blocked_by):
            return False
        return (
            line.visibility in _OPEN
            or reader == author
            or (follows and line.visibility == Visibility.FOLLOWERS)
            or (reader is not None and reader in line.mentions)
        )

    return wanted
