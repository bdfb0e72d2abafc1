"""``palabre sample``: people and posts for a network that is only looked at."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import msgspec
import rich_click as click

from palabre import clock
from palabre.accounts.actions import NewMember, ProfileChange, create_member, update_profile
from palabre.accounts.errors import AccountNotFound
from palabre.accounts.model import Field
from palabre.accounts.queries import account_by_handle
from palabre.cli import options
from palabre.cli.sample_pictures import face, landscape
from palabre.folder import Opened, open_folder
from palabre.graph.actions import accept_request, follow
from palabre.ids import AccountId, PostId
from palabre.media.actions import add_attachment
from palabre.media.model import Purpose, StoredPicture
from palabre.media.processing import process_picture
from palabre.media.storage import FolderStore, keep
from palabre.posts.actions import Terms, create_post, like, repost
from palabre.posts.model import Draft, Visibility
from palabre.store import Transaction

P = ParamSpec("P")
T = TypeVar("T")

_AGE = 90 * clock.DAY
"""How long the sample people have been here."""
_PAUSE = 7 * clock.MINUTE
"""Between a post and those who like it or pass it on."""


class _Person(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    username: str
    name: str
    bio: str
    fields: dict[str, str] = {}
    follows: tuple[str, ...] = ()
    locked: bool = False
    bot: bool = False
    accepts: tuple[str, ...] = ()
    to_meet: bool = False
    """The reader does not follow them yet."""


class _Post(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    by: str
    at: float
    """Hours before now."""
    text: str
    key: str = ""
    reply_to: str = ""
    warning: str = ""
    language: str = "en"
    visibility: Visibility = Visibility.PUBLIC
    pictures: tuple[str, ...] = ()
    """``seed: description``."""
    likes: tuple[str, ...] = ()
    reposts: tuple[str, ...] = ()
    to_reader: bool = False


class _Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    people: tuple[_Person, ...]
    posts: tuple[_Post, ...]


@click.command()
@options.data
@click.option("--reader", metavar="NAME", help="A local account that is to follow the sample people.")
def sample(folder: Path, reader: str | None) -> None:
    """Fill the network with people and posts who do not exist, to look around in. Nobody can sign in as them."""
    opened = open_folder(folder)
    try:
        content = msgspec.convert(
            tomllib.loads(files("palabre.cli").joinpath("sample_people.toml").read_text("utf-8")), _Sample
        )
        _Village(opened, content, reader).settle()
    finally:
        opened.database.close()
    click.echo(f"{len(content.people)} sample people now live in {folder}.")


class _Village:
    """Writes the sample into a network, each thing at its own time of the last days."""

    def __init__(self, opened: Opened, content: _Sample, reader: str | None) -> None:
        self._opened = opened
        self._content = content
        self._store = FolderStore(opened.folder / "media")
        self._now = clock.now()
        self._ids: dict[str, AccountId] = {}
        self._posts: dict[str, PostId] = {}
        self._reader = reader

    def _at(
        self, at: float, action: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run ``action`` as if it were ``at``."""

        def then(tx: Transaction) -> T:
            tx.now = clock.Instant(min(int(at), self._now))
            return action(tx, *args, **kwargs)

        return self._opened.database.write_now(then)

    def _picture(self, content: bytes, purpose: Purpose) -> StoredPicture:
        return keep(self._store, process_picture(content, purpose=purpose))

    def settle(self) -> None:
        """Make people, then whom they follow, then what they say."""
        guest = self._find_reader()
        for person in self._content.people:
            self._move_in(person)
        for person in self._content.people:
            for other in person.follows:
                self._at(self._now - _AGE, follow, self._ids[person.username], self._ids[other])
            for other in person.accepts:
                self._at(self._now - _AGE, accept_request, self._ids[person.username], self._ids[other])
        if guest is not None:
            for person in self._content.people:
                if not person.to_meet:
                    self._at(self._now, follow, guest, self._ids[person.username])
        for post in sorted(self._content.posts, key=lambda post: -post.at):
            if not post.to_reader or guest is not None:
                self._publish(post)

    def _find_reader(self) -> AccountId | None:
        if self._reader is None:
            return None
        found = self._opened.database.read_now(account_by_handle, self._reader, "")
        if found is None:
            raise AccountNotFound
        return found.id

    def _move_in(self, person: _Person) -> None:
        made = self._at(
            self._now - _AGE, create_member, self._opened.keyring,
            NewMember(username=person.username, display_name=person.name),
        )  # fmt: skip
        self._ids[person.username] = made.id
        change = ProfileChange(
            bio=person.bio,
            fields=tuple(Field(name, value) for name, value in person.fields.items()),
            locked=person.locked,
            bot=person.bot,
            discoverable=True,
            indexable=True,
            avatar=self._picture(face(person.username), Purpose.AVATAR).file,
            header=self._picture(landscape(f"{person.username}-header", 1200, 400), Purpose.HEADER).file,
        )
        self._at(self._now - _AGE, update_profile, made.id, change)

    def _publish(self, post: _Post) -> None:
        author, at = self._ids[post.by], self._now - post.at * clock.HOUR
        media = []
        for text in post.pictures:
            seed, _, description = text.partition(": ")
            stored = self._picture(landscape(seed, 1200, 800), Purpose.POST)
            media.append(self._at(at, add_attachment, author, stored, description=description).id)
        draft = Draft(
            text=post.text.replace("{reader}", self._reader or ""),
            visibility=post.visibility,
            reply_to=self._posts[post.reply_to] if post.reply_to else None,
            warning=post.warning,
            language=post.language,
            media=tuple(media),
        )
        config = self._opened.config
        terms = Terms(limit=config.post_length, domain=config.domain)
        number = self._at(at, create_post, author, draft, terms=terms)
        if post.key:
            self._posts[post.key] = number
        for turn, name in enumerate(post.likes, 1):
            self._at(at + turn * _PAUSE, like, self._ids[name], number)
        for turn, name in enumerate(post.reposts, 1):
            self._at(at + turn * 3 * _PAUSE, repost, self._ids[name], number)
