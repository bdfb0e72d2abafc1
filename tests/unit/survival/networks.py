"""A small network with vaults, in this process: what the tests of vaults write to, back up and bring back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import apsw

from palabre import clock
from palabre.config import Config
from palabre.folder import initialise, open_folder
from palabre.ids import random_name
from palabre.media.storage import FolderStore, new_name
from palabre.store import Statement, Transaction
from palabre.survival.vaults import recovery as recoveries
from palabre.survival.vaults.cluster import Cluster, binaries
from palabre.survival.vaults.keeping import Vaults
from palabre.survival.vaults.places import open_place
from palabre.survival.vaults.recovery import Identity
from palabre.survival.vaults.restore import Restored, restore
from palabre.survival.vaults.verify import Verified, verify


def silent(*_: Any) -> None:
    pass


def _execute(tx: Transaction, statement: str, **values: str) -> None:
    if tx.dialect == "postgresql":
        for name in values:
            statement = statement.replace(f":{name}", f"%({name})s")
    tx._execute(statement, values)


def add_note(tx: Transaction, text: str) -> None:
    _execute(tx, "INSERT INTO note VALUES (:text)", text=text)


def remove_note(tx: Transaction, text: str) -> None:
    _execute(tx, "DELETE FROM note WHERE text = :text", text=text)


class Network:
    """Its notes are what comes and goes."""

    def __init__(self, folder: Path, *vaults: Path | str, **settings: Any) -> None:
        initialise(folder, origin="http://localhost:8000")
        self.identity = Identity(recoveries.create(folder))
        self.folder = folder
        self.places = vaults
        self.settings = settings
        self._vaults: Vaults | None = None
        self.open()
        self.database.write_now(lambda tx: tx._execute("CREATE TABLE note (text TEXT)", {}))

    def open(self) -> None:
        """Open the network as a server does when it starts."""
        opened = open_folder(self.folder, vaults=tuple(map(str, self.places)), **self.settings)
        self.config: Config = opened.config
        self.database = opened.database
        self.media = FolderStore(self.folder / "media")
        self.vaults = Vaults(self.folder, self.config, self.database, self.media)
        self.vaults.attach()

    def close(self) -> None:
        self.database.close()
        self.vaults.stop()

    def note(self, *texts: str) -> None:
        for text in texts:
            self.database.write_now(add_note, text)

    def forget(self, text: str) -> None:
        self.database.write_now(remove_note, text)
        if self.database.dialect == "postgresql":  # else its statistics learn of the deletion seconds later
            self.database.write_now(lambda tx: tx.all(Statement("SELECT pg_stat_force_next_flush()")))
        self.database.engine.purge()

    def medium(self, content: bytes) -> str:
        name = new_name("jpg")
        self.media.put(name, content)
        self.database.write_now(
            lambda tx: _execute(
                tx, "UPDATE account SET avatar = :name WHERE id = (SELECT min(id) FROM account)", name=name
            )
        )
        return name

    def keep(self) -> None:
        """Do what the threads of a server do, once."""
        self.vaults.follower.capture()
        for vault, media in self.vaults.kept:
            vault.patient = False
            vault.reconcile()
            vault.turn(all_of_it=False)
            vault.push()
            vault.prune()
            media.sweep()

    def restore(self, place: Path | str, into: Path, **options: Any) -> Restored:
        opened = open_place(str(place))
        try:
            return restore(opened, self.identity, into, **options)
        finally:
            opened.close()

    def verify(self, place: Path | str, *, key: bool = False) -> Verified:
        recovery = recoveries.load(self.folder)
        opened = open_place(str(place))
        try:
            return verify(
                self.folder, opened, recovery, self.media,
                term=self.config.vault_term_days * clock.DAY, identity=self.identity if key else None,
                progress=silent,
            )  # fmt: skip
        finally:
            opened.close()


class ClusterNetwork(Network):
    """One on PostgreSQL."""

    def __init__(self, folder: Path, database: str, *vaults: Path | str, **settings: Any) -> None:
        folder.mkdir()
        (folder / "palabre.toml").write_text(f'origin = "http://localhost:8000"\ndatabase = "{database}"\n')
        super().__init__(folder, *vaults, **settings)


def notes_of_cluster(folder: Path, database: str) -> list[str]:
    """What is in the database of a PostgreSQL cluster that was brought back."""
    version = int((folder / "PG_VERSION").read_text())
    cluster = Cluster(binaries(version), folder, database=database, user="palabre")
    try:
        cluster.serve()
        return [text for (text,) in cluster.rows("SELECT text FROM note ORDER BY ctid")]
    finally:
        cluster.stop()


def notes(folder: Path) -> list[str]:
    """What is in the database of a folder."""
    connection = apsw.Connection(str(folder / "palabre.db"))
    try:
        return [text for (text,) in connection.execute("SELECT text FROM note ORDER BY rowid")]
    finally:
        connection.close()


def objects(place: Path) -> list[Path]:
    """The log of a vault, oldest first."""
    return sorted(path for path in (place / "log").glob("*/*"))


def somewhere(folder: Path) -> Path:
    """A folder that is not there yet."""
    return folder / random_name()
