"""The network itself: what it is called, what it allows, how much it is used."""

from __future__ import annotations

import asyncio

import msgspec
from sqlalchemy import func, select

from palabre import clock
from palabre.accounts.model import Account, Standing
from palabre.accounts.queries import account_by_handle, active_count, local_count
from palabre.accounts.tables import account
from palabre.api.mastodon.entities import Instance, InstanceV1, Names
from palabre.api.mastodon.entities.admin_server import DomainBlock, domain_block
from palabre.api.mastodon.entities.custom_emoji import CustomEmoji, custom_emoji
from palabre.api.mastodon.entities.html import text_html
from palabre.api.mastodon.entities.instance import instance
from palabre.api.mastodon.entities.instance_v1 import instance_v1
from palabre.api.mastodon.entities.rule import Rule, rule
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.endpoint import endpoint
from palabre.edge.errors import NoRoute
from palabre.edge.site import Site
from palabre.edge.tally import Tally
from palabre.edge.texts import terms_of, written
from palabre.edge.viewer import Viewer
from palabre.moderation import model as moderation
from palabre.moderation import servers
from palabre.moderation.queries import rules
from palabre.moderation.servers_rules import published
from palabre.posts.activity import Activity, activity, last_weeks
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


class Census(Tally[Counts]):
    """The counts: each of them reads a row per member."""

    def __init__(self) -> None:
        super().__init__(_count, _COUNTED_FOR)


def _said(db: Snapshot, contact: str) -> tuple[list[moderation.Rule], Account | None]:
    """Return the rules, and whom one may talk to."""
    found = account_by_handle(db, contact, "") if contact else None
    return rules(db), found if found is not None and found.standing is Standing.ACTIVE else None


async def _words(app: Site) -> tuple[Names, list[Rule], Account | None]:
    names = app.part(Pieces).names
    found, contact = await app.db.read(_said, app.config.contact_account)
    return names, [rule(names, each) for each in found], contact


def _texts(app: Site, names: Names) -> tuple[bool, str | None]:
    """Return whether there are terms, and what is said while nobody may sign up, in HTML."""
    closed = written(app.folder, "closed")
    return bool(terms_of(app.folder)), None if closed is None else text_html(names, closed.words)


@endpoint("GET", "/api/v2/instance")
async def show_instance(app: Site) -> Instance:
    """Show the network."""
    counts = await app.part(Census).get(app.db)
    names, made, contact = await _words(app)
    terms, closed = await asyncio.to_thread(_texts, app, names)
    return instance(names, app.config, active=counts.active, rules=made, terms=terms, closed=closed, contact=contact)


@endpoint("GET", "/api/v1/instance")
async def show_instance_v1(app: Site) -> InstanceV1:
    """Show the network to apps that know only version 1."""
    counts = await app.part(Census).get(app.db)
    names, made, contact = await _words(app)
    return instance_v1(
        names, app.config, members=counts.members, posts=counts.posts, domains=0, rules=made, contact=contact
    )


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
async def domain_blocks(viewer: Viewer | None, app: Site) -> list[DomainBlock]:
    """List the servers that this network blocks, as far as the operator shows them."""
    shown = app.config.server_blocks
    if shown == "nobody" or (shown == "members" and viewer is None):
        raise NoRoute
    return [domain_block(each) for each in published(await app.db.read(servers.blocks.all))]


class Week(msgspec.Struct, frozen=True):
    """One week of the network, from Monday; all numbers in digits."""

    week: str
    """Its first second since 1970."""
    statuses: str
    logins: str
    registrations: str


class Weeks(Tally[tuple[Activity, ...]]):
    """The last twelve weeks. Those that are over do not change any more, apart from what is deleted."""

    def __init__(self) -> None:
        super().__init__(self._count_again, _COUNTED_FOR)
        self._over: dict[int, Activity] = {}

    def _count_again(self, db: Snapshot) -> tuple[Activity, ...]:
        weeks = last_weeks(db.now)
        found = tuple(self._over.get(week) or activity(db, week) for week in weeks)
        self._over = dict(zip(weeks[1:], found[1:], strict=True))
        return found


@endpoint("GET", "/api/v1/instance/activity")
async def weekly_activity(app: Site) -> list[Week]:
    """Count posts, active members and sign-ups of the last twelve weeks, the present one first."""
    return [
        Week(str(each.week // clock.SECOND), str(each.posts), str(each.active), str(each.joined))
        for each in await app.part(Weeks).get(app.db)
    ]


ROUTES = (show_instance, show_instance_v1, custom_emojis, peers, domain_blocks, weekly_activity)
