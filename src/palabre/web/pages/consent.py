"""May an app act for the member? What happens after the answer is OAuth's, in ``edge.consent``."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.consent import Asked, Consent, allow, allowed_url, consent, denied_url
from palabre.edge.headers import content_policy
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.web.page import HTML, Header, page, show

_HARMLESS = re.compile(r"[a-z][a-z0-9+.-]*:(?://[A-Za-z0-9.:\[\]_-]+)?", re.ASCII)


class Decision(Asked, frozen=True, kw_only=True):
    """The form: what was asked, once more, and the answer."""

    answer: Literal["yes", "no"] = "no"


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


@page("GET", "/oauth/authorize")
async def ask(request: Request, viewer: Viewer, app: Site, query: Asked) -> Answer:  # noqa: ARG001 - a member must be asking
    """Ask the member."""
    found = await app.db.read(consent, app.ids, query)
    return await show(request, "consent.html", headers=_policy(found), consent=found)


@page("POST", "/oauth/authorize")
async def decide(request: Request, viewer: Viewer, app: Site, body: Decision) -> Answer:
    """Do as the member says."""
    asked = msgspec.convert(body, Asked, from_attributes=True)
    found = await app.db.read(consent, app.ids, asked)
    if body.answer != "yes":
        if found.out_of_band:
            return await show(request, "consent_code.html", code="")
        return _leave(denied_url(asked), found)
    code = await app.db.write(allow, app.keyring, viewer.account, found)
    if found.out_of_band:
        return await show(request, "consent_code.html", code=code)
    return _leave(allowed_url(asked, code), found)


def _leave(url: str, found: Consent) -> Answer:
    headers = [(b"location", url.encode("utf-8")), (b"cache-control", b"no-store"), *_policy(found)]
    return Answer(b"", 303, headers, kind=HTML)


@page("GET", "/oauth/authorize/native")
async def show_code(request: Request, viewer: Viewer, query: Code) -> Answer:  # noqa: ARG001 - a member must be asking
    """Show a code to copy into the app."""
    return await show(request, "consent_code.html", code=query.code[:200])


ROUTES = (ask, decide, show_code)
