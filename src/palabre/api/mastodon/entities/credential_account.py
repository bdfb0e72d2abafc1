"""An account, as its owner sees it."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.accounts import model
from palabre.api.mastodon.entities.account import Account, attributes
from palabre.api.mastodon.entities.field import Field, field_source
from palabre.api.mastodon.entities.quote_approval import asking, wire_policy
from palabre.api.mastodon.entities.reply_policy import WireReplyPolicy, wire_reply_policy
from palabre.api.mastodon.entities.role import Role, role
from palabre.api.mastodon.entities.wire import Names, WireVisibility, wire_visibility
from palabre.posts.model import ReplyApproval


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """What the owner wrote, and how his posts begin."""

    note: str
    fields: list[Field]
    privacy: WireVisibility
    sensitive: bool
    language: str
    """Empty if none is set."""
    quote_policy: Literal["public", "followers", "nobody"]
    quote_asking: bool
    """Whether those who may not quote at once may ask; ours, as the next two."""
    reply_policy: WireReplyPolicy
    reply_approval: ReplyApproval
    """Whose replies wait for the member's approval."""
    follow_requests_count: int
    hide_collections: bool | None
    discoverable: bool | None
    indexable: bool
    attribution_domains: tuple[str, ...]


class CredentialAccount(Account, frozen=True, kw_only=True):
    """A profile with its source and the owner's role."""

    source: Source
    role: Role


def credential_account(names: Names, shown: model.Account, login: model.Login, *, requests: int) -> CredentialAccount:
    """Render ``shown`` for its owner, whom ``requests`` accounts ask to be followed."""
    chosen = login.preferences
    source = Source(
        note=shown.bio,
        fields=[field_source(field) for field in shown.fields],
        privacy=wire_visibility(chosen.visibility),
        sensitive=chosen.sensitive,
        language=chosen.post_language or "",
        quote_policy=wire_policy(chosen.quote_policy),
        quote_asking=asking(chosen.quote_policy),
        reply_policy=wire_reply_policy(chosen.reply_policy),
        reply_approval=ReplyApproval(chosen.reply_approval),
        follow_requests_count=requests,
        hide_collections=not shown.shows & model.Shows.PEOPLE,
        discoverable=shown.discoverable,
        indexable=shown.indexable,
        attribution_domains=shown.attribution_domains,
    )
    return CredentialAccount(**attributes(names, shown), source=source, role=role(shown.role))
