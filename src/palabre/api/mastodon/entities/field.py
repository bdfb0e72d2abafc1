"""A line of a profile."""

from __future__ import annotations

import msgspec

from palabre.accounts import model
from palabre.clock import iso


class Field(msgspec.Struct, frozen=True):
    """A name and what it says, as HTML, or as source text in ``source.fields``."""

    name: str
    value: str
    verified_at: str | None


def field_source(field: model.Field) -> Field:
    """Render ``field`` as its owner wrote it."""
    return Field(field.name, field.value, None if field.verified is None else iso(field.verified))
