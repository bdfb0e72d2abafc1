"""A PostgreSQL cluster in a folder, run for a moment by this process alone: to recover it, and to read it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from palabre import clock
from palabre.clock import Instant
from palabre.survival.vaults.errors import NeedsPostgresql

_DEBIAN = Path("/usr/lib/postgresql")
_STOP_SECONDS = 120
_TABLES = """
SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""
_SHOWN = 300
_TRUST = "local all all trust\nlocal replication all trust\n"
"""Whoever reaches the socket, which lies in a folder of the owner alone."""


class RecoveryFailed(Exception):  # noqa: N818 - said to the operator as it is
    """PostgreSQL could not make the cluster whole."""


class EndedBefore(RecoveryFailed):
    """The log ended before the moment asked for."""


def binaries(version: int) -> Path:
    """Find the programs of a major version of PostgreSQL.

    Raises:
        NeedsPostgresql: they are not here.

    """
    found = _DEBIAN / str(version) / "bin"
    if (found / "postgres").exists():
        return found
    other = shutil.which("postgres")
    if other is not None:
        said = subprocess.run([other, "--version"], check=False, capture_output=True, text=True).stdout  # noqa: S603
        if f" {version}." in said:
            return Path(other).resolve().parent
    raise NeedsPostgresql(version=version)


def _server() -> pwd.struct_passwd | None:
    """Return who has to run PostgreSQL, which refuses to be run by root; ``None``: whoever runs this."""
    if os.geteuid():
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def give_away(*folders: Path, through: Path | None = None) -> None:
    """Let PostgreSQL own the folders, if it is not run by whoever made them, and pass ``through`` another to them."""
    who = _server()
    if who is None:
        return
    if through is not None:
        through.chmod(through.stat().st_mode | 0o011)  # to be passed, not to be read
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, who.pw_uid, who.pw_gid)


class Cluster:
    """Reached through a socket in a folder of its own."""

    def __init__(self, programs: Path, folder: Path, *, database: str, user: str) -> None:
        self.folder = folder
        self._programs = programs
        self._database = database
        self._user = user
        self._aside = Path(tempfile.mkdtemp(prefix="palabre-pg-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._log = self._aside / "log"
        for name, text in (("conf", ""), ("hba", _TRUST), ("ident", "")):
            (self._aside / name).write_text(text)
        give_away(self._aside)

    def recover(self, log_folder: Path, at: Instant | None) -> None:
        """Apply the log until the moment ``at``, or all of it; then the cluster goes on by itself.

        Raises:
            EndedBefore: nothing in the log is later than ``at``.
            RecoveryFailed: PostgreSQL says why.

        """
        (self.folder / "recovery.signal").touch()
        give_away(self.folder / "recovery.signal")
        settings = {
            "restore_command": f"cp '{log_folder}/%f' '%p'",
            "recovery_target_timeline": "current",
            "recovery_target_action": "promote",
            "hot_standby": "off",
        }
        if at is not None:
            settings["recovery_target_time"] = f"{clock.iso(at)[:-1]}999+00"  # to the end of the millisecond
        self._start(settings)

    def serve(self) -> None:
        """Run it as it is.

        Raises:
            RecoveryFailed: PostgreSQL says why not.

        """
        self._start({})

    def _start(self, more: dict[str, str]) -> None:
        settings = {
            "config_file": self._aside / "conf",
            "hba_file": self._aside / "hba",
            "ident_file": self._aside / "ident",
            "unix_socket_directories": self._aside,
            "listen_addresses": "",
            "port": 5432,  # of the socket; the cluster may have brought another with it
            "ssl": "off",
            "synchronous_standby_names": "",
            "archive_mode": "off",
            "logging_collector": "off",
            "lc_messages": "C",
            **more,
        }
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        who = _server()
        user: dict[str, Any] = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if who else {}
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL
                [self._programs / "postgres", "-D", self.folder, *words],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._aside, **user,
            )  # fmt: skip
        while True:
            try:
                self.rows("SELECT 1")
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    self._explain()
                clock.pause(0.05)
            else:
                return

    def _explain(self) -> None:
        said = self._log.read_text("utf-8", "replace").splitlines()
        fatal = [line.partition("FATAL:")[2].strip() for line in said if "FATAL:" in line]
        if any("recovery ended before configured recovery target" in line for line in fatal):
            raise EndedBefore(fatal[0])
        raise RecoveryFailed((fatal or said[-1:] or ["nothing"])[0][:_SHOWN])

    @property
    def url(self) -> str:
        """Return where it is, as the setting ``database`` says it."""
        return f"postgresql://{self._user}@/{self._database}?host={self._aside}"

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the network's database."""
        with self._connection() as connection:
            return connection.execute(sql.SQL(query)).fetchall()

    def _connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(host=str(self._aside), dbname=self._database, user=self._user, connect_timeout=5)

    def read_everything(self, progress: Callable[[int, int], None]) -> list[str]:
        """Read every value of every row; return what could not be read."""
        problems = []
        with self._connection() as connection:
            connection.autocommit = True
            tables = connection.execute(_TABLES).fetchall()
            for done, (schema, table) in enumerate(tables):
                progress(done, len(tables))
                name = sql.Identifier(schema, table)
                try:
                    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(name)) as rows:
                        for _ in rows:
                            pass
                except psycopg.Error as error:
                    problems.append(f"the table {table} cannot be read: {str(error).partition(chr(10))[0]}")
            progress(len(tables), len(tables))
        return problems

    def stop(self) -> None:
        """End it, in order."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        shutil.rmtree(self._aside, ignore_errors=True)

    def settle(self) -> None:
        """Leave settings in the folder with which it can be run, if it brought none of its own."""
        for name, text in (
            ("postgresql.conf", "listen_addresses = ''\n"),
            ("pg_hba.conf", "local all all peer\nlocal replication all peer\n"),
            ("pg_ident.conf", ""),
        ):
            path = self.folder / name
            if not path.exists():
                path.write_text(text)
                give_away(path)
