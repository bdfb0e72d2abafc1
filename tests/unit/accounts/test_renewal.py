"""New keys: everything opens at every moment in between, and what is left of a half-done renewal is done again."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from cryptography.exceptions import InvalidTag

from palabre import keyring as keyrings
from palabre.accounts import actions, errors, renewal, second_factor, sessions
from palabre.accounts.access import AccessCache
from palabre.accounts.oauth import member_token
from palabre.accounts.queries import email_of, login_for
from palabre.keyring import Keyring
from palabre.push import actions as push
from palabre.push.model import Policy, Receiver
from palabre.push.queries import receiver_of, subscription_of
from palabre.store import Statement
from people import KEYRING, People


@pytest.fixture
def renewed(tmp_path: Path) -> Keyring:
    """Both keys are new."""
    (tmp_path / "keyring").write_bytes(msgspec.json.encode(KEYRING))
    keyrings.renew(tmp_path, "columns")
    keyrings.renew(tmp_path, "lookups")
    keyrings.adopt(tmp_path)
    return keyrings.load(tmp_path)


def only_new(keyring: Keyring) -> Keyring:
    return msgspec.structs.replace(keyring, old={})


def test_every_slice_leaves_everything_readable(
    people: People, renewed: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "_SLICE", 2)
    members = [people.member(f"m{n}", email=f"m{n}@example.org") for n in range(5)]
    people.member("nobody")  # has no address
    for after in (0, 0, members[1], members[3]):  # after a crash, the server that starts again begins again
        for n, member in enumerate(members):
            assert people.store.read(email_of, renewed, member) == f"m{n}@example.org"
            found = people.store.read(login_for, renewed, f"M{n}@example.org")
            assert found is not None
            assert found.account == member
        with pytest.raises(errors.EmailTaken):
            people.store.write(
                actions.create_member, renewed, actions.NewMember(username="eve", email="m4@example.org")
            )
        assert people.store.write(renewal.renew, renewed, renewal.Slice(after, renewed.generation), then="x")
    for n, member in enumerate(members):
        assert people.store.read(email_of, only_new(renewed), member) == f"m{n}@example.org"
        assert people.store.read(login_for, only_new(renewed), f"m{n}@example.org") is not None
        with pytest.raises(InvalidTag):
            people.store.read(email_of, KEYRING, member)


def test_an_address_that_nobody_vouched_for_gets_no_key_by_being_renewed(people: People, renewed: Keyring) -> None:
    ana = people.member("ana")
    people.store.write(actions.change_email, KEYRING, ana, "ana@example.org")
    people.store.write(renewal.renew, renewed, renewal.Slice(generation=renewed.generation), then="x")
    assert people.store.read(login_for, renewed, "ana@example.org") is None
    assert people.store.read(email_of, only_new(renewed), ana) == "ana@example.org"


def test_a_slice_of_an_older_renewal_does_nothing(people: People, renewed: Keyring) -> None:
    ana = people.member("ana", email="ana@example.org")
    people.store.write(renewal.renew, renewed, renewal.Slice(generation=KEYRING.generation), then="x")
    assert people.store.read(email_of, KEYRING, ana) == "ana@example.org"


def test_what_was_given_out_before_opens_until_the_old_key_is_forgotten(
    people: People, renewed: Keyring, tmp_path: Path
) -> None:
    ana = people.member("ana")
    token = people.store.write(member_token, KEYRING, None, ana, "read")
    session = people.store.write(sessions.start_session, KEYRING, ana, "a browser")
    assert people.store.read(AccessCache(renewed).load_token, token) is not None
    assert people.store.read(AccessCache(renewed).load_session, session) is not None
    keyrings.renewed(tmp_path)
    assert list(keyrings.load(tmp_path).old) == ["lookups"]
    keyrings.forget(tmp_path, "lookups")
    keyrings.adopt(tmp_path)
    after = keyrings.load(tmp_path)
    assert after.lookups == renewed.lookups
    assert people.store.read(AccessCache(after).load_token, token) is None
    assert people.store.read(AccessCache(after).load_session, session) is None


def test_the_secrets_of_two_step_sign_in_are_renewed_too(
    people: People, renewed: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewal, "_SLICE", 2)
    members = people.members("ana", "ben", "cleo", "dora", "eve")
    secrets = {}
    for member in members:
        people.store.write(second_factor.begin, KEYRING, member)
        secrets[member] = people.store.read(second_factor.secret_to_confirm, KEYRING, member)
    for after in (0, 0, members[1], members[3]):
        for member in members:
            assert people.store.read(second_factor.secret_to_confirm, renewed, member) == secrets[member]
        at = renewal.Slice(after, renewed.generation)
        assert people.store.write(renewal.renew_secrets, renewed, at, then="x")
    for member in members:
        kept = people.store.read(second_factor.secret_to_confirm, only_new(renewed), member)
        assert kept == secrets[member]
        with pytest.raises(InvalidTag):
            people.store.read(second_factor.secret_to_confirm, KEYRING, member)
    asked = people.store.read(lambda db: [row[0] for row in db.all(Statement("SELECT kind FROM job ORDER BY id"))])
    assert asked[-1] == "x", "what comes after the last slice"
    assert renewal.RENEW_SECRETS in asked


def test_where_devices_are_told_is_renewed_too(people: People, renewed: Keyring) -> None:
    ana = people.member("ana")
    receiver = Receiver(endpoint="https://push.example.org/1", p256dh=b"k" * 65, auth=b"a" * 16, token="t")
    for token in range(1, 6):
        people.store.write(
            push.subscribe, KEYRING, ana, token, receiver, alerts=frozenset({"follow"}), policy=Policy.ALL,
            standard=True,
        )  # fmt: skip
    last = people.store.write(push.renew, renewed, 0, most=3)
    assert last is not None
    assert people.store.write(push.renew, renewed, last, most=3) is None
    for token in range(1, 6):
        kept = people.store.read(subscription_of, token)
        assert receiver_of(only_new(renewed), kept) == receiver


def test_a_network_with_one_key_of_each_asks_once(people: People) -> None:
    ana = people.member("ana")
    token = people.store.write(member_token, KEYRING, None, ana, "read")
    assert people.store.read(AccessCache(KEYRING).load_token, token) is not None
    assert people.store.statements == 1
