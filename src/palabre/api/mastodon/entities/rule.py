"""A rule of the network."""

from __future__ import annotations

import msgspec


class Rule(msgspec.Struct, frozen=True):
    """A rule, in the network's language and in others."""

    id: str
    text: str
    hint: str
    translations: dict[str, dict[str, str]]
