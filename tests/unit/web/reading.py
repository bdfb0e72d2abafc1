"""Reads pages in this process, as a member who is signed in."""

from __future__ import annotations

import re

import httpx

from palabre.accounts.sessions import start_session
from palabre.edge.stack import Requests
from palabre.server import application
from unit.api.network import ORIGIN, Caller

_TOKEN = re.compile(r'name="csrf" value="([^"]*)"')


class Reading:
    """A browser without scripts."""

    def __init__(self, member: Caller) -> None:
        network = self._network = member.network
        secret = network.write(start_session, network.site.keyring, member.number, "Browser")
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=application(network.site, Requests())),
            base_url=ORIGIN,
            cookies={"session": secret},
        )
        found = _TOKEN.search(self.get("/settings/account"))
        assert found is not None
        self._token = found[1]

    def get(self, path: str) -> str:
        """Return the text of a page."""
        answer = self._network.run(self._http.get(path))
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def send(self, path: str, status: int, **form: object) -> str:
        """Return the text of the answer to a form."""
        answer = self._network.run(self._http.post(path, data={"csrf": self._token, **form}))
        assert answer.status_code == status, answer.text
        return str(answer.text)
