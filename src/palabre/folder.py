"""The data folder: what is in it, how it is made, and how a program opens it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from palabre import keyring as keyrings
from palabre.config import Config, load
from palabre.errors import Conflict, NotFound, Unavailable
from palabre.journal import head, holds, seal
from palabre.keyring import Keyring, KeyringMissing
from palabre.store import Database
from palabre.store.migrations import Migration, applied, migrate, migrations

SETTINGS = "palabre.toml"
STANDBY = "standby"
"""A file of this name in the folder: it follows another server, and nothing may open its network."""


class NotInitialised(NotFound):
    """The folder holds no network; detail: ``folder``."""

    code = "folder.not_initialised"
    message = (
        "{folder} holds no network yet. Make one with: palabre init --data {folder} --origin https://example.org"
    )


class AlreadyInitialised(Conflict):
    """The folder holds a network already; detail: ``folder``."""

    code = "folder.already_initialised"
    message = "{folder} holds a network already; nothing was changed."


class IsStandby(Conflict):
    """The folder is a copy that follows another server; detail: ``folder``."""

    code = "folder.is_standby"
    message = (
        "{folder} is a standby. Do this on the primary, or make this one the primary: palabre promote --data {folder}"
    )


class WasReplaced(Conflict):
    """Another server leads the network; what would be written here would be lost; detail: ``folder``."""

    code = "folder.was_replaced"
    message = "{folder} was replaced by another server, or is being moved to one. Do this there."


class DatabaseUnusable(Unavailable):
    """The database does not answer, or is none; details: ``folder``, ``problem`` (one line)."""

    code = "folder.database_unusable"
    message = "The database of the network in {folder} cannot be used: {problem}. palabre doctor looks closer."


class DatabaseMissing(NotFound):
    """There was a network here, and its database is gone; detail: ``path``."""

    code = "folder.database_missing"
    message = (
        "{path} is not there, or is empty. Restore it (palabre restore, or a copy of yours): "
        "a new one would know nobody."
    )


class _Part(msgspec.Struct, frozen=True):
    """What matters here of ``survival/state.json``."""

    fenced: int = 0
    handed_to: str = ""


class Opened(NamedTuple):
    """A network's folder, ready for work."""

    folder: Path
    config: Config
    keyring: Keyring
    database: Database


def require_network(folder: Path) -> None:
    """Refuse a folder that holds no network, or one that lost its keyring.

    Raises:
        NotInitialised: nothing was ever made in it.
        IsStandby: it follows another server.
        KeyringMissing: the rest is there; new keys would make the old data unreadable for ever.

    """
    keyring = folder / "keyring"
    if not keyring.exists():
        if (folder / SETTINGS).exists():
            raise KeyringMissing(path=keyring, problem="is not there")
        raise NotInitialised(folder=folder)
    if (folder / STANDBY).exists():
        raise IsStandby(folder=folder)


def initialise(folder: Path, *, origin: str) -> Config:
    """Make a network in ``folder``: settings, keys, database, places for media.

    Raises:
        AlreadyInitialised: there is one.
        KeyringMissing: there is the database of one whose keyring is lost.
        WrongSetting: the origin cannot be one.
        DatabaseUnusable: the one that the settings name.

    """
    if (folder / "keyring").exists():
        raise AlreadyInitialised(folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    config = load(folder, {"origin": origin})
    settings = folder / SETTINGS
    if not settings.exists():
        settings.write_text(
            f'# Settings of this network; docs/reference/configuration.md lists all.\norigin = "{config.origin}"\n',
            "utf-8",
        )
    (folder / "media").mkdir(exist_ok=True)
    with _usable(folder, config):
        database = Database.open(config.database, folder, primary_seconds=config.primary_seconds)
        migrate(database.engine)
    if database.read_now(head):
        database.close()
        raise KeyringMissing(path=folder / "keyring", problem="is not there")
    if not config.database:
        os.chmod(folder / "palabre.db", 0o600)  # noqa: PTH101 - as plain as the folder's own
    database.close()
    keyrings.create(folder)  # last: a folder with a keyring is complete
    return config


def open_folder(folder: Path, *, owner: bool = False, **overrides: object) -> Opened:
    """Open a network for reading and writing; bring its database up to date first.

    Args:
        folder: where it is.
        owner: whether this process serves the network.
        overrides: settings that count more than those of the folder and of the environment.

    Raises:
        NotInitialised: ``folder`` holds none.
        DatabaseMissing, DatabaseUnusable: it held one.
        WrongSetting, KeyringMissing, NewerSchema: as they say.
        AlreadyServed: as ``owner``, and there is another.
        WasReplaced: another server leads the network.

    """
    require_network(folder)
    if not owner and _was_replaced(folder):
        raise WasReplaced(folder=folder)
    config = load(folder, overrides)
    require_database(folder, config)
    with _usable(folder, config):
        database = Database.open(config.database, folder, primary_seconds=config.primary_seconds)
        database.seal = seal
        database.engine.holds = holds
        if owner:
            database.engine.serve()
            keyrings.adopt(folder)
        keyring = keyrings.load(folder)
        migrate(database.engine)
    return Opened(folder, config, keyring, database)


def require_database(folder: Path, config: Config) -> None:
    """Refuse to begin anew where a network was made and its file is gone; a server of PostgreSQL knows by itself.

    Raises:
        DatabaseMissing: it is not there, or is empty.

    """
    file = folder / "palabre.db"
    if not config.database and not (file.exists() and file.stat().st_size):
        raise DatabaseMissing(path=file)


@contextmanager
def _usable(folder: Path, config: Config) -> Iterator[None]:
    """Say in one line what is wrong with the database itself, or with its files."""
    try:
        yield
    except Database.faults(config.database) as fault:
        problem = str(fault).strip().partition("\n")[0].rstrip(".") or type(fault).__name__
        if password := urlsplit(config.database).password:
            problem = problem.replace(password, "…")
        raise DatabaseUnusable(folder=folder, problem=problem) from fault


def _was_replaced(folder: Path) -> bool:
    try:
        part = msgspec.json.decode((folder / "survival" / "state.json").read_bytes(), type=_Part)
    except FileNotFoundError:
        return False
    return bool(part.fenced or part.handed_to)


def pending_migrations(database: Database) -> list[Migration]:
    """Return the steps that the database has not had yet."""
    done = applied(database.engine)
    return [step for step in migrations(database.engine.dialect) if step.number not in done]
