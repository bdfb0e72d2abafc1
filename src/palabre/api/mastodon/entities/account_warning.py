"""What moderators did about an account, as its member is told."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon.entities.account import Account
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.ids import Kind
from palabre.moderation.model import Act, Deed

WireState = Literal["approved", "rejected", "pending"]
WireAct = Literal["none", "sensitive", "silence"]
_WORDS: dict[Act, WireAct] = {Act.WARN: "none", Act.SENSITIZE: "sensitive", Act.LIMIT: "silence"}


class Appeal(msgspec.Struct, frozen=True):
    """What the member said against it, and how that stands."""

    text: str
    state: WireState


class AccountWarning(msgspec.Struct, frozen=True, kw_only=True):
    """A warning, or an act that limits an account. Who did it is not said: the network speaks."""

    id: str
    action: WireAct
    text: str
    status_ids: list[str] | None
    """The posts for which it was done, if a report named some."""
    target_account: Account | msgspec.Raw
    appeal: Appeal | None
    created_at: str


def account_warning(names: Names, act: Deed, *, account: Account | msgspec.Raw) -> AccountWarning:
    """Render ``act`` for the member of ``account``."""
    return AccountWarning(
        id=names.ids.encode(Kind.WARNING, act.id),
        action=_WORDS.get(act.act, "none"),
        text=act.reason,
        status_ids=[names.ids.encode(Kind.POST, post) for post in act.posts] or None,
        target_account=account,
        appeal=None if act.appeal is None else Appeal(act.appeal.text, act.appeal.state.value),
        created_at=iso(act.created),
    )
