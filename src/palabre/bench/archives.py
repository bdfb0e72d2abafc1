"""Archives of elsewhere for measuring: whole, plain, of any size. Those with every oddity are made by the tests."""

from __future__ import annotations

import datetime as dt
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

NAME = "arriving"
"""What their owner is called, there and here."""
_FIRST = 1_420_070_400_000  # 2015-01-01
_SPAN = 8 * 365 * 86_400_000
_EPOCH = 1_288_834_974_657
"""From which X counts milliseconds."""
_SERVER = "https://mastodon.example"
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_DIFFERENT = 20
"""Pictures that are not the same; each is drawn anew however often it comes."""
_SIZE = (1_200, 800)

Sentence = Callable[[], str]


def x_archive(path: Path, *, posts: int, pictures: int, sentence: Sentence) -> None:
    """Write a zip as X gives it: ``posts`` posts, ``pictures`` of which show one of 1200 by 800 pixels."""
    dice = random.Random(posts)  # noqa: S311 - the same at every run, which is the point
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        account = [{"account": {"username": NAME, "accountId": "322603863", "createdAt": "2011-06-23T13:04:14.000Z"}}]
        archive.writestr("data/account.js", f"window.YTD.account.part0 = {json.dumps(account)}")
        members: list[tuple[str, int]] = []
        with archive.open("data/tweets.js", "w") as file:
            file.write(b"window.YTD.tweets.part0 = [\n")
            for number, (at, shows, answers) in enumerate(_course(dice, posts, pictures)):
                answered = None if answers is None else _snowflake(_moment(answers, posts), answers)
                tweet = _tweet(dice, at, sentence(), _snowflake(at, number), answered)
                if shows:
                    members.append((_show(tweet, number), number))
                written = json.dumps({"tweet": tweet}, indent=2, separators=(",", " : "), ensure_ascii=False)
                file.write(b",\n" * (number > 0) + written.encode())
            file.write(b"\n]")
        for member, number in members:
            archive.writestr(member, _picture(number % _DIFFERENT), zipfile.ZIP_STORED)


def mastodon_archive(path: Path, *, posts: int, pictures: int, sentence: Sentence) -> None:
    """Write a zip as Mastodon gives it, with as much in it."""
    dice = random.Random(posts)  # noqa: S311 - as above
    actor = f"{_SERVER}/users/{NAME}"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        said = {"id": actor, "type": "Person", "preferredUsername": NAME, "followers": f"{actor}/followers"}
        archive.writestr("actor.json", json.dumps(said))
        members: list[tuple[str, int]] = []
        with archive.open("outbox.json", "w") as file:
            file.write(b'{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json",')
            file.write(f'"type":"OrderedCollection","totalItems":{posts},"orderedItems":['.encode())
            for number, (at, shows, answers) in enumerate(_course(dice, posts, pictures)):
                note = _note(actor, at, sentence(), number, answers)
                if shows:
                    member = f"media_attachments/files/{number:012d}/original/{dice.getrandbits(64):016x}.jpg"
                    note["attachment"] = [
                        {"type": "Document", "mediaType": "image/jpeg", "url": member, "name": "A view"}
                    ]
                    members.append((member, number))
                activity = {"id": f"{note['id']}/activity", "type": "Create", "actor": actor, "object": note}
                file.write(b"," * (number > 0) + json.dumps(activity, separators=(",", ":")).encode())
            file.write(b"]}")
        for member, number in members:
            archive.writestr(member, _picture(number % _DIFFERENT), zipfile.ZIP_STORED)


def _course(dice: random.Random, posts: int, pictures: int) -> Iterator[tuple[int, bool, int | None]]:
    """Say of each post when it was written, whether it shows a picture, and which it answers: each fifth its last."""
    shown = 0
    for number in range(posts):
        shows = shown < pictures and number * pictures >= shown * posts
        shown += shows
        yield _moment(number, posts), shows, number - 1 if number and dice.random() < 0.2 else None


def _moment(number: int, posts: int) -> int:
    return _FIRST + number * (_SPAN // posts)


def _snowflake(at: int, number: int) -> str:
    return str((at - _EPOCH) << 22 | number & 0x3FFFFF)


def _utc(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at // 1_000, dt.UTC)


def _tweet(dice: random.Random, at: int, words: str, own: str, answered: str | None) -> dict[str, Any]:
    """Return a tweet with the fields that X writes for every one of them."""
    short, address = f"https://t.co/{dice.getrandbits(58):015x}", f"https://example.org/{dice.randrange(10**6)}"
    link = {"url": short, "expanded_url": address, "display_url": address[8:], "indices": ["0", "23"]}
    tweet: dict[str, Any] = {
        "edit_info": {"initial": {"editTweetIds": [own], "editsRemaining": "5", "isEditEligible": True}},
        "retweeted": False,
        "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": [link]},
        "display_text_range": ["0", str(len(words))],
        "favorite_count": str(dice.randrange(50)),
        "id_str": own,
        "truncated": False,
        "retweet_count": str(dice.randrange(9)),
        "id": own,
        "created_at": f"{_utc(at):%a %b %d %H:%M:%S} +0000 {_utc(at):%Y}",
        "favorited": False,
        "full_text": f"{words} #topic{dice.randrange(40)} {short}",
        "lang": "en",
    }
    if answered is not None:
        tweet["in_reply_to_status_id_str"] = answered
        tweet["in_reply_to_screen_name"] = NAME
    return tweet


def _show(tweet: dict[str, Any], number: int) -> str:
    """Let a tweet show a picture; return what the archive calls it."""
    file = f"F{number:014d}.jpg"
    media = {
        "url": f"https://t.co/p{number:09d}",
        "media_url_https": f"https://pbs.twimg.com/media/{file}",
        "type": "photo",
        "sizes": {size: {"w": "680", "h": "510", "resize": "fit"} for size in ("small", "medium", "thumb", "large")},
    }
    tweet["full_text"] += f" {media['url']}"
    tweet["extended_entities"] = {"media": [media]}
    return f"data/tweets_media/{tweet['id_str']}-{file}"


def _note(actor: str, at: int, words: str, number: int, answers: int | None) -> dict[str, Any]:
    uri = f"{actor}/statuses/{number}"
    content = (
        f'<p>{words} <a href="{_SERVER}/tags/topic" class="mention hashtag" rel="tag">#<span>topic</span></a> '
        f'<a href="https://example.org/{number}" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">https://</span><span>example.org/{number}</span></a></p>'
    )
    return {
        "id": uri,
        "type": "Note",
        "summary": None,
        "inReplyTo": None if answers is None else f"{actor}/statuses/{answers}",
        "published": f"{_utc(at):%Y-%m-%dT%H:%M:%SZ}",
        "attributedTo": actor,
        "to": [_PUBLIC],
        "cc": [f"{actor}/followers"],
        "sensitive": False,
        "content": content,
        "contentMap": {"en": content},
        "attachment": [],
        "tag": [{"type": "Hashtag", "href": f"{_SERVER}/tags/topic", "name": "#topic"}],
        "replies": {"id": f"{uri}/replies", "type": "Collection", "first": {"type": "CollectionPage", "items": []}},
    }


@cache
def _picture(number: int) -> bytes:
    """Draw something that is as dear to decode as a photograph."""
    dice = random.Random(number)  # noqa: S311 - as above
    image = Image.frombytes("RGB", (24, 16), dice.randbytes(24 * 16 * 3)).resize(_SIZE, Image.Resampling.BICUBIC)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
