"""A post in another language, if the network has a service that translates."""

from __future__ import annotations

import msgspec

from palabre.edge.answers import Answer
from palabre.edge.binding import PostRef
from palabre.edge.errors import status_of
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.translating import NoTranslation, NotTranslatable, TranslationFailed, Translator, language_asked
from palabre.edge.viewer import Viewer
from palabre.posts.queries import post_view
from palabre.web.desk import desk_of
from palabre.web.page import language_of, page, show


class Into(msgspec.Struct, frozen=True):
    """The query of a translation."""

    lang: str = ""
    """By default the language of the interface."""


@page("GET", "/@{name}/{post}/translation")
async def translation(
    request: Request,
    viewer: Viewer,
    app: Site,
    query: Into,
    name: str,  # noqa: ARG001 - part of the address
    post: PostRef,
) -> Answer:
    """Show a public post in another language, above what its author wrote."""
    translator = app.part(Translator)
    view = (await app.db.read(post_view, viewer.account, post)).shown
    if not translator.enabled:
        raise NoTranslation
    desk = desk_of(app)
    made, status, failed = None, 200, ""
    target = language_asked(query.lang or language_of(request, viewer))
    into: tuple[str, ...] = ()
    try:
        into = (await translator.languages()).get(view.post.language or "und", ())
        made = await translator.post(view, desk.renderer.writing.absolute(view), target=target)
    except NotTranslatable as refusal:
        status, failed = status_of(refusal), "never"
    except TranslationFailed as refusal:
        status, failed = status_of(refusal), "now"
    return await show(
        request,
        "translation.html",
        status=status,
        view=view,
        made=made,
        text=desk.renderer.writing.harmless(made.content) if made else "",
        target=target,
        into=into,
        failed=failed,
    )


ROUTES = (translation,)
