"""From queries to what an app gets: posts and accounts from pieces, with Link headers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Concatenate, ParamSpec, TypeVar

from palabre.accounts.model import Account
from palabre.accounts.queries import accounts
from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.loading import Loading, view_json, views_json
from palabre.api.mastodon.pieces import Pieces
from palabre.api.mastodon.tails import tails_for, tails_of
from palabre.edge.answers import Page
from palabre.edge.paging import Paging, link
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import AccountId, Kind, PostId
from palabre.paging import Slice, Window
from palabre.posts.errors import PostNotFound
from palabre.posts.model import PostView
from palabre.posts.queries import Quoted, post_view, post_views, quoted_for
from palabre.store import Snapshot
from palabre.timelines.model import Entry

P = ParamSpec("P")
T = TypeVar("T")

StatusJson = Annotated[bytes, wire.Status]
"""Ready JSON of a post."""
StatusPage = Annotated[Page, list[wire.Status]]
AccountPage = Annotated[Page, list[wire.Account]]


def account_of(viewer: Viewer | None) -> AccountId | None:
    """Return who asks, for a query."""
    return None if viewer is None else viewer.account


def _load(
    db: Snapshot,
    viewer: AccountId | None,
    posts: Sequence[PostId],
    authors: Sequence[AccountId],
    quoted: Mapping[PostId, AccountId],
) -> tuple[list[PostView], Iterable[Account], Mapping[PostId, Quoted]]:
    views = post_views(db, viewer, posts) if posts else []
    people = accounts(db, authors).values() if authors else ()
    return views, people, quoted_for(db, viewer, quoted) if quoted else {}


async def load(
    app: Site, viewer: AccountId | None, lines: Iterable[Entry], people: Iterable[AccountId] = ()
) -> Loading:
    """Bring together what an answer shows; what is not kept is read, in at most four statements.

    Polls that are not kept cost one more, quotes that are not kept two, and quotes that are kept two.
    """
    pieces = app.part(Pieces)
    loading = Loading(pieces, pieces.mark)
    posts, authors = loading.missing(lines, people)
    if posts or authors or loading.quoted:
        loading.add(*await app.db.read(_load, viewer, posts, authors, loading.quoted))
    return loading


async def posts_json(
    app: Site, viewer: AccountId | None, lines: Sequence[Entry], context: Context | None = None
) -> bytes:
    """Return the JSON array of lines that a guarded query found for ``viewer``; no statement if all is known.

    What his filters hide in ``context`` is left out.
    """
    pieces = app.part(Pieces)
    if await app.lenses.get(viewer) is None:
        ready = pieces.page(lines, reader=viewer)
        return (await load(app, viewer, lines)).assemble(lines, reader=viewer) if ready is None else ready
    loaded = await load(app, viewer, lines)
    tails = await tails_for(app, viewer, lines, context, loaded.quotes)
    return loaded.assemble(lines, reader=viewer, tails=tails)


async def lines_page(
    request: Request, app: Site, viewer: AccountId | None, found: Slice[Entry], context: Context
) -> StatusPage:
    """Answer a page of a timeline, whose cursors are posts."""
    return Page(await posts_json(app, viewer, found.items, context), link(request, found, Kind.POST))


async def views_page(
    request: Request,
    app: Site,
    viewer: AccountId,
    kind: Kind,
    query: Callable[Concatenate[Snapshot, AccountId, P], Slice[PostView]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> StatusPage:
    """Answer the page of posts that ``query`` finds for a member, with cursors of ``kind``."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    found = await app.db.read(query, viewer, *args, **kwargs)
    tails = await tails_of(app, viewer, found.items)
    return Page(views_json(pieces, found.items, mark, reader=viewer, tails=tails), link(request, found, kind))


async def people_page(
    request: Request,
    app: Site,
    kind: Kind,
    query: Callable[Concatenate[Snapshot, P], Slice[Account]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> AccountPage:
    """Answer the page of accounts that ``query`` finds, with cursors of ``kind``."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    found = await app.db.read(query, *args, **kwargs)
    return Page(pieces.people(found.items, mark), link(request, found, kind))


async def entries_page(
    request: Request,
    query: Paging,
    app: Site,
    kind: Kind,
    found_by: Callable[[Snapshot, Window], Slice[T]],
    render: Callable[[wire.Names, T], object],
) -> Page:
    """Answer a page of a list that those who run the network keep, 100 entries unless asked otherwise.

    ``found_by`` reads its rows, whose cursors are of ``kind``; ``render`` writes one.
    """
    found = await app.db.read(found_by, query.window(app.ids, kind, usual=100, most=200))
    names = app.part(Pieces).names
    return Page([render(names, each) for each in found.items], link(request, found, kind))


async def post_json(app: Site, viewer: AccountId | None, post: PostId) -> StatusJson:
    """Return the JSON of one post. One statement if its piece is kept.

    Raises:
        PostNotFound: there is none, or the viewer may not read it.

    """
    line = await app.lines.one(viewer, post)
    found = await posts_json(app, viewer, [line])
    if found == b"[]":
        raise PostNotFound  # it was deleted in this moment
    return found[1:-1]


async def changed_json(app: Site, viewer: AccountId, post: PostId) -> StatusJson:
    """Return the JSON of a post that the viewer has just written or changed: its piece is not kept."""
    pieces = app.part(Pieces)
    mark = pieces.mark
    return await written_json(app, viewer, await app.db.read(post_view, viewer, post), mark)


async def written_json(app: Site, viewer: AccountId, view: PostView, mark: int) -> StatusJson:
    """Return the JSON of a post that was loaded for the viewer since ``mark`` of the pieces."""
    pieces = app.part(Pieces)
    tails = await tails_of(app, viewer, [view])
    return view_json(pieces, view, mark, reader=viewer, tails=tails)
