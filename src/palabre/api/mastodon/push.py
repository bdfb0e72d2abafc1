"""Web push: one subscription for each access token."""

from __future__ import annotations

from typing import Literal

import msgspec

from palabre.api.mastodon import entities as wire
from palabre.api.mastodon.entities.notification import KIND_OF
from palabre.api.mastodon.entities.push_subscription import push_subscription
from palabre.api.mastodon.pieces import Pieces
from palabre.edge.binding import UNSET_WORDS
from palabre.edge.endpoint import bearer, endpoint
from palabre.edge.pushing import public_key
from palabre.edge.request import Request
from palabre.edge.site import Site
from palabre.edge.viewer import BadToken, Viewer
from palabre.push import actions
from palabre.push.model import Policy, Subscription
from palabre.push.queries import receiver_of, subscription_of
from palabre.push.rules import check_receiver

WirePolicy = Literal["all", "followed", "follower", "none"]


class Keys(msgspec.Struct, kw_only=True):
    """What the device decrypts with."""

    p256dh: str
    auth: str


class Where(msgspec.Struct, kw_only=True):
    """Where the device is reached."""

    endpoint: str
    keys: Keys
    standard: bool = False


class Data(msgspec.Struct, kw_only=True):
    """What the device is told."""

    alerts: dict[str, bool | str | float | None] | list[str] | None = None
    """By kind. Libraries send what was never set as ``null`` or, in forms, as the word ``undefined``."""
    policy: WirePolicy | None = None


class Subscribe(msgspec.Struct, kw_only=True):
    """The body of ``POST /api/v1/push/subscription``."""

    subscription: Where
    data: Data = msgspec.field(default_factory=Data)
    policy: WirePolicy | None = None
    """As in ``data``, where it stands in requests of libraries that put it beside."""


class Change(msgspec.Struct, kw_only=True):
    """The body of ``PUT /api/v1/push/subscription``."""

    data: Data = msgspec.field(default_factory=Data)
    policy: WirePolicy | None = None
    """As in ``data``."""


_DOTTED = {word.replace(".", "_"): word for word in KIND_OF if "." in word}
"""Some libraries write no dot in a name: ``admin_report``."""


def _alerts(data: Data) -> frozenset[str]:
    """Return the kinds that are told: those that are set to anything but no, as Rails reads a yes."""
    given = data.alerts or {}
    named = (
        given
        if isinstance(given, list)
        else [word for word, told in given.items() if told and told not in UNSET_WORDS]
    )
    words = (_DOTTED.get(word, word) for word in named)
    return frozenset(KIND_OF[word].value for word in words if word in KIND_OF)


def _shown(app: Site, kept: Subscription) -> wire.WebPushSubscription:
    receiver = receiver_of(app.keyring, kept)
    return push_subscription(app.part(Pieces).names, kept, endpoint=receiver.endpoint, server_key=public_key(app))


def _token(viewer: Viewer) -> int:
    if viewer.session is None:
        raise BadToken
    return viewer.session


@endpoint("POST", "/api/v1/push/subscription", scope="push")
async def subscribe(body: Subscribe, request: Request, viewer: Viewer, app: Site) -> wire.WebPushSubscription:
    """Tell a device from now on; what the token had before ends."""
    where = body.subscription
    receiver = check_receiver(
        endpoint=where.endpoint,
        p256dh=where.keys.p256dh,
        auth=where.keys.auth,
        token=bearer(request) or "",
        anywhere=app.config.push_anywhere == "on",
    )
    kept = await app.db.write(
        actions.subscribe,
        app.keyring,
        viewer.account,
        _token(viewer),
        receiver,
        alerts=_alerts(body.data),
        policy=Policy(body.data.policy or body.policy or "all"),
        standard=where.standard,
    )
    return _shown(app, kept)


@endpoint("GET", "/api/v1/push/subscription", scope="push")
async def show_subscription(viewer: Viewer, app: Site) -> wire.WebPushSubscription:
    """Show what the token's device is told."""
    return _shown(app, await app.db.read(subscription_of, _token(viewer)))


@endpoint("PUT", "/api/v1/push/subscription", scope="push")
async def change_subscription(body: Change, viewer: Viewer, app: Site) -> wire.WebPushSubscription:
    """Change what it is told."""
    asked = body.data.policy or body.policy
    policy = Policy(asked) if asked else None
    return _shown(app, await app.db.write(actions.change, _token(viewer), alerts=_alerts(body.data), policy=policy))


@endpoint("DELETE", "/api/v1/push/subscription", scope="push")
async def unsubscribe(viewer: Viewer, app: Site) -> None:
    """Tell it nothing any more."""
    await app.db.write(actions.unsubscribe, _token(viewer))


ROUTES = (subscribe, show_subscription, change_subscription, unsubscribe)
