"""What the network says of itself: its rules, its description, what it does with data, its terms."""

from __future__ import annotations

import asyncio

import msgspec

from palabre.api.mastodon.entities.html import text_html
from palabre.api.mastodon.entities.rule import Rule, rule
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import Instant, iso
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import NoRoute
from palabre.edge.site import Site
from palabre.edge.texts import Text, usual_privacy, written
from palabre.moderation.queries import rules


class ExtendedDescription(msgspec.Struct, frozen=True):
    """A text, and when it was changed."""

    updated_at: str
    content: str


class TermsOfService(msgspec.Struct, frozen=True):
    """Terms, and from when they hold."""

    effective_date: str
    effective: bool
    content: str
    succeeded_by: str | None


def _shown(app: Site, text: Text) -> ExtendedDescription:
    return ExtendedDescription(iso(text.changed), text_html(app.part(Pieces).names, text.words))


@endpoint("GET", "/api/v1/instance/rules")
async def show_rules(app: Site) -> list[Rule]:
    """List the rules."""
    return [rule(app.part(Pieces).names, each) for each in await app.db.read(rules)]


@endpoint("GET", "/api/v1/instance/extended_description")
async def extended_description(app: Site) -> ExtendedDescription:
    """Say what the network is, at length: the operator's text, else the short description."""
    text = await asyncio.to_thread(written, app.folder, "about")
    return _shown(app, text or Text(app.config.description, Instant(0)))


@endpoint("GET", "/api/v1/instance/privacy_policy")
async def privacy_policy(app: Site) -> ExtendedDescription:
    """Say what is kept of people: the operator's text."""
    text = await asyncio.to_thread(written, app.folder, "privacy")
    return _shown(app, text or usual_privacy(app.config.language))


def _terms(app: Site, text: Text | None) -> TermsOfService:
    if text is None:
        raise NoRoute
    return TermsOfService(iso(text.changed)[:10], True, text_html(app.part(Pieces).names, text.words), None)  # noqa: FBT003 - they hold


@endpoint("GET", "/api/v1/instance/terms_of_service")
async def terms_of_service(app: Site) -> TermsOfService:
    """Show the terms, if the operator has written any."""
    return _terms(app, await asyncio.to_thread(written, app.folder, "terms"))


@endpoint("GET", "/api/v1/instance/terms_of_service/{date}")
async def terms_of_service_of(date: str, app: Site) -> TermsOfService:
    """Show the terms that hold from a day."""
    found = _terms(app, await asyncio.to_thread(written, app.folder, "terms"))
    if found.effective_date != date:
        raise NoRoute
    return found


ROUTES = (show_rules, extended_description, privacy_policy, terms_of_service, terms_of_service_of)
