"""Filters: words and posts that the member does not want to read."""

from __future__ import annotations

import msgspec

from palabre import clock
from palabre.api.mastodon.entities.filters import (
    Filter,
    FilterKeyword,
    FilterStatus,
    WireAct,
    WireContext,
    filter_,
    filter_keyword,
    filter_status,
)
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import SECOND
from palabre.edge.binding import FilterKeywordRef, FilterPostRef, FilterRef, PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import WrongValue
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters import actions
from palabre.filters.model import Act, FilteredPost, KeywordChange
from palabre.filters.queries import filter_of, filtered_post_of, filters_of, keyword_of
from palabre.ids import AccountId, PostId
from palabre.posts.queries import readable_post
from palabre.store import Transaction

_LONGEST = 100 * 365 * 24 * 3_600


class KeywordFields(msgspec.Struct, frozen=True, kw_only=True):
    """A word inside the body of a filter."""

    id: FilterKeywordRef | None = None
    keyword: str | None = None
    whole_word: bool | None = None
    destroy: bool = msgspec.field(default=False, name="_destroy")

    @property
    def change(self) -> KeywordChange:
        """Say it in our words."""
        return KeywordChange(id=self.id, keyword=self.keyword, whole_word=self.whole_word, remove=self.destroy)


class NewFilter(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v2/filters``; without ``expires_in`` (in seconds) it does not end."""

    title: str
    context: list[WireContext]
    filter_action: WireAct = "warn"
    expires_in: int | None = None
    keywords_attributes: list[KeywordFields] = msgspec.field(default_factory=list)


class FilterChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PUT /api/v2/filters/:id``: what is not named stays; an empty ``expires_in`` means no end."""

    title: str | None = None
    context: list[WireContext] | None = None
    filter_action: WireAct | None = None
    expires_in: int | msgspec.UnsetType | None = msgspec.UNSET
    keywords_attributes: list[KeywordFields] = msgspec.field(default_factory=list)


class NewKeyword(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v2/filters/:id/keywords``."""

    keyword: str
    whole_word: bool = True


class KeywordChanges(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``PUT /api/v2/filters/keywords/:id``."""

    keyword: str | None = None
    whole_word: bool | None = None


class NewFilteredPost(msgspec.Struct, frozen=True, kw_only=True):
    """The body of ``POST /api/v2/filters/:id/statuses``."""

    status_id: PostRef


def end_after(seconds: int | None, *, changed: bool = False) -> int | None:
    """Return when ``seconds`` are over, in milliseconds since 1970.

    Where a filter is ``changed`` they may be below 0: apps write so of one that has ended, to leave it as it is.

    Raises:
        WrongValue: that is not in the time to come, or too far in it.

    """
    if seconds is None:
        return None
    if not (-_LONGEST if changed else 1) <= seconds <= _LONGEST:
        raise WrongValue(field="expires_in", name="expires_in", expected=f"must be between 1 and {_LONGEST}")
    return clock.now() + seconds * SECOND


@endpoint("GET", "/api/v2/filters", scope="read:filters")
async def filters(viewer: Viewer, app: Site) -> list[Filter]:
    """Show the member's filters."""
    names = app.part(Pieces).names
    return [filter_(names, each) for each in await app.db.read(filters_of, viewer.account)]


@endpoint("POST", "/api/v2/filters", scope="write:filters")
async def new_filter(body: NewFilter, viewer: Viewer, app: Site) -> Filter:
    """Make a filter."""
    made = await app.db.write(
        actions.create_filter,
        viewer.account,
        title=body.title,
        contexts=body.context,
        act=Act(body.filter_action),
        expires=end_after(body.expires_in),
        keywords=[each.change for each in body.keywords_attributes],
    )
    return filter_(app.part(Pieces).names, made)


@endpoint("GET", "/api/v2/filters/{filter}", scope="read:filters")
async def show_filter(filter: FilterRef, viewer: Viewer, app: Site) -> Filter:  # noqa: A002 - named in the path
    """Show one filter."""
    return filter_(app.part(Pieces).names, await app.db.read(filter_of, viewer.account, filter))


@endpoint("PUT", "/api/v2/filters/{filter}", scope="write:filters")
async def change_filter(filter: FilterRef, body: FilterChanges, viewer: Viewer, app: Site) -> Filter:  # noqa: A002
    """Change a filter and the words in it."""
    expires = body.expires_in
    changed = await app.db.write(
        actions.change_filter,
        viewer.account,
        filter,
        title=body.title,
        contexts=body.context,
        act=None if body.filter_action is None else Act(body.filter_action),
        expires=expires if isinstance(expires, msgspec.UnsetType) else end_after(expires, changed=True),
        keywords=[each.change for each in body.keywords_attributes],
    )
    return filter_(app.part(Pieces).names, changed)


@endpoint("DELETE", "/api/v2/filters/{filter}", scope="write:filters")
async def delete_filter(filter: FilterRef, viewer: Viewer, app: Site) -> None:  # noqa: A002
    """Remove a filter."""
    await app.db.write(actions.delete_filter, viewer.account, filter)


@endpoint("GET", "/api/v2/filters/{filter}/keywords", scope="read:filters")
async def keywords(filter: FilterRef, viewer: Viewer, app: Site) -> list[FilterKeyword]:  # noqa: A002
    """Show the words of a filter."""
    found = await app.db.read(filter_of, viewer.account, filter)
    return [filter_keyword(app.part(Pieces).names, word) for word in found.keywords]


@endpoint("POST", "/api/v2/filters/{filter}/keywords", scope="write:filters")
async def add_keyword(filter: FilterRef, body: NewKeyword, viewer: Viewer, app: Site) -> FilterKeyword:  # noqa: A002
    """Add a word to a filter."""
    made = await app.db.write(actions.add_keyword, viewer.account, filter, body.keyword, whole_word=body.whole_word)
    return filter_keyword(app.part(Pieces).names, made)


@endpoint("GET", "/api/v2/filters/keywords/{keyword}", scope="read:filters")
async def show_keyword(keyword: FilterKeywordRef, viewer: Viewer, app: Site) -> FilterKeyword:
    """Show a word of a filter."""
    _, word = await app.db.read(keyword_of, viewer.account, keyword)
    return filter_keyword(app.part(Pieces).names, word)


@endpoint("PUT", "/api/v2/filters/keywords/{keyword}", scope="write:filters")
async def change_keyword(keyword: FilterKeywordRef, body: KeywordChanges, viewer: Viewer, app: Site) -> FilterKeyword:
    """Change a word of a filter."""
    changed = await app.db.write(
        actions.change_keyword, viewer.account, keyword, keyword=body.keyword, whole_word=body.whole_word
    )
    return filter_keyword(app.part(Pieces).names, changed)


@endpoint("DELETE", "/api/v2/filters/keywords/{keyword}", scope="write:filters")
async def remove_keyword(keyword: FilterKeywordRef, viewer: Viewer, app: Site) -> None:
    """Take a word out of a filter."""
    await app.db.write(actions.remove_keyword, viewer.account, keyword)


@endpoint("GET", "/api/v2/filters/{filter}/statuses", scope="read:filters")
async def filtered_posts(filter: FilterRef, viewer: Viewer, app: Site) -> list[FilterStatus]:  # noqa: A002
    """Show the posts of a filter."""
    found = await app.db.read(filter_of, viewer.account, filter)
    return [filter_status(app.part(Pieces).names, one) for one in found.posts]


def _add_post(tx: Transaction, viewer: AccountId, number: int, post: PostId) -> FilteredPost:
    readable_post(tx, viewer, post)
    return actions.add_post(tx, viewer, number, post)


@endpoint("POST", "/api/v2/filters/{filter}/statuses", scope="write:filters")
async def add_post(filter: FilterRef, body: NewFilteredPost, viewer: Viewer, app: Site) -> FilterStatus:  # noqa: A002
    """Add a post to a filter."""
    made = await app.db.write(_add_post, viewer.account, filter, body.status_id)
    return filter_status(app.part(Pieces).names, made)


@endpoint("GET", "/api/v2/filters/statuses/{filtered}", scope="read:filters")
async def show_filtered_post(filtered: FilterPostRef, viewer: Viewer, app: Site) -> FilterStatus:
    """Show a post of a filter."""
    _, one = await app.db.read(filtered_post_of, viewer.account, filtered)
    return filter_status(app.part(Pieces).names, one)


@endpoint("DELETE", "/api/v2/filters/statuses/{filtered}", scope="write:filters")
async def remove_filtered_post(filtered: FilterPostRef, viewer: Viewer, app: Site) -> FilterStatus:
    """Take a post out of a filter."""
    one = await app.db.write(actions.remove_post, viewer.account, filtered)
    return filter_status(app.part(Pieces).names, one)


ROUTES = (
    filters,
    new_filter,
    show_filter,
    change_filter,
    delete_filter,
    keywords,
    add_keyword,
    show_keyword,
    change_keyword,
    remove_keyword,
    filtered_posts,
    add_post,
    show_filtered_post,
    remove_filtered_post,
)
