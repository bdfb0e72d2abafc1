"""The base of all facts: past tense, ids only; a fact gains fields but never loses one, and keeps its tag."""

from __future__ import annotations

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. Subclasses set ``tag``, which is stored and therefore eternal."""

    @classmethod
    def kind(cls) -> str:
        """Return the tag under which the journal stores this fact."""
        tag = cls.__struct_config__.tag
        if not isinstance(tag, str):
            msg = f"{cls.__name__} has no tag"
            raise TypeError(msg)
        return tag
