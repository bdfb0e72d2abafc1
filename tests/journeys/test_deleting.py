"""A deleted post is gone: from every answer, every page and every byte on the disk."""

from __future__ import annotations

import html
import io
import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from PIL import Image

from crowds import wait_for_subscribers
from fixtures_postgresql import PostgreSQL
from fixtures_server import ServerMaker
from palabre.store.postgresql import PostgresqlEngine
from running import Person, RunningServer

_numbers = itertools.count()
_PASSWORD = "correct horse battery"


class Told:
    """A post with everything that others can leave on it, and then its deletion."""

    def __init__(self, server: RunningServer, people: list[Person]) -> None:
        self.server = server
        self.author, *self.others = [person.client() for person in people]
        number = next(_numbers)
        self.marker = f"secretword{number}zebra"
        self.tag = f"rareTag{number}quagga"
        self.description = f"described{number}okapi"
        self.warning = f"warned{number}tapir"
        picture = {"file": ("a.png", _picture(), "image/png")}
        upload = self.author.post("/api/v2/media", files=picture, data={"description": self.description})
        self.media = upload.raise_for_status().json()
        made = self.author.post(
            "/api/v1/statuses",
            json={
                "status": f"{self.marker} #{self.tag} @{people[1].username}",
                "spoiler_text": self.warning,
                "media_ids": [self.media["id"]],
            },
        )
        self.post = made.raise_for_status().json()
        self.id = self.post["id"]
        for other in self.others:
            for act in ("favourite", "reblog", "bookmark"):
                other.post(f"/api/v1/statuses/{self.id}/{act}").raise_for_status()
        reply = self.others[0].post("/api/v1/statuses", json={"status": "a reply", "in_reply_to_id": self.id})
        self.reply = reply.raise_for_status().json()["id"]
        wait_for_subscribers(server)

    @property
    def words(self) -> list[str]:
        """What must be found nowhere afterwards."""
        return [self.marker, self.tag, self.tag.lower(), self.description, self.warning]

    def paths(self) -> list[str]:
        """Every answer of the API that could show it."""
        name = self.post["account"]["id"]
        return [
            "/api/v1/timelines/home",
            "/api/v1/timelines/public?local=true",
            f"/api/v1/timelines/tag/{self.tag}",
            f"/api/v1/accounts/{name}/statuses",
            f"/api/v1/accounts/{name}/statuses?only_media=true",
            f"/api/v1/statuses/{self.reply}",
            f"/api/v1/statuses/{self.reply}/context",
            "/api/v1/notifications",
            "/api/v1/favourites",
            "/api/v1/bookmarks",
            f"/api/v2/search?q={self.tag}",
            f"/api/v2/search?q={self.marker}",
        ]

    def pages(self) -> list[str]:
        """Every page that could."""
        author = self.post["account"]["username"]
        return ["/", "/local", f"/@{author}", f"/@{author}/media", f"/tags/{self.tag}", f"/@{author}/{self.id}"]

    def answers(self) -> Iterator[tuple[str, str]]:
        """Ask all of them."""
        for client in (self.author, *self.others):
            for path in self.paths():
                yield path, client.get(path).text
        with self.server.client() as visitor:
            for path in self.pages():
                yield path, visitor.get(path).text

    def delete(self) -> None:
        """Delete it, as the author."""
        self.author.delete(f"/api/v1/statuses/{self.id}").raise_for_status()

    def check_answers(self) -> None:
        """It is gone for everybody, at once."""
        for client in (self.author, *self.others):
            assert client.get(f"/api/v1/statuses/{self.id}").status_code == 404
        for path, text in self.answers():
            for word in (self.marker, self.description, self.warning):
                assert word not in text.replace(f"q={word}", ""), f"{path} still shows it"
            assert self.id not in html.unescape(text).replace(f"/{self.id}", ""), f"{path} still names it"
        reply = self.others[0].get(f"/api/v1/statuses/{self.reply}").json()
        assert reply["in_reply_to_id"] is None
        counts = [
            client.get("/api/v1/accounts/verify_credentials").json()["statuses_count"]
            for client in (self.author, *self.others)
        ]
        assert counts == [0, 1, 0], "reposts are left, or counts are wrong"
        for url in (self.media["url"], self.media["preview_url"]):
            assert _soon(lambda url=url: httpx.get(url, trust_env=False).status_code == 404), "the picture is there"

    def leave(self) -> None:
        """Delete the author's account, as the author."""
        body = {"password": _PASSWORD}
        self.author.post("/api/palabre/v1/account/delete", json=body).raise_for_status()

    def check_left(self) -> None:
        """The author and all of it are gone for everybody, at once."""
        name, number = self.post["account"]["username"], self.post["account"]["id"]
        assert self.author.get("/api/v1/accounts/verify_credentials").status_code == 401
        for other in self.others:
            for path in (f"/api/v1/statuses/{self.id}", f"/api/v1/accounts/{number}"):
                assert other.get(path).status_code == 404
            assert other.get("/api/v1/accounts/lookup", params={"acct": name}).status_code == 404
            found = other.get("/api/v2/search", params={"q": name}).json()
            assert (found["accounts"], found["statuses"]) == ([], [])
        with self.server.client() as visitor:
            assert visitor.get(f"/@{name}").status_code == 404
            assert visitor.get(f"/@{name}/{self.id}").status_code == 404
        for client in self.others:
            lists = ("timelines/home", "timelines/public?local=true", "notifications", "favourites", "bookmarks")
            for path in (*lists, f"statuses/{self.reply}/context"):
                text = client.get(f"/api/v1/{path}").text  # a reply stays one to a number that leads nowhere
                assert not [word for word in (*self.words, name) if word in text], f"{path} still shows it"

    def counts(self) -> list[tuple[int, int, int]]:
        """Posts, followers and followed of the others."""
        told = [other.get("/api/v1/accounts/verify_credentials").json() for other in self.others]
        return [(each["statuses_count"], each["followers_count"], each["following_count"]) for each in told]


def _picture() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((320, 240), 60).save(buffer, "PNG")
    return buffer.getvalue()


def _soon(condition: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _holding(folder: Path, words: list[str]) -> set[str]:
    """Find the files whose bytes hold one of ``words``."""
    found = set()
    for file in folder.rglob("*"):
        try:
            content = file.read_bytes() if file.is_file() else b""
        except FileNotFoundError:
            continue  # the moment between listing and reading is enough for a log to end
        found |= {f"{word} in {file.relative_to(folder)}" for word in words if word.encode() in content}
    return found


@pytest.fixture
def told(server: RunningServer) -> Iterator[Told]:
    """A post with everything on it."""
    number = next(_numbers)
    names = [f"{name}{number}" for name in ("author", "ben", "cleo")]
    told = Told(server, server.accounts(names, password=_PASSWORD))
    yield told
    told.author.delete(f"/api/v1/statuses/{told.id}")  # a test that was skipped must not leave pictures to the next
    for client in (told.author, *told.others):
        client.close()


def test_nothing_shows_a_deleted_post(told: Told) -> None:
    shown = " ".join(text for _, text in told.answers())
    assert all(word in shown for word in told.words[:2]), "the test looks in the wrong places"
    told.delete()
    told.check_answers()


def test_no_file_holds_a_deleted_post(told: Told) -> None:
    if told.server.environment.get("PALABRE_DATABASE"):
        pytest.skip("PostgreSQL's files have a test of their own")
    folder = told.server.data
    assert len(_holding(folder, told.words)) >= 4, "the test looks in the wrong places"
    media = {file for file in (folder / "media").rglob("*") if file.is_file()}
    assert media
    told.delete()
    assert _soon(lambda: _holding(folder, told.words) == set()), _holding(folder, told.words)
    assert _soon(lambda: not any(file.is_file() for file in (folder / "media").rglob("*"))), "pictures are left"
    with told.server.client() as visitor:
        assert visitor.get("/health/ready").status_code == 200


def _make_whole(told: Told) -> list[str]:
    """Give the author a profile and ties; return the words that must go with the account."""
    name, number = told.post["account"]["username"], told.post["account"]["id"]
    profile = {"display_name": f"Named{name}ibis", "note": f"Noted{name}heron"}
    picture = {"avatar": ("a.png", _picture(), "image/png")}
    told.author.patch("/api/v1/accounts/update_credentials", data=profile, files=picture).raise_for_status()
    for other in told.others:
        other.post(f"/api/v1/accounts/{number}/follow").raise_for_status()
        mine = other.get("/api/v1/accounts/verify_credentials").json()["id"]
        told.author.post(f"/api/v1/accounts/{mine}/follow").raise_for_status()
    told.author.post(f"/api/v1/statuses/{told.reply}/favourite").raise_for_status()
    wait_for_subscribers(told.server)
    return [*told.words, *profile.values(), name]


def test_nothing_of_a_member_who_left_is_shown_or_held_by_a_file(told: Told) -> None:
    words = _make_whole(told)
    assert {each[1:] for each in told.counts()} == {(1, 1)}
    told.leave()
    told.check_left()
    assert _soon(lambda: told.counts() == [(1, 0, 0), (0, 0, 0)]), told.counts()
    reply = told.others[0].get(f"/api/v1/statuses/{told.reply}").json()
    assert _soon(lambda: told.others[0].get(f"/api/v1/statuses/{told.reply}").json()["favourites_count"] == 0)
    assert "a reply" in reply["content"], "the words of others stay"
    if not told.server.environment.get("PALABRE_DATABASE"):
        assert _soon(lambda: _holding(told.server.data, words) == set()), _holding(told.server.data, words)
    assert _soon(lambda: not any(file.is_file() for file in (told.server.data / "media").rglob("*"))), (
        "pictures are left"
    )
    told.check_left()


def test_an_account_stays_where_the_password_is_wrong(server: RunningServer) -> None:
    (person,) = server.accounts([f"stays{next(_numbers)}"], password=_PASSWORD)
    with person.client() as member:
        refused = member.post("/api/palabre/v1/account/delete", json={"password": "guess"})
        assert (refused.status_code, "current password" in refused.json()["error"]) == (422, True)
        assert member.get("/api/v1/accounts/verify_credentials").status_code == 200


def test_leaving_that_a_crash_interrupted_is_finished_after_the_restart(make_server: ServerMaker) -> None:
    server = make_server(limits="off")
    people = server.accounts(["author", "ben", "cleo"], password=_PASSWORD)
    server.start()
    told = Told(server, people)
    words = [word for word in _make_whole(told) if word != "author"]  # a column has that name
    told.leave()
    server.kill()
    server.start()
    told.check_left()
    assert _soon(lambda: _holding(server.data, words) == set()), _holding(server.data, words)
    assert _soon(lambda: told.counts() == [(1, 0, 0), (0, 0, 0)]), told.counts()
    for client in (told.author, *told.others):
        client.close()


def test_a_deletion_that_a_crash_interrupted_is_finished_after_the_restart(make_server: ServerMaker) -> None:
    server = make_server(limits="off")
    people = server.accounts(["author", "ben", "cleo"])
    server.start()
    told = Told(server, people)
    told.delete()
    server.kill()
    server.start()
    assert _soon(lambda: _holding(server.data, told.words) == set()), _holding(server.data, told.words)
    told.check_answers()
    assert _soon(lambda: not any(file.is_file() for file in (server.data / "media").rglob("*"))), "pictures are left"
    for client in (told.author, *told.others):
        client.close()


def _hold(connection: psycopg.Connection[Any], word: str) -> set[str]:
    """Find the tables that show ``word``, and the statistics, which hold samples."""
    tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    found = set()
    for name in [*tables, "pg_stats"]:
        query = f"SELECT count(*) FROM {name} AS t WHERE t::text ILIKE %s"
        if connection.execute(query, [f"%{word}%"]).fetchall() != [(0,)]:
            found.add(f"{word} in {name}")
    return found


@pytest.mark.postgresql
def test_postgresql_shows_a_deleted_post_nowhere_and_its_tables_hold_no_byte_of_it(
    make_server: ServerMaker, postgresql: PostgreSQL
) -> None:
    name = postgresql.create()
    url = postgresql.url(name)
    server = make_server(database=url, limits="off")
    people = server.accounts(["author", "ben", "cleo"])
    server.start()
    told = Told(server, people)
    base = postgresql.folder / "data" / "base"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ANALYZE")
        assert any(_hold(connection, word) for word in told.words), "the test looks in the wrong places"
        told.delete()
        told.check_answers()
        assert _soon(lambda: not any(_hold(connection, word) for word in told.words))
        engine = PostgresqlEngine(url)

        def gone() -> bool:
            engine.purge()
            connection.execute("CHECKPOINT")
            return _holding(base, told.words) == set()

        assert _soon(gone), _holding(base, told.words)
    for client in (told.author, *told.others):
        client.close()
    server.kill()
    postgresql.drop(name)
