"""Fills in the templates, with passwords that were made a moment ago."""

from __future__ import annotations

import os
import re
from importlib.resources import files
from pathlib import Path

from palabre.files import make_durable
from palabre.ids import nonce
from palabre.survival.patroni.layout import FileExists, Layout, as_network, bracketed

_HOLE = re.compile(r"@(\w+)@")
_SECRETS = ("superuser", "replication", "rewind", "rest", "application")
_ALONE = """**There is only one etcd.** While it is away nobody can take over, and if its machine is one of the two
above, the loss of that machine is not survived by itself. Use three, on three machines, for anything that matters.

"""


def write_files(folder: Path, layout: Layout) -> list[Path]:
    """Write all files of a set-up into ``folder``, readable by their owner only; return their paths.

    Raises:
        WrongLayout: the set-up cannot be as asked.
        FileExists: one of the files is there; nothing was written.

    """
    layout.check()
    rendered = render(layout)
    for name in rendered:
        if (folder / name).exists() or (folder / name).is_symlink():
            raise FileExists(path=folder / name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in rendered.items():
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - opened above with its mode
            file.write(text)
            file.flush()
            os.fsync(descriptor)
    make_durable(folder)
    return [folder / name for name in rendered]


def render(layout: Layout) -> dict[str, str]:
    """Return the text of each file by its name; every call makes new passwords."""
    shared = _shared(layout)
    rendered = {}
    for number, host in enumerate(layout.machines, 1):
        rendered[f"patroni-{number}.yml"] = _fill(
            "patroni.yml", shared | {"name": f"pg{number}", "host": bracketed(host)}
        )
    for number, host in enumerate(layout.etcd, 1):
        own = {"member": f"etcd{number}", "host": bracketed(host)}
        rendered[f"etcd-{number}.yml"] = _fill("etcd.yml", shared | own)
    for name in ("create-database.sh", "palabre-etcd.service", "palabre-patroni.service", "palabre.toml"):
        rendered[name] = _fill(name, shared)
    rendered["README.md"] = _fill("README.md", shared | _guide(layout))
    return rendered


def _fill(template: str, values: dict[str, str]) -> str:
    text = (files(__package__) / "templates" / template).read_text("utf-8")
    return _HOLE.sub(lambda hole: values[hole[1]], text)


def _shared(layout: Layout) -> dict[str, str]:
    secrets = {f"{name}_password": nonce(16).hex() for name in _SECRETS}
    peer_port = layout.etcd_port + 1
    members = [f"etcd{number}=http://{bracketed(host)}:{peer_port}" for number, host in enumerate(layout.etcd, 1)]
    hosts = ",".join(f"{bracketed(host)}:{layout.postgresql_port}" for host in layout.machines)
    applications = [*layout.machines, *(one for one in layout.applications if one not in layout.machines)]
    return secrets | {
        "etc": layout.etc,
        "data": layout.data,
        "bin": layout.bin,
        "postgresql_port": str(layout.postgresql_port),
        "patroni_port": str(layout.patroni_port),
        "etcd_port": str(layout.etcd_port),
        "peer_port": str(peer_port),
        "count": str(len(layout.etcd)),
        "token": nonce(8).hex(),
        "cluster": ",".join(members),
        "etcd_hosts": "\n".join(f'    - "{bracketed(host)}:{layout.etcd_port}"' for host in layout.etcd),
        "hba": "\n".join(f"    - {line}" for line in _hba(layout, applications)),
        "applications": ", ".join(applications),
        "url": f"postgresql://palabre:{secrets['application_password']}@{hosts}/palabre?target_session_attrs=read-write",
    }


def _hba(layout: Layout, applications: list[str]) -> list[str]:
    """Return who may come from where; a machine may also come to itself by the loopback."""
    lines = []
    for machine in (*layout.machines, "127.0.0.1"):
        network = as_network(machine)
        lines += [
            f"host replication replicator {network} scram-sha-256",
            f"host all postgres {network} scram-sha-256",
        ]
        lines += [f"host all rewinder {network} scram-sha-256"]
    return [*lines, *(f"host palabre palabre {as_network(one)} scram-sha-256" for one in applications)]


def _guide(layout: Layout) -> dict[str, str]:
    """Return what only the guide tells: the files of each machine, and where they go."""
    rows, placing = [], []
    for host in dict.fromkeys((*layout.machines, *layout.etcd)):
        copies: list[tuple[str, str, str, str]] = []
        runs = []
        owned = []
        if host in layout.machines:
            number = layout.machines.index(host) + 1
            runs.append("PostgreSQL with Patroni")
            copies += [(f"patroni-{number}.yml", f"{layout.etc}/patroni.yml", "postgres", "600")]
            copies += [("create-database.sh", f"{layout.etc}/create-database.sh", "postgres", "600")]
            copies += [("palabre-patroni.service", "/etc/systemd/system/palabre-patroni.service", "root", "644")]
            owned.append(("postgres", f"{layout.data}/pg{number}"))
        if host in layout.etcd:
            number = layout.etcd.index(host) + 1
            runs.append("etcd")
            copies += [(f"etcd-{number}.yml", f"{layout.etc}/etcd.yml", "etcd", "600")]
            copies += [("palabre-etcd.service", "/etc/systemd/system/palabre-etcd.service", "root", "644")]
            owned.append(("etcd", f"{layout.data}/etcd{number}"))
        rows.append(f"| {host} | {' and '.join(runs)} | {', '.join(f'`{copy[0]}`' for copy in copies)} |")
        lines = [f"install -d -m 755 {layout.etc} {layout.data}"]
        lines += [f"install -d -o {owner} -g {owner} -m 700 {path}" for owner, path in owned]
        lines += [f"install -o {owner} -g {owner} -m {mode} {name} {path}" for name, path, owner, mode in copies]
        placing.append(f"On {host}:\n\n```sh\n" + "\n".join(lines) + "\n```")
    return {
        "machines": "\n".join(rows),
        "placing": "\n\n".join(placing),
        "endpoints": ",".join(f"http://{bracketed(host)}:{layout.etcd_port}" for host in layout.etcd),
        "warning": _ALONE if len(layout.etcd) == 1 else "",
    }
