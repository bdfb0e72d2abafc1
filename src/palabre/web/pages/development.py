"""For members who write programs: apps of their own, and tokens for their own account."""

from __future__ import annotations

import msgspec

from palabre.accounts import development, second_factor
from palabre.accounts.model import App, AuthorisedApp
from palabre.accounts.oauth import OUT_OF_BAND, NewApp
from palabre.accounts.scopes import offered
from palabre.edge.answers import Answer
from palabre.edge.binding import ClientRef
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.ids import AccountId, Kind
from palabre.store import Snapshot
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, show

_PAGE = "/settings/development"
_APP_FIELDS = {"client_name": "name", "redirect_uris": "redirect_uri"}
"""What refusals call a field → what it is called here."""


class AppForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a new app."""

    name: str = ""
    website: str = ""
    redirect_uri: str = OUT_OF_BAND
    scopes: list[str] = []


class TokenForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a new token."""

    token_name: str = ""
    scopes: list[str] = []
    password: str = ""
    code: str = ""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What was made just now, with its secret: shown once."""

    name: str
    secret: str
    client: str = ""


def _own(db: Snapshot, viewer: AccountId) -> tuple[list[App], list[AuthorisedApp], bool]:
    return development.apps_of(db, viewer), development.personal_tokens(db, viewer), second_factor.is_on(db, viewer)


async def _show(
    request: Request,
    viewer: Viewer,
    app: Site,
    *,
    filled: Form | None = None,
    made: Made | None = None,
    which: str = "",
    status: int = 200,
) -> Answer:
    apps, tokens, has_step = await app.db.read(_own, viewer.account)
    return await show(
        request,
        "settings/development.html",
        status=status,
        apps=apps,
        tokens=tokens,
        has_step=has_step,
        form=filled or form(AppForm()),
        which=which,
        made=made,
        scopes=offered(admin=viewer.staff),
    )


@page("GET", _PAGE)
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show the member's apps and tokens."""
    return await _show(request, viewer, app)


@page("POST", f"{_PAGE}/apps", limit="apps")
async def add_app(request: Request, viewer: Viewer, app: Site, body: AppForm) -> Answer:
    """Make an app; its secret is shown this once."""
    new = NewApp(name=body.name, redirect_uris=tuple(body.redirect_uri.split()), website=body.website)
    try:
        created, secret = await app.db.write(
            development.create_app, app.keyring, viewer.account, new, body.scopes, admin=viewer.staff
        )
    except Invalid as refusal:
        refusal.field = _APP_FIELDS.get(refusal.field or "", refusal.field)
        filled = refused_form(request, refusal, body, AppForm.__struct_fields__)
        return await _show(request, viewer, app, filled=filled, which="app", status=422)
    client = app.ids.encode(Kind.APP, created.id)
    return await _show(request, viewer, app, made=Made(name=created.name, secret=secret, client=client))


@page("POST", f"{_PAGE}/apps/{{client}}/remove")
async def remove_app(request: Request, viewer: Viewer, app: Site, client: ClientRef) -> Answer:
    """Remove an app, with all its tokens."""
    await app.db.write(development.delete_app, viewer.account, client)
    return go(request, _PAGE, flash="app_removed")


@page("POST", f"{_PAGE}/tokens", limit="apps")
async def add_token(request: Request, viewer: Viewer, app: Site, body: TokenForm) -> Answer:
    """Make a token for the own account; it is shown this once."""
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
        secret = await app.db.write(
            development.create_token, app.keyring, viewer.account, body.token_name, body.scopes, admin=viewer.staff
        )
    except Invalid as refusal:
        typed = msgspec.structs.replace(body, password="", code="")
        filled = refused_form(request, refusal, typed, TokenForm.__struct_fields__)
        return await _show(request, viewer, app, filled=filled, which="token", status=422)
    return await _show(request, viewer, app, made=Made(name=body.token_name, secret=secret))


@page("POST", f"{_PAGE}/tokens/{{token}}/revoke")
async def revoke(request: Request, viewer: Viewer, app: Site, token: str) -> Answer:
    """End a token of the own account."""
    await app.db.write(development.revoke_personal_token, viewer.account, app.ids.decode(Kind.SESSION, token))
    return go(request, _PAGE, flash="token_revoked")


ROUTES = (overview, add_app, remove_app, add_token, revoke)
