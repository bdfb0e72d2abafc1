"""How long a poll may last: seconds, and in words."""

from __future__ import annotations


def _(message: str) -> str:
    """Mark words for the catalogues; they are translated when they are shown."""
    return message


POLL_LENGTHS = (
    (300, _("5 minutes")),
    (3_600, _("1 hour")),
    (21_600, _("6 hours")),
    (86_400, _("1 day")),
    (259_200, _("3 days")),
    (604_800, _("7 days")),
    (2_592_000, _("30 days")),
)
