"""A member's webhooks: addresses by which programs post, and programs that are told."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts import second_factor
from palabre.accounts.roles import Permission
from palabre.edge.admin import AdminsOnly
from palabre.edge.answers import Answer
from palabre.edge.binding import HookRef, IncomingHookRef
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.hooks import actions
from palabre.hooks.model import OF_ADMINS, OF_MEMBERS, Delivery, Hook, IncomingHook
from palabre.hooks.queries import hook, hooks, incoming_hooks, log_of, target_of
from palabre.ids import AccountId, Kind
from palabre.posts.model import Visibility
from palabre.store import Snapshot
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, show

_PAGE = "/settings/development/webhooks"


class IncomingForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a new address."""

    name: str = ""
    visibility: Literal["public", "unlisted", "followers"] = "public"
    password: str = ""
    code: str = ""


class HookForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a program that is to be told."""

    url: str = ""
    events: list[str] = []
    for_admins: bool = False
    password: str = ""
    code: str = ""


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown once."""

    kind: Literal["address", "secret"]
    secret: str
    hook: str = ""


def _own(db: Snapshot, viewer: AccountId) -> tuple[list[IncomingHook], list[Hook], bool]:
    return incoming_hooks(db, viewer), hooks(db, viewer), second_factor.is_on(db, viewer)


def _logged(db: Snapshot, viewer: AccountId, number: int) -> tuple[Hook, list[Delivery]]:
    return hook(db, viewer, number), log_of(db, viewer, number)


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
    incoming, outgoing, has_step = await app.db.read(_own, viewer.account)
    return await show(
        request,
        "settings/webhooks.html",
        status=status,
        incoming=incoming,
        has_step=has_step,
        outgoing=[(each, target_of(app.keyring, each).url) for each in outgoing],
        form=filled or form({"visibility": "public", "events": []}),
        which=which,
        made=made,
        of_members=[event.value for event in OF_MEMBERS],
        of_admins=[event.value for event in OF_ADMINS],
    )


@page("GET", _PAGE)
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show the member's webhooks."""
    return await _show(request, viewer, app)


@page("POST", f"{_PAGE}/incoming", limit="apps")
async def add_incoming(request: Request, viewer: Viewer, app: Site, body: IncomingForm) -> Answer:
    """Make an address by which a program posts, and goes on posting when this session has ended; it is shown once."""
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
        secret = await app.db.write(
            actions.create_incoming, app.keyring, viewer.account, body.name, Visibility(body.visibility)
        )
    except Invalid as refusal:
        typed = msgspec.structs.replace(body, password="", code="")
        filled = refused_form(request, refusal, typed, IncomingForm.__struct_fields__)
        return await _show(request, viewer, app, filled=filled, which="incoming", status=422)
    address = f"{app.origin}/api/palabre/v1/hooks/{secret}"
    return await _show(request, viewer, app, made=Made(kind="address", secret=address))


@page("POST", f"{_PAGE}/incoming/{{incoming}}/revoke")
async def revoke_incoming(request: Request, viewer: Viewer, app: Site, incoming: IncomingHookRef) -> Answer:
    """Make an address invalid."""
    await app.db.write(actions.revoke_incoming, viewer.account, incoming)
    return go(request, _PAGE, flash="hook_removed")


@page("POST", _PAGE, limit="apps")
async def add_hook(request: Request, viewer: Viewer, app: Site, body: HookForm) -> Answer:
    """Tell a program from now on, also of what only the member reads; the secret of its signatures is shown once."""
    if body.for_admins and not viewer.may(Permission.MANAGE_WEBHOOKS):
        raise AdminsOnly
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
        made, secret = await app.db.write(
            actions.create_hook,
            app.keyring,
            viewer.account,
            body.url,
            body.events,
            for_admins=body.for_admins,
            plain=app.config.push_anywhere == "on",
        )
    except Invalid as refusal:
        typed = msgspec.structs.replace(body, password="", code="")
        filled = refused_form(request, refusal, typed, HookForm.__struct_fields__)
        which = "admin" if body.for_admins else "outgoing"
        return await _show(request, viewer, app, filled=filled, which=which, status=422)
    ref = app.ids.encode(Kind.HOOK, made.id)
    return await _show(request, viewer, app, made=Made(kind="secret", secret=secret, hook=ref))


@page("GET", f"{_PAGE}/{{hook}}")
async def show_log(request: Request, viewer: Viewer, app: Site, hook: HookRef) -> Answer:
    """Show what a program was told lately, and how it answered."""
    kept, log = await app.db.read(_logged, viewer.account, hook)
    url = target_of(app.keyring, kept).url
    return await show(request, "settings/webhook.html", hook=kept, url_of_hook=url, log=log)


@page("POST", f"{_PAGE}/{{hook}}/test", limit="apps")
async def test(request: Request, viewer: Viewer, app: Site, hook: HookRef) -> Answer:
    """Send a test."""
    await app.db.write(actions.ping, viewer.account, hook)
    return go(request, f"{_PAGE}/{app.ids.encode(Kind.HOOK, hook)}", flash="hook_tested")


@page("POST", f"{_PAGE}/{{hook}}/resume")
async def resume(request: Request, viewer: Viewer, app: Site, hook: HookRef) -> Answer:
    """Tell a program again that had failed for too long."""
    await app.db.write(actions.resume, viewer.account, hook)
    return go(request, f"{_PAGE}/{app.ids.encode(Kind.HOOK, hook)}", flash="hook_resumed")


@page("POST", f"{_PAGE}/{{hook}}/remove")
async def remove(request: Request, viewer: Viewer, app: Site, hook: HookRef) -> Answer:
    """Tell a program nothing any more."""
    await app.db.write(actions.delete_hook, viewer.account, hook)
    return go(request, _PAGE, flash="hook_removed")


ROUTES = (overview, add_incoming, revoke_incoming, add_hook, show_log, test, resume, remove)
