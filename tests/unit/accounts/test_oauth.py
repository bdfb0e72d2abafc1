"""Apps and their tokens: what RFC 6749, 7636 and 7009 demand."""

from __future__ import annotations

import base64
import hashlib

import pytest

from fixtures_store import Store
from palabre import clock
from palabre.accounts import errors, oauth
from palabre.accounts.oauth import NewApp
from palabre.clock import MINUTE
from people import KEYRING, People

BACK = "https://app.example/back"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def register(store: Store, *uris: str, scopes: str = "read write") -> int:
    app, _ = store.write(
        oauth.register_app, KEYRING, NewApp(name="Kite", redirect_uris=uris or (BACK,), scopes=scopes)
    )
    return app.id


def authorize(store: Store, viewer: int, app: int, uri: str = BACK, scopes: str = "read", **more: object) -> str:
    return store.write(oauth.authorize, KEYRING, viewer, app, uri, scopes, **more)


def exchange(store: Store, app: int, code: str, uri: str = BACK, verifier: str | None = None) -> object:
    return store.write(oauth.exchange, KEYRING, app, code, uri, verifier)


def test_a_code_becomes_a_token_of_the_member(store: Store, people: People) -> None:
    ana, app = people.member("ana"), register(store, BACK, oauth.OUT_OF_BAND, "kite://done")
    for uri in (BACK, oauth.OUT_OF_BAND, "kite://done"):
        token = exchange(store, app, authorize(store, ana, app, uri, "read write"), uri)
        found = store.read(oauth.token_of, KEYRING, token)
        assert (found.account, found.app, found.scopes) == (ana, app, "read write")
    listed = store.read(oauth.tokens_of, ana)
    assert [each.app.name for each in listed] == ["Kite"] * 3


def test_a_code_that_comes_twice_takes_the_token_with_it(store: Store, people: People) -> None:
    ana, app = people.member("ana"), register(store)
    code = authorize(store, ana, app)
    token = exchange(store, app, code)
    assert isinstance(exchange(store, app, code), errors.InvalidGrant)
    assert store.read(oauth.token_of, KEYRING, token) is None
    assert people.kinds("account.")[-1] == "account.access_ended"
    assert isinstance(exchange(store, app, code), errors.InvalidGrant)


def test_a_code_is_good_for_its_app_its_address_and_ten_minutes(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, app, other = people.member("ana"), register(store, BACK, "kite://done"), register(store)
    code = authorize(store, ana, app)
    for wrong in ((other, code, BACK), (app, code, "kite://done"), (app, "guess", BACK)):
        with pytest.raises(errors.InvalidGrant):
            exchange(store, *wrong)
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + 11 * MINUTE)
    with pytest.raises(errors.InvalidGrant):
        exchange(store, app, code)
    monkeypatch.setattr(clock, "now", lambda: start)
    assert isinstance(exchange(store, app, code), str)


def test_a_challenge_must_be_answered(store: Store, people: People) -> None:
    ana, app = people.member("ana"), register(store)
    code = authorize(store, ana, app, challenge=CHALLENGE, method="S256")
    for wrong in (None, "", "w" * 43, CHALLENGE, "v" * 42):
        with pytest.raises(errors.InvalidGrant):
            exchange(store, app, code, verifier=wrong)
    assert isinstance(exchange(store, app, code, verifier=VERIFIER), str)
    with pytest.raises(errors.InvalidGrant):
        exchange(store, app, authorize(store, ana, app), verifier=VERIFIER)


@pytest.mark.parametrize(
    ("challenge", "method"), [(VERIFIER, "plain"), (VERIFIER, None), ("short", "S256"), (None, "S256")]
)
def test_only_s256_is_a_challenge(store: Store, people: People, challenge: str, method: str) -> None:
    ana, app = people.member("ana"), register(store)
    with pytest.raises(errors.InvalidChallenge):
        authorize(store, ana, app, challenge=challenge, method=method)


@pytest.mark.parametrize(
    "uri", [BACK + "/", BACK + "?x=1", BACK.upper(), "https://app.example/bac", "kite://done", ""]
)
def test_an_address_is_exactly_one_that_was_registered(store: Store, people: People, uri: str) -> None:
    ana, app = people.member("ana"), register(store)
    with pytest.raises(errors.InvalidRedirect):
        authorize(store, ana, app, uri)


@pytest.mark.parametrize(
    "uri",
    ["javascript:alert(1)", "JavaScript://x", "data:text/html,x", "/back", "app.example", "https://", "https:///x",
     "https://a.example/#x", "https://a.example/ x", "https://a.example/\r\nx", ""],
)  # fmt: skip
def test_addresses_that_run_or_lead_nowhere_cannot_be_registered(store: Store, uri: str) -> None:
    with pytest.raises(errors.InvalidRedirect):
        register(store, uri)


def test_scopes_stay_within_those_of_the_app(store: Store, people: People) -> None:
    ana, app = people.member("ana"), register(store, scopes="read write:statuses")
    with pytest.raises(errors.InvalidScope):
        authorize(store, ana, app, scopes="read write")
    code = authorize(store, ana, app, scopes="read:accounts")
    assert store.read(oauth.token_of, KEYRING, exchange(store, app, code)).scopes == "read:accounts"
    with pytest.raises(errors.InvalidScope):
        store.write(oauth.app_token, KEYRING, app, "write")
    with pytest.raises(errors.InvalidScope):
        register(store, scopes="everything")


def test_an_app_proves_itself_with_its_secret(store: Store) -> None:
    app, secret = store.write(oauth.register_app, KEYRING, NewApp(name="Kite", redirect_uris=(BACK,)))
    assert store.read(oauth.check_app_secret, KEYRING, app.id, secret) == app
    for number, wrong in ((app.id, secret[:-1]), (app.id, ""), (app.id + 1, secret)):
        with pytest.raises(errors.InvalidClient):
            store.read(oauth.check_app_secret, KEYRING, number, wrong)


def test_an_app_may_act_for_itself(store: Store) -> None:
    app = register(store)
    token = store.write(oauth.app_token, KEYRING, app, "read")
    found = store.read(oauth.token_of, KEYRING, token)
    assert (found.app, found.account) == (app, None)


def test_a_token_is_revoked_by_its_app_only(store: Store, people: People) -> None:
    ana, app, other = people.member("ana"), register(store), register(store)
    token = store.write(oauth.member_token, KEYRING, app, ana, "read")
    with pytest.raises(errors.UnauthorizedClient):
        store.write(oauth.revoke, KEYRING, other, token)
    store.write(oauth.revoke, KEYRING, app, token)
    store.write(oauth.revoke, KEYRING, app, token)
    assert store.read(oauth.token_of, KEYRING, token) is None


def test_a_member_takes_back_what_he_gave(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    app = register(store)
    tokens = [store.write(oauth.member_token, KEYRING, app, who, "read") for who in (ana, ana, ben)]
    [first, second] = store.read(oauth.tokens_of, ana)
    with pytest.raises(errors.TokenNotFound):
        store.write(oauth.revoke_token, ben, first.token)
    assert len(store.read(oauth.tokens_of, ana)) == 2
    store.write(oauth.revoke_token, ana, first.token)
    assert [each.token for each in store.read(oauth.tokens_of, ana)] == [second.token]
    store.write(oauth.revoke_app, ana, app)
    assert store.read(oauth.tokens_of, ana) == []
    assert store.read(oauth.token_of, KEYRING, tokens[2]) is not None


def test_names_and_websites_of_apps_have_bounds(store: Store) -> None:
    for wrong, error in (
        ({"name": " "}, errors.AppNameInvalid),
        ({"name": "x" * 61}, errors.AppNameInvalid),
        ({"name": "Kite", "website": "javascript:x"}, errors.AppWebsiteInvalid),
    ):
        with pytest.raises(error):
            store.write(oauth.register_app, KEYRING, NewApp(redirect_uris=(BACK,), **wrong))
