"""What members have with each other and with the world outside is the same on the server that takes over."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from deciphering import Device
from push_service import Arrived, PushService
from running import Person
from standbys import Host, Proxy, noise, pair, until

pytestmark = [pytest.mark.crash, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


def take_over(one: Host, two: Host, *people: Person) -> None:
    """Lose the first; let the second lead, and people go there."""
    one.kill()
    two.command("promote", "--data", str(two.data), "--yes")
    two.wait_ready()
    for person in people:
        person.base_url = two.base_url


# Web push


@pytest.fixture
def service() -> Iterator[PushService]:
    """Where push messages go."""
    made = PushService()
    yield made
    made.close()


def signer(arrived: Arrived) -> tuple[str, dict[str, Any]]:
    """Return the public key with which a message was signed, and what was said (RFC 8292)."""
    fields = dict(each.split("=", 1) for each in arrived.headers["Authorization"].removeprefix("vapid ").split(","))
    claims = fields["t"].split(".")[1]
    return fields["k"], json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))


def test_devices_are_told_by_the_new_server_with_the_key_that_they_know(tmp_path: Path, service: PushService) -> None:
    with pair(tmp_path, push_anywhere="on") as (one, two):
        ana, ben = one.account("ana"), one.account("ben")
        device = Device()
        where = {"endpoint": f"{service.origin}/send/here", "keys": device.keys, "standard": True}
        body = {"subscription": where, "data": {"alerts": {"mention": True}}}
        with ana.client() as http, ben.client() as bens:
            made = http.post("/api/v1/push/subscription", json=body).raise_for_status().json()
            bens.post("/api/v1/statuses", json={"status": "@ana from the first"}).raise_for_status()
            service.wait(1)
            service.refuse = 503  # it is away while the first server is lost: this message is still to be sent
            bens.post("/api/v1/statuses", json={"status": "@ana in the gap"}).raise_for_status()
            service.wait(2)
        take_over(one, two, ana, ben)
        service.refuse = None
        with ana.client() as http, ben.client() as bens:
            assert http.get("/api/v1/push/subscription").json() == made
            bens.post("/api/v1/statuses", json={"status": "@ana from the second"}).raise_for_status()
            wanted = {"@ana from the first", "@ana in the gap", "@ana from the second"}
            until(lambda: wanted <= told(device, service), "the device is told of everything")
        assert {signer(each)[0] for each in service.arrived} == {made["server_key"]}
        assert all(signer(each)[1]["aud"] == service.origin for each in service.arrived)


def told(device: Device, service: PushService) -> set[str]:
    """What the device was told and could read, where the service took it."""
    return {json.loads(device.read(each.body, each.headers))["body"] for each in service.taken}


# Addresses


def test_ids_links_and_lists_are_the_same(tmp_path: Path) -> None:
    with pair(tmp_path) as (one, two):
        ana, ben = one.account("ana"), one.account("ben")
        with ana.client() as http, ben.client() as bens:
            said = http.post("/api/v1/statuses", json={"status": "A post with #roots for @ben"}).json()
            reply = bens.post("/api/v1/statuses", json={"status": "I reply", "in_reply_to_id": said["id"]}).json()
            file = http.post("/api/v2/media", files={"file": ("a.png", noise(256), "image/png")}).json()
            shown = http.post("/api/v1/statuses", json={"status": "Seen", "media_ids": [file["id"]]}).json()
            account = http.get("/api/v1/accounts/verify_credentials").json()
        paths = [
            f"/api/v1/statuses/{said['id']}",
            f"/api/v1/statuses/{said['id']}/context",
            f"/api/v1/statuses/{shown['id']}",
            f"/api/v1/accounts/{account['id']}",
            f"/api/v1/accounts/{account['id']}/statuses",
            "/api/v1/accounts/lookup?acct=ana",
            "/api/v1/timelines/home",
            "/api/v1/timelines/tag/roots",
            "/api/v1/timelines/public?local=true",
            "/api/v1/notifications",
        ]
        pages = ["/@ana", f"/@ana/{said['id']}", f"/@ben/{reply['id']}", "/tags/roots", "/about"]
        before = everything(ben, paths), links(ben, pages)
        take_over(one, two, ana, ben)
        after = everything(ben, paths), links(ben, pages)
        assert after[0] == before[0]
        assert after[1] == before[1]
        assert said["url"] in str(before[1])  # it was a link that was looked for
        with ben.client() as http:  # the very address that was given out before, asked at the new server
            assert http.get(said["url"].removeprefix(one.base_url)).status_code == 200
            assert http.get(said["uri"].removeprefix(one.base_url), headers={"Accept": "text/html"}).status_code in {
                200, 303, 404,
            }  # fmt: skip
            last = http.get("/api/v1/timelines/public?local=true&limit=1").headers["link"]
            assert http.get(re.findall(r"<([^>]+)>", last)[0].partition(one.base_url)[2]).status_code == 200


def test_feeds_go_on_for_readers_that_know_their_entries(tmp_path: Path) -> None:
    paths = [f"{of}.{ending}" for of in ("/@ana", "/tags/roots") for ending in ("rss", "atom")]
    with pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with ana.client() as http:
            file = http.post("/api/v2/media", files={"file": ("a.png", noise(256), "image/png")}).json()
            for text, media in (("A post with #roots", []), ("Seen by #roots", [file["id"]])):
                http.post("/api/v1/statuses", json={"status": text, "media_ids": media}).raise_for_status()
        before = feeds(one, paths)
        assert all(len(feed.entries) == 2 for feed in before.values())
        take_over(one, two, ana)
        after = feeds(two, paths)
        for path in paths:
            assert [told_of(entry) for entry in after[path].entries] == [
                told_of(entry) for entry in before[path].entries
            ], "a reader shows nothing twice"
            assert after[path].feed.link == before[path].feed.link
            [enclosure] = next(entry for entry in after[path].entries if "Seen" in entry.title).enclosures
            assert ask(two, enclosure.href.removeprefix(one.base_url)).content
        with ana.client() as http:
            http.post("/api/v1/statuses", json={"status": "After the loss #roots"}).raise_for_status()
        for path, feed in feeds(two, paths).items():
            assert len(feed.entries) == 3, path
            assert "After the loss" in feed.entries[0].title


def ask(host: Host, path: str) -> httpx.Response:
    """Fetch what anybody may have."""
    with host.client() as http:
        return http.get(path).raise_for_status()


def feeds(host: Host, paths: list[str]) -> dict[str, Any]:
    """What a feed reader makes of them."""
    import feedparser

    return {path: feedparser.parse(ask(host, path).content) for path in paths}


def told_of(entry: Any) -> tuple[str, str, str, str]:
    """What a reader knows an entry by, and shows of it."""
    return entry.id, entry.link, entry.title, entry.summary


def everything(person: Person, paths: list[str]) -> dict[str, Any]:
    """What the client API answers."""
    with person.client() as http:
        return {path: http.get(path).raise_for_status().json() for path in paths}


def links(person: Person, pages: list[str]) -> dict[str, list[str]]:
    """The addresses on pages, as a visitor gets them, without the marks of files."""
    found = {}
    with httpx.Client(base_url=person.base_url, timeout=30, trust_env=False) as http:
        for page in pages:
            text = http.get(page, headers={"Accept": "text/html"}).raise_for_status().text.replace("&#x2f;", "/")
            found[page] = sorted(set(re.findall(r'(?:href|src|content)="((?:https?:/)?/[^"?]+)', text)))
    return found


# Pictures


class Painter:
    """Posts pictures without end, and remembers those that were acknowledged."""

    def __init__(self, person: Person) -> None:
        self.shown: list[dict[str, Any]] = []
        self._person = person
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._paint, daemon=True) for _ in range(3)]
        for thread in self._threads:
            thread.start()

    def _paint(self) -> None:
        with self._person.client() as http:
            while not self._stop.is_set():
                try:
                    file = http.post("/api/v2/media", files={"file": ("a.png", noise(256), "image/png")})
                    if file.status_code != 200:
                        continue
                    shown = http.post("/api/v1/statuses", json={"status": "", "media_ids": [file.json()["id"]]})
                except httpx.TransportError:
                    continue
                if shown.status_code == 200:
                    self.shown.append(shown.json())

    def stop(self) -> None:
        """Paint no more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_a_picture_is_on_the_standby_before_the_post_that_shows_it_is_acknowledged(tmp_path: Path) -> None:
    one = Host(tmp_path / "one", standby_seconds=20.0).start()
    two = Host(tmp_path / "two", new=False, origin=one.base_url)
    way = Proxy(one.standby_port)
    try:
        two.join(f"127.0.0.1:{way.port}", one.invite()).follow()
        until(one.has_standby, "a standby is in step")
        ana = one.account("ana")

        def slow(piece: bytes) -> list[bytes]:
            time.sleep(0.01)  # a picture takes longer than its row: only the order of the two can help
            return [piece]

        way.harm = slow
        painter = Painter(ana)
        until(lambda: len(painter.shown) > 12, "some pictures")
        one.kill()  # whatever is on its way is lost with it
        way.close()
        painter.stop()
        two.command("promote", "--data", str(two.data), "--yes")
        two.wait_ready()
        ana.base_url = two.base_url
        with ana.client() as http:
            for each in painter.shown:
                (there,) = http.get(f"/api/v1/statuses/{each['id']}").raise_for_status().json()["media_attachments"]
                for name in ("url", "preview_url"):
                    answer = http.get(there[name].removeprefix(one.base_url))
                    assert answer.status_code == 200, f"{name} of a post that was acknowledged"
                    Image.open(io.BytesIO(answer.content)).load()
    finally:
        way.close()
        one.kill()
        two.kill()
