"""What the edge itself refuses, and the one place where a kind of refusal becomes an HTTP status."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar

from palabre.errors import Invalid, NotFound, Refusal, Unavailable

_STATUS_OF_KIND = {
    "invalid": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "too_many": 429,
    "unavailable": 503,
}

Translate = Callable[[str], str]
"""Turns a message id (the English sentence) into the reader's language."""


@contextmanager
def naming(**fields: str) -> Iterator[None]:
    """Let refusals name a field as the request does: ``naming(keyword="phrase")`` where the domain says *keyword*."""
    try:
        yield
    except Refusal as refusal:
        refusal.field = fields.get(refusal.field or "", refusal.field)
        raise


class EdgeRefusal(Invalid):
    """A request that HTTP itself has a word for; never raised by a capability."""

    status: ClassVar[int] = 400


class Malformed(EdgeRefusal):
    """The request cannot be read at all; ``reason`` says where."""

    code = "request.malformed"
    message = "The request could not be read: {reason}"


class TooLarge(EdgeRefusal):
    """The body, or a part of it, has more bytes than accepted."""

    status = 413
    code = "request.too_large"
    message = "The request is larger than the {limit} bytes accepted here"


class UnsupportedBody(EdgeRefusal):
    """The body has a type nobody reads here."""

    status = 415
    code = "request.media_type"
    message = "Send application/json, application/x-www-form-urlencoded or multipart/form-data"


class TooComplex(Invalid):
    """More keys, deeper nesting or longer lists than any honest request has."""

    code = "request.too_complex"
    message = "{what} (at most {limit})"


class WrongValue(Invalid):
    """A field has the wrong type or breaks a bound; ``expected`` says what it should be."""

    code = "request.wrong_value"
    message = "{name} {expected}"


class MissingValue(WrongValue):
    """A field is not there that has to be."""

    code = "request.missing"


class NoRoute(NotFound):
    """No endpoint has this path."""

    code = "request.no_route"
    message = "Record not found"


class MethodNotAllowed(EdgeRefusal):
    """The path exists, the method does not; ``allow`` lists those that do."""

    status = 405
    code = "request.method"
    message = "This address takes {allow}"


class Stopping(Unavailable):
    """The server ends before the request does, such as a slow upload."""

    code = "server.stopping"
    message = "The server is being restarted. Please try again in a moment."


class ClientGone(Exception):  # noqa: N818 - nothing is wrong, nobody is left to answer
    """The caller closed the connection before the request was complete."""


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status of a refusal."""
    if isinstance(refusal, EdgeRefusal):
        return refusal.status
    return _STATUS_OF_KIND[refusal.kind]


def sentence(refusal: Refusal, translate: Translate | None = None) -> str:
    """Write the sentence a person reads, in their language if ``translate`` is given."""
    if translate is None:
        return str(refusal)
    return translate(refusal.message).format(**refusal.details)
