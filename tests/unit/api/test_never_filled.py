"""An attribute that only ever says one thing is named with its reason, and `docs/reference/coverage.md` says it."""

from __future__ import annotations

import json
from pathlib import Path

from unit.api.never_filled import constant

_REASONS = Path(__file__).parents[2] / "fixtures" / "mastodon" / "never_filled.json"
_FILLED_LATER = {"Quote.quoted_status"}
"""Written into the finished JSON, where the quoted post is at hand."""


def test_what_says_the_same_whatever_there_is_has_a_reason() -> None:
    reasons = json.loads(_REASONS.read_text("utf-8"))
    assert constant() - _FILLED_LATER == set(reasons)
    assert all(reason.endswith(".") for reason in reasons.values())


def test_an_attribute_that_is_filled_is_not_among_them() -> None:
    assert constant().isdisjoint({"Account.note", "AccountWarning.appeal", "Poll.emojis", "StatusEdit.quote"})
