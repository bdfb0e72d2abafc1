"""What leaves one Palabre comes whole into another, and leaves that one as it came."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fixtures_store import Store
from palabre import clock
from palabre.clock import now
from palabre.filters import actions as filters
from palabre.filters.queries import filters_of
from palabre.imports.model import State
from palabre.imports.palabre import IMPORTED
from palabre.media.storage import keep, new_name
from palabre.notifications.subscriber import subscriber as telling
from palabre.paging import Window
from palabre.posts.unpublished import delete_draft, drafts_page
from palabre.sources.queries import source_of
from people import People
from unit.exports.archives import Network, contents
from unit.exports.rich import Rich

_ABOUT_ITS_NETWORK = {
    "followers", "follow_requests_received", "mentioned_in", "notifications", "conversations", "announcements_read",
    "announcement_reactions", "appeals", "reports", "read_positions", "imports", "annual_reports", "replies_decided",
}  # fmt: skip
"""Arrays that another network does not take in, since they tell what happened in the first."""


@pytest.fixture(autouse=True)
def _ticking(monkeypatch: pytest.MonkeyPatch) -> None:
    """No two moments are the same: an import parts posts of the same millisecond, so that they keep their order."""
    real, last = clock.now, 0

    def tick() -> clock.Instant:
        nonlocal last
        last = max(real(), last + 1)
        return clock.Instant(last)

    monkeypatch.setattr(clock, "now", tick)


@pytest.fixture
def here(store: Store, tmp_path: Path) -> Network:
    return Network(store, tmp_path / "here", "here.example")


@pytest.fixture
def there(elsewhere: Store, tmp_path: Path) -> Network:
    network = Network(elsewhere, tmp_path / "there", "there.example")
    People(elsewhere).member("ben")  # somebody else of that name
    return network


def _normal(made: dict[str, Any], archive: Path) -> dict[str, Any]:
    """What is the same wherever it is kept: no ids, no dates of today, people by their full names."""
    posts = {post["id"]: post for post in made["posts"]}
    label = {
        number: post["text"] or f"repost of {posts.get(post['repost_of'], {}).get('text')}"
        for number, post in posts.items()
    }

    def named(address: str | None) -> str | None:
        return label.get(address, address) if address else None

    waiting = {name: made[name] for name in made if name.startswith("waiting_")}
    found: dict[str, Any] = {
        "profile": {
            name: value
            for name, value in made["profile"].items()
            if name not in {"account", "actor", "created", "counts", "last_post", "avatar", "header", "verified"}
        },
        "preferences": made["preferences"],
        "avatar": made["profile"]["avatar"] is not None,
        "header": made["profile"]["header"] is not None,
        "posts": sorted(
            (_post(post, named, archive) for post in made["posts"] if not post["repost_of"]),
            key=lambda post: post["created"],
        ),
        "reposts": sorted(
            [named(post["repost_of"]) for post in made["posts"] if post["repost_of"]] + _targets(waiting, "repost")
        ),
        "unpublished": [
            {
                **{
                    name: value
                    for name, value in each.items()
                    if name not in {"id", "changed", "media", "reply_to", "quote"}
                },
                "media": [_media(one, archive) for one in each["media"]],
                "reply_to": named(each["reply_to"]),
                "quote": named(each["quote"]),
            }
            for each in made["unpublished"]
        ],
        "lists": sorted((each["title"], each["replies"], each["exclusive"]) for each in made["lists"]),
        "filters": [{name: value for name, value in each.items() if name != "id"} for each in made["filters"]],
        "filter_keywords": [(each["keyword"], each["whole_word"]) for each in made["filter_keywords"]],
        "filter_posts": [named(each["post"]) for each in made["filter_posts"]],
    }
    titles = {each["id"]: each["title"] for each in made["lists"]}
    members = [f"{each['account']} {titles[each['list']]}" for each in made["list_members"]]
    found["list_members"] = sorted(members + _targets(waiting, "list"))
    found |= _curated(made, waiting)
    for name in ("domain_blocks", "followed_hashtags", "featured_hashtags", "notification_policy", "feed_entries"):
        found[name] = made[name]
    follows = [
        (each["account"], each["show_reposts"], each["notify"], tuple(each["languages"]))
        for each in made["follows"] + made["follow_requests"]
    ]
    found["follows"] = sorted(follows + [
        (
            each["target"], each["choices"].get("show_reposts", True), each["choices"].get("notify", False),
            tuple(each["choices"].get("languages", ())),
        )
        for each in waiting["waiting_follow"]
    ])  # fmt: skip
    found["mutes"] = sorted(
        [(each["account"], each["notifications"], (each["expires"] or "")[:16]) for each in made["mutes"]]
        + [
            (
                each["target"], each["choices"].get("hide_notifications", True),
                _minute(each["choices"].get("expires")),
            )
            for each in waiting["waiting_mute"]
        ]
    )  # fmt: skip
    found["notes"] = sorted(
        [(each["account"], each["text"]) for each in made["notes"]]
        + [(each["target"], each["choices"]["text"]) for each in waiting["waiting_note"]]
    )
    for name, tie in (
        ("blocks", "block"), ("endorsements", "endorsement"), ("notification_permissions", "permission"),
        ("suggestions_dismissed", "dismissal"),
    ):  # fmt: skip
        found[name] = sorted([each["account"] for each in made[name]] + _targets(waiting, tie))
    for word, tie in (("liked", "like"), ("bookmarked", "bookmark"), ("pinned", "pin")):
        marked = [named(each["post"]) for each in made["marks"] if each[word]]
        found[word] = sorted(marked + _targets(waiting, tie))
    muted = [named(each["post"]) for each in made["muted_conversations"]]
    found["muted_conversations"] = sorted(muted + _targets(waiting, "muted_conversation"))
    quotes = [named(post["quote_of"]) for post in made["posts"] if post["quote_of"]]
    found["quotes"] = sorted(quotes + _targets(waiting, "quote"))
    return found


def _curated(made: dict[str, Any], waiting: dict[str, Any]) -> dict[str, Any]:
    said = ("name", "description", "language", "hashtag", "sensitive", "discoverable")
    numbers = [each["id"] for each in made["collections"]]
    names = [each["name"] for each in made["collections"]]
    called = {
        number: f"{names[: place + 1].count(names[place])} {names[place]}" for place, number in enumerate(numbers)
    }
    return {
        "collections": [{name: each[name] for name in said} for each in made["collections"]],
        "collection_members": sorted(
            [
                (f"{each['account']} {called[each['collection']]}", each["withdrawn"])
                for each in made["collection_members"]
            ]
            + [(each["target"], each["choices"].get("withdrawn", False)) for each in waiting["waiting_collected"]]
        ),
        "feeds": [(each["url"], each["title"], each["created"]) for each in made["feeds"]],
        "reply_rules": sorted(
            [(each["account"], each["state"]) for each in made["reply_rules"]]
            + [(each["target"], each["choices"]["text"]) for each in waiting["waiting_reply_rule"]]
        ),
    }


def _targets(waiting: dict[str, Any], tie: str) -> list[str]:
    return [each["target"] for each in waiting[f"waiting_{tie}"]]


def _minute(at: int | None) -> str:
    from palabre.clock import iso

    return "" if at is None else iso(at)[:16]


def _media(media: dict[str, Any], archive: Path) -> dict[str, Any]:
    with zipfile.ZipFile(archive) as opened:
        assert opened.getinfo(media["file"]).file_size == media["size"]
        words = opened.read(media["captions"]).decode() if media["captions"] else None
    shown = {name: media[name] for name in ("kind", "width", "height", "description", "focus", "captions_language")}
    return {**shown, "captions": words}


def _post(post: dict[str, Any], named: Callable[[str | None], str | None], archive: Path) -> dict[str, Any]:
    """A post; what it answers or quotes of somebody else cannot be followed from the other network."""
    same = (
        "created", "edited", "text", "warning", "sensitive", "language", "visibility", "hashtags", "quote_policy",
        "reply_policy",
    )  # fmt: skip
    own = named(post["reply_to"])
    poll = {k: v for k, v in post["poll"].items() if k != "expires"} if post["poll"] else None
    return {
        **{name: post[name] for name in same},
        "reply_to": own if own and not own.startswith("https://") else None,
        "media": [_media(each, archive) for each in post["media"]],
        "poll": poll,
        "versions": [
            {
                **{name: each[name] for name in ("created", "text", "warning", "sensitive", "choices")},
                "media": [one["description"] for one in each["media"]],
            }
            for each in post["versions"]
        ],
    }


def test_everything_comes_and_leaves_again_as_it_came(here: Network, there: Network) -> None:
    rich = Rich(here)
    first = here.archive(rich.ana)
    other = People(there.store).member("ana")
    run = there.take_in(other, first)
    assert run.state is State.DONE
    problems = {
        name: count for name, count in run.left_out.items() if not name.endswith((".not_found_here", ".already_here"))
    }
    assert problems == {}, run.listed
    second = there.archive(other)
    before, after = _normal(contents(first), first), _normal(contents(second), second)
    assert set(before) == set(after)
    for name in before:
        assert after[name] == before[name], name
    assert len(before["posts"]) == 8
    assert len(before["collections"]) == 3
    assert [each for each in before["collection_members"] if each[1]] == [("gil@here.example 1 Birds", True)]
    assert {each["reply_policy"] for each in before["posts"]} == {"all", "mentioned"}
    assert any(post["versions"] for post in before["posts"])
    assert before["avatar"]
    assert before["header"]


def test_everything_is_chosen_otherwise_than_it_is_by_itself(here: Network) -> None:
    """What is lost on the way would else come as what nobody has chosen, and the test before would see nothing."""
    made = contents(here.archive(Rich(here).ana))
    plain = contents(here.archive(People(here.store).member("plain")))
    usual = {
        "lists": {"replies": "list", "exclusive": False},
        "filters": {"act": "warn", "expires": None},
        "filter_keywords": {"whole_word": True},
        "follows": {"show_reposts": True, "notify": False, "languages": []},
        "mutes": {"notifications": True, "expires": None},
        "collections": {
            "description": "", "language": None, "hashtag": None, "sensitive": False, "discoverable": True,
        },
        "collection_members": {"withdrawn": False},
        "posts": {
            "edited": None, "warning": "", "sensitive": False, "language": None, "visibility": "public",
            "reply_to": None, "repost_of": None, "quote_of": None, "quote_policy": "all", "reply_policy": "all",
            "media": [], "poll": None, "versions": [],
        },
        "unpublished": {
            "due": None, "text": "", "warning": "", "sensitive": False, "language": None, "visibility": "public",
            "reply_to": None, "quote": None, "quote_policy": "all", "reply_policy": "all", "poll": None, "media": [],
        },
    }  # fmt: skip
    same = [name for name, value in plain["profile"].items() if made["profile"][name] == value]
    assert set(same) <= {"standing", "verified", "limited", "media_covered"}
    lost = [
        f"{array}: {name}"
        for array, fields in usual.items()
        for name, value in fields.items()
        if all(row[name] == value for row in made[array])
    ]
    assert lost == []


def test_what_no_database_holds_costs_its_row_alone(here: Network, there: Network, tmp_path: Path) -> None:
    rich = Rich(here)
    changed = tmp_path / "changed.zip"
    with zipfile.ZipFile(here.archive(rich.ana)) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "palabre/filters.json":
                content = content.replace(b'"title":"', b'"title":"a\\u0000b')
            if name == "palabre/lists.json":
                content = content.replace(b'"title":"work', b'"number":%d,"title":"work' % 2**70)
            target.writestr(name, content)
    other = People(there.store).member("ana")
    run = there.take_in(other, changed)
    assert run.state is State.DONE
    assert run.left_out["setting.damaged"] == 1
    after = contents(there.archive(other))
    assert [each["title"][:2] for each in after["filters"]] == ["ab"]
    assert [each["title"] for each in after["lists"]] == ["=friends"]
    assert len(after["posts"]) >= 8


def test_a_second_time_adds_nothing(here: Network, there: Network) -> None:
    rich = Rich(here)
    archive = here.archive(rich.ana)
    other = People(there.store).member("ana")
    there.take_in(other, archive)
    before = contents(there.archive(other))
    files = sorted(there.media.names(before=now()))
    again = there.take_in(other, archive)
    assert (again.state, again.added) == (State.DONE, 0)
    after = contents(there.archive(other))
    for name in IMPORTED:
        assert after[name] == before[name], name
    assert sorted(there.media.names(before=now())) == files


def test_brought_back_into_the_same_network_it_adds_nothing(here: Network) -> None:
    rich = Rich(here)
    archive = here.archive(rich.ana)
    before = contents(here.archive(rich.ana))
    files = sorted(here.media.names(before=now()))
    run = here.take_in(rich.ana, archive)
    after = contents(here.archive(rich.ana))
    assert [post["id"] for post in after["posts"]] == [post["id"] for post in before["posts"]]
    for name in IMPORTED - {"posts"}:
        assert after[name] == before[name], name
    assert (len(after["filters"]), len(after["unpublished"])) == (1, 2)
    assert run.left_out["post.already_here"] == 8
    assert run.left_out["setting.already_here"] == 3
    assert sorted(here.media.names(before=now())) == files


def test_what_was_deleted_since_comes_back_from_the_archive_once(here: Network) -> None:
    rich = Rich(here)
    archive = here.archive(rich.ana)
    before = contents(archive)
    for kept in here.store.read(filters_of, rich.ana):
        rich.write(filters.delete_filter, rich.ana, kept.id)
    for draft in here.store.read(drafts_page, rich.ana, Window()).items:
        rich.write(delete_draft, rich.ana, draft.id)
    for _ in range(2):
        here.take_in(rich.ana, archive)
    after = contents(here.archive(rich.ana))
    assert [each["title"] for each in after["filters"]] == [each["title"] for each in before["filters"]]
    assert [each["text"] for each in after["unpublished"]] == ["tomorrow", "later @ben"]


def test_another_member_of_the_same_network_has_the_same_people(here: Network) -> None:
    rich = Rich(here)
    archive = here.archive(rich.ana)
    before = contents(archive)
    other = rich.people.member("other")
    here.store.advance(telling)
    told = len(rich.people.kinds("graph.collected"))
    here.take_in(other, archive)
    after = contents(here.archive(other))
    for name in ("reply_rules", "feed_entries"):
        assert after[name] == before[name], name
    for made in (before, after):
        assert len({each["collection"] for each in made["collection_members"]}) == 2
    people = [
        [(each["account"], each["withdrawn"]) for each in made["collection_members"]] for made in (before, after)
    ]
    assert people[0] == people[1]
    assert ("gil@here.example", True) in people[0]
    assert len(rich.people.kinds("graph.collected")) == told + 3, "whoever has left is not told"


def test_an_archive_of_before_brings_its_feed(here: Network, there: Network, tmp_path: Path) -> None:
    rich = Rich(here)
    archive = here.archive(rich.ana)
    older = tmp_path / "older.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(older, "w") as new:
        for name in old.namelist():
            if name != "palabre/feed_entries.json":
                new.writestr(name, old.read(name))
    other = People(there.store).member("ana")
    run = there.take_in(other, older)
    assert not [name for name in run.left_out if name.startswith(("file.", "setting."))]
    source = there.store.read(source_of, other)
    assert source is not None
    assert (source.url, source.fetched) == ("https://blog.example/feed?key=s", None)


@pytest.mark.parametrize(
    ("array", "row"),
    [
        ("feeds", {"url": "file:///etc/passwd"}),
        ("feed_entries", {"entry": "00" * 40}),
        ("reply_rules", {"account": "fae@here.example", "state": "approved"}),
        ("collections", {"id": "1", "name": "x" * 1_000}),
        ("collection_members", {"account": "fae@here.example", "collection": "1", "withdrawn": False}),
    ],
)
def test_what_no_palabre_writes_is_left_out_with_a_word(
    here: Network, tmp_path: Path, array: str, row: dict[str, Any]
) -> None:
    rich = Rich(here)
    archive = here.archive(rich.ana)
    wrong = tmp_path / "wrong.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(wrong, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == f"palabre/{array}.json":
                content = b'{"items":[\n%s\n]}\n' % msgspec.json.encode(row)
            new.writestr(name, content)
    other = rich.people.member("other")
    run = here.take_in(other, wrong)
    assert run.state is State.DONE
    assert (
        run.left_out.get("setting.refused", 0)
        + run.left_out.get("person.refused", 0)
        + run.left_out.get("person.damaged", 0)
    ), run.left_out
    assert contents(here.archive(other))[array] == []


def test_nobody_is_told_and_nobody_of_that_name_is_meant(here: Network, there: Network) -> None:
    rich = Rich(here)
    other = People(there.store).member("ana")
    there.take_in(other, here.archive(rich.ana))
    there.store.advance(telling)
    people = People(there.store)
    assert people.kinds("notification") == []
    assert people.kinds("post.created") == []
    made = contents(there.archive(other))
    assert not any(post["mentions"] for post in made["posts"])
    assert made["follows"] == made["blocks"] == made["mutes"] == []
    secret = next(post for post in made["posts"] if post["visibility"] == "mentioned")
    assert secret["text"] == "psst @ben@here.example, @nobody"


def test_what_is_damaged_is_listed_and_the_rest_comes(here: Network, there: Network, tmp_path: Path) -> None:
    rich = Rich(here)
    archive = here.archive(rich.ana)
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "palabre/posts.json":
                lines = content.split(b"\n")
                lines[3] = lines[3][:40] + b"\x00{{{"
                content = b"\n".join(lines)
            if name == "palabre/mutes.json":
                content = content.replace(b"cleo@here.example", b"not a name")
            if name == "palabre/notes.json":
                content = b"nonsense"
            new.writestr(name, content)
    other = People(there.store).member("ana")
    run = there.take_in(other, damaged)
    assert run.state is State.DONE
    assert run.left_out["post.damaged"] == 1
    assert run.left_out["person.damaged"] == 1
    assert run.left_out["file.damaged"] >= 1
    made = contents(there.archive(other))
    assert len([post for post in made["posts"] if not post["repost_of"]]) == 7
    assert len(made["lists"]) == 2


def test_captions_come_along(here: Network, there: Network) -> None:
    pytest.importorskip("av")
    from palabre.media.actions import add_attachment, caption
    from palabre.media.model import film_limits
    from palabre.media.processing import process_film
    from unit.media.films import film

    ana = People(here.store).member("ana")
    source = here.folder / "film.mp4"
    source.write_bytes(film())
    stored = keep(here.media, process_film(source, limits=film_limits(upload=64 << 20, seconds=60)))
    made = here.store.write(lambda tx: add_attachment(tx, ana, stored, description="a film"))
    name = new_name("vtt")
    here.media.put(name, b"WEBVTT\n\n00:00.000 --> 00:01.000\nhello\n")
    here.store.write(caption, ana, made.id, name, "en")
    People(here.store).post(ana, "look", media=(made.id,))
    archive = here.archive(ana)
    other = People(there.store).member("ana")
    assert there.take_in(other, archive).left_out == {}
    (post,) = contents(there.archive(other))["posts"]
    (media,) = post["media"]
    assert (media["kind"], media["description"], media["captions_language"]) == ("video", "a film", "en")
    assert media["captions"]


def test_nothing_of_an_archive_is_left_without_a_word() -> None:
    from palabre.exports.sections import SECTIONS

    assert {section.name for section in SECTIONS} | {
        "posts",
        "unpublished",
    } == IMPORTED | _ABOUT_ITS_NETWORK
