"""Signing up under each policy, profiles, standing, what is stored of an e-mail address."""

from __future__ import annotations

import pytest

from fixtures_store import Store
from palabre import clock
from palabre.accounts import actions, credentials, errors, queries, sessions
from palabre.accounts.actions import NewMember, ProfileChange, SignUp
from palabre.accounts.model import Field, Preferences, Role, Standing
from palabre.accounts.oauth import member_token, token_of
from palabre.clock import DAY, HOUR
from palabre.paging import Window
from people import KEYRING, People

HASH = "$argon2id$not-checked-here"


def sign_up(store: Store, username: str, policy: str = "open", **more: object) -> object:
    return store.write(actions.sign_up, KEYRING, SignUp(username=username, password_hash=HASH, **more), policy=policy)


def test_an_open_network_takes_everybody_and_each_name_once(store: Store, people: People) -> None:
    ana = sign_up(store, "Ana", email="Ana@Example.org", language="fr")
    assert (ana.username, ana.standing, ana.acct) == ("Ana", Standing.ACTIVE, "Ana")
    for name in ("ana", "ANA"):
        with pytest.raises(errors.UsernameTaken) as refused:
            sign_up(store, name)
        assert refused.value.field == "username"
    assert sign_up(store, "ben").id != ana.id
    assert store.read(queries.login_of, ana.id).preferences == Preferences(language="fr")
    assert people.kinds() == ["account.created", "account.created"]


def test_an_address_is_stored_only_hashed_and_encrypted(store: Store) -> None:
    ana = store.write(actions.create_member, KEYRING, NewMember(username="ana", email="Ana@example.org"))
    login = store.read(queries.login_of, ana.id)
    assert b"xample" not in login.email_sealed
    assert store.read(queries.email_of, KEYRING, ana.id) == "Ana@example.org"
    for name in ("ana@EXAMPLE.org", " Ana ", "@ana"):
        assert store.read(queries.login_for, KEYRING, name).account == ana.id
    assert store.read(queries.login_for, KEYRING, "ben@example.org") is None
    with pytest.raises(errors.EmailTaken):
        store.write(actions.create_member, KEYRING, NewMember(username="ben", email=" ANA@example.org"))
    store.write(actions.change_email, KEYRING, ana.id, "ana@EXAMPLE.org")
    assert store.read(queries.login_for, KEYRING, "ana@example.org").account == ana.id
    store.write(actions.change_email, KEYRING, ana.id, None)
    assert store.read(queries.email_of, KEYRING, ana.id) is None
    assert store.read(queries.login_for, KEYRING, "ana@example.org") is None


def test_an_address_that_nobody_vouches_for_tells_nothing_and_opens_nothing(store: Store) -> None:
    ana = store.write(actions.create_member, KEYRING, NewMember(username="ana", email="ana@example.org"))
    eve = sign_up(store, "eve", email="ana@example.org")
    mallory = sign_up(store, "mallory")
    store.write(actions.change_email, KEYRING, mallory.id, "ana@example.org")
    for liar in (eve, mallory):
        assert store.read(queries.email_of, KEYRING, liar.id) == "ana@example.org"
    assert store.read(queries.login_for, KEYRING, "ana@example.org").account == ana.id
    sign_up(store, "ben", email="new@example.org")
    assert store.read(queries.login_for, KEYRING, "new@example.org") is None


def test_a_closed_network_takes_nobody(store: Store) -> None:
    with pytest.raises(errors.SignUpClosed):
        sign_up(store, "ana", "closed")


def test_an_invitation_is_good_as_often_as_it_says(store: Store) -> None:
    with pytest.raises(errors.InvitationNeeded):
        sign_up(store, "ana", "invitation")
    with pytest.raises(errors.InvitationInvalid):
        sign_up(store, "ana", "invitation", invitation="guessed")
    code = store.write(actions.create_invitation, KEYRING, None, 2)
    sign_up(store, "ana", "invitation", invitation=code)
    with pytest.raises(errors.UsernameTaken):
        sign_up(store, "ana", "invitation", invitation=code)  # a refusal gives the use back
    sign_up(store, "ben", "invitation", invitation=code)
    with pytest.raises(errors.InvitationInvalid):
        sign_up(store, "cleo", "invitation", invitation=code)
    assert [each.uses_left for each in store.read(queries.invitations)] == [0]


def test_an_invitation_runs_out(store: Store) -> None:
    code = store.write(actions.create_invitation, KEYRING, None, 1, clock.now() - HOUR)
    with pytest.raises(errors.InvitationInvalid):
        sign_up(store, "ana", "open", invitation=code)


def test_who_waits_is_unseen_until_approved(store: Store, people: People) -> None:
    ana = sign_up(store, "ana", "approval", reason="I like talking.")
    assert ana.standing is Standing.PENDING
    [(waiting, reason)] = store.read(queries.pending_accounts, Window()).items
    assert (waiting.id, reason) == (ana.id, "I like talking.")
    with pytest.raises(errors.AccountNotFound):
        store.read(queries.seen_account, None, ana.id)
    assert store.read(queries.seen_account, ana.id, ana.id).id == ana.id
    assert store.read(queries.local_count) == 0
    store.write(actions.approve, ana.id)
    assert store.read(queries.seen_handle, None, "ANA").id == ana.id
    assert store.read(queries.local_count) == 1
    for decide in (actions.approve, actions.refuse):
        with pytest.raises(errors.NotPending):
            store.write(decide, ana.id)


def test_an_invitation_spares_the_waiting(store: Store) -> None:
    code = store.write(actions.create_invitation, KEYRING, None)
    assert sign_up(store, "ana", "approval", invitation=code).standing is Standing.ACTIVE


def test_who_is_refused_leaves_nothing(store: Store) -> None:
    ana = sign_up(store, "ana", "approval", email="a@b.co")
    store.write(actions.refuse, ana.id)
    assert store.read(queries.account, ana.id) is None
    assert store.read(queries.login_of, ana.id) is None
    sign_up(store, "ana", "approval", email="a@b.co")


def test_a_profile_changes_only_where_told(store: Store, people: People) -> None:
    ana = people.member("ana", display_name="Ana")
    change = ProfileChange(bio="Hello\r\nthere", fields=(Field("Town", "Lyon"),), locked=True)
    changed = store.write(actions.update_profile, ana, change)
    assert changed == people.account(ana)
    assert (changed.display_name, changed.bio, changed.fields, changed.locked) == (
        "Ana", "Hello\nthere", (Field("Town", "Lyon"),), True,
    )  # fmt: skip
    store.write(actions.update_profile, ana, ProfileChange(locked=True))
    assert people.kinds("account.changed") == ["account.changed"], "nothing changed the second time"
    store.write(actions.update_profile, ana, ProfileChange(avatar="x.webp", avatar_description="Me"))
    store.write(actions.update_profile, ana, ProfileChange(avatar=None, display_name=""))
    assert (people.account(ana).avatar, people.account(ana).display_name) == (None, "")
    with pytest.raises(errors.BioTooLong):
        store.write(actions.update_profile, ana, ProfileChange(bio="x" * 501))


def test_a_suspension_ends_every_access_and_can_be_taken_back(store: Store, people: People) -> None:
    ana = people.member("ana")
    secret = store.write(sessions.start_session, KEYRING, ana, "Firefox on Linux")
    token = store.write(member_token, KEYRING, None, ana, "read write")
    store.write(actions.suspend, ana)
    assert store.read(sessions.session_of, KEYRING, secret) is None
    assert store.read(token_of, KEYRING, token) is None
    assert people.account(ana).standing is Standing.SUSPENDED
    assert people.kinds("account.")[-2:] == ["account.access_ended", "account.changed"]
    store.write(actions.unsuspend, ana)
    assert people.account(ana).standing is Standing.ACTIVE


def test_a_new_password_ends_the_other_sessions(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    mine, other = (store.write(sessions.start_session, KEYRING, ana, name) for name in ("here", "there"))
    bens = store.write(sessions.start_session, KEYRING, ben, "elsewhere")
    here = store.read(sessions.session_of, KEYRING, mine)
    store.write(actions.change_password, ana, HASH, keep_session=here.id)
    assert store.read(sessions.session_of, KEYRING, mine) == here
    assert store.read(sessions.session_of, KEYRING, other) is None
    assert store.read(sessions.session_of, KEYRING, bens) is not None
    store.write(actions.reset_password, ana, HASH)
    assert store.read(sessions.sessions, ana) == []


def test_a_session_is_ended_by_its_owner_only(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    secret = store.write(sessions.start_session, KEYRING, ana, "x" * 500)
    [session] = store.read(sessions.sessions, ana)
    assert len(session.agent) <= 120
    with pytest.raises(errors.SessionNotFound):
        store.write(sessions.end_session, ben, session.id)
    store.write(sessions.end_session, ana, session.id)
    assert store.read(sessions.session_of, KEYRING, secret) is None


def test_a_session_lives_while_it_is_used(store: Store, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    ana = people.member("ana")
    secret = store.write(sessions.start_session, KEYRING, ana, "here")
    session = store.read(sessions.session_of, KEYRING, secret)
    start = clock.now()
    monkeypatch.setattr(clock, "now", lambda: start + 80 * DAY)
    store.write(sessions.touch_session, session.id)
    monkeypatch.setattr(clock, "now", lambda: start + 160 * DAY)
    assert store.read(sessions.session_of, KEYRING, secret) is not None
    monkeypatch.setattr(clock, "now", lambda: start + 171 * DAY)
    assert store.read(sessions.session_of, KEYRING, secret) is None
    store.write(sessions.forget_expired)


def test_passwords_are_verified() -> None:
    hashed = credentials.hash_password("correct horse")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert credentials.verify_password(hashed, "correct horse")
    assert not credentials.verify_password(hashed, "wrong horse")
    assert not credentials.verify_password("nonsense", "correct horse")
    assert not credentials.needs_rehash(hashed)
    assert credentials.needs_rehash(hashed.replace("m=19456", "m=8192"))


def test_the_same_work_is_done_for_an_account_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []

    class Watched:
        def verify(self, *given: str) -> bool:
            verified.append(given)
            return True

        def hash(self, password: str) -> str:
            return f"hash of {password}"

    credentials._nobodys_hash.cache_clear()
    monkeypatch.setattr(credentials, "_hasher", Watched())
    assert not credentials.verify_password(None, "x")
    assert [password for _, password in verified] == ["x"]
    credentials._nobodys_hash.cache_clear()


def test_secrets_have_256_bits() -> None:
    made = {credentials.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(len(secret) == 43 for secret in made)


def test_counts_of_posts_follow_the_posts(store: Store, people: People) -> None:
    ana = people.member("ana")
    store.write(actions.record_post, ana, 2_000)
    store.write(actions.record_post, ana, 1_000)
    assert (people.account(ana).posts_count, people.account(ana).last_post) == (2, 2_000)
    store.write(actions.record_post, ana, 2_000, -1)
    assert (people.account(ana).posts_count, people.account(ana).last_post) == (1, 2_000)


def test_many_accounts_are_one_statement(store: Store, people: People) -> None:
    ids = people.members("ana", "ben", "cleo")
    assert set(store.read(queries.accounts, [*ids, 7])) == set(ids)
    assert store.statements == 1
    found = store.read(queries.accounts_by_handle, [("ANA", ""), ("ben", "far.example"), ("cleo", "")])
    assert {handle: each.username for handle, each in found.items()} == {("ana", ""): "ana", ("cleo", ""): "cleo"}
    assert store.statements == 1


def test_the_operator_sees_local_accounts_with_roles(store: Store, people: People) -> None:
    people.member("ana", role=Role.ADMIN)
    people.member("ben")
    page = store.read(queries.local_accounts, Window())
    assert [(each.username, each.role) for each in page.items] == [("ben", Role.MEMBER), ("ana", Role.ADMIN)]


def test_active_members_are_those_seen_or_posting(store: Store, people: People) -> None:
    ana, ben, _ = people.members("ana", "ben", "cleo")
    store.write(sessions.start_session, KEYRING, ana, "here")
    store.write(actions.record_post, ana, clock.now())
    store.write(actions.record_post, ben, clock.now())
    assert store.read(queries.active_count, clock.now() - HOUR) == 2
