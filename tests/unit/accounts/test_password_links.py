"""Links for a new password: good once, for a day, and only as long as whoever gave one might give it."""

from __future__ import annotations

import msgspec
import pytest

from fixtures_store import Store
from palabre import clock
from palabre.accounts import actions, password_links, queries
from palabre.accounts.errors import PasswordLinkUsed
from palabre.accounts.model import Role
from palabre.ids import AccountId
from palabre.moderation import judging
from palabre.moderation.acts import acts_page
from palabre.moderation.errors import NotYours
from palabre.moderation.model import Act
from palabre.paging import Window
from palabre.rights.actions import renew_password
from people import KEYRING, People


@pytest.fixture
def admin(store: Store, people: People) -> AccountId:
    made = people.member("root")
    store.write(actions.set_role, made, Role.ADMIN)
    return made


def password_of(store: Store, member: AccountId) -> str | None:
    found = store.read(queries.login_of, member)
    assert found is not None
    return found.password_hash


def test_a_link_is_good_once_and_so_is_every_other_of_the_member(
    store: Store, people: People, admin: AccountId
) -> None:
    ana = people.member("ana")
    one, other = (store.write(judging.give_password_link, KEYRING, admin, ana) for _ in range(2))
    assert one != other
    assert store.read(judging.password_link, KEYRING, one).account == ana
    store.write(renew_password, KEYRING, one, "hash of the new one")
    assert password_of(store, ana) == "hash of the new one"
    for used in (one, other):
        with pytest.raises(PasswordLinkUsed):
            store.write(renew_password, KEYRING, used, "hash of another")
    assert password_of(store, ana) == "hash of the new one"
    acts = store.read(acts_page, Window(limit=10), ana).items
    assert [each.deed.act for each in acts] == [Act.GIVE_PASSWORD_LINK] * 2
    assert {(each.deed.actor, each.deed.reason, each.deed.subject) for each in acts} == {(admin, "", "")}


def test_a_link_is_too_old_after_a_day(
    store: Store, people: People, admin: AccountId, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = people.member("ana")
    link = store.write(judging.give_password_link, KEYRING, admin, ana)
    made = clock.now()
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(made + password_links.LIFETIME - clock.MINUTE))
    store.read(judging.password_link, KEYRING, link)
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(made + password_links.LIFETIME + clock.MINUTE))
    with pytest.raises(PasswordLinkUsed):
        store.read(judging.password_link, KEYRING, link)


@pytest.mark.parametrize(
    ("giver", "of", "may"),
    [
        (Role.OWNER, Role.ADMIN, True),
        (Role.ADMIN, Role.MODERATOR, True),
        (Role.ADMIN, Role.MEMBER, True),
        (Role.ADMIN, Role.ADMIN, False),
        (Role.ADMIN, Role.OWNER, False),
        (Role.OWNER, Role.OWNER, False),
        (Role.MODERATOR, Role.MEMBER, False),
        (Role.MEMBER, Role.MEMBER, False),
    ],
)
def test_nobody_takes_over_who_stands_as_high_as_himself(
    store: Store, people: People, giver: Role, of: Role, *, may: bool
) -> None:
    one, other = people.member("one"), people.member("other")
    store.write(actions.set_role, one, giver)
    store.write(actions.set_role, other, of)
    if may:
        link = store.write(judging.give_password_link, KEYRING, one, other)
        assert store.read(judging.password_link, KEYRING, link).account == other
        return
    with pytest.raises(NotYours):
        store.write(judging.give_password_link, KEYRING, one, other)
    forged = store.read(lambda db: password_links.make_link(db, KEYRING, other, by=one))
    with pytest.raises(PasswordLinkUsed):
        store.read(judging.password_link, KEYRING, forged)


@pytest.mark.parametrize("later", ["the member rises", "the giver falls", "the giver is suspended"])
def test_a_link_opens_nothing_that_its_giver_may_not_open_any_more(
    store: Store, people: People, admin: AccountId, later: str
) -> None:
    ana = people.member("ana")
    link = store.write(judging.give_password_link, KEYRING, admin, ana)
    if later == "the member rises":
        store.write(actions.set_role, ana, Role.OWNER)
    elif later == "the giver falls":
        store.write(actions.set_role, admin, Role.MODERATOR)
    else:
        store.write(actions.suspend, admin)
    before = password_of(store, ana)
    with pytest.raises(PasswordLinkUsed):
        store.write(renew_password, KEYRING, link, "taken over")
    assert password_of(store, ana) == before


def test_what_is_not_a_link_is_refused_as_one_that_was_used(store: Store, people: People, admin: AccountId) -> None:
    ana = people.member("ana")
    link = store.write(judging.give_password_link, KEYRING, admin, ana)
    other = KEYRING.seal("email", msgspec.json.encode([ana, admin, clock.now() * 2, ""]).decode()).hex()
    last = "A" if link[-2] != "A" else "B"
    for wrong in ("", "é", "x" * 10_000, link[:-2] + last + link[-1], link[:40], link + link, other, "\x00", "===="):
        with pytest.raises(PasswordLinkUsed):
            store.read(judging.password_link, KEYRING, wrong)
