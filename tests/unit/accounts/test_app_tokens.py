"""Tokens of the installed app: changed all the time, ended with their session, and found out when copied."""

from __future__ import annotations

import msgspec
import pytest

from fixtures_store import Store
from palabre import clock
from palabre.accounts import actions, app_tokens, sessions
from palabre.accounts.access import AccessCache
from palabre.accounts.app_tokens import Use
from palabre.accounts.errors import HandOverUsed, SessionNotFound
from palabre.ids import AccountId
from people import KEYRING, People


class Ahead:
    """A clock that can be put forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.by = 0
        real = clock.now
        monkeypatch.setattr(clock, "now", lambda: clock.Instant(real() + self.by))


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    return Ahead(monkeypatch)


def signed_in(store: Store, account: AccountId) -> int:
    secret = store.write(sessions.start_session, KEYRING, account, "Chromium, Linux")
    return int(store.read(sessions.session_of, KEYRING, secret).id)


def use(store: Store, token: str) -> Use | None:
    found = store.read(app_tokens.access, KEYRING, token)
    assert store.statements == 1
    return found[1] if found else None


def test_a_token_stands_for_its_session_for_a_week(store: Store, people: People, ahead: Ahead) -> None:
    ana = people.member("ana")
    session = signed_in(store, ana)
    token, expires = store.write(app_tokens.give, KEYRING, ana, session)
    access, how = store.read(app_tokens.access, KEYRING, token)
    assert (access.account, access.session, how) == (ana, session, Use.ORDINARY)
    assert expires - clock.now() <= app_tokens.LIFETIME
    again, _ = store.write(app_tokens.give, KEYRING, ana, session)
    assert use(store, token) is None, "one a session"
    ahead.by = app_tokens.LIFETIME + 1
    assert use(store, again) is None
    store.write(app_tokens.forget_expired)
    assert store.write(app_tokens.change, KEYRING, again) is None


def test_it_is_found_when_the_key_of_look_ups_was_renewed(store: Store, people: People) -> None:
    ana = people.member("ana")
    token, _ = store.write(app_tokens.give, KEYRING, ana, signed_in(store, ana))
    renewed = msgspec.structs.replace(KEYRING, lookups="06" * 32, old={"lookups": [KEYRING.lookups]})
    assert store.read(app_tokens.access, renewed, token)[1] is Use.ORDINARY
    made, _ = store.write(app_tokens.change, renewed, token)
    alone = msgspec.structs.replace(renewed, old={})
    assert store.read(app_tokens.access, alone, made)[1] is Use.ARRIVED


def test_nobody_gets_one_for_a_session_of_another(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    session = signed_in(store, ana)
    with pytest.raises(SessionNotFound):
        store.write(app_tokens.give, KEYRING, ben, session)
    with pytest.raises(SessionNotFound):
        store.write(app_tokens.begin_hand_over, KEYRING, ben, session)


def test_one_that_was_copied_ends_the_token_of_the_session(store: Store, people: People, ahead: Ahead) -> None:
    ana = people.member("ana")
    session = signed_in(store, ana)
    first, _ = store.write(app_tokens.give, KEYRING, ana, session)
    second, _ = store.write(app_tokens.change, KEYRING, first)
    assert (use(store, first), use(store, second)) == (Use.FORMER, Use.ARRIVED)
    store.write(app_tokens.note_arrival, session)
    assert (use(store, first), use(store, second)) == (Use.FORMER, Use.ORDINARY), "what was under way may end"
    assert store.write(app_tokens.change, KEYRING, first) is None
    ahead.by = app_tokens.GRACE + 1
    assert use(store, first) is Use.COPIED
    assert use(store, second) is Use.ORDINARY
    assert store.write(app_tokens.change, KEYRING, first) is None
    assert use(store, second) is None, "whoever has which: both are good no more"
    assert store.read(sessions.sessions, ana), "the browser itself stays signed in"


def test_a_lost_answer_costs_nothing(store: Store, people: People, ahead: Ahead) -> None:
    ana = people.member("ana")
    token, _ = store.write(app_tokens.give, KEYRING, ana, signed_in(store, ana))
    store.write(app_tokens.change, KEYRING, token)
    ahead.by = clock.HOUR
    assert use(store, token) is Use.FORMER
    third, _ = store.write(app_tokens.change, KEYRING, token)
    assert use(store, third) is Use.ARRIVED


def test_it_ends_with_the_session_and_with_the_account(store: Store, people: People) -> None:
    ana = people.member("ana")
    cache = AccessCache(KEYRING)
    store.database.listeners.append(lambda recorded, _wakes: [cache.apply(event) for _, event in recorded])
    session = signed_in(store, ana)
    token, _ = store.write(app_tokens.give, KEYRING, ana, session)
    store.read(cache.load_app_token, token)
    assert cache.app_token(token)
    assert cache.token(token) is None, "it is no token of the client API"
    store.write(sessions.end_session, ana, session)
    assert cache.app_token(token) is None
    assert use(store, token) is None
    other = signed_in(store, ana)
    token, _ = store.write(app_tokens.give, KEYRING, ana, other)
    store.write(actions.change_password, ana, "hash", keep_session=signed_in(store, ana))
    assert use(store, token) is None


def test_a_former_token_is_never_remembered(store: Store, people: People) -> None:
    ana = people.member("ana")
    cache = AccessCache(KEYRING)
    first, _ = store.write(app_tokens.give, KEYRING, ana, signed_in(store, ana))
    second, _ = store.write(app_tokens.change, KEYRING, first)
    for token in (first, second):
        store.read(cache.load_app_token, token)
        assert cache.app_token(token) is None


def test_a_code_moves_a_session_once_within_a_minute(store: Store, people: People, ahead: Ahead) -> None:
    ana = people.member("ana")
    session = signed_in(store, ana)
    token, _ = store.write(app_tokens.give, KEYRING, ana, session)
    code = store.write(app_tokens.begin_hand_over, KEYRING, ana, session)
    account, secret = store.write(app_tokens.finish_hand_over, KEYRING, code, "Chromium, Linux")
    assert account == ana
    assert store.read(sessions.session_of, KEYRING, secret).id != session
    assert use(store, token) is None
    assert [each.id for each in store.read(sessions.sessions, ana)] != [session]
    for bad in (code, "guess", ""):
        with pytest.raises(HandOverUsed):
            store.write(app_tokens.finish_hand_over, KEYRING, bad, "")
    late = store.write(app_tokens.begin_hand_over, KEYRING, ana, store.read(sessions.sessions, ana)[0].id)
    ahead.by = app_tokens.CODE_LIFETIME + 1
    with pytest.raises(HandOverUsed):
        store.write(app_tokens.finish_hand_over, KEYRING, late, "")


def test_signing_a_browser_out_ends_what_it_holds_wherever(store: Store, people: People) -> None:
    """Ana and Ben are signed in in one browser, which takes Ana to another origin: his cookie stays behind."""
    ana, ben = people.members("ana", "ben")
    hers, his, other, elsewhere = (signed_in(store, each) for each in (ana, ben, ben, ana))
    store.write(sessions.put_together, [(ana, hers), (ben, his)])
    code = store.write(app_tokens.begin_hand_over, KEYRING, ana, hers)
    _, secret = store.write(app_tokens.finish_hand_over, KEYRING, code, "there")
    there = store.read(sessions.session_of, KEYRING, secret).id
    store.write(sessions.end_browser, ben, there)
    assert len(store.read(sessions.sessions, ana)) == 2, "it is not his to end"
    store.write(sessions.end_browser, ana, there)
    assert [each.id for each in store.read(sessions.sessions, ana)] == [elsewhere]
    assert [each.id for each in store.read(sessions.sessions, ben)] == [other]
    store.write(sessions.end_browser, ana, elsewhere)
    assert store.read(sessions.sessions, ana) == []


def test_a_session_is_open_until_it_or_its_member_or_its_token_ends(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    first, second = signed_in(store, ana), signed_in(store, ana)
    store.write(app_tokens.give, KEYRING, ana, first)

    def are_open() -> list[bool]:
        found = [
            store.read(sessions.is_open, ana, session, by_token=by_token)
            for session in (first, second)
            for by_token in (False, True)
        ]
        assert store.statements == 1
        return found

    assert are_open() == [True, True, True, False]
    assert not store.read(sessions.is_open, ben, first, by_token=False)
    store.write(app_tokens.revoke, ana, first)
    assert are_open() == [True, False, True, False]
    store.write(sessions.end_session, ana, first)
    assert are_open() == [False, False, True, False]
    store.write(actions.suspend, ana)
    assert are_open() == [False] * 4
