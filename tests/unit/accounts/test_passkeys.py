"""Passkeys: made and used at one place, for one challenge, once; whatever else is signed opens nothing."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from authenticator import Authenticator, plain
from fixtures_store import Store
from palabre import clock
from palabre.accounts import (
    actions,
    development,
    errors,
    oauth,
    passkeys,
    second_factor,
    sessions,
    signing_in,
    totp,
    webauthn,
)
from palabre.accounts.errors import PasskeyRefused
from palabre.accounts.model import Passkey
from palabre.clock import DAY, MINUTE, Instant
from palabre.ids import AccountId
from palabre.store import Statement
from people import KEYRING, People

ORIGIN = "https://social.example"
PLACE = webauthn.Place(ORIGIN, "social.example")
OTHER = webauthn.Place("https://other.example", "other.example")


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    real, by = clock.now, [0]
    monkeypatch.setattr(clock, "now", lambda: Instant(real() + by[0]))
    return by


def begin(store: Store, member: AccountId, place: webauthn.Place = PLACE) -> passkeys.Asked:
    return store.write(passkeys.begin, KEYRING, member, place, username="ana", title="Social")


def finish(store: Store, member: AccountId, secret: str, raw: str, **more: Any) -> Passkey | PasskeyRefused:
    place = more.get("place", PLACE)
    return store.write(passkeys.finish, KEYRING, member, place, secret, raw, more.get("name", "Phone"))


def made(store: Store, member: AccountId, name: bytes = b"1") -> Authenticator:
    device = Authenticator(name)
    asked = begin(store, member)
    found = finish(store, member, asked.secret, device.make(asked.options, ORIGIN))
    assert isinstance(found, Passkey)
    return device


def enter(store: Store, secret: str, raw: str, place: webauthn.Place = PLACE) -> AccountId | None:
    session = store.write(passkeys.finish_sign_in, KEYRING, place, secret, raw, "a browser")
    if isinstance(session, PasskeyRefused):
        return None
    return AccountId(store.read(sessions.session_of, KEYRING, session).account)


def asked(store: Store, place: webauthn.Place = PLACE) -> passkeys.Asked:
    return store.write(passkeys.begin_sign_in, KEYRING, place)


def test_what_is_asked_for_is_a_passkey_that_says_nothing_of_its_owner(store: Store, people: People) -> None:
    ana = people.member("ana")
    options = begin(store, ana).options
    assert options["rp"] == {"id": "social.example", "name": "Social"}
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["attestation"] == "none"
    assert len(options["challenge"]) == 43
    assert str(ana) not in json.dumps(options)
    assert begin(store, ana).options["user"] == options["user"]
    assert begin(store, ana).options["challenge"] != options["challenge"]
    made(store, ana)
    assert len(begin(store, ana).options["excludeCredentials"]) == 1


def test_a_passkey_signs_in_alone_whatever_the_second_step(store: Store, people: People) -> None:
    ana = people.member("ana")
    device = made(store, ana)
    for _ in range(2):
        wanted = asked(store)
        assert wanted.options["allowCredentials"] == []
        assert enter(store, wanted.secret, device.sign(wanted.options, ORIGIN)) == ana
    [kept] = store.read(passkeys.passkeys, ana)
    assert (kept.sign_count, kept.host, kept.name) == (2, "social.example", "Phone")
    assert kept.used is not None


@pytest.mark.parametrize(
    "how",
    ["origin", "host", "unverified", "challenge", "kind", "other user", "no user", "other key", "bytes", "nothing"],
)
def test_what_is_not_exactly_right_signs_nobody_in(store: Store, people: People, how: str) -> None:
    ana = people.member("ana")
    device = made(store, ana)
    wanted = asked(store)
    options = dict(wanted.options)
    good: dict[str, Any] = {
        "origin": {"origin": "https://social.example.evil.example"},
        "host": {"host": "evil.example"},
        "unverified": {"verified": False},
        "kind": {"kind": "webauthn.create"},
        "other user": {"user": b"x" * 32},
        "no user": {"user": b""},
    }.get(how, {})
    if how == "challenge":
        options["challenge"] = asked(store).options["challenge"]
    if how == "other key":
        device.key = Authenticator().key
    raw = device.sign(options, **{"origin": ORIGIN, **good})
    if how == "bytes":
        told = json.loads(raw)
        told["response"]["signature"] = plain(b"\x30\x00" + bytes(60))
        raw = json.dumps(told)
    if how == "nothing":
        raw = "{}"
    assert enter(store, wanted.secret, raw) is None
    assert store.read(sessions.sessions, ana) == []
    device.count = 10
    assert enter(store, wanted.secret, device.sign(wanted.options, ORIGIN)) is None, "the challenge is used up"


@pytest.mark.parametrize(
    "raw",
    [
        "", "null", "[]", "1", '"x"', "{", '{"id":1}', '{"id":"x","response":[]}', '{"id":"é","response":{}}',
        '{"id":"AAAA","response":{"userHandle":5}}', "[" * 10_000, '{"id":"' + "A" * 70_000 + '"}', "\x00", "\ud800",
    ],
)  # fmt: skip
def test_whatever_comes_instead_of_an_answer_is_refused(store: Store, people: People, raw: str) -> None:
    ana = people.member("ana")
    made(store, ana)
    assert enter(store, asked(store).secret, raw) is None
    wanted = begin(store, ana)
    assert isinstance(finish(store, ana, wanted.secret, raw), PasskeyRefused)


def test_a_challenge_is_good_once_and_for_five_minutes(store: Store, people: People, ahead: list[int]) -> None:
    ana = people.member("ana")
    device = made(store, ana)
    wanted = asked(store)
    raw = device.sign(wanted.options, ORIGIN)
    assert enter(store, wanted.secret, raw) == ana
    assert enter(store, wanted.secret, raw) is None, "replayed"
    assert enter(store, asked(store).secret, raw) is None, "with a challenge of his own"
    assert enter(store, "guess", raw) is None
    late = asked(store)
    ahead[0] = 5 * MINUTE + 1000
    assert enter(store, late.secret, device.sign(late.options, ORIGIN)) is None
    store.write(signing_in.forget_expired)
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM ceremony"))) == 0


def test_one_that_counts_backwards_was_copied(store: Store, people: People) -> None:
    ana = people.member("ana")
    device = made(store, ana)
    for count, good in ((6, True), (5, False), (6, False), (7, True)):
        wanted = asked(store)
        device.count = count - 1
        assert (enter(store, wanted.secret, device.sign(wanted.options, ORIGIN)) == ana) is good
    device.count = -1
    wanted = asked(store)
    assert enter(store, wanted.secret, device.sign(wanted.options, ORIGIN)) is None, "it stops counting"


def test_one_of_another_name_of_the_network_does_not_work_here(store: Store, people: People) -> None:
    ana = people.member("ana")
    device = made(store, ana)
    wanted = asked(store, OTHER)
    raw = device.sign(wanted.options, OTHER.origin)
    assert enter(store, wanted.secret, raw, OTHER) is None
    wanted = asked(store, OTHER)
    assert enter(store, wanted.secret, device.sign(wanted.options, ORIGIN, host=PLACE.host), OTHER) is None


@pytest.mark.parametrize("how", ["origin", "host", "unverified", "challenge", "member", "sign in"])
def test_only_what_was_asked_for_becomes_a_passkey(store: Store, people: People, how: str) -> None:
    ana, ben = people.members("ana", "ben")
    device = Authenticator()
    wanted = begin(store, ana)
    options = dict(wanted.options)
    if how == "challenge":
        options["challenge"] = begin(store, ana).options["challenge"]
    raw = device.make(
        options,
        "https://evil.example" if how == "origin" else ORIGIN,
        host="evil.example" if how == "host" else "",
        verified=how != "unverified",
    )
    secret = asked(store).secret if how == "sign in" else wanted.secret
    found = finish(store, ben if how == "member" else ana, secret, raw)
    assert isinstance(found, PasskeyRefused)
    assert store.read(passkeys.passkeys, ana) == store.read(passkeys.passkeys, ben) == []


def test_nobody_registers_the_passkey_of_another_or_one_twice(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    device = made(store, ana)
    for member in (ana, ben):
        wanted = begin(store, member)
        assert isinstance(finish(store, member, wanted.secret, device.make(wanted.options, ORIGIN)), PasskeyRefused)
    assert len(store.read(passkeys.passkeys, ana)) == 1


def test_they_are_named_removed_and_bounded(store: Store, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    ana, ben = people.members("ana", "ben")
    device = made(store, ana)
    [one] = store.read(passkeys.passkeys, ana)
    store.write(passkeys.rename, ana, one.id, " My  phone ")
    assert store.read(passkeys.own, ana, one.id).name == "My phone"
    for name in ("", " ", "x" * 51):
        with pytest.raises(errors.PasskeyNameInvalid):
            store.write(passkeys.rename, ana, one.id, name)
    for deed in (lambda tx: passkeys.rename(tx, ben, one.id, "x"), lambda tx: passkeys.remove(tx, ben, one.id)):
        with pytest.raises(errors.PasskeyNotFound):
            store.write(deed)
    with pytest.raises(errors.PasskeyNotFound):
        store.read(passkeys.own, ben, one.id)
    monkeypatch.setattr(passkeys, "MOST", 1)
    with pytest.raises(errors.TooManyPasskeys):
        begin(store, ana)
    store.write(passkeys.remove, ana, one.id)
    wanted = asked(store)
    assert enter(store, wanted.secret, device.sign(wanted.options, ORIGIN)) is None
    assert people.kinds("account.passkey") == ["account.passkey_added", "account.passkey_removed"]


def test_a_passkey_takes_the_place_of_the_code(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    device, stranger = made(store, ana), made(store, ben, b"2")
    store.write(second_factor.begin, KEYRING, ana)
    secret = store.read(second_factor.secret_to_confirm, KEYRING, ana)
    store.write(
        second_factor.confirm, KEYRING, ana, totp.code_at(secret, clock.now() // totp.STEP), keep_session=None
    )

    def step() -> tuple[str, dict[str, Any]]:
        begun = store.write(signing_in.begin, KEYRING, ana, "a browser", known=None).step
        options = store.write(passkeys.begin_second_step, KEYRING, PLACE, begun)
        assert [each["id"] for each in options["allowCredentials"]] == [plain(device.id)]
        return begun, options

    def done(begun: str, raw: str, place: webauthn.Place = PLACE) -> Any:
        return store.write(passkeys.finish_second_step, KEYRING, place, begun, raw, "a browser")

    begun, options = step()
    assert done(begun, stranger.sign(options, ORIGIN)) is None, "somebody else's"
    begun, options = step()
    raw = device.sign(options, ORIGIN, verified=False)
    assert store.read(sessions.session_of, KEYRING, done(begun, raw)).account == ana, "possession is enough here"
    assert done(begun, raw) is None
    begun, options = step()
    assert done(begun, raw) is None, "a replayed answer"
    assert done(begun, device.sign(options, ORIGIN)) is None, "the challenge is used up"
    begun, options = step()
    assert done(begun, device.sign(options, "https://evil.example")) is None
    never = store.write(signing_in.begin, KEYRING, ana, "a browser", known=None).step
    assert done(never, device.sign(options, ORIGIN)) is None, "nothing was asked"
    assert store.write(passkeys.begin_second_step, KEYRING, OTHER, never) is None, "none for that name"
    assert store.write(passkeys.begin_second_step, KEYRING, PLACE, "guess") is None


def test_kept_out_is_kept_out(store: Store, people: People) -> None:
    ana = people.member("ana")
    device = made(store, ana)
    store.write(actions.suspend, ana)
    wanted = asked(store)
    assert enter(store, wanted.secret, device.sign(wanted.options, ORIGIN)) is None


@pytest.mark.parametrize("how", ["reset", "deleted", "operator"])
def test_they_go_when_everything_goes(store: Store, people: People, how: str) -> None:
    ana = people.member("ana")
    made(store, ana)
    if how == "reset":
        store.write(actions.reset_password, ana, "hash")
    elif how == "deleted":
        store.write(actions.delete, KEYRING, ana)
    else:
        store.write(second_factor.begin, KEYRING, ana)
        secret = store.read(second_factor.secret_to_confirm, KEYRING, ana)
        store.write(
            second_factor.confirm, KEYRING, ana, totp.code_at(secret, clock.now() // totp.STEP), keep_session=None
        )
        store.write(second_factor.turn_off, ana, by_operator=True)
    assert store.read(passkeys.passkeys, ana) == []


def test_a_new_password_removes_the_passkeys_that_its_owner_ticks_and_no_other(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    phone, thief, bens = made(store, ana, b"1"), made(store, ana, b"2"), made(store, ben, b"3")
    newest, oldest = store.read(passkeys.passkeys, ana)
    [of_ben] = store.read(passkeys.passkeys, ben)
    ticked = {newest.id, of_ben.id, 1}
    left = store.write(actions.change_password, ana, "hash", keep_session=None, remove_passkeys=ticked)
    assert left == 1
    assert store.read(passkeys.passkeys, ana) == [oldest]
    assert store.read(passkeys.passkeys, ben) == [of_ben]
    for device, signs_in in ((phone, ana), (thief, None), (bens, ben)):
        wanted = asked(store)
        assert enter(store, wanted.secret, device.sign(wanted.options, ORIGIN)) == signs_in


def test_who_locks_everybody_out_leaves_no_passkey_no_app_and_no_other_session(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    made(store, ana, b"1"), made(store, ana, b"2"), made(store, ben, b"3")
    for each in (ana, ben):
        store.write(development.create_token, KEYRING, each, "a script", ["read"], admin=False)
    here, there = (store.write(sessions.start_session, KEYRING, ana, name) for name in ("here", "there"))
    mine = store.read(sessions.session_of, KEYRING, here)
    assert store.write(actions.change_password, ana, "hash", keep_session=mine.id, lock_out=True) == 0
    assert store.read(passkeys.passkeys, ana) == []
    assert store.read(oauth.tokens_of, ana) == []
    assert store.read(sessions.session_of, KEYRING, there) is None
    assert store.read(sessions.session_of, KEYRING, here) is not None
    assert len(store.read(passkeys.passkeys, ben)) == len(store.read(oauth.tokens_of, ben)) == 1


def test_a_passkey_is_new_for_a_month_and_the_newest_stands_first(
    store: Store, people: People, ahead: list[int]
) -> None:
    ana = people.member("ana")
    made(store, ana, b"1")
    ahead[0] = 31 * DAY
    made(store, ana, b"2")
    found = store.read(passkeys.passkeys, ana)
    assert found[0].created > found[1].created
    assert store.read(lambda db: [passkeys.is_new(db, each) for each in found]) == [True, False]


def test_no_renewal_of_keys_takes_one_away(store: Store, people: People) -> None:
    ana = people.member("ana")
    device = made(store, ana)
    renewed = msgspec.structs.replace(KEYRING, lookups="06" * 32, columns="07" * 32)
    wanted = store.write(passkeys.begin_sign_in, renewed, PLACE)
    raw = device.sign(wanted.options, ORIGIN)
    assert isinstance(store.write(passkeys.finish_sign_in, renewed, PLACE, wanted.secret, raw, "a browser"), str)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://social.example", "social.example"), ("http://localhost:8000", "localhost"),
        ("http://127.0.0.1:8000", None), ("http://[::1]:8000", None), ("https://a.onion", "a.onion"),
    ],
)  # fmt: skip
def test_a_passkey_is_bound_to_a_name(origin: str, host: str | None) -> None:
    place = webauthn.place_of(origin)
    assert (place.host if place else None) == host
