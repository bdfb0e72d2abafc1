"""Loaded by Python itself in a server of which three pages are to fail: see ``failing_pages.failing``."""

from typing import Any, NoReturn

from palabre.clock import now
from palabre.edge.limits import Left, RateExceeded
from palabre.store.engine import StoreUnavailable
from palabre.web.pages import people, search, survival


async def _fault(**_: Any) -> NoReturn:
    raise RuntimeError("the secret cause")


async def _away(**_: Any) -> NoReturn:
    raise StoreUnavailable


async def _too_many(**_: Any) -> NoReturn:
    raise RateExceeded(Left(limit=1, remaining=0, reset=now() // 1_000 + 42), 41.2)


survival.ROUTES[0].function = _fault
people.ROUTES[0].function = _away
search.ROUTES[0].function = _too_many
