"""How many conversations wait stands beside *Direct* on every page, and is what the list shows."""

from __future__ import annotations

import re

from palabre.conversations.queries import unread_conversations
from palabre.ids import AccountId
from palabre.store import Snapshot
from unit.api.browsers import browsing
from unit.api.network import Network
from unit.api.test_trend_pages import Reader


def beside_direct(browser: Reader, path: str = "/bookmarks") -> list[str]:
    """What stands beside each link to the conversations."""
    return re.findall(r'data-count="direct"[^>]*>([^<]*)<', browser.get(path))


def test_unread_conversations_are_counted_beside_their_link(network: Network) -> None:
    ana, browser = browsing(network, "ana")
    bo, cy = network.member("bo"), network.member("cy")
    for each in (bo, cy):
        ana.follow(each)
    assert set(beside_direct(browser)) == {""}
    assert 'data-count="direct" hidden' in browser.get("/bookmarks")
    for each in (bo, bo, cy):
        each.say("@ana a word", visibility="direct")
    bo.say("@ana in public")
    network.settle()
    assert set(beside_direct(browser)) == {"3"}
    assert len(beside_direct(browser)) == 2, "on the rail, and in the menu of telephones"
    assert re.search(r'data-words="direct">3 new<', browser.get("/direct"))
    first = ana.get("/api/v1/conversations")[0]
    ana.post(f"/api/v1/conversations/{first['id']}/read")
    assert set(beside_direct(browser)) == {"2"}
    ana.post(f"/api/v1/conversations/{first['id']}/unread")
    assert set(beside_direct(browser)) == {"3"}


def test_a_conversation_that_the_list_does_not_show_is_not_counted(network: Network) -> None:
    ana, browser = browsing(network, "ana")
    bo = network.member("bo")
    ana.follow(bo)
    said = bo.say("@ana a word", visibility="direct")
    network.settle()
    assert set(beside_direct(browser)) == {"1"}
    bo.delete(f"/api/v1/statuses/{said['id']}")
    network.settle()
    assert set(beside_direct(browser)) == {""}


def test_nobody_waits_costs_one_statement(network: Network) -> None:
    ana = network.member("ana")

    def counted(db: Snapshot) -> tuple[int, int]:
        return unread_conversations(db, AccountId(ana.number)), db.statements

    assert network.site.db.read_now(counted) == (0, 1)
