"""Members who use the pages of a network in this process, without a script, and its API beside them."""

from __future__ import annotations

import re

from palabre.accounts.actions import NewMember, create_member
from palabre.accounts.credentials import hash_password
from palabre.accounts.model import Role
from unit.api.network import Caller, Network
from unit.api.test_trend_pages import Reader

PASSWORD = "a long password"  # only of tests


def browsing(network: Network, name: str, *, role: Role = Role.MEMBER, language: str = "en") -> tuple[Caller, Reader]:
    """Make a member; return what calls the API for it, and a browser in which it has signed in."""
    made = NewMember(username=name, password_hash=hash_password(PASSWORD), role=role)
    number = network.write(create_member, network.site.keyring, made).id
    caller = network.token_for(Caller(network, name=name, number=number), "read write follow")
    reader = Reader(network, language)
    reader.get("/auth/sign_in")
    reader.post("/auth/sign_in", name=name, password=PASSWORD)
    return caller, reader


def led(reader: Reader, path: str, **fields: str) -> str:
    """Send a form; return where it leads to."""
    answer = reader.network.run(reader.client.post(path, data={"csrf": reader.token, **fields}))
    assert answer.status_code == 303, answer.text[:500]
    return str(answer.headers["location"])


def values(page: str, name: str) -> list[str]:
    """Return the values of the lines of a form that have a name."""
    return re.findall(rf'name="{re.escape(name)}" value="([^"]*)"', page)
