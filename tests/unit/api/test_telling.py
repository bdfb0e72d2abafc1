"""What programs are told: as their owner sees it in the moment of sending, and nothing of what is gone or hidden."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from palabre.accounts.actions import suspend, unsuspend
from palabre.accounts.model import Role
from palabre.accounts.roster import disable
from palabre.api.telling import body_of
from palabre.edge.hooking import Hooking
from palabre.graph import actions as graph
from palabre.hooks import actions, sql
from palabre.hooks.model import Event, Hook, Outcome, Sending
from palabre.hooks.queries import due
from palabre.ids import Kind
from palabre.store import Statement
from unit.api.network import Caller, Network

URL = "https://program.example/"


def hooked(network: Network, owner: Caller, *events: Event, for_admins: bool = False) -> Hook:
    made, _ = network.write(
        actions.create_hook, network.site.keyring, owner.number, URL, events, for_admins=for_admins
    )
    return made


def bodies(network: Network, hook: Hook) -> list[dict[str, Any] | None]:
    """What each waiting delivery would say now, oldest first."""
    network.settle()
    found = []
    for each in reversed(network.site.db.read_now(sql.log, hook.id, 100)):
        waiting = network.site.db.read_now(due, each.id)
        body = network.run(body_of(network.site, waiting)) if waiting else None
        found.append(msgspec.json.decode(body) if body else None)
    return found


def test_a_post_is_told_in_the_words_of_the_client_api(network: Network) -> None:
    ana = network.member("ana")
    hook = hooked(network, ana, Event.STATUS_CREATED)
    made = ana.say("Hello <b>", visibility="private")
    [told] = bodies(network, hook)
    assert told is not None
    assert (told["event"], told["object"]) == ("status.created", ana.get(f"/api/v1/statuses/{made['id']}"))
    assert told["created_at"].endswith("Z")


def test_of_a_deleted_post_nothing_is_told(network: Network) -> None:
    ana = network.member("ana")
    hook = hooked(network, ana, Event.STATUS_CREATED)
    made = ana.say("Soon gone")
    assert bodies(network, hook) != [None]
    ana.delete(f"/api/v1/statuses/{made['id']}")
    assert bodies(network, hook) == [None]


def test_a_mention_that_one_may_not_read_any_more_is_not_told(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    hook = hooked(network, ana, Event.MENTION_CREATED, Event.FOLLOW_CREATED)
    ana.follow(ben)
    ben.say("@ana look", visibility="direct")
    ben.follow(ana)
    told = [each["event"] for each in bodies(network, hook) if each]
    assert sorted(told) == ["follow.created", "mention.created"]
    network.write(graph.block, ben.number, ana.number)
    assert "mention.created" not in [each["event"] for each in bodies(network, hook) if each]


@pytest.mark.parametrize("visibility", ["unlisted", "private", "direct"])
def test_administrators_are_told_of_no_post_that_is_not_public(network: Network, visibility: str) -> None:
    root, ana = network.member("root", role=Role.ADMIN), network.member("ana")
    hook = hooked(network, root, Event.STATUS_CREATED, for_admins=True)
    ana.say("@root not for programs", visibility=visibility)
    assert bodies(network, hook) == []
    public = ana.say("For all")
    [told] = bodies(network, hook)
    assert told is not None
    assert told["object"] == network.visitor.get(f"/api/v1/statuses/{public['id']}"), "as anybody reads it"
    network.write(suspend, ana.number)
    assert bodies(network, hook) == [None]


def test_sign_ups_and_reports_are_told_to_administrators(network: Network) -> None:
    root = network.member("root", role=Role.ADMIN)
    network.settle()
    hook = hooked(network, root, Event.ACCOUNT_CREATED, Event.REPORT_CREATED, for_admins=True)
    ana, ben = network.member("ana"), network.member("ben")
    ana.call(
        "POST", "/api/v1/reports", json={"account_id": ben.id, "comment": "Hm"},
        headers={"Authorization": f"Bearer {network.token_for(ana, 'write:reports').token}"},
    )  # fmt: skip
    first, second, third = bodies(network, hook)
    assert first is not None
    assert second is not None
    assert third is not None
    assert [first["object"]["username"], second["object"]["account"]["id"]] == ["ana", ben.id]
    assert third["event"] == "report.created"
    assert (third["object"]["account_id"], third["object"]["target_account"]["id"]) == (ana.id, ben.id)
    assert "email" not in str(first)


def test_programs_that_do_not_answer_keep_nobody_else_waiting(network: Network) -> None:
    ana = network.member("ana")
    hook = hooked(network, ana, Event.STATUS_CREATED)
    for text in ("One", "Two", "Three"):
        ana.say(text)
    network.settle()
    first, second, third = (each.id for each in reversed(network.site.db.read_now(sql.log, hook.id, 10)))
    hooking = Hooking(network.site, body_of)

    class Slow:
        """Answers when it is let."""

        def __init__(self) -> None:
            self.asked, self.both, self.let = 0, asyncio.Event(), asyncio.Event()

        async def post(self, *_: object) -> int:
            self.asked += 1
            if self.asked == 2:
                self.both.set()
            await self.let.wait()
            return 200

    async def story() -> int:
        slow = hooking._outside = Slow()  # type: ignore[assignment]
        under_way = [asyncio.create_task(hooking.send(Sending(each))) for each in (first, second)]
        await slow.both.wait()
        await hooking.send(Sending(third))
        asked = slow.asked
        slow.let.set()
        await asyncio.gather(*under_way)
        return asked

    assert network.run(story()) == 2
    log = {each.id: each.outcome for each in network.site.db.read_now(sql.log, hook.id, 10)}
    assert log == {first: Outcome.DELIVERED, second: Outcome.DELIVERED, third: Outcome.WAITING}
    jobs = network.site.db.read_now(lambda db: db.all(Statement("SELECT payload FROM job WHERE kind = 'hooks.send'")))
    assert sum(str(third) in payload for (payload,) in jobs) == 2, "the first job, and the one of later"
    assert hooking._waiting[ana.number] == 1
    network.run(hooking.send(Sending(third)))
    assert not hooking._waiting
    assert not hooking._postponed


def test_a_program_posts_by_a_secret_address(network: Network) -> None:
    ana = network.member("ana")
    from palabre.posts.model import Visibility

    secret = network.write(actions.create_incoming, network.site.keyring, ana.number, "Build", Visibility.UNLISTED)
    path = f"/api/palabre/v1/hooks/{secret}"
    visitor = network.visitor

    def read(answer: Any) -> dict[str, Any]:
        found: dict[str, Any] = ana.get(f"/api/v1/statuses/{answer.headers['location'].rpartition('/')[2]}")
        return found

    slack = visitor.call("POST", path, json={"text": "Build <https://b.example/1|#1> &amp; tests"})
    assert (slack.text, slack.headers["content-type"]) == ("ok", "text/plain; charset=utf-8")
    post = read(slack)
    assert post["visibility"] == "unlisted"
    assert "#1 (" in ana.get(f"/api/v1/statuses/{post['id']}/source")["text"]
    form = read(visitor.call("POST", path, data={"text": "Ça va", "visibility": "private", "language": "fr"}))
    assert (form["visibility"], form["language"]) == ("private", "fr")
    old = read(visitor.call("POST", path, data={"payload": '{"text": "From an old program"}'}))
    assert "From an old program" in old["content"]
    told = visitor.call("POST", path, json={"text": "x"}, headers={"Accept": "application/json"}).json()
    assert ana.get(f"/api/v1/statuses/{told['id']}")
    key = {"Idempotency-Key": "build-7"}
    once, twice = (visitor.call("POST", path, json={"text": "Once"}, headers=key) for _ in range(2))
    assert once.headers["location"] == twice.headers["location"]
    body = {"text": "Once more", "idempotency_key": "build-8"}
    once, twice = (visitor.call("POST", path, json=body) for _ in range(2))
    assert once.headers["location"] == twice.headers["location"]
    assert visitor.call("POST", path, 422, json={"text": " "}).json()["error"]
    assert visitor.call("POST", path, 422, json={"text": "x", "visibility": "all"}).json()["error"]


def test_an_address_that_is_revoked_is_one_that_never_was(network: Network) -> None:
    from palabre.posts.model import Visibility

    ana = network.member("ana")
    secret = network.write(actions.create_incoming, network.site.keyring, ana.number, "Build", Visibility.PUBLIC)
    [hook] = network.site.db.read_now(sql.incoming_of, ana.number)
    path = "/api/palabre/v1/hooks/{}"
    network.visitor.call("POST", path.format(secret), json={"text": "x"})
    network.write(actions.revoke_incoming, ana.number, hook.id)
    revoked = network.visitor.call("POST", path.format(secret), 404, json={"text": "x"})
    absent = network.visitor.call("POST", path.format("x" * 43), 404, json={"text": "x"})
    assert revoked.content == absent.content
    assert ana.call("POST", path.format(secret), 404, json={"text": "x"}).content == absent.content


def test_a_payload_that_is_no_json_or_nested_too_deep_says_nothing(network: Network) -> None:
    from palabre.posts.model import Visibility

    ana = network.member("ana")
    secret = network.write(actions.create_incoming, network.site.keyring, ana.number, "Build", Visibility.PUBLIC)
    for payload in ("{", '{"x":' + "[" * 5_000 + "]" * 5_000 + "}"):
        sent = {"data": {"payload": payload}}
        told = network.visitor.call("POST", f"/api/palabre/v1/hooks/{secret}", 422, **sent).json()
        assert "text" in told["error"]


def test_posting_by_an_address_counts_as_posting(network_with: Any) -> None:
    from palabre.edge.limits import Rate
    from palabre.posts.model import Visibility

    network: Network = network_with(rates={"statuses": Rate(2, 3600)})
    ana = network.member("ana")
    secret = network.write(actions.create_incoming, network.site.keyring, ana.number, "Build", Visibility.PUBLIC)
    path = f"/api/palabre/v1/hooks/{secret}"
    ana.say("One")
    network.visitor.call("POST", path, json={"text": "Two"})
    network.visitor.call("POST", path, 429, json={"text": "Three"})
    ana.call("POST", "/api/v1/statuses", 429, json={"status": "Three"})
    assert network.site.ids.encode(Kind.ACCOUNT, ana.number) == ana.id


def test_a_delivery_that_nobody_is_to_get_any_more_is_dropped(network: Network) -> None:
    ana = network.member("ana")
    hook = hooked(network, ana, Event.STATUS_CREATED)
    ana.say("One")
    network.settle()
    [waiting] = network.site.db.read_now(sql.log, hook.id, 10)
    network.write(disable, ana.number)
    network.run(Hooking(network.site, body_of).send(Sending(waiting.id)))
    [kept] = network.site.db.read_now(sql.log, hook.id, 10)
    assert (kept.outcome, kept.subject, kept.attempts) == (Outcome.DROPPED, 0, 0)


def test_a_delivery_that_came_through_stays_delivered_when_its_job_runs_again(network: Network) -> None:
    ana = network.member("ana")
    hook = hooked(network, ana, Event.STATUS_CREATED)
    ana.say("One")
    network.settle()
    [waiting] = network.site.db.read_now(sql.log, hook.id, 10)
    network.write(actions.note_answer, waiting.id, 204)
    network.run(Hooking(network.site, body_of).send(Sending(waiting.id)))
    [kept] = network.site.db.read_now(sql.log, hook.id, 10)
    assert kept.outcome is Outcome.DELIVERED


def test_a_follower_is_told_only_while_he_follows_and_is_not_hidden(network: Network) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    hook = hooked(network, ana, Event.FOLLOW_CREATED)
    ben.follow(ana)

    def told() -> list[str | None]:
        return [each and each["object"]["username"] for each in bodies(network, hook)]

    assert told() == ["ben"]
    network.write(graph.mute, ana.number, ben.number)
    assert told() == [None]
    network.write(graph.unmute, ana.number, ben.number)
    network.write(suspend, ben.number)
    assert told() == [None]
    network.write(unsuspend, ben.number)
    assert told() == ["ben"]
    network.write(graph.unfollow, ben.number, ana.number)
    assert told() == [None]


@pytest.mark.parametrize("blocks_owner", [True, False])
def test_a_follower_is_not_told_over_a_block(network: Network, *, blocks_owner: bool) -> None:
    ana, ben = network.member("ana"), network.member("ben")
    hook = hooked(network, ana, Event.FOLLOW_CREATED)
    ben.follow(ana)
    network.settle()
    one, other = (ben, ana) if blocks_owner else (ana, ben)
    network.write(graph.block, one.number, other.number)
    assert bodies(network, hook) == [None]
