"""Suggestions and the directory: whom they name, and whom never."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam

from fixtures_store import Store
from palabre import clock
from palabre.accounts.actions import ProfileChange, suspend, update_profile
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Shows
from palabre.accounts.tables import account
from palabre.graph import actions as graph
from palabre.ids import AccountId
from palabre.posts.model import Visibility
from palabre.search.people import directory, dismiss, suggestions
from palabre.search.subscriber import subscriber
from palabre.store import update
from people import People

_MOVE = update(account, account.c.id == bindparam("number"), domain=bindparam("elsewhere"))


class Meeting:
    """Members who may meet."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.people = People(store)
        self.me = self.people.member("me")
        self.friend = self.people.member("friend")
        self.people.follow(self.me, self.friend)

    def suggested(self) -> list[tuple[str, str]]:
        self.store.advance(subscriber)
        found = self.store.read(suggestions, self.me, limit=40)
        return [(each.account.username, each.why.value) for each in found]

    def listed(self, viewer: AccountId | None = None, **options) -> list[str]:
        self.store.advance(subscriber)
        return [each.username for each in self.store.read(directory, viewer, **{"limit": 40, **options})]


@pytest.fixture
def meeting(store: Store) -> Meeting:
    return Meeting(store)


def test_friends_of_friends_come_first_then_who_is_followed_most(meeting: Meeting) -> None:
    known, loved, quiet, other = meeting.people.members("known", "loved", "quiet", "other")
    second = meeting.people.member("second")
    meeting.people.follow(meeting.me, second)
    for follower in (meeting.friend, second):
        meeting.people.follow(follower, known)
    meeting.people.follow(second, other)
    meeting.people.follow(quiet, loved)
    for author in (loved, quiet):
        meeting.people.post(author, "hello")
    assert meeting.suggested() == [
        ("known", "friends_of_friends"),
        ("other", "friends_of_friends"),
        ("loved", "most_followed"),
        ("quiet", "most_followed"),
    ]
    assert meeting.store.statements == 3


def test_nobody_is_suggested_who_is_hidden_known_or_does_not_want_it(meeting: Meeting) -> None:
    names = ("shy", "blocked", "blocking", "muted", "asked", "suspended", "dismissed", "fine")
    made = {name: meeting.people.member(name, profile={"discoverable": name != "shy"}) for name in names}
    for each in made.values():
        meeting.people.follow(meeting.friend, each)
        meeting.people.post(each, "hello")
    me, write = meeting.me, meeting.store.write
    write(graph.block, me, made["blocked"])
    write(graph.block, made["blocking"], me)
    write(graph.mute, me, made["muted"])
    write(suspend, made["suspended"])
    write(dismiss, me, made["dismissed"])
    write(dismiss, me, made["dismissed"])
    write(update_profile, made["asked"], ProfileChange(locked=True))
    meeting.people.follow(me, made["asked"])
    assert [name for name, _ in meeting.suggested()] == ["fine"]
    with pytest.raises(AccountNotFound):
        write(dismiss, me, AccountId(5))


def test_whom_somebody_follows_in_secret_is_told_by_no_suggestion(meeting: Meeting) -> None:
    secret = meeting.people.member("secret")
    meeting.people.follow(meeting.friend, secret)
    assert meeting.suggested() == [("secret", "friends_of_friends")]
    meeting.store.write(update_profile, meeting.friend, ProfileChange(shows={Shows.PEOPLE: False}))
    assert meeting.suggested() == []


def test_nobody_of_a_blocked_network_is_found_and_who_was_muted_for_an_hour_is_afterwards(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    far, muted = meeting.people.members("far", "muted")
    for each in (far, muted):
        meeting.people.follow(meeting.friend, each)
        meeting.people.post(each, "hello")
    meeting.store.write(lambda tx: tx.run(_MOVE, number=far, elsewhere="far.example"))
    me, write = meeting.me, meeting.store.write
    assert [name for name, _ in meeting.suggested()] == ["far", "muted"]
    assert meeting.listed(me) == ["muted", "far"]
    write(graph.block_domain, me, "far.example")
    write(graph.mute, me, muted, duration_ms=clock.HOUR)
    assert meeting.suggested() == []
    assert meeting.listed(me) == []
    assert meeting.listed(me, newest=True) == ["friend", "me"]
    later = clock.Instant(clock.now() + 2 * clock.HOUR)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert [name for name, _ in meeting.suggested()] == ["muted"]
    assert meeting.listed(me) == ["muted"]


def test_the_directory_lists_who_wants_to_be_found(meeting: Meeting) -> None:
    ana, ben, shy = (
        meeting.people.member(name, profile={"discoverable": name != "shy"}) for name in ("ana", "ben", "shy")
    )
    meeting.people.post(ana, "hello")
    meeting.people.post(shy, "hello")
    meeting.people.post(ben, "hello", visibility=Visibility.FOLLOWERS)
    assert meeting.listed() == ["ana"], "who spoke in public"
    assert meeting.listed(newest=True) == ["ben", "ana", "friend", "me"]
    assert meeting.listed(newest=True, limit=2, offset=1) == ["ana", "friend"]
    assert meeting.listed(newest=True, offset=10**9) == []
    meeting.store.write(graph.block, ana, ben)
    assert meeting.listed(ben) == []
    assert meeting.listed(meeting.me) == ["ana"]
    assert meeting.store.statements == 1
