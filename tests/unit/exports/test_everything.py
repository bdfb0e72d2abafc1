"""An archive holds everything that is kept about a member, or a reason why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fixtures_store import import_all_tables
from palabre.exports.posts import COLUMNS, COLUMNS_ELSEWHERE, POST_LEFT_OUT
from palabre.exports.sections import NOT_EXPORTED, SECTIONS
from palabre.ids import AccountId
from palabre.posts.model import Draft
from palabre.rights.kept import KEPT, kept
from palabre.store import METADATA
from palabre.store.statement import statement
from people import People
from unit.exports.archives import Network, contents, names, read, text
from unit.rights.test_leaving import Town

_IN_POSTS = {"post", "poll", "poll_choice", "post_version", "attachment", "unpublished"}
_IN_MANIFEST = {
    "account": {
        "id", "username", "username_key", "domain", "display_name", "bio", "fields", "avatar", "avatar_description",
        "header", "header_description", "locked", "bot", "discoverable", "indexable", "standing", "created",
        "posts_count", "followers_count", "following_count", "last_post", "badges", "limited", "sensitized",
        "role", "shows", "attribution_domains",
        # of accounts elsewhere only
        "uri", "url", "inbox", "shared_inbox", "public_key", "fetched",
    },
    "login": {
        "account", "preferences", "signup_reason", "created", "email_sealed", "disabled",
        # secrets
        "password_hash", "email_key",
        # a number of this network: the program that signed the member up here
        "app",
    },
}  # fmt: skip
_SECTION_OF = {section.table.name: section for section in SECTIONS}


def test_every_table_of_a_member_is_in_the_archive_or_left_out_with_a_reason() -> None:
    written = {section.table.name for section in SECTIONS} | _IN_POSTS | set(_IN_MANIFEST)
    assert written & set(NOT_EXPORTED) == set()
    assert written | set(NOT_EXPORTED) == set(KEPT)
    assert all(len(reason) > 10 for reason in NOT_EXPORTED.values())


def test_every_column_too() -> None:
    import_all_tables()
    for name in set(KEPT) - set(NOT_EXPORTED):
        columns = {column.name for column in METADATA.tables[name].columns}
        if name in _IN_MANIFEST:
            assert columns == _IN_MANIFEST[name], name
        elif name == "post":
            assert columns == {column.name for column in COLUMNS} | set(POST_LEFT_OUT)
        elif name in _IN_POSTS:
            continue  # the next test looks at what is written
        else:
            accounted: set[str] = set()
            for section in SECTIONS:
                if section.table.name == name:
                    accounted |= {field.column.name for field in section.fields} | set(section.left_out)
            assert columns == accounted, name


_CALLED = {
    "post": {
        **dict.fromkeys(("replies_count", "reposts_count", "likes_count", "quotes_count", "ups", "downs"), "counts"),
        "entities": "text",
    },
    "attachment": {"focus_x": "focus", "focus_y": "focus", "captions_language": "captions_language"},
    "post_version": {},
    "poll": {},
    "poll_choice": {},
    "unpublished": {"content": "text"},
}
"""Columns of posts and of what hangs on them that have another name in the archive."""


def test_what_is_read_of_a_post_is_written_too(people: People, network: Network) -> None:
    town = Town(people)
    made = contents(network.archive(town.ana))
    records = {
        "post": made["posts"],
        "poll": [each["poll"] for each in made["posts"] if each["poll"]],
        "poll_choice": [one for each in made["posts"] if each["poll"] for one in each["poll"]["choices"]],
        "post_version": [one for each in made["posts"] for one in each["versions"]],
        "attachment": [one for each in made["posts"] for one in each["media"]],
        "unpublished": made["unpublished"],
    }
    assert set(records) == _IN_POSTS
    for name, found in records.items():
        assert found, name
        left_out = POST_LEFT_OUT if name == "post" else COLUMNS_ELSEWHERE[name]
        columns = {column.name for column in METADATA.tables[name].columns}
        assert set(left_out) <= columns, name
        called = {_CALLED[name].get(column, column) for column in columns - set(left_out)}
        for record in found:
            assert called <= set(record), name
    fields = set(Draft.__struct_fields__) - {"app"}  # a number of this database
    assert all(fields <= set(each) for each in made["unpublished"])


@pytest.fixture
def network(people: People, tmp_path: Path) -> Network:
    return Network(people.store, tmp_path / "here", "here.example")


def test_the_rows_that_are_kept_are_the_rows_that_are_written(people: People, network: Network) -> None:
    town = Town(people)
    counts = people.store.read(kept, town.ana)
    made = contents(network.archive(town.ana))
    of_table: dict[str, int] = {}
    for section in SECTIONS:
        of_table[section.table.name] = of_table.get(section.table.name, 0) + len(made[section.name])
    of_others = {"reply_request": 2}  # what somebody else decided of her replies is his
    expected = {name: counts[name] - of_others.get(name, 0) for name in of_table}
    assert of_table == expected
    assert sum(of_table.values()) > 25
    posts = made["posts"]
    assert len(posts) == counts["post"]
    assert sum(len(post["versions"]) for post in posts) == counts["post_version"] == 1
    assert sum(post["poll"] is not None for post in posts) == counts["poll"] == 1
    assert sum(len(post["media"]) for post in posts) == counts["attachment"]
    assert len(made["unpublished"]) == counts["unpublished"] == 1
    assert made["login"]["email"] == "ana@example.org"


def test_no_secret_and_no_number_of_the_database_leaves(people: People, network: Network) -> None:
    town = Town(people)
    archive = network.archive(town.ana)
    numbers = re.compile("|".join(rf"(?<!\d){number}(?!\d)" for number in (town.ana, town.ben, town.anas, town.bens)))
    files = [name for name in names(archive) if name.endswith((".json", ".csv"))]
    assert len(files) > 30
    for name in files:
        assert numbers.search(text(archive, name)) is None, name
        assert "password" not in text(archive, name), name


def test_mastodon_finds_the_files_that_it_writes_itself(people: People, network: Network) -> None:
    town = Town(people)
    archive = network.archive(town.ana)
    assert {
        "actor.json", "outbox.json", "likes.json", "bookmarks.json", "following_accounts.csv", "blocked_accounts.csv",
        "muted_accounts.csv", "lists.csv", "bookmarks.csv", "blocked_domains.csv", "palabre.json",
    } <= set(names(archive))  # fmt: skip
    actor, outbox = read(archive, "actor.json"), read(archive, "outbox.json")
    assert actor["preferredUsername"] == "Ana"
    assert outbox["totalItems"] == len(outbox["orderedItems"]) == 9
    kinds = {each["type"] for each in outbox["orderedItems"]}
    assert kinds == {"Create", "Announce"}
    asked = next(
        each["object"] for each in outbox["orderedItems"] if each["type"] == "Create" and "oneOf" in each["object"]
    )
    assert (asked["type"], [each["name"] for each in asked["oneOf"]]) == ("Question", ["one", "two"])
    assert len(read(archive, "likes.json")["orderedItems"]) == 1
    assert len(read(archive, "bookmarks.json")["orderedItems"]) == 1


def test_reading_a_batch_takes_as_many_statements_whatever_is_in_it(people: People, network: Network) -> None:
    from palabre.exports.posts import _batch

    town = Town(people)
    people.store.read(_batch, town.ben, 0, network.here)
    few = people.store.statements
    people.store.read(_batch, town.ana, 0, network.here)
    assert people.store.statements <= max(few, 7)


def test_nobody_elses_rows_are_in_it(people: People, network: Network) -> None:
    town = Town(people)
    made = contents(network.archive(town.ana))
    assert {note["text"] for note in made["notes"]} == {"kind"}
    assert [each["account"] for each in made["follows"]] == ["ben@here.example"]
    notes = statement(METADATA.tables["account_note"].select())
    assert len(people.store.read(lambda db: db.all(notes))) == 2
    assert AccountId(town.ana)
