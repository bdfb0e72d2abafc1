"""Reads the archive that X (Twitter) gives to its members.

``data/manifest.js`` lists the files; each ``data/NAME.js`` (then ``NAME-part1.js`` …) is one JavaScript assignment,
``window.YTD.NAME.part0 = [ … ]``. All numbers are strings. Pictures lie in ``data/tweets_media/`` as
``<id of the post>-<name in its media_url>``; of a video or a GIF, which X keeps as a silent MP4, the ``media_url`` is
only the poster, and the file is ``<id of the post>-<name in the url of one of its variants>``, as a rule the best.
Field names were checked against public parsers of such archives (timhutton/twitter-archive-parser, darkliquid/twoo
and others); older archives say ``tweet.js``, ``tweet_media``.
"""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import msgspec

from palabre.clock import MINUTE, Instant
from palabre.imports.container import Container, read_whole
from palabre.imports.dates import FIRST_TWEET, believable, iso_date, twitter_date, with_snowflake
from palabre.imports.elements import Damage, ElementReader
from palabre.imports.errors import DamagedMember
from palabre.imports.model import (
    Audience,
    ImportedMedia,
    ImportedPost,
    Limits,
    Part,
    Reason,
    Record,
    Skipped,
)

_POST_FILE = re.compile(r"(?:^|/)data/(?:tweets?|community-tweet)(?:-part\d+)?\.js$")
_NOTE_FILE = re.compile(r"(?:^|/)data/note-tweet(?:-part\d+)?\.js$")
_PEOPLE_FILE = re.compile(r"(?:^|/)data/(?:following|mute|block)(?:-part\d+)?\.js$")
_MEDIA_FILE = re.compile(r"(?:^|/)data/(?:tweets?|community_tweet)_media/(.+)$")
_ROOT = re.compile(r"^(.*?)data/(?:tweets?|account|manifest)\.js$")

_ARRAY = re.compile(rb"\A(?:\xef\xbb\xbf)?[^\[{]{0,200}\[")
_POST_START = re.compile(rb'\{\s{0,200}"tweet"\s{0,20}:\s{0,20}\{')
_NOTE_START = re.compile(rb'\{\s{0,200}"noteTweet"\s{0,20}:\s{0,20}\{')
_ENTRY_START = re.compile(rb'\{\s{0,200}"\w{1,40}"\s{0,20}:\s{0,20}\{')

_REPOST = re.compile(r"RT @\w{1,20}: ")
_SHORT_LINK = re.compile(r"https?://t\.co/\w+")
_MENTION = re.compile(r"(?<![\w@/])[@\uff20](\w{1,20})(?![\w@]|\.\w)")
_LEADING_MENTIONS = re.compile(r"(?:@\w{1,20}\s+)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_NO_LANGUAGE = frozenset({"und", "qme", "zxx", "qht", "qam", "qct", "qst"})
_OLD_LANGUAGES = {"in": "id", "iw": "he", "ji": "yi"}
_NUMBER = re.compile(r"\d{1,20}")
_FILMS = frozenset({"video", "animated_gif"})
_POSTER = re.compile(r"/(?:ext_tw_video|amplify_video|tweet_video)_thumb/")
_FILM_FILE = re.compile(r"(\d{1,20})-[^/]*\.(?:mp4|mov|webm)", re.IGNORECASE)

_NOTE_PREFIX = 60
"""Characters by which a cut post is found among the long ones; their ids have nothing in common."""
_CUT_FROM = 200
"""Shorter posts are never cut."""


T = TypeVar("T")


class _Link(msgspec.Struct):
    url: str = ""
    expanded_url: str | None = None


class _Variant(msgspec.Struct):
    url: str = ""
    bitrate: Any = None
    """A number as a string, as all numbers; absent for playlists."""


class _Film(msgspec.Struct):
    variants: list[_Variant] = []


class _Media(msgspec.Struct):
    url: str = ""
    media_url_https: str | None = None
    media_url: str | None = None
    type: str = "photo"
    ext_alt_text: str | None = None
    video_info: _Film | None = None

    @property
    def address(self) -> str:
        return self.media_url_https or self.media_url or ""

    @property
    def is_film(self) -> bool:
        """Whether it moves: ``entities`` calls everything a photo."""
        return self.type in _FILMS or self.video_info is not None or bool(_POSTER.search(self.address))


class _Name(msgspec.Struct):
    screen_name: str = ""


class _Entities(msgspec.Struct):
    urls: list[_Link] = []
    media: list[_Media] = []
    user_mentions: list[_Name] = []


class _Versions(msgspec.Struct, rename="camel"):
    edit_tweet_ids: list[str] = []


class _Edit(msgspec.Struct, rename="camel"):
    edit_control_initial: _Versions | None = None


class _EditInfo(msgspec.Struct):
    initial: _Versions | None = None
    edit: _Edit | None = None


class _Tweet(msgspec.Struct):
    id_str: str = ""
    id: str = ""
    full_text: str | None = None
    text: str | None = None
    created_at: str = ""
    in_reply_to_status_id_str: str | None = None
    in_reply_to_screen_name: str | None = None
    lang: str | None = None
    possibly_sensitive: bool = False
    entities: _Entities | None = None
    extended_entities: _Entities | None = None
    edit_info: _EditInfo | None = None


class _TweetRow(_Tweet):
    """An element of the array: the post under ``tweet``, or itself in archives before 2019."""

    tweet: _Tweet | None = None


class _NoteLink(msgspec.Struct, rename="camel"):
    short_url: str = ""
    expanded_url: str = ""


class _NoteCore(msgspec.Struct):
    text: str
    urls: list[_NoteLink] = []


class _Note(msgspec.Struct, rename="camel"):
    created_at: str = ""
    core: _NoteCore | None = None


class _NoteRow(msgspec.Struct, rename="camel"):
    note_tweet: _Note


class _Long(msgspec.Struct, frozen=True):
    """A long post: when it was written, its whole text, what its short links stand for."""

    created: Instant
    text: str
    links: dict[str, str]


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose archive it is, as far as it says so."""

    number: str = ""
    name: str = ""
    protected: bool = False
    posts: int | None = None
    """How many entries the manifest announces."""


def is_twitter(container: Container) -> bool:
    """Tell whether the archive is one of X."""
    return any(_ROOT.match(name) for name in container.names())


def owner_of(container: Container, limits: Limits) -> Owner:
    """Read who the archive belongs to. What cannot be read is left empty."""
    account = _first_object(container, "account.js", "account", limits)
    number, name = account.get("accountId"), account.get("username")
    return Owner(
        number=number if isinstance(number, str) else "",
        name=name if isinstance(name, str) else "",
        protected=_is_protected(container, limits),
        posts=_announced(container, limits),
    )


def read_posts(container: Container, *, now: Instant, limits: Limits) -> Iterator[Record]:
    """Read all posts of the archive, in the order of its files, and whatever is left out."""
    owner = owner_of(container, limits)
    longs = _long_posts(container, limits)
    reader = _Reader(owner, longs, _media_index(container), now, limits)
    files = sorted((name for name in container.names() if _POST_FILE.search(name)), key=_natural)
    if not files:
        yield Skipped(part=Part.FILE, reason=Reason.FILE_MISSING, what="data/tweets.js")
    for name in files:
        for number, found in _rows(container, name, _TweetRow, _POST_START, limits):
            if isinstance(found, Damage):
                yield _damaged(found, name, Part.POST)
            else:
                yield from reader.records(found.tweet or found, where=f"{name}, {number}")


def read_people(container: Container, limits: Limits) -> Iterator[Record]:
    """Count whom the owner followed, muted and blocked: X gives only numbers, which nobody can look up."""
    for name in sorted(name for name in container.names() if _PEOPLE_FILE.search(name)):
        entries = 0
        for _, found in _rows(container, name, dict[str, msgspec.Raw], _ENTRY_START, limits):
            entries += not isinstance(found, Damage)
        if entries:
            yield Skipped(part=Part.PERSON, reason=Reason.ONLY_NUMBERS, where=name, count=entries)


class _Reader:
    """Turns one tweet after the other into records."""

    def __init__(
        self,
        owner: Owner,
        longs: dict[str, list[_Long]],
        media: dict[str, str],
        now: Instant,
        limits: Limits,
    ) -> None:
        self._owner = owner
        self._longs = longs
        self._media = media
        self._films: dict[str, list[str]] = defaultdict(list)
        for name in sorted(media):
            if found := _FILM_FILE.fullmatch(name):
                self._films[found[1]].append(name)
        self._now = now
        self._limits = limits

    def records(self, tweet: _Tweet, where: str) -> Iterator[Record]:
        number = tweet.id_str or tweet.id
        raw = tweet.full_text if tweet.full_text is not None else tweet.text
        if not _NUMBER.fullmatch(number) or raw is None:
            yield Skipped(part=Part.POST, reason=Reason.DAMAGED, what=number[:40], where=where)
            return
        key = _key(number)
        created = twitter_date(tweet.created_at)
        if created is None or not believable(created, first=FIRST_TWEET, now=self._now):
            yield Skipped(part=Part.POST, reason=Reason.BAD_DATE, what=key, where=where)
            return
        if _REPOST.match(raw):
            yield Skipped(part=Part.POST, reason=Reason.REPOST, what=key, where=where)
            return
        media, left_out = self._media_of(tweet, number, where)
        text = self._text(tweet, raw, created)
        if len(text) > self._limits.text:
            yield Skipped(part=Part.POST, reason=Reason.TOO_LARGE, what=key, where=where)
            return
        yield from left_out
        if not text and not media:
            yield Skipped(part=Part.POST, reason=Reason.EMPTY, what=key, where=where)
            return
        parent = tweet.in_reply_to_status_id_str
        yield ImportedPost(
            source_key=key,
            text=text,
            created=with_snowflake(created, number),
            reply_to=_key(parent) if parent and _NUMBER.fullmatch(parent) else None,
            replaced_by=_later_version(tweet, number),
            sensitive=tweet.possibly_sensitive and bool(media),
            language=_language(tweet.lang),
            audience=Audience.FOLLOWERS if self._owner.protected else Audience.PUBLIC,
            media=media,
        )

    def _text(self, tweet: _Tweet, raw: str, created: Instant) -> str:
        entities = tweet.entities or _Entities()
        links = {link.url: link.expanded_url or link.url for link in entities.urls}
        pictures = {m.url for e in (tweet.entities, tweet.extended_entities) if e for m in e.media if m.url}
        long = self._long(raw, created) if len(raw) >= _CUT_FROM else None
        if long is not None:
            raw, links = long.text, links | long.links
        text = _unescaped(_CONTROL.sub("", raw.replace("\r\n", "\n")))
        if tweet.in_reply_to_screen_name == self._owner.name:
            text = _without_own_name(text, self._owner.name)
        text = _MENTION.sub(_elsewhere, text)
        text = _SHORT_LINK.sub(lambda m: "" if m[0] in pictures else links.get(m[0], m[0]), text)
        return text.strip()

    def _long(self, raw: str, created: Instant) -> _Long | None:
        candidates = self._longs.get(_prefix(raw), ())
        best = min(candidates, key=lambda long: abs(long.created - created), default=None)
        return best if best is not None and abs(best.created - created) <= 60 * MINUTE else None

    def _media_of(self, tweet: _Tweet, number: str, where: str) -> tuple[tuple[ImportedMedia, ...], list[Skipped]]:
        entities = tweet.extended_entities or tweet.entities
        found = entities.media if entities else []
        named = {name for media in found for name in _film_names(media, number)}
        nameless = [name for name in self._films.get(number, ()) if name not in named]
        kept: list[ImportedMedia] = []
        left_out: list[Skipped] = []
        for media in found:
            name = self._film(media, number, nameless) if media.is_film else f"{number}-{_file_name(media.address)}"
            member = self._media.get(name)
            if member is not None and len(kept) < self._limits.pictures:
                description = (media.ext_alt_text or "").strip()
                kept.append(ImportedMedia(member=member, description=description, film=media.is_film))
            else:
                reason = Reason.FILE_MISSING if member is None else Reason.TOO_MANY_PICTURES
                left_out.append(Skipped(part=Part.MEDIA, reason=reason, what=name[:200], where=where))
        return tuple(kept), left_out

    def _film(self, media: _Media, number: str, nameless: list[str]) -> str:
        """Return the name of the file of a video; take one of ``nameless`` where none of its variants is there.

        Old archives do not list variants, and some hold another than those that they list.
        """
        names = _film_names(media, number)
        there = next((name for name in names if name in self._media), None)
        if there is not None:
            return there
        return nameless.pop(0) if nameless else next(iter(names), f"{number}-{_file_name(media.address)}")


def _film_names(media: _Media, number: str) -> list[str]:
    """Return what the file of a video may be called: after one of its variants, the best first."""
    variants = sorted(media.video_info.variants if media.video_info else (), key=_bitrate, reverse=True)
    return [f"{number}-{name}" for variant in variants if (name := _file_name(variant.url))]


def _bitrate(variant: _Variant) -> int:
    written = str(variant.bitrate)
    return int(written) if _NUMBER.fullmatch(written) else -1


def _file_name(address: str) -> str:
    return address.partition("?")[0].rsplit("/", 1)[-1]


def _key(number: str) -> str:
    return f"twitter:{number}"


def _rows(
    container: Container, name: str, kind: type[T], start: re.Pattern[bytes], limits: Limits
) -> Iterator[tuple[int, T | Damage]]:
    """Iterate over the entries of one file with their numbers, from 1."""
    try:
        stream = container.open(name, most=limits.text_file)
    except DamagedMember as wrong:
        yield 0, Damage(0, str(wrong), fatal=True)
        return
    with contextlib.closing(stream):
        reader = ElementReader(stream, kind=kind, opening=_ARRAY, start=start, limits=limits)
        yield from enumerate(reader, 1)


def _damaged(damage: Damage, name: str, part: Part) -> Skipped:
    where = f"{name}, {damage.number}: {damage.why}" + (" (nothing after it could be read)" if damage.fatal else "")
    return Skipped(part=Part.FILE if damage.fatal else part, reason=Reason.DAMAGED, where=where)


def _natural(name: str) -> tuple[str, int]:
    part = re.search(r"-part(\d+)\.js$", name)
    return (name[: part.start()], int(part[1])) if part else (name.removesuffix(".js"), 0)


def _media_index(container: Container) -> dict[str, str]:
    """Map ``<id>-<name>`` to the member that holds it."""
    return {found[1]: name for name in container.names() if (found := _MEDIA_FILE.search(name))}


def _long_posts(container: Container, limits: Limits) -> dict[str, list[_Long]]:
    """Read ``note-tweet.js``: posts of more than 280 characters, which the other files hold cut."""
    found: dict[str, list[_Long]] = defaultdict(list)
    left = limits.long_texts
    for name in sorted((name for name in container.names() if _NOTE_FILE.search(name)), key=_natural):
        for _, row in _rows(container, name, _NoteRow, _NOTE_START, limits):
            if isinstance(row, Damage) or row.note_tweet.core is None:
                continue
            core, created = row.note_tweet.core, iso_date(row.note_tweet.created_at)
            left -= 4 * len(core.text)
            if created is None or left < 0:
                continue
            links = {link.short_url: link.expanded_url or link.short_url for link in core.urls}
            found[_prefix(core.text)].append(_Long(created, core.text, links))
    return found


def _prefix(text: str) -> str:
    return "".join(_unescaped(text[: 4 * _NOTE_PREFIX]).split())[:_NOTE_PREFIX]


def _unescaped(text: str) -> str:
    """Undo what X escapes: these three, and nothing else."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _elsewhere(mention: re.Match[str]) -> str:
    """Write ``@name`` so that it does not name whoever has that name here."""
    return f"@{mention[1]}@twitter.com"


def _without_own_name(text: str, own: str) -> str:
    """Take the author's own name from the front of a reply to itself; others named there stay."""
    front = _LEADING_MENTIONS.match(text)
    if front is None:
        return text
    names = [name for name in front[0].split() if name[1:].lower() != own.lower()]
    return " ".join([*names, text[front.end() :]])


def _language(code: str | None) -> str | None:
    if code is None or code in _NO_LANGUAGE or not _LANGUAGE.fullmatch(code):
        return None
    return _OLD_LANGUAGES.get(code, code)


def _later_version(tweet: _Tweet, number: str) -> str | None:
    info = tweet.edit_info
    versions = (info.initial or (info.edit and info.edit.edit_control_initial)) if info else None
    if not versions or not versions.edit_tweet_ids:
        return None
    last = max((v for v in versions.edit_tweet_ids if _NUMBER.fullmatch(v)), key=int, default=number)
    return _key(last) if int(last) > int(number) else None


def _small(container: Container, file: str, limits: Limits) -> bytes:
    """Read ``data/FILE``, wherever its folder lies; empty if it is not there or not readable."""
    for name in container.names():
        if name == f"data/{file}" or name.endswith(f"/data/{file}"):
            try:
                return read_whole(container, name, most=limits.small_file)
            except DamagedMember:
                return b""
    return b""


def _decoded(source: bytes) -> object:
    """Decode what follows the ``=`` of an assignment; None if that is impossible."""
    try:
        return msgspec.json.decode(source.partition(b"=")[2].strip().rstrip(b";"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None


def _objects(container: Container, file: str, key: str, limits: Limits) -> Iterable[dict[str, object]]:
    rows = _decoded(_small(container, file, limits))
    for row in rows if isinstance(rows, list) else ():
        inner = row.get(key) if isinstance(row, dict) else None
        if isinstance(inner, dict):
            yield inner


def _first_object(container: Container, file: str, key: str, limits: Limits) -> dict[str, object]:
    return next(iter(_objects(container, file, key, limits)), {})


def _is_protected(container: Container, limits: Limits) -> bool:
    """Tell whether only followers could read the account when the archive was made."""
    last, state = "", ""
    for entry in _objects(container, "protected-history.js", "protectedHistory", limits):
        at, action = entry.get("protectedAt"), entry.get("action")
        if isinstance(at, str) and isinstance(action, str) and at >= last:
            last, state = at, action
    return state.lower() == "protect"


def _announced(container: Container, limits: Limits) -> int | None:
    manifest = _decoded(_small(container, "manifest.js", limits))
    kinds = manifest.get("dataTypes") if isinstance(manifest, dict) else None
    total = 0
    for kind in ("tweets", "tweet", "communityTweet"):
        entry = kinds.get(kind) if isinstance(kinds, dict) else None
        files = entry.get("files") if isinstance(entry, dict) else None
        for file in files if isinstance(files, list) else ():
            count = file.get("count") if isinstance(file, dict) else None
            total += int(count) if isinstance(count, str) and _NUMBER.fullmatch(count) else 0
    return total or None
