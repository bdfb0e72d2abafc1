"""Push subscriptions through the API, and what each of them is sent."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from palabre import jobs
from palabre.accounts import oauth
from palabre.accounts.roster import disable
from palabre.edge.pushing import _look
from palabre.ids import Kind
from palabre.push.actions import SEND
from palabre.push.encryption import b64, public_point
from palabre.push.model import Message
from unit.api.network import Caller, Network

_KEY = ec.derive_private_key(7, ec.SECP256R1())
DEVICE = {"p256dh": b64(public_point(_KEY)), "auth": b64(b"sixteen bytes yo")}
WHERE = "https://push.example.org/send/abc?x=1"
_ALL = ("mention", "status", "reblog", "follow", "follow_request", "favourite")


def subscribe(member: Caller, *, policy: str = "all", alerts: tuple[str, ...] = _ALL, **where: Any) -> Any:
    return member.post(
        "/api/v1/push/subscription",
        subscription={"endpoint": WHERE, "keys": DEVICE, **where},
        data={"alerts": dict.fromkeys(alerts, True), "policy": policy},
    )


def due(network: Network) -> list[tuple[int, int]]:
    """The messages that wait to be sent: subscription and notification."""
    network.settle()
    found = network.write(jobs.claim, most=100)
    messages = [msgspec.json.decode(each.payload, type=Message) for each in found if each.kind == SEND]
    return [(each.subscription, each.notification) for each in messages]


@pytest.fixture
def ana(network: Network) -> Caller:
    return network.member("ana", "read write follow push")


def test_the_number_of_a_subscription_fits_where_apps_keep_it(ana: Caller) -> None:
    shown = subscribe(ana)
    assert type(shown["id"]) is int
    assert 0 < shown["id"] < 2**31  # an Int of Kotlin and Java
    assert ana.get("/api/v1/push/subscription")["id"] == shown["id"]


def test_a_device_may_ask_for_what_only_this_network_tells(ana: Caller) -> None:
    wanted = ("passkey_added", "reply_approved", "reply_request")
    made = subscribe(ana, alerts=wanted)
    assert sorted(name for name, told in made["alerts"].items() if told) == list(wanted)
    assert ana.get("/api/v1/push/subscription") == made


def test_the_policy_may_stand_beside_the_alerts_as_libraries_send_it(ana: Caller) -> None:
    where = {"endpoint": WHERE, "keys": DEVICE}
    body = {"subscription": where, "data": {"alerts": {"mention": True}}, "policy": "followed"}
    assert ana.post("/api/v1/push/subscription", **body)["policy"] == "followed"
    both = body | {"data": {"alerts": {"mention": True}, "policy": "none"}}
    assert ana.post("/api/v1/push/subscription", **both)["policy"] == "none"


def test_a_subscription_is_what_was_asked_for(ana: Caller, network: Network) -> None:
    ana.get("/api/v1/push/subscription", 404)
    made = subscribe(ana, alerts=("mention", "poll"), policy="followed")
    assert made == {
        "id": made["id"],
        "endpoint": WHERE,
        "standard": False,
        "server_key": network.visitor.get("/api/v2/instance")["configuration"]["vapid"]["public_key"],
        "alerts": {
            "mention": True, "status": False, "reblog": False, "follow": False, "follow_request": False,
            "favourite": False, "poll": True, "update": False, "quote": False,
            "quoted_update": False, "admin.sign_up": False, "admin.report": False, "moderation_warning": False,
            "added_to_collection": False, "collection_update": False,
        },
        "policy": "followed",
    }  # fmt: skip
    assert ana.get("/api/v1/push/subscription") == made
    changed = ana.call("PUT", "/api/v1/push/subscription", json={"data": {"alerts": {"follow": "true"}}}).json()
    assert [name for name, told in changed["alerts"].items() if told] == ["follow"]
    assert (changed["policy"], changed["id"]) == ("followed", made["id"])
    outside = ana.call("PUT", "/api/v1/push/subscription", json={"data": {}, "policy": "none"}).json()
    assert outside["policy"] == "none"
    assert ana.delete("/api/v1/push/subscription") == {}
    ana.get("/api/v1/push/subscription", 404)
    ana.call("PUT", "/api/v1/push/subscription", 404, json={"data": {}})
    assert ana.delete("/api/v1/push/subscription") == {}


def test_forms_are_read_as_well(ana: Caller) -> None:
    form = {
        "subscription[endpoint]": WHERE,
        "subscription[keys][p256dh]": DEVICE["p256dh"] + "=",
        "subscription[keys][auth]": DEVICE["auth"] + "==",
        "subscription[standard]": "true",
        "data[alerts][mention]": "1",
        "data[alerts][follow]": "0",
        "data[policy]": "none",
    }
    made = ana.call("POST", "/api/v1/push/subscription", data=form).json()
    assert (made["standard"], made["policy"]) == (True, "none")
    assert [name for name, told in made["alerts"].items() if told] == ["mention"]


_UNSET: tuple[dict[str, Any], ...] = (
    {"json": {"data": {"alerts": {"mention": True, "poll": None, "follow": False, "unheard_of": True}}}},
    {"json": {"data": {"alerts": {"mention": "yes", "poll": "undefined", "follow": "0"}}}},
    {"json": {"data": {"alerts": ["mention", "unheard_of"]}}},
    {"data": {"data[alerts][mention]": "true", "data[alerts][poll]": "undefined", "data[alerts][follow]": ""}},
    {"data": {"data[alerts][]": ["mention"]}},
    {"files": {"data[alerts][mention]": (None, "true"), "data[alerts][poll]": (None, "undefined")}},
    {"params": {"data[alerts][mention]": "on", "data[alerts][poll]": "null"}},
)


@pytest.mark.parametrize("sent", _UNSET, ids=str)
def test_what_a_library_leaves_unset_is_not_told_and_nothing_is_refused(ana: Caller, sent: dict[str, Any]) -> None:
    subscribe(ana, alerts=("poll", "follow"))
    told = ana.call("PUT", "/api/v1/push/subscription", **sent).json()["alerts"]
    assert [name for name, on in told.items() if on is True] == ["mention"]


@pytest.mark.parametrize("data", [{}, {"alerts": None}, {"alerts": {}}, {"alerts": []}, {"alerts": ""}])
def test_nothing_is_told_if_nothing_is_asked_for(ana: Caller, data: dict[str, Any]) -> None:
    subscribe(ana)
    told = ana.call("PUT", "/api/v1/push/subscription", json={"data": data}).json()["alerts"]
    assert True not in told.values()


def test_a_token_has_one_subscription_and_sees_no_other(ana: Caller, network: Network) -> None:
    phone = network.token_for(ana, "push")
    first = subscribe(ana)
    phone.get("/api/v1/push/subscription", 404)
    second, again = subscribe(phone), subscribe(ana)
    assert len({each["id"] for each in (first, second, again)}) == 3
    assert ana.get("/api/v1/push/subscription") == again
    assert phone.get("/api/v1/push/subscription") == second


def test_the_scope_is_push(ana: Caller, network: Network) -> None:
    reading = network.token_for(ana, "read write follow")
    for method in ("GET", "POST", "PUT", "DELETE"):
        reading.call(method, "/api/v1/push/subscription", 403)
        network.visitor.call(method, "/api/v1/push/subscription", 401)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/x", "ftp://push.example.org/x", "push.example.org", "https://", "https://localhost/x",
        "https://user:secret@push.example.org/x", "https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.1:8443/",
        "https://169.254.169.254/latest", "https://[::ffff:127.0.0.1]/", "https://push.example.org/\n",
        "https://push.example.org:99999/", "https://push.example.org/" + "x" * 3_000, "https://bücher.example/x",
    ],
)  # fmt: skip
def test_only_public_https_addresses_are_taken(ana: Caller, endpoint: str) -> None:
    said = subscribe_refused(ana, endpoint=endpoint)
    assert list(said["details"]) == ["endpoint"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("p256dh", "x"), ("p256dh", b64(b"\x04" + b"\x01" * 64)), ("p256dh", b64(public_point(_KEY)[:64])),
        ("p256dh", ""), ("p256dh", "A" * 10_000), ("auth", "short"), ("auth", b64(b"x" * 17)), ("auth", "é" * 22),
    ],
)  # fmt: skip
def test_keys_that_cannot_be_some_are_refused_by_name(ana: Caller, name: str, value: str) -> None:
    said = subscribe_refused(ana, keys={**DEVICE, name: value})
    assert list(said["details"]) == [name]


def subscribe_refused(ana: Caller, **where: Any) -> Any:
    body = {"subscription": {"endpoint": WHERE, "keys": DEVICE, **where}}
    return ana.call("POST", "/api/v1/push/subscription", 422, json=body).json()


def test_what_the_device_is_reached_by_is_not_in_the_database_in_clear(ana: Caller, network: Network) -> None:
    from sqlalchemy import select

    from palabre.push.tables import subscription
    from palabre.store import statement

    subscribe(ana)
    (row,) = network.run(network.site.db.read(lambda db: db.all(statement(select(*subscription.c)))))
    kept = repr(tuple(bytes(each) if isinstance(each, memoryview) else each for each in row))
    assert "push.example.org" not in kept
    assert ana.token not in kept


def test_each_device_gets_each_notification_once_by_its_own_choice(ana: Caller, network: Network) -> None:
    ben, cleo = network.member("ben"), network.member("cleo")
    devices = {name: network.token_for(ana, "read push") for name in ("all", "followed", "follower", "none", "likes")}
    made = {}
    for name, device in devices.items():
        policy = "all" if name == "likes" else name
        alerts = ("favourite",) if name == "likes" else _ALL
        shown = subscribe(device, policy=policy, alerts=alerts)
        made[shown["id"]] = name
    ana.follow(ben)
    cleo.follow(ana)
    network.settle()
    due(network)
    post = ana.say("Hello")["id"]
    for each in (ben, cleo):
        each.post(f"/api/v1/statuses/{post}/favourite")
        each.say("@ana hi")
    told: dict[str, int] = {}
    messages = due(network)
    assert len(messages) == len(set(messages))
    for subscription, _ in messages:
        name = made[int(network.site.ids.encode(Kind.PUSH, subscription)[-9:])]
        told[name] = told.get(name, 0) + 1
    assert told == {"all": 4, "followed": 2, "follower": 2, "likes": 2}
    assert due(network) == []


def test_nobody_is_told_of_what_he_must_not_see(ana: Caller, network: Network) -> None:
    ben = network.member("ben")
    subscribe(ana)
    ana.post(f"/api/v1/accounts/{ben.id}/mute")
    ben.say("@ana hi")
    assert due(network) == []


def test_nobody_is_told_of_what_his_filters_hide(ana: Caller, network: Network) -> None:
    bo = network.member("bo")
    subscribe(ana)
    words = [{"keyword": "oak"}]
    ana.post("/api/v2/filters", title="x", context=["notifications"], filter_action="hide", keywords_attributes=words)
    bo.say("@ana about an oak")
    bo.say("@ana about an elm")
    read = network.site.db.read_now
    seen = [read(_look, Message(subscription=kept, notification=number)) for kept, number in due(network)]
    assert [found and found[1].post.post.text for found in seen] == [None, "@ana about an elm"]


def test_a_revoked_token_ends_its_subscription(ana: Caller, network: Network) -> None:
    phone = network.token_for(ana, "push")
    subscribe(ana)
    kept = subscribe(phone)
    network.write(oauth.revoke, network.site.keyring, None, ana.token)
    network.settle()
    assert phone.get("/api/v1/push/subscription") == kept
    network.member("ben").say("@ana hi")
    assert len(due(network)) == 1


def test_apps_are_told_the_same_key_as_everybody(network: Network) -> None:
    key = network.visitor.get("/api/v2/instance")["configuration"]["vapid"]["public_key"]
    assert len(key) == 87
    assert network.register()["vapid_key"] == key


def test_a_disabled_member_is_told_nothing_until_he_is_enabled(ana: Caller, network: Network) -> None:
    subscribe(ana)
    network.member("bo").say("@ana hello")
    [(kept, number)] = due(network)
    message = Message(subscription=kept, notification=number)
    network.write(disable, ana.number)
    assert network.site.db.read_now(_look, message) is None
    network.write(disable, ana.number, on=False)
    assert network.site.db.read_now(_look, message) is not None
