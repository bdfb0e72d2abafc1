"""From a like to a telephone: what a push service gets, who can read it, and what its answers do."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from browsing import PASSWORD, Browsing
from deciphering import Device
from fixtures_server import ServerMaker
from push_service import Arrived, PushService
from running import Person, RunningServer


@pytest.fixture
def service() -> Iterator[PushService]:
    """Where messages go."""
    made = PushService()
    yield made
    made.close()


@pytest.fixture(scope="module")
def network(pushing_server: RunningServer) -> RunningServer:
    """A network that may push to this machine."""
    return pushing_server


def _subscribe(http: httpx.Client, service: PushService, device: Device, **more: Any) -> Any:
    where = {"endpoint": f"{service.origin}/send/secret-path", "keys": device.keys, **more}
    alerts = {"mention": True, "favourite": True}
    body = {"subscription": where, "data": {"alerts": alerts}}
    return http.post("/api/v1/push/subscription", json=body).raise_for_status().json()


def _mention(author: Person, of: Person, text: str) -> None:
    with author.client() as http:
        http.post("/api/v1/statuses", json={"status": f"@{of.username} {text}"}).raise_for_status()


def _raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _check_vapid(arrived: Arrived, *, audience: str, key: str) -> None:
    authorization = arrived.headers["Authorization"]
    if authorization.startswith("vapid "):
        fields = dict(each.split("=", 1) for each in authorization.removeprefix("vapid ").split(","))
        token, public = fields["t"], fields["k"]
    else:
        token = authorization.removeprefix("WebPush ")
        public = arrived.headers["Crypto-Key"].partition("p256ecdsa=")[2]
    assert public == key
    head, claims, signature = token.split(".")
    both = _raw(signature)
    der = utils.encode_dss_signature(int.from_bytes(both[:32], "big"), int.from_bytes(both[32:], "big"))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _raw(public))
    point.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
    said = json.loads(_raw(claims))
    assert said["aud"] == audience
    assert time.time() < said["exp"] < time.time() + 24 * 3_600


@pytest.mark.parametrize("standard", [True, False])
def test_a_notification_reaches_the_device_and_only_it_can_read_it(
    network: RunningServer, service: PushService, standard: bool
) -> None:
    ana, ben = network.accounts([f"ana_{standard}", f"ben_{standard}"])
    device = Device()
    with ana.client() as http:
        made = _subscribe(http, service, device, standard=standard)
        _mention(ben, ana, "a word nobody else may read")
        (arrived,) = service.wait(1)
        (told,) = http.get("/api/v1/notifications").json()
        text = json.loads(device.read(arrived.body, arrived.headers))
        number = text["notification_id"]
        assert isinstance(number, int), "devices read it into 64 bits"
        assert number < 2**53
        assert http.get(f"/api/v1/notifications/{number}").json() == told
    assert arrived.headers["Content-Encoding"] == ("aes128gcm" if standard else "aesgcm")
    assert (arrived.path, int(arrived.headers["TTL"])) == ("/send/secret-path", 172_800)
    _check_vapid(arrived, audience=service.origin, key=made["server_key"])
    assert b"nobody else" not in arrived.body
    assert text == {
        "access_token": ana.token,
        "preferred_locale": "en",
        "notification_id": text["notification_id"],
        "notification_type": "mention",
        "icon": told["account"]["avatar"],
        "title": f"{ben.username} mentioned you",
        "body": f"@{ana.username} a word nobody else may read",
    }
    for secret in ("nobody else may read", "secret-path", ana.token):
        assert secret not in network.said()


def test_members_may_have_nothing_but_a_knock(network: RunningServer, service: PushService) -> None:
    ana = network.account("ana_quiet", password=PASSWORD)
    ben = network.account("ben_quiet")
    browser = Browsing(network)
    browser.sign_in(ana)
    assert 'name="push_quiet"' in browser.get("/settings/preferences").text
    browser.post("/settings/preferences", data={"push_quiet": "on"})
    device = Device()
    with ana.client() as http:
        _subscribe(http, service, device, standard=True)
        _mention(ben, ana, "not this")
        (arrived,) = service.wait(1)
    text = json.loads(device.read(arrived.body, arrived.headers))
    assert (text["title"], text["body"]) == ("You have a new notification", "")
    assert "ben_quiet" not in json.dumps(text)


@pytest.mark.parametrize("gone", [404, 410])
def test_a_subscription_that_is_gone_is_removed(network: RunningServer, service: PushService, gone: int) -> None:
    ana, ben = network.accounts([f"ana_{gone}", f"ben_{gone}"])
    service.answers.append(gone)
    with ana.client() as http:
        _subscribe(http, service, Device(), standard=True)
        _mention(ben, ana, "hi")
        service.wait(1)
        deadline = time.monotonic() + 120
        while http.get("/api/v1/push/subscription").status_code != 404:
            assert time.monotonic() < deadline, "it was kept"
            time.sleep(0.05)


def test_a_busy_service_is_asked_again_later_and_a_message_refused_for_good_is_not(
    network: RunningServer, service: PushService
) -> None:
    ana, ben = network.accounts(["ana_busy", "ben_busy"])
    device = Device()
    service.answers += [429, 201, 400]
    with ana.client() as http:
        _subscribe(http, service, device, standard=True)
        _mention(ben, ana, "first")
        first = service.wait(2)
        texts = [json.loads(device.read(each.body, each.headers))["body"] for each in first]
        assert texts == ["@ana_busy first"] * 2
        _mention(ben, ana, "refused")
        service.wait(3)
        _mention(ben, ana, "last")
        last = service.wait(4)[3]
        assert json.loads(device.read(last.body, last.headers))["body"] == "@ana_busy last"
        assert http.get("/api/v1/push/subscription").status_code == 200
    said = network.command("jobs", "dead", "--data", str(network.data), check=False)
    assert "push" not in said.stdout


def test_redirects_are_not_followed(network: RunningServer, service: PushService) -> None:
    ana, ben = network.accounts(["ana_redirect", "ben_redirect"])
    service.redirect = f"{service.origin}/elsewhere"
    service.answers += [307]
    with ana.client() as http:
        _subscribe(http, service, Device(), standard=True)
        _mention(ben, ana, "hi")
        service.wait(1)
        service.redirect = ""
        _mention(ben, ana, "again")
        service.wait(2)
    assert {each.path for each in service.arrived} == {"/send/secret-path"}


def test_private_addresses_are_not_asked(make_server: ServerMaker, service: PushService) -> None:
    server = make_server(limits="off").start()
    ana = server.account("ana")
    port = service.origin.rpartition(":")[2]
    with ana.client() as http:
        for endpoint in (f"http://127.0.0.1:{port}/x", f"https://127.0.0.1:{port}/x", f"https://localhost:{port}/x"):
            body = {"subscription": {"endpoint": endpoint, "keys": Device().keys}}
            assert http.post("/api/v1/push/subscription", json=body).status_code == 422
    assert service.arrived == []
