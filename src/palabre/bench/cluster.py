"""A PostgreSQL cluster of our own, from the binaries that Debian installs, with durable commits."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from palabre.bench.process import descendants

_PATIENCE = 60.0
_OPTIONS = ("shared_buffers=1GB", "max_wal_size=4GB", "max_connections=60", "listen_addresses=")
"""Durability stays as it is by default: fsync and synchronous_commit on."""


class ClusterError(RuntimeError):
    """There is nothing to start."""


class Cluster:
    """A cluster in a folder, reached through a socket in it: one that was stopped there goes on."""

    def __init__(self, folder: Path) -> None:
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        if not binaries:
            raise ClusterError("PostgreSQL is not installed: apt-get install postgresql")
        self._bin, self._folder = binaries[-1], folder
        there = (folder / "data").exists()
        folder.mkdir(parents=True, exist_ok=True)
        self._user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(folder, "postgres", "postgres")
            folder.parent.chmod(0o755)
        if not there:
            self._run("initdb", "-D", folder / "data", "--auth=trust", "--username=palabre", "--encoding=UTF8")
        self._log = (folder.parent / "postgresql.log").open("ab")
        options = [*_OPTIONS, f"unix_socket_directories={folder}", "unix_socket_permissions=0777"]
        self._process = subprocess.Popen(
            [self._bin / "postgres", "-D", folder / "data", *(word for option in options for word in ("-c", option))],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, cwd=folder, **self._user,
        )  # fmt: skip
        self._await()
        self.url = f"postgresql://palabre@/palabre?host={folder}"

    def _run(self, name: str, *arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [self._bin / name, *arguments], check=check, capture_output=True, cwd=self._folder, **self._user
        )

    def _await(self) -> None:
        deadline = time.perf_counter() + _PATIENCE
        while time.perf_counter() < deadline:
            made = self._run("createdb", "-h", self._folder, "-U", "palabre", "palabre", check=False)
            if made.returncode == 0 or b"already exists" in made.stderr:
                return
            time.sleep(0.1)
        self.stop()
        raise ClusterError(f"PostgreSQL did not start: {made.stderr.decode()}")

    @property
    def version(self) -> str:
        """Return the version of the server, such as ``15.8``."""
        return self._run("postgres", "--version").stdout.decode().split()[2]

    @property
    def pids(self) -> list[int]:
        """Return the processes of the cluster."""
        return descendants(self._process.pid)

    def vacuum(self) -> None:
        """Let the planner know what is there, as autovacuum would after a minute."""
        self._run("psql", "-h", self._folder, "-U", "palabre", "-c", "VACUUM ANALYZE", "palabre")

    def stop(self) -> None:
        """Stop the cluster at once; nobody needs what is in it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._log.close()
