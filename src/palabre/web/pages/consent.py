"""May an app act for the member? What happens after the answer is OAuth's, in ``edge.consent``."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec

from palabre.accounts import second_factor
from palabre.edge.answers import Answer
from palabre.edge.consent import Asked, Consent, allow, allowed_url, consent, denied_url
from palabre.edge.headers import content_policy
from palabre.edge.proof import proved
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.errors import Invalid
from palabre.web.forms import Form, form, refused_form
from palabre.web.page import HTML, Header, go, page, show

_PROOF = ("password", "code")
_HARMLESS = re.compile(r"[a-z][a-z0-9+.-]*:(?://[A-Za-z0-9.:\[\]_-]+)?", re.ASCII)


class Decision(Asked, frozen=True, kw_only=True):
    """The form: what was asked, once more, the answer, and where it is needed, who gives it."""

    answer: Literal["yes", "no"] = "no"
    password: str = ""
    code: str = ""


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """A code to copy."""

    code: str = ""


def _policy(found: Consent) -> list[Header]:
    """Let the form lead to the app: browsers apply ``form-action`` to where a form is redirected, too."""
    if found.out_of_band:
        return []
    parts = urlsplit(found.asked.redirect_uri)
    target = f"{parts.scheme}://{parts.netloc}" if parts.scheme in {"http", "https"} else f"{parts.scheme}:"
    if _HARMLESS.fullmatch(target) is None:
        target = f"{parts.scheme}:"  # an odd host must not write directives of its own
    return [(b"content-security-policy", content_policy({"form-action": [target]}).encode())]


async def _ask(request: Request, viewer: Viewer, app: Site, found: Consent, told: Form, status: int = 200) -> Answer:
    has_step = found.grave and await app.db.read(second_factor.is_on, viewer.account)
    return await show(
        request,
        "consent.html",
        status=status,
        headers=_policy(found),
        language=found.asked.lang,
        consent=found,
        has_step=has_step,
        form=told,
    )


@page("GET", "/oauth/authorize")
async def ask(request: Request, viewer: Viewer, app: Site, query: Asked) -> Answer:
    """Ask the member; first who he is, if the app wants to be sure of that."""
    found = await app.db.read(consent, app.ids, query)
    if query.force_login:
        again = f"{request.path}?{_without_force(request)}"
        return go(request, f"/auth/sign_in?add=1&next={quote(again, safe='')}")
    return await _ask(request, viewer, app, found, form())


def _without_force(request: Request) -> str:
    given = parse_qsl(request.query_string.decode("ascii", "replace"), keep_blank_values=True)
    return urlencode([(name, value) for name, value in given if name != "force_login"])


@page("POST", "/oauth/authorize")
async def decide(request: Request, viewer: Viewer, app: Site, body: Decision) -> Answer:
    """Do as the member says."""
    asked = msgspec.convert(body, Asked, from_attributes=True)
    found = await app.db.read(consent, app.ids, asked)
    if body.answer != "yes":
        if found.out_of_band:
            return await show(request, "consent_code.html", language=asked.lang, code="")
        return _leave(denied_url(asked), found)
    if found.grave:
        try:
            await proved(app, viewer, body.password, "password", code=body.code)
        except Invalid as refusal:
            shown = msgspec.structs.replace(body, password="", code="")
            return await _ask(request, viewer, app, found, refused_form(request, refusal, shown, _PROOF), 422)
    code = await app.db.write(allow, app.keyring, viewer.account, found)
    if found.out_of_band:
        return await show(request, "consent_code.html", language=asked.lang, code=code)
    return _leave(allowed_url(asked, code), found)


def _leave(url: str, found: Consent) -> Answer:
    headers = [(b"location", url.encode("utf-8")), (b"cache-control", b"no-store"), *_policy(found)]
    return Answer(b"", 303, headers, kind=HTML)


@page("GET", "/oauth/authorize/native")
async def show_code(request: Request, viewer: Viewer, query: Code) -> Answer:  # noqa: ARG001 - a member must be asking
    """Show a code to copy into the app."""
    return await show(request, "consent_code.html", code=query.code[:200])


ROUTES = (ask, decide, show_code)
