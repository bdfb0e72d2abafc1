"""PostgreSQL on two machines as `palabre init --postgresql-ha` sets it up: real Patroni, etcd and PostgreSQL.

The machines are addresses of the loopback, 127.0.0.2 and 127.0.0.3; the files are the ones that operators get.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

import psutil

from fixtures_postgresql import PostgreSQL, binaries
from running import _COMMAND, ROOT, free_port
from standbys import until

MACHINES = {"pg1": "127.0.0.2", "pg2": "127.0.0.3"}
_PROGRAMS = ("/usr/bin/patroni", "/usr/bin/etcd")


class PatroniCluster:
    """Two PostgreSQL under Patroni, and one etcd."""

    def __init__(self, folder: Path) -> None:
        """Write the files into ``folder``, and start nothing yet."""
        where = binaries()
        lacking = [program for program in _PROGRAMS if not Path(program).exists()]
        if where is None or lacking:
            raise RuntimeError(f"`make test` installs what is missing: {lacking or 'PostgreSQL'}")
        self.folder = folder
        self.files = folder / "files"
        self.etcd_port, self.patroni_port, postgresql_port = free_port(together=2), free_port(), free_port()
        self._user = PostgreSQL._unprivileged() if os.geteuid() == 0 else None
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        words = ["init", "--postgresql-ha", str(self.files)]
        for address in MACHINES.values():
            words += ["--ha-machine", address]
        words += ["--ha-etcd", "127.0.0.1", "--ha-application", "127.0.0.1", "--ha-bin", str(where)]
        words += ["--ha-ports", f"{postgresql_port},{self.patroni_port},{self.etcd_port}"]
        words += ["--ha-etc", str(self.files), "--ha-data", str(folder / "data")]
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        subprocess.run([*_COMMAND, *words], check=True, capture_output=True, env=environment)
        settings = tomllib.loads((self.files / "palabre.toml").read_text("utf-8"))
        self.url: str = settings["database"]
        """As the files tell Palabre."""
        folder.chmod(0o755)
        for name in ("pg1", "pg2", "etcd1"):
            (folder / "data" / name).mkdir(mode=0o700, parents=True)
        if self._user:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)

    def run(self, name: str, *command: str) -> None:
        """Start a program under ``name``."""
        options = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []} if self._user else {}
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                command, umask=0o077,  # as the unit has it
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
                env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}, **options,
            )  # fmt: skip

    def start(self) -> None:
        """Start all, and wait until one leads and the other has every write."""
        self.run("etcd1", "/usr/bin/etcd", "--config-file", str(self.files / "etcd-1.yml"))
        self.start_machine("pg1")
        until(lambda: self.leader() == "pg1", f"pg1 leads: {self.said('pg1')}", seconds=120)
        self.start_machine("pg2")
        self.wait_for_standby("pg2")

    def start_machine(self, name: str) -> None:
        """Start Patroni on a machine."""
        self.run(name, "/usr/bin/patroni", str(self.files / f"patroni-{name[-1]}.yml"))

    def said(self, name: str) -> str:
        """The end of what a machine wrote to its log."""
        path = self.folder / f"{name}.log"
        return path.read_text("utf-8", "replace")[-4_000:] if path.exists() else ""

    def members(self) -> list[dict]:
        """What Patroni says of both, from whichever answers."""
        for address in MACHINES.values():
            asking = http.client.HTTPConnection(address, self.patroni_port, timeout=5)
            try:
                asking.request("GET", "/cluster")
                return json.loads(asking.getresponse().read())["members"]
            except (OSError, http.client.HTTPException, ValueError):
                continue
            finally:
                asking.close()
        return []

    def leader(self) -> str | None:
        """The machine that leads now, and runs."""
        found = [one["name"] for one in self.members() if one["role"] == "leader" and one["state"] == "running"]
        return found[0] if found else None

    def wait_for_standby(self, name: str) -> None:
        """Wait until a machine has every write before it is answered."""

        def follows() -> bool:
            return any(one["name"] == name and one["role"] == "sync_standby" for one in self.members())

        until(follows, f"{name} is the synchronous standby: {self.said(name)}", seconds=180)

    def kill_patroni(self, name: str) -> None:
        """End Patroni on one machine, so that nobody watches its PostgreSQL any more."""
        process = self._processes.pop(name)
        process.kill()
        process.wait()

    def kill(self, name: str) -> None:
        """End Patroni, PostgreSQL and all its processes on one machine, as a power cut would."""
        process = self._processes.pop(name)
        main = psutil.Process(int((self.folder / "data" / name / "data" / "postmaster.pid").read_text().split()[0]))
        doomed = [psutil.Process(process.pid), main, *main.children(recursive=True)]
        for each in doomed:
            with contextlib.suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGKILL)
        process.wait()
        psutil.wait_procs(doomed, timeout=20)

    def stop(self) -> None:
        """Stop all: first the machines, each of which stops its PostgreSQL."""
        for name, process in sorted(self._processes.items(), reverse=True):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                if name in MACHINES:
                    self.kill(name)
                else:
                    process.kill()
                    process.wait()
        self._processes.clear()


@contextlib.contextmanager
def patroni_cluster() -> Iterator[PatroniCluster]:
    """A set-up that runs, in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="palabre-ha-"))
    cluster = None
    try:
        cluster = PatroniCluster(folder)
        cluster.start()
        yield cluster
    finally:
        if cluster:
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
