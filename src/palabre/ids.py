"""Ids: 64-bit integers inside, 31 digits that nobody can guess outside.

Inside, an id is 47 bits of milliseconds and 16 random bits: it sorts by time. Outside, it is 31 decimal
digits: 19 for the integer (offset so that the first is never 0) and 12 of a keyed BLAKE2b over (kind,
integer). Two such strings sort by time as clients expect, and a guess is refused before any database read.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import NewType

from palabre.errors import NotFound

AccountId = NewType("AccountId", int)
PostId = NewType("PostId", int)
MediaId = NewType("MediaId", int)

_RANDOM_BITS = 16
_AHEAD = 1_000
"""Milliseconds that ids may run ahead of the clock when very many are made at once."""
_OFFSET = 10**18
_MAC_DIGITS = 12
_MODULUS: int = 10**_MAC_DIGITS
_LENGTH = 19 + _MAC_DIGITS
_MOST = 2**63 - 1 - _OFFSET
_REMEMBERED = 16_384
_UNCOUNTED_BITS = 5
_COUNT_LENGTHS = (13, 16)
"""Digits of a count: from the first days of 1970 on, and never as many as an id has."""


class Kind(StrEnum):
    """What an id names. Part of the key: the id of a post opens no account. Never rename one."""

    ACCOUNT = "account"
    POST = "post"
    MEDIA = "media"
    NOTIFICATION = "notification"
    APP = "app"
    SESSION = "session"
    FOLLOW = "follow"
    MARK = "mark"
    INVITATION = "invitation"
    IMPORT = "import"
    HASHTAG = "hashtag"
    PUSH = "push"
    POLL = "poll"
    QUOTE = "quote"
    UNPUBLISHED = "unpublished"
    FILTER = "filter"
    FILTER_KEYWORD = "filter_keyword"
    FILTER_POST = "filter_post"
    LIST = "list"
    FEATURED = "featured"
    NOTIFICATION_REQUEST = "notification_request"
    CONVERSATION = "conversation"
    REPORT = "report"
    RULE = "rule"
    PASSKEY = "passkey"
    ANNOUNCEMENT = "announcement"
    EXPORT = "export"
    HOOK = "hook"
    INCOMING_HOOK = "incoming_hook"
    DELIVERY = "delivery"
    EMAIL_DOMAIN_BLOCK = "email_domain_block"
    EMAIL_BLOCK = "email_block"
    IP_BLOCK = "ip_block"
    SERVER_BLOCK = "server_block"
    SERVER_ALLOW = "server_allow"
    COLLECTION = "collection"
    COLLECTION_ITEM = "collection_item"
    LINK = "link"
    PUBLISHER = "publisher"
    WARNING = "warning"


class UnknownId(NotFound):
    """The string is not an id of this network."""

    code = "id.unknown"
    message = "Record not found"


class _Newest:
    """The newest ids made here, so that ids of one millisecond are in order and never equal."""

    lock = threading.Lock()
    number = 0
    behind = 0
    """The last that was made behind ``number``: when the clock went back, or for something of long ago."""


def new_id(at: int) -> int:
    """Make an id for something created at ``at`` (milliseconds since 1970).

    Within one process and millisecond, a later call makes a greater id, which :func:`count_of` shortens to a greater
    count; another process makes an equal id with a chance of 1 in 65,536 per pair, which the unique key of the table
    refuses and the store tries again.
    """
    with _Newest.lock:
        for newest in (_Newest.number, _Newest.behind):
            if at <= newest >> _RANDOM_BITS <= at + _AHEAD:
                number = newest + (1 << _UNCOUNTED_BITS) + secrets.randbits(8)
                break
        else:
            number = (at << _RANDOM_BITS) | secrets.randbits(_RANDOM_BITS)
        if number > _Newest.number:
            _Newest.number = number
        else:
            _Newest.behind = number
    return number


def nonce(size: int = 16) -> bytes:
    """Return ``size`` bytes that nobody can guess."""
    return secrets.token_bytes(size)


def first_id(at: int) -> int:
    """Return the smallest id of the millisecond ``at``: a bound for pages by time."""
    return at << _RANDOM_BITS


def time_of(number: int) -> int:
    """Return when ``number`` was made, in milliseconds since 1970."""
    return number >> _RANDOM_BITS


def count_of(number: int) -> int:
    """Shorten ``number`` to what apps that count hold exactly: below 2**53 until 2109, and in the same order.

    Mastodon numbers its notifications, so apps read such a number into 64 bits, or into the double of JavaScript.
    It is a place in a list of the reader's own, never the name of anything.
    """
    return number >> _UNCOUNTED_BITS


def counted(count: int) -> tuple[int, int]:
    """Return the least and the greatest number that :func:`count_of` shortens to ``count``."""
    least = count << _UNCOUNTED_BITS
    return least, least | (1 << _UNCOUNTED_BITS) - 1


def read_count(text: str) -> int | None:
    """Read what :func:`count_of` gave, as an app sends it back, or return ``None``."""
    if not (text.isascii() and text.isdigit() and _COUNT_LENGTHS[0] <= len(text) <= _COUNT_LENGTHS[1]):
        return None
    return int(text)


def random_name() -> str:
    """Make a name that nobody guesses (160 bits), for a file that whoever knows the name may read."""
    return secrets.token_hex(20)


class IdCodec:
    """Writes and reads public ids with the network's id key (at least 16 bytes)."""

    __slots__ = ("_bases", "encode")

    encode: Callable[[Kind, int], str]
    """Write a number as its 31-digit public id."""

    def __init__(self, key: bytes) -> None:
        """Prepare one keyed hash per kind."""
        if len(key) < 16:
            msg = "the id key needs at least 16 bytes"
            raise ValueError(msg)
        self._bases: dict[Kind, Callable[[], blake2b]] = {
            kind: blake2b(kind.value.encode(), digest_size=8, key=key[:64]).copy for kind in Kind
        }
        # The ids of what is being read now are written again and again; a hash costs twenty look-ups.
        self.encode = lru_cache(maxsize=_REMEMBERED)(self._encode)

    def _mac(self, kind: Kind, number: int) -> int:
        digest = self._bases[kind]()
        digest.update(number.to_bytes(8, "big"))
        return int.from_bytes(digest.digest(), "big") % _MODULUS

    def _encode(self, kind: Kind, number: int) -> str:
        return f"{number + _OFFSET}{self._mac(kind, number):012d}"

    def decode(self, kind: Kind, text: str) -> int:
        """Read a public id.

        Raises:
            UnknownId: it is not one that this network wrote for ``kind``.

        """
        number = self.try_decode(kind, text)
        if number is None:
            raise UnknownId
        return number

    def try_decode(self, kind: Kind, text: str) -> int | None:
        """Read a public id, or return ``None``."""
        if len(text) != _LENGTH or not (text.isascii() and text.isdigit()):
            return None
        number = int(text[:19]) - _OFFSET
        if not 0 <= number <= _MOST or int(text[19:]) != self._mac(kind, number):
            return None
        return number
