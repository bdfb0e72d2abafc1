"""A rule of the network."""

from __future__ import annotations

import msgspec

from palabre.api.mastodon.entities.wire import Names
from palabre.ids import Kind
from palabre.moderation.model import Rule as Made
from palabre.moderation.model import Translation


class Rule(msgspec.Struct, frozen=True):
    """A rule, in the network's language and in others."""

    id: str
    text: str
    hint: str
    translations: dict[str, Translation]


def rule(names: Names, made: Made) -> Rule:
    """Render a rule."""
    return Rule(names.ids.encode(Kind.RULE, made.id), made.text, made.hint, made.translations)
