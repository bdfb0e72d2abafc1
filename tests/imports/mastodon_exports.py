"""Makes archives and CSV files as Mastodon gives them to its members, in any size, whole or damaged.

Written after Mastodon's ``BackupService``, its ActivityPub serializers and ``Export``, with every field of theirs.
"""

from __future__ import annotations

import html
import io
import json
import random
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Any

from imports.material import FIRST, SPAN, Made, base62, moving, picture, sentence, spoiled, utc

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
SERVER = "https://mastodon.example"
CONTEXT = [
    "https://www.w3.org/ns/activitystreams",
    {
        "ostatus": "http://ostatus.org#",
        "atomUri": "ostatus:atomUri",
        "inReplyToAtomUri": "ostatus:inReplyToAtomUri",
        "conversation": "ostatus:conversation",
        "sensitive": "as:sensitive",
        "toot": "http://joinmastodon.org/ns#",
        "votersCount": "toot:votersCount",
        "blurhash": "toot:blurhash",
        "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        "Hashtag": "as:Hashtag",
    },
]


def mastodon_archive(
    path: Path,
    *,
    posts: int = 60,
    pictures: int = 6,
    videos: int | None = None,
    polls: int = 1,
    private: int = 2,
    reposts: float = 0.1,
    replies: float = 0.15,
    threads: float = 0.2,
    spoil: dict[int, str] | None = None,
    missing_pictures: int = 0,
    bucket: str = "",
    name: str = "ana",
    seed: int = 1,
    bookmarks: tuple[str, ...] = (),
) -> Made:
    """Write the archive to ``path``: a zip, or a tar.gz if its name says so, as Mastodon before 4.2 made them.

    ``spoil``: number of an entry → what is wrong with it. ``bucket``: path that S3 storage leaves in addresses.
    ``videos``: videos, recordings and GIFs by turns; three where there are pictures, unless said otherwise.
    """
    videos = min(3, pictures) if videos is None else videos
    chance = random.Random(seed)
    made = Made(path)
    maker = _Notes(chance, made, name, bucket)
    entries: list[bytes] = []
    at = FIRST + seed * 1000
    for number in range(posts):
        at += min(chance.choice((400, 1_000, 60_000, 7_200_000, 86_400_000)), 2 * SPAN // posts)
        broken = (spoil or {}).get(number)
        kind = 1.0 if broken else chance.random()
        if number < pictures:
            activity = maker.with_pictures(at, 1 + number % 4, kept=number >= missing_pictures)
        elif number < pictures + videos:
            activity = maker.with_video(at, ("video", "audio", "gifv")[(number - pictures) % 3])
        elif number < pictures + videos + polls:
            activity = maker.poll(at)
        elif number < pictures + videos + polls + private:
            activity = maker.private(at)
        elif kind < reposts:
            activity = maker.repost(at)
        elif kind < reposts + replies:
            activity = maker.reply(at)
        elif kind < reposts + replies + threads:
            activity = maker.thread(at)
        else:
            activity = maker.plain(at)
        if broken and broken != "extra":
            maker.forget(activity)
        if broken:
            made.out("post.bad_date" if broken == "date" else "post.damaged")
        entry = json.dumps(activity, ensure_ascii=False, separators=(",", ":"))
        entries.append(spoiled(entry, broken, '"inReplyTo":null,"published":"', '"content":'))
    _write(path, maker, entries, bookmarks)
    return made


class _Notes:
    """Makes activities of every sort and notes what a reader should make of each."""

    def __init__(self, chance: random.Random, made: Made, name: str, bucket: str) -> None:
        self.chance = chance
        self.made = made
        self.actor = f"{SERVER}/users/{name}"
        self.name = name
        self.bucket = bucket
        self.files: dict[str, bytes] = {}
        self.mine: list[str] = []
        self.addressed = 0

    def _activity(self, at: int, content: str, **more: Any) -> dict[str, Any]:
        number = str(at << 16 | self.chance.getrandbits(16))
        uri = f"{self.actor}/statuses/{number}"
        published = f"{utc(at):%Y-%m-%dT%H:%M:%SZ}"
        to = more.pop("to", [PUBLIC])
        cc = more.pop("cc", [f"{self.actor}/followers"])
        parent = more.pop("parent", None)
        language = self.chance.choice(("en", "fr", "pt-BR"))
        conversation = (
            f"tag:mastodon.example,2022-11-04:objectId={self.chance.randrange(10**8)}:objectType=Conversation"
        )
        note: dict[str, Any] = {
            "id": uri,
            "type": "Note",
            "summary": more.pop("summary", None),
            "inReplyTo": parent,
            "published": published,
            "url": f"{SERVER}/@{self.name}/{number}",
            "attributedTo": self.actor,
            "to": to,
            "cc": cc,
            "sensitive": more.pop("sensitive", False),
            "atomUri": uri,
            "inReplyToAtomUri": parent,
            "conversation": conversation,
            "content": content,
            "contentMap": {language: content},
            "attachment": [],
            "tag": [],
            "replies": {
                "id": f"{uri}/replies",
                "type": "Collection",
                "first": {
                    "type": "CollectionPage",
                    "next": f"{uri}/replies?only_other_accounts=true&page=true",
                    "partOf": f"{uri}/replies",
                    "items": [],
                },
            },
            "likes": {"id": f"{uri}/likes", "type": "Collection", "totalItems": self.chance.randrange(50)},
            "shares": {"id": f"{uri}/shares", "type": "Collection", "totalItems": self.chance.randrange(9)},
        }
        note.update(more)
        self._at = at
        return {
            "id": f"{uri}/activity",
            "type": "Create",
            "actor": self.actor,
            "published": published,
            "to": to,
            "cc": cc,
            "object": note,
        }

    def _note(self, activity: dict[str, Any], text: str, parent: str | None = None) -> dict[str, Any]:
        key = activity["object"]["id"]
        self.made.posts[key] = text
        self.made.created[key] = self._at
        if parent:
            self.made.parents[key] = parent
        self.mine.append(key)
        return activity

    def forget(self, activity: dict[str, Any]) -> None:
        key = activity["object"]["id"]
        for part in (self.made.posts, self.made.parents, self.made.pictures, self.made.created):
            part.pop(key, None)
        self.mine = [each for each in self.mine if each != key]

    def plain(self, at: int) -> dict[str, Any]:
        first, second = sentence(self.chance), sentence(self.chance, 1, 5)
        address = f"https://example.org/a/rather/long/address?x=1&y={self.chance.randrange(9_999)}"
        shown = html.escape(address)
        host, tail = shown[8:38], shown[38:]
        content = (
            f"<p>{html.escape(first, quote=False)} &lt;3 &amp;<br />"
            f'<a href="{SERVER}/tags/velo" class="mention hashtag" rel="tag">#<span>vélo</span></a> '
            f'<a href="{shown}" target="_blank" rel="nofollow noopener noreferrer" translate="no">'
            f'<span class="invisible">https://</span><span class="ellipsis">{host}</span>'
            f'<span class="invisible">{tail}</span></a></p><p>{second}</p>'
        )
        activity = self._activity(
            at, content, tag=[{"type": "Hashtag", "href": f"{SERVER}/tags/velo", "name": "#velo"}]
        )
        return self._note(activity, f"{first} <3 &\n#vélo {address}\n\n{second}")

    def repost(self, at: int) -> dict[str, Any]:
        self.made.out("post.repost")
        number = str(at << 16)
        return {
            "id": f"{self.actor}/statuses/{number}/activity",
            "type": "Announce",
            "actor": self.actor,
            "published": f"{utc(at):%Y-%m-%dT%H:%M:%SZ}",
            "to": [PUBLIC],
            "cc": ["https://other.example/users/ben", f"{self.actor}/followers"],
            "object": "https://other.example/users/ben/statuses/109",
        }

    def _mention(self) -> tuple[str, dict[str, str]]:
        shown = (
            '<span class="h-card" translate="no"><a href="https://other.example/@ben" class="u-url mention">'
            "@<span>ben</span></a></span>"
        )
        return shown, {"type": "Mention", "href": "https://other.example/users/ben", "name": "@ben@other.example"}

    def reply(self, at: int) -> dict[str, Any]:
        words = sentence(self.chance)
        shown, tag = self._mention()
        parent = f"https://other.example/users/ben/statuses/{self.chance.randrange(10**9)}"
        cc = [f"{self.actor}/followers", "https://other.example/users/ben"]
        activity = self._activity(at, f"<p>{shown} {words}</p>", tag=[tag], parent=parent, cc=cc)
        return self._note(activity, f"@ben@other.example {words}", parent)

    def thread(self, at: int) -> dict[str, Any]:
        if not self.mine:
            return self.plain(at)
        words = sentence(self.chance)
        parent = self.mine[-1]
        return self._note(self._activity(at, f"<p>{words}</p>", parent=parent), words, parent)

    def private(self, at: int) -> dict[str, Any]:
        self.made.out("post.private_message")
        shown, tag = self._mention()
        return self._activity(at, f"<p>{shown} secret</p>", tag=[tag], to=["https://other.example/users/ben"], cc=[])

    def poll(self, at: int) -> dict[str, Any]:
        options = [
            {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 3}}
            for name in ("Tea", "Coffee")
        ]
        activity = self._activity(at, "<p>Which?</p>", type="Question", oneOf=options, votersCount=6)
        return self._note(activity, "Which?\n• Tea\n• Coffee")

    def _attachment(self, kind: str, suffix: str) -> dict[str, Any]:
        folders = "/".join(f"{self.chance.randrange(1000):03d}" for _ in range(6))
        member = f"media_attachments/files/{folders}/original/{self.chance.getrandbits(64):016x}.{suffix}"
        return {
            "type": "Document",
            "mediaType": kind,
            "url": f"{self.bucket}{member}",
            "name": f"A view, {base62(self.chance, 4)}",
            "blurhash": "UGEo[DRj9F-;x]-pR*D%4UShxZV[4nt7%MjY",
            "focalPoint": [0.25, -0.5],
            "width": 1200,
            "height": 800,
        }

    def with_pictures(self, at: int, count: int, *, kept: bool) -> dict[str, Any]:
        words = sentence(self.chance)
        attachments = [self._attachment("image/jpeg", "jpg") for _ in range(count)]
        members = []
        for each in attachments:
            member = each["url"].removeprefix(self.bucket)
            if kept:
                self.files[member] = picture(len(self.files) % 20)
                members.append(member)
            else:
                self.made.out("media.file_missing")
        activity = self._activity(
            at, f"<p>{words}</p>", attachment=attachments, sensitive=True, summary="Heights & depths"
        )
        self.made.pictures[activity["object"]["id"]] = members
        return self._note(activity, words)

    def with_video(self, at: int, kind: str) -> dict[str, Any]:
        words = sentence(self.chance)
        attachment = self._attachment(*(("audio/mpeg", "mp3") if kind == "audio" else ("video/mp4", "mp4")))
        member = attachment["url"].removeprefix(self.bucket)
        self.files[member] = moving(kind)
        activity = self._activity(at, f"<p>{words}</p>", attachment=[attachment])
        self.made.pictures[activity["object"]["id"]] = [member]
        self.made.films.add(member)
        return self._note(activity, words)


def _write(path: Path, maker: _Notes, entries: list[bytes], bookmarks: tuple[str, ...]) -> None:
    actor = {
        "@context": CONTEXT,
        "id": maker.actor,
        "type": "Person",
        "following": f"{maker.actor}/following",
        "followers": f"{maker.actor}/followers",
        "inbox": f"{maker.actor}/inbox",
        "outbox": "outbox.json",
        "preferredUsername": maker.name,
        "name": "Ana 🌍",
        "summary": "<p>Here &amp; there</p>",
        "url": f"{SERVER}/@{maker.name}",
        "manuallyApprovesFollowers": False,
        "discoverable": True,
        "published": "2022-11-04T00:00:00Z",
        "publicKey": {"id": f"{maker.actor}#main-key", "owner": maker.actor, "publicKeyPem": "-----BEGIN…"},
        "tag": [],
        "attachment": [{"type": "PropertyValue", "name": "Home", "value": "Lyon"}],
        "icon": {"type": "Image", "mediaType": "image/jpeg", "url": "avatar.jpg"},
        "likes": "likes.json",
        "bookmarks": "bookmarks.json",
    }
    head = json.dumps({"@context": CONTEXT, "id": "outbox.json", "type": "OrderedCollection"}, separators=(",", ":"))
    outbox = f'{head[:-1]},"totalItems":{len(entries)},"orderedItems":['.encode() + b",".join(entries) + b"]}"
    files = {
        **maker.files,
        "outbox.json": outbox,
        "likes.json": _collection("likes.json", ["https://other.example/users/ben/statuses/1"]),
        "bookmarks.json": _collection("bookmarks.json", list(bookmarks)),
        "avatar.jpg": picture(1),
        "actor.json": json.dumps(actor, separators=(",", ":")).encode(),
    }
    if path.name.endswith(".tar.gz"):
        with tarfile.open(path, "w:gz") as archive:
            for name, content in files.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o444
                archive.addfile(member, io.BytesIO(content))
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            stored = re.search(r"\.(jpg|mp4|mp3)$", name)
            archive.writestr(name, content, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)


def _collection(name: str, items: list[str]) -> bytes:
    found = {
        "@context": CONTEXT[0],
        "id": name,
        "type": "OrderedCollection",
        "totalItems": len(items),
        "orderedItems": items,
    }
    return json.dumps(found, separators=(",", ":")).encode()


def follows_csv(rows: list[tuple[str, bool, bool, str]]) -> str:
    """The file ``following_accounts.csv``."""
    lines = [
        f"{address},{str(shown).lower()},{str(told).lower()},{_quoted(languages)}"
        for address, shown, told, languages in rows
    ]
    return "\n".join(["Account address,Show boosts,Notify on new posts,Languages", *lines]) + "\n"


def mutes_csv(rows: list[tuple[str, bool]]) -> str:
    """The file ``muted_accounts.csv``."""
    return "\n".join(["Account address,Hide notifications", *(f"{a},{str(h).lower()}" for a, h in rows)]) + "\n"


def plain_csv(rows: list[str]) -> str:
    """The files ``blocked_accounts.csv`` and ``bookmarks.csv``: no header."""
    return "".join(f"{row}\n" for row in rows)


def _quoted(cell: str) -> str:
    return f'"{cell}"' if "," in cell else cell
