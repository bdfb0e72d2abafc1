"""What a crowd was promised by a server that keeps being killed, and whether the server kept its word."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, Self

import apsw
import httpx
import psycopg

from running import Person, RunningServer
from unit.media.samples import encode, picture

_LATER = (502, 503)
PICTURE = encode(picture(40, 30), "PNG")


class Unanswered(Exception):  # noqa: N818 - no fault: the server died, the request is sent again
    """Whether the request took effect is not known."""


class Member:
    """One person who writes, one request after the other, and notes each promise; a request without an answer is
    sent again when the server is back, as an app does."""

    def __init__(self, person: Person, number: int, crowd: Crowd) -> None:
        self.person = person
        self.crowd = crowd
        self.random = random.Random(number)
        self.client = person.client()
        self.pending: Callable[[], None] | None = None
        self.account = self.client.get("/api/v1/accounts/verify_credentials").raise_for_status().json()["id"]
        self.posts: dict[str, str | None] = {}
        """What this member wrote and did not delete: id to the id of what it replies to."""
        self.deleted: set[str] = set()
        self.likes: set[str] = set()
        self.bookmarks: set[str] = set()
        self.reposts: set[str] = set()
        self.pictures: dict[str, str] = {}
        """Of this member's posts: id to where the picture is; also of those that are deleted."""
        self.follows: set[str] = set()
        self.texts: dict[str, str] = {}
        self.sent = 0
        self.done = 0
        """Requests that were answered while everybody wrote."""

    def act(self, stop: threading.Event) -> None:
        """Write until the server is gone."""
        while not stop.is_set():
            try:
                if self.pending is not None:
                    self.pending()
                    self.pending = None
                    self.done += 1
                    continue
                self.pending = self._choose()
            except Unanswered:
                return

    def settle(self) -> None:
        """Send again what was not answered."""
        if self.pending is not None:
            self.pending()
            self.pending = None

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self.client.request(method, path, **options)
        except httpx.TransportError as error:
            raise Unanswered from error
        if answer.status_code in _LATER:
            raise Unanswered
        assert answer.status_code in {200, 404, 422}, answer.text
        return answer

    def _choose(self) -> Callable[[], None]:
        dice = self.random.random()
        others = self.crowd.some_posts(self.random)
        if dice < 0.04:
            return self._post(None, pictured=True)
        if dice < 0.3 or others is None:
            return self._post(None)
        if dice < 0.48:
            return self._post(others)
        if dice < 0.75:
            act = self.random.choice(("favourite", "reblog", "bookmark"))
            return lambda: self._mark(others, act)
        if dice < 0.82:
            act = self.random.choice(("favourite", "reblog", "bookmark"))
            if self._marked(act):
                taken_back = self.random.choice(sorted(self._marked(act)))
                return lambda: self._mark(taken_back, f"un{act}")
        if dice < 0.9:
            other = self.random.choice([each for each in self.crowd.members if each is not self])
            return lambda: self._follow(other)
        if self.posts:
            unwanted = self.random.choice(sorted(self.posts))
            return lambda: self._delete(unwanted)
        return self._post(None)

    def _post(self, parent: str | None, *, pictured: bool = False) -> Callable[[], None]:
        self.sent += 1
        key = f"{self.person.username}-{self.sent}"
        text = f"marker-{key}-{self.random.getrandbits(64):x}"
        uploads: list[str] = []

        def send() -> None:
            if pictured and not uploads:  # one that was not answered stays without a post, and goes some day
                sent = self._ask("POST", "/api/v2/media", files={"file": ("a.png", PICTURE, "image/png")})
                uploads.append(sent.raise_for_status().json()["id"])
            body: dict[str, Any] = {"status": text} | ({"in_reply_to_id": parent} if parent else {})
            if uploads:
                body["media_ids"] = uploads
            answer = self._ask("POST", "/api/v1/statuses", json=body, headers={"Idempotency-Key": key})
            if answer.status_code == 200:
                made = answer.json()
                self.posts[made["id"]] = parent
                self.texts[made["id"]] = text
                if uploads:
                    (shown,) = made["media_attachments"]
                    self.pictures[made["id"]] = shown["url"]
                self.crowd.publish(made["id"], self)
            else:
                assert parent in self.crowd.unwanted, answer.text

        return send

    def _marked(self, act: str) -> set[str]:
        return {"favourite": self.likes, "reblog": self.reposts, "bookmark": self.bookmarks}[act]

    def _mark(self, post: str, act: str) -> None:
        answer = self._ask("POST", f"/api/v1/statuses/{post}/{act}")
        if answer.status_code != 200:
            assert post in self.crowd.unwanted, answer.text
        marked = self._marked(act.removeprefix("un"))
        if answer.status_code == 200 and not act.startswith("un"):
            marked.add(post)
        else:
            marked.discard(post)

    def _follow(self, other: Member) -> None:
        answer = self._ask("POST", f"/api/v1/accounts/{other.account}/follow")
        if answer.status_code == 200:
            self.follows.add(other.account)

    def _delete(self, post: str) -> None:
        self.crowd.unwanted.add(post)
        answer = self._ask("DELETE", f"/api/v1/statuses/{post}")
        assert answer.status_code in {200, 404}
        self.posts.pop(post, None)
        self.deleted.add(post)


class Crowd:
    """Members who write at once."""

    def __init__(self, server: RunningServer, people: list[Person]) -> None:
        self.server = server
        self._lock = threading.Lock()
        self._published: list[str] = []
        self.unwanted: set[str] = set()
        """Posts whose deletion was at least begun."""
        self.author: dict[str, Member] = {}
        self.members: list[Member] = []
        self.members = [Member(person, number, self) for number, person in enumerate(people)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_problem: object) -> None:
        for member in self.members:
            member.client.close()

    def publish(self, post: str, author: Member) -> None:
        """Let the others know of a post."""
        with self._lock:
            if post not in self.author:
                self._published.append(post)
                self.author[post] = author

    def some_posts(self, dice: random.Random) -> str | None:
        """Choose something to react to, sooner something new."""
        with self._lock:
            return dice.choice(self._published[-40:]) if self._published else None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Let everybody write meanwhile."""
        stop = threading.Event()
        problems: list[BaseException] = []

        def act(member: Member) -> None:
            try:
                member.act(stop)
            except BaseException as problem:
                problems.append(problem)

        threads = [threading.Thread(target=act, args=(member,)) for member in self.members]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        if problems:
            raise problems[0]

    def wait(self, enough: Callable[[], bool], *, seconds: float = 120) -> None:
        """Wait while everybody writes until it is ``enough``."""
        deadline = time.monotonic() + seconds
        while not enough():
            assert time.monotonic() < deadline, f"not within {seconds} s:\n{self.server.said()}"
            time.sleep(0.01)

    @property
    def done(self) -> int:
        """How many requests were answered."""
        return sum(member.done for member in self.members)

    def settle(self) -> None:
        """Send again whatever was not answered."""
        for member in self.members:
            member.settle()

    def expected_posts(self) -> dict[str, str | None]:
        """Every post that must be there, and what it replies to, if that is still there."""
        living = {post: parent for member in self.members for post, parent in member.posts.items()}
        return {post: parent if parent in living else None for post, parent in living.items()}

    def check(self) -> None:
        """Compare the promises with what the server shows."""
        living = self.expected_posts()
        likes = {(member.account, post) for member in self.members for post in member.likes if post in living}
        reposts = {(member.account, post) for member in self.members for post in member.reposts if post in living}
        liked = Counter(post for _, post in likes)
        reposted = Counter(post for _, post in reposts)
        replied = Counter(parent for parent in living.values() if parent)
        for member in self.members:
            listed = _all(member.client, f"/api/v1/accounts/{member.account}/statuses")
            assert len(listed) == len({post["id"] for post in listed}), "a post is shown twice"
            shown = [post for post in listed if post["reblog"] is None]
            again = Counter((member.account, post["reblog"]["id"]) for post in listed if post["reblog"] is not None)
            assert again == Counter(mine for mine in reposts if mine[0] == member.account), (
                "a repost was lost or doubled"
            )
            assert {post["id"] for post in shown} == set(member.posts)
            texts = [post["content"] for post in shown]
            assert len(set(texts)) == len(texts), "a request made two posts"
            for post in shown:
                assert member.texts[post["id"]] in post["content"]
                assert post["favourites_count"] == liked[post["id"]], "a like was lost or counted twice"
                assert post["replies_count"] == replied[post["id"]], "a reply was lost or counted twice"
                assert post["favourited"] is ((member.account, post["id"]) in likes)
                assert post["reblogs_count"] == reposted[post["id"]], "a repost was lost or counted twice"
                assert [each["url"] for each in post["media_attachments"]] == [
                    url for url in [member.pictures.get(post["id"])] if url
                ], "a picture was lost or attached twice"
            self._check_marks(member)
            self._check_pictures(member)
            me = member.client.get("/api/v1/accounts/verify_credentials").json()
            assert me["statuses_count"] == len(listed)
            assert me["following_count"] == len(member.follows)
            assert me["followers_count"] == sum(member.account in other.follows for other in self.members)
            told = Counter(
                (notice["type"], notice["account"]["id"], (notice.get("status") or {}).get("id"))
                for notice in _all(member.client, "/api/v1/notifications")
            )
            assert told == self._expected_notices(member, likes, reposts)

    def _check_marks(self, member: Member) -> None:
        """Look at everybody's posts with the eyes of ``member``."""
        for author in self.members:
            for post in _all(member.client, f"/api/v1/accounts/{author.account}/statuses"):
                if post["reblog"] is None:
                    assert post["bookmarked"] is (post["id"] in member.bookmarks), "a bookmark was lost"
                    assert post["reblogged"] is (post["id"] in member.reposts)

    def _check_pictures(self, member: Member) -> None:
        for post, url in member.pictures.items():
            answer = member.client.get(url)
            assert answer.status_code == (200 if post in member.posts else 404), (
                "a file was lost, or outlives its post"
            )
            assert post not in member.posts or answer.content

    def _expected_notices(
        self, member: Member, likes: set[tuple[str, str]], reposts: set[tuple[str, str]]
    ) -> Counter[tuple[str, str, str | None]]:
        told: Counter[tuple[str, str, str | None]] = Counter()
        for other in self.members:
            if other is member:
                continue
            if member.account in other.follows:
                told["follow", other.account, None] += 1
            for post, parent in other.posts.items():
                if parent is not None and self.author[parent] is member:
                    told["mention", other.account, post] += 1
        for account, post in likes:
            if self.author[post] is member and account != member.account:
                told["favourite", account, post] += 1
        for account, post in reposts:
            if self.author[post] is member and account != member.account:
                told["reblog", account, post] += 1
        return told


def _all(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """Read a list to its end."""
    found: list[dict[str, Any]] = []
    while True:
        older = {"max_id": found[-1]["id"]} if found else {}
        page = client.get(path, params={"limit": 40, **older}).raise_for_status().json()
        if not page:
            return found
        found += page


Rows = Callable[[str], list[tuple[Any, ...]]]

_UNREAD = """
SELECT count(*) FROM journal WHERE kind NOT LIKE 'notification.%'
AND position > (SELECT position FROM subscriber_cursor WHERE name = 'notifications')
"""
"""What the notifications have not reacted to. Their own facts do not concern them and are read with others."""


@contextmanager
def rows_of(server: RunningServer) -> Iterator[Rows]:
    """Look into the database of a server, beside it."""
    url = server.environment.get("PALABRE_DATABASE")
    if url:
        with psycopg.connect(url, autocommit=True) as connection:
            yield lambda text: connection.execute(text).fetchall()
    else:
        with closing(apsw.Connection(str(server.data / "palabre.db"))) as file:
            file.set_busy_timeout(5_000)
            yield lambda text: file.execute(text).fetchall()


def _due() -> str:
    return f"SELECT count(*) FROM job WHERE NOT dead AND run_at <= {time.time_ns() // 1_000_000}"


def wait_for_subscribers(server: RunningServer, *, seconds: float = 180) -> None:
    """Wait until every fact has had its effect and every job that is due is done."""
    deadline = time.monotonic() + seconds
    with rows_of(server) as rows:
        while rows(_UNREAD) != [(0,)] or rows(_due()) != [(0,)]:
            assert time.monotonic() < deadline, "the subscribers do not catch up"
            time.sleep(0.1)


def check_database(server: RunningServer) -> None:
    """Look at what must hold whatever happened: order, cursors, jobs, counts, integrity."""
    with rows_of(server) as rows:
        if not server.environment.get("PALABRE_DATABASE"):
            assert rows("PRAGMA integrity_check") == [("ok",)]
        _check_rows(rows)


def _check_rows(rows: Rows) -> None:
    [(head,)] = rows("SELECT position FROM journal_head")
    [(count, first, last)] = rows("SELECT count(*), min(position), max(position) FROM journal")
    assert (count, first, last) == (head, 1, head), "the journal has gaps"
    cursors = dict(rows("SELECT name, failure FROM subscriber_cursor"))
    assert set(cursors) >= {"notifications"}
    assert set(cursors.values()) == {None}, "a subscriber cannot go on"
    assert rows(_UNREAD) == [(0,)]
    assert rows("SELECT kind, attempts, error FROM job") == []
    for table, column, truth in (
        ("post", "likes_count", "SELECT count(*) FROM viewer_post WHERE post = t.id AND liked IS NOT NULL"),
        ("post", "reposts_count", "SELECT count(*) FROM post AS r WHERE r.repost_of = t.id"),
        ("post", "replies_count", "SELECT count(*) FROM post AS r WHERE r.reply_to = t.id"),
        ("account", "posts_count", "SELECT count(*) FROM post WHERE author = t.id"),
        ("account", "followers_count", "SELECT count(*) FROM follow WHERE followed = t.id"),
        ("account", "following_count", "SELECT count(*) FROM follow WHERE follower = t.id"),
    ):
        wrong = rows(f"SELECT t.id, t.{column} FROM {table} AS t WHERE t.{column} <> ({truth})")
        assert wrong == [], f"{table}.{column} is wrong"
    for table in ("viewer_post", "post_mention", "post_hashtag", "notification", "idempotency", "attachment"):
        left = rows(f"SELECT count(*) FROM {table} AS t WHERE post IS NOT NULL AND post NOT IN (SELECT id FROM post)")
        assert left == [(0,)], f"{table} still knows a deleted post"
