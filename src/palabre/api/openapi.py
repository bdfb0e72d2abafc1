"""The API, described for machines."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from palabre import __version__
from palabre.edge import openapi
from palabre.edge.answers import Answer
from palabre.edge.endpoint import Endpoint, endpoint
from palabre.edge.site import Site


class Description:
    """The document, made when somebody asks for it the first time."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        """Describe ``endpoints``."""
        self._endpoints = tuple(endpoints)
        self._ready: bytes | None = None

    def read(self, app: Site) -> bytes:
        """Return the document."""
        if self._ready is None:
            told = openapi.document(self._endpoints, title=app.config.title, version=__version__, origin=app.origin)
            self._ready = msgspec.json.encode(told)
        return self._ready


@endpoint("GET", "/api/openapi.json")
async def describe(app: Site) -> Answer:
    """Describe every method of the API as OpenAPI 3.1."""
    return Answer(app.part(Description).read(app))


ROUTES = (describe,)
