"""Who lives in the town that is measured, whom they follow and what they write: the same at every run."""

from __future__ import annotations

import random
from typing import NamedTuple

import msgspec

READER = 0
"""The member whose home, notifications and thread are read."""
_SEED = 20_261_122
_TAGS = 40
_BACK = 400
"""A reply answers a post at least so many numbers before it, so that the answered one is there already."""
_REACH = 3_000

_WORDS = (  # noqa: SIM905 - read as words
    "morning coffee bread market river bridge train garden window letter music winter summer children teacher "
    "library printer keyboard server cable paper pencil sentence question answer weather cloud rain sunlight "
    "bicycle mountain village harbour island story newspaper council meeting budget school kitchen recipe pepper "
    "tomato potato carrot pumpkin cinnamon friend neighbour stranger doctor engineer carpenter painter farmer "
    "quickly slowly never always often perhaps together alone yesterday today tomorrow tonight under above between "
    "walks writes reads sings builds repairs finds loses forgets remembers opens closes carries brings takes"
).split()


class Size(msgspec.Struct, frozen=True):
    """How large the town is."""

    people: int = 1_000
    followed: int = 100
    """By the reader."""
    readers: int = 50
    """Further readers, with different follows."""
    posts: int = 20_000
    likes: int = 8_000
    thread: int = 50
    told: int = 60
    """Notifications of the reader."""


QUICK = Size(people=80, followed=20, readers=10, posts=700, likes=200, thread=12, told=44)


class Post(NamedTuple):
    """A post to be written; numbers are places in the plan."""

    author: int
    text: str = ""
    tags: tuple[str, ...] = ()
    reply_to: int | None = None
    repost_of: int | None = None


class Plan:
    """The town on paper."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._dice = random.Random(_SEED)  # noqa: S311 - the same at every run, which is the point
        self.names = [f"member{number}" for number in range(size.people)]
        self.readers = list(range(size.followed + 1, size.followed + 1 + size.readers))
        self.follows: dict[int, list[int]] = {READER: list(range(1, size.followed + 1))}
        others = range(1, size.people)
        for reader in self.readers:
            count = self._dice.randint(size.followed // 2, size.followed * 3 // 2)
            self.follows[reader] = sorted(set(self._dice.sample(others, min(count, len(others)))) - {reader})
        self.posts: list[Post] = []
        self.thread = self._add_thread()
        while len(self.posts) < size.posts:
            self.posts.append(self._next_post(len(self.posts)))
        originals = [number for number, post in enumerate(self.posts) if post.repost_of is None]
        self.likes = sorted(
            {(self._dice.randrange(1, size.people), self._dice.choice(originals)) for _ in range(size.likes)}
        )

    def sentence(self, least: int = 8, most: int = 36) -> str:
        """Make some words up."""
        return " ".join(self._dice.choices(_WORDS, k=self._dice.randint(least, most))).capitalize() + "."

    def tag(self) -> str:
        """Choose a hashtag; some are chosen much more often than others."""
        return f"topic{int(self._dice.paretovariate(0.9)) % _TAGS}"

    def decorated(self, number: int) -> tuple[str, tuple[str, ...]]:
        """Make the text of the post with this number: each third has a hashtag and mentions somebody."""
        text = self.sentence()
        if number % 3:
            return text, ()
        tag = self.tag()
        return f"{text} #{tag} @{self.names[self._dice.randrange(1, self.size.people)]}", (tag,)

    def _next_post(self, number: int) -> Post:
        author = self._dice.randrange(1, self.size.people)
        chance = self._dice.random()
        earlier = number - _BACK
        if earlier > len(self.thread) and chance < 0.3:
            target = self._dice.randint(max(len(self.thread), earlier - _REACH), earlier)
            if self.posts[target].repost_of is None:
                if chance < 0.06:
                    return self._repost(author, number, target)
                text, tags = self.decorated(number)
                return Post(author, text, tags, reply_to=target)
        text, tags = self.decorated(number)
        return Post(author, text, tags)

    def _repost(self, author: int, number: int, target: int) -> Post:
        """Repost ``target``, unless the author has done so before: then write something."""
        if any(post.author == author and post.repost_of == target for post in self.posts[target:]):
            text, tags = self.decorated(number)
            return Post(author, text, tags)
        return Post(author, repost_of=target)

    def _add_thread(self) -> list[int]:
        """Begin with a conversation: each post but the first answers one of those before."""
        for number in range(self.size.thread):
            answered = self._dice.randrange(number) if number else None
            author = self._dice.randrange(1, self.size.people)
            self.posts.append(Post(author, self.sentence(), reply_to=answered))
        return list(range(self.size.thread))

    def profile(self, number: int) -> dict[str, str | list[str]]:
        """Make up what a member says of himself."""
        return {
            "display_name": f"{self._dice.choice(_WORDS).capitalize()} {self._dice.choice(_WORDS).capitalize()}",
            "discoverable": "true",
            "indexable": "true",
            "note": f"{self.sentence(10, 20)} #{self.tag()} https://example.org/{self.names[number]}",
            "fields_attributes[0][name]": "Home",
            "fields_attributes[0][value]": f"https://example.net/{self.names[number]}",
            "fields_attributes[1][name]": "Likes",
            "fields_attributes[1][value]": self.sentence(3, 5),
        }
