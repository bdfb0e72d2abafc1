"""A member's passkeys: made, named, removed. Making one needs a script; without it the page says so."""

from __future__ import annotations

import asyncio

import msgspec

from palabre.accounts import passkeys, second_factor, webauthn
from palabre.accounts.errors import NoPasskeysHere, PasskeyRefused
from palabre.accounts.model import Passkey
from palabre.accounts.webauthn import Place
from palabre.edge.answers import Answer
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal
from palabre.ids import AccountId, Kind
from palabre.store import Snapshot
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, place_of, show, unstored

_HERE = "/settings/passkeys"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What shows that it is the member who wants a passkey."""

    password: str = ""
    code: str = ""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What the authenticator made, and how the member calls it."""

    name: str = ""
    ceremony: str = ""
    credential: str = ""


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    name: str = ""


def place_here(request: Request) -> Place:
    """Return where passkeys of this page are bound to.

    Raises:
        NoPasskeysHere: its address is a number.

    """
    place = place_of(request)
    if place is None:
        raise NoPasskeysHere
    return place


def _own(db: Snapshot, viewer: AccountId) -> tuple[list[Passkey], set[int], bool]:
    found = passkeys.passkeys(db, viewer)
    return found, {each.id for each in found if passkeys.is_new(db, each)}, second_factor.is_on(db, viewer)


async def _show(request: Request, viewer: Viewer, app: Site, told: Form, *, status: int = 200) -> Answer:
    found, new, has_step = await app.db.read(_own, viewer.account)
    place = place_of(request)
    return await show(
        request,
        "settings/passkeys.html",
        status=status,
        form=told,
        passkeys=found,
        new_passkeys=new,
        host=place.host if place else "",
        has_step=has_step,
    )


@page("GET", "/settings/passkeys")
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """List them, with the form for a new one."""
    return await _show(request, viewer, app, form())


@page("POST", "/auth/passkey/new")
async def begin(request: Request, viewer: Viewer, app: Site, body: Proof) -> Answer:
    """Tell the page's script what to ask the authenticator, once the member has proved who he is."""
    place = place_here(request)
    me = await proved(app, viewer, body.password, "password", code=body.code)
    asked = await app.db.write(
        passkeys.begin, app.keyring, viewer.account, place, username=me.username, title=app.config.title
    )
    return unstored({"options": asked.options, "ceremony": asked.secret})


@page("POST", "/settings/passkeys")
async def finish(request: Request, viewer: Viewer, app: Site, body: Made) -> Answer:
    """Keep what the authenticator has made."""
    try:
        place = place_here(request)
        await asyncio.to_thread(webauthn.load)
        made = await app.db.write(
            passkeys.finish, app.keyring, viewer.account, place, body.ceremony[:100], body.credential, body.name
        )
        if isinstance(made, PasskeyRefused):
            raise made
    except Refusal as refusal:
        told = refused_form(request, refusal, Named(name=body.name[:200]), ("name",))
        return await _show(request, viewer, app, told, status=422)
    return go(request, _HERE, flash="passkey")


async def _show_one(
    request: Request, viewer: Viewer, app: Site, number: int, told: Form | None = None, *, status: int = 200
) -> Answer:
    one = await app.db.read(passkeys.own, viewer.account, number)
    has_step = await app.db.read(second_factor.is_on, viewer.account)
    return await show(
        request,
        "settings/passkey.html",
        status=status,
        form=told or form({"name": one.name}),
        passkey=one,
        has_step=has_step,
    )


@page("GET", "/settings/passkeys/{passkey}")
async def edit(request: Request, viewer: Viewer, app: Site, passkey: str) -> Answer:
    """Show one, to be named or removed."""
    return await _show_one(request, viewer, app, app.ids.decode(Kind.PASSKEY, passkey))


@page("POST", "/settings/passkeys/{passkey}")
async def rename(request: Request, viewer: Viewer, app: Site, body: Named, passkey: str) -> Answer:
    """Give one another name."""
    number = app.ids.decode(Kind.PASSKEY, passkey)
    await app.db.read(passkeys.own, viewer.account, number)
    try:
        await app.db.write(passkeys.rename, viewer.account, number, body.name[:200])
    except Refusal as refusal:
        return await _show_one(
            request, viewer, app, number, refused_form(request, refusal, body, ("name",)), status=422
        )
    return go(request, _HERE, flash="passkey_named")


@page("POST", "/settings/passkeys/{passkey}/remove")
async def remove(request: Request, viewer: Viewer, app: Site, body: Proof, passkey: str) -> Answer:
    """Let one sign the member in no longer."""
    number = app.ids.decode(Kind.PASSKEY, passkey)
    one = await app.db.read(passkeys.own, viewer.account, number)
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
    except Refusal as refusal:
        told = refused_form(request, refusal, Named(name=one.name), ("password", "code"))
        return await _show_one(request, viewer, app, number, told, status=422)
    await app.db.write(passkeys.remove, viewer.account, number)
    return go(request, _HERE, flash="passkey_gone")


ROUTES = (overview, begin, finish, edit, rename, remove)
