"""Proofs of links in profiles: asked for once, looked at again, and gone with the field."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre import clock, jobs
from palabre.accounts import actions, errors, links
from palabre.accounts.actions import ProfileChange
from palabre.accounts.links import Proving
from palabre.accounts.model import Badge, BadgeKind, Field, Voucher
from palabre.clock import DAY, Instant
from palabre.ids import AccountId
from palabre.paging import Window
from palabre.store import Statement
from people import People

SITE = "https://ana.example/about"
ORIGINS = ("https://social.example", "https://other.example:8443")


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    real, by = clock.now, [0]
    monkeypatch.setattr(clock, "now", lambda: Instant(real() + by[0]))
    return by


def asked(store: Store) -> list[Proving]:
    """Take the jobs that may run now."""
    found = [job for job in store.write(jobs.claim) if job.kind == links.PROVE]
    for job in found:
        store.write(jobs.done, job.id)
    return [job.arguments(Proving) for job in found]


def waiting(store: Store) -> int:
    return store.read(lambda db: db.value(Statement("SELECT count(*) FROM job")))


def save(store: Store, member: AccountId, *fields: Field) -> None:
    store.write(actions.update_profile, member, ProfileChange(fields=fields))


@pytest.mark.parametrize(
    ("value", "link"),
    [
        (SITE, SITE), ("http://a.example", "http://a.example"), ("see https://a.example", None), ("a.example", None),
        ("https://a.example and more", None), ("https://", None), ("https://[::1", None), ("javascript:x", None),
        ("", None),
    ],
)  # fmt: skip
def test_a_field_that_is_an_address_can_be_proved(value: str, link: str | None) -> None:
    assert links.link_of(value) == link


@pytest.mark.parametrize(
    ("link", "good"),
    [
        ("https://social.example/@ana", True), ("https://SOCIAL.example/@Ana/", True),
        ("https://other.example:8443/@ana", True), (" https://social.example/@ana#x", True),
        ("https://social.example/@anabel", False), ("http://social.example/@ana", False),
        ("https://social.example/@ana/followers", False), ("https://social.example.evil/@ana", False),
        ("https://other.example/@ana", False), ("/@ana", False), ("", False),
    ],
)  # fmt: skip
def test_only_a_link_to_the_very_profile_leads_here(link: str, *, good: bool) -> None:
    assert links.leads_here(["https://elsewhere.example", link], ORIGINS, "ana") is good


@pytest.mark.parametrize(
    ("read", "good"),
    [
        (SITE, True), ("https://ana.example", True), ("https://www.ana.example/about", True),
        ("https://ANA.example/about", True), ("http://ana.example/about", False),
        ("https://ben.example/about", False), ("https://sub.ana.example/", False),
        ("https://ana.example.evil/", False), ("https://ana.example@evil/", False),
        ("https://wwwana.example/", False),
    ],
)  # fmt: skip
def test_only_pages_of_the_same_host_speak_for_it(read: str, *, good: bool) -> None:
    assert links.is_its_own(SITE, read) is good
    assert links.is_its_own("https://www.ana.example", read) is good


def test_a_link_is_asked_for_once_and_kept_while_its_field_stays(store: Store, people: People) -> None:
    ana = people.member("ana")
    save(store, ana, Field("Site", SITE), Field("Pronouns", "she"))
    [proving] = asked(store)
    assert (proving.account, proving.url) == (ana, SITE)
    store.write(links.note, proving, proved=True)
    site, pronouns = people.account(ana).fields
    assert site.verified is not None
    assert pronouns == Field("Pronouns", "she")
    save(store, ana, Field("Site", SITE), Field("Pronouns", "they"))
    assert asked(store) == []
    assert people.account(ana).fields[0] == site
    save(store, ana, Field("Site", SITE + "?new"))
    assert [each.url for each in asked(store)] == [SITE + "?new"]
    assert people.account(ana).fields[0].verified is None


def test_nobody_proves_a_link_by_saying_so(store: Store, people: People) -> None:
    ana = people.member("ana")
    save(store, ana, Field("Site", SITE, verified=Instant(1), asked=Instant(1)))
    assert people.account(ana).fields[0].verified is None
    assert len(asked(store)) == 1


def test_it_is_looked_at_every_week_and_taken_back_when_the_page_changed(
    store: Store, people: People, ahead: list[int]
) -> None:
    ana = people.member("ana")
    save(store, ana, Field("Site", SITE))
    [proving] = asked(store)
    store.write(links.note, proving, proved=True)
    since = people.account(ana).fields[0].verified
    assert asked(store) == []
    ahead[0] += 7 * DAY + 1000
    [again] = asked(store)
    store.write(links.note, again, proved=True)
    assert people.account(ana).fields[0].verified == since, "since then, not since the last look"
    ahead[0] += 7 * DAY + 1000
    [again] = asked(store)
    facts = people.kinds("account.changed")
    store.write(links.note, again, proved=False)
    assert people.account(ana).fields[0].verified is None
    assert len(people.kinds("account.changed")) == len(facts) + 1


def test_a_page_that_does_not_answer_proves_what_it_proved_before(
    store: Store, people: People, ahead: list[int]
) -> None:
    ana = people.member("ana")
    save(store, ana, Field("Site", SITE))
    [proving] = asked(store)
    store.write(links.note, proving, proved=True)
    ahead[0] += 7 * DAY + 1000
    for hours in (1, 2, 7 * 24):
        [proving] = asked(store)
        store.write(links.ask_again, proving)
        assert asked(store) == []
        ahead[0] += hours * clock.HOUR + 1000
    assert people.account(ana).fields[0].verified is not None
    assert asked(store)[0].tries == 0


def test_a_page_that_is_silent_for_four_weeks_proves_nothing_any_more(
    store: Store, people: People, ahead: list[int]
) -> None:
    ana = people.member("ana")
    save(store, ana, Field("Site", SITE))
    [proving] = asked(store)
    store.write(links.note, proving, proved=True)

    def silent_week() -> bool:
        ahead[0] += 7 * DAY + 1000
        for hours in (1, 2, 0):
            [proving] = asked(store)
            store.write(links.ask_again, proving)
            ahead[0] += hours * clock.HOUR + 1000
        return people.account(ana).fields[0].verified is not None

    assert [silent_week() for _ in range(3)] == [True] * 3
    ahead[0] += 7 * DAY + 1000
    [answering] = asked(store)
    store.write(links.note, answering, proved=True)
    assert [silent_week() for _ in range(5)] == [True] * 3 + [False] * 2, "in a row, and still looked at"
    ahead[0] += 7 * DAY + 1000
    [back] = asked(store)
    store.write(links.note, back, proved=True)
    assert people.account(ana).fields[0].verified is not None


def test_links_are_new_until_their_pages_are_asked_for() -> None:
    known = Field("Site", SITE, asked=Instant(1))
    given = (Field("Site", SITE), Field("Other", SITE), Field("Site", SITE + "?new"), Field("Pronouns", "she"))
    assert links.count_new(given, (known,)) == 2
    assert links.count_new(given, (Field("Site", SITE),)) == 3
    assert links.count_new((), (known,)) == 0


@pytest.mark.parametrize("how", ["gone", "deleted", "removed and added"])
def test_a_job_for_what_is_there_no_longer_ends(store: Store, people: People, ahead: list[int], how: str) -> None:
    ana = people.member("ana")
    save(store, ana, Field("Site", SITE))
    [proving] = asked(store)
    if how == "deleted":
        store.write(actions.delete, people.keyring, ana)
    else:
        save(store, ana)
    if how == "removed and added":
        ahead[0] += 1000
        save(store, ana, Field("Site", SITE))
        assert len(asked(store)) == 1
    assert store.read(links.wanted, proving) is None
    before = waiting(store)
    store.write(links.note, proving, proved=True)
    assert waiting(store) == before
    if how == "removed and added":
        assert people.account(ana).fields[0].verified is None


def test_members_say_some_things_of_themselves_and_the_operator_vouches(store: Store, people: People) -> None:
    ana = people.member("ana")
    store.write(actions.update_profile, ana, ProfileChange(bot=True, badges=frozenset({BadgeKind.PARODY})))
    assert people.account(ana).facts == (
        Badge(BadgeKind.AUTOMATED, Voucher.MEMBER),
        Badge(BadgeKind.PARODY, Voucher.MEMBER),
    )
    store.write(actions.vouch, ana, {BadgeKind.OFFICIAL, BadgeKind.AUTOMATED})
    store.write(actions.note_fed, ana, fed=True)
    store.write(actions.update_profile, ana, ProfileChange(bot=False, badges=frozenset({BadgeKind.PARODY})))
    assert people.account(ana).facts == (
        Badge(BadgeKind.AUTOMATED, Voucher.OPERATOR),
        Badge(BadgeKind.FEED, Voucher.NETWORK),
        Badge(BadgeKind.PARODY, Voucher.MEMBER),
        Badge(BadgeKind.OFFICIAL, Voucher.OPERATOR),
    ), "what the operator and the network say stays"
    store.write(actions.vouch, ana, ())
    store.write(actions.update_profile, ana, ProfileChange(badges=frozenset()))
    assert people.account(ana).facts == (Badge(BadgeKind.FEED, Voucher.NETWORK),)
    store.write(actions.vouch, ana, {BadgeKind.FEED})
    store.write(actions.note_fed, ana, fed=False)
    assert people.account(ana).facts == (Badge(BadgeKind.FEED, Voucher.OPERATOR),)
    for kind in (BadgeKind.OFFICIAL, BadgeKind.AUTOMATED, BadgeKind.FEED):
        with pytest.raises(errors.BadgeNotOwn):
            store.write(actions.update_profile, ana, ProfileChange(badges=frozenset({kind})))


def test_badges_are_in_every_list_of_accounts(store: Store, people: People) -> None:
    from palabre.accounts.queries import local_accounts

    ana = people.member("ana")
    store.write(actions.vouch, ana, {BadgeKind.OFFICIAL})
    [found] = store.read(local_accounts, Window(limit=5)).items
    assert found.facts == (Badge(BadgeKind.OFFICIAL, Voucher.OPERATOR),)
