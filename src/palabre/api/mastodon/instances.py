"""The network itself: what it is called, what it allows, how much it is used."""

from __future__ import annotations

import asyncio

import msgspec
from sqlalchemy import func, select

from palabre import clock
from palabre.accounts.queries import active_count, local_count
from palabre.accounts.tables import account
from palabre.api.mastodon.entities import Instance, InstanceV1, Names
from palabre.api.mastodon.entities.custom_emoji import CustomEmoji, custom_emoji
from palabre.api.mastodon.entities.instance import instance
from palabre.api.mastodon.entities.instance_v1 import instance_v1
from palabre.api.mastodon.entities.rule import Rule, rule
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.texts import written
from palabre.moderation.queries import rules
from palabre.store import Snapshot, statement

_POSTS = statement(select(func.coalesce(func.sum(account.c.posts_count), 0)).where(account.c.domain == ""))
_COUNTED_FOR = 10 * clock.MINUTE


def posts_written(db: Snapshot) -> int:
    """Count what members have posted, reposts included."""
    return int(db.value(_POSTS))


class Counts(msgspec.Struct, frozen=True):
    """How big the network is and how much it is used."""

    members: int
    active: int
    half_year: int
    posts: int


def _count(db: Snapshot) -> Counts:
    return Counts(
        members=local_count(db),
        active=active_count(db, db.now - 28 * clock.DAY),
        half_year=active_count(db, db.now - 180 * clock.DAY),
        posts=posts_written(db),
    )


class Census:
    """The counts, made anew at most every ten minutes: each of them reads a row per member."""

    def __init__(self) -> None:
        self._counted: Counts | None = None
        self._at = 0

    async def counts(self, app: Site) -> Counts:
        """Return the counts."""
        now = clock.now()
        if self._counted is None or now - self._at >= _COUNTED_FOR:
            self._at = now
            self._counted = await app.db.read_slow(_count)
        return self._counted


async def _rules(app: Site) -> tuple[Names, list[Rule]]:
    names = app.part(Pieces).names
    return names, [rule(names, each) for each in await app.db.read(rules)]


@endpoint("GET", "/api/v2/instance")
async def show_instance(app: Site) -> Instance:
    """Show the network."""
    counts = await app.part(Census).counts(app)
    names, made = await _rules(app)
    terms = await asyncio.to_thread(written, app.folder, "terms")
    return instance(names, app.config, active=counts.active, rules=made, terms=terms is not None)


@endpoint("GET", "/api/v1/instance")
async def show_instance_v1(app: Site) -> InstanceV1:
    """Show the network to apps that know only version 1."""
    counts = await app.part(Census).counts(app)
    names, made = await _rules(app)
    return instance_v1(names, app.config, members=counts.members, posts=counts.posts, domains=0, rules=made)


@endpoint("GET", "/api/v1/custom_emojis")
async def custom_emojis(app: Site) -> list[CustomEmoji]:
    """List the network's own emojis that are offered to choose from."""
    names = app.part(Pieces).names
    return [custom_emoji(names, each) for each in app.emojis.all() if each.visible]


@endpoint("GET", "/api/v1/instance/peers")
async def peers() -> list[str]:
    """List the networks that this one knows: none, for it speaks to no other."""
    return []


@endpoint("GET", "/api/v1/instance/domain_blocks")
async def domain_blocks() -> list[str]:
    """List the networks that this one shuts out: none."""
    return []


@endpoint("GET", "/api/v1/instance/translation_languages")
async def translation_languages() -> dict[str, list[str]]:
    """List what can be translated into what: nothing."""
    return {}


ROUTES = (show_instance, show_instance_v1, custom_emojis, peers, domain_blocks, translation_languages)
