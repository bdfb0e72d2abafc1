"""What the network says of itself: its rules, its description, what it does with data, its terms."""

from __future__ import annotations

import asyncio

import msgspec

from palabre.api.mastodon.entities.html import text_html
from palabre.api.mastodon.entities.rule import Rule, rule
from palabre.api.mastodon.pieces import Pieces
from palabre.clock import Instant, as_datetime, iso, now
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import NoRoute
from palabre.edge.site import Site
from palabre.edge.texts import Terms, Text, in_force, terms_of, usual_privacy, written
from palabre.i18n.languages import in_english
from palabre.moderation.queries import rules


class ExtendedDescription(msgspec.Struct, frozen=True):
    """A text, and when it was changed."""

    updated_at: str
    content: str


class TermsOfService(msgspec.Struct, frozen=True, kw_only=True):
    """Terms, from when they hold, and from when others do."""

    effective_date: str
    effective: bool
    content: str
    succeeded_by: str | None


class Language(msgspec.Struct, frozen=True):
    """A language that a post can be marked as written in; its name is English."""

    code: str
    name: str


def _shown(app: Site, text: Text) -> ExtendedDescription:
    return ExtendedDescription(iso(text.changed), text_html(app.part(Pieces).names, text.words))


@endpoint("GET", "/api/v1/instance/rules")
async def show_rules(app: Site) -> list[Rule]:
    """List the rules."""
    return [rule(app.part(Pieces).names, each) for each in await app.db.read(rules)]


@endpoint("GET", "/api/v1/instance/languages")
async def languages() -> list[Language]:
    """List the languages that posts can be marked as written in."""
    return [Language(code, name) for code, name in in_english()]


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


def _terms(app: Site, versions: list[Terms], shown: Terms | None) -> TermsOfService:
    if shown is None:
        raise NoRoute
    later = next((each.since.isoformat() for each in versions if each.since > shown.since), None)
    return TermsOfService(
        effective_date=shown.since.isoformat(),
        effective=shown.since <= as_datetime(now()).date(),
        content=text_html(app.part(Pieces).names, shown.words),
        succeeded_by=later,
    )


@endpoint("GET", "/api/v1/instance/terms_of_service")
async def terms_of_service(app: Site) -> TermsOfService:
    """Show the terms that hold, if the operator has written any; else those that will."""
    versions = await asyncio.to_thread(terms_of, app.folder)
    return _terms(app, versions, in_force(versions, as_datetime(now()).date()))


@endpoint("GET", "/api/v1/instance/terms_of_service/{date}")
async def terms_of_service_of(date: str, app: Site) -> TermsOfService:
    """Show the terms that hold from a day, or have held."""
    versions = await asyncio.to_thread(terms_of, app.folder)
    return _terms(app, versions, next((each for each in versions if each.since.isoformat() == date), None))


ROUTES = (show_rules, languages, extended_description, privacy_policy, terms_of_service, terms_of_service_of)
