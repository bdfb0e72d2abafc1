"""Configuration: ``palabre.toml`` and ``PALABRE_*`` in one frozen Struct. The only reader of the environment."""

from __future__ import annotations

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, get_args, get_type_hints
from urllib.parse import urlsplit

import msgspec

from palabre.errors import Invalid

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_FILE = "palabre.toml"
_LONGEST = 253
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+", re.ASCII)
_PREFIX = "PALABRE_"


class WrongSetting(Invalid):
    """A setting is unknown, of the wrong type, or contradicts another."""

    code = "config.wrong"
    message = "Setting {name}: {problem}"


Durability = Literal["standby", "prefer", "local"]
Registrations = Literal["open", "approval", "invitation", "closed"]
Trending = Literal["open", "review", "off"]
Shown = Literal["all", "members", "nobody"]


_RANGES = (
    ("port", 1, 65_535),
    ("metrics_port", 0, 65_535),
    ("post_length", 1, 100_000),
    ("media_bytes", 1_024, 1 << 30),
    ("video_bytes", 1_024, 1 << 30),
    ("video_seconds", 1, 3_600),
    ("import_bytes", 1_024, 1 << 40),
    ("piece_cache_bytes", 0, 1 << 40),
    ("window_cache_bytes", 0, 1 << 40),
    ("live_connections", 0, 1_000_000),
    ("shutdown_seconds", 0, 3_600),
)
"""The least and the most that a number may be."""


SHARED = frozenset(
    {
        "origins", "onion", "reserve_domains", "title", "description", "contact", "contact_account", "source",
        "registrations",
        "language", "post_length", "media_bytes", "video_bytes", "video_seconds", "descriptions", "import_bytes",
        "vaults", "vault_term_days", "vault_snapshot_hours", "link_cards", "durability", "standby_seconds", "trends",
        "trends_sensitive", "translate_url", "translate_key", "server_blocks",
    }
)  # fmt: skip
"""Settings of the network, which its standbys take over whenever they change. The others are of one machine.
docs/explanation/standby.md lists them, and says why."""


_DESCRIPTION = "A place to talk."


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All settings of a server. Each can stand in ``palabre.toml`` or come as ``PALABRE_<NAME>``, which wins."""

    origin: str = "http://localhost:8000"
    """Where members reach the network: scheme, host and port, without a path. Part of every account's address."""

    origins: tuple[str, ...] = ()
    """All origins where members reach the network, the best first; the beacon names them, and the app goes to the
    next when one is gone. Empty: those of ``palabre beacon set``, or ``origin`` alone."""

    onion: str = ""
    """The network's onion service, like ``http://….onion``; named in the beacon."""

    reserve_domains: tuple[str, ...] = ()
    """Domains that are yours and not used yet; named in the beacon, so that apps know them when they are."""

    title: str = "Palabre"
    """The name of the network, shown on every page."""

    description: str = _DESCRIPTION
    """One or two sentences about the network, shown to visitors and in apps."""

    contact: str = ""
    """An e-mail address that visitors may write to; published."""

    contact_account: str = ""
    """The user name of a member whom visitors and apps are shown as the one to talk to; empty for nobody."""

    source: str = ""
    """Where members get the source code of what runs here, as its licence (AGPL, section 13) asks if you change it:
    an https address, shown on the about page and in apps."""

    database: str = ""
    """``postgresql://…`` for PostgreSQL, on one machine or on several of which one leads; empty for the SQLite file
    in the data folder."""

    primary_seconds: float = 30.0
    """How long a write waits for a new primary, where ``database`` names several machines, before it is refused."""

    host: str = "127.0.0.1"
    """The address to listen on; put a TLS proxy in front, or 0.0.0.0 inside a container."""

    port: int = 8000
    """The port to listen on."""

    metrics_port: int = 0
    """The loopback port of the Prometheus metrics; 0 for none."""

    trusted_proxies: tuple[str, ...] = ()
    """Addresses of proxies whose X-Forwarded-For is believed."""

    registrations: Registrations = "open"
    """Who may sign up: ``open``, ``approval``, ``invitation`` or ``closed``."""

    trends: Trending = "open"
    """Which hashtags, posts and links trend: ``open`` all but those that administrators reject, ``review`` those that
    they approve, ``off`` none."""

    trends_sensitive: bool = False
    """Whether posts behind a warning, or whose pictures are covered, trend too, and make links trend."""

    server_blocks: Shown = "all"
    """Who sees which servers the network blocks, and the public comments: ``all``, ``members`` or ``nobody``."""

    language: Literal["en", "fr"] = "en"
    """The language of the interface for visitors whose browser asks for none that we have: ``en`` or ``fr``."""

    post_length: int = 1_000
    """The most characters of a post; a link counts 23, a mention only its name."""

    media_bytes: int = 16 * 1024 * 1024
    """The most bytes of an uploaded picture."""

    video_bytes: int = 64 * 1024 * 1024
    """The most bytes of an uploaded video or recording; needs the extra ``video``."""

    video_seconds: int = 600
    """The most seconds of an uploaded video or recording."""

    descriptions: Literal["optional", "required"] = "optional"
    """``required`` refuses posts whose pictures, videos and recordings are not all described."""

    import_bytes: int = 4 * 1024 * 1024 * 1024
    """The most bytes of an archive that a member may import through the settings page."""

    piece_cache_bytes: int = 48 * 1024 * 1024
    """Memory for ready-made pieces of posts."""

    window_cache_bytes: int = 64 * 1024 * 1024
    """Memory for the home timelines of the readers who are active."""

    live_connections: int = 10_000
    """The most connections of apps for live updates at once; 0 for none."""

    vaults: tuple[str, ...] = ()
    """Where backups go, encrypted, all the time: folders (``/mnt/usb/palabre``), machines with SFTP
    (``sftp://user@host/path?key=…&host_key=…``), S3 stores (``s3://bucket/prefix``)."""

    vault_term_days: int = 7
    """How long vaults keep what was deleted; one can restore to any moment since the oldest snapshot in this time."""

    vault_snapshot_hours: int = 24
    """How often vaults get a copy of the whole database; in between they get the changes, every two seconds."""

    limits: Literal["on", "off"] = "on"
    """``off`` turns rate limits off for benchmarks; refused unless the origin is a loopback address."""

    push_anywhere: Literal["on", "off"] = "off"
    """``on`` lets push messages go to private addresses and without TLS, for tests; refused unless the origin is a
    loopback address."""

    link_cards: Literal["on", "off"] = "on"
    """Whether pages that posts link are read once, for a card with their title and picture. Never from a loopback
    origin, unless ``fetch_loopback`` is set."""

    translate_url: str = ""
    """The address of a LibreTranslate server (``https://…``), which translates public posts for members who ask;
    empty for none. It may be on this machine."""

    translate_key: str = ""
    """The key that this server asks for, if it asks for one."""

    fetch_loopback: bool = False
    """Lets the server fetch from its own machine, for tests; refused unless the origin is a loopback address."""

    standby_listen: str = ""
    """``host:port`` where standbys connect, encrypted and by invitation only; empty for none."""

    durability: Durability = "standby"
    """When a write is answered, once there is a standby: ``standby``, only when one has it; ``prefer``, without one
    after ``standby_seconds``, with an alarm; ``local``, when it is on this disk."""

    standby_seconds: float = 5.0
    """How long a write waits for a standby."""

    auto_failover: bool = False
    """Whether a standby takes over by itself when the primary does not renew the lease; the same on all servers."""

    lease: str = ""
    """The third place where the servers agree on who leads: an S3 store (``s3://KEY:SECRET@bucket/prefix?endpoint=…``,
    as for vaults), or ``folder:/path`` on a file system that all reach."""

    lease_seconds: float = 8.0
    """How long a primary may be silent before a standby takes over."""

    log_format: Literal["console", "json"] = "console"
    """How log lines are written."""

    shutdown_seconds: float = 4.0
    """How long a stopping server waits for requests under way."""

    def __post_init__(self) -> None:
        """Refuse what cannot work, by name."""
        self._check_places()
        for name, least, most in _RANGES:
            value = getattr(self, name)
            if not least <= value <= most:
                raise WrongSetting(name=name, problem=f"{value} is not between {least} and {most}")
        for address in self.trusted_proxies:
            if not _is_network(address):
                raise WrongSetting(name="trusted_proxies", problem=f"{address!r} is no IP address and no network")
        if self.database and not self.database.startswith(("postgresql://", "postgres://")):
            raise WrongSetting(name="database", problem="must be empty or start with postgresql://")
        if self.source and not self.source.startswith(("https://", "http://")):
            raise WrongSetting(name="source", problem=f"{self.source!r} is not an address like https://…")
        self._check_failover()
        if self.limits == "off" and not self.is_loopback:
            raise WrongSetting(name="limits", problem="may be off only when the origin is a loopback address")
        self._check_outside()
        self._check_vaults()

    def _check_outside(self) -> None:
        if self.push_anywhere == "on" and not self.is_loopback:
            raise WrongSetting(name="push_anywhere", problem="may be on only when the origin is a loopback address")
        if self.translate_url and not self.translate_url.startswith(("https://", "http://")):
            raise WrongSetting(name="translate_url", problem=f"{self.translate_url!r} is not like https://…")
        if self.fetch_loopback and not self.is_loopback:
            raise WrongSetting(name="fetch_loopback", problem="may be set only when the origin is a loopback address")

    def _check_places(self) -> None:
        named = [("origin", self.origin), *(("origins", each) for each in self.origins)]
        for name, value in [*named, *([("onion", self.onion)] if self.onion else [])]:
            if not is_origin(value):
                raise WrongSetting(name=name, problem=f"{value!r} is not like https://example.org")
        for domain in self.reserve_domains:
            if not is_domain(domain):
                raise WrongSetting(name="reserve_domains", problem=f"{domain!r} is not like example.org")

    def _check_vaults(self) -> None:
        if not 1 <= self.vault_term_days <= 3_650:
            raise WrongSetting(name="vault_term_days", problem=f"{self.vault_term_days} is not between 1 and 3650")
        if not 1 <= self.vault_snapshot_hours <= 12 * self.vault_term_days:
            problem = f"{self.vault_snapshot_hours} is not between 1 and half of the term"
            raise WrongSetting(name="vault_snapshot_hours", problem=problem)

    def _check_failover(self) -> None:
        if self.auto_failover and not (self.lease and self.standby_listen):
            raise WrongSetting(name="auto_failover", problem="needs lease and standby_listen")
        if self.lease and not (self.lease.startswith("s3://") or self.lease.startswith("folder:/")):
            raise WrongSetting(name="lease", problem="is not like s3://bucket/prefix or folder:/path")
        if self.auto_failover and self.durability != "standby":
            raise WrongSetting(name="durability", problem="must be standby for auto_failover: else writes are lost")
        if not 0 <= self.primary_seconds <= 600:
            raise WrongSetting(name="primary_seconds", problem=f"{self.primary_seconds} is not between 0 and 600")
        if self.lease_seconds < 1:
            raise WrongSetting(name="lease_seconds", problem="is less than 1")

    @property
    def domain(self) -> str:
        """Host of the origin, with its port unless it is the usual one: the right side of ``name@domain``."""
        return urlsplit(self.origin).netloc

    @property
    def is_described(self) -> bool:
        """Whether the operator has said in own words what the network is."""
        return self.description != _DESCRIPTION

    @property
    def secure(self) -> bool:
        """Whether members come over HTTPS."""
        return self.origin.startswith("https://")

    @property
    def reads_links(self) -> bool:
        """Whether pages that posts link are read."""
        return self.link_cards == "on" and (self.fetch_loopback or not self.is_loopback)

    @property
    def is_loopback(self) -> bool:
        """Whether the origin is this machine."""
        name = urlsplit(self.origin).hostname or ""
        return name in _LOOPBACK or name.endswith(".localhost")


def is_origin(text: str) -> bool:
    """Whether ``text`` is scheme, host and perhaps port, in the plain characters that browsers send."""
    return len(text) <= _LONGEST and _ORIGIN.fullmatch(text) is not None


def is_domain(text: str) -> bool:
    """Whether ``text`` is a name like ``example.org``."""
    return len(text) <= _LONGEST and _DOMAIN.fullmatch(text) is not None


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def load(
    data: Path, overrides: Mapping[str, Any] | None = None, *, environment: Mapping[str, str] | None = None
) -> Config:
    """Read ``palabre.toml`` in ``data``, then ``PALABRE_*``, then ``overrides`` (those not ``None``).

    Raises:
        WrongSetting: names the first setting that is wrong, and why.

    """
    return parse(_text(data), overrides, environment=environment)


def parse(
    text: str, overrides: Mapping[str, Any] | None = None, *, environment: Mapping[str, str] | None = None
) -> Config:
    """Read what could stand in ``palabre.toml``, as :func:`load` does.

    Raises:
        WrongSetting: names the first setting that is wrong, and why.

    """
    values = _said(text, overrides, environment)
    try:
        return msgspec.convert(values, Config, strict=False)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, WrongSetting):
            raise error.__cause__ from None
        raise _explain(error) from None


def shared(
    data: Path, overrides: Mapping[str, Any] | None = None, *, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the settings of ``data`` that belong to the network and were set: by name, as TOML would have them.

    They are those that :func:`load` returns for the same arguments.

    Raises:
        WrongSetting: the settings could not be used.

    """
    text = _text(data)
    config = parse(text, overrides, environment=environment)
    values = {name: getattr(config, name) for name in _said(text, overrides, environment) if name in SHARED}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _text(data: Path) -> str:
    try:
        return (data / _FILE).read_text("utf-8")
    except FileNotFoundError:
        return ""
    except (UnicodeDecodeError, OSError) as error:
        raise WrongSetting(name=_FILE, problem=f"cannot be read: {error}") from error


def _said(text: str, overrides: Mapping[str, Any] | None, environment: Mapping[str, str] | None) -> dict[str, Any]:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WrongSetting(name=_FILE, problem=f"cannot be read: {error}") from error
    known = get_type_hints(Config)
    for name in values:
        if name not in known:
            raise WrongSetting(name=name, problem=f"is unknown (in {_FILE})")
    environment = os.environ if environment is None else environment
    for name, kind in known.items():
        set_there = environment.get(_PREFIX + name.upper())
        if set_there is not None:
            values[name] = (
                [part.strip() for part in set_there.split(",") if part.strip()] if _is_list(kind) else set_there
            )
    return values | {name: value for name, value in (overrides or {}).items() if value is not None}


def _is_list(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is tuple


def _explain(error: msgspec.ValidationError) -> WrongSetting:
    problem, _, where = str(error).partition(" - at `$.")
    name = where.rstrip("`") or "?"
    choices = get_args(get_type_hints(Config).get(name))
    if choices and all(isinstance(choice, str) for choice in choices):
        problem = f"must be one of {', '.join(choices)}"
    return WrongSetting(name=name, problem=problem)


def data_folder() -> Path:
    """Return the folder that ``PALABRE_DATA`` names, or ``data``."""
    return Path(os.environ.get("PALABRE_DATA", "data"))
