"""Whoever listens between two servers, or looks beside the database of a standby, learns nothing."""

from __future__ import annotations

import base64
import contextlib
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from browsing import PASSWORD, Browsing
from running import Person
from standbys import Host, Proxy, noise, until

pytestmark = pytest.mark.crash

_EMAIL = "ana.lovelace@private-mail.example"
_TEXT = "words that only followers may read"


class Overheard:
    """A network in use, and every byte that went between its two servers, from the invitation on."""

    def __init__(self, folder: Path) -> None:
        self.one = Host(folder / "one", standby_seconds=20.0).start()
        self.two = Host(folder / "two", new=False, origin=self.one.base_url)
        self.way = Proxy(self.one.standby_port)
        self.way.heard = []
        self.ana: Person = self.one.account("ana", password=PASSWORD, email=_EMAIL)
        self.secrets: dict[str, str | bytes] = {}
        self.post("before a standby has come")
        self.invitation = self.one.invite()
        self.two.join(f"127.0.0.1:{self.way.port}", self.invitation).follow()
        until(self.one.has_standby, "a standby is in step")
        self.post("while it follows")
        self._sign_up()
        self._collect()

    def post(self, when: str) -> None:
        """Let a member post, with a picture."""
        with self.ana.client() as http:
            file = http.post("/api/v2/media", files={"file": ("a.png", noise(256), "image/png")}).json()
            body = {"status": f"{_TEXT} {when}", "visibility": "private", "media_ids": [file["id"]]}
            http.post("/api/v1/statuses", json=body).raise_for_status()

    def _sign_up(self) -> None:
        newcomer = Browsing(self.one)
        newcomer.get("/auth/sign_up")
        form = {"username": "benedict", "email": "ben@other-mail.example", "password": PASSWORD}
        assert newcomer.post("/auth/sign_up", data=form).status_code == 303
        newcomer.get("/settings/account")
        self.secrets["session"] = newcomer.secret

    def _collect(self) -> None:
        keyring = (self.one.data / "keyring").read_bytes()
        self.secrets |= {
            "text": _TEXT, "e-mail": _EMAIL, "other e-mail": "ben@other-mail.example", "password": PASSWORD,
            "password hash": "$argon2id$", "token": self.ana.token, "invitation": self.invitation.partition(".")[0],
            "user name": "benedict", "table": "CREATE TABLE", "database": "SQLite format 3",
            "keyring": keyring, "node key": (self.two.data / "survival" / "node.key").read_bytes()[40:90],
        }  # fmt: skip
        for name, key in keys_in(keyring).items():
            self.secrets[f"key {name}"] = key
        for path in (self.one.data / "media").glob("??/??/*"):
            self.secrets[f"picture {path.name}"] = path.read_bytes()[200:264]

    def end(self) -> None:
        """End everything."""
        self.way.close()
        self.one.kill()
        self.two.kill()


def keys_in(keyring: bytes) -> dict[str, str]:
    """Every text in the keyring that is long enough to be a key."""
    found: dict[str, str] = {}

    def look(name: str, value: object) -> None:
        if isinstance(value, dict):
            for each, inner in value.items():
                look(f"{name}.{each}", inner)
        elif isinstance(value, list):
            for number, inner in enumerate(value):
                look(f"{name}.{number}", inner)
        elif isinstance(value, str) and len(value) >= 20:
            found[name] = value

    look("", json.loads(keyring))
    return found


def ways_to_write(secret: str | bytes) -> set[bytes]:
    """A secret as it may stand in a stream of bytes."""
    raw = secret.encode() if isinstance(secret, str) else secret
    ways = {raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"="), base64.urlsafe_b64encode(raw).rstrip(b"=")}
    if isinstance(secret, str):
        ways |= {secret.encode("utf-16-le"), quote(secret, safe="").encode()}
        for decode in (bytes.fromhex, lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))):
            with contextlib.suppress(ValueError):
                ways.add(decode(secret))
    return {way for way in ways if len(way) >= 8}


@pytest.fixture(scope="module")
def overheard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Overheard]:
    made = Overheard(tmp_path_factory.mktemp("overheard"))
    yield made
    made.end()


def test_what_goes_between_two_servers_tells_nothing(overheard: Overheard) -> None:
    assert overheard.way.heard is not None
    heard = b"".join(overheard.way.heard)
    media = sum(path.stat().st_size for path in (overheard.one.data / "media").glob("??/??/*"))
    database = (overheard.two.data / "palabre.db").stat().st_size
    assert len(heard) > media + database > 300_000, "database and pictures went this way"
    records = sum(piece[:3] in {b"\x16\x03\x01", b"\x16\x03\x03", b"\x17\x03\x03"} for piece in overheard.way.heard)
    assert records > 10, "it is TLS (RFC 8446, section 5.1)"
    for name, secret in overheard.secrets.items():
        for way in ways_to_write(secret):
            assert way not in heard, f"{name} can be read on the wire"


def test_the_same_look_finds_what_is_not_hidden(overheard: Overheard) -> None:
    """The looking itself works: what the database of the primary has in clear is found there."""
    database = b"".join(path.read_bytes() for path in overheard.one.data.glob("palabre.db*"))
    for name in ("text", "password hash", "user name", "table", "database"):
        assert any(way in database for way in ways_to_write(overheard.secrets[name])), name


def test_a_standby_keeps_nothing_beside_the_database_that_tells_anything(overheard: Overheard) -> None:
    data = overheard.two.data
    kept = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    beside = {
        path: content
        for path, content in kept.items()
        if not path.name.startswith("palabre.db") and data / "media" not in path.parents and path.name != "keyring"
    }
    assert {path.name for path in beside} >= {"state.json", "node.crt", "standby", "palabre.toml"}
    beside[overheard.two.log] = overheard.two.log.read_bytes()
    beside[overheard.one.log] = overheard.one.log.read_bytes()
    for name, secret in overheard.secrets.items():
        for path, content in beside.items():
            if name == "node key" and path.name == "node.key":
                continue
            for way in ways_to_write(secret):
                assert way not in content, f"{name} can be read in {path}"
    for path in (data, data / "survival", data / "media", data / "keyring", data / "survival" / "node.key"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, f"others on the machine can read {path}"


def test_the_database_of_a_standby_opens_no_account(overheard: Overheard) -> None:
    database = b"".join(path.read_bytes() for path in overheard.two.data.glob("palabre.db*"))
    assert _TEXT.encode() in database, "it is the whole database"
    hidden = ("e-mail", "other e-mail", "password", "token", "session", "invitation", "keyring")
    for name in (*hidden, *(name for name in overheard.secrets if name.startswith("key "))):
        for way in ways_to_write(overheard.secrets[name]):
            assert way not in database, f"{name} can be read in the database of the standby"
