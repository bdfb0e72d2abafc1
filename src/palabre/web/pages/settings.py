"""Profile and preferences."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts.actions import ProfileChange, update_preferences
from palabre.accounts.model import Account, Field, Login, Preferences, Shows, Voucher
from palabre.accounts.queries import account, login_of, seen_account
from palabre.accounts.rules import OWN_BADGES
from palabre.edge.answers import Answer
from palabre.edge.binding import AccountRef
from palabre.edge.pictures import change_profile
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.uploads import Upload
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid, NotFound, TooMany, Unavailable
from palabre.graph import actions as graph
from palabre.graph.model import Mute
from palabre.graph.queries import blocks_page, mutes_page
from palabre.ids import AccountId, Kind
from palabre.paging import Slice, Window
from palabre.store import Snapshot, Transaction
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, keep, page, show
from palabre.web.windows import PAGE, Paged, more_address, window

_FIELDS = 4
_PROFILE_FIELDS = ("display_name", "bio", "fields", "avatar", "header", "attribution_domains")


@page("GET", "/settings")
async def overview(request: Request, viewer: Viewer) -> Answer:  # noqa: ARG001 - members only
    """List the parts of the settings."""
    return await show(request, "settings/overview.html")


# Profile ----------------------------------------------------------------------------------------------------


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a profile as the form sends it."""

    name: str = ""
    value: str = ""


class ProfileForm(msgspec.Struct, kw_only=True):
    """The form."""

    display_name: str = ""
    bio: str = ""
    fields: list[Line] = []
    locked: bool = False
    bot: bool = False
    discoverable: bool = False
    indexable: bool = False
    shows: list[Literal["media", "media_replies", "featured", "people"]] = []
    attribution_domains: str = ""
    """One in each line."""
    parody: bool = False
    avatar: Upload | None = None
    header: Upload | None = None
    remove_avatar: bool = False
    remove_header: bool = False


def _own(db: Snapshot, viewer: AccountId) -> tuple[Account, Login]:
    me, login = account(db, viewer), login_of(db, viewer)
    if me is None or login is None:
        raise NotFound
    return me, login


def _profile_form(me: Account) -> Form:
    values = {
        name: getattr(me, name) for name in ("display_name", "bio", "locked", "bot", "discoverable", "indexable")
    }
    lines = [Line(name=each.name, value=each.value) for each in me.fields]
    own = {badge.kind for badge in me.badges if badge.by is Voucher.MEMBER}
    values |= {kind.value: kind in own for kind in OWN_BADGES}
    values["shows"] = [(part.name or "").lower() for part in Shows if part & me.shows]
    values["attribution_domains"] = "\n".join(me.attribution_domains)
    return form({**values, "fields": _padded(lines)})


def _padded(lines: list[Line]) -> list[Line]:
    return (lines + [Line()] * _FIELDS)[:_FIELDS]


@page("GET", "/settings/profile")
async def edit_profile(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show the profile to change it."""
    me, _ = await app.db.read(_own, viewer.account)
    return await show(request, "settings/profile.html", form=_profile_form(me))


@page("POST", "/settings/profile", uploads=lambda app: 2 * app.config.media_bytes)
async def save_profile(request: Request, viewer: Viewer, app: Site, body: ProfileForm) -> Answer:
    """Change it."""
    change = ProfileChange(
        display_name=body.display_name,
        bio=body.bio,
        fields=tuple(Field(each.name, each.value) for each in body.fields[:_FIELDS] if each.name or each.value),
        locked=body.locked,
        bot=body.bot,
        discoverable=body.discoverable,
        indexable=body.indexable,
        shows={part: (part.name or "").lower() in body.shows for part in Shows},
        attribution_domains=tuple(body.attribution_domains.splitlines()),
        badges=frozenset(kind for kind in OWN_BADGES if getattr(body, kind.value)),
    )
    if body.remove_avatar:
        change = msgspec.structs.replace(change, avatar=None)
    if body.remove_header:
        change = msgspec.structs.replace(change, header=None)
    before, _ = await app.db.read(_own, viewer.account)
    try:
        await change_profile(app, viewer.account, change, avatar=body.avatar, header=body.header)
    except (Invalid, TooMany, Unavailable) as refusal:
        values = msgspec.structs.replace(body, fields=_padded(body.fields))
        told = refused_form(request, refusal, values, _PROFILE_FIELDS)
        return await show(request, "settings/profile.html", status=422, form=told)
    if before.locked and not body.locked:
        while await app.db.write_patiently(graph.accept_all_requests, viewer.account):
            pass
    return go(request, "/settings/profile", flash="profile")


# Preferences ------------------------------------------------------------------------------------------------


class PreferencesForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    language: Literal["", "en", "fr"] = ""
    theme: Literal["system", "light", "dark"] = "system"
    visibility: Literal["public", "unlisted", "followers"] = "public"
    quote_policy: Literal["all", "followers", "followers_or_ask", "ask", "nobody"] = "all"
    reply_policy: Literal["all", "followers", "followed", "mentioned", "nobody"] = "all"
    post_language: str = ""
    sensitive: bool = False
    describe_media: bool = False
    expand_warnings: bool = False
    push_quiet: bool = False


@page("GET", "/settings/preferences")
async def edit_preferences(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show how the member likes things."""
    _, login = await app.db.read(_own, viewer.account)
    values = msgspec.structs.asdict(login.preferences)
    values = {name: "" if value is None else value for name, value in values.items()}
    return await show(request, "settings/preferences.html", form=form(values))


@page("POST", "/settings/preferences")
async def save_preferences(request: Request, viewer: Viewer, app: Site, body: PreferencesForm) -> Answer:
    """Keep it."""
    try:
        await app.db.write(_keep, viewer.account, body)
    except Invalid as refusal:
        told = refused_form(request, refusal, body, PreferencesForm.__struct_fields__)
        return await show(request, "settings/preferences.html", status=422, form=told)
    kept = keep(request, theme=body.theme, language=body.language or None)
    return go(request, "/settings/preferences", flash="preferences", headers=kept)


def _keep(tx: Transaction, viewer: AccountId, wanted: PreferencesForm) -> None:
    _, login = _own(tx, viewer)
    changed: Preferences = msgspec.structs.replace(
        login.preferences,
        language=wanted.language or None,
        theme=wanted.theme,
        visibility=wanted.visibility,
        quote_policy=wanted.quote_policy,
        reply_policy=wanted.reply_policy,
        post_language=wanted.post_language or None,
        sensitive=wanted.sensitive,
        describe_media=wanted.describe_media,
        expand_warnings=wanted.expand_warnings,
        push_quiet=wanted.push_quiet,
    )
    update_preferences(tx, viewer, changed)


# People muted and blocked -----------------------------------------------------------------------------------


class Hidden(Paged, frozen=True, kw_only=True):
    """The query of the page."""

    which: Literal["muted", "blocked"] = "muted"


def _hidden(db: Snapshot, viewer: AccountId, which: str, rows: Window) -> Slice[tuple[Account, Mute | None]]:
    if which == "muted":
        muted = mutes_page(db, viewer, rows)
        return muted.showing([(each, mute) for each, mute in muted.items])
    blocked = blocks_page(db, viewer, rows)
    return blocked.showing([(each, None) for each in blocked.items])


@page("GET", "/settings/people")
async def people(request: Request, viewer: Viewer, app: Site, query: Hidden) -> Answer:
    """Show whom the member mutes and blocks."""
    found = await app.db.read(_hidden, viewer.account, query.which, window(app.ids, Kind.FOLLOW, query))
    more = more_address(app.ids, Kind.FOLLOW, "/settings/people", found, PAGE, which=query.which)
    template = "parts/hidden.html" if query.part else "settings/people.html"
    return await show(
        request, template, at="/settings/people", people=found.items, which=query.which, more_address=more
    )


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a button on the page of muted and blocked people."""

    what: Literal["unmute", "unblock"]


def _end_hiding(tx: Transaction, viewer: AccountId, number: AccountId, what: str) -> None:
    seen_account(tx, viewer, number)
    (graph.unmute if what == "unmute" else graph.unblock)(tx, viewer, number)


@page("POST", "/settings/people/{account}")
async def end_hiding(request: Request, viewer: Viewer, app: Site, body: Ending, account: AccountRef) -> Answer:
    """Mute or block somebody no longer."""
    await app.db.write(_end_hiding, viewer.account, account, body.what)
    which, flash = ("muted", "unmuted") if body.what == "unmute" else ("blocked", "unblocked")
    return go(request, f"/settings/people?which={which}", flash=flash)


ROUTES = (overview, edit_profile, save_profile, edit_preferences, save_preferences, people, end_hiding)
