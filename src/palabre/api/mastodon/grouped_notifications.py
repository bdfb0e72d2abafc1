"""What the member is told, the same things about the same post together."""

from __future__ import annotations

from typing import Annotated

import msgspec

from palabre.api.mastodon.entities.notification import Subjects
from palabre.api.mastodon.entities.notification_group import (
    Expand,
    GroupedNotificationsResults,
    NotificationGroup,
    PartialAccountWithAvatar,
    group_of,
    notification_group,
)
from palabre.api.mastodon.loading import Loading
from palabre.api.mastodon.notifications import (
    Knowing,
    Manner,
    Unread,
    about_of,
    kinds_of,
    manner_of,
    shown_of,
    subjects_for,
    wanted_kinds,
)
from palabre.api.mastodon.pages import AccountPage, load, people_page
from palabre.api.mastodon.pieces import Pieces
from palabre.api.mastodon.tails import tails_for
from palabre.edge.answers import Page
from palabre.edge.binding import AccountRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, links
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.ids import AccountId, Kind
from palabre.notifications import actions, groups, queries
from palabre.notifications.errors import NotificationNotFound
from palabre.notifications.groups import Group
from palabre.notifications.model import GROUPED, GroupName
from palabre.notifications.model import Kind as Told
from palabre.store import Snapshot

_MOST_COUNTED = 1_000


class Which(Paging, kw_only=True):
    """The query of the groups; kinds that nobody is told of here are simply none."""

    types: list[str] = msgspec.field(default_factory=list)
    exclude_types: list[str] = msgspec.field(default_factory=list)
    grouped_types: list[str] | None = None
    account_id: AccountRef | None = None
    expand_accounts: Expand = "full"
    include_filtered: bool = False
    supported_types: list[str] | None = None

    @property
    def kinds(self) -> frozenset[Told]:
        """Return the kinds that are asked for."""
        return frozenset(wanted_kinds(self.types, self.exclude_types, self.supported_types))

    @property
    def grouped(self) -> frozenset[Told]:
        """Return the kinds of which the app knows groups."""
        return GROUPED if self.grouped_types is None else GROUPED & frozenset(kinds_of(self.grouped_types))


def _accounts(
    loaded: Loading, shown: list[Group], *, partly: bool
) -> tuple[list[msgspec.Raw], list[PartialAccountWithAvatar] | msgspec.UnsetType]:
    first = [group.sample[0] for group in shown]
    others = [actor for group in shown for actor in group.sample[1:]]
    whole = dict.fromkeys(first if partly else [*first, *others])
    full = [msgspec.Raw(loaded.authors[actor]) for actor in whole if actor in loaded.authors]
    if not partly:
        return full, msgspec.UNSET
    faces = [
        msgspec.json.decode(loaded.authors[actor], type=PartialAccountWithAvatar)
        for actor in dict.fromkeys(others)
        if actor not in whole and actor in loaded.authors
    ]
    return full, faces


async def _results(
    app: Site, viewer: AccountId, found: list[Group], manner: Manner, *, partly: bool, of_page: bool = True
) -> GroupedNotificationsResults:
    posts = {group.lines[0].post.post: group.lines[0].post for group in found if group.lines[0].post is not None}
    loaded = await load(app, viewer, posts.values(), {actor for group in found for actor in group.sample})
    pieces = app.part(Pieces)
    tails = await tails_for(app, viewer, posts.values(), Context.NOTIFICATIONS, loaded.quotes)
    statuses = {number: loaded.one(entry, reader=viewer, tails=tails) for number, entry in posts.items()}
    subjects = await subjects_for(app, viewer, [group.lines[0] for group in found])
    about = {
        group.newest: about_of(pieces, group.lines[0], loaded.authors[group.sample[0]], subjects, manner)
        for group in found
        if group.sample[0] in loaded.authors
    }
    shown = [
        group
        for group in found
        if (group.lines[0].post is None or statuses[group.lines[0].post.post] is not None)
        and about.get(group.newest) is not None
    ]
    full, faces = _accounts(loaded, shown, partly=partly)
    rendered: list[NotificationGroup] = [
        notification_group(pieces.names, group, of_page=of_page, about=about[group.newest] or Subjects())
        for group in shown
    ]
    return GroupedNotificationsResults(
        accounts=list(full),
        partial_accounts=faces,
        statuses=[msgspec.Raw(json) for json in statuses.values() if json is not None],
        notification_groups=rendered,
    )


@endpoint("GET", "/api/v2/notifications", scope="read:notifications")
async def grouped_notifications(
    query: Which, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, GroupedNotificationsResults]:
    """Show what the member is told in groups, the newest first."""
    found = await app.db.read(
        groups.groups_page,
        viewer.account,
        query.window(app.ids, Kind.NOTIFICATION, usual=40, most=80),
        kinds=query.kinds,
        actor=query.account_id,
        grouped=query.grouped,
        filtered=query.include_filtered,
    )
    manner = manner_of(app, viewer, query.supported_types)
    partly = query.expand_accounts == "partial_avatars"
    results = await _results(app, viewer.account, found.items, manner, partly=partly)
    return Page(msgspec.json.encode(results), links(request, found.newest, found.oldest, Kind.NOTIFICATION))


@endpoint("GET", "/api/v2/notifications/unread_count", scope="read:notifications")
async def unread_groups(query: Which, viewer: Viewer, app: Site) -> Unread:
    """Count the groups that the member has not seen."""
    most = 100 if query.limit is None else min(max(query.limit, 1), _MOST_COUNTED)
    count = await app.db.read(
        groups.unread_groups,
        viewer.account,
        kinds=query.kinds,
        actor=query.account_id,
        grouped=query.grouped,
        most=most,
    )
    return Unread(await shown_of(app, viewer.account, count, query.kinds, query.account_id, most=most))


def _named(app: Site, key: str) -> GroupName | int:
    name = group_of(app.part(Pieces).names, key)
    if name is None:
        raise NotificationNotFound
    return name


def _one(db: Snapshot, viewer: AccountId, name: GroupName | int) -> Group:
    if isinstance(name, GroupName):
        return groups.group(db, viewer, name)
    line = queries.notification_line(db, viewer, name)
    return Group(name=None, lines=(line,), count=1, newest=line.id)


@endpoint("GET", "/api/v2/notifications/{group_key}", scope="read:notifications")
async def show_group(group_key: str, query: Knowing, viewer: Viewer, app: Site) -> GroupedNotificationsResults:
    """Show one group."""
    found = await app.db.read(_one, viewer.account, _named(app, group_key))
    manner = manner_of(app, viewer, query.supported_types)
    results = await _results(app, viewer.account, [found], manner, partly=False, of_page=False)
    if not results.notification_groups:
        raise NotificationNotFound
    return results


@endpoint("POST", "/api/v2/notifications/{group_key}/dismiss", scope="write:notifications")
async def dismiss_group(group_key: str, viewer: Viewer, app: Site) -> None:
    """Forget one group."""
    name = _named(app, group_key)
    if isinstance(name, GroupName):
        await app.db.write(groups.dismiss_group, viewer.account, name)
    else:
        await app.db.write(actions.dismiss, viewer.account, name)


@endpoint("GET", "/api/v2/notifications/{group_key}/accounts", scope=("read:notifications", "write:notifications"))
async def group_accounts(group_key: str, query: Paging, request: Request, viewer: Viewer, app: Site) -> AccountPage:
    """Show who is in a group, the newest first."""
    name = _named(app, group_key)
    window = query.window(app.ids, Kind.NOTIFICATION, usual=40, most=80)
    if isinstance(name, GroupName):
        return await people_page(request, app, Kind.NOTIFICATION, groups.group_actors, viewer.account, name, window)
    line = await app.db.read(queries.notification_line, viewer.account, name)
    loaded = await load(app, viewer.account, [], [line.actor])
    return Page([msgspec.Raw(loaded.authors[line.actor])])


_ALPHA = "/api/v2_alpha/notifications"
"""Where these methods were before Mastodon 4.3 was released; some apps still ask there."""

ALPHA = (
    endpoint("GET", _ALPHA, scope="read:notifications")(grouped_notifications.function),
    endpoint("GET", f"{_ALPHA}/unread_count", scope="read:notifications")(unread_groups.function),
    endpoint("GET", f"{_ALPHA}/{{group_key}}", scope="read:notifications")(show_group.function),
    endpoint("POST", f"{_ALPHA}/{{group_key}}/dismiss", scope="write:notifications")(dismiss_group.function),
    endpoint("GET", f"{_ALPHA}/{{group_key}}/accounts", scope=("read:notifications", "write:notifications"))(
        group_accounts.function
    ),
)

ROUTES = (grouped_notifications, unread_groups, show_group, dismiss_group, group_accounts, *ALPHA)
