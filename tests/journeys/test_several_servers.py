"""Two servers on one PostgreSQL and one folder: equal, each sees what the other did, and either may be killed."""

from __future__ import annotations

import copy
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from browsing import PASSWORD, Browsing
from fixtures_postgresql import PostgreSQL
from fixtures_server import ServerMaker
from running import Person, RunningServer, free_port
from standbys import until
from two_step import TwoStep, tried_at_once
from unit.media.samples import encode, picture

pytestmark = pytest.mark.postgresql


@pytest.fixture
def servers(make_server: ServerMaker, postgresql: PostgreSQL) -> Iterator[tuple[RunningServer, RunningServer]]:
    name = postgresql.create()
    one = make_server(limits="off", database=postgresql.url(name)).start()
    two = copy.copy(one)
    two.port = free_port()
    two.base_url = f"http://127.0.0.1:{two.port}"
    two.log = one.log.with_name("second.log")
    two.process = None
    two.start()
    yield one, two
    for server in (one, two):
        server.kill()
    postgresql.drop(name)


def at(server: RunningServer, person: Person) -> Person:
    """The same member, who talks to another server."""
    other = copy.copy(person)
    other.base_url = server.base_url
    return other


def test_two_servers_are_one_network(servers: tuple[RunningServer, RunningServer]) -> None:
    one, two = servers
    ana, ben = one.account("ana"), one.account("ben")
    with ana.client() as writer, at(two, ben).client() as reader, at(two, ana).client() as elsewhere:
        number = reader.get("/api/v1/accounts/lookup", params={"acct": "ana"}).json()["id"]
        reader.post(f"/api/v1/accounts/{number}/follow").raise_for_status()
        assert reader.get("/api/v1/timelines/home").json() == []  # it has a window from now on

        media = writer.post("/api/v2/media", files={"file": ("a.png", encode(picture(), "PNG"), "image/png")}).json()
        written = {"status": "@ben look", "media_ids": [media["id"]]}
        post = writer.post("/api/v1/statuses", json=written).raise_for_status().json()
        until(lambda: [each["id"] for each in reader.get("/api/v1/timelines/home").json()] == [post["id"]], "home")
        path = post["media_attachments"][0]["url"].removeprefix(one.base_url)
        assert reader.get(path).content == writer.get(path).content

        def write(client, many: list[str]) -> None:
            for text in many:
                client.post("/api/v1/statuses", json={"status": f"@ben {text}"}).raise_for_status()

        texts = [[f"{name} {number}" for number in range(20)] for name in ("here", "there")]
        threads = [
            threading.Thread(target=write, args=(client, many))
            for client, many in zip((writer, elsewhere), texts, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: len(reader.get("/api/v1/timelines/home", params={"limit": 40}).json()) == 40, "all of them")

        def told() -> Counter[str]:
            notices = []
            while page := reader.get(
                "/api/v1/notifications", params={"limit": 40, **({"max_id": notices[-1]["id"]} if notices else {})}
            ).json():
                notices += page
            return Counter(each["status"]["id"] for each in notices)

        until(lambda: len(told()) == 41, "notifications of each")
        assert set(told().values()) == {1}, "two subscribers reacted to one fact"

        writer.delete(f"/api/v1/statuses/{post['id']}").raise_for_status()
        until(lambda: reader.get(f"/api/v1/statuses/{post['id']}").status_code == 404, "gone at both")
        until(lambda: reader.get(path).status_code == 404, "its file too")

        one.kill()
        last = elsewhere.post("/api/v1/statuses", json={"status": "still here"}).raise_for_status().json()
        until(lambda: reader.get("/api/v1/timelines/home").json()[0]["id"] == last["id"], "the other goes on")
        one.start()
    with ana.client() as writer:
        assert writer.get(f"/api/v1/statuses/{last['id']}").status_code == 200


def test_one_code_shown_at_both_at_once_signs_in_once(servers: tuple[RunningServer, RunningServer]) -> None:
    one, _ = servers
    one.account("ana", password=PASSWORD)
    phone = TwoStep(Browsing(one).sign_in("ana"))
    for code in (*phone.recovery_codes[:3], phone.code()):
        assert tried_at_once(servers * 3, "ana", code) == [303, 422, 422, 422, 422, 422]


def test_on_sqlite_a_second_server_is_refused(make_server: ServerMaker) -> None:
    server = make_server().start()
    said = server.command("serve", "--data", str(server.data), "--port", str(free_port()), check=False, seconds=60)
    assert said.returncode != 0
    assert "already" in said.stdout + said.stderr + server.said()
