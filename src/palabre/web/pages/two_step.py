"""Two-step sign-in: setting it up with an authenticator app, recovery codes, turning it off."""

from __future__ import annotations

import io

import msgspec

from palabre.accounts import passkeys, second_factor, totp
from palabre.accounts.model import Passkey
from palabre.accounts.queries import account
from palabre.accounts.second_factor import SecondStep
from palabre.edge.answers import Answer
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Refusal
from palabre.ids import AccountId
from palabre.store import Snapshot, Transaction
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import go, page, show
from palabre.web.rendering import markup

_HERE = "/settings/two_step"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What shows that it is the member: the password, and the code where there is a second step."""

    password: str = ""
    code: str = ""


class FirstCode(msgspec.Struct, frozen=True, kw_only=True):
    """The form."""

    code: str = ""


def _stand(db: Snapshot, app: Site, viewer: AccountId) -> tuple[SecondStep, bytes | None, str]:
    me = account(db, viewer)
    step = second_factor.second_step(db, viewer)
    return step, second_factor.secret_to_confirm(db, app.keyring, viewer), me.username if me else ""


def drawn(text: str) -> str:
    """Draw a QR code as SVG: black on white whatever the theme, since cameras want it so."""
    import segno  # noqa: PLC0415 - for the few who set it up

    svg = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        svg, kind="svg", xmldecl=False, svgns=False, scale=5, border=4, dark="#000", light="#fff", svgclass="qr",
        lineclass=None,
    )  # fmt: skip
    return svg.getvalue().decode()


async def _show(request: Request, viewer: Viewer, app: Site, told: Form, *, status: int = 200) -> Answer:
    step, secret, username = await app.db.read(_stand, app, viewer.account)
    if secret is None:
        return await show(request, "settings/two_step.html", status=status, form=told, step=step)
    address = totp.address(secret, username=username, issuer=app.config.domain)
    return await show(
        request,
        "settings/two_step_confirm.html",
        status=status,
        form=told,
        picture=markup(drawn(address)),
        secret=totp.written(secret),
    )


async def _refused(request: Request, viewer: Viewer, app: Site, refusal: Refusal) -> Answer:
    return await _show(
        request, viewer, app, refused_form(request, refusal, Proof(), ("password", "code")), status=422
    )


@page("GET", "/settings/two_step")
async def overview(request: Request, viewer: Viewer, app: Site) -> Answer:
    """Show how it stands."""
    return await _show(request, viewer, app, form())


@page("POST", "/settings/two_step/begin")
async def begin(request: Request, viewer: Viewer, app: Site, body: Proof) -> Answer:
    """Make a secret and show it, to be scanned."""
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
        await app.db.write(second_factor.begin, app.keyring, viewer.account)
    except Refusal as refusal:
        return await _refused(request, viewer, app, refusal)
    return go(request, _HERE)


def _confirm(tx: Transaction, app: Site, viewer: Viewer, code: str) -> tuple[list[str], list[Passkey]]:
    codes = second_factor.confirm(tx, app.keyring, viewer.account, code, keep_session=viewer.session)
    return codes, passkeys.passkeys(tx, viewer.account)


@page("POST", "/settings/two_step/confirm")
async def confirm(request: Request, viewer: Viewer, app: Site, body: FirstCode) -> Answer:
    """Turn it on once the app shows the right code; show the recovery codes, this one time."""
    try:
        app.limits.spend("second_step", f"#{viewer.account}")
        codes, keys = await app.db.write(_confirm, app, viewer, body.code)
    except Refusal as refusal:
        return await _refused(request, viewer, app, refusal)
    return await show(request, "settings/recovery_codes.html", codes=codes, begun=True, passkeys=keys)


@page("POST", "/settings/two_step/codes")
async def renew_codes(request: Request, viewer: Viewer, app: Site, body: Proof) -> Answer:
    """Make new recovery codes and show them, this one time."""
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
        codes = await app.db.write(second_factor.renew_codes, app.keyring, viewer.account)
    except Refusal as refusal:
        return await _refused(request, viewer, app, refusal)
    return await show(request, "settings/recovery_codes.html", codes=codes, begun=False, passkeys=())


@page("POST", "/settings/two_step/off")
async def turn_off(request: Request, viewer: Viewer, app: Site, body: Proof) -> Answer:
    """Let the password alone be enough again."""
    try:
        await proved(app, viewer, body.password, "password", code=body.code)
        await app.db.write(second_factor.turn_off, viewer.account)
    except Refusal as refusal:
        return await _refused(request, viewer, app, refusal)
    return go(request, _HERE, flash="two_step_off")


ROUTES = (overview, begin, confirm, renew_codes, turn_off)
