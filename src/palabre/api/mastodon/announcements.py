"""What those who run the network tell all members."""

from __future__ import annotations

import msgspec

from palabre.accounts.queries import seen_handles
from palabre.announcements import actions, model, queries
from palabre.announcements.errors import AnnouncementNotFound
from palabre.announcements.events import Announced, AnnouncementDeleted, AnnouncementReacted
from palabre.api.mastodon.entities.announcement import Announcement, announcement, named_in
from palabre.api.mastodon.entities.wire import Names
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import AnnouncementRef
from palabre.edge.endpoint import endpoint
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.ids import Kind
from palabre.posts.queries import post_views
from palabre.store import Snapshot


class Which(msgspec.Struct, frozen=True):
    """The query of the list."""

    with_dismissed: bool = False


def _shown(db: Snapshot, names: Names, found: list[model.Announcement], *, member: bool) -> list[Announcement]:
    """Render announcements with those of whom and of what they name that anybody may see. At most four statements."""
    named = [named_in(names, each.text) for each in found]
    handles = [handle for people, _ in named for handle in people]
    posts = [post for _, linked in named for post in linked]
    people_there = seen_handles(db, None, handles) if handles else {}
    posts_there = {each.post.id: each for each in post_views(db, None, list(dict.fromkeys(posts)))} if posts else {}
    return [
        announcement(
            names,
            each,
            member=member,
            people=[people_there[handle] for handle in people if handle in people_there],
            posts=[posts_there[post] for post in linked if post in posts_there],
        )
        for each, (people, linked) in zip(found, named, strict=True)
    ]


class _ReactionChange(msgspec.Struct, frozen=True):
    name: str
    count: int
    announcement_id: str


@endpoint("GET", "/api/v1/announcements")
async def list_announcements(query: Which, viewer: Viewer, app: Site) -> list[Announcement]:
    """Show what is announced, the newest first."""
    names = app.part(Pieces).names

    def load(db: Snapshot) -> list[Announcement]:
        found = queries.announcements(db, viewer.account, dismissed=query.with_dismissed)
        return _shown(db, names, found, member=True)

    return await app.db.read(load)


@endpoint("POST", "/api/v1/announcements/{number}/dismiss", scope="write:accounts")
async def dismiss_announcement(number: AnnouncementRef, viewer: Viewer, app: Site) -> None:
    """Note that the member has read it."""
    await app.db.write(actions.dismiss, viewer.account, number)


@endpoint("PUT", "/api/v1/announcements/{number}/reactions/{name}", scope="write:favourites")
async def react(number: AnnouncementRef, name: str, viewer: Viewer, app: Site) -> None:
    """Answer with an emoji."""
    await app.db.write(actions.react, viewer.account, number, name)


@endpoint("DELETE", "/api/v1/announcements/{number}/reactions/{name}", scope="write:favourites")
async def take_reaction_back(number: AnnouncementRef, name: str, viewer: Viewer, app: Site) -> None:
    """Take that back."""
    await app.db.write(actions.take_back, viewer.account, number, name)


async def _current(site: Site, number: int) -> model.Announcement | None:
    try:
        return await site.db.read(queries.announcement, None, number)
    except AnnouncementNotFound:
        return None


async def announced(site: Site, fact: Announced) -> bytes | None:
    """Return what is told live of a new announcement; ``None`` if it is gone again."""
    found = await _current(site, fact.announcement)
    if found is None:
        return None
    [shown] = await site.db.read(_shown, site.part(Pieces).names, [found], member=False)
    return msgspec.json.encode(shown)


async def reacted(site: Site, fact: AnnouncementReacted) -> bytes | None:
    """Return what is told live of a reaction."""
    found = await _current(site, fact.announcement)
    if found is None:
        return None
    count = next((each.count for each in found.reactions if each.name == fact.name), 0)
    return msgspec.json.encode(
        _ReactionChange(fact.name, count, site.ids.encode(Kind.ANNOUNCEMENT, fact.announcement))
    )


async def unannounced(site: Site, fact: AnnouncementDeleted) -> bytes:
    """Return what is told live of an announcement that is gone: its id."""
    return site.ids.encode(Kind.ANNOUNCEMENT, fact.announcement).encode()


ROUTES = (list_announcements, dismiss_announcement, react, take_reaction_back)
