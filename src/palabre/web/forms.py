"""Forms as templates show them again: what was typed is kept, and what is wrong is said at its field."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from palabre.edge.request import Request
from palabre.errors import Refusal
from palabre.web.page import words_of


class Told(dict[str, object]):
    """Words by the name of a field; those of a field that has none are empty, not missing."""

    def __missing__(self, name: str) -> str:
        """Have nothing to say."""
        return ""


class Form(msgspec.Struct, frozen=True):
    """What stands in the fields, and what is wrong with them (under ``""``: with the whole)."""

    values: Mapping[str, object]
    errors: Mapping[str, object]


def form(values: Mapping[str, object] | msgspec.Struct | None = None, **errors: str) -> Form:
    """Make a form from what was typed."""
    typed = msgspec.structs.asdict(values) if isinstance(values, msgspec.Struct) else dict(values or {})
    return Form(Told(typed), Told(errors))


def refused_form(request: Request, refusal: Refusal, values: msgspec.Struct, fields: tuple[str, ...]) -> Form:
    """Make the form that says what was wrong with ``values``, at one of ``fields`` if the refusal names it."""
    where = refusal.field if refusal.field in fields else ""
    return form(values, **{where or "": words_of(request, refusal)})
