"""What is read while it is measured, and what the right answers are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from palabre.bench.http import Answer, WrongAnswer
from palabre.bench.load import Requests
from palabre.bench.passes import Question, Scene
from palabre.bench.plan import READER
from palabre.bench.town import Town

_MANY = 50
"""Posts and accounts that are asked for in turn."""
_VOICES = 3
"""So many people make a trend."""


class _Named(msgspec.Struct):
    id: str


class _Line(msgspec.Struct):
    """A post as an app decodes it, as far as we look."""

    id: str
    account: _Named
    content: str
    reblog: _Named | None = None
    in_reply_to_id: str | None = None


class _Context(msgspec.Struct):
    ancestors: list[_Line]
    descendants: list[_Line]


class _Tag(msgspec.Struct):
    name: str


class _Told(msgspec.Struct):
    id: str
    type: str
    account: _Named


class _Found(msgspec.Struct):
    statuses: list[_Line]


_decode_lines = msgspec.json.Decoder(list[_Line]).decode
_decode_line = msgspec.json.Decoder(_Line).decode
_decode_context = msgspec.json.Decoder(_Context).decode
_decode_found = msgspec.json.Decoder(_Found).decode
_decode_tags = msgspec.json.Decoder(list[_Tag]).decode
_decode_told = msgspec.json.Decoder(list[_Told]).decode


_LOOKED_FOR = (
    ("morning", "coffee"),
    ("river", "bridge"),
    ("bicycle", "village"),
    ("teacher", "question"),
    ("doctor", "kitchen"),
)


def _has(text: str, words: tuple[str, ...]) -> bool:
    return set(words) <= set(re.findall(r"[a-z]+", text.casefold()))


def _expect(what: str, found: Any, right: Any) -> None:
    if found != right:
        raise WrongAnswer(f"{what}: {found!r} instead of {right!r}"[:2_000])


def lines_check(what: str, right: list[tuple[str, str]]) -> Callable[[Answer], None]:
    """Return the check of a page of posts: ``right`` are ids of posts and of their authors, in order."""

    def check(answer: Answer) -> None:
        _expect(what, [(line.id, line.account.id) for line in _decode_lines(answer.body)], right)

    return check


class Scenes:
    """Makes scenes of a town."""

    def __init__(self, town: Town, folder: Path) -> None:
        self._town = town
        self._folder = folder
        self._token = town.tokens[READER]

    def _scene(self, what: str, questions: list[Question]) -> Scene:
        file = self._folder / f"{what.replace(' ', '-')}.requests"
        return Scene(what, questions, Requests(file, [(each.token, each.path) for each in questions]))

    def _home_of(self, reader: int) -> Question:
        check = lines_check(f"home of {reader}", self._town.home(reader))
        return Question(self._town.tokens[reader], "/api/v1/timelines/home", check)

    def home(self) -> Scene:
        """Let one member read his home timeline."""
        return self._scene("home", [self._home_of(READER)])

    def homes(self) -> Scene:
        """Let members with different follows read theirs."""
        readers = self._town.plan.readers
        return self._scene(f"home of {len(readers)} readers", [self._home_of(reader) for reader in readers])

    def others(self) -> list[Scene]:
        """Return everything else that is read."""
        lists = [self._local(), self._hashtag(), self._one_post(), self._thread(), self._account(), self._told()]
        return [*lists, self._search(), self._trends()]

    def _local(self) -> Scene:
        check = lines_check("local", self._town.local())
        return self._scene("local", [Question(self._token, "/api/v1/timelines/public?local=true", check)])

    def _hashtag(self) -> Scene:
        used = [post.tags[0] for post in self._town.plan.posts if post.tags]
        often = sorted(set(used), key=used.count)[-5:]
        return self._scene(
            "hashtag",
            [
                Question(self._token, f"/api/v1/timelines/tag/{tag}", lines_check(tag, self._town.with_tag(tag)))
                for tag in often
            ],
        )

    def _one_post(self) -> Scene:
        town = self._town
        posts = [number for number, post in enumerate(town.plan.posts) if post.repost_of is None][-_MANY:]

        def question(number: int) -> Question:
            right = (town.posts[number], town.author_of(town.plan.posts[number]))

            def check(answer: Answer) -> None:
                line = _decode_line(answer.body)
                _expect("one post", (line.id, line.account.id), right)

            return Question(self._token, f"/api/v1/statuses/{town.posts[number]}", check)

        return self._scene("one post", [question(number) for number in posts])

    def _thread(self) -> Scene:
        town = self._town
        ids = {number: town.posts[number] for number in town.plan.thread}
        right = {ids[number]: ids[town.plan.posts[number].reply_to or 0] for number in town.plan.thread[1:]}

        def check(answer: Answer) -> None:
            context = _decode_context(answer.body)
            _expect("thread, above", context.ancestors, [])
            _expect("thread, below", {line.id: line.in_reply_to_id for line in context.descendants}, right)
            seen = {ids[0]}
            for line in context.descendants:
                if line.in_reply_to_id not in seen:
                    raise WrongAnswer("thread: an answer stands before what it answers")
                seen.add(line.id)

        what = f"thread of {len(ids)}"
        return self._scene(what, [Question(self._token, f"/api/v1/statuses/{ids[0]}/context", check)])

    def _account(self) -> Scene:
        town = self._town
        authors = sorted({post.author for post in town.plan.posts[-_MANY:]})
        return self._scene(
            "account posts",
            [
                Question(
                    self._token,
                    f"/api/v1/accounts/{town.ids[author]}/statuses",
                    lines_check(f"posts of {author}", town.by(author)),
                )
                for author in authors
            ],
        )

    def _search(self) -> Scene:
        """Let members look for posts with two words, each of which stands in a sixth of all posts."""
        town = self._town

        def question(words: tuple[str, str]) -> Question:
            right = {number for number, post in town.written() if _has(post.text, words)}

            def check(answer: Answer) -> None:
                found = {line.id for line in _decode_found(answer.body).statuses}
                _expect(f"search of {words}: not among the right ones", found - right, set())
                _expect(f"search of {words}: how many", len(found), min(20, len(right)))

            return Question(self._token, f"/api/v2/search?type=statuses&q={words[0]}+{words[1]}", check)

        return self._scene("search", [question(words) for words in _LOOKED_FOR])

    def _trends(self) -> Scene:
        """Let members look at the ten hashtags and the twenty posts that trend."""
        used = {tag for post in self._town.plan.posts for tag in post.tags}

        def check(answer: Answer) -> None:
            found = [tag.name for tag in _decode_tags(answer.body)]
            _expect("trends: not used", set(found) - used, set())
            if not 0 < len(found) == len(set(found)) <= 10:
                raise WrongAnswer(f"trends: {found}")

        liked = self._town.liked(_VOICES)

        def check_posts(answer: Answer) -> None:
            lines = [(line.id, line.account.id) for line in _decode_lines(answer.body)]
            _expect("trends: not liked", set(lines) - set(liked.items()), set())
            authors = {author for _, author in lines}
            _expect("trends: one of each author", (len(lines), len(authors)), (min(20, len({*liked.values()})),) * 2)

        return self._scene(
            "trends",
            [
                Question(self._token, "/api/v1/trends/tags", check),
                Question(self._token, "/api/v1/trends/statuses", check_posts),
            ],
        )

    def _told(self) -> Scene:
        right = set(self._town.told)

        def check(answer: Answer) -> None:
            told = _decode_told(answer.body)
            what = {(each.type, each.account.id) for each in told}
            _expect("notifications", (len(told), what - right), (40, set()))
            _expect("notifications, twice", len(what), len(told))
            numbers = [each.id for each in told]
            _expect("notifications, order", numbers, sorted(numbers, reverse=True))

        return self._scene("notifications", [Question(self._token, "/api/v1/notifications", check)])
