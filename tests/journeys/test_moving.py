"""The network moves to another machine on purpose: at the old address nothing is lost and nothing refused."""

from __future__ import annotations

import json
import re
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from palabre.beacon.actions import kept as announced
from palabre.emojis.queries import all_emojis
from palabre.survival.belongings import RECOVERY
from plain_browser import PlainBrowser
from running import Person, free_port, started
from standbys import Host, Writer, missing, noise, pair, until

pytestmark = pytest.mark.crash


class Reader:
    """Reads all the time, a new connection each time, and counts what is not an answer."""

    def __init__(self, person: Person, base_url: str) -> None:
        self.person = person
        self.base_url = base_url
        self.answers = 0
        self.wrong: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        headers = {"Authorization": f"Bearer {self.person.token}", "Connection": "close"}
        with httpx.Client(timeout=20, trust_env=False, headers=headers) as client:
            while not self._stop.is_set():
                for path in ("/api/v1/timelines/home", "/about", "/api/v1/accounts/verify_credentials"):
                    try:
                        answer = client.get(self.base_url + path)
                    except httpx.TransportError as error:
                        self.wrong.append(f"{path}: {error!r}")
                        continue
                    self.answers += 1
                    if answer.status_code != 200:
                        self.wrong.append(f"{path}: {answer.status_code} {answer.text[:200]}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


class Told(Writer):
    """A writer that counts broken connections as refusals, and the longest wait."""

    longest = 0.0

    def _write(self, number: int) -> None:
        count = 0
        headers = {"Authorization": f"Bearer {self.person.token}", "Connection": "close"}
        with httpx.Client(timeout=30, trust_env=False, headers=headers) as client:
            while not self._stop.is_set():
                count += 1
                text = f"words {number} {count} {id(self)}"
                began = time.monotonic()
                try:
                    answer = client.post(f"{self.base_url()}/api/v1/statuses", data={"status": text})
                except httpx.TransportError:
                    self.refused += 1
                    continue
                self.longest = max(self.longest, time.monotonic() - began)
                if answer.status_code == 200:
                    self.acknowledged[answer.json()["id"]] = text
                else:
                    self.refused += 1


def start_move(host: Host, *words: str) -> None:
    """``palabre move`` as a process that goes on serving."""
    with host.log.open("ab") as log:
        host.process = started(
            ["move", "--data", str(host.data), "--yes", "--json", *words],
            host.environment | {"PALABRE_PORT": str(host.port)},
            stdout=log, stderr=log,
        )  # fmt: skip


def test_a_network_moves_under_load_and_the_old_address_goes_on(tmp_path: Path) -> None:
    one = Host(tmp_path / "one").start()
    two = Host(tmp_path / "two", new=False, origin=one.base_url)
    try:
        ana, ben = one.account("ana"), one.account("ben", password="a long pass phrase of words")
        with Told(ana, lambda: one.base_url) as writer, Reader(ana, one.base_url) as reader:
            until(lambda: len(writer.acknowledged) > 50, "some posts")
            start_move(two, "--from", one.address, "--token", one.invite())
            until(lambda: "go to the successor" in one.said(), f"it moved:\n{one.said()}\n{two.said()}")
            so_far, read = len(writer.acknowledged), reader.answers
            until(lambda: len(writer.acknowledged) > so_far + 50, "posts at the old address")
            until(lambda: reader.answers > read + 20, "reading at the old address")
            with ana.client() as client:
                picture = client.post("/api/v2/media", files={"file": ("a.png", small_picture(), "image/png")})
                assert picture.status_code == 200, picture.text
                assert client.head("/about").status_code == 200
                form = {"content-type": "application/x-www-form-urlencoded"}
                pieces = client.post("/api/v1/statuses", content=iter([b"status=in+", b"pieces"]), headers=form)
                assert pieces.status_code == 200, pieces.text  # a body of unknown length
                tagged = client.get("/static/" + static_file(client))
                same = client.get(tagged.url.path, headers={"if-none-match": tagged.headers["etag"]})
                assert same.status_code == 304
            browser = PlainBrowser(one)
            browser.sign_in(ben)  # forms, cookies and their tokens pass
            for _ in range(2):
                with browser.client.stream("GET", "/live/home", headers={"Accept": "text/event-stream"}) as live:
                    assert next(live.iter_bytes()).startswith(b"retry")
            browser.close()
        assert writer.refused == 0
        assert reader.wrong == []
        assert writer.longest < 15
        assert missing(ana, two.base_url, writer.acknowledged) == []
        assert '"moved": true' in two.said()
        one.kill()  # and started again it points on, without a network of its own
        one.start()
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "by the old way"}).status_code == 200
        assert json.loads((one.data / "survival" / "state.json").read_bytes())["fenced"] == 2
        assert "sends on" in one.command("doctor", "--data", str(one.data)).stdout
        assert "moved" in one.command("standby", "status", "--data", str(one.data)).stdout
        lost = one.command("account", "create", "eve", "--data", str(one.data), check=False)
        assert lost.returncode == 1  # it would be in a database that nobody reads any more
        assert "replaced by another" in lost.stderr
    finally:
        one.kill()
        two.kill()


def static_file(client: httpx.Client) -> str:
    """The name of some file that the pages load."""
    return re.search(r'/static/([^"?]+)', client.get("/about", headers={"Accept": "text/html"}).text)[1]


def small_picture() -> bytes:
    import io
    import os

    from PIL import Image

    out = io.BytesIO()
    Image.frombytes("RGB", (400, 400), os.urandom(400 * 400 * 3)).save(out, "PNG")
    return out.getvalue()


def test_a_standby_that_follows_already_takes_over_when_asked_and_back_again(tmp_path: Path) -> None:
    with pair(tmp_path) as (one, two):
        ana = one.account("ana")
        with Told(ana, lambda: one.base_url, threads=2) as writer:
            until(lambda: len(writer.acknowledged) > 20, "some posts")
            said = json.loads(two.command("move", "--data", str(two.data), "--yes", "--json").stdout)
            assert said["moved"]
            assert said["epoch"] == 2
            until(lambda: "go to the successor" in one.said(), "it moved")
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 20, "posts at the old address")
        assert writer.refused == 0
        one.stop()  # the way back: the old one follows, and takes over in its turn
        one.join(two.address, two.invite()).follow()
        until(one.is_in_step, f"the old one follows:\n{one.said()}")
        one.command("move", "--data", str(one.data), "--yes")
        until(lambda: "go to the successor" in two.said(), "it moved back")
        one.wait_ready()
        assert missing(ana, one.base_url, writer.acknowledged) == []
        assert not list((one.data / "survival").glob("aside-*"))


def test_pages_lead_to_the_new_origin_and_apps_are_sent_on(tmp_path: Path) -> None:
    one = Host(tmp_path / "one").start()
    two = Host(tmp_path / "two", new=False)
    try:
        ana = one.account("ana")
        start_move(two, "--from", one.address, "--token", one.invite(), "--to", two.address)
        until(lambda: "go to the successor" in one.said(), f"it moved:\n{two.said()}")
        with ana.client() as client:
            led = client.get("/about?from=old")
            assert led.status_code == 308
            assert led.headers["location"] == f"{two.base_url}/about?from=old"
            assert client.get("/api/v1/accounts/verify_credentials").json()["username"] == "ana"
            assert client.post("/api/v1/statuses", data={"status": "through"}).status_code == 200
    finally:
        one.kill()
        two.kill()


def live(host: Host, token: str, **options: Any) -> ClientConnection:
    """A WebSocket for the member's home."""
    return connect(
        f"ws://127.0.0.1:{host.port}/api/v1/streaming?stream=user",
        additional_headers={"Authorization": f"Bearer {token}"}, proxy=None, open_timeout=30, **options,
    )  # fmt: skip


def close_code(connection: ClientConnection) -> int | None:
    """Wait until the server ends it; return why."""
    try:
        while True:
            connection.recv(timeout=60)
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code


def test_live_updates_go_on_at_the_old_address(tmp_path: Path) -> None:
    with pair(tmp_path) as (one, two):
        ana, ben = one.account("ana"), one.account("ben")
        with ana.client() as client, live(one, ana.token) as before:
            two.command("move", "--data", str(two.data), "--yes", "--json")
            assert close_code(before) == 1001, "who listened before is told to connect again"
            until(lambda: "go to the successor" in one.said(), "it moved")
            with live(one, ana.token) as after, live(one, ben.token) as other:
                said = client.post("/api/v1/statuses", data={"status": "to @ben"}).json()["id"]
                heard = json.loads(after.recv(timeout=60))
                assert (heard["event"], json.loads(heard["payload"])["id"]) == ("update", said)
                assert json.loads(other.recv(timeout=60))["event"] == "notification"
                after.send(json.dumps({"type": "subscribe", "stream": "nowhere"}))
                assert json.loads(after.recv(timeout=60)) == {"error": "Unknown stream type", "status": 400}
                address = f"ws://127.0.0.1:{one.port}/api/v1/streaming?stream=user"
                with connect(address, subprotocols=[ana.token], proxy=None) as by_name:  # type: ignore[list-item]
                    assert by_name.subprotocol == ana.token
                with pytest.raises(InvalidStatus) as refused:
                    live(one, "wrong")
                assert refused.value.response.status_code == 401
                assert json.loads(refused.value.response.body or b"") == {"error": "The access token is invalid"}
                two.command("account", "suspend", "ben", "--data", str(two.data))
                assert close_code(other) == 1008, "why the successor ends it is passed on"
                two.kill()
                assert close_code(after) == 1012, "apps are told to try again"
        assert "Traceback" not in one.said()
        assert ana.token not in one.said()


def test_a_move_whose_new_machine_dies_half_way_is_taken_back(tmp_path: Path) -> None:
    with pair(tmp_path, standby_seconds=2.0) as (one, two):
        ana = one.account("ana")
        assert two.process is not None
        two.process.send_signal(signal.SIGSTOP)
        time.sleep(0.3)
        # What a crash between handing over and taking over leaves: the one in front has promised to answer nothing.
        two.kill()
        one.stop()
        state = json.loads((one.data / "survival" / "state.json").read_bytes())
        name = next((one.data / "survival" / "peers").glob("*.json")).stem
        (one.data / "survival" / "state.json").write_text(json.dumps(state | {"handed_to": name}))
        one.start()
        with ana.client() as client:
            assert client.get("/api/v1/accounts/verify_credentials").status_code == 200
        two.follow()  # it never led: it follows again, and so the other goes on
        until(one.has_standby, "the standby is back")
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "on"}).status_code == 200
        one.stop()
        two.kill()
        state = json.loads((one.data / "survival" / "state.json").read_bytes())
        assert state["handed_to"] == ""
        (one.data / "survival" / "state.json").write_text(json.dumps(state | {"handed_to": name}))
        said = one.command("move", "--cancel", "--data", str(one.data), check=False)
        assert said.returncode == 1  # it asks, and nobody answers
        assert "was not told that it leads" in said.stderr
        one.command("move", "--cancel", "--data", str(one.data), "--yes")
        assert json.loads((one.data / "survival" / "state.json").read_bytes())["handed_to"] == ""
        again = one.command("move", "--cancel", "--data", str(one.data), "--yes", check=False)
        assert again.returncode == 1
        assert "nothing to take back" in again.stderr


def test_what_cannot_be_undone_says_so_and_asks(tmp_path: Path) -> None:
    with pair(tmp_path) as (one, two):
        (tmp_path / "blob.png").write_bytes(noise(32))
        one.command("emoji", "add", "blob", str(tmp_path / "blob.png"), "--data", str(one.data))
        before = (one.data / RECOVERY).read_bytes()
        for host, words, expected in [
            (two, ("move",), "for good"),
            (two, ("promote",), "comes back only as a standby"),
            (one, ("standby", "remove", ""), "this machine only"),
            (one, ("keys", "rotate", "columns"), "encrypted anew"),
            (one, ("backup", "key", "rotate"), "no way back to the old key"),
            (one, ("beacon", "key", "rotate"), "is destroyed"),
            (one, ("beacon", "lose", one.base_url), "send nothing there any more"),
            (one, ("emoji", "remove", "blob"), "is deleted"),
            (one, ("standby", "join", f"127.0.0.1:{free_port()}", "--token", "x"), "is replaced"),
        ]:
            said = host.command(*words, "--data", str(host.data), check=False)
            assert said.returncode == 1, words
            assert expected in said.stderr, said.stderr
            assert "stopped" in said.stderr or "Another process" in said.stderr
        until(one.has_standby, "nothing was changed")
        with one.opened() as opened:
            keys = json.loads(opened.database.read_now(announced)[0])
            assert [each.shortcode for each in opened.database.read_now(all_emojis)] == ["blob"]
        assert len(keys["keys"]) == 1
        assert keys["origins"] == [one.base_url]
        assert (one.data / RECOVERY).read_bytes() == before
        assert not (one.data / "keyring.next").exists()


def test_nothing_is_moved_to_a_server_that_could_not_serve(tmp_path: Path) -> None:
    with pair(tmp_path) as (one, two):
        with socket.create_server(("127.0.0.1", two.port)):
            said = two.command("move", "--data", str(two.data), "--yes", check=False)
        assert said.returncode == 1
        assert f"127.0.0.1:{two.port}" in said.stderr
        ana = one.account("ana")
        with ana.client() as client:
            assert client.post("/api/v1/statuses", data={"status": "goes on"}).status_code == 200
        until(one.has_standby, "it follows as before")


def test_nothing_is_moved_without_a_standby_or_a_place_to_listen(tmp_path: Path) -> None:
    one = Host(tmp_path / "one")
    said = one.command("move", "--data", str(one.data), "--yes", check=False)
    assert said.returncode == 1
    assert "no standby" in said.stderr


def test_the_lease_moves_with_the_network_and_the_old_server_never_leads_again(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.mkdir()
    usual = {"auto_failover": "true", "lease_seconds": 4.0, "standby_seconds": 2.0, "lease": f"folder:{place}"}
    one = Host(tmp_path / "one", **usual).start()
    two = Host(tmp_path / "two", new=False, origin=one.base_url, **usual)
    try:
        two.join(one.address, one.invite()).follow()
        until(one.has_standby, f"a standby is in step:\n{one.said()}\n{two.said()}")
        ana = one.account("ana")
        with Told(ana, lambda: one.base_url, threads=2) as writer:
            until(lambda: len(writer.acknowledged) > 20, "some posts")
            two.command("move", "--data", str(two.data), "--yes")
            until(lambda: "go to the successor" in one.said(), f"it moved:\n{one.said()}\n{two.said()}")
            so_far = len(writer.acknowledged)
            until(lambda: len(writer.acknowledged) > so_far + 20, "posts at the old address")
            time.sleep(5)  # longer than a lease: nobody takes it back
        assert writer.refused == 0
        assert missing(ana, two.base_url, writer.acknowledged) == []
        lease = json.loads((place / "lease").read_bytes())
        assert lease["epoch"] == 2
        assert one.last()["role"] == "fenced"
    finally:
        one.kill()
        two.kill()
