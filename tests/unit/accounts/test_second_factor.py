"""The second step of signing in: codes are good once, in their time, and nothing else opens."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre import clock
from palabre.accounts import actions, errors, second_factor, sessions, signing_in, totp
from palabre.clock import MINUTE, Instant
from palabre.ids import AccountId
from palabre.store import Statement
from people import KEYRING, People

NOON = 1_800_000_000_000


class Watch:
    """A clock that stands still until it is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        monkeypatch.setattr(clock, "now", lambda: Instant(self.now))


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


class Phone:
    """The app of a member."""

    def __init__(self, store: Store, member: AccountId, watch: Watch) -> None:
        self._watch = watch
        store.write(second_factor.begin, KEYRING, member)
        secret = store.read(second_factor.secret_to_confirm, KEYRING, member)
        assert secret is not None
        self.secret = secret
        self.paper = store.write(second_factor.confirm, KEYRING, member, self.code(), keep_session=None)

    def code(self, by: int = 0) -> str:
        return totp.code_at(self.secret, self._watch.now // totp.STEP + by)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924"),
        (2000000000, "69279037"), (20000000000, "65353130"),
    ],
)  # fmt: skip
def test_the_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert totp.code_at(b"12345678901234567890", seconds // 30, digits=8) == code
    assert totp.code_at(b"12345678901234567890", seconds // 30) == code[2:]


def test_apps_are_told_who_and_what_with() -> None:
    told = totp.address(b"12345678901234567890", username="ana", issuer="social.example")
    assert told == (
        "otpauth://totp/social.example:ana?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=social.example"
        "&algorithm=SHA1&digits=6&period=30"
    )
    assert totp.written(b"12345678901234567890") == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def test_nobody_is_asked_before_the_first_right_code(store: Store, people: People, watch: Watch) -> None:
    ana = people.member("ana")
    store.write(second_factor.begin, KEYRING, ana)
    assert not store.read(second_factor.is_on, ana)
    assert store.write(signing_in.begin, KEYRING, ana, "a browser", known=None).session
    with pytest.raises(errors.CodeWrong):
        store.write(second_factor.confirm, KEYRING, ana, "000000", keep_session=None)
    assert not store.read(second_factor.is_on, ana)
    watch.now += 10 * MINUTE - 1
    assert store.read(second_factor.secret_to_confirm, KEYRING, ana) is not None
    watch.now += 1
    assert store.read(second_factor.secret_to_confirm, KEYRING, ana) is None
    with pytest.raises(errors.SecondStepOff):
        store.write(second_factor.confirm, KEYRING, ana, "000000", keep_session=None)


def test_turning_it_on_ends_the_sessions_of_other_browsers_of_the_member(
    store: Store, people: People, watch: Watch
) -> None:
    ana, ben = people.members("ana", "ben")
    here, there, other = (
        store.read(sessions.session_of, KEYRING, store.write(sessions.start_session, KEYRING, who, "a browser"))
        for who in (ana, ana, ben)
    )
    store.write(second_factor.begin, KEYRING, ana)
    secret = store.read(second_factor.secret_to_confirm, KEYRING, ana)
    with pytest.raises(errors.CodeWrong):
        store.write(second_factor.confirm, KEYRING, ana, "x", keep_session=here.id)
    assert {each.id for each in store.read(sessions.sessions, ana)} == {here.id, there.id}
    code = totp.code_at(secret, watch.now // totp.STEP)
    store.write(second_factor.confirm, KEYRING, ana, code, keep_session=here.id)
    assert [each.id for each in store.read(sessions.sessions, ana)] == [here.id]
    assert [each.id for each in store.read(sessions.sessions, ben)] == [other.id]
    assert people.kinds("account.")[-2:] == ["account.access_ended", "account.second_step_turned_on"]


def test_the_secret_is_never_shown_again(store: Store, people: People, watch: Watch) -> None:
    ana = people.member("ana")
    Phone(store, ana, watch)
    assert store.read(second_factor.secret_to_confirm, KEYRING, ana) is None
    with pytest.raises(errors.SecondStepOn):
        store.write(second_factor.begin, KEYRING, ana)


def test_a_code_is_good_once_and_none_before_it_any_more(store: Store, people: People, watch: Watch) -> None:
    ana = people.member("ana")
    phone = Phone(store, ana, watch)
    assert not store.write(second_factor.check, KEYRING, ana, phone.code()), "it confirmed the app"
    assert store.write(second_factor.check, KEYRING, ana, phone.code(+1)), "the phone is a little ahead"
    assert not store.write(second_factor.check, KEYRING, ana, phone.code(+1))
    assert not store.write(second_factor.check, KEYRING, ana, phone.code()), "later ones were taken"
    watch.now += 2 * totp.STEP
    assert not store.write(second_factor.check, KEYRING, ana, phone.code(-2)), "two steps late"
    assert not store.write(second_factor.check, KEYRING, ana, phone.code(+2))
    spaced = f" {phone.code()[:3]} {phone.code()[3:]} "
    assert store.write(second_factor.check, KEYRING, ana, spaced)


@pytest.mark.parametrize("given", ["", "12345", "1234567", "١٢٣٤٥٦", "a" * 1000, "\x00", "0" * 64])
def test_what_is_no_code_opens_nothing(store: Store, people: People, watch: Watch, given: str) -> None:
    ana = people.member("ana")
    Phone(store, ana, watch)
    assert not store.write(second_factor.check, KEYRING, ana, given)


@pytest.mark.parametrize(
    ("given", "timed"),
    [("123456", True), (" 123-456 ", True), ("12345", False), ("1234567", False), ("abcd-efgh-ijkl-mnop", False),
     ("١٢٣٤٥٦", False), ("", False)],
)  # fmt: skip
def test_only_what_may_be_a_code_of_the_app_counts_as_a_try(given: str, *, timed: bool) -> None:
    assert second_factor.is_timed(given) is timed


def test_a_recovery_code_is_good_once_for_its_owner(store: Store, people: People, watch: Watch) -> None:
    ana, ben = people.members("ana", "ben")
    phone, other = Phone(store, ana, watch), Phone(store, ben, watch)
    assert len(set(phone.paper)) == second_factor.RECOVERY_CODES
    assert not store.write(second_factor.check, KEYRING, ana, other.paper[0])
    assert store.write(second_factor.check, KEYRING, ana, phone.paper[0].upper().replace("-", " "))
    assert not store.write(second_factor.check, KEYRING, ana, phone.paper[0])
    assert store.read(second_factor.second_step, ana).codes_left == 9
    fresh = store.write(second_factor.renew_codes, KEYRING, ana)
    assert not store.write(second_factor.check, KEYRING, ana, phone.paper[1])
    assert store.write(second_factor.check, KEYRING, ana, fresh[0])
    assert store.read(second_factor.second_step, ben).codes_left == 10


def test_a_right_password_alone_is_no_session(store: Store, people: People, watch: Watch) -> None:
    ana = people.member("ana")
    phone = Phone(store, ana, watch)
    begun = store.write(signing_in.begin, KEYRING, ana, "a browser", known=None)
    assert begun.session == ""
    assert store.read(sessions.session_of, KEYRING, begun.step) is None
    assert store.read(signing_in.half_done, KEYRING, begun.step) == ana
    assert store.write(signing_in.finish, KEYRING, begun.step, "000000", "a browser") is None
    session = store.write(signing_in.finish, KEYRING, begun.step, phone.code(+1), "a browser")
    assert store.read(sessions.session_of, KEYRING, session).account == ana
    assert store.write(signing_in.finish, KEYRING, begun.step, phone.paper[0], "a browser") is None, "good once"
    assert store.read(second_factor.second_step, ana).codes_left == 10


def test_after_five_wrong_codes_or_ten_minutes_the_password_is_asked_again(
    store: Store, people: People, watch: Watch
) -> None:
    ana = people.member("ana")
    phone = Phone(store, ana, watch)
    begun = store.write(signing_in.begin, KEYRING, ana, "a browser", known=None)
    for _ in range(5):
        assert store.write(signing_in.finish, KEYRING, begun.step, "000000", "a browser") is None
    assert store.write(signing_in.finish, KEYRING, begun.step, phone.paper[0], "a browser") is None
    late = store.write(signing_in.begin, KEYRING, ana, "a browser", known=None)
    watch.now += signing_in.HALF_DONE_LIFETIME
    assert store.write(signing_in.finish, KEYRING, late.step, phone.paper[0], "a browser") is None
    store.write(signing_in.forget_expired)
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM ceremony"))) == 0


@pytest.mark.parametrize("step", [False, True])
@pytest.mark.parametrize("how", ["password", "reset", "suspended", "disabled", "deleted"])
def test_a_password_that_was_right_a_moment_ago_opens_nothing(
    store: Store, people: People, watch: Watch, how: str, *, step: bool
) -> None:
    ana = people.member("ana", password_hash="old")
    if step:
        Phone(store, ana, watch)
    if how == "password":
        store.write(actions.change_password, ana, "new", keep_session=None)
    elif how == "reset":
        store.write(actions.reset_password, ana, "new")
    elif how == "suspended":
        store.write(actions.suspend, ana)
    elif how == "disabled":
        store.write(lambda tx: tx.run(Statement("UPDATE login SET disabled = true")))
    else:
        store.write(actions.delete, KEYRING, ana)
    assert store.write(signing_in.begin, KEYRING, ana, "a browser", known="old") is None
    assert store.read(sessions.sessions, ana) == []
    assert store.read(lambda db: db.value(Statement("SELECT count(*) FROM ceremony"))) == 0


def test_a_new_hash_of_the_old_password_undoes_no_change(store: Store, people: People) -> None:
    ana = people.member("ana", password_hash="old")
    assert store.write(actions.store_rehash, ana, before="old", password_hash="old, better")
    assert store.write(signing_in.begin, KEYRING, ana, "a browser", known="old, better").session
    store.write(actions.change_password, ana, "new", keep_session=None)
    assert not store.write(actions.store_rehash, ana, before="old, better", password_hash="old, best")
    assert store.write(signing_in.begin, KEYRING, ana, "a browser", known="new").session


@pytest.mark.parametrize("how", ["password", "reset", "suspended", "off"])
def test_what_is_half_done_ends_with_what_it_stood_on(store: Store, people: People, watch: Watch, how: str) -> None:
    ana = people.member("ana")
    phone = Phone(store, ana, watch)
    begun = store.write(signing_in.begin, KEYRING, ana, "a browser", known=None)
    if how == "password":
        store.write(actions.change_password, ana, "hash", keep_session=None)
    elif how == "reset":
        store.write(actions.reset_password, ana, "hash")
    elif how == "suspended":
        store.write(actions.suspend, ana)
    else:
        store.write(second_factor.turn_off, ana)
    assert store.read(signing_in.half_done, KEYRING, begun.step) is None
    assert store.write(signing_in.finish, KEYRING, begun.step, phone.paper[0], "a browser") is None


def test_it_is_found_when_the_key_of_look_ups_was_renewed(store: Store, people: People, watch: Watch) -> None:
    import msgspec

    ana = people.member("ana")
    phone = Phone(store, ana, watch)
    begun = store.write(signing_in.begin, KEYRING, ana, "a browser", known=None)
    renewed = msgspec.structs.replace(KEYRING, lookups="06" * 32, old={"lookups": [KEYRING.lookups]})
    assert store.read(signing_in.half_done, renewed, begun.step) == ana
    alone = msgspec.structs.replace(renewed, old={})
    assert store.write(second_factor.check, alone, ana, phone.paper[0]), "codes on paper outlive every key"
    assert store.write(signing_in.finish, renewed, begun.step, phone.paper[1], "a browser")


def test_turning_it_off_leaves_nothing_and_says_who_did_it(store: Store, people: People, watch: Watch) -> None:
    ana = people.member("ana")
    Phone(store, ana, watch)
    store.write(second_factor.turn_off, ana, by_operator=True)
    with pytest.raises(errors.SecondStepOff):
        store.write(second_factor.turn_off, ana)
    kind, payload = people.facts()[-1]
    assert kind == "account.second_step_turned_off"
    assert '"by_operator":true' in payload
    for table in ("second_factor", "recovery_code", "ceremony"):
        assert store.read(lambda db, table=table: db.value(Statement(f"SELECT count(*) FROM {table}"))) == 0


def test_it_goes_with_the_account(store: Store, people: People, watch: Watch) -> None:
    ana, ben = people.members("ana", "ben")
    Phone(store, ana, watch)
    Phone(store, ben, watch)
    store.write(signing_in.begin, KEYRING, ana, "a browser", known=None)
    store.write(actions.delete, KEYRING, ana)
    for table, left in (("second_factor", 1), ("recovery_code", 10), ("ceremony", 0)):
        assert store.read(lambda db, table=table: db.value(Statement(f"SELECT count(*) FROM {table}"))) == left
