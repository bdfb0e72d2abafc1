"""The cache of tokens and sessions: right at once after a change, and bounded."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre import clock
from palabre.accounts import actions, oauth, sessions
from palabre.accounts.access import AccessCache
from palabre.accounts.model import Preferences, Role, Standing
from palabre.clock import DAY, HOUR
from people import KEYRING, People


@pytest.fixture
def cache(store: Store) -> AccessCache:
    cache = AccessCache(KEYRING, most=3)
    store.database.listeners.append(lambda recorded, _wakes: [cache.apply(event) for _, event in recorded])
    return cache


def test_a_token_is_read_once_and_says_all_a_request_needs(store: Store, people: People, cache: AccessCache) -> None:
    ana = people.member("ana", role=Role.ADMIN)
    store.write(actions.update_preferences, ana, Preferences(language="fr"))
    token = store.write(oauth.member_token, KEYRING, None, ana, "read write:statuses")
    assert cache.token(token) is None
    loaded = store.read(cache.load_token, token)
    assert store.statements == 1
    assert cache.token(token) is loaded
    assert (loaded.account, loaded.role, loaded.locale) == (ana, Role.ADMIN, "fr")
    assert loaded.scopes == {"read", "write:statuses"}
    assert cache.session(token) is None, "a token is no cookie"
    assert store.read(cache.load_session, token) is None
    assert store.read(cache.load_token, "guess") is None
    assert len(cache) == 1


def test_what_is_revoked_is_not_believed(store: Store, people: People, cache: AccessCache) -> None:
    ana, ben = people.members("ana", "ben")
    app, _ = store.write(oauth.register_app, KEYRING, oauth.NewApp(name="Kite", redirect_uris=("kite://x",)))
    token = store.write(oauth.member_token, KEYRING, app.id, ana, "read")
    bens = store.write(oauth.member_token, KEYRING, app.id, ben, "read")
    alone = store.write(oauth.app_token, KEYRING, app.id, "read")
    for secret in (token, bens, alone):
        store.read(cache.load_token, secret)
    store.write(oauth.revoke, KEYRING, app.id, token)
    assert cache.token(token) is None
    assert store.read(cache.load_token, token) is None
    assert cache.token(bens)
    assert cache.token(alone)
    store.write(oauth.revoke, KEYRING, app.id, alone)
    assert cache.token(alone) is None
    store.write(actions.suspend, ben)
    assert cache.token(bens) is None


def test_a_change_of_the_account_is_seen(store: Store, people: People, cache: AccessCache) -> None:
    ana = people.member("ana")
    secret = store.write(sessions.start_session, KEYRING, ana, "here")
    assert store.read(cache.load_session, secret).standing is Standing.ACTIVE
    store.write(actions.set_role, ana, Role.ADMIN)
    assert cache.session(secret) is None
    assert store.read(cache.load_session, secret).role is Role.ADMIN


def test_what_was_read_before_a_change_is_not_kept_after_it(store: Store, people: People, cache: AccessCache) -> None:
    ana = people.member("ana")
    token = store.write(oauth.member_token, KEYRING, None, ana, "read")

    def slow(db: object) -> object:
        real = db.one

        def change_meanwhile(*given: object, **params: object) -> object:
            row = real(*given, **params)
            cache.drop(ana)
            return row

        db.one = change_meanwhile
        return cache.load_token(db, token)

    assert store.read(slow) is not None
    assert cache.token(token) is None


def test_the_least_recently_used_goes(store: Store, people: People, cache: AccessCache) -> None:
    ana = people.member("ana")
    tokens = [store.write(oauth.member_token, KEYRING, None, ana, "read") for _ in range(4)]
    for token in tokens[:3]:
        store.read(cache.load_token, token)
    cache.token(tokens[0])
    store.read(cache.load_token, tokens[3])
    assert [cache.token(token) is not None for token in tokens] == [True, False, True, True]
    cache.drop(ana)
    assert len(cache) == 0


def test_a_session_is_noted_once_an_hour_and_ends_by_itself(
    store: Store, people: People, cache: AccessCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = people.member("ana")
    secret = store.write(sessions.start_session, KEYRING, ana, "here")
    found = store.read(cache.load_session, secret)
    start = clock.now()
    assert not cache.wants_touch(found)
    monkeypatch.setattr(clock, "now", lambda: start + HOUR + 1)
    assert [cache.wants_touch(found), cache.wants_touch(found)] == [True, False]
    assert cache.session(secret) is found
    monkeypatch.setattr(clock, "now", lambda: start + 91 * DAY)
    assert cache.session(secret) is None
