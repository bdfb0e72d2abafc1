"""Pure decisions about webhooks: addresses, signatures (Standard Webhooks), patience, and Slack's way of writing."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection
from html import unescape
from urllib.parse import urlsplit

from palabre.clock import DAY, HOUR, MINUTE, SECOND
from palabre.hooks.errors import HookUrlInvalid, NoHookEvent
from palabre.hooks.model import OF_ADMINS, OF_MEMBERS, Event

PREFIX = "whsec_"
_LONGEST_URL = 2_000
_WAITS = (
    5 * SECOND, 1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR,
)  # fmt: skip
"""How long to wait after each failed attempt, much as the Standard Webhooks specification has it: over three days."""
MOMENT = 5 * SECOND
"""How long a delivery waits at least for others of its owner."""
_IN_A_MOMENT = 20
"""So many of the deliveries of one owner that wait are looked at again in each moment."""
PATIENCE = 3 * DAY
"""A program that has not taken anything for so long is told nothing more."""
_SLACK_LINK = re.compile(r"<(https?://[^|<>\s]{1,2000})(?:\|([^<>]{1,500}))?>")


def check_url(url: str, *, plain: bool = False) -> str:
    """Return the address of a program as it is kept; ``plain`` also takes http, for tests.

    Whether its server is public is seen at each connection, for names move.

    Raises:
        HookUrlInvalid: it is not https, names nobody, or holds a name and a password.

    """
    found = url.strip()
    try:
        parts = urlsplit(found)
        named = bool(parts.hostname) and parts.username is None and parts.password is None and parts.port != 0
    except ValueError:
        raise HookUrlInvalid(field="url") from None
    schemes = {"https", "http"} if plain else {"https"}
    unclean = any(character <= " " or character == "\x7f" for character in found)
    if not named or unclean or parts.scheme.lower() not in schemes or len(found) > _LONGEST_URL or parts.fragment:
        raise HookUrlInvalid(field="url")
    return found


def check_events(events: Collection[str], *, for_admins: bool) -> frozenset[Event]:
    """Return the events that were chosen, if there are any such.

    Raises:
        NoHookEvent: none that this kind of webhook can be told of.

    """
    offered = OF_ADMINS if for_admins else OF_MEMBERS
    found = frozenset(event for event in offered if event.value in events)
    if not found:
        raise NoHookEvent(field="events")
    return found


def wait_after(attempts: int) -> int | None:
    """Return how long to wait (milliseconds) after so many failed attempts; ``None``: give up."""
    return _WAITS[attempts - 1] if attempts <= len(_WAITS) else None


def wait_behind(others: int) -> int:
    """Return how long a delivery waits (milliseconds) that so many of its owner wait for: the more, the longer.

    However many there are, all of them together are looked at a few times a second.
    """
    return MOMENT * (1 + others // _IN_A_MOMENT)


def sign(secret: str, message: str, second: int, body: bytes) -> dict[str, str]:
    """Return the headers by which a program knows that ``body`` comes from here, now.

    Standard Webhooks, version 1: HMAC-SHA256 of ``id.timestamp.body`` with the bytes of the secret.
    """
    key = base64.b64decode(secret.removeprefix(PREFIX))
    made = hmac.new(key, f"{message}.{second}.".encode() + body, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": str(second),
        "webhook-signature": f"v1,{base64.b64encode(made).decode()}",
    }


def sign_as_mastodon(secret: str, body: bytes) -> dict[str, str]:
    """Return the header that receivers of Mastodon's administrative webhooks check: the secret's text is the key."""
    return {"X-Hub-Signature": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


def from_slack(text: str) -> str:
    """Return the text of a message that is written as Slack wants it: links in angles, three characters escaped."""

    def link(found: re.Match[str]) -> str:
        url, label = found.groups()
        return url if label is None or label == url else f"{label} ({url})"

    plain = _SLACK_LINK.sub(link, text)
    return re.sub(r"&(?:amp|lt|gt);", lambda found: unescape(found[0]), plain)
