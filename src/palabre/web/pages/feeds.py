"""Feeds of accounts and hashtags: RSS and Atom, for readers that nobody signs in.

Whoever asks is nobody: a feed shows what anybody may read, counts against the limits of anonymous reading, and may
be kept by caches in between for a moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Account, Standing
from palabre.accounts.queries import account_by_handle
from palabre.edge.answers import Answer
from palabre.edge.conditional import answer_if_changed
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.markup.entities import hashtag_key
from palabre.paging import Window
from palabre.posts.errors import HashtagNotFound
from palabre.posts.hashtags import unusable_among
from palabre.posts.model import PostView
from palabre.store import Snapshot
from palabre.timelines.queries import account_page, hashtag_page
from palabre.web.desk import desk_of
from palabre.web.feeds import MOST, Feeds, shown
from palabre.web.page import page
from palabre.web.syndication import Channel, Item, atom, rss

_KEPT = (b"cache-control", b"public, max-age=60")
_WINDOW = Window(limit=2 * MOST)
"""Some of the lines are unlisted, and stand in no feed."""

_Write = Callable[[Channel, Sequence[Item]], bytes]
_KINDS: dict[str, tuple[bytes, _Write]] = {
    "rss": (b"application/rss+xml; charset=utf-8", rss),
    "atom": (b"application/atom+xml; charset=utf-8", atom),
}


def _of_account(db: Snapshot, name: str) -> tuple[Account, list[PostView]]:
    """Return an account of this network and what it said to everybody.

    Raises:
        AccountNotFound: there is none, or nobody sees it.

    """
    owner = account_by_handle(db, name, "")
    if owner is None or owner.standing is not Standing.ACTIVE:
        raise AccountNotFound
    return owner, shown(account_page(db, None, owner.id, _WINDOW, replies=False, reposts=False).items)


def _of_tag(db: Snapshot, tag: str) -> list[PostView]:
    if unusable_among(db, [hashtag_key(tag)]):
        raise HashtagNotFound
    return shown(hashtag_page(db, None, tag, _WINDOW).items)


def _feeds(app: Site) -> Feeds:
    return Feeds(app.uris, desk_of(app).renderer.writing, app.config.language, app.config.title)


def _answer(request: Request, app: Site, channel: Channel, views: list[PostView], ending: str) -> Answer:
    kind, write = _KINDS[ending]
    items = [_feeds(app).item(view) for view in views]
    return answer_if_changed(
        request, write(channel, items), channel.updated, kind=(b"content-type", kind), headers=[_KEPT]
    )


async def _account(request: Request, app: Site, name: str, ending: str) -> Answer:
    owner, views = await app.db.read(_of_account, name)
    return _answer(request, app, _feeds(app).of_account(owner, views, ending), views, ending)


async def _hashtag(request: Request, app: Site, tag: str, ending: str) -> Answer:
    views = await app.db.read(_of_tag, tag)
    return _answer(request, app, _feeds(app).of_tag(tag, views, ending), views, ending)


@page("GET", "/@{name}.rss")
async def account_rss(request: Request, app: Site, name: str) -> Answer:
    """Give the public posts of an account as RSS 2.0."""
    return await _account(request, app, name, "rss")


@page("GET", "/@{name}.atom")
async def account_atom(request: Request, app: Site, name: str) -> Answer:
    """Give the public posts of an account as Atom."""
    return await _account(request, app, name, "atom")


@page("GET", "/tags/{tag}.rss")
async def tag_rss(request: Request, app: Site, tag: str) -> Answer:
    """Give public posts with a hashtag as RSS 2.0."""
    return await _hashtag(request, app, tag, "rss")


@page("GET", "/tags/{tag}.atom")
async def tag_atom(request: Request, app: Site, tag: str) -> Answer:
    """Give public posts with a hashtag as Atom."""
    return await _hashtag(request, app, tag, "atom")


ROUTES = (account_rss, account_atom, tag_rss, tag_atom)
