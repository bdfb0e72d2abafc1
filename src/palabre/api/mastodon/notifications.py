"""What the member is told, one by one."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, NamedTuple

import msgspec

from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.entities.notification import (
    KIND_OF,
    WIRE_KINDS,
    NotificationFallback,
    Subjects,
    notification,
    subjects,
)
from palabre.api.mastodon.loading import Loading, Tails
from palabre.api.mastodon.pages import load
from palabre.api.mastodon.pieces import Pieces
from palabre.api.mastodon.tails import tails_for
from palabre.edge.answers import Page
from palabre.edge.binding import AccountRef
from palabre.edge.endpoint import endpoint
from palabre.edge.paging import Paging, link
from palabre.edge.pushing import title_of
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.unseen import hidden_by_filters
from palabre.edge.viewer import Viewer
from palabre.filters.model import Context
from palabre.i18n import translations
from palabre.ids import AccountId, IdCodec, Kind, counted, read_count
from palabre.notifications import actions, queries
from palabre.notifications.errors import NotificationNotFound
from palabre.notifications.model import OWN, Narrow, NotificationLine
from palabre.notifications.model import Kind as Told
from palabre.notifications.subjects import WITH_SUBJECT, Key, Subject, subjects_of
from palabre.paging import Slice, empty
from palabre.store import Snapshot, Transaction

_MOST_COUNTED = 1_000


class NotificationPaging(Paging, kw_only=True):
    """The query of the notifications; kinds that nobody is told of here are simply none."""

    types: list[str] = msgspec.field(default_factory=list)
    exclude_types: list[str] = msgspec.field(default_factory=list)
    account_id: AccountRef | None = None
    include_filtered: bool = False
    """Also what waits among the requests."""
    supported_types: list[str] | None = None
    """The kinds that the app knows; of others it is given words to show instead."""


class Knowing(msgspec.Struct, frozen=True, kw_only=True):
    """The query of one notification."""

    supported_types: list[str] | None = None


class Unread(msgspec.Struct, frozen=True):
    """How many notifications the member has not seen."""

    count: int


_EVERYWHERE = frozenset(Told) - OWN


def wanted_kinds(types: list[str], exclude: list[str], supported: list[str] | None) -> list[Told]:
    """Return the kinds that an app is told of.

    Of kinds that only Palabre has, those are told that it names, in ``types`` or ``supported``; and all, with words
    to show instead, if it has said at all which kinds it knows.
    """
    without = set(kinds_of(exclude))
    chosen = kinds_of(types) if types else (Told if supported is not None else _EVERYWHERE)
    return [kind for kind in Told if kind in chosen and kind not in without]


class Manner(NamedTuple):
    """How an app is told."""

    supported: frozenset[str] | None = None
    """The kinds that it knows; ``None``: it has not said."""
    locale: str = "en"

    def fallback(self, kind: Told, name: str) -> NotificationFallback | msgspec.UnsetType:
        """Return what stands for a kind that the app does not know, caused by somebody called ``name``."""
        if self.supported is None or WIRE_KINDS[kind] in self.supported:
            return msgspec.UNSET
        title = html.escape(title_of(self.locale, kind, name))
        return NotificationFallback(title, html.escape(translations(self.locale).gettext(_ELSEWHERE)))


def manner_of(app: Site, viewer: Viewer, supported: list[str] | None) -> Manner:
    """Return how the app of ``viewer`` is told."""
    known = None if supported is None else frozenset(supported)
    return Manner(known, viewer.locale or app.config.language)


def _(message: str) -> str:
    """Mark a sentence for the catalogues."""
    return message


_ELSEWHERE = _("This app does not show notifications of this kind. The pages of the network do.")


class _Named(msgspec.Struct):
    """What an account is called, read from its JSON."""

    username: str
    display_name: str = ""


_name = msgspec.json.Decoder(_Named).decode
_encode = msgspec.json.Encoder().encode


def about_of(
    pieces: Pieces, told: NotificationLine, actor: bytes, found: Mapping[Key, Subject | None], manner: Manner
) -> Subjects | None:
    """Render what ``told`` is about, if no post; ``None``: the viewer may not see that, or no longer."""
    key = (told.kind, told.subject)
    if told.kind in WITH_SUBJECT and key not in found:
        return None
    made = subjects(pieces.names, found.get(key), actor=msgspec.Raw(actor))
    if manner.supported is None:
        return made
    named = _name(actor)
    fallback = manner.fallback(told.kind, named.display_name or named.username)
    return msgspec.structs.replace(made, fallback=fallback)


def kinds_of(words: list[str]) -> list[Told]:
    """Return the kinds that Mastodon's ``words`` name."""
    return [KIND_OF[word] for word in words if word in KIND_OF]


def _json(
    pieces: Pieces,
    told: NotificationLine,
    loaded: Loading,
    tails: Tails | None,
    found: Mapping[Key, Subject | None],
    manner: Manner,
    viewer: AccountId,
) -> bytes | None:
    """Return the JSON of ``told``; ``None`` if what it is about is gone in this moment, or is not wanted."""
    actor = loaded.authors.get(told.actor)
    if actor is None:
        return None
    post = b""
    if told.post is not None:
        whole = loaded.one(told.post, reader=viewer, tails=tails)
        if whole is None:
            return None
        post = whole
    if manner.supported is None and told.kind not in WITH_SUBJECT:
        before, between = pieces.frame(told)
        return b"%s%s%s%s}" % (before, actor, between, post) if post else b"%s%s%s" % (before, actor, between)
    about = about_of(pieces, told, actor, found, manner)
    if about is None:
        return None
    status = msgspec.Raw(post) if post else msgspec.UNSET
    return _encode(notification(pieces.names, told, account=msgspec.Raw(actor), status=status, about=about))


async def subjects_for(
    app: Site, viewer: AccountId, lines: Iterable[NotificationLine]
) -> Mapping[Key, Subject | None]:
    """Load what ``lines`` are about that are about no post; nothing is read if there are none."""
    keys = [(line.kind, line.subject) for line in lines if line.kind in WITH_SUBJECT]
    return await app.db.read(subjects_of, viewer, keys) if keys else {}


async def _shown(
    app: Site,
    viewer: AccountId,
    lines: list[NotificationLine],
    manner: Manner = Manner(),  # noqa: B008 - frozen
) -> list[bytes]:
    posts = [told.post for told in lines if told.post is not None]
    loaded = await load(app, viewer, posts, [told.actor for told in lines])
    pieces = app.part(Pieces)
    tails = await tails_for(app, viewer, posts, Context.NOTIFICATIONS, loaded.quotes)
    found = await subjects_for(app, viewer, lines)
    rendered = (_json(pieces, told, loaded, tails, found, manner, viewer) for told in lines)
    return [one for one in rendered if one is not None]


async def notification_json(app: Site, viewer: AccountId, number: int) -> bytes | None:
    """Return the JSON of one notification; ``None`` if the viewer has none, or may not see it any more."""
    try:
        line = await app.db.read(queries.notification_line, viewer, number)
    except NotificationNotFound:
        return None
    if line.kind in OWN:
        return None  # streams have no way to ask what the app knows
    shown = await _shown(app, viewer, [line])
    return shown[0] if shown else None


@endpoint("GET", "/api/v1/notifications", scope="read:notifications")
async def notifications(
    query: NotificationPaging, request: Request, viewer: Viewer, app: Site
) -> Annotated[Page, list[wire.Notification]]:
    """Show what the member is told, newest first."""
    kinds = wanted_kinds(query.types, query.exclude_types, query.supported_types)
    found: Slice[Narrow] = empty()
    if kinds:
        found = await app.db.read(
            queries.notification_rows,
            viewer.account,
            query.window(app.ids, Kind.NOTIFICATION, usual=40, most=80),
            kinds=kinds,
            actor=query.account_id,
            filtered=query.include_filtered,
        )
    posts = queries.posts_of(found.items)
    readable = await app.lines.readable(viewer.account, posts) if posts else {}
    ready = None
    if query.supported_types is None and app.lenses.plain(viewer.account):
        ready = app.part(Pieces).told(found.items, readable, reader=viewer.account)
    if ready is None:
        lines = queries.lines_about(found.items, readable)
        manner = manner_of(app, viewer, query.supported_types)
        ready = b"[%s]" % b",".join(await _shown(app, viewer.account, lines, manner))
    return Page(ready, link(request, found, Kind.NOTIFICATION))


async def shown_of(
    app: Site, viewer: AccountId, count: int, kinds: Collection[Told], actor: AccountId | None, *, most: int
) -> int:
    """Take from a ``count`` of what the viewer has not seen what his filters hide in the lists."""
    if not count:
        return 0
    hidden = await hidden_by_filters(app, viewer, actor=actor, most=most)
    return max(0, count - sum(hidden[kind] for kind in kinds))


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The query of the count; kinds as for the notifications."""

    types: list[str] = msgspec.field(default_factory=list)
    exclude_types: list[str] = msgspec.field(default_factory=list)
    account_id: AccountRef | None = None
    supported_types: list[str] | None = None
    limit: int = queries.UNREAD_MOST
    """Up to which number is counted."""


@endpoint("GET", "/api/v1/notifications/unread_count", scope="read:notifications")
async def unread_count(query: Counted, viewer: Viewer, app: Site) -> Unread:
    """Count what the member has not seen."""
    kinds = wanted_kinds(query.types, query.exclude_types, query.supported_types)
    most = min(max(query.limit, 1), _MOST_COUNTED)
    count = await app.db.read(queries.unread_among, viewer.account, kinds=kinds, actor=query.account_id, most=most)
    return Unread(await shown_of(app, viewer.account, count, kinds, query.account_id, most=most))


def _named(db: Snapshot, viewer: AccountId, ids: IdCodec, text: str) -> int:
    """Return the notification of the viewer's that ``text`` names: an id, or the number in a message of web push.

    Raises:
        NotificationNotFound: it names none.

    """
    number = ids.try_decode(Kind.NOTIFICATION, text)
    if number is not None:
        return number
    count = read_count(text)
    if count is None:
        raise NotificationNotFound
    least, greatest = counted(count)
    number = queries.newest_up_to(db, viewer, greatest)
    if number < least:
        raise NotificationNotFound
    return number


def _line(db: Snapshot, viewer: AccountId, ids: IdCodec, text: str) -> NotificationLine:
    return queries.notification_line(db, viewer, _named(db, viewer, ids, text))


def _dismiss(tx: Transaction, viewer: AccountId, ids: IdCodec, text: str) -> None:
    actions.dismiss(tx, viewer, _named(tx, viewer, ids, text))


@endpoint("GET", "/api/v1/notifications/{notification}", scope="read:notifications")
async def show_notification(
    notification: str, query: Knowing, viewer: Viewer, app: Site
) -> Annotated[bytes, wire.Notification]:
    """Show one notification, named by its id or by the number that a message of web push has."""
    line = await app.db.read(_line, viewer.account, app.ids, notification)
    shown = await _shown(app, viewer.account, [line], manner_of(app, viewer, query.supported_types))
    if not shown:
        raise NotificationNotFound
    return shown[0]


@endpoint("POST", "/api/v1/notifications/clear", scope="write:notifications")
async def clear(viewer: Viewer, app: Site) -> None:
    """Forget all notifications."""
    await app.db.write(actions.clear, viewer.account)


@endpoint("POST", "/api/v1/notifications/{notification}/dismiss", scope="write:notifications")
async def dismiss(notification: str, viewer: Viewer, app: Site) -> None:
    """Forget one notification, named as above."""
    await app.db.write(_dismiss, viewer.account, app.ids, notification)


ROUTES = (notifications, unread_count, show_notification, clear, dismiss)
