"""An account that whoever asks has muted."""

from __future__ import annotations

from palabre.accounts import model
from palabre.api.mastodon.entities.account import Account, attributes
from palabre.api.mastodon.entities.wire import Names
from palabre.clock import iso
from palabre.graph.model import Mute


class MutedAccount(Account, frozen=True, kw_only=True):
    """A profile, and until when it is muted."""

    mute_expires_at: str | None


def muted_account(names: Names, shown: model.Account, mute: Mute) -> MutedAccount:
    """Render ``shown``, muted by ``mute``."""
    until = None if mute.expires is None else iso(mute.expires)
    return MutedAccount(**attributes(names, shown), mute_expires_at=until)
