"""A post in another language, on a page without a script, by a translation service of the tests' own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from libretranslate import LibreTranslate
from running import RunningServer


@pytest.fixture(scope="module")
def service() -> Iterator[LibreTranslate]:
    made = LibreTranslate()
    yield made
    made.close()


@pytest.fixture(scope="module")
def network(make_server: ServerMaker, service: LibreTranslate) -> RunningServer:
    return make_server(limits="off", translate_url=service.origin).start()


@pytest.fixture(scope="module")
def browsers(network: RunningServer) -> list[Browsing]:
    return [Browsing(network).sign_in(network.account(name, password=PASSWORD)) for name in ("ana", "ben")]


def said(browser: Browsing, name: str, text: str, **more: object) -> str:
    assert browser.post("/compose", data={"text": text, "language": "fr", **more}).status_code == 303
    found = re.search(r'id="p(\d{31})"', browser.get(f"/@{name}").text)
    assert found
    return f"/@{name}/{found[1]}"


def shown(browser: Browsing, path: str) -> str:
    """A page as a reader has it: nothing in it is escaped any more."""
    return html.unescape(browser.get(path).text)


def test_a_post_in_another_language_is_translated_above_what_its_author_wrote(
    browsers: list[Browsing], network: RunningServer, service: LibreTranslate
) -> None:
    ana, ben = browsers
    service.inside = "{language}: {text}<script>alert(1)</script>"
    poll = {"choices[]": ["Oui & non", "Non"], "poll_seconds": "300", "warning": "Le midi"}
    post = said(ana, "ana", "Bonjour #arbre", **poll)
    assert f'href="{post}/translation"' in shown(ben, post)
    assert "/translation" not in shown(Browsing(network), post), "a visitor costs the service nothing"
    raw = ben.get(f"{post}/translation").text
    assert "<script>alert" not in raw
    page = html.unescape(raw)
    assert "en: " in page
    assert '<div class="text" dir="auto" lang="en">' in page
    assert 'href="/tags/arbre"' in page
    assert "en: Oui & non" in page
    assert "en: Le midi" in page
    assert "Translated from French by LibreTranslate" in page
    assert page.index("en: ") < page.index("What the author wrote") < page.rindex("Bonjour")
    german = shown(ben, f"{post}/translation?lang=de")
    assert "de: " in german
    assert '<option value="de" selected>German' in german
    visitor = Browsing(network).get(f"{post}/translation")
    assert (visitor.status_code, visitor.headers["location"][:13]) == (303, "/auth/sign_in")
    service.inside = "{language}: {text}"


def test_what_cannot_be_translated_is_said_beside_the_post(browsers: list[Browsing], service: LibreTranslate) -> None:
    ana, ben = browsers
    private = said(ana, "ana", "Entre nous", visibility="followers")
    before = len(service.asked)
    assert ben.get(f"{private}/translation").status_code == 404
    mine = ana.get(f"{private}/translation")
    assert mine.status_code == 403
    assert "This post cannot be translated into this language." in mine.text
    assert "Entre nous" in mine.text
    assert "/translation" not in shown(ana, private)
    assert len(service.asked) == before, "nothing was sent out"
    english = said(ana, "ana", "Hello", language="en")
    assert f"{english}/translation" not in shown(ben, english)
    service.status = 500
    failed = ben.get(f"{said(ana, 'ana', 'Bonsoir')}/translation")
    assert failed.status_code == 503
    assert "The translation service does not answer. Please try again later." in failed.text
    assert "Bonsoir" in failed.text
    service.status = 200


def test_without_a_service_nothing_is_offered(make_server: ServerMaker) -> None:
    network = make_server(limits="off").start()
    ana = Browsing(network).sign_in(network.account("ana", password=PASSWORD))
    post = said(ana, "ana", "Bonjour")
    assert "/translation" not in shown(ana, post)
    assert ana.get(f"{post}/translation").status_code == 404
