"""Posts in another language."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from palabre.api.mastodon.entities.html import post_html
from palabre.api.mastodon.entities.translation import Translation, translation
from palabre.api.mastodon.pages import account_of
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import PostRef
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.translating import NoTranslation, Translator
from palabre.edge.viewer import AppToken, Viewer
from palabre.posts.queries import post_view


class Into(msgspec.Struct, frozen=True):
    """The body of ``POST /api/v1/statuses/:id/translate``."""

    lang: str | None = None
    """By default the language of the member's interface."""


@endpoint("GET", "/api/v1/instance/translation_languages")
async def translation_languages(app: Site) -> Mapping[str, tuple[str, ...]]:
    """List what can be translated into what; ``und`` stands for posts that name no language."""
    return await app.part(Translator).languages()


@endpoint("POST", "/api/v1/statuses/{post}/translate", scope="read:statuses")
async def translate(post: PostRef, body: Into, viewer: Viewer | AppToken, app: Site) -> Translation:
    """Show a public post in another language."""
    translator = app.part(Translator)
    if not translator.enabled:
        raise NoTranslation
    member = viewer if isinstance(viewer, Viewer) else None
    view = (await app.db.read(post_view, account_of(member), post)).shown
    names = app.part(Pieces).names
    target = body.lang or (member.locale if member else app.config.language)
    return translation(names, view, await translator.post(view, post_html(names, view.post), target=target))


ROUTES = (translation_languages, translate)
