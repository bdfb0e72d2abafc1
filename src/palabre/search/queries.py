"""Finding posts. What may not be read is not found: what is shown went through the same door as a post's page."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from palabre.accounts.queries import account_by_handle
from palabre.clock import DAY
from palabre.graph.queries import hidden_among
from palabre.ids import AccountId, PostId, first_id
from palabre.markup.words import fold, is_kept_whole, of_author, of_language, of_traits, pattern, says, spaced
from palabre.posts.lines import readable_rows
from palabre.posts.model import Entry, PostView, Visibility
from palabre.posts.queries import post_views
from palabre.search import sql
from palabre.search.model import Asked, Trait
from palabre.search.opened import Opened
from palabre.search.rules import read
from palabre.store import Snapshot

DEPTH = 400
"""Results that one can page through."""
_AT_ONCE = 80
_SPARES = (6, 20)
"""So many more are looked for than are wanted, since some may not be shown to the viewer; then more of them."""
_MOST = 640
"""Matches that are looked at before it is enough, if most of them are not for this viewer."""
_LIBRARY = 300
"""So many newest likes, bookmarks and mentions are looked through one by one."""
_LIBRARY_MATCHES = 800
"""Of the newest that match in the whole network, those in the viewer's library are found, however old."""
_CHUNK = 500
_FEW = 60
"""So many posts of the library are read sooner than the index is asked which of them it is."""


class _Check:
    """What the index does not decide: words that share a term, phrases, excluded texts, and who may find a post."""

    def __init__(self, asked: Asked, author: AccountId | None, without: frozenset[AccountId]) -> None:
        self.asked = asked
        self.author = author
        self.without_authors = without
        self.words = [says(each) for each in asked.words]
        self.unsure = [says(each) for each in asked.words if not is_kept_whole(each)]
        self.literal = [each for each in map(pattern, asked.literal) if each is not None]
        self.without = [each for each in map(pattern, asked.without) if each is not None]

    def found(self, each: sql.Text) -> bool:
        """Whether a post that is indexed as open, or the viewer's, is what was looked for."""
        asked = self.asked
        if not (each.mine or (each.indexable and each.visibility == Visibility.PUBLIC)):
            return False
        if asked.library and not each.mine:
            return False
        if asked.without_library and each.mine:
            return False
        return self._says(each.text, self.unsure)

    def fits(self, each: sql.Text) -> bool:
        """Whether a post of the viewer's library, found without the index, is what was looked for."""
        asked = self.asked
        if not each.mine or (self.author is not None and each.author != self.author):
            return False
        language = (each.language or "").partition("-")[0].lower()
        if (asked.language and language != asked.language) or language in asked.without_languages:
            return False
        if each.author in self.without_authors:
            return False
        traits = Trait(0)
        if each.reply_to is not None:
            traits |= Trait.REPLY
        if each.media_count:
            traits |= Trait.MEDIA
        if each.has_poll:
            traits |= Trait.POLL
        if sql.has_link(each.entities):
            traits |= Trait.LINK
        if asked.traits & ~traits or asked.without_traits & traits:
            return False
        return self._says(each.text, self.words)

    def _says(self, text: str, words: Iterable[Callable[[str], bool]]) -> bool:
        text = fold(text)
        if not all(each.search(text) for each in self.literal) or any(each.search(text) for each in self.without):
            return False
        text = spaced(text)
        return all(each(text) for each in words)


def search_posts(
    db: Snapshot,
    viewer: AccountId,
    query: str,
    *,
    limit: int,
    offset: int = 0,
    author: AccountId | None = None,
    above: PostId | None = None,
    below: PostId | None = None,
) -> list[PostView]:
    """Return posts that ``query`` describes, as :func:`search_lines` finds them."""
    found = search_lines(db, viewer, query, limit=limit, offset=offset, author=author, above=above, below=below)
    return post_views(db, viewer, [each.post for each in found])


def search_lines(
    db: Snapshot,
    viewer: AccountId,
    query: str,
    *,
    limit: int,
    offset: int = 0,
    author: AccountId | None = None,
    above: PostId | None = None,
    below: PostId | None = None,
) -> list[Entry]:
    """Return the lines of posts that ``query`` describes, newest first.

    Only of ``author``, and only between the posts ``above`` and ``below``, if they are given.

    Found are public posts of those who allow it, and of the rest what the viewer wrote, likes, keeps, reposted or
    is mentioned in; nothing that the viewer may not read, nor of whom the viewer blocks or mutes. Six to
    fifty statements, in slices of bounded size, however many posts there are; meant for the slow reader.
    """
    asked = read(query)
    if asked.says_nothing or offset >= DEPTH:
        return []
    named = _author(db, viewer, asked.author) if asked.author else None
    if (asked.author and named is None) or (named and author and named != author):
        return []
    author = author or named
    wanted = min(offset + limit, DEPTH)
    unwanted = (_author(db, viewer, each) for each in dict.fromkeys(asked.without_authors))
    check = _Check(asked, author, frozenset(each for each in unwanted if each is not None))
    since = min(max(first_id(asked.since or 0), 0 if above is None else above + 1), sql.TOP)
    before = min(first_id(asked.before), sql.TOP) if asked.before is not None else sql.TOP
    before = before if below is None else min(before, below)
    library = _Library(db, viewer, check, since, before)
    for most in (wanted + spare for spare in _SPARES):
        indexed = _indexed(db, check, library, most)
        enough = len(indexed) >= most
        floor = max(since, min(indexed)) if enough else since  # what is older comes after all of these
        shown = _newest(db, viewer, {*indexed, *library.fitting(floor)}, wanted)
        if len(shown) >= wanted or not enough:
            break
    if enough and len(shown) < wanted:  # too many of them may not be shown to this viewer
        shown = _newest(db, viewer, {*indexed, *library.fitting(since)}, wanted)
    return shown[offset:]


def _newest(db: Snapshot, viewer: AccountId, ids: set[PostId], wanted: int) -> list[Entry]:
    return _shown(db, viewer, sorted(ids, reverse=True)[: wanted + _AT_ONCE])[:wanted]


def _author(db: Snapshot, viewer: AccountId, handle: str) -> AccountId | None:
    if handle == "me":
        return viewer
    name, _, domain = handle.partition("@")
    found = account_by_handle(db, name, domain)
    return found.id if found is not None else None


class _Library:
    """What the viewer likes, keeps and is mentioned in, and what was read of posts so far."""

    def __init__(self, db: Snapshot, viewer: AccountId, check: _Check, since: int, before: int) -> None:
        self.viewer = viewer
        self.since = since
        self.before = before
        self.opened = Opened()
        self._db = db
        self._check = check
        nothing = sql.Library(set(), whole=True)
        self._has = nothing if check.asked.without_library else sql.library(db, viewer, _LIBRARY)
        inside = [each for each in self._has.posts if since <= each < before]
        self._few = inside if self._has.whole and len(inside) <= _FEW else []
        self._read: dict[PostId, sql.Text] = {}

    def terms(self, whose: sql.Whose) -> sql.Terms:
        """Return what the index is asked."""
        asked, author = self._check.asked, self._check.author
        words = [*asked.words, *of_traits(asked.traits)]
        if author is not None:
            words.append(of_author(author))
        if asked.language:
            words.append(of_language(asked.language))
        without = [
            *of_traits(asked.without_traits),
            *map(of_author, self._check.without_authors),
            *map(of_language, asked.without_languages),
        ]
        return sql.Terms(words, without, self.viewer, self.since, self.before, whose)

    def texts(self, ids: list[PostId]) -> dict[PostId, sql.Text]:
        """Load posts that the index found, and with them what a small library has of their time."""
        if ids:
            oldest = min(ids)
            near = [each for each in self._few if each >= oldest and each not in self._read]
            self._read |= sql.texts(self._db, self.viewer, {*ids, *near})
        return self._read

    def fitting(self, since: int) -> set[PostId]:
        """Return what fits among the posts of others that are in the library, from ``since``."""
        if not self._has.posts:
            return set()
        inside = [each for each in self._has.posts if since <= each < self.before]
        if self._check.asked.words and not (self._has.whole and len(inside) <= _FEW):
            matches = _newest_matches(self._db, self.terms(sql.Whose.ALL)._replace(since=since), self.opened)
            mine = sql.mine_among(self._db, self.viewer, matches)
            inside = list(mine if len(matches) < _LIBRARY_MATCHES else mine.union(inside))  # fewer: these are all
        kept = {each for each in inside if each in self._read and self._check.fits(self._read[each])}
        unread = [each for each in inside if each not in self._read]
        for at in range(0, len(unread), _CHUNK):
            loaded = sql.texts(self._db, self.viewer, unread[at : at + _CHUNK])
            kept |= {each.post for each in loaded.values() if self._check.fits(each)}
        return kept


def _indexed(db: Snapshot, check: _Check, library: _Library, most: int) -> list[PostId]:
    """Return what the index knows as open to all or as the viewer's own, newest first."""
    whose = sql.Whose.OWN if check.asked.library else sql.Whose.READABLE  # the rest is looked for in the library
    terms = library.terms(whose)
    kept: list[PostId] = []
    left = _MOST
    for least, below in sql.places(db, library.since, library.before, slack=first_id(DAY)):
        if left <= 0 or len(kept) >= most:
            break
        first = min(_AT_ONCE, most)
        for found in sql.matching(db, terms, library.opened, below=below, least=least, first=first, then=_AT_ONCE):
            loaded = library.texts([post for _, post in found])
            kept += [post for _, post in found if post in loaded and check.found(loaded[post])]
            left -= len(found)
            if left <= 0 or len(kept) >= most:
                break
    return kept


def _newest_matches(db: Snapshot, terms: sql.Terms, opened: Opened) -> list[PostId]:
    """Return the newest posts with the words, whosever they are."""
    matches: list[PostId] = []
    for least, below in sql.places(db, terms.since, terms.before, slack=first_id(DAY)):
        for found in sql.matching(
            db, terms, opened, below=below, least=least, first=_LIBRARY_MATCHES - len(matches), then=_AT_ONCE
        ):
            matches += [post for _, post in found]
            if len(matches) >= _LIBRARY_MATCHES:
                return matches
    return matches


def _shown(db: Snapshot, viewer: AccountId, ids: list[PostId]) -> list[Entry]:
    """Leave out what the viewer may not read, and whom the viewer does not want to see."""
    lines = {each.post: each for each in readable_rows(db, viewer, ids)}
    authors = {each: AccountId(line.head.author) for each, line in lines.items()}
    hidden = hidden_among(db, viewer, set(authors.values()))
    return [lines[each].entry for each in ids if each in lines and not hidden.hides(authors[each])]
