"""Search: accounts and hashtags by name, posts and accounts by their address."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

import msgspec

from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Account
from palabre.accounts.queries import seen_handle
from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.entities.tag import tag
from palabre.api.mastodon.pages import account_of
from palabre.api.mastodon.pieces import Pieces, line_of
from palabre.api.mastodon.tails import tails_for
from palabre.edge.binding import AccountRef
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import NoRoute
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Unauthenticated
from palabre.graph.search import search_accounts
from palabre.ids import AccountId, Kind, PostId
from palabre.markup.entities import hashtag_key
from palabre.posts.errors import PostNotFound
from palabre.posts.hashtags import Hashtag, search_hashtags
from palabre.posts.model import PostView
from palabre.posts.queries import post_view
from palabre.posts.tags import stance_to
from palabre.store import Snapshot

_encode = msgspec.json.Encoder().encode


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """The query of ``GET /api/v2/search``."""

    q: str
    type: Literal["accounts", "hashtags", "statuses"] | None = None
    resolve: bool = False
    following: bool = False
    account_id: AccountRef | None = None
    limit: int = 20
    offset: int = 0


class Found(msgspec.Struct, frozen=True):
    """What a search found."""

    accounts: list[Account]
    posts: list[PostView]
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
            return Found([], [post_view(db, viewer, there.post)], [])
        return Found([seen_handle(db, viewer, there.name or "")], [], [])
    except (AccountNotFound, PostNotFound):
        return Found([], [], [])


def _named(db: Snapshot, viewer: AccountId | None, query: Query) -> Found:
    """Return accounts and hashtags whose names begin like the words of the query."""
    limit, offset = min(max(query.limit, 1), 40), max(query.offset, 0)
    people: list[Account] = []
    if query.type in {None, "accounts"}:
        people = search_accounts(db, viewer, query.q, limit=limit, offset=offset, following_only=query.following)
    tags: list[Hashtag] = []
    if query.type in {None, "hashtags"} and not query.q.startswith("@"):
        tags = search_hashtags(db, query.q.removeprefix("#"), limit=limit, offset=offset)
    stances = stance_to(db, viewer, [each.name for each in tags]) if viewer is not None and tags else {}
    return Found(people, [], tags, stances)


@endpoint("GET", "/api/v2/search", scope="read:search")
async def search(query: Query, viewer: Viewer | None, app: Site) -> Annotated[bytes, wire.Search]:
    """Find accounts and hashtags by name, or the one thing at an address of this network."""
    if viewer is None and (query.resolve or query.offset or query.following):
        raise Unauthenticated
    pieces, reader, member = app.part(Pieces), account_of(viewer), viewer is not None
    mark = pieces.mark
    there = _address(app, query.q.strip())
    if there is not None:
        found = await app.db.read(_at_address, reader, there)
        found = _only(found, query.type)
    elif query.type == "statuses":
        raise NoRoute  # the words of posts are not searched yet, and an empty list would say that nobody used them
    else:
        found = await app.db.read_slow(_named, reader, query)
    tails = await tails_for(app, pieces.names, reader, map(line_of, found.posts), None)
    return b'{"accounts":%s,"statuses":%s,"hashtags":%s}' % (
        pieces.people(found.accounts, mark),
        pieces.views(found.posts, mark, member=member, tails=tails),
        _encode([tag(pieces.names, one, found.stances.get(hashtag_key(one.name))) for one in found.hashtags]),
    )


def _only(found: Found, kind: str | None) -> Found:
    return Found(
        found.accounts if kind in {None, "accounts"} else [],
        found.posts if kind in {None, "statuses"} else [],
        found.hashtags if kind in {None, "hashtags"} else [],
        found.stances,
    )


ROUTES = (search,)
