"""People to meet: who spoke here lately and does not mind being suggested."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import msgspec

from palabre import clock
from palabre.accounts.model import Account, Standing
from palabre.accounts.queries import accounts
from palabre.edge.site import Site
from palabre.graph.queries import followed_among, hidden_among
from palabre.ids import AccountId
from palabre.paging import Window
from palabre.store import Snapshot
from palabre.timelines.queries import local_page

_SHOWN = 3
_LOOKED_AT = 40
_GOOD_FOR = 5 * clock.MINUTE


class _Lately(msgspec.Struct, frozen=True):
    authors: tuple[AccountId, ...]
    until: int


_lately: WeakKeyDictionary[Site, _Lately] = WeakKeyDictionary()
"""The same for everybody, so that a page need not look for them."""


def _authors(db: Snapshot) -> tuple[AccountId, ...]:
    found = local_page(db, None, Window(limit=_LOOKED_AT))
    return tuple(dict.fromkeys(view.author.id for view in found.items if view.author.discoverable))


def _unknown(db: Snapshot, viewer: AccountId | None, authors: tuple[AccountId, ...]) -> list[Account]:
    known: set[AccountId] = set()
    if viewer is not None and authors:
        hidden = hidden_among(db, viewer, authors)
        known = {viewer, *followed_among(db, viewer, authors)} | hidden.blocking | hidden.blocked_by | hidden.muting
    wanted = [author for author in authors if author not in known][:_SHOWN]
    found = accounts(db, wanted) if wanted else {}
    return [found[each] for each in wanted if each in found and found[each].standing is Standing.ACTIVE]


async def suggested(app: Site, viewer: AccountId | None) -> list[Account]:
    """Return up to three people whom the viewer does not follow yet."""
    lately = _lately.get(app)
    if lately is None or lately.until < clock.now():
        lately = _lately[app] = _Lately(await app.db.read_slow(_authors), clock.now() + _GOOD_FOR)
    return await app.db.read(_unknown, viewer, lately.authors)
