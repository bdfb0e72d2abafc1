"""Which machines there are, what runs where, and what of that cannot be."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from palabre.errors import Conflict, Invalid

_PLACE = re.compile(r"/[A-Za-z0-9._/-]*", re.ASCII)
_EXAMPLES = ("10.0.0.1", "10.0.0.2", "10.0.0.3")


class WrongLayout(Invalid):
    """The machines of a set-up cannot be as asked; details: ``option``, ``problem``."""

    code = "postgresql_ha.wrong"
    message = "{option}: {problem}"


class FileExists(Conflict):
    """A file that would be written is there; detail: ``path``."""

    code = "postgresql_ha.exists"
    message = "{path} is there already; nothing was written. Name another folder, or remove it first."


class Layout(msgspec.Struct, frozen=True, kw_only=True):
    """A set-up of PostgreSQL on two machines."""

    machines: tuple[str, ...] = _EXAMPLES[:2]
    """Addresses of the machines with PostgreSQL and Patroni: two."""
    etcd: tuple[str, ...] = _EXAMPLES
    """Addresses of the machines with etcd: an odd number, so that one may fail."""
    applications: tuple[str, ...] = ()
    """Addresses of machines that run Palabre, beside those with PostgreSQL."""
    postgresql_port: int = 5432
    patroni_port: int = 8008
    etcd_port: int = 2379
    """Where etcd is asked; its members talk to each other on the next port."""
    bin: str = "/usr/lib/postgresql/15/bin"
    """Where PostgreSQL's programs are."""
    etc: str = "/etc/palabre-ha"
    """Where the files will be on each machine."""
    data: str = "/var/lib/palabre-ha"
    """Where the data will be on each machine."""

    def check(self) -> None:
        """Refuse what cannot work.

        Raises:
            WrongLayout: names the option and what is wrong.

        """
        _check_addresses("--ha-machine", self.machines)
        _check_addresses("--ha-etcd", self.etcd)
        _check_addresses("--ha-application", self.applications)
        if len(self.machines) != 2:
            raise WrongLayout(option="--ha-machine", problem=f"give two addresses, not {len(self.machines)}")
        if len(self.etcd) % 2 == 0:
            problem = f"give an odd number of addresses, not {len(self.etcd)}: of two, none may fail"
            raise WrongLayout(option="--ha-etcd", problem=problem)
        ports = (self.postgresql_port, self.patroni_port, self.etcd_port, self.etcd_port + 1)
        if not all(1 <= port <= 65_535 for port in ports):
            raise WrongLayout(option="--ha-ports", problem="a port is between 1 and 65535, etcd's at most 65534")
        if len(set(ports)) != len(ports):
            raise WrongLayout(
                option="--ha-ports", problem="each needs a port of its own; etcd also takes the next one"
            )
        for option, place in (("--ha-bin", self.bin), ("--ha-etc", self.etc), ("--ha-data", self.data)):
            if not _PLACE.fullmatch(place):
                problem = f"{place!r} is no absolute path of letters, digits, dots, hyphens and underscores"
                raise WrongLayout(option=option, problem=problem)


def ports_of(text: str) -> tuple[int, int, int]:
    """Read the ports of PostgreSQL, Patroni and etcd from ``5432,8008,2379``."""
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() and len(part) < 6 for part in parts):
        raise WrongLayout(
            option="--ha-ports", problem=f"{text!r} is not like 5432,8008,2379 (PostgreSQL, Patroni, etcd)"
        )
    first, second, third = map(int, parts)
    return first, second, third


def bracketed(address: str) -> str:
    """Write an address so that a port can follow it."""
    return f"[{address}]" if ":" in address else address


def as_network(address: str) -> str:
    """Write an address as ``pg_hba.conf`` wants it."""
    return str(ipaddress.ip_network(address))


def newest_binaries(root: Path = Path("/usr/lib/postgresql")) -> str:
    """Return where Debian has put the newest PostgreSQL on this machine, or where Debian 12 would."""
    found = [path.parent for path in root.glob("*/bin/initdb") if path.parent.parent.name.isdecimal()]
    newest = max(found, key=lambda path: int(path.parent.name), default=None)
    return str(newest) if newest else Layout().bin


def _check_addresses(option: str, addresses: Sequence[str]) -> None:
    for address in addresses:
        if not _is_ip(address):
            problem = f"{address!r} is no IP address, and a name is no use while its name server is away"
            raise WrongLayout(option=option, problem=problem)
    if len(set(addresses)) != len(addresses):
        raise WrongLayout(option=option, problem="an address is given twice")


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
