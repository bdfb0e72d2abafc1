"""Finding posts. What may not be read is not found: what is shown went through the same door as a post's page."""

from __future__ import annotations

import re
from collections.abc import Iterable

from palabre.accounts.queries import account_by_handle
from palabre.clock import DAY
from palabre.graph.queries import hidden_among
from palabre.ids import AccountId, PostId, first_id
from palabre.markup.words import fold, of_author, of_language, of_traits, pattern
from palabre.posts.lines import readable_lines
from palabre.posts.model import PostView, Visibility
from palabre.posts.queries import post_views
from palabre.search import sql
from palabre.search.model import Asked, Trait
from palabre.search.rules import read
from palabre.store import Snapshot

DEPTH = 400
"""Results that one can page through."""
_AT_ONCE = 80
_SPARE = 20
"""More are looked for than are wanted, since some may not be shown to the viewer."""
_ROUNDS = 8
"""Slices of matches that are looked at before it is enough, if most of them are not for this viewer."""
_LIBRARY = 300
"""So many newest likes, bookmarks and mentions are looked through one by one."""
_LIBRARY_MATCHES = 800
"""Of the newest that match in the whole network, those in the viewer's library are found, however old."""
_CHUNK = 500


class _Check:
    """What the index does not decide: phrases, excluded texts, and who may find a post."""

    def __init__(self, asked: Asked, author: AccountId | None) -> None:
        self.asked = asked
        self.author = author
        self.words = [each for each in map(pattern, asked.words) if each is not None]
        self.literal = [each for each in map(pattern, asked.literal) if each is not None]
        self.without = [each for each in map(pattern, asked.without) if each is not None]

    def found(self, each: sql.Text) -> bool:
        """Whether a post that is indexed as open, or the viewer's, is what was looked for."""
        asked = self.asked
        if not (each.mine or (each.indexable and each.visibility == Visibility.PUBLIC)):
            return False
        if asked.library and not each.mine:
            return False
        return self._says(fold(each.text), self.literal)

    def fits(self, each: sql.Text) -> bool:
        """Whether a post of the viewer's library, found without the index, is what was looked for."""
        asked = self.asked
        if not each.mine or (self.author is not None and each.author != self.author):
            return False
        if asked.language and (each.language or "").partition("-")[0].lower() != asked.language:
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
        return self._says(fold(each.text), [*self.words, *self.literal])

    def _says(self, text: str, needed: Iterable[re.Pattern[str]]) -> bool:
        return all(each.search(text) for each in needed) and not any(each.search(text) for each in self.without)


def search_posts(
    db: Snapshot, viewer: AccountId, query: str, *, limit: int, offset: int = 0, author: AccountId | None = None
) -> list[PostView]:
    """Return posts that ``query`` describes, newest first, of ``author`` if one is given.

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
    check = _Check(asked, author)
    since = min(first_id(asked.since or 0), sql.TOP)
    before = min(first_id(asked.before), sql.TOP) if asked.before is not None else sql.TOP
    ids = set(_indexed(db, viewer, check, since, before, wanted)) | _from_library(db, viewer, check, since, before)
    newest = sorted(ids, reverse=True)[: wanted + _AT_ONCE]
    shown = _shown(db, viewer, newest)[offset:wanted]
    return post_views(db, viewer, shown)


def _author(db: Snapshot, viewer: AccountId, handle: str) -> AccountId | None:
    if handle == "me":
        return viewer
    name, _, domain = handle.partition("@")
    found = account_by_handle(db, name, domain)
    return found.id if found is not None else None


def _terms(viewer: AccountId, check: _Check, since: int, before: int, *, all_of_library: bool = False) -> sql.Terms:
    asked = check.asked
    words = [*asked.words, *of_traits(asked.traits)]
    if check.author is not None:
        words.append(of_author(check.author))
    if asked.language:
        words.append(of_language(asked.language))
    return sql.Terms(words, of_traits(asked.without_traits), viewer, since, before, all_of_library=all_of_library)


def _indexed(db: Snapshot, viewer: AccountId, check: _Check, since: int, before: int, wanted: int) -> list[PostId]:
    """Return what the index knows as open to all or as the viewer's own, newest first."""
    terms = _terms(viewer, check, since, before)
    kept: list[PostId] = []
    rounds = _ROUNDS
    for least, below in sql.places(db, since, before, slack=first_id(DAY)):
        place = below
        while rounds and len(kept) < wanted + _SPARE:
            rounds -= 1
            found = sql.matching(db, terms, below=place, least=least, most=_AT_ONCE)
            loaded = sql.texts(db, viewer, [post for _, post in found])
            kept += [post for _, post in found if post in loaded and check.found(loaded[post])]
            if len(found) < _AT_ONCE:
                break
            place = found[-1][0]
    return kept


def _from_library(db: Snapshot, viewer: AccountId, check: _Check, since: int, before: int) -> set[PostId]:
    """Return what fits among the posts of others that the viewer likes, keeps or is mentioned in."""
    ids = sql.library(db, viewer, _LIBRARY)
    if not ids:
        return set()
    if check.asked.words:
        terms = _terms(viewer, check, since, before, all_of_library=True)
        matches = [post for _, post in sql.matching(db, terms, below=sql.TOP, least=-sql.TOP, most=_LIBRARY_MATCHES)]
        mine = sql.mine_among(db, viewer, matches)
        ids = mine if len(matches) < _LIBRARY_MATCHES else ids | mine  # fewer: these are all that there are
    inside = [each for each in ids if since <= each < before]
    kept = set()
    for at in range(0, len(inside), _CHUNK):
        loaded = sql.texts(db, viewer, inside[at : at + _CHUNK])
        kept |= {each.post for each in loaded.values() if check.fits(each)}
    return kept


def _shown(db: Snapshot, viewer: AccountId, ids: list[PostId]) -> list[PostId]:
    """Leave out what the viewer may not read, and whom the viewer does not want to see."""
    lines = readable_lines(db, viewer, ids)
    authors = sql.authors_among(db, list(lines))
    hidden = hidden_among(db, viewer, set(authors.values()))
    return [each for each in ids if each in lines and each in authors and not hidden.hides(authors[each])]
