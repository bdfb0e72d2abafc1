"""Search: accounts and hashtags by name, posts by their words, either by address."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Account
from palabre.accounts.queries import seen_handle
from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.entities.tag import tag
from palabre.api.mastodon.pages import account_of, posts_json
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import AccountRef, PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Unauthenticated
from palabre.graph.search import search_accounts
from palabre.ids import AccountId, Kind, PostId
from palabre.markup.entities import hashtag_key
from palabre.posts.errors import PostNotFound
from palabre.posts.hashtags import Hashtag, search_hashtags
from palabre.posts.lines import readable_line
from palabre.posts.model import Entry
from palabre.posts.tags import stance_to
from palabre.search.queries import search_lines
from palabre.store import Snapshot

_encode = msgspec.json.Encoder().encode


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The query of ``GET /api/v2/search``."""

    q: str
    type: Literal["accounts", "hashtags", "statuses"] | None = None
    resolve: bool = False
    following: bool = False
    account_id: AccountRef | None = None
    """Only posts of this account."""
    exclude_unreviewed: bool = False
    """Leave out what nobody has looked at; a search finds what its author allows, so that nothing is left out."""
    min_id: PostRef | None = None
    """Only posts after this one."""
    max_id: PostRef | None = None
    """Only posts before this one."""
    limit: int = 20
    offset: int = 0


class Found(msgspec.Struct, frozen=True):
    """What a search found."""

    accounts: list[Account]
    lines: list[Entry]
    """Posts."""
    hashtags: list[Hashtag]
    stances: dict[str, tuple[bool, bool]] = {}
    """Whether the viewer follows each of ``hashtags``, and whether he features it, by its folded spelling."""


class _Address(msgspec.Struct, frozen=True):
    """What an address of this network names."""

    name: str | None = None
    post: PostId | None = None


def _address(app: Site, text: str) -> _Address | None:
    """Read the address of a profile or of a post, or one of their ActivityPub ids."""
    path = _path(app, text)
    match path.split("/") if path else ():
        case [name] if name.startswith("@"):
            return _Address(name=name[1:])
        case [name, post] if name.startswith("@"):
            return _named_post(app, post)
        case ["ap", "posts", post]:
            return _named_post(app, post)
    return None


def _path(app: Site, text: str) -> str | None:
    """Return the path of an address of this network, without slashes around it."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if f"{parts.scheme}://{parts.netloc}".lower() != app.origin.lower():
        return None
    return unquote(parts.path).strip("/")


def _named_post(app: Site, text: str) -> _Address | None:
    number = app.ids.try_decode(Kind.POST, text)
    return None if number is None else _Address(post=PostId(number))


def _at_address(db: Snapshot, viewer: AccountId | None, there: _Address) -> Found:
    """Return what is at an address, if the viewer may see it."""
    try:
        if there.post is not None:
            return Found([], [readable_line(db, viewer, there.post)], [])
        return Found([seen_handle(db, viewer, there.name or "")], [], [])
    except (AccountNotFound, PostNotFound):
        return Found([], [], [])


def _named(db: Snapshot, viewer: AccountId | None, query: Query) -> Found:
    """Return accounts and hashtags whose names begin like the words of the query, and posts that have them."""
    limit, offset = min(max(query.limit, 1), 40), max(query.offset, 0)
    people: list[Account] = []
    if query.type in {None, "accounts"}:
        people = search_accounts(db, viewer, query.q, limit=limit, offset=offset, following_only=query.following)
    tags: list[Hashtag] = []
    if query.type in {None, "hashtags"} and not query.q.startswith("@"):
        tags = search_hashtags(db, query.q.removeprefix("#"), limit=limit, offset=offset)
    stances = stance_to(db, viewer, [each.name for each in tags]) if viewer is not None and tags else {}
    lines: list[Entry] = []
    if viewer is not None and query.type in {None, "statuses"}:
        lines = search_lines(
            db,
            viewer,
            query.q,
            limit=limit,
            offset=offset,
            author=query.account_id,
            above=query.min_id,
            below=query.max_id,
        )
    return Found(people, lines, tags, stances)


@endpoint("GET", "/api/v2/search", scope="read:search")
async def search(query: Query, viewer: Viewer | None, app: Site) -> Annotated[bytes, wire.Search]:
    """Find accounts and hashtags by name, posts by their words, or the one thing at an address of this network.

    The words of posts are searched for members only.
    """
    mark = app.part(Pieces).mark
    found = await _search(query, viewer, app)
    names = app.part(Pieces).names
    tags = [tag(names, one, found.stances.get(hashtag_key(one.name))) for one in found.hashtags]
    return await _answer(app, found, mark, viewer, _encode(tags))


@endpoint("GET", "/api/v1/search", scope="read:search")
async def search_v1(query: Query, viewer: Viewer, app: Site) -> Annotated[bytes, wire.SearchV1]:
    """Find the same, for old apps: hashtags are names only."""
    mark = app.part(Pieces).mark
    found = await _search(query, viewer, app)
    return await _answer(app, found, mark, viewer, _encode([one.name for one in found.hashtags]))


async def _search(query: Query, viewer: Viewer | None, app: Site) -> Found:
    if viewer is None and (query.resolve or query.offset):
        raise Unauthenticated
    there = _address(app, query.q.strip())
    if there is not None:
        return _only(await app.db.read(_at_address, account_of(viewer), there), query.type)
    return await app.db.read_slow(_named, account_of(viewer), query)


async def _answer(app: Site, found: Found, mark: int, viewer: Viewer | None, tags: bytes) -> bytes:
    return b'{"accounts":%s,"statuses":%s,"hashtags":%s}' % (
        app.part(Pieces).people(found.accounts, mark),
        await posts_json(app, account_of(viewer), found.lines),
        tags,
    )


def _only(found: Found, kind: str | None) -> Found:
    return Found(
        found.accounts if kind in {None, "accounts"} else [],
        found.lines if kind in {None, "statuses"} else [],
        found.hashtags if kind in {None, "hashtags"} else [],
        found.stances,
    )


ROUTES = (search, search_v1)
