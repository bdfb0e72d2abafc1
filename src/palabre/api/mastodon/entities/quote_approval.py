"""Who may quote a post."""

from __future__ import annotations

from typing import Literal

import msgspec

Who = Literal["public", "followers", "following", "unsupported_policy"]


class QuoteApproval(msgspec.Struct, frozen=True):
    """Nobody may: there are no quotes here."""

    automatic: tuple[Who, ...] = ()
    manual: tuple[Who, ...] = ()
    current_user: Literal["automatic", "manual", "denied", "unknown"] = "denied"
