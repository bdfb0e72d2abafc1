"""Who may quote a post."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.posts.model import Post, QuotePolicy

Who = Literal["public", "followers", "following", "unsupported_policy"]
WirePolicy = Literal["public", "followers", "nobody"]

_POLICY: dict[QuotePolicy, WirePolicy] = {
    QuotePolicy.ALL: "public",
    QuotePolicy.FOLLOWERS: "followers",
    QuotePolicy.NOBODY: "nobody",
}
_POLICY_OF = {word: policy for policy, word in _POLICY.items()}


class QuoteApproval(msgspec.Struct, frozen=True):
    """Who may quote without being asked; nobody has to be asked by hand here.

    ``current_user`` is the same for all who read the post: of followers it says ``unknown``, since ready JSON does
    not know who follows whom.
    """

    automatic: tuple[Who, ...] = ()
    manual: tuple[Who, ...] = ()
    current_user: Literal["automatic", "manual", "denied", "unknown"] = "denied"


_APPROVALS = {
    QuotePolicy.ALL: QuoteApproval(("public",), (), "automatic"),
    QuotePolicy.FOLLOWERS: QuoteApproval(("followers",), (), "unknown"),
    QuotePolicy.NOBODY: QuoteApproval(),
}


def quote_approval(post: Post) -> QuoteApproval:
    """Render who may quote ``post``."""
    return _APPROVALS[post.quote_policy]


def wire_policy(policy: QuotePolicy | str) -> WirePolicy:
    """Say ``policy`` in Mastodon's words."""
    return _POLICY[QuotePolicy(policy)]


def policy_of(word: WirePolicy) -> QuotePolicy:
    """Return what Mastodon's ``word`` means."""
    return _POLICY_OF[word]
