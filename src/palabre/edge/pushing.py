"""Sends push messages: encrypts what a notification says for one device, and hands it to its push service."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec
import structlog

from palabre import clock, ids
from palabre.accounts.model import Preferences
from palabre.accounts.queries import acting_login
from palabre.edge.lenses import matches_in
from palabre.edge.outside import Outside
from palabre.edge.site import Site
from palabre.filters.model import Context
from palabre.filters.queries import sieve_of
from palabre.filters.rules import hides
from palabre.graph.model import AccountCollection
from palabre.i18n import translations
from palabre.moderation.model import Deed, ReportView
from palabre.notifications.errors import NotificationNotFound
from palabre.notifications.model import Kind, NotificationView
from palabre.notifications.queries import notification
from palabre.push import encryption
from palabre.push.actions import forget
from palabre.push.model import Message, Receiver, Subscription
from palabre.push.queries import receiver_of, subscription
from palabre.store import Snapshot

_TTL_SECONDS = 2 * 24 * 3_600
"""How long a push service keeps a message for a device that is off."""
_TOKEN_SECONDS = 12 * 3_600
_MOST_BODY = 140
_WIRE = {
    Kind.FOLLOW: "follow",
    Kind.FOLLOW_REQUEST: "follow_request",
    Kind.MENTION: "mention",
    Kind.REPOST: "reblog",
    Kind.LIKE: "favourite",
    Kind.POST: "status",
    Kind.POLL: "poll",
    Kind.UPDATE: "update",
    Kind.QUOTE: "quote",
    Kind.QUOTED_UPDATE: "quoted_update",
    Kind.SIGN_UP: "admin.sign_up",
    Kind.REPORT: "admin.report",
    Kind.WARNING: "moderation_warning",
    Kind.COLLECTED: "added_to_collection",
    Kind.COLLECTION_UPDATE: "collection_update",
    Kind.QUOTE_REQUEST: "quote_request",
    Kind.QUOTE_ACCEPTED: "quote_accepted",
    Kind.REPLY_REQUEST: "reply_request",
    Kind.REPLY_APPROVED: "reply_approved",
    Kind.APPEAL: "admin.appeal",
    Kind.APPEAL_DECIDED: "appeal_decided",
    Kind.PASSKEY: "passkey_added",
}


def _(message: str) -> str:
    """Mark words for the catalogues; they are translated when they are sent."""
    return message


_TITLES = {
    Kind.FOLLOW: _("{name} follows you"),
    Kind.FOLLOW_REQUEST: _("{name} asks to follow you"),
    Kind.MENTION: _("{name} mentioned you"),
    Kind.REPOST: _("{name} reposted your post"),
    Kind.LIKE: _("{name} likes your post"),
    Kind.POST: _("{name} has posted"),
    Kind.POLL: _("A poll of {name} is over"),
    Kind.UPDATE: _("{name} edited a post that you reposted"),
    Kind.QUOTE: _("{name} quoted you"),
    Kind.QUOTED_UPDATE: _("{name} edited a post that you quoted"),
    Kind.SIGN_UP: _("{name} has joined"),
    Kind.REPORT: _("{name} has reported something"),
    Kind.WARNING: _("A message from those who run the network"),
    Kind.COLLECTED: _("{name} put you into a collection"),
    Kind.COLLECTION_UPDATE: _("{name} changed a collection that you are in"),
    Kind.QUOTE_REQUEST: _("{name} asks to quote you"),
    Kind.QUOTE_ACCEPTED: _("{name} has agreed to your quote"),
    Kind.REPLY_REQUEST: _("Replies wait for your approval"),
    Kind.REPLY_APPROVED: _("{name} has approved your reply"),
    Kind.APPEAL: _("{name} appeals against what was done about the account"),
    Kind.APPEAL_DECIDED: _("Your appeal was decided"),
    Kind.PASSKEY: _("A passkey was added to your account"),
}
_UNKNOWN = _("You have a new notification")

_log = structlog.get_logger("push")


class PushFailed(Exception):  # noqa: N818 - the other side fails, not we
    """The push service has to be asked again later. Names no host: it is kept with the job."""


class _Text(msgspec.Struct, frozen=True, kw_only=True):
    """What the device reads; Mastodon's words."""

    access_token: str
    preferred_locale: str
    notification_id: int
    """Not its id: devices read it into 64 bits, as Mastodon's. Its number among the notifications of the reader."""
    notification_type: str
    icon: str
    title: str
    body: str


class Pushing:
    """What sends push messages, for as long as the network runs."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._outside = Outside(anywhere=site.config.push_anywhere == "on")
        self.delivered = 0
        self.refused = 0
        """Messages that a push service did not want."""

    async def send(self, message: Message) -> None:
        """Do one job.

        Raises:
            PushFailed: it has to be tried again.
            Unreachable: so does this.

        """
        found = await self._site.db.read(_look, message)
        if found is None:
            return  # unsubscribed, or nothing to tell any more
        kept, told, preferences = found
        receiver = receiver_of(self._site.keyring, kept)
        sealed = self._seal(kept, receiver, self._text(receiver, told, preferences))
        headers = self._headers(receiver, sealed, standard=kept.standard)
        status = await self._outside.post(receiver.endpoint, sealed.body, headers)
        if 200 <= status < 300:
            self.delivered += 1
        elif status in {404, 410}:
            await self._site.db.write(forget, kept.id)
        elif status == 429 or status >= 500:
            raise PushFailed(f"the push service answered {status}")
        else:
            self.refused += 1
            _log.warning("a push service refused a message", status=status)

    def _text(self, receiver: Receiver, told: NotificationView, preferences: Preferences) -> bytes:
        site = self._site
        locale = preferences.language or site.config.language
        name = told.actor.display_name or told.actor.username
        quiet = preferences.push_quiet
        body = "" if quiet else _said(told)
        text = _Text(
            access_token=receiver.token,
            preferred_locale=locale,
            notification_id=ids.count_of(told.id),
            notification_type=_WIRE[told.kind],
            icon=site.uris.avatar(None if quiet else told.actor.avatar),
            title=title_of(locale, None if quiet else told.kind, name),
            body=_short(body),
        )
        return msgspec.json.encode(text)

    @staticmethod
    def _seal(kept: Subscription, receiver: Receiver, text: bytes) -> encryption.Sealed:
        seal = encryption.seal if kept.standard else encryption.seal_as_draft
        sender = encryption.private_key(int.from_bytes(ids.nonce(40), "big") % (2**255) + 1)
        return seal(text, receiver=receiver.p256dh, auth=receiver.auth, sender=sender, salt=ids.nonce(16))

    def _headers(self, receiver: Receiver, sealed: encryption.Sealed, *, standard: bool) -> dict[str, str]:
        config = self._site.config
        parts = urlsplit(receiver.endpoint)
        key = encryption.private_key(self._site.keyring.push_scalar)
        token = encryption.vapid_token(
            key,
            audience=f"{parts.scheme}://{parts.netloc}",
            expires=clock.now() // clock.SECOND + _TOKEN_SECONDS,
            subject=f"mailto:{config.contact}" if config.contact else config.origin,
        )
        public = encryption.b64(encryption.public_point(key))
        headers = {
            **sealed.headers,
            "Content-Type": "application/octet-stream",
            "TTL": str(_TTL_SECONDS),
            "Urgency": "normal",
        }
        if standard:
            return headers | {"Authorization": f"vapid t={token},k={public}"}
        return headers | {
            "Authorization": f"WebPush {token}",
            "Crypto-Key": f"{headers['Crypto-Key']};p256ecdsa={public}",
        }

    async def close(self) -> None:
        """Close the connections to push services."""
        await self._outside.close()


def public_key(site: Site) -> str:
    """Return the key by which push services and apps know this network."""
    return encryption.b64(encryption.public_point(encryption.private_key(site.keyring.push_scalar)))


def _look(db: Snapshot, message: Message) -> tuple[Subscription, NotificationView, Preferences] | None:
    kept = subscription(db, message.subscription)
    login = acting_login(db, kept.account) if kept is not None else None
    if kept is None or login is None:
        return None
    try:
        told = notification(db, kept.account, message.notification)
    except NotificationNotFound:
        return None
    if told.post is not None:
        sieve = sieve_of(db, kept.account)
        if sieve is not None and hides(matches_in(sieve, kept.account, told.post), Context.NOTIFICATIONS):
            return None
    return kept, told, login.preferences


def _said(told: NotificationView) -> str:
    if told.post is not None:
        return told.post.shown.post.warning or told.post.shown.post.text
    match told.about:
        case ReportView():
            return told.about.report.comment
        case Deed():
            appeal = told.about.appeal
            return appeal.text if told.kind is Kind.APPEAL and appeal is not None else told.about.reason
        case AccountCollection():
            return told.about.said.name
    return ""


def title_of(locale: str, kind: Kind | None, name: str) -> str:
    """Say in one line what a notification tells, caused by somebody called ``name``; ``None``: nothing but that."""
    said = translations(locale).gettext(_TITLES.get(kind, _UNKNOWN) if kind else _UNKNOWN)
    return said.format(name=name)


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _MOST_BODY else plain[: _MOST_BODY - 1] + "…"
