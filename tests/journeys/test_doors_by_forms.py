"""The doors of a network by forms, without JavaScript: open after a look, by invitation, or closed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest

from fixtures_server import ServerMaker
from plain_browser import PlainBrowser, forms_of
from running import RunningServer

PASSWORD = "beneath the tall tree"


class Doors:
    """A network, its administrator at a browser, and whoever comes."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self._opened: list[PlainBrowser] = []
        self.root = self.comer()
        self.root.sign_in(server.account("root", password=PASSWORD, admin=True))

    def comer(self) -> PlainBrowser:
        """Somebody who has never been here."""
        self._opened.append(PlainBrowser(self.server))
        return self._opened[-1]

    def close(self) -> None:
        for browser in self._opened:
            browser.close()


@pytest.fixture
def doors(request: pytest.FixtureRequest, server_on_each: ServerMaker) -> Iterator[Doors]:
    opened = Doors(server_on_each(registrations=request.param, contact="keeper@example.org"))
    yield opened
    opened.close()


def sign_up(browser: PlainBrowser, name: str, address: str = "/auth/sign_up", **more: object) -> httpx.Response:
    browser.open(address)
    return browser.submit("/auth/sign_up", username=name, password=PASSWORD, **more)


@pytest.mark.parametrize("doors", ["approval"], indirect=True)
def test_whoever_asks_to_join_is_let_in_or_refused(doors: Doors) -> None:
    welcome, unwelcome = doors.comer(), doors.comer()
    for browser, name in ((welcome, "welcome"), (unwelcome, "unwelcome")):
        sign_up(browser, name, reason=f"I am {name} & <curious>")
        assert "Your account waits to be let in." in browser.words
    welcome.open("/compose")
    early = welcome.submit("/compose", text="Am I in?")
    assert early.status_code == httpx.codes.FORBIDDEN
    doors.root.open("/admin/sign_ups")
    assert ("I am welcome & <curious>" in doors.root.words, "@unwelcome" in doors.root.words) == (True, True)
    part = next(
        each for each in doors.root.page.text.split("<article")[1:] if re.search(r"@welcome<", each)
    )  # fmt: skip
    doors.root.submit(re.findall(r'action="(/admin/sign_ups/\d+/approve)"', part)[0])
    assert "Approved: they can speak now." in doors.root.words
    assert "@welcome" not in doors.root.words.replace("@unwelcome", "")
    doors.root.submit(doors.root.leads_to(r"/admin/sign_ups/\d+/refuse"))
    assert "The sign-up is refused and forgotten." in doors.root.words
    assert "Nobody waits" in doors.root.words

    welcome.open("/compose")
    welcome.submit("/compose", text="I am in")
    assert "Your post is out." in welcome.words
    assert unwelcome.open("/home").url.path == "/auth/sign_in", "an account that is not there has no session"
    assert doors.root.open("/@unwelcome").status_code == httpx.codes.NOT_FOUND
    again = doors.comer()
    sign_up(again, "unwelcome", reason="Once more")
    assert "Your account waits to be let in." in again.words, "the name was forgotten with the account"


@pytest.mark.parametrize("doors", ["invitation"], indirect=True)
def test_an_invitation_opens_the_door_as_often_as_it_says_until_it_is_withdrawn(doors: Doors) -> None:
    def invite(uses: int) -> str:
        doors.root.open("/admin/invitations")
        doors.root.submit("/admin/invitations", uses=uses)
        found = re.search(r"(/invite/[\w-]+)", doors.root.words)
        assert found, doors.root.words
        return found[1]

    def code_of(link: str) -> str:
        return link.rpartition("/")[2]

    def asked_by_app(link: str) -> tuple[int, object]:
        answer = httpx.get(f"{doors.server.base_url}{link}", headers={"Accept": "application/json"})
        return answer.status_code, answer.json()

    guest, second, bare = doors.comer(), doors.comer(), doors.comer()
    refused = sign_up(bare, "bare", invitation="guessed")
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'id="invitation-wrong"' in refused.text
    link = invite(1)
    assert asked_by_app(link) == (200, {"invite_code": code_of(link)})
    sign_up(guest, "guest", link)
    assert "Welcome." in guest.words
    guest.open("/compose")
    guest.submit("/compose", text="Thanks for the invitation")
    assert "Your post is out." in guest.words
    assert asked_by_app(link)[0] == httpx.codes.NOT_FOUND, "it is used up"
    refused = sign_up(second, "second", link)
    assert refused.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert 'value="second"' in refused.text, "what was typed is kept"
    link = invite(5)
    assert asked_by_app(link)[0] == httpx.codes.OK
    doors.root.open("/admin/invitations")
    assert code_of(link) not in doors.root.page.text, "it is shown only once"
    doors.root.submit(doors.root.leads_to(r"/admin/invitations/\d+/withdraw"))
    assert "The invitation is withdrawn." in doors.root.words
    assert asked_by_app(link)[0] == asked_by_app("/invite/guessed")[0] == httpx.codes.NOT_FOUND
    assert sign_up(second, "second", link).status_code == httpx.codes.UNPROCESSABLE_ENTITY
    for name in ("bare", "second"):
        assert doors.root.open(f"/@{name}").status_code == httpx.codes.NOT_FOUND


@pytest.mark.parametrize("doors", ["closed"], indirect=True)
def test_a_closed_door_says_so_and_does_not_open_to_a_form_from_elsewhere(doors: Doors) -> None:
    comer = doors.comer()
    for page in ("/", "/local"):
        comer.open(page)
        assert "Create an account" not in comer.words
    comer.open("/auth/sign_up")
    assert "New accounts are closed for now." in comer.words
    assert "keeper@example.org" in comer.words
    assert not [form for form in forms_of(comer.page.text) if form.action == "/auth/sign_up"]
    assert "fermées" in comer.client.get("/auth/sign_up", headers={"Accept-Language": "fr"}).text
    comer.open("/auth/sign_in")
    token = next(value for form in forms_of(comer.page.text) for name, value in form.values if name == "csrf")
    forced = comer.client.post(
        "/auth/sign_up", data={"csrf": token, "username": "forced", "password": PASSWORD, "invitation": "x"}
    )
    assert forced.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert "New accounts are closed for now." in forced.text
    assert comer.open("/@forced").status_code == httpx.codes.NOT_FOUND
