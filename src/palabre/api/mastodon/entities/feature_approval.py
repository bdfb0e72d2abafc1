"""Who may put an account into a collection."""

from __future__ import annotations

from typing import Literal

import msgspec

Who = Literal["public", "followers", "following", "unsupported_policy"]


class FeatureApproval(msgspec.Struct, frozen=True):
    """Everybody may, if the account wants to be discovered; else nobody. Nobody is asked by hand."""

    automatic: tuple[Who, ...] = ()
    manual: tuple[Who, ...] = ()
    current_user: Literal["automatic", "manual", "denied", "unknown", "missing"] = "denied"
