"""A second step for tests: an authenticator app that sets itself up through the pages, and a passkey."""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from browsing import PASSWORD, Browsing
from palabre import clock, journal
from palabre.accounts import passkey_sql
from palabre.accounts.events import PasskeyAdded
from palabre.accounts.model import Passkey
from palabre.accounts.totp import code_at
from palabre.ids import AccountId, new_id
from palabre.store import Transaction
from running import RunningServer

_SECRET = re.compile(r'<span class="code" translate="no" dir="ltr">([A-Z2-7 ]+)</span>')
_RECOVERY = re.compile(r"<li>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})</li>")


def give_passkey(server: RunningServer, owner: AccountId, name: str) -> int:
    """Give a member a passkey, as a browser would at an address that passkeys can be bound to; return its id."""
    now = clock.now()
    made = Passkey(
        id=new_id(now), account=owner, credential=name.encode(), public_key=b"k", sign_count=0,
        host="localhost", name=name, created=now,
    )  # fmt: skip

    def add(tx: Transaction) -> None:
        passkey_sql.insert_passkey(tx, made)
        journal.record(tx, PasskeyAdded(account=owner))

    with server.opened() as opened:
        opened.database.write_now(add)
    return made.id


def tried_at_once(servers: Iterable[RunningServer], name: str, code: str) -> list[int]:
    """Let somebody come past the password in a browser of each of ``servers``, and show one code in all at once.

    Returns the statuses of the answers, sorted.
    """
    browsers = [Browsing(server) for server in servers]
    for browser in browsers:
        browser.get("/auth/sign_in")
        begun = browser.post("/auth/sign_in", data={"name": name, "password": PASSWORD})
        browser.get(begun.headers["location"])
    together = threading.Barrier(len(browsers))

    def show(browser: Browsing) -> int:
        together.wait()
        return browser.post("/auth/second_step", data={"code": code}).status_code

    with ThreadPoolExecutor(len(browsers)) as threads:
        return sorted(threads.map(show, browsers))


class TwoStep:
    """Sets it up for whoever is signed in; :meth:`code` gives an unused code, twice within half a minute."""

    def __init__(self, browser: Browsing, password: str = PASSWORD) -> None:
        browser.get("/settings/two_step")
        begun = browser.post("/settings/two_step/begin", data={"password": password}, follow_redirects=True)
        assert begun.status_code == 200, begun.text
        self.page = begun.text
        self.secret = _SECRET.findall(begun.text)[0].replace(" ", "")
        browser.get("/settings/two_step")
        self._step = int(time.time()) // 30 - 1
        confirmed = browser.post("/settings/two_step/confirm", data={"code": self.code()})
        assert confirmed.status_code == 200, confirmed.text
        self.codes_page = confirmed.text
        self.recovery_codes = _RECOVERY.findall(confirmed.text)
        assert len(self.recovery_codes) == 10

    def code(self) -> str:
        """Return the code of the next step. Two clocks may differ by one, so two are good at once."""
        self._step = max(self._step + 1, int(time.time()) // 30)
        return self.of(self._step)

    def used(self) -> str:
        """Return the code that was given last."""
        return self.of(self._step)

    def of(self, step: int) -> str:
        """Return the code of a step."""
        return code_at(base64.b32decode(self.secret), step)
