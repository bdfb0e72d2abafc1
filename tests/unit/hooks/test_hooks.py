"""Webhooks in the database: who is told of what, how failures end, and what a stolen database shows. On both."""

from __future__ import annotations

import msgspec
import pytest

from fixtures_store import Store
from palabre import clock, jobs
from palabre.accounts.actions import suspend
from palabre.accounts.model import Role
from palabre.accounts.roster import disable
from palabre.hooks import actions, queries, rules, sql
from palabre.hooks.errors import HookNotFound, TooManyHooks
from palabre.hooks.model import LOG, MOST, Event, Hook, Outcome, State, Target
from palabre.hooks.subscriber import subscriber
from palabre.ids import AccountId
from palabre.keyring import Keyring
from palabre.moderation.actions import report
from palabre.moderation.model import Wrong
from palabre.notifications.subscriber import subscriber as notifying
from palabre.posts.actions import Terms, repost
from palabre.posts.errors import MayNotWrite
from palabre.posts.model import Draft, Visibility
from palabre.store import Statement
from people import KEYRING, People

URL = "https://program.example/told?key=hush"


def hooked(store: Store, owner: AccountId, *events: Event, for_admins: bool = False) -> Hook:
    made, _ = store.write(actions.create_hook, KEYRING, owner, URL, events, for_admins=for_admins)
    return made


def told(store: Store, hook: Hook) -> list[tuple[str, int]]:
    store.advance(notifying, subscriber)
    return [(each.event.value, each.subject) for each in reversed(store.read(sql.log, hook.id, 1_000))]


def test_a_program_is_told_of_what_it_wants_to_hear_and_of_nobody_else(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    all_of_it = hooked(store, ana, Event.STATUS_CREATED, Event.MENTION_CREATED, Event.FOLLOW_CREATED)
    posts_only = hooked(store, ana, Event.STATUS_CREATED)
    mine = people.post(ana, "Mine", visibility=Visibility.FOLLOWERS)
    people.post(ben, "Not about ana")
    mention = people.post(ben, "@ana look")
    people.follow(ben, ana)
    assert told(store, posts_only) == [("status.created", mine)]
    assert told(store, all_of_it) == [
        ("status.created", mine), ("mention.created", mention), ("follow.created", ben),
    ]  # fmt: skip
    assert told(store, all_of_it) == told(store, all_of_it), "each fact once"


def test_administrators_are_told_of_what_is_public_and_of_reports(store: Store, people: People) -> None:
    root = people.member("root", role=Role.ADMIN)
    store.advance(subscriber)
    hook = hooked(store, root, *Event, for_admins=True)
    assert told(store, hook) == []
    ana = people.member("ana")
    public = people.post(ana, "For all")
    for visibility in (Visibility.UNLISTED, Visibility.FOLLOWERS, Visibility.MENTIONED):
        people.post(ana, "Not for all", visibility=visibility)
    made = store.write(report, ana, Wrong(target=root, comment="Hm"))
    assert told(store, hook) == [("account.created", ana), ("status.created", public), ("report.created", made.id)]


def test_who_no_longer_runs_the_network_or_is_suspended_is_told_nothing(store: Store, people: People) -> None:
    root, ana = people.member("root", role=Role.ADMIN), people.member("ana")
    of_root = hooked(store, root, Event.STATUS_CREATED, for_admins=True)
    of_ana = hooked(store, ana, Event.STATUS_CREATED)
    false_admin = hooked(store, ana, Event.STATUS_CREATED, for_admins=True)
    people.post(ana, "Hello")
    store.advance(subscriber)

    def is_due(hook: Hook) -> bool:
        [each] = store.read(sql.log, hook.id, 10)
        return store.read(queries.due, each.id) is not None

    assert [is_due(each) for each in (of_root, of_ana, false_admin)] == [True, True, False]
    store.write(suspend, ana)
    assert [is_due(each) for each in (of_root, of_ana, false_admin)] == [True, False, False]


def attempt(store: Store, hook: Hook, status: int | None) -> tuple[Outcome, State]:
    [newest, *_] = store.read(sql.log, hook.id, 10)
    store.write(actions.note_answer, newest.id, status, None if status else "TimeoutError")
    [newest, *_] = store.read(sql.log, hook.id, 10)
    kept = store.read(sql.hook, hook.id)
    return newest.outcome, kept.state


def test_what_fails_is_tried_again_later_and_a_success_ends_it(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = people.member("ana")
    hook = hooked(store, ana, Event.STATUS_CREATED)
    people.post(ana, "Hello")
    store.advance(subscriber)
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(at))
    assert attempt(store, hook, 500) == (Outcome.WAITING, State.ON)
    assert attempt(store, hook, None) == (Outcome.WAITING, State.ON)
    [entry] = store.read(sql.log, hook.id, 10)
    assert (entry.attempts, entry.problem) == (2, "TimeoutError")
    again = [
        each
        for each in store.read(lambda db: db.all(Statement("SELECT kind, run_at FROM job ORDER BY run_at DESC")))
        if each[0] == actions.SEND
    ]
    assert again[0][1] == at + (rules.wait_after(2) or 0)
    assert store.read(sql.hook, hook.id).failing_since == at
    assert attempt(store, hook, 204) == (Outcome.DELIVERED, State.ON)
    assert store.read(sql.hook, hook.id).failing_since is None
    assert attempt(store, hook, 500) == (Outcome.DELIVERED, State.ON), "an answer that comes twice changes nothing"


def test_a_program_that_fails_for_three_days_is_switched_off_until_its_owner_says_so(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = people.member("ana")
    hook = hooked(store, ana, Event.STATUS_CREATED)
    people.post(ana, "One")
    store.advance(subscriber)
    at = clock.now()
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(at))
    assert attempt(store, hook, 503) == (Outcome.WAITING, State.ON)
    at += rules.PATIENCE - 1
    assert attempt(store, hook, 503) == (Outcome.WAITING, State.ON)
    at += 1
    assert attempt(store, hook, 503) == (Outcome.GIVEN_UP, State.FAILED)
    people.post(ana, "Two")
    assert len(told(store, hook)) == 1, "nothing new is asked for"
    store.write(actions.resume, ana, hook.id)
    people.post(ana, "Three")
    assert len(told(store, hook)) == 2


def test_a_program_that_says_that_it_is_gone_is_believed(store: Store, people: People) -> None:
    ana = people.member("ana")
    hook = hooked(store, ana, Event.STATUS_CREATED)
    people.post(ana, "One")
    store.advance(subscriber)
    assert attempt(store, hook, 410) == (Outcome.GIVEN_UP, State.FAILED)


@pytest.mark.parametrize("status", [199, 300, 304, 404])
def test_only_a_success_is_one(store: Store, people: People, status: int) -> None:
    ana = people.member("ana")
    hook = hooked(store, ana, Event.STATUS_CREATED)
    people.post(ana, "One")
    store.advance(subscriber)
    assert attempt(store, hook, status) == (Outcome.WAITING, State.ON)
    assert store.read(sql.hook, hook.id).failing_since is not None


def test_what_waits_for_a_program_that_is_gone_rests_and_its_patience_begins_anew(
    store: Store, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = people.member("ana")
    hook = hooked(store, ana, Event.STATUS_CREATED)
    people.post(ana, "One")
    people.post(ana, "Two")
    store.advance(subscriber)
    assert attempt(store, hook, 410) == (Outcome.GIVEN_UP, State.FAILED)
    waiting = next(each for each in store.read(sql.log, hook.id, 10) if each.outcome is Outcome.WAITING)
    assert store.read(queries.due, waiting.id) is None
    store.write(actions.resume, ana, hook.id)
    assert store.read(queries.due, waiting.id) is not None
    at = clock.now() + 2 * rules.PATIENCE
    monkeypatch.setattr(clock, "now", lambda: clock.Instant(at))
    store.write(actions.note_answer, waiting.id, 500, None)
    assert store.read(sql.hook, hook.id).state is State.ON, "it has failed once since it was switched on again"


def test_a_repost_is_no_post_of_which_programs_are_told(store: Store, people: People) -> None:
    root, ana = people.member("root", role=Role.ADMIN), people.member("ana")
    hooks = [hooked(store, root, Event.STATUS_CREATED, for_admins=True), hooked(store, ana, Event.STATUS_CREATED)]
    said = people.post(root, "For all")
    store.write(repost, ana, said)
    assert [told(store, hook) for hook in hooks] == [[("status.created", said)], []]


def test_the_log_keeps_the_newest(store: Store, people: People) -> None:
    ana = people.member("ana")
    hook = hooked(store, ana, Event.STATUS_CREATED)
    for _ in range(LOG + 3):
        store.write(actions.ping, ana, hook.id)
    log = store.read(queries.log_of, ana, hook.id)
    assert len(log) == LOG
    assert len(store.read(sql.log, hook.id, 1_000)) == LOG


def test_nobody_reaches_the_webhooks_of_another(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    hook = hooked(store, ana, Event.STATUS_CREATED)
    store.write(actions.create_incoming, KEYRING, ana, "Build", Visibility.PUBLIC)
    [incoming] = store.read(queries.incoming_hooks, ana)
    for act, number in (
        (actions.delete_hook, hook.id), (actions.resume, hook.id), (actions.ping, hook.id),
        (actions.revoke_incoming, incoming.id),
    ):  # fmt: skip
        with pytest.raises(HookNotFound):
            store.write(act, ben, number)
    with pytest.raises(HookNotFound):
        store.read(queries.log_of, ben, hook.id)
    assert store.read(queries.hooks, ben) == store.read(queries.incoming_hooks, ben) == []


def test_a_program_posts_by_its_address_once_for_each_key_until_it_is_revoked(store: Store, people: People) -> None:
    ana = people.member("ana")
    secret = store.write(actions.create_incoming, KEYRING, ana, "Build", Visibility.UNLISTED)

    def post(text: str, key: str | None = None) -> int:
        number: int = store.write(actions.post_by_hook, KEYRING, secret, Draft(text=text), terms=Terms(), key=key)
        return number

    assert post("Built", "7") == post("Built", "7") != post("Built")
    [kept] = store.read(queries.incoming_hooks, ana)
    assert kept.used is not None
    with pytest.raises(HookNotFound):
        store.write(actions.post_by_hook, KEYRING, secret + "x", Draft(text="x"), terms=Terms())
    store.write(suspend, ana)
    with pytest.raises(MayNotWrite):
        post("Suspended")
    store.write(actions.revoke_incoming, ana, kept.id)
    with pytest.raises(HookNotFound):
        post("Revoked")


def test_there_is_an_end_to_webhooks(store: Store, people: People) -> None:
    ana = people.member("ana")
    for _ in range(MOST):
        hooked(store, ana, Event.STATUS_CREATED)
        store.write(actions.create_incoming, KEYRING, ana, "x", Visibility.PUBLIC)
    with pytest.raises(TooManyHooks):
        hooked(store, ana, Event.STATUS_CREATED)
    with pytest.raises(TooManyHooks):
        store.write(actions.create_incoming, KEYRING, ana, "x", Visibility.PUBLIC)


def test_secrets_are_sealed_and_sealed_anew_when_keys_are_renewed(store: Store, people: People) -> None:
    ana = people.member("ana")
    hook, secret = store.write(actions.create_hook, KEYRING, ana, URL, [Event.STATUS_CREATED])
    posting = store.write(actions.create_incoming, KEYRING, ana, "Build", Visibility.PUBLIC)
    rows = repr(store.read(lambda db: db.all(Statement("SELECT * FROM webhook"))))
    rows += repr(store.read(lambda db: db.all(Statement("SELECT * FROM incoming_webhook"))))
    for hidden in (secret, secret.removeprefix("whsec_"), "hush", "program.example", posting):
        assert hidden not in rows
    new: Keyring = msgspec.structs.replace(KEYRING, columns="aa" * 32, old={"columns": [KEYRING.columns]})
    assert store.write(actions.renew, new, 0, 1) == hook.id
    assert store.write(actions.renew, new, hook.id, 1) is None
    only_new = msgspec.structs.replace(new, old={})
    assert queries.target_of(only_new, store.read(sql.hook, hook.id)) == Target(url=URL, secret=secret)


def test_an_account_that_goes_takes_its_webhooks_along(store: Store, people: People) -> None:
    ana, ben = people.members("ana", "ben")
    hook = hooked(store, ana, Event.STATUS_CREATED)
    kept = hooked(store, ben, Event.STATUS_CREATED)
    store.write(actions.create_incoming, KEYRING, ana, "Build", Visibility.PUBLIC)
    store.write(actions.ping, ana, hook.id)
    store.write(actions.ping, ben, kept.id)
    store.write(actions.forget_member, ana)
    counts = [
        store.read(lambda db, table=table: db.value(Statement(f"SELECT count(*) FROM {table}")))
        for table in ("webhook", "incoming_webhook", "webhook_delivery")
    ]
    assert counts == [1, 0, 1]
    assert store.read(jobs.next_run) is not None


def test_what_a_disabled_member_has_set_up_rests(store: Store, people: People) -> None:
    ana = people.member("ana")
    hook = hooked(store, ana, Event.STATUS_CREATED)
    secret = store.write(actions.create_incoming, KEYRING, ana, "Build", Visibility.PUBLIC)
    people.post(ana, "Hello")
    store.advance(subscriber)
    [waiting] = store.read(sql.log, hook.id, 10)
    store.write(disable, ana)
    assert store.read(queries.due, waiting.id) is None
    with pytest.raises(HookNotFound):
        store.read(actions.incoming_by_secret, KEYRING, secret)
    with pytest.raises(HookNotFound):
        store.write(actions.post_by_hook, KEYRING, secret, Draft(text="x"), terms=Terms())
    store.write(disable, ana, on=False)
    assert store.read(queries.due, waiting.id) is not None
    assert store.write(actions.post_by_hook, KEYRING, secret, Draft(text="x"), terms=Terms())
