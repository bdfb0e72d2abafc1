"""The plan carried out through the API, and what a right answer is once it is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable

from palabre.bench.http import Connection, Form, WrongAnswer, spread
from palabre.bench.plan import READER, Plan, Post
from palabre.bench.process import Network
from palabre.timelines.rules import REPEAT_SPAN

_PATIENCE = 120.0


class Town:
    """People and posts with the ids that the server gave them."""

    def __init__(self, network: Network, plan: Plan) -> None:
        self.network = network
        self.plan = plan
        self.tokens: list[str] = []
        self.ids: list[str] = []
        """Of the people."""
        self.posts: list[str] = [""] * len(plan.posts)
        """Ids of the planned posts."""
        self.told: list[tuple[str, str]] = []
        """What the reader is told: kind, and id of who did it."""
        self.told_posts: list[tuple[str, Post]] = []
        """Posts beside the plan, written to tell the reader something."""

    def people(self) -> None:
        """Make the accounts, while the server runs or not."""
        self.tokens = [member.token for member in self.network.members(self.plan.names)]
        if len(self.tokens) != len(self.plan.names):
            raise WrongAnswer(f"{len(self.tokens)} accounts instead of {len(self.plan.names)}")

    async def settle(self) -> None:
        """Let everybody move in, follow and write, through the API of the running server."""
        port, plan = self.network.port, self.plan
        people = range(len(self.tokens))
        self.ids = [""] * len(self.tokens)
        await spread(port, people, self._move_in)
        follows = [(follower, followed) for follower, several in plan.follows.items() for followed in several]
        await spread(port, follows, self._follow)
        for number in plan.thread:
            await spread(port, [number], self._write, clients=1)
        await spread(port, range(len(plan.thread), len(plan.posts)), self._write)
        await spread(port, plan.likes, self._like)
        await self._tell_reader()

    async def _move_in(self, connection: Connection, number: int) -> None:
        form: Form = self.plan.profile(number)
        path = "/api/v1/accounts/update_credentials"
        made = await connection.expect("PATCH", path, token=self.tokens[number], form=form)
        self.ids[number] = made["id"]

    async def _follow(self, connection: Connection, follow: tuple[int, int]) -> None:
        follower, followed = follow
        path = f"/api/v1/accounts/{self.ids[followed]}/follow"
        await connection.expect("POST", path, token=self.tokens[follower])

    async def _write(self, connection: Connection, number: int) -> None:
        post = self.plan.posts[number]
        token = self.tokens[post.author]
        if post.repost_of is not None:
            target = await self._there(post.repost_of)
            made = await connection.expect("POST", f"/api/v1/statuses/{target}/reblog", token=token)
        else:
            form: dict[str, str | list[str]] = {"status": post.text, "language": "en"}
            if post.reply_to is not None:
                form["in_reply_to_id"] = await self._there(post.reply_to)
            made = await connection.expect("POST", "/api/v1/statuses", token=token, form=form)
        self.posts[number] = made["id"]

    async def _there(self, number: int) -> str:
        """Wait for a post that another connection is writing."""
        async with asyncio.timeout(_PATIENCE):
            while not self.posts[number]:  # noqa: ASYNC110 - rare, and an event a post would cost more
                await asyncio.sleep(0.002)
        return self.posts[number]

    async def _like(self, connection: Connection, like: tuple[int, int]) -> None:
        person, post = like
        path = f"/api/v1/statuses/{self.posts[post]}/favourite"
        await connection.expect("POST", path, token=self.tokens[person])

    async def _tell_reader(self) -> None:
        """Let people whom the reader does not follow mention, like, repost and follow him, in turn."""
        port, plan = self.network.port, self.plan
        strangers = range(plan.size.followed + 1, plan.size.people)
        connection = Connection(port)
        said: Form = {"status": plan.sentence(), "language": "en"}
        own = await connection.expect("POST", "/api/v1/statuses", token=self.tokens[READER], form=said)
        self.told_posts.append((own["id"], Post(READER, str(said["status"]))))
        for number in range(plan.size.told):
            person = strangers[number % len(strangers)]
            token = self.tokens[person]
            kind = ("mention", "favourite", "reblog", "mention", "follow")[number % 5]
            if kind == "mention":
                text = f"@{plan.names[READER]} {plan.sentence()}"
                form: Form = {"status": text, "language": "en"}
                made = await connection.expect("POST", "/api/v1/statuses", token=token, form=form)
                self.told_posts.append((made["id"], Post(person, text)))
            elif kind == "follow":
                await self._follow(connection, (person, READER))
                plan.follows.setdefault(person, []).append(READER)
            else:
                made = await connection.expect("POST", f"/api/v1/statuses/{own['id']}/{kind}", token=token)
                if kind == "reblog":
                    self.told_posts.append((made["id"], Post(person, repost_of=-1)))
            self.told.append((kind, self.ids[person]))
        connection.close()

    # What is right

    def written(self) -> list[tuple[str, Post]]:
        """Return all posts with their ids, oldest first."""
        return sorted([*zip(self.posts, self.plan.posts, strict=True), *self.told_posts], key=lambda each: each[0])

    def author_of(self, post: Post) -> str:
        """Return the id of the author's account."""
        return self.ids[post.author]

    def home(self, reader: int, most: int = 20) -> list[tuple[str, str]]:
        """Return ``(post, author)`` of the home timeline, newest first, from the rules as a member knows them.

        One sees what those one follows write and repost, and their answers to people one follows; a repost is
        left out while what it reposts is still near.
        """
        wanted = {*self.plan.follows.get(reader, ()), reader}
        lines: list[tuple[str, str]] = []
        near: deque[int | str] = deque(maxlen=REPEAT_SPAN)
        for number, post in self.written():
            if post.author not in wanted:
                continue
            if post.reply_to is not None:
                to = self.plan.posts[post.reply_to].author
                if post.author != reader and to not in wanted and to != post.author:
                    continue
            shows = number if post.repost_of is None else self._id_of(post.repost_of)
            if post.repost_of is not None and shows in near:
                continue
            near.append(shows)
            lines.append((number, self.author_of(post)))
        return lines[::-1][:most]

    def _id_of(self, number: int) -> str:
        return self.told_posts[0][0] if number < 0 else self.posts[number]

    def local(self, most: int = 20) -> list[tuple[str, str]]:
        """Return the public timeline: what begins a conversation, or goes on with one's own."""
        return self._newest(
            (
                (number, post)
                for number, post in reversed(self.written())
                if post.repost_of is None
                and (post.reply_to is None or self.plan.posts[post.reply_to].author == post.author)
            ),
            most,
        )

    def with_tag(self, tag: str, most: int = 20) -> list[tuple[str, str]]:
        """Return what has a hashtag."""
        return self._newest(((n, post) for n, post in reversed(self.written()) if tag in post.tags), most)

    def by(self, author: int, most: int = 20) -> list[tuple[str, str]]:
        """Return what somebody wrote and reposted."""
        return self._newest(((n, post) for n, post in reversed(self.written()) if post.author == author), most)

    def liked(self, least: int) -> dict[str, str]:
        """Return what begins a conversation and at least so many others like or repost: post to its author."""
        voices: dict[str, set[int]] = {}
        for person, number in self.plan.likes:
            voices.setdefault(self.posts[number], set()).add(person)
        for _, post in self.written():
            if post.repost_of is not None:
                voices.setdefault(self._id_of(post.repost_of), set()).add(post.author)
        for kind, teller in self.told:
            if kind == "favourite":
                voices.setdefault(self.told_posts[0][0], set()).add(self.ids.index(teller))
        return {
            number: self.author_of(post)
            for number, post in self.written()
            if post.repost_of is None
            and (post.reply_to is None or self.plan.posts[post.reply_to].author == post.author)
            and len(voices.get(number, set()) - {post.author}) >= least
        }

    def _newest(self, found: Iterable[tuple[str, Post]], most: int) -> list[tuple[str, str]]:
        return [(number, self.author_of(post)) for (number, post), _ in zip(found, range(most), strict=False)]
