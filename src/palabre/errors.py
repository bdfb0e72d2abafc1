"""Refusals: what the domain says no with. Each has a kind and a stable code; only the edges know HTTP."""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """A request that the domain declines, for a reason it can state.

    Subclass one of the kinds below and set ``code``. Details given as keyword arguments fill the
    translated message at the edge, and appear in ``str()`` for logs.
    """

    kind: ClassVar[str] = "refusal"
    code: ClassVar[str] = "refused"
    message: ClassVar[str] = "This cannot be done."
    """English sentence with ``{detail}`` placeholders; also the gettext message id."""

    def __init__(self, *, field: str | None = None, **details: object) -> None:
        """Keep ``details`` for the message; ``field`` names the input that is wrong, if one is."""
        self.field = field
        self.part: int | None = None
        """Which of several things made at once it is about, from 0."""
        self.details = details
        super().__init__(self.message.format(**details))


class Invalid(Refusal):
    """What was asked makes no sense or breaks a limit."""

    kind = "invalid"
    code = "invalid"
    message = "That is not valid."


class Unauthenticated(Refusal):
    """Nobody is signed in, or the credentials are wrong."""

    kind = "unauthenticated"
    code = "unauthenticated"
    message = "Please sign in."


class Forbidden(Refusal):
    """The viewer is known and may not do this."""

    kind = "forbidden"
    code = "forbidden"
    message = "You may not do this."


class NotFound(Refusal):
    """It does not exist, or the viewer may not know that it does: the two look the same."""

    kind = "not_found"
    code = "not_found"
    message = "There is nothing here."


class Conflict(Refusal):
    """It contradicts what is there already."""

    kind = "conflict"
    code = "conflict"
    message = "This contradicts something that is there already."


class TooMany(Refusal):
    """A rate or a quota is used up; ``retry_after`` in seconds, when known, is among the details."""

    kind = "too_many"
    code = "too_many"
    message = "Too many requests. Please wait a little."


class Unavailable(Refusal):
    """It may work later: something this needs does not answer."""

    kind = "unavailable"
    code = "unavailable"
    message = "This is not available right now. Please try again."
