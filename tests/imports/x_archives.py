"""Makes archives as X gives them to its members, in any size, whole or damaged.

Every field that X writes is written, in its order and spelling, since a reader that only ever meets the fields
it needs is not tested. What cannot be known without an account (addresses, numbers) is made up.
"""

from __future__ import annotations

import json
import random
import re
import zipfile
from pathlib import Path
from typing import Any

from imports.material import FIRST, SPAN, Made, base62, iso, moving, picture, sentence, spoiled, utc

TWITTER_EPOCH = 1_288_834_974_657


def twitter_archive(
    path: Path,
    *,
    posts: int = 60,
    pictures: int = 6,
    videos: int | None = None,
    longs: int = 2,
    edited: int = 1,
    reposts: float = 0.1,
    replies: float = 0.15,
    threads: float = 0.2,
    protected: bool = False,
    part_size: int = 20_000,
    spoil: dict[int, str] | None = None,
    missing_pictures: int = 0,
    folder: str = "",
    name: str = "ana",
    seed: int = 1,
    compression: int = zipfile.ZIP_DEFLATED,
) -> Made:
    """Write a zip as X gives it. ``spoil``: number of an entry → what is wrong with it (one of `SPOILS`).

    ``videos``: videos and GIFs by turns; two where there are pictures, unless said otherwise.
    """
    videos = min(2, pictures) if videos is None else videos
    chance = random.Random(seed)
    made = Made(path)
    maker = _Tweets(chance, made, name)
    entries: list[str] = []
    at = FIRST + seed * 1000
    for number in range(posts):
        at += min(chance.choice((400, 1_000, 60_000, 7_200_000, 86_400_000)), 2 * SPAN // posts)
        broken = (spoil or {}).get(number)
        kind = 1.0 if broken else chance.random()
        if number < pictures:
            tweet = maker.with_pictures(at, 1 + number % 4, kept=number >= missing_pictures)
        elif number < pictures + videos:
            tweet = maker.with_video(at, "animated_gif" if (number - pictures) % 2 else "video")
        elif number < pictures + videos + longs:
            tweet = maker.long(at)
        elif number < pictures + videos + longs + edited:
            entries.extend(_twitter_json({"tweet": version}, 1) for version in maker.edited(at))
            continue
        elif kind < reposts:
            tweet = maker.repost(at)
        elif kind < reposts + replies:
            tweet = maker.reply(at)
        elif kind < reposts + replies + threads:
            tweet = maker.thread(at)
        else:
            tweet = maker.plain(at)
        if broken and broken != "extra":
            maker.forget(tweet)
        if broken:
            made.out("post.bad_date" if broken == "date" else "post.damaged")
        entries.append(spoiled(_twitter_json({"tweet": tweet}, 1), broken, '"created_at" : "', '"full_text" : '))
    entries.reverse()  # newest first, as X often does
    _write_twitter(path, maker, entries, protected, part_size, folder, compression)
    return made


class _Tweets:
    """Makes tweets of every sort and notes what a reader should make of each."""

    def __init__(self, chance: random.Random, made: Made, name: str) -> None:
        self.chance = chance
        self.made = made
        self.name = name
        self.number = "322603863"
        self.notes: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        self.mine: list[str] = []
        self.hashtags = ("palabre", "vélo", "東京")

    def _id(self, at: int) -> str:
        return str((at - TWITTER_EPOCH) << 22 | self.chance.getrandbits(22))

    def _short(self) -> str:
        return f"https://t.co/{base62(self.chance, 10)}"

    def _tweet(self, at: int, text: str, **more: Any) -> dict[str, Any]:
        number = self._id(at)
        mentions = [
            {"name": "Ben Ämter", "screen_name": m, "indices": ["0", "5"], "id_str": "686803", "id": "686803"}
            for m in re.findall(r"@(\w+)", text)
        ]
        tags = [{"text": t, "indices": ["3", "9"]} for t in re.findall(r"#(\w+)", text)]
        tweet: dict[str, Any] = {
            "edit_info": {
                "initial": {
                    "editTweetIds": [number],
                    "editableUntil": iso(at + 3_600_000),
                    "editsRemaining": "5",
                    "isEditEligible": True,
                }
            },
            "retweeted": False,
            "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
            "entities": {"hashtags": tags, "symbols": [], "user_mentions": mentions, "urls": more.pop("urls", [])},
            "display_text_range": ["0", str(len(text))],
            "favorite_count": str(self.chance.randrange(50)),
            "id_str": number,
            "truncated": False,
            "retweet_count": str(self.chance.randrange(9)),
            "id": number,
            "possibly_sensitive": False,
            "created_at": f"{utc(at):%a %b %d %H:%M:%S} +0000 {utc(at):%Y}",
            "favorited": False,
            "full_text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
            "lang": self.chance.choice(("en", "fr", "und", "in")),
        }
        tweet.update(more)
        self._at = at
        return tweet

    def _note(self, tweet: dict[str, Any], text: str, parent: str | None = None) -> dict[str, Any]:
        key = f"twitter:{tweet['id_str']}"
        self.made.posts[key] = text
        self.made.created[key] = self._at
        if parent:
            self.made.parents[key] = f"twitter:{parent}"
        self.mine.append(tweet["id_str"])
        return tweet

    def forget(self, tweet: dict[str, Any]) -> None:
        key = f"twitter:{tweet['id_str']}"
        for part in (self.made.posts, self.made.parents, self.made.pictures, self.made.created):
            part.pop(key, None)
        self.mine = [number for number in self.mine if number != tweet["id_str"]]

    def plain(self, at: int) -> dict[str, Any]:
        words = sentence(self.chance)
        short = self._short()
        address = f"https://example.org/a?x=1&y={self.chance.randrange(9_999)}"
        written = f"{words} <3 & #{self.chance.choice(self.hashtags)} "
        link = {"url": short, "expanded_url": address, "display_url": "example.org/a?x…", "indices": ["9", "32"]}
        return self._note(self._tweet(at, written + short, urls=[link]), written + address)

    def repost(self, at: int) -> dict[str, Any]:
        self.made.out("post.repost")
        return self._tweet(at, f"RT @teabass: {sentence(self.chance, 20, 30)[:120]}…")

    def _answering(self, number: str, user: str, screen_name: str) -> dict[str, Any]:
        return {
            "in_reply_to_status_id_str": number,
            "in_reply_to_user_id": user,
            "in_reply_to_status_id": number,
            "in_reply_to_screen_name": screen_name,
            "in_reply_to_user_id_str": user,
        }

    def reply(self, at: int) -> dict[str, Any]:
        words = sentence(self.chance)
        number = self._id(at - 600_000)
        tweet = self._tweet(at, f"@teabass {words}", **self._answering(number, "686803", "teabass"))
        return self._note(tweet, f"@teabass@twitter.com {words}", number)

    def thread(self, at: int) -> dict[str, Any]:
        if not self.mine:
            return self.plain(at)
        words = sentence(self.chance)
        parent = self.mine[-1]
        leading = f"@{self.name} " if self.chance.random() < 0.3 else ""
        tweet = self._tweet(at, leading + words, **self._answering(parent, self.number, self.name))
        return self._note(tweet, words, parent)

    def _media(self, number: str, kind: str, short: str) -> dict[str, Any]:
        identity = self._id(self._at)
        name = f"F{base62(self.chance, 14)}"
        file = f"{name}.jpg"
        found = {"video": f"ext_tw_video_thumb/{identity}/pu/img", "animated_gif": "tweet_video_thumb"}.get(
            kind, "media"
        )
        media: dict[str, Any] = {
            "expanded_url": f"https://twitter.com/{self.name}/status/{number}/photo/1",
            "indices": ["40", "62"],
            "url": short,
            "media_url": f"http://pbs.twimg.com/{found}/{file}",
            "id_str": identity,
            "id": identity,
            "media_url_https": f"https://pbs.twimg.com/{found}/{file}",
            "sizes": {
                size: {"w": "680", "h": "510", "resize": "fit"} for size in ("small", "medium", "thumb", "large")
            },
            "type": kind,
            "display_url": f"pic.twitter.com/{short[-10:]}",
        }
        if kind != "photo":
            media["video_info"] = {"aspect_ratio": ["16", "9"], "variants": self._variants(kind, name, identity)}
        if kind == "video":
            media["video_info"]["duration_millis"] = "500"
        return media

    def _variants(self, kind: str, name: str, identity: str) -> list[dict[str, str]]:
        """The playlist and three sizes of a video, the one of a GIF; the archive holds the best."""
        host = "https://video.twimg.com"
        if kind == "animated_gif":
            return [{"bitrate": "0", "content_type": "video/mp4", "url": f"{host}/tweet_video/{name}.mp4"}]
        pieces = f"{host}/ext_tw_video/{identity}/pu"
        sizes = {"832000": "640x360", "2176000": "1280x720", "256000": "480x270"}
        return [
            {"content_type": "application/x-mpegURL", "url": f"{pieces}/pl/{base62(self.chance, 16)}.m3u8?tag=12"},
            *(
                {
                    "bitrate": rate,
                    "content_type": "video/mp4",
                    "url": f"{pieces}/vid/{size}/{base62(self.chance, 16)}.mp4?tag=12",
                }
                for rate, size in sizes.items()
            ),
        ]

    def with_pictures(self, at: int, count: int, *, kept: bool) -> dict[str, Any]:
        words, short = sentence(self.chance), self._short()
        tweet = self._tweet(at, f"{words} {short}")
        media = [self._media(tweet["id_str"], "photo", short) for _ in range(count)]
        tweet["entities"]["media"] = media[:1]
        tweet["extended_entities"] = {"media": media}
        members = []
        for each in media:
            member = f"data/tweets_media/{tweet['id_str']}-{each['media_url'].rsplit('/', 1)[1]}"
            if kept:
                self.files[member] = picture(len(self.files) % 20)
                members.append(member)
            else:
                self.made.out("media.file_missing")
        self.made.pictures[f"twitter:{tweet['id_str']}"] = members
        return self._note(tweet, words)

    def with_video(self, at: int, kind: str) -> dict[str, Any]:
        words, short = sentence(self.chance), self._short()
        tweet = self._tweet(at, f"{words} {short}")
        media = self._media(tweet["id_str"], kind, short)
        tweet["entities"]["media"] = [{**media, "type": "photo"}]
        tweet["extended_entities"] = {"media": [media]}
        best = max(media["video_info"]["variants"], key=lambda variant: int(variant.get("bitrate", "-1")))
        member = f"data/tweets_media/{tweet['id_str']}-{best['url'].rsplit('/', 1)[1].removesuffix('?tag=12')}"
        self.files[member] = moving(kind)
        self.made.pictures[f"twitter:{tweet['id_str']}"] = [member]
        self.made.films.add(member)
        return self._note(tweet, words)

    def long(self, at: int) -> dict[str, Any]:
        short = self._short()
        words = sentence(self.chance, 80, 300)
        whole = f"{words} {short} & so on"
        self.notes.append(
            {
                "noteTweet": {
                    "noteTweetId": self._id(at),
                    "updatedAt": iso(at),
                    "lifecycle": {
                        "value": "2",
                        "name": "Available",
                        "originalName": "Available",
                        "annotations": {},
                    },
                    "createdAt": iso(at),
                    "core": {
                        "styletags": [],
                        "urls": [
                            {
                                "expandedUrl": "https://example.org/long",
                                "toIndex": "323",
                                "shortUrl": short,
                                "displayUrl": "example.org/long",
                                "fromIndex": "300",
                            }
                        ],
                        "text": whole,
                        "mentions": [],
                        "cashtags": [],
                        "hashtags": [],
                    },
                }
            }
        )
        tweet = self._tweet(at, f"{whole[:274]}… {self._short()}")
        return self._note(tweet, whole.replace(short, "https://example.org/long"))

    def edited(self, at: int) -> list[dict[str, Any]]:
        words = sentence(self.chance)
        first = self._tweet(at, f"{words} (typo)")
        last = self._tweet(at + 120_000, words)
        numbers = [first["id_str"], last["id_str"]]
        first["edit_info"]["initial"]["editTweetIds"] = numbers
        control = {**first["edit_info"]["initial"], "editTweetIds": numbers}
        last["edit_info"] = {"edit": {"initialTweetId": numbers[0], "editControlInitial": control}}
        self.made.out("post.edited_later")
        return [first, self._note(last, words)]


def _twitter_json(value: Any, depth: int = 0) -> str:
    """Indented by two, a blank on both sides of the colon, a blank inside an empty list: as X writes it."""
    written = json.dumps(value, indent=2, separators=(",", " : "), ensure_ascii=False)
    written = re.sub(r"(?m)( : )(\[|\{)(\]|\})(,?)$", r"\1\2 \3\4", written)
    return written.replace("\n", "\n" + "  " * depth)


def _write_twitter(
    path: Path, maker: _Tweets, entries: list[str], protected: bool, part_size: int, folder: str, compression: int
) -> None:
    name, number = maker.name, maker.number
    user = {"accountId": "686803", "userLink": "https://twitter.com/intent/user?user_id=686803"}
    small: dict[str, tuple[str, list[Any]]] = {
        "account.js": (
            "account",
            [
                {
                    "account": {
                        "email": f"{name}@example.org",
                        "createdVia": "web",
                        "username": name,
                        "accountId": number,
                        "createdAt": "2011-06-23T13:04:14.000Z",
                        "accountDisplayName": "Ana 🌍",
                    }
                }
            ],
        ),
        "profile.js": (
            "profile",
            [
                {
                    "profile": {
                        "description": {"bio": "Here & there", "website": "https://t.co/abc", "location": "Lyon"},
                        "avatarMediaUrl": "https://pbs.twimg.com/profile_images/1/ana.jpg",
                        "headerMediaUrl": "https://pbs.twimg.com/profile_banners/1/2",
                    }
                }
            ],
        ),
        "note-tweet.js": ("note_tweet", maker.notes),
        "deleted-tweets.js": (
            "deleted_tweets",
            [{"tweet": {**maker._tweet(FIRST, "regretted"), "deleted_at": "Fri Jan 02 00:00:00 +0000 2015"}}],
        ),
        "following.js": ("following", [{"following": user}] * 3),
        "follower.js": ("follower", [{"follower": user}]),
        "mute.js": ("mute", [{"muting": user}]),
        "block.js": ("block", [{"blocking": user}]),
        "like.js": (
            "like",
            [{"like": {"tweetId": "20", "fullText": "just", "expandedUrl": "https://twitter.com/i/web/status/20"}}],
        ),
        "direct-messages.js": ("direct_messages", []),
        "community-tweet.js": ("community_tweet", []),
        "protected-history.js": (
            "protected_history",
            [{"protectedHistory": {"protectedAt": "2018-01-17T03:52:27.000Z", "action": "Protect"}}]
            if protected
            else [],
        ),
    }
    maker.made.out("person.only_numbers", 5)
    kinds: dict[str, Any] = {}
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr(f"{folder}Your archive.html", "<!DOCTYPE html><title>Your archive</title>")
        files = []
        for part, begin in enumerate(range(0, max(1, len(entries)), part_size)):
            some = [e if isinstance(e, bytes) else e.encode() for e in entries[begin : begin + part_size]]
            file = f"data/tweets{f'-part{part}' if part else ''}.js"
            content = f"window.YTD.tweets.part{part} = [\n  ".encode() + b",\n  ".join(some) + b"\n]"
            archive.writestr(folder + file, content)
            files.append({"fileName": file, "globalName": f"YTD.tweets.part{part}", "count": str(len(some))})
        kinds["tweets"] = {"mediaDirectory": "data/tweets_media", "files": files}
        for file, (key, rows) in small.items():
            archive.writestr(
                f"{folder}data/{file}", f"window.YTD.{key}.part0 = {_twitter_json(rows) if rows else '[ ]'}"
            )
            found = {"fileName": f"data/{file}", "globalName": f"YTD.{key}.part0", "count": str(len(rows))}
            kinds[re.sub(r"_(\w)", lambda m: m[1].upper(), key)] = {"files": [found]}
        for member, content in maker.files.items():
            archive.writestr(folder + member, content, zipfile.ZIP_STORED)
        manifest = {
            "userInfo": {"accountId": number, "userName": name, "displayName": "Ana 🌍"},
            "archiveInfo": {
                "sizeBytes": "87536692",
                "generationDate": "2024-02-02T22:57:57.777Z",
                "isPartialArchive": False,
                "maxPartSizeBytes": "53687091200",
            },
            "readmeInfo": {"fileName": "data/README.txt", "directory": "data/", "name": "README.txt"},
            "dataTypes": kinds,
        }
        archive.writestr(f"{folder}data/manifest.js", f"window.__THAR_CONFIG = {_twitter_json(manifest)}")
        archive.writestr(f"{folder}data/README.txt", "This archive contains your account data.")
