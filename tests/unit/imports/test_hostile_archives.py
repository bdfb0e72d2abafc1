"""Archives made to hurt: bombs, names that lead elsewhere, passwords, links, cuts."""

from __future__ import annotations

import contextlib
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imports.mastodon_exports import mastodon_archive
from imports.x_archives import twitter_archive
from palabre.clock import Instant
from palabre.imports import Limits, Part, Plan, Reason, open_archive
from palabre.imports.errors import ArchiveEncrypted, ArchiveTooLarge, NotAnArchive

NOW = Instant(1_800_000_000_000)
HEAD = b"window.YTD.tweets.part0 = [\n"


def zip_of(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_js", ".js"), content)
    return path


@pytest.fixture
def read() -> Iterator[Callable[..., Plan]]:
    with contextlib.ExitStack() as stack:

        def plan(path: Path, limits: Limits | None = None) -> Plan:
            with open_archive(path, limits=limits) as archive:
                records = archive.records(here="palabre.example", now=NOW)
                return stack.enter_context(contextlib.closing(Plan(records, path.parent)))

        yield plan


def test_a_bomb_is_refused_before_it_has_unpacked_much(tmp_path: Path, read: Callable[..., Plan]) -> None:
    bomb = zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9)
    with bomb, bomb.open("data/tweets.js", "w") as member:
        member.write(HEAD)
        for _ in range(400):
            member.write(b'{"tweet":{}}' + b" " * (1 << 20) + b",")
    with pytest.raises(ArchiveTooLarge):
        read(tmp_path / "bomb.zip")


def test_a_list_of_nothings_without_end_is_refused(tmp_path: Path, read: Callable[..., Plan]) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("data/tweets.js", HEAD + b"{}," * 10_000 + b"]")
    assert read(tmp_path / "a.zip", Limits(entries=10_000)).left_out.counts[Part.POST, Reason.DAMAGED] == 10_000
    with pytest.raises(ArchiveTooLarge):
        read(tmp_path / "a.zip", Limits(entries=9_999))


def test_many_members_that_are_each_allowed_are_refused_together(tmp_path: Path, read: Callable[..., Plan]) -> None:
    made = twitter_archive(tmp_path / "a.zip", posts=200)
    with pytest.raises(ArchiveTooLarge):
        read(made.path, Limits(total=100_000))


def test_a_compressed_tar_that_grows_without_end_is_refused(tmp_path: Path, read: Callable[..., Plan]) -> None:
    path = tmp_path / "bomb.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("outbox.json")
        member.size = 1 << 20
        archive.addfile(member, io.BytesIO(b" " * member.size))
    with pytest.raises(ArchiveTooLarge):
        read(path, Limits(total=1 << 19))


def test_a_table_of_contents_without_end_is_refused_unread(tmp_path: Path, read: Callable[..., Plan]) -> None:
    made = twitter_archive(tmp_path / "a.zip")
    with pytest.raises(ArchiveTooLarge):
        read(made.path, Limits(directory=100))


def test_names_that_lead_out_of_the_archive_are_listed_and_never_used(
    tmp_path: Path, read: Callable[..., Plan]
) -> None:
    (tmp_path / "in").mkdir()
    made = twitter_archive(tmp_path / "in" / "a.zip")
    with zipfile.ZipFile(made.path, "a") as archive:
        for name in (
            "../../escaped.js",
            "/etc/escaped",
            "data/../../escaped",
            "C:\\escaped",
            "data\\..\\..\\escaped",
        ):
            archive.writestr(name, "escaped")
    plan = read(made.path)
    assert plan.total == len(made.posts)
    assert plan.left_out.counts[Part.FILE, Reason.UNSAFE_NAME] == 5
    assert not list(tmp_path.rglob("*escaped*"))
    assert list(made.path.parent.iterdir()) == [made.path]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_members_with_one_name_the_first_counts(tmp_path: Path, read: Callable[..., Plan]) -> None:
    made = twitter_archive(tmp_path / "a.zip")
    with zipfile.ZipFile(made.path, "a") as archive:
        archive.writestr("data/tweets.js", "window.YTD.tweets.part0 = [ ]")
    plan = read(made.path)
    assert plan.total == len(made.posts)
    assert plan.left_out.counts[Part.FILE, Reason.TWICE] == 1


def test_a_password_is_named_as_the_obstacle(tmp_path: Path, read: Callable[..., Plan]) -> None:
    path = zip_of(tmp_path / "a.zip", data__tweets_js=HEAD + b"]")
    content = bytearray(path.read_bytes())
    central = content.index(b"PK\x01\x02")
    content[6] |= 1
    content[central + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(ArchiveEncrypted):
        read(path)


def test_links_in_a_tar_are_not_followed(tmp_path: Path, read: Callable[..., Plan]) -> None:
    (tmp_path / "secret").write_text('{"orderedItems":[]}')
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, kind in (("outbox.json", tarfile.SYMTYPE), ("actor.json", tarfile.LNKTYPE), ("x", tarfile.CHRTYPE)):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, str(tmp_path / "secret")
            archive.addfile(member)
    with pytest.raises(NotAnArchive):
        read(path)


def test_links_in_a_zip_are_not_followed(tmp_path: Path, read: Callable[..., Plan]) -> None:
    made = twitter_archive(tmp_path / "a.zip", pictures=0)
    link = zipfile.ZipInfo("data/tweets_media/1-a.jpg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(made.path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    assert read(made.path).left_out.counts[Part.FILE, Reason.NOT_SUPPORTED] == 1


def test_an_address_that_is_none_costs_only_its_picture(tmp_path: Path, read: Callable[..., Plan]) -> None:
    made = mastodon_archive(tmp_path / "in.zip", posts=3, pictures=1, videos=0)
    with zipfile.ZipFile(made.path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    outbox = json.loads(members["outbox.json"])
    attachments = [each for item in outbox["orderedItems"] for each in item["object"].get("attachment", ())]
    attachments[0]["url"] = "http://["
    members["outbox.json"] = json.dumps(outbox).encode()
    plan = read(zip_of(tmp_path / "a.zip", **members))
    assert plan.total == len(made.posts)
    assert plan.left_out.counts[Part.MEDIA, Reason.FILE_MISSING] == 1


@pytest.mark.parametrize("make", [twitter_archive, mastodon_archive])
def test_an_archive_that_was_cut_off_still_gives_its_beginning(
    tmp_path: Path, make: object, read: Callable[..., Plan]
) -> None:
    made = make(tmp_path / "a.tar.gz" if make is mastodon_archive else tmp_path / "a.zip", posts=400, pictures=0)
    if make is mastodon_archive:  # gzip: the end is missing
        content = made.path.read_bytes()
        made.path.write_bytes(content[: len(content) // 6])
    else:  # zip: bytes in the middle of the posts are wrong
        content = bytearray(made.path.read_bytes())
        with zipfile.ZipFile(made.path) as archive:
            member = archive.getinfo("data/tweets.js")
        middle = member.header_offset + member.compress_size // 2
        content[middle : middle + 400] = b"\xff" * 400
        made.path.write_bytes(content)
    plan = read(made.path)
    found = {post.source_key: post.text for _, post in plan.posts()}
    assert 20 < len(found) < len(made.posts)
    assert found.items() <= made.posts.items()
    assert plan.left_out.counts[Part.FILE, Reason.DAMAGED] >= 1


def test_a_wrong_checksum_is_listed_and_what_was_readable_is_kept(tmp_path: Path, read: Callable[..., Plan]) -> None:
    made = mastodon_archive(tmp_path / "a.zip", posts=30, pictures=0)
    content = bytearray(made.path.read_bytes())
    central = content.index(b"PK\x01\x02")
    while b"outbox.json" not in content[central : central + 60]:
        central = content.index(b"PK\x01\x02", central + 4)
    struct.pack_into("<L", content, central + 16, 0xDEADBEEF)
    made.path.write_bytes(content)
    plan = read(made.path)
    assert plan.total == len(made.posts)
    assert plan.left_out.counts[Part.FILE, Reason.DAMAGED] == 1


def test_another_encoding_is_said_to_be_one(tmp_path: Path, read: Callable[..., Plan]) -> None:
    text = "window.YTD.tweets.part0 = [ ]".encode("utf-16")
    plan = read(zip_of(tmp_path / "a.zip", data__tweets_js=text, data__account_js=b"x"))
    assert "UTF-8" in plan.left_out.listed[0].where


def test_a_file_full_of_damage_is_given_up_soon(tmp_path: Path, read: Callable[..., Plan]) -> None:
    broken = HEAD + b",\n".join([b'{"tweet" : {"full_text" : "'] * 50_000) + b"]"
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("data/tweets.js", broken)
    plan = read(tmp_path / "a.zip")
    assert plan.total == 0
    assert plan.left_out.counts[Part.POST, Reason.DAMAGED] == Limits().resyncs
    assert plan.left_out.counts[Part.FILE, Reason.DAMAGED] == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        b"PK\x03\x04" + b"\x00" * 100,
        b"\x1f\x8b" + b"\x00" * 100,
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 600,
        b"hello",
    ],
)
def test_what_is_no_archive_is_refused_as_such(tmp_path: Path, content: bytes, read: Callable[..., Plan]) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(NotAnArchive):
        read(tmp_path / "file")


def test_a_zip_of_something_else_is_refused(tmp_path: Path, read: Callable[..., Plan]) -> None:
    with pytest.raises(NotAnArchive):
        read(zip_of(tmp_path / "a.zip", holiday=b"photos"))
