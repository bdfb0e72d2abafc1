"""Posting by a secret address: for programs that can send text somewhere, and nothing else."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated

import msgspec

from palabre.api.mastodon.entities.wire import WireVisibility, visibility_of
from palabre.edge.answers import Answer
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import naming
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.hooks.actions import incoming_by_secret, post_by_hook
from palabre.hooks.rules import from_slack
from palabre.ids import Kind
from palabre.posts.model import Draft

_LONGEST_SECRET = 128
_TEXT = (b"content-type", b"text/plain; charset=utf-8")


class Written(msgspec.Struct, kw_only=True):
    """The body, as JSON or as a form; ``{"text": …}`` is what Slack's webhooks take."""

    text: str = ""
    visibility: WireVisibility | None = None
    """By default, what was chosen for the address."""
    language: str | None = None
    spoiler_text: str = ""
    sensitive: bool = False
    idempotency_key: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """For programs that cannot set the header ``Idempotency-Key``."""
    payload: str = ""
    """JSON in a form, as older programs write to Slack."""


class _Payload(msgspec.Struct):
    """What is looked at in ``payload``."""

    text: str = ""


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """The answer for who accepts JSON; others get ``ok``, as from Slack."""

    id: str
    url: str


def _text_of(body: Written) -> str:
    if body.payload and not body.text:
        with suppress(msgspec.DecodeError, RecursionError):
            return from_slack(msgspec.json.decode(body.payload, type=_Payload).text)
    return from_slack(body.text)


@endpoint("POST", "/api/palabre/v1/hooks/{secret}")
async def post(request: Request, app: Site, body: Written, secret: str) -> Answer:
    """Publish a post in the name of whoever made the address."""
    secret = secret[:_LONGEST_SECRET]
    hook = await app.db.read(incoming_by_secret, app.keyring, secret)
    app.limits.spend("statuses", hook.account)  # together with what the member posts himself
    draft = Draft(
        text=_text_of(body),
        visibility=visibility_of(body.visibility) if body.visibility else hook.visibility,
        language=body.language or None,
        warning=body.spoiler_text,
        sensitive=body.sensitive,
    )
    key = request.header(b"idempotency-key") or body.idempotency_key
    with naming(status="text"):
        made = await app.db.write(
            post_by_hook, app.keyring, secret, draft, terms=app.terms, key=key[:200] if key else None
        )
    ref = app.ids.encode(Kind.POST, made)
    url = f"{app.origin}/posts/{ref}"
    headers = [(b"location", url.encode())]
    if "application/json" in (request.header(b"accept") or ""):
        return Answer.json(Posted(id=ref, url=url), 200, headers)
    return Answer(b"ok", 200, headers, kind=_TEXT)


ROUTES = (post,)
