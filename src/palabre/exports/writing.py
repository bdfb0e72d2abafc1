"""Writes an archive: a zip, member after member, with no more in memory than some hundred rows. Blocks."""

from __future__ import annotations

import csv
import io
import os
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

import msgspec

from palabre import clock
from palabre.accounts.model import Account, Shows
from palabre.accounts.queries import account, email_of, login_of
from palabre.clock import iso
from palabre.exports.activities import Activities, collection
from palabre.exports.errors import ExportNotFound, NoRoom
from palabre.exports.model import FORMAT, MANIFEST, VERSION, Here, member_of
from palabre.exports.posts import FILES, drafts_of, posts_of
from palabre.exports.rows import rows_of
from palabre.exports.sections import SECTIONS
from palabre.graph.exports import Export, cell, exported
from palabre.ids import AccountId
from palabre.imports.model import Tie
from palabre.imports.queries import waiting_ties
from palabre.keyring import Keyring
from palabre.media.errors import MediaNotFound
from palabre.media.storage import MediaStore
from palabre.posts.model import Visibility
from palabre.store import Snapshot

_encode = msgspec.json.Encoder().encode
_ROOM: Final = 256 << 20
"""Bytes of the disk that are left free."""
_CHUNK: Final = 1 << 20

Read = Callable[..., Any]
"""``read(query, *args)`` runs a query on a snapshot of its own."""
Told = Callable[[int, int], None]
"""Hears how many steps were taken, of how many."""

_WAITING_FILES: Final = {Export.FOLLOWS: Tie.FOLLOW, Export.MUTES: Tie.MUTE, Export.BLOCKS: Tie.BLOCK}


class Writer:
    """Writes the archive of one member."""

    def __init__(self, *, read: Read, media: MediaStore, keyring: Keyring, here: Here, told: Told) -> None:
        self._read = read
        self._media = media
        self._keyring = keyring
        self._here = here
        self._told = told
        self._done = 0
        self._total = 0

    def write(self, member: AccountId, path: Path) -> None:
        """Write the archive of ``member`` to ``path``, durably.

        Raises:
            ExportNotFound: there is no such member.
            NoRoom: the disk is nearly full.

        """
        owner = self._read(account, member)
        if owner is None:
            raise ExportNotFound
        self._done, self._total = 0, owner.posts_count * 2 + len(SECTIONS)
        names = path.with_suffix(".media")
        try:
            with path.open("xb") as file, zipfile.ZipFile(file, "w", allowZip64=True) as made:
                self._write(made, owner, names)
            with path.open("rb") as whole:
                os.fsync(whole.fileno())
        finally:
            names.unlink(missing_ok=True)

    def _write(self, made: zipfile.ZipFile, owner: Account, names: Path) -> None:
        pictures = {"avatar": owner.avatar, "header": owner.header}
        inside = {what: f"{what}.{file.rpartition('.')[2]}" for what, file in pictures.items() if file}
        with names.open("w") as listed:
            self._palabre(made, owner, inside, listed.write)
        activities = Activities(owner, self._here)
        actor = activities.actor(icon=inside.get("avatar"), image=inside.get("header"))
        with _member(made, "actor.json") as out:
            out.write(_encode(actor))
        self._outbox(made, owner, activities)
        self._marks(made, owner)
        self._tables(made, owner)
        for what, name in inside.items():
            self._file(made, pictures[what] or "", name)
        with names.open() as listed:
            for line in listed:
                self._file(made, line.rstrip("\n"), FILES + line.rstrip("\n"))

    def _step(self, count: int = 1) -> None:
        self._done += count
        self._told(self._done, max(self._total, self._done))

    # palabre.json, and the arrays beside it

    def _palabre(
        self, made: zipfile.ZipFile, owner: Account, inside: dict[str, str], note: Callable[[str], object]
    ) -> None:
        with _member(made, MANIFEST) as out:
            out.write(_encode(self._read(_head, owner, self._keyring, self._here, inside)))
        self._items(made, "posts", self._posts(owner, note))
        self._items(made, "unpublished", self._drafts(owner, note))
        for section in SECTIONS:
            self._items(made, section.name, rows_of(self._read, section, owner.id, self._here))
            self._step()

    def _items(self, made: zipfile.ZipFile, name: str, batches: Iterable[list[dict[str, Any]]]) -> None:
        with _member(made, member_of(name)) as out:
            out.write(b'{"items":[')
            first = True
            for found in batches:
                first = _array(out, map(_encode, found), first=first)
            out.write(b"\n]}\n")

    def _posts(self, owner: Account, note: Callable[[str], object]) -> Iterator[list[dict[str, Any]]]:
        for found in posts_of(self._read, owner.id, self._here):
            for post in found:
                _note_files(post.record["media"], note)
            yield [post.record for post in found]
            self._step(len(found))

    def _drafts(self, owner: Account, note: Callable[[str], object]) -> Iterator[list[dict[str, Any]]]:
        for found in drafts_of(self._read, owner.id, self._here):
            for each in found:
                _note_files(each["media"], note)
            yield found

    # Mastodon's files

    def _outbox(self, made: zipfile.ZipFile, owner: Account, activities: Activities) -> None:
        count, first = 0, True
        with _member(made, "outbox.json") as out:
            out.write(_encode(collection("outbox.json"))[:-1] + b',"orderedItems":[')
            for found in posts_of(self._read, owner.id, self._here):
                shown = [post for post in found if post.record["visibility"] != Visibility.WAITING]
                first = _array(out, (_encode(activities.activity(post)) for post in shown), first=first)
                count += len(shown)
                self._step(len(found))
            out.write(b'],"totalItems":%d}' % count)

    def _marks(self, made: zipfile.ZipFile, owner: Account) -> None:
        marks = next(section for section in SECTIONS if section.name == "marks")
        waiting = self._read(waiting_ties, owner.id, most=1_000_000)
        for name, mark, tie in (("likes", "liked", Tie.LIKE), ("bookmarks", "bookmarked", Tie.BOOKMARK)):
            count, first = 0, True
            with _member(made, f"{name}.json") as out:
                out.write(_encode(collection(f"{name}.json"))[:-1] + b',"orderedItems":[')
                for rows in rows_of(self._read, marks, owner.id, self._here):
                    chosen = [row["post"] for row in rows if row[mark]]
                    first = _array(out, map(_encode, chosen), first=first)
                    count += len(chosen)
                far = [each.target for each in waiting if each.tie is tie]
                _array(out, map(_encode, far), first=first)
                out.write(b'],"totalItems":%d}' % (count + len(far)))

    def _tables(self, made: zipfile.ZipFile, owner: Account) -> None:
        waiting = self._read(waiting_ties, owner.id, most=1_000_000)
        for what in Export:
            rows = self._read(exported, owner.id, what, self._here.domain)
            tie = _WAITING_FILES.get(what)
            for each in waiting:
                if tie is Tie.FOLLOW and each.tie is tie:
                    flags = [str(each.show_reposts).lower(), str(each.notify).lower(), ", ".join(each.languages)]
                    rows.append([each.target, *flags])
                elif tie is Tie.MUTE and each.tie is tie:
                    rows.append([each.target, str(each.hide_notifications).lower()])
                elif tie is not None and each.tie is tie:
                    rows.append([each.target])
                elif what is Export.LISTS and each.tie is Tie.LISTED:
                    name, _, title = each.target.partition(" ")
                    rows.append([title, name])
            self._table(made, what.value, rows)
        marks = next(section for section in SECTIONS if section.name == "marks")
        kept = [
            [row["post"]]
            for rows in rows_of(self._read, marks, owner.id, self._here)
            for row in rows
            if row["bookmarked"]
        ]
        self._table(made, "bookmarks", kept + [[each.target] for each in waiting if each.tie is Tie.BOOKMARK])

    def _table(self, made: zipfile.ZipFile, name: str, rows: Iterable[list[str]]) -> None:
        with _member(made, f"{name}.csv") as out, io.TextIOWrapper(out, "utf-8", newline="") as text:
            csv.writer(text, lineterminator="\n").writerows([cell(each) for each in row] for row in rows)

    # Media

    def _file(self, made: zipfile.ZipFile, file: str, name: str) -> None:
        """Copy a file of the media store as it is; one that is missing is left out."""
        if shutil.disk_usage(Path(cast("str", made.filename)).parent).free < _ROOM:
            raise NoRoom
        try:
            source = self._media.open(file)
        except MediaNotFound:
            return
        with source, _member(made, name, packed=False) as out:
            shutil.copyfileobj(source, out, _CHUNK)
        self._told(self._done, max(self._total, self._done))


def _head(db: Snapshot, owner: Account, keyring: Keyring, here: Here, inside: dict[str, str]) -> dict[str, Any]:
    login = login_of(db, owner.id)
    profile: dict[str, Any] = {
        "account": here.handle(owner.username, ""),
        "actor": here.uris.actor(owner.id),
        "created": iso(owner.created),
        "standing": owner.standing.value,
        "display_name": owner.display_name,
        "bio": owner.bio,
        "fields": [{"name": each.name, "value": each.value} for each in owner.fields],
        "verified": [
            {"name": each.name, "at": iso(each.verified)} for each in owner.fields if each.verified is not None
        ],
        "avatar": inside.get("avatar"),
        "avatar_description": owner.avatar_description,
        "header": inside.get("header"),
        "header_description": owner.header_description,
        "locked": owner.locked,
        "bot": owner.bot,
        "discoverable": owner.discoverable,
        "indexable": owner.indexable,
        "shows": [part.name.lower() for part in Shows if part & owner.shows and part.name],
        "attribution_domains": list(owner.attribution_domains),
        "badges": [{"fact": each.kind.value, "vouched_by": each.by.value} for each in owner.badges],
        "limited": owner.limited,
        "media_covered": owner.sensitized,
        "counts": {
            "posts": owner.posts_count,
            "followers": owner.followers_count,
            "following": owner.following_count,
        },
        "last_post": iso(owner.last_post) if owner.last_post is not None else None,
    }
    signed_in_with: dict[str, Any] = {}
    if login is not None:
        signed_in_with = {
            "email": email_of(db, keyring, owner.id),
            "role": owner.role.value,
            "signed_up": iso(login.created),
            "disabled": login.disabled,
            "signup_reason": login.signup_reason,
        }
    return {
        "format": FORMAT,
        "version": VERSION,
        "made": iso(clock.now()),
        "origin": here.origin,
        "domain": here.domain,
        "profile": profile,
        "files": {name: member_of(name) for name in ("posts", "unpublished", *(each.name for each in SECTIONS))},
        "login": signed_in_with,
        "preferences": login.preferences if login is not None else {},
    }


def _note_files(media: list[dict[str, Any]], note: Callable[[str], object]) -> None:
    for each in media:
        for name in (each["file"], each["captions"]):
            if name:
                note(name.removeprefix(FILES) + "\n")


def _array(out: BinaryIO, items: Iterable[bytes], *, first: bool) -> bool:
    for each in items:
        out.write(b"\n" + each if first else b",\n" + each)
        first = False
    return first


@contextmanager
def _member(made: zipfile.ZipFile, name: str, *, packed: bool = True) -> Iterator[BinaryIO]:
    """Open a member of the archive for writing, whatever its size will be."""
    info = zipfile.ZipInfo(name, clock.as_datetime(clock.now()).timetuple()[:6])
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    info.external_attr = 0o600 << 16
    with made.open(info, "w", force_zip64=True) as out:
        yield cast("BinaryIO", out)
