"""Who may quote a post."""

from __future__ import annotations

from functools import cache
from typing import Literal, NamedTuple

import msgspec

from palabre.posts.model import Post, QuotePolicy, Visibility

Who = Literal["public", "followers", "following", "unsupported_policy"]
WirePolicy = Literal["public", "followers", "nobody"]

_POLICY: dict[QuotePolicy, WirePolicy] = {
    QuotePolicy.ALL: "public",
    QuotePolicy.FOLLOWERS: "followers",
    QuotePolicy.FOLLOWERS_OR_ASK: "followers",
    QuotePolicy.ASK: "nobody",
    QuotePolicy.NOBODY: "nobody",
}
_POLICY_OF: dict[WirePolicy, QuotePolicy] = {
    "public": QuotePolicy.ALL,
    "followers": QuotePolicy.FOLLOWERS,
    "nobody": QuotePolicy.NOBODY,
}
_UNQUOTED = {Visibility.MENTIONED, Visibility.WAITING}
_ASKING = {
    QuotePolicy.FOLLOWERS: QuotePolicy.FOLLOWERS_OR_ASK,
    QuotePolicy.NOBODY: QuotePolicy.ASK,
}


class QuoteApproval(msgspec.Struct, frozen=True):
    """Who may quote at once, and who has to ask the author.

    ``current_user``: where followers may quote it says ``unknown`` as long as it is not known whether the reader
    follows: to visitors, in streams, which everybody gets in the same words, and before his home timeline was read.
    Authors may quote themselves, unless only those whom they mention read the post. A visitor is told what a member
    would be.
    """

    automatic: tuple[Who, ...] = ()
    manual: tuple[Who, ...] = ()
    current_user: Literal["automatic", "manual", "denied", "unknown"] = "denied"


_APPROVALS = {
    QuotePolicy.ALL: QuoteApproval(("public",), (), "automatic"),
    QuotePolicy.FOLLOWERS: QuoteApproval(("followers",), (), "unknown"),
    QuotePolicy.FOLLOWERS_OR_ASK: QuoteApproval(("followers",), ("public",), "unknown"),
    QuotePolicy.ASK: QuoteApproval((), ("public",), "manual"),
    QuotePolicy.NOBODY: QuoteApproval(),
}


class Approvals(NamedTuple):
    """Who may quote a post, as it is told to each kind of reader, in ready JSON."""

    others: bytes
    """Of whom it is not known whether they follow the author, or where that makes no difference."""
    author: bytes
    follower: bytes
    stranger: bytes


def quote_approval(post: Post) -> QuoteApproval:
    """Render who may quote ``post``, for a member who has not written it."""
    return _APPROVALS[post.quote_policy]


def own_quote_approval(post: Post) -> QuoteApproval:
    """Render who may quote ``post``, for its author."""
    return _own(post.quote_policy, offered=post.visibility not in _UNQUOTED)


def quote_approvals(post: Post) -> Approvals:
    """Return the JSON for every reader of ``post``."""
    return _ready(post.quote_policy, offered=post.visibility not in _UNQUOTED)


def _own(policy: QuotePolicy, *, offered: bool) -> QuoteApproval:
    return msgspec.structs.replace(_APPROVALS[policy], current_user="automatic" if offered else "denied")


@cache
def _ready(policy: QuotePolicy, *, offered: bool) -> Approvals:
    """There are ten of them, which all posts share."""
    shown = _APPROVALS[policy]
    follower = stranger = shown
    if shown.current_user == "unknown":
        follower = msgspec.structs.replace(shown, current_user="automatic")
        stranger = msgspec.structs.replace(shown, current_user="manual" if policy.asks else "denied")
    encode = msgspec.json.encode
    return Approvals(encode(shown), encode(_own(policy, offered=offered)), encode(follower), encode(stranger))


def wire_policy(policy: QuotePolicy | str) -> WirePolicy:
    """Say in Mastodon's words who may quote at once; :func:`asking` says whether others may ask."""
    return _POLICY[QuotePolicy(policy)]


def asking(policy: QuotePolicy | str) -> bool:
    """Tell whether those who may not quote at once may ask the author."""
    return QuotePolicy(policy).asks


def policy_of(word: WirePolicy, *, asking: bool = False) -> QuotePolicy:
    """Return what Mastodon's ``word`` means; with ``asking``, whoever it leaves out may ask."""
    policy = _POLICY_OF[word]
    return _ASKING.get(policy, policy) if asking else policy


def changed_policy(before: QuotePolicy | str, word: WirePolicy | None, *, asking: bool | None) -> QuotePolicy:
    """Return what a policy is after a change of one or both; a ``word`` alone means what Mastodon means by it."""
    kept = QuotePolicy(before)
    if word is None:
        return policy_of(_POLICY[kept], asking=kept.asks if asking is None else asking)
    return policy_of(word, asking=bool(asking))
