"""A PostgreSQL of our own: a temporary cluster for each test process, reached only through a socket in its folder."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest


class PostgreSQL:
    """A running cluster; everybody who reaches its socket is its administrator."""

    def __init__(
        self,
        binaries: Path,
        folder: Path,
        *,
        copy_of: Path | None = None,
        follow: Path | None = None,
        **settings: object,
    ) -> None:
        """Make the cluster in ``folder`` and start it, with some ``settings`` of its own.

        It may be a copy of one that was stopped properly, and follow one that was copied from the same.

        PostgreSQL refuses to run as root: then its own user does.
        """
        self._settings = settings
        self.folder = folder
        self.binaries = binaries
        self._numbers = itertools.count(1)
        self._open: psycopg.Connection | None = None
        self._user = self._unprivileged() if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user.pw_uid, self._user.pw_gid)
        folder.chmod(0o755)
        if copy_of is None:
            options = ["--no-sync", "--auth=trust", "--username=palabre", "--encoding=UTF8", "--locale=C.UTF-8"]
            self._run("initdb", *options, "-D", str(folder / "data"))
        else:
            subprocess.run(["cp", "-a", copy_of / "data", folder / "data"], check=True)
        if follow is not None:
            (folder / "data" / "standby.signal").touch()
            self._settings["primary_conninfo"] = f"host={follow} user=palabre"
        self._log = (folder / "log").open("wb")
        self.serve()

    def serve(self) -> None:
        """Start, or start again after :meth:`stop_serving`."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": self.folder,
            "unix_socket_permissions": "0777",
            "fsync": "off",
            "full_page_writes": "off",
            "max_connections": 100,
            "shared_buffers": "64MB",
            "autovacuum_naptime": "1h",
            "max_wal_size": "256MB",
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "max_prepared_transactions": 10,
            **self._settings,
        }
        arguments = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(
            [self.binaries / "postgres", "-D", self.folder / "data", *arguments],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, cwd=self.folder, **self._as_user(),
        )  # fmt: skip
        self._wait()

    def stop_serving(self, *, properly: bool = False) -> None:
        """Stop at once, as a crash would, or ``properly``."""
        self._hang_up()
        self._process.send_signal(signal.SIGINT if properly else signal.SIGQUIT)
        self._process.wait(60)

    def stand_still(self, *, still: bool) -> None:
        """Let every process of the cluster sleep, or go on."""
        for each in [*psutil.Process(self._process.pid).children(recursive=True), psutil.Process(self._process.pid)]:
            (each.suspend if still else each.resume)()

    @staticmethod
    def _unprivileged() -> pwd.struct_passwd:
        try:
            return pwd.getpwnam("postgres")
        except KeyError:
            return pwd.getpwnam("nobody")

    def _as_user(self) -> dict:
        if not self._user:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self.binaries / program, *arguments],
            check=False, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=self.folder, **self._as_user(),
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(f"{program}: {done.stdout}")
        return done.stdout

    def _sql(self, statement: str) -> None:
        """Say something on a connection that stays open: to open one takes longer than most that is said on it."""
        if self._open is None or self._open.closed:
            self._open = psycopg.connect(self.url("postgres"), autocommit=True)
        self._open.execute(statement)

    def _hang_up(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self._sql("SELECT 1")
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError((self.folder / "log").read_text())

    @property
    def version(self) -> int:
        """The major version."""
        return int((self.folder / "data" / "PG_VERSION").read_text())

    def url(self, database: str) -> str:
        """The URL of ``database``, as ``PALABRE_DATABASE`` takes it."""
        return f"postgresql://palabre@/{database}?host={self.folder}"

    def create(self, *, like: str = "template0") -> str:
        """Make an empty database, or a copy of the one named ``like``, and return its name.

        Where nobody follows the log its files are copied, which takes half as long as to log each page (the default
        since version 15).
        """
        name = f"test_{next(self._numbers)}"
        how = "STRATEGY FILE_COPY" if self.version >= 15 and "wal_level" not in self._settings else ""
        self._sql(f"CREATE DATABASE {name} TEMPLATE {like} {how}")
        return name

    def drop(self, database: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._sql(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def stop(self) -> None:
        """Stop at once and forget everything."""
        try:
            self.stop_serving()
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def binaries() -> Path | None:
    """The newest PostgreSQL that Debian has put on this machine."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name.split(".")[0]), default=None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A cluster for this test process."""
    yield from _cluster()


@pytest.fixture(scope="module")
def postgresql_alone() -> Iterator[PostgreSQL]:
    """A cluster for one file of tests, which may stop it."""
    yield from _cluster()


@pytest.fixture(scope="module")
def postgresql_with_log() -> Iterator[PostgreSQL]:
    """A cluster for one file of tests, whose log may be followed."""
    yield from _cluster(wal_level="replica", max_wal_senders=10, full_page_writes="on")


def _cluster(**settings: object) -> Iterator[PostgreSQL]:
    where = binaries()
    if where is None:
        pytest.fail("PostgreSQL is not installed: `make test` installs it, or: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="palabre-pg-"))
    cluster = None
    try:
        cluster = PostgreSQL(where, folder, **settings)
        yield cluster
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL) -> Iterator[str]:
    """The URL of an empty database that exists for one test."""
    name = postgresql.create()
    yield postgresql.url(name)
    postgresql.drop(name)
