"""Hashtags that the member follows and shows, notes about people, people on the profile, blocked networks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import msgspec

from palabre.accounts.queries import seen_account
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.graph import actions, circles
from palabre.ids import AccountId, Kind
from palabre.paging import Slice, Window
from palabre.posts import tags
from palabre.store import Snapshot, Transaction
from palabre.web.forms import form, refused_form
from palabre.web.page import go, page, show
from palabre.web.windows import PAGE, Paged, more_address, window


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a button."""

    next: str = ""


class TagForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form that names a hashtag."""

    name: str = ""


class NoteForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a private note."""

    text: str = ""
    next: str = "/home"


class DomainForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form that names a network."""

    domain: str = ""


# Hashtags ---------------------------------------------------------------------------------------------------


async def _tag(
    request: Request,
    viewer: Viewer,
    app: Site,
    body: Deed,
    tag: str,
    action: Callable[[Transaction, AccountId, str], Any],
    flash: str,
) -> Answer:
    await app.db.write(action, viewer.account, tag)
    return go(request, body.next or f"/tags/{quote(tag)}", flash=flash)


@page("POST", "/tags/{tag}/follow")
async def follow(request: Request, viewer: Viewer, app: Site, body: Deed, tag: str) -> Answer:
    """Show public posts with a hashtag at home."""
    return await _tag(request, viewer, app, body, tag, tags.follow_hashtag, "tag_followed")


@page("POST", "/tags/{tag}/unfollow")
async def unfollow(request: Request, viewer: Viewer, app: Site, body: Deed, tag: str) -> Answer:
    """Follow a hashtag no longer."""
    return await _tag(request, viewer, app, body, tag, tags.unfollow_hashtag, "tag_unfollowed")


@page("POST", "/tags/{tag}/feature")
async def feature(request: Request, viewer: Viewer, app: Site, body: Deed, tag: str) -> Answer:
    """Show a hashtag on the profile."""
    return await _tag(request, viewer, app, body, tag, tags.feature_hashtag, "tag_featured")


@page("POST", "/tags/{tag}/unfeature")
async def unfeature(request: Request, viewer: Viewer, app: Site, body: Deed, tag: str) -> Answer:
    """Show a hashtag on the profile no longer."""
    return await _tag(request, viewer, app, body, tag, tags.unfeature_hashtag, "tag_unfeatured")


def _hashtags(db: Snapshot, viewer: AccountId, rows: Window) -> tuple[Slice[str], list[tags.Featured], list[str]]:
    return (
        tags.followed_page(db, viewer, rows),
        tags.featured_of(db, viewer),
        tags.feature_suggestions(db, viewer),
    )


@page("GET", "/settings/hashtags")
async def hashtags(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show the hashtags that the member follows and those on his profile."""
    rows = window(app.ids, Kind.FOLLOW, query)
    found, featured, suggested = await app.db.read(_hashtags, viewer.account, rows)
    more = more_address(app.ids, Kind.FOLLOW, "/settings/hashtags", found, PAGE)
    template = "parts/followed_tags.html" if query.part else "settings/hashtags.html"
    return await show(
        request,
        template,
        at="/settings/hashtags",
        followed=found.items,
        featured=featured,
        suggested=suggested,
        more_address=more,
        form=form(TagForm()),
    )


@page("POST", "/settings/hashtags")
async def follow_named(request: Request, viewer: Viewer, app: Site, body: TagForm) -> Answer:
    """Follow a hashtag by its name."""
    try:
        await app.db.write(tags.follow_hashtag, viewer.account, body.name)
    except Invalid as refusal:
        found, featured, suggested = await app.db.read(_hashtags, viewer.account, Window(limit=PAGE))
        told = refused_form(request, refusal, body, ("name",))
        return await show(
            request,
            "settings/hashtags.html",
            status=422,
            followed=found.items,
            featured=featured,
            suggested=suggested,
            more_address=None,
            form=told,
        )
    return go(request, "/settings/hashtags", flash="tag_followed")


# People -----------------------------------------------------------------------------------------------------


def _write_note(tx: Transaction, viewer: AccountId, account: AccountId, text: str) -> None:
    seen_account(tx, viewer, account)
    circles.write_note(tx, viewer, account, text)


@page("POST", "/accounts/{account}/note")
async def note(request: Request, viewer: Viewer, app: Site, body: NoteForm, account: AccountRef) -> Answer:
    """Keep a note about somebody, for the member alone."""
    await app.db.write(_write_note, viewer.account, account, body.text)
    return go(request, body.next, flash="note")


def _endorse(tx: Transaction, viewer: AccountId, account: AccountId) -> None:
    seen_account(tx, viewer, account)
    circles.endorse(tx, viewer, account)


@page("POST", "/accounts/{account}/endorse")
async def endorse(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Show somebody on the profile."""
    await app.db.write(_endorse, viewer.account, account)
    return go(request, body.next or "/home", flash="endorsed")


def _unendorse(tx: Transaction, viewer: AccountId, account: AccountId) -> None:
    seen_account(tx, viewer, account)
    circles.unendorse(tx, viewer, account)


@page("POST", "/accounts/{account}/unendorse")
async def unendorse(request: Request, viewer: Viewer, app: Site, body: Deed, account: AccountRef) -> Answer:
    """Show somebody on the profile no longer."""
    await app.db.write(_unendorse, viewer.account, account)
    return go(request, body.next or "/home", flash="unendorsed")


# Networks ---------------------------------------------------------------------------------------------------


@page("GET", "/settings/domains")
async def domains(request: Request, viewer: Viewer, app: Site, query: Paged) -> Answer:
    """Show the networks of which the member wants to see nobody."""
    found = await app.db.read(circles.domains_page, viewer.account, window(app.ids, Kind.FOLLOW, query))
    more = more_address(app.ids, Kind.FOLLOW, "/settings/domains", found, PAGE)
    template = "parts/domains.html" if query.part else "settings/domains.html"
    return await show(
        request, template, at="/settings/domains", domains=found.items, more_address=more, form=form(DomainForm())
    )


@page("POST", "/settings/domains")
async def block_domain(request: Request, viewer: Viewer, app: Site, body: DomainForm) -> Answer:
    """See nobody from a network any more."""
    try:
        while await app.db.write(actions.block_domain, viewer.account, body.domain):
            pass
    except Invalid as refusal:
        found = await app.db.read(circles.domains_page, viewer.account, Window(limit=PAGE))
        told = refused_form(request, refusal, body, ("domain",))
        return await show(
            request, "settings/domains.html", status=422, domains=found.items, more_address=None, form=told
        )
    return go(request, "/settings/domains", flash="domain_blocked")


@page("POST", "/settings/domains/unblock")
async def unblock_domain(request: Request, viewer: Viewer, app: Site, body: DomainForm) -> Answer:
    """See people from a network again."""
    await app.db.write(actions.unblock_domain, viewer.account, body.domain)
    return go(request, "/settings/domains", flash="domain_unblocked")


ROUTES = (
    follow, unfollow, feature, unfeature, hashtags, follow_named, note, endorse, unendorse, domains, block_domain,
    unblock_domain,
)  # fmt: skip
