"""Who may reply, in the words Mastodon has for quotes; ``following``: those whom the author follows."""

from __future__ import annotations

from typing import Literal

from palabre.posts.model import ReplyPolicy

WireReplyPolicy = Literal["public", "followers", "following", "mentioned", "nobody"]

_POLICY: dict[ReplyPolicy, WireReplyPolicy] = {
    ReplyPolicy.ALL: "public",
    ReplyPolicy.FOLLOWERS: "followers",
    ReplyPolicy.FOLLOWED: "following",
    ReplyPolicy.MENTIONED: "mentioned",
    ReplyPolicy.NOBODY: "nobody",
}
_POLICY_OF = {word: policy for policy, word in _POLICY.items()}
WIRE_REPLY_POLICIES: tuple[WireReplyPolicy, ...] = tuple(_POLICY.values())


def wire_reply_policy(policy: ReplyPolicy | str) -> WireReplyPolicy:
    """Say ``policy`` in the words of apps."""
    return _POLICY[ReplyPolicy(policy)]


def reply_policy_of(word: WireReplyPolicy) -> ReplyPolicy:
    """Return what an app's ``word`` means."""
    return _POLICY_OF[word]
