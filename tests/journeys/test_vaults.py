"""The machine is gone: the network comes back from its vault on another, with everything that the vault had."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from PIL import Image

from fixtures_server import ServerMaker
from running import Person, RunningServer, free_port

pytestmark = pytest.mark.crash


def picture() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (640, 480), (30, 90, 60)).save(drawn, "JPEG")
    return drawn.getvalue()


class Writers:
    """Members who post as fast as they are answered, and remember what was acknowledged and when."""

    def __init__(self, people: list[Person]) -> None:
        self.acknowledged: list[tuple[float, str, str]] = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(person,)) for person in people]
        for thread in self._threads:
            thread.start()

    def _write(self, person: Person) -> None:
        with person.client() as client:
            number = 0
            while not self._stopping.is_set():
                text = f"MARKER {person.username} {number}"
                try:
                    answer = client.post("/api/v1/statuses", data={"status": text, "visibility": "public"})
                except httpx.TransportError:
                    return
                if answer.status_code != 200:
                    return
                self.acknowledged.append((time.time(), answer.json()["id"], text))
                number += 1
                time.sleep(0.02)

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()


def key_of(server: RunningServer) -> str:
    """A new recovery key; the one of ``init`` was shown only then."""
    said = server.command("backup", "key", "--replace", "--yes", "--json", "--data", str(server.data)).stdout
    return str(json.loads(said)["recovery_key"])


def restore(server: RunningServer, key: str, vault: Path, into: Path, at: str = "now") -> tuple[int, dict]:
    from running import _COMMAND

    done = subprocess.run(
        [*_COMMAND, "restore", "--from", str(vault), "--key", "-", "--at", at, "--data", str(into), "--json"],
        check=False, capture_output=True, text=True, input=key + "\n", env=server.environment, timeout=300,
    )  # fmt: skip
    assert done.returncode in {0, 2}, done.stderr
    return done.returncode, json.loads(done.stdout)


def until(true: object, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)


def told(port: int, what: str, place: Path) -> float:
    """A figure of a vault, as the metrics tell it."""
    numbers = httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=60, trust_env=False).text
    found = re.search(rf'^palabre_vault_{what}\{{place="{re.escape(str(place))}"\}} (\S+)', numbers, re.MULTILINE)
    assert found, numbers
    return float(found[1])


def lags(port: int, place: Path) -> list[float]:
    """How many seconds a vault is behind; nothing if it never worked."""
    return [lag] if (lag := told(port, "lag_seconds", place)) < float("inf") else []


def failing(port: int, place: Path) -> bool:
    return told(port, "failing", place) == 1


def test_a_network_whose_machine_is_destroyed_goes_on_from_its_vault(
    make_server: ServerMaker, tmp_path: Path
) -> None:
    vault, broken, port = tmp_path / "vault", tmp_path / "file" / "vault", free_port()
    (tmp_path / "file").write_text("not a folder")
    server = make_server(limits="off", vaults=f"{vault},{broken}", metrics_port=port)
    key = key_of(server)
    people = server.accounts([f"member{number}" for number in range(4)], password="correct horse battery")
    server.start()

    with people[0].client() as client:
        uploaded = client.post("/api/v2/media", files={"file": ("a.jpg", picture(), "image/jpeg")}).json()
        shown = client.post("/api/v1/statuses", data={"status": "MARKER seen", "media_ids[]": uploaded["id"]}).json()
    writers = Writers(people)
    until(lambda: len(lags(port, vault)) == 1 and failing(port, broken))
    time.sleep(2)  # a restored moment is a whole second
    halfway = time.time()
    time.sleep(4)
    until(lambda: lags(port, vault)[0] < 60)
    assert lags(port, broken) == [], "it never worked"
    assert not failing(port, vault)
    until(lambda: len(list(vault.rglob("media/*/*"))) >= 1)
    server.kill()
    died = time.time()
    writers.stop()
    server.process = None

    examined = server.command("doctor", "--data", str(server.data), check=False)
    assert examined.returncode == 1
    assert str(broken) in examined.stdout
    seen = b"".join(str(p).encode() + p.read_bytes() for p in vault.rglob("*") if p.is_file())
    assert b"MARKER" not in seen.replace(str(tmp_path).encode(), b"")
    assert b"member0" not in seen

    shutil.rmtree(server.data)
    status, done = restore(server, key, vault, tmp_path / "new")
    assert status == 0, done
    assert done["media"] >= 1
    report = (
        f"{len(writers.acknowledged)} posts acknowledged, restored to "
        f"{died - done['at'] / 1_000:.2f} s before the end in {done['seconds']} s"
    )
    (tmp_path / "report").write_text(report)
    server.data = tmp_path / "new"
    server.environment["PALABRE_VAULTS"] = str(vault)
    server.start()
    in_time = [post for post in writers.acknowledged if post[0] * 1_000 < done["at"]]
    assert len(in_time) > 20
    with people[0].client() as client:
        assert client.get("/api/v1/accounts/verify_credentials").json()["username"] == "member0"
        for _, number, text in [*in_time[:10], *in_time[-50:]]:
            assert text in client.get(f"/api/v1/statuses/{number}").json()["content"]
        attachment = client.get(f"/api/v1/statuses/{shown['id']}").json()["media_attachments"][0]
        assert client.get(attachment["url"].replace(shown["url"].split("/@")[0], "")).status_code == 200
        assert client.post("/api/v1/statuses", data={"status": "we go on"}).status_code == 200
    with server.client() as client:
        page = client.get("/auth/sign_in").text
        form = dict(re.findall(r'name="(\w+)" (?:type="hidden" )?value="([^"]*)"', page))
        entered = client.post(
            "/auth/sign_in", data={**form, "name": "member1", "password": "correct horse battery"},
            headers={"Origin": server.base_url},
        )  # fmt: skip
        assert entered.status_code in {302, 303}, entered.text
    assert {text for _, _, text in in_time} <= texts(server)

    key_file = tmp_path / "key"
    key_file.write_text(key)
    until(lambda: server.command("backup", "--to", str(vault), "--data", str(server.data)).stdout.count("1970") == 0)
    proved = server.command("backup", "verify", "--key", str(key_file), "--data", str(server.data), "--json").stdout
    assert json.loads(proved)["good"], proved
    once = tmp_path / "once"
    assert "holds everything" in server.command("backup", "--to", str(once), "--data", str(server.data)).stdout
    _, copied = restore(server, key, once, tmp_path / "copied")
    assert copied["sound"]
    assert not copied["problems"]
    assert not copied["media_missing"]

    moment = datetime.fromtimestamp(int(halfway), UTC).strftime("%Y-%m-%dT%H:%M:%S")
    _, early = restore(server, key, vault, tmp_path / "early", at=moment)
    assert early["sound"]
    assert early["at"] < (int(halfway) + 1) * 1_000
    server.stop()
    server.data = tmp_path / "early"
    found = texts(server)
    assert {text for at, _, text in writers.acknowledged if at * 1_000 < early["at"]} <= found
    assert not {text for at, _, text in writers.acknowledged if at > halfway + 3} & found


def texts(server: RunningServer) -> set[str]:
    import apsw

    connection = apsw.Connection(str(server.data / "palabre.db"))
    try:
        return {text for (text,) in connection.execute("SELECT text FROM post WHERE text LIKE 'MARKER%'")}
    finally:
        connection.close()
