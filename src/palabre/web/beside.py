"""What stands beside a page on a wide screen: the hashtags that trend, and people to meet."""

from __future__ import annotations

import msgspec

from palabre.accounts.model import Account
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import AccountId
from palabre.posts.hashtags import Hashtag
from palabre.web.suggestions import suggested

_HASHTAGS = 5


class Beside(msgspec.Struct, frozen=True):
    """The cards beside a page; one that has nothing to show is not there."""

    hashtags: list[Hashtag] = []
    people: list[Account] = []


async def beside(app: Site, viewer: Viewer | None, *, trends: bool = True, about: AccountId | None = None) -> Beside:
    """Return what stands beside a page for ``viewer``; without ``trends`` where the page itself shows them.

    Whom the page is ``about`` need not be met beside it.
    What trends and who spoke lately is counted once for everybody, every few minutes. At most seven statements.
    """
    return Beside(
        hashtags=(await app.trends.hashtags())[:_HASHTAGS] if trends else [],
        people=[each for each in await suggested(app, viewer.account if viewer else None) if each.id != about],
    )
