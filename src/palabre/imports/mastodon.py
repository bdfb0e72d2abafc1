"""Reads the archive that Mastodon gives to its members, and those of servers that write the same.

``outbox.json`` is one ActivityPub ``OrderedCollection`` of ``Create`` and ``Announce`` activities, ``actor.json``
the account; pictures, videos and recordings lie under ``media_attachments/``, a GIF as a silent MP4. Checked against
Mastodon's ``BackupService`` and serializers.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from palabre.clock import Instant
from palabre.imports.container import Container, read_whole
from palabre.imports.dates import FIRST_NOTE, believable, iso_date, with_snowflake
from palabre.imports.elements import Damage, ElementReader
from palabre.imports.errors import DamagedMember
from palabre.imports.html_text import plain_text
from palabre.imports.model import (
    Audience,
    ImportedMedia,
    ImportedPost,
    ImportedTie,
    Limits,
    Part,
    Reason,
    Record,
    Skipped,
    Tie,
)

_OUTBOX = re.compile(r"^(.*?)outbox\.json$")
_ARRAY = re.compile(rb'"orderedItems"\s{0,200}:\s{0,200}\[')
_START = re.compile(rb'\{\s{0,200}(?:"@context"[^{}]{0,200}|"id"\s{0,20}:\s{0,20}"[^"\\]{1,500}/activity")')
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_PUBLIC = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
_PICTURES = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/heif", "image/avif", "image/gif")
_KEY_LENGTH = 500


class _Tag(msgspec.Struct):
    type: str = ""
    href: str | None = None
    name: str | None = None


class _Attachment(msgspec.Struct, rename="camel"):
    type: str = ""
    media_type: str | None = None
    url: str | None = None
    name: str | None = None
    focal_point: list[float] | None = None


class _Option(msgspec.Struct):
    name: str = ""


class _Note(msgspec.Struct, rename="camel"):
    id: str
    type: str
    summary: str | None = None
    in_reply_to: str | None = None
    published: str = ""
    to: list[str] | str | None = None
    cc: list[str] | str | None = None
    sensitive: bool | None = None
    content: str | None = None
    content_map: dict[str, str] | None = None
    attachment: list[_Attachment] | None = None
    tag: list[_Tag] | None = None
    one_of: list[_Option] | None = None
    any_of: list[_Option] | None = None


class _Activity(msgspec.Struct):
    type: str
    object: _Note | str | None = None


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose archive it is, as far as it says so."""

    uri: str = ""
    name: str = ""
    followers: str = ""
    """Address of the owner's followers, as it stands in ``to`` and ``cc``."""

    @property
    def host(self) -> str:
        """The server the archive comes from."""
        return _host(self.uri)


def is_mastodon(container: Container) -> bool:
    """Tell whether the archive is one of Mastodon."""
    return any(_OUTBOX.match(name) for name in container.names())


def owner_of(container: Container, limits: Limits) -> Owner:
    """Read who the archive belongs to. What cannot be read is left empty."""
    actor = _small_json(container, "actor.json", limits)
    found = {k: v for k, v in actor.items() if isinstance(v, str)} if isinstance(actor, dict) else {}
    return Owner(
        uri=found.get("id", ""), name=found.get("preferredUsername", ""), followers=found.get("followers", "")
    )


def read_posts(container: Container, *, here: str, now: Instant, limits: Limits) -> Iterator[Record]:
    """Read all posts of the archive, oldest first as Mastodon writes them, and whatever is left out.

    Args:
        container: the archive.
        here: the domain of this network, whose accounts are mentioned by their bare names.
        now: posts from after it are not believed.
        limits: bounds of what is accepted.

    """
    name = _member(container, "outbox.json")
    if name is None:
        yield Skipped(part=Part.FILE, reason=Reason.FILE_MISSING, what="outbox.json")
        return
    reader = _Reader(container, owner_of(container, limits), here, now, limits)
    try:
        stream = container.open(name, most=limits.text_file)
    except DamagedMember as wrong:
        yield Skipped(part=Part.FILE, reason=Reason.DAMAGED, where=f"{name}: {wrong}")
        return
    with contextlib.closing(stream):
        found = ElementReader(stream, kind=_Activity, opening=_ARRAY, start=_START, limits=limits)
        for number, activity in enumerate(found, 1):
            where = f"{name}, {number}"
            if isinstance(activity, Damage):
                part = Part.FILE if activity.fatal else Part.POST
                rest = " (nothing after it could be read)" if activity.fatal else ""
                yield Skipped(
                    part=part, reason=Reason.DAMAGED, where=f"{name}, {activity.number}: {activity.why}{rest}"
                )
            elif activity.type == "Announce":
                yield Skipped(part=Part.POST, reason=Reason.REPOST, where=where)
            elif activity.type != "Create" or not isinstance(activity.object, _Note):
                yield Skipped(part=Part.POST, reason=Reason.NOT_SUPPORTED, what=activity.type[:40], where=where)
            else:
                yield from reader.records(activity.object, where)


def read_bookmarks(container: Container, limits: Limits) -> Iterator[Record]:
    """Read the addresses of the posts that the owner bookmarked, wherever they are."""
    found = _small_json(container, "bookmarks.json", limits)
    items = found.get("orderedItems") if isinstance(found, dict) else None
    for item in items if isinstance(items, list) else ():
        if isinstance(item, str) and item.startswith(("https://", "http://")) and len(item) <= _KEY_LENGTH:
            yield ImportedTie(tie=Tie.BOOKMARK, target=item)


class _Reader:
    """Turns one note after the other into records."""

    def __init__(self, container: Container, owner: Owner, here: str, now: Instant, limits: Limits) -> None:
        self._owner = owner
        self._here = here.lower()
        self._now = now
        self._limits = limits
        self._names = set(container.names())
        self._by_tail = {_tail(name): name for name in self._names if "media_attachments/" in name}

    def records(self, note: _Note, where: str) -> Iterator[Record]:
        key = note.id
        if not key.startswith(("https://", "http://")) or len(key) > _KEY_LENGTH:
            yield Skipped(part=Part.POST, reason=Reason.DAMAGED, what=key[:80], where=where)
            return
        created = iso_date(note.published)
        if created is None or not believable(created, first=FIRST_NOTE, now=self._now):
            yield Skipped(part=Part.POST, reason=Reason.BAD_DATE, what=key, where=where)
            return
        audience = self._audience(note)
        if audience is None:
            yield Skipped(part=Part.POST, reason=Reason.PRIVATE_MESSAGE, what=key, where=where)
            return
        text = self._text(note)
        warning = _clean(note.summary or "")
        if len(text) + len(warning) > self._limits.text:
            yield Skipped(part=Part.POST, reason=Reason.TOO_LARGE, what=key, where=where)
            return
        media, left_out = self._media_of(note, where)
        yield from left_out
        if not text and not media:
            yield Skipped(part=Part.POST, reason=Reason.EMPTY, what=key, where=where)
            return
        yield ImportedPost(
            source_key=key,
            text=text,
            created=with_snowflake(created, key.rstrip("/").rsplit("/", 1)[-1], mastodon=True),
            reply_to=note.in_reply_to if note.in_reply_to and len(note.in_reply_to) <= _KEY_LENGTH else None,
            warning=warning,
            sensitive=bool(note.sensitive),
            language=next((c for c in note.content_map or () if _LANGUAGE.fullmatch(c)), None),
            audience=audience,
            media=media,
        )

    def _audience(self, note: _Note) -> Audience | None:
        """Return who could read ``note``; None for those that it names alone."""
        to, cc = _listed(note.to), _listed(note.cc)
        if _PUBLIC.intersection(to):
            return Audience.PUBLIC
        if _PUBLIC.intersection(cc):
            return Audience.UNLISTED
        followers = self._owner.followers
        for address in (*to, *cc):
            if address == followers if followers else address.endswith("/followers"):
                return Audience.FOLLOWERS
        return None

    def _text(self, note: _Note) -> str:
        content = note.content
        if content is None and note.content_map:
            content = next(iter(note.content_map.values()))
        tags = [t for t in note.tag or () if t.type == "Mention" and t.name]
        text = plain_text(content or "", lambda words, address: self._mention(words, address, tags))
        options = [_clean(option.name) for option in (note.one_of or note.any_of or ())]
        return _clean("\n".join([text, *(f"• {option}" for option in options)]))

    def _mention(self, words: str, address: str, tags: list[_Tag]) -> str:
        """Write a mention with its domain: Mastodon shows ``@name`` alone, whatever server it is on."""
        name, _, domain = words.lstrip("@").partition("@")
        if not domain:
            same = [t for t in tags if (t.name or "").lstrip("@").partition("@")[0].lower() == name.lower()]
            host = _host(address)
            exact = [t for t in same if t.href == address or _host(t.href or "") == host]
            for tag in exact or same:
                domain = (tag.name or "").lstrip("@").partition("@")[2]
                break
            domain = domain or host or self._owner.host
        if not domain or domain.lower() == self._here:
            return f"@{name}"
        return f"@{name}@{domain}"

    def _media_of(self, note: _Note, where: str) -> tuple[tuple[ImportedMedia, ...], list[Skipped]]:
        kept: list[ImportedMedia] = []
        left_out: list[Skipped] = []
        for attachment in note.attachment or ():
            if attachment.type == "Link" or attachment.url is None:  # a preview card
                continue
            kind = attachment.media_type or ""
            member = self._member(attachment.url)
            film = kind.startswith(("video/", "audio/"))  # which of them it really is, its content tells
            reason = None
            if not film and kind not in _PICTURES:
                reason = Reason.NOT_SUPPORTED
            elif member is None:
                reason = Reason.FILE_MISSING
            elif len(kept) >= self._limits.pictures:
                reason = Reason.TOO_MANY_PICTURES
            if reason is None and member is not None:
                description = _clean(attachment.name or "")
                focus = _focus(attachment.focal_point)
                kept.append(ImportedMedia(member=member, description=description, focus=focus, film=film))
            elif reason is not None:
                left_out.append(Skipped(part=Part.MEDIA, reason=reason, what=attachment.url[-200:], where=where))
        return tuple(kept), left_out

    def _member(self, address: str) -> str | None:
        """Find the file of an attachment, whose address may still carry the path of the server's storage."""
        try:
            path = unquote(urlsplit(address).path).lstrip("/") if len(address) <= 2_000 else ""
        except ValueError:  # it is no address at all: "http://["
            return None
        return path if path in self._names else self._by_tail.get(_tail(path))


def _tail(path: str) -> str:
    return path.rpartition("media_attachments/")[2]


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower()
    except ValueError:
        return ""


def _listed(value: list[str] | str | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _clean(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()


def _focus(point: list[float] | None) -> tuple[float, float] | None:
    if point is None or len(point) != 2 or not all(-1 <= axis <= 1 for axis in point):
        return None
    return (point[0], point[1])


def _member(container: Container, file: str) -> str | None:
    return next((name for name in container.names() if name == file or name.endswith("/" + file)), None)


def _small_json(container: Container, file: str, limits: Limits) -> Any:
    name = _member(container, file)
    if name is None:
        return None
    try:
        return msgspec.json.decode(read_whole(container, name, most=limits.small_file))
    except (DamagedMember, msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
