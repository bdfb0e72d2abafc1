"""Whoever carries the database away finds no e-mail address, no password, and nothing that opens an account."""

from __future__ import annotations

import base64
import contextlib
import re
import shutil
import stat
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.exceptions import InvalidTag

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from palabre import keyring
from palabre.accounts.queries import account_by_handle, email_of, login_for
from palabre.accounts.sessions import session_of
from palabre.store import Database
from running import Person, RunningServer
from two_step import TwoStep

_EMAIL = "Ana.Lovelace@private-mail.example"
_SIGN_UP_EMAIL = "Ben.Newcomer@other-mail.example"
_TYPED_EMAIL = "Cleo.Changed@third-mail.example"
_NEW_PASSWORD = "another staple battery"


class Taken:
    """A network that was used, then stolen: its files, and the secrets that passed through it."""

    def __init__(self, server: RunningServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.secrets: dict[str, str] = {}
        self._use(server)
        shutil.copytree(server.data, folder)

    def _use(self, server: RunningServer) -> None:
        [ana] = server.accounts(["ana"], password=PASSWORD, email=_EMAIL)
        browser = Browsing(server).sign_in(ana)
        newcomer = Browsing(server)
        newcomer.get("/auth/sign_up")
        form = {"username": "ben", "email": _SIGN_UP_EMAIL, "password": PASSWORD}
        assert newcomer.post("/auth/sign_up", data=form).status_code == 303
        newcomer.get("/settings/account")
        newcomer.post("/settings/account/email", data={"email": _TYPED_EMAIL, "email_password": PASSWORD})
        passwords = {"current_password": PASSWORD, "password": _NEW_PASSWORD}
        assert newcomer.post("/settings/account/password", data=passwords).status_code == 303
        with server.client() as http:
            redirect = "https://app.example/back"
            app = http.post("/api/v1/apps", json={"client_name": "App", "redirect_uris": redirect}).json()
            asked = {
                "response_type": "code",
                "client_id": app["client_id"],
                "redirect_uri": redirect,
                "scope": "read",
            }
            browser.get("/oauth/authorize", params=asked)
            codes = []
            for _ in range(2):
                sent = browser.post("/oauth/authorize", data={**asked, "answer": "yes"})
                codes.append(re.findall(r"code=([\w-]+)", sent.headers["location"])[0])
            grant = {**asked, "grant_type": "authorization_code", "code": codes[0]}
            token = http.post("/oauth/token", json={**grant, "client_secret": app["client_secret"]}).json()
            own = {"grant_type": "client_credentials", "client_id": app["client_id"]}
            app_token = http.post("/oauth/token", json={**own, "client_secret": app["client_secret"]}).json()
        step = TwoStep(Browsing(server).sign_in("ben", _NEW_PASSWORD), _NEW_PASSWORD)
        invitation = server.command("invite", "--data", str(server.data)).stdout.split()
        with ana.client() as http:
            key = {"Idempotency-Key": "an-idempotency-key-of-mine"}
            http.post("/api/v1/statuses", json={"status": "public words"}, headers=key).raise_for_status()
        self.secrets = {
            "e-mail": _EMAIL, "e-mail at sign-up": _SIGN_UP_EMAIL, "e-mail changed": _TYPED_EMAIL,
            "password": PASSWORD, "new password": _NEW_PASSWORD, "operator's token": ana.token,
            "session": browser.secret, "other session": newcomer.secret, "form": browser.token,
            "client secret": app["client_secret"], "token": token["access_token"],
            "app's token": app_token["access_token"], "used code": codes[0], "code": codes[1],
            "secret of the codes": step.secret, "secret of the codes, raw": base64.b32decode(step.secret).hex(),
            "recovery code": step.recovery_codes[0], "recovery code, joined": step.recovery_codes[1].replace("-", ""),
            "idempotency key": "an-idempotency-key-of-mine",
            "invitation": max(re.findall(r"[\w-]{43}", " ".join(invitation)), key=len),
        }  # fmt: skip
        self.ana: Person = ana


@pytest.fixture(scope="module")
def taken(make_server: ServerMaker, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    return Taken(make_server(limits="off").start(), tmp_path_factory.mktemp("stolen") / "data")


def _written(secret: str) -> set[bytes]:
    """Write a secret in the ways it might lie in a file."""
    ways = set()
    for text in {secret, secret.lower(), secret.upper(), secret.split("@", maxsplit=1)[0]}:
        raw = text.encode()
        ways |= {
            raw,
            raw[::-1],
            raw.hex().encode(),
            raw.hex().upper().encode(),
            text.encode("utf-16-le"),
            quote(text, safe="").encode(),
        }
        for shift in range(3):  # base64 looks different at each of three places
            inner = base64.b64encode(b"x" * shift + raw)[4 if shift else 0 : -4]
            ways |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    with contextlib.suppress(ValueError):
        ways.add(base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4)))
    return {way for way in ways if len(way) >= 8}


def test_no_file_but_the_keyring_holds_anything_that_was_secret(taken: Taken) -> None:
    looked = 0
    for path in taken.folder.rglob("*"):
        if not path.is_file() or path.name == "keyring":
            continue
        raw = path.read_bytes()
        looked += len(raw)
        for name, secret in taken.secrets.items():
            for way in _written(secret):
                assert way not in raw, f"{name} is in {path.name}"
    assert looked > 100_000
    whole = b"".join(path.read_bytes() for path in taken.folder.glob("palabre.db*"))
    assert b"public words" in whole, "then this test would not find anything"
    keys = (taken.folder / "keyring").read_text("utf-8")
    for key in re.findall(r"[0-9a-f]{64}", keys):
        assert key.encode() not in whole
        assert bytes.fromhex(key) not in whole


def test_the_log_holds_nothing_of_it_either(taken: Taken) -> None:
    log = taken.server.log.read_bytes()
    for name, secret in taken.secrets.items():
        assert secret.encode() not in log, name


def test_keyring_and_database_are_their_owners_alone(taken: Taken) -> None:
    data = taken.server.data
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for name in ("keyring", "palabre.db"):
        assert stat.S_IMODE((data / name).stat().st_mode) == 0o600, name
    assert stat.S_IMODE((data / "tmp").stat().st_mode) == 0o700


def test_with_another_keyring_the_database_tells_nothing(taken: Taken, tmp_path: Path) -> None:
    own, other = keyring.load(taken.folder), keyring.create(tmp_path)
    database = Database.open("", taken.folder)
    try:
        ana = database.read_now(account_by_handle, "ana")
        ben = database.read_now(account_by_handle, "ben")
        assert ana is not None
        assert ben is not None
        for who, email in ((ana.id, _EMAIL), (ben.id, _TYPED_EMAIL)):
            assert (
                database.read_now(email_of, own, who) == email
            )  # the right key, so the test looks at the right place
            with pytest.raises(InvalidTag):
                database.read_now(email_of, other, who)
        secret = taken.secrets["session"]
        assert database.read_now(session_of, own, secret) is not None
        assert database.read_now(session_of, other, secret) is None
        assert database.read_now(login_for, own, _EMAIL) is not None
        assert database.read_now(login_for, other, _EMAIL) is None
    finally:
        database.close()


def test_a_thief_who_serves_the_database_with_keys_of_his_own_signs_nobody_in(
    taken: Taken, make_server: ServerMaker
) -> None:
    thief = make_server(limits="off")
    for path in taken.folder.glob("palabre.db*"):
        shutil.copy(path, thief.data / path.name)
    thief.start()
    with thief.client() as http:
        for name in ("operator's token", "token", "app's token"):
            answer = http.get("/api/v1/timelines/home", headers={"Authorization": f"Bearer {taken.secrets[name]}"})
            assert answer.status_code == 401, name
        assert http.get("/home", headers={"Cookie": f"session={taken.secrets['session']}"}).status_code == 303
    browser = Browsing(thief)
    browser.get("/auth/sign_in")
    assert browser.post("/auth/sign_in", data={"name": _EMAIL, "password": PASSWORD}).status_code == 422
