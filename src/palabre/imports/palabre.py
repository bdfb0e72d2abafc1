"""Reads the archive that Palabre gives to its members: ``palabre.json``, and the arrays beside it.

What they hold is described in ``docs/reference/archive.md``. Each array is read one element at a time; of one that is
damaged, the rest is read.
"""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from palabre.clock import Instant
from palabre.imports.container import Container, read_whole
from palabre.imports.dates import FIRST_NOTE, believable, iso_date
from palabre.imports.elements import Damage, ElementReader, sound
from palabre.imports.errors import DamagedMember
from palabre.imports.model import (
    Audience,
    ImportedEntry,
    ImportedMedia,
    ImportedPoll,
    ImportedPost,
    ImportedTie,
    ImportedVersion,
    Limits,
    Part,
    Reason,
    Record,
    Skipped,
    Tie,
)

MANIFEST: Final = "palabre.json"
FORMAT: Final = "palabre-archive"
_SEEN: Final = "feed_entries"
"""An array that the first archives did not have."""
_MOST_SEEN: Final = 8_000
_ARRAY = re.compile(rb'\{\s{0,20}"items"\s{0,20}:\s{0,20}\[')
_START = re.compile(rb'\n\{"')
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ADDRESS = re.compile(r"https?://[^\s]{1,490}")
_HANDLE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?@[A-Za-z0-9.:-]{1,253}")


class _Media(msgspec.Struct):
    file: str
    kind: str = "picture"
    description: str = ""
    focus: tuple[float, float] = (0.0, 0.0)
    captions: str | None = None
    captions_language: str = ""


class _Choice(msgspec.Struct):
    title: str
    votes: int = 0


class _Poll(msgspec.Struct):
    choices: list[_Choice]
    expires: str
    multiple: bool = False
    hide_totals: bool = False
    voters: int = 0


class _Shown(msgspec.Struct):
    description: str = ""


class _Version(msgspec.Struct):
    created: str
    text: str
    warning: str = ""
    sensitive: bool = False
    media: list[_Shown] = []
    choices: list[str] = []


class _Post(msgspec.Struct):
    id: str
    created: str
    text: str = ""
    edited: str | None = None
    warning: str = ""
    sensitive: bool = False
    language: str | None = None
    visibility: Audience = Audience.PUBLIC
    reply_to: str | None = None
    repost_of: str | None = None
    quote_of: str | None = None
    quote_state: str | None = None
    quote_policy: str | None = None
    reply_policy: str | None = None
    media: list[_Media] = []
    poll: _Poll | None = None
    versions: list[_Version] = []


def is_palabre(container: Container) -> bool:
    """Tell whether the archive is one of Palabre."""
    return MANIFEST in container


def read(container: Container, *, here: str, now: Instant, limits: Limits) -> Iterator[Record]:
    """Read everything that an archive holds, and whatever is left out.

    Args:
        container: the archive.
        here: the domain of this network, whose accounts are mentioned by their bare names.
        now: posts from after it are not believed.
        limits: bounds of what is accepted.

    """
    yield from _Reader(container, here, now, limits).records()


class _Reader:
    def __init__(self, container: Container, here: str, now: Instant, limits: Limits) -> None:
        self._container = container
        self._now = now
        self._limits = limits
        self._own = re.compile(rf"(?<![\w@])@([A-Za-z0-9_.-]{{1,64}})@{re.escape(here)}(?![\w.-])", re.IGNORECASE)

    def records(self) -> Iterator[Record]:
        yield from self._manifest()
        for name, turn in _ACCOUNTS.items():
            yield from self._array(name, turn, Part.PERSON)
        yield from self._entries()
        yield from self._array("list_members", self._list_member, Part.PERSON)
        yield from self._array("posts", self._post, Part.POST)
        for name, turn in _POSTS.items():
            yield from self._array(name, turn, Part.BOOKMARK)
        yield from self._array("unpublished", self._draft, Part.SETTING)
        for tie in Tie:
            yield from self._array(f"waiting_{tie.value}", _waiting(tie), _part(tie))

    # The profile and what is small

    def _manifest(self) -> Iterator[Record]:
        try:
            found = sound(msgspec.json.decode(read_whole(self._container, MANIFEST, most=self._limits.small_file)))
        except (DamagedMember, msgspec.DecodeError, RecursionError, ValueError) as wrong:
            yield Skipped(part=Part.FILE, reason=Reason.DAMAGED, where=f"{MANIFEST}: {str(wrong)[:200]}")
            return
        profile = found.get("profile") if isinstance(found, dict) else None
        if isinstance(profile, dict):
            kept = {name: profile[name] for name in _PROFILE if name in profile}
            yield ImportedEntry(section="profile", name="profile", data=kept, media=tuple(_portraits(profile)))
        preferences = found.get("preferences") if isinstance(found, dict) else None
        if isinstance(preferences, dict):
            yield ImportedEntry(section="preferences", name="preferences", data=preferences)

    def _entries(self) -> Iterator[Record]:
        for name, key in _ENTRIES.items():
            yield from self._array(name, _entry(name, key), Part.SETTING)
        lists: dict[str, str] = {}
        yield from self._array("lists", lambda row: self._list(row, lists), Part.SETTING)
        self._lists = lists
        yield from self._filters()
        yield from self._feeds()
        yield from self._collections()

    def _list(self, row: dict[str, Any], known: dict[str, str]) -> Iterator[Record]:
        title = str(row["title"])
        known[str(row.get("id"))] = title
        yield ImportedEntry(section="lists", name=f"lists:{title}", data=row)

    def _list_member(self, row: dict[str, Any]) -> Iterator[Record]:
        yield ImportedTie(tie=Tie.LISTED, target=f"{_handle(row['account'])} {self._lists[str(row['list'])]}")

    def _collections(self) -> Iterator[Record]:
        """Tell collections of the same name apart by their order; then who is in them."""
        known: dict[str, str] = {}
        names: Counter[str] = Counter()

        def begin(row: dict[str, Any]) -> Iterator[Record]:
            name = " ".join(str(row["name"]).split())
            names[name] += 1
            known[str(row["id"])] = called = f"{names[name]} {name}"
            data = {**row, "name": name, "which": names[name]}
            yield ImportedEntry(section="collections", name=f"collections:{called}"[:500], data=data)

        def member(row: dict[str, Any]) -> Iterator[Record]:
            target = f"{_handle(row['account'])} {known[str(row['collection'])]}"
            yield ImportedTie(tie=Tie.COLLECTED, target=target, withdrawn=bool(row.get("withdrawn")))

        yield from self._array("collections", begin, Part.SETTING)
        yield from self._array("collection_members", member, Part.PERSON)

    def _feeds(self) -> Iterator[Record]:
        """Put a feed together with what was seen of it; there is one at most."""
        feeds: list[dict[str, Any]] = []
        seen: list[str] = []

        def begin(row: dict[str, Any]) -> Iterator[Record]:
            feeds.append({**row, "url": str(row["url"])})
            return iter(())

        def entry(row: dict[str, Any]) -> Iterator[Record]:
            if len(seen) < _MOST_SEEN:
                seen.append(str(row["entry"])[:40])
            return iter(())

        yield from self._array("feeds", begin, Part.SETTING)
        yield from self._array(_SEEN, entry, Part.SETTING)
        for found in feeds[:1]:
            known = seen if f"palabre/{_SEEN}.json" in self._container else None
            data = {**found, "entries": known}
            yield ImportedEntry(section="feeds", name=f"feeds:{found['url']}"[:500], data=data)

    def _filters(self) -> Iterator[Record]:
        """Put filters together with their words and posts; there are a hundred at most."""
        parts: dict[str, dict[str, Any]] = {}

        def begin(row: dict[str, Any]) -> Iterator[Record]:
            parts[str(row["id"])] = {**row, "keywords": [], "posts": []}
            return iter(())

        def word(row: dict[str, Any]) -> Iterator[Record]:
            parts[str(row["filter"])]["keywords"].append([str(row["keyword"]), bool(row.get("whole_word", True))])
            return iter(())

        def post(row: dict[str, Any]) -> Iterator[Record]:
            parts[str(row["filter"])]["posts"].append(_address(row["post"]))
            return iter(())

        for name, turn in (("filters", begin), ("filter_keywords", word), ("filter_posts", post)):
            yield from self._array(name, turn, Part.SETTING)
        for number, found in parts.items():
            yield ImportedEntry(section="filters", name=f"filters:{number}", data=found)

    # Posts

    def _post(self, row: dict[str, Any]) -> Iterator[Record]:
        post = msgspec.convert(row, _Post)
        key = _address(post.id)
        if post.repost_of is not None:
            yield ImportedTie(tie=Tie.REPOST, target=_address(post.repost_of), at=_date(post.created))
            return
        created = iso_date(post.created)
        if created is None or not believable(created, first=FIRST_NOTE, now=self._now):
            yield Skipped(part=Part.POST, reason=Reason.BAD_DATE, what=key)
            return
        if len(post.text) + len(post.warning) > self._limits.text:
            yield Skipped(part=Part.POST, reason=Reason.TOO_LARGE, what=key)
            return
        media, left_out = self._media(post.media)
        yield from left_out
        yield ImportedPost(
            source_key=key,
            text=self._text(post.text),
            created=created,
            reply_to=post.reply_to,
            warning=_clean(post.warning),
            sensitive=post.sensitive,
            language=post.language,
            audience=post.visibility,
            media=media,
            edited=iso_date(post.edited) if post.edited else None,
            versions=tuple(self._version(each) for each in post.versions[:100]),
            poll=_poll(post.poll),
            quote=post.quote_of if post.quote_state == "accepted" else None,
            quote_policy=post.quote_policy,
            reply_policy=post.reply_policy,
        )

    def _version(self, version: _Version) -> ImportedVersion:
        return ImportedVersion(
            created=_date(version.created),
            text=self._text(version.text)[: self._limits.text],
            warning=_clean(version.warning),
            sensitive=version.sensitive,
            media=tuple(_clean(each.description) for each in version.media[:16]),
            choices=tuple(map(_clean, version.choices[:20])),
        )

    def _text(self, text: str) -> str:
        return self._own.sub(r"@\1", _clean(text))

    def _media(self, media: list[_Media]) -> tuple[tuple[ImportedMedia, ...], list[Skipped]]:
        kept: list[ImportedMedia] = []
        left_out: list[Skipped] = []
        for each in media:
            if each.file not in self._container:
                left_out.append(Skipped(part=Part.MEDIA, reason=Reason.FILE_MISSING, what=each.file[-200:]))
            elif len(kept) >= self._limits.pictures:
                left_out.append(Skipped(part=Part.MEDIA, reason=Reason.TOO_MANY_PICTURES, what=each.file[-200:]))
            else:
                captions = each.captions if each.captions and each.captions in self._container else ""
                inside = all(-1 <= axis <= 1 for axis in each.focus)
                kept.append(
                    ImportedMedia(
                        member=each.file,
                        description=_clean(each.description),
                        focus=each.focus if inside else None,
                        film=each.kind in {"video", "sound", "loop"},
                        captions=captions,
                        captions_language=each.captions_language,
                    )
                )
        return tuple(kept), left_out

    def _draft(self, row: dict[str, Any]) -> Iterator[Record]:
        media, left_out = self._media(msgspec.convert(row.pop("media", []), list[_Media]))
        yield from left_out
        yield ImportedEntry(section="unpublished", name=f"unpublished:{row['id']}", data=row, media=media)

    # One array

    def _array(self, name: str, turn: Callable[[dict[str, Any]], Iterator[Record]], part: Part) -> Iterator[Record]:
        member = f"palabre/{name}.json"
        if member not in self._container:
            if not name.startswith("waiting_") and name != _SEEN:
                yield Skipped(part=Part.FILE, reason=Reason.FILE_MISSING, what=member)
            return
        try:
            stream = self._container.open(member, most=self._limits.text_file)
        except DamagedMember as wrong:
            yield Skipped(part=Part.FILE, reason=Reason.DAMAGED, where=f"{member}: {wrong}")
            return
        with contextlib.closing(stream):
            found = ElementReader(stream, kind=dict[str, Any], opening=_ARRAY, start=_START, limits=self._limits)
            for number, row in enumerate(found, 1):
                where = f"{member}, {number}"
                if isinstance(row, Damage):
                    where = f"{member}, {row.number}: {row.why}"
                    yield Skipped(part=Part.FILE if row.fatal else part, reason=Reason.DAMAGED, where=where)
                    continue
                try:
                    records = list(turn(sound(row)))
                except (msgspec.ValidationError, KeyError, ValueError, TypeError, RecursionError) as wrong:
                    where = f"{where}: {type(wrong).__name__} {str(wrong)[:100]}"
                    yield Skipped(part=part, reason=Reason.DAMAGED, where=where)
                    continue
                yield from records


# Rows that are one record each

_PROFILE: Final = (
    "display_name", "bio", "fields", "avatar_description", "header_description", "locked", "bot", "discoverable",
    "indexable", "shows", "attribution_domains", "badges",
)  # fmt: skip


def _portraits(profile: dict[str, Any]) -> Iterator[ImportedMedia]:
    for purpose in ("avatar", "header"):
        member = profile.get(purpose)
        if isinstance(member, str) and len(member) <= 100:
            yield ImportedMedia(member=member, purpose=purpose)


def _follow(row: dict[str, Any]) -> Iterator[Record]:
    yield ImportedTie(
        tie=Tie.FOLLOW,
        target=_handle(row["account"]),
        show_reposts=bool(row.get("show_reposts", True)),
        notify=bool(row.get("notify")),
        languages=tuple(str(each) for each in row.get("languages") or ()),
    )


def _mute(row: dict[str, Any]) -> Iterator[Record]:
    yield ImportedTie(
        tie=Tie.MUTE,
        target=_handle(row["account"]),
        hide_notifications=bool(row.get("notifications", True)),
        expires=_date(row["expires"]) if row.get("expires") else None,
    )


def _person(tie: Tie) -> Callable[[dict[str, Any]], Iterator[Record]]:
    def turn(row: dict[str, Any]) -> Iterator[Record]:
        yield ImportedTie(tie=tie, target=_handle(row["account"]), text=_clean(str(row.get("text", "")))[:10_000])

    return turn


def _reply_rule(row: dict[str, Any]) -> Iterator[Record]:
    yield ImportedTie(tie=Tie.REPLY_RULE, target=_handle(row["account"]), text=str(row["state"])[:40])


def _of_post(tie: Tie) -> Callable[[dict[str, Any]], Iterator[Record]]:
    def turn(row: dict[str, Any]) -> Iterator[Record]:
        yield ImportedTie(tie=tie, target=_address(row["post"]))

    return turn


def _marks(row: dict[str, Any]) -> Iterator[Record]:
    target = _address(row["post"])
    for word, tie in (("liked", Tie.LIKE), ("bookmarked", Tie.BOOKMARK), ("pinned", Tie.PIN)):
        if row.get(word):
            yield ImportedTie(tie=tie, target=target)


def _waiting(tie: Tie) -> Callable[[dict[str, Any]], Iterator[Record]]:
    def turn(row: dict[str, Any]) -> Iterator[Record]:
        target = str(row["target"])
        if tie.is_of_post:
            _address(target)
        else:
            _handle(target.partition(" ")[0])
        yield msgspec.convert({"type": "tie", **row["choices"], "tie": tie, "target": target}, ImportedTie)

    return turn


def _entry(section: str, key: str) -> Callable[[dict[str, Any]], Iterator[Record]]:
    def turn(row: dict[str, Any]) -> Iterator[Record]:
        name = f"{section}:{row[key]}" if key else section
        yield ImportedEntry(section=section, name=name[:500], data=row)

    return turn


_ACCOUNTS: Final = {
    "follows": _follow,
    "follow_requests": _follow,
    "mutes": _mute,
    "blocks": _person(Tie.BLOCK),
    "notes": _person(Tie.NOTE),
    "endorsements": _person(Tie.ENDORSEMENT),
    "notification_permissions": _person(Tie.PERMISSION),
    "suggestions_dismissed": _person(Tie.DISMISSAL),
    "reply_rules": _reply_rule,
}
_POSTS: Final = {"marks": _marks, "muted_conversations": _of_post(Tie.MUTED_CONVERSATION)}
_ENTRIES: Final = {
    "domain_blocks": "domain",
    "followed_hashtags": "name",
    "featured_hashtags": "name",
    "notification_policy": "",
}
IMPORTED: Final = frozenset({
    *_ACCOUNTS, *_POSTS, *_ENTRIES, "posts", "unpublished", "lists", "list_members", "filters", "filter_keywords",
    "filter_posts", "collections", "collection_members", "feeds", _SEEN, *(f"waiting_{tie.value}" for tie in Tie),
})  # fmt: skip
"""The arrays that are taken in. The others are about the network that the archive comes from."""


def _part(tie: Tie) -> Part:
    return Part.BOOKMARK if tie.is_of_post else Part.PERSON


def _poll(poll: _Poll | None) -> ImportedPoll | None:
    if poll is None or not 1 <= len(poll.choices) <= 20:
        return None
    return ImportedPoll(
        choices=tuple((_clean(each.title)[:200], max(0, each.votes)) for each in poll.choices),
        multiple=poll.multiple,
        hide_totals=poll.hide_totals,
        expires=_date(poll.expires),
        voters=max(0, poll.voters),
    )


def _date(text: Any) -> Instant:
    found = iso_date(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError("no date")
    return found


def _address(text: Any) -> str:
    if not isinstance(text, str) or _ADDRESS.fullmatch(text) is None:
        raise ValueError("no address of a post")
    return text


def _handle(text: Any) -> str:
    if not isinstance(text, str) or _HANDLE.fullmatch(text) is None:
        raise ValueError("no account")
    return text


def _clean(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n")).strip()
