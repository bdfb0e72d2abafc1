"""Posting, measured and counted: what was acknowledged is there, and nothing else is."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote_plus

import msgspec

from palabre.bench.figures import Pass
from palabre.bench.http import Connection, Form, WrongAnswer
from palabre.bench.load import Load, Requests
from palabre.bench.passes import Meter
from palabre.bench.town import Town

_WRITERS = 64
_TEXTS = 300
_AT_ONCE = 20


class _Counted(msgspec.Struct):
    id: str
    statuses_count: int


class _Posted(msgspec.Struct):
    id: str
    content: str


class Writing:
    """Members of the town who post."""

    def __init__(self, town: Town, folder: Path, *, plain: bool = False, what: str = "posting") -> None:
        """A third of the texts has a hashtag and a mention, unless ``plain``."""
        plan = town.plan
        last = plan.size.people
        self.what = what
        self.writers = list(range(last - min(_WRITERS, last // 2), last))
        self._town = town
        lines = []
        for number in range(_TEXTS):
            text = plan.sentence() if plain else plan.decorated(number)[0]
            writer = self.writers[number % len(self.writers)]
            lines.append((town.tokens[writer], f"language=en&status={quote_plus(text)}"))
        self.requests = Requests(folder / f"{what.replace(' ', '-')}.requests", lines, post=True)
        self._marks = 0

    async def measure(self, meter: Meter, *, clients: int, seconds: int) -> Pass:
        """Post for some seconds, then look whether all is there.

        Raises:
            WrongAnswer: something acknowledged is missing, or there is what nobody sent.

        """
        port = meter.server.port
        before = await self.count(port)
        mark = self.next_mark()
        one, load = await meter.post(self.requests, clients=clients, seconds=seconds, mark=mark)
        await self.verify(port, load, mark, before=before, clients=clients)
        return one

    def next_mark(self) -> str:
        """Return a word that stands in no post yet."""
        self._marks += 1
        return f"{self.what[-3:]}mark{self._marks}"

    async def count(self, port: int) -> int:
        """Count the posts of all writers, as the API tells."""
        connection = Connection(port)
        query = "&".join(f"id[]={self._town.ids[writer]}" for writer in self.writers)
        total = 0
        for start in range(0, len(self.writers), 40):
            part = "&".join(query.split("&")[start : start + 40])
            answer = await connection.ask("GET", f"/api/v1/accounts?{part}")
            total += sum(each.statuses_count for each in msgspec.json.decode(answer.body, type=list[_Counted]))
        connection.close()
        return total

    async def verify(self, port: int, load: Load, mark: str, *, before: int, clients: int) -> None:
        """Find every acknowledged post, and no more new ones than were under way at the end."""
        if len(set(load.ids)) != load.requests:
            raise WrongAnswer(f"{load.requests} posts acknowledged with {len(set(load.ids))} ids")
        new = await self.count(port) - before
        if not load.requests <= new <= load.requests + clients:
            raise WrongAnswer(f"{load.requests} posts acknowledged, {new} are there ({clients} may be under way)")
        connection = Connection(port)
        texts = set()
        for start in range(0, len(load.ids), _AT_ONCE):
            ids = load.ids[start : start + _AT_ONCE]
            answer = await connection.ask("GET", "/api/v1/statuses?" + "&".join(f"id[]={number}" for number in ids))
            found = msgspec.json.decode(answer.body, type=list[_Posted])
            if [each.id for each in found] != ids:
                raise WrongAnswer(f"{len(ids) - len(found)} of {len(ids)} acknowledged posts are not there")
            texts |= {each.content.rpartition(f"{mark}n")[2] for each in found if mark in each.content}
        connection.close()
        if len(texts) != len(load.ids):
            raise WrongAnswer(f"{len(load.ids)} posts acknowledged, {len(texts)} different texts are there")


async def post_once(connection: Connection, token: str, text: str) -> str:
    """Publish ``text`` and return the post's id."""
    form: Form = {"status": text, "language": "en"}
    made = await connection.expect("POST", "/api/v1/statuses", token=token, form=form)
    return str(made["id"])
