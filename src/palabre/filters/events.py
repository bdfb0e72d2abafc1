"""What happens to filters."""

from __future__ import annotations

from palabre.events import Event
from palabre.ids import AccountId


class FiltersChanged(Event, frozen=True, kw_only=True, tag="filters.changed"):
    """``account`` filters other things now, or in another way."""

    account: AccountId
