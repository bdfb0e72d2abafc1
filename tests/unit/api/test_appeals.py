"""A member appeals against what moderators did, somebody decides once, and what was done is taken back or stays."""

from __future__ import annotations

from typing import Any

import pytest

from palabre import clock
from palabre.accounts.model import Role
from palabre.errors import Refusal
from palabre.ids import Kind
from palabre.moderation import appeals, errors
from palabre.moderation.acts import acts_page
from palabre.moderation.model import TOLD
from palabre.paging import Window
from unit.api.documented import problems
from unit.api.network import Caller, Network
from unit.api.test_admin_accounts import SCOPES, act, acts, root_of
from unit.api.test_push import due, subscribe
from unit.api.test_told_of import groups, told

WARNINGS = "moderation_warning"


@pytest.fixture
def root(network: Network) -> Caller:
    return root_of(network)


def warned(network: Network, root: Caller, member: Caller, kind: str = "silence", **more: Any) -> int:
    """Let something be done about a member, and return the number of the act."""
    act(root, member, kind, **more)
    return network.site.ids.decode(Kind.WARNING, told(member, WARNINGS)[0]["moderation_warning"]["id"])


def appealed(network: Network, member: Caller, number: int, text: str = "It was a quotation") -> None:
    network.write(appeals.appeal, member.number, number, text)


def limited(network: Network, member: Caller) -> bool:
    return bool(network.visitor.get(f"/api/v1/accounts/{member.id}").get("limited"))


def appeal_of(member: Caller) -> Any:
    return told(member, WARNINGS)[0]["moderation_warning"]["appeal"]


def open_ones(network: Network) -> list[int]:
    page = network.run(network.site.db.read(appeals.appeals_page, Window(), decided=False))
    assert network.run(network.site.db.read(appeals.open_count)) == len(page.items)
    return [each.deed.id for each in page.items]


def test_who_was_limited_appeals_and_the_limit_is_taken_back(network: Network, root: Caller) -> None:
    ana = network.member("ana")
    number = warned(network, root, ana, text="Rude")
    assert limited(network, ana)
    assert appeal_of(ana) is None
    appealed(network, ana, number, "  It was a quotation\x00 ")
    assert appeal_of(ana) == {"text": "It was a quotation", "state": "pending"}
    assert problems("AccountWarning", told(ana, WARNINGS)[0]["moderation_warning"]) == []
    (asked,) = told(root, "admin.appeal", **{"types[]": "admin.appeal"})
    assert (asked["account"]["id"], asked["moderation_warning"]["appeal"]["state"]) == (ana.id, "pending")
    assert open_ones(network) == [number]
    network.write(appeals.decide, root.number, number, agree=True)
    assert not limited(network, ana)
    assert appeal_of(ana) == {"text": "It was a quotation", "state": "approved"}
    assert told(root, "admin.appeal", **{"types[]": "admin.appeal"}) == [], "nothing is left to decide"
    (answer,) = told(ana, "appeal_decided", **{"types[]": "appeal_decided"})
    assert answer["account"]["id"] == ana.id, "no moderator is named"
    assert answer["moderation_warning"]["appeal"]["state"] == "approved"
    assert open_ones(network) == []
    assert [name for name, _ in acts(network, ana.number)] == ["appeal_approved", "unsilence", "silence"]


def test_covered_pictures_are_shown_again_after_an_appeal(network: Network, root: Caller) -> None:
    ana = network.member("ana")
    number = warned(network, root, ana, "sensitive")
    appealed(network, ana, number)
    network.write(appeals.decide, root.number, number, agree=True)
    assert [name for name, _ in acts(network, ana.number)] == ["appeal_approved", "unsensitive", "sensitive"]


def test_what_was_turned_down_stays_and_is_decided_once(network: Network, root: Caller) -> None:
    ana = network.member("ana")
    number = warned(network, root, ana, "sensitive")
    appealed(network, ana, number)
    network.write(appeals.decide, root.number, number, agree=False)
    assert appeal_of(ana)["state"] == "rejected"
    assert [name for name, _ in acts(network, ana.number)] == ["appeal_rejected", "sensitive"]
    for agree in (True, False):
        with pytest.raises(errors.AppealDecidedAlready):
            network.write(appeals.decide, root.number, number, agree=agree)
    with pytest.raises(errors.AppealMadeAlready):
        appealed(network, ana, number)
    assert len(told(ana, "appeal_decided", **{"types[]": "appeal_decided"})) == 1
    assert groups(ana, "appeal_decided") == [], "an app that does not know it is not told"


def test_an_act_that_was_done_anew_outlives_the_appeal_against_the_first(network: Network, root: Caller) -> None:
    ana = network.member("ana")
    first = warned(network, root, ana)
    warned(network, root, ana, text="Again")
    appealed(network, ana, first)
    network.write(appeals.decide, root.number, first, agree=True)
    assert limited(network, ana), "the second limit was not appealed against"


def test_an_appeal_is_made_in_words_within_twenty_days_by_whom_it_is_about(
    network: Network, root: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    number = warned(network, root, ana, "none")

    def refused(member: Caller, text: str, act_number: int = number) -> type[Refusal]:
        with pytest.raises(Refusal) as told_why:
            appealed(network, member, act_number, text)
        return told_why.type

    assert refused(bo, "mine?") is refused(root, "mine?") is refused(ana, "?", 5) is errors.WarningNotFound
    assert refused(ana, " \n") is errors.AppealEmpty
    assert refused(ana, "x" * 2_001) is errors.AppealTooLong
    act(root, ana, "disable")
    act(root, ana, "suspend")
    page = network.run(network.site.db.read(appeals.warnings_page, ana.number, Window()))
    assert [each.id for each in page.items] == [number], "who can no longer sign in is not told, and cannot appeal"
    done = network.run(network.site.db.read(acts_page, Window(), ana.number)).items
    untold = [each.deed.id for each in done if each.deed.act not in TOLD]
    assert len(untold) >= 2
    assert {refused(ana, "?", each) for each in untold} == {errors.WarningNotFound}
    end = page.items[0].created + appeals.DAYS * clock.DAY
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(end))
    assert refused(ana, "late") is errors.AppealTooLate
    assert [appeals.may_appeal(page.items[0], at) for at in (end - 1, end)] == [True, False], "as the page offers it"
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(end - 1))
    appealed(network, ana, number, "x" * 2_000)


def test_only_those_who_may_decide_are_told_and_decide(network: Network, root: Caller) -> None:
    ana, helper = network.member("ana"), network.member("helper", SCOPES, role=Role.MODERATOR)
    number = warned(network, root, helper)
    appealed(network, helper, number)
    of_ana = warned(network, root, ana)
    appealed(network, ana, of_ana)
    assert told(helper, "admin.appeal", **{"types[]": "admin.appeal"}) == []
    assert len(told(root, "admin.appeal", **{"types[]": "admin.appeal"})) == 2
    for nobody in (ana, helper):
        with pytest.raises(errors.NotYours):
            network.write(appeals.decide, nobody.number, number, agree=True)
        with pytest.raises(errors.NotYours):
            network.write(appeals.decide, nobody.number, of_ana if nobody is ana else number, agree=False)
    with pytest.raises(errors.AppealNotFound):
        network.write(appeals.decide, root.number, 5, agree=True)
    assert open_ones(network) == [of_ana, number]


def test_devices_are_told_of_decisions(network: Network, root: Caller) -> None:
    ana = network.member("ana", "read write follow push")
    number = warned(network, root, ana)
    appealed(network, ana, number)
    network.settle()
    shown = subscribe(ana, alerts=("appeal_decided", "admin.appeal"))["alerts"]
    assert {name for name, on in shown.items() if on} == {"appeal_decided", "admin.appeal"}
    network.write(appeals.decide, root.number, number, agree=False)
    assert len(due(network)) == 1
