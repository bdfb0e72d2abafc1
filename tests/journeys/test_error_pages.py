"""Errors are pages that help: what happened, what to do now, and a way home, in the reader's language."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import httpx
import pytest

from browsing import PASSWORD, Browsing
from failing_pages import AWAY, FAULT, TOO_MANY, failing
from fixtures_server import ServerMaker
from running import RunningServer


@dataclass
class Network:
    """A network of which some pages fail, a member, and a post that is not his."""

    server: RunningServer
    member: Browsing
    post: str


@pytest.fixture(scope="module")
def network(server_on_each: ServerMaker) -> Network:
    server = server_on_each(contact="keeper@example.org")
    server.stop()
    failing(server).start()
    server.account("ana", password=PASSWORD)
    ben = server.account("ben")
    with ben.client() as client:
        post = client.post("/api/v1/statuses", json={"status": "Ben's"}).json()["id"]
    return Network(server, Browsing(server).sign_in("ana"), post)


_PAGES = {
    "nowhere": (404, "/nowhere"),
    "not his": (403, "/posts/{post}/edit"),
    "too many": (429, TOO_MANY),
    "fault": (500, FAULT),
    "away": (503, AWAY),
    "a form's address": (405, "/posts/{post}/like"),
}

_WORDS = {
    ("nowhere", "en"): (
        "There is nothing here",
        "Perhaps it was deleted, or its address is not quite right, or it is not for you to read.",
        "Look at the address once more, or search for what you were after.",
    ),
    ("nowhere", "fr"): (
        "Il n’y a rien ici",
        "Peut-être que c’est supprimé, que l’adresse n’est pas tout à fait juste, ou que cela ne vous est pas",
        "Vérifiez l’adresse, ou cherchez ce que vous vouliez voir.",
    ),
    ("not his", "en"): (
        "This is not for you",
        "Nothing was changed. If you have several accounts, look which one you are signed in with.",
        "If you think that this is a mistake, write to keeper@example.org.",
    ),
    ("not his", "fr"): (
        "Ceci ne vous est pas destiné",
        "Rien n’a été modifié. Si vous avez plusieurs comptes, voyez avec lequel vous êtes connecté.",
        "Si vous pensez qu’il s’agit d’une erreur, écrivez à keeper@example.org.",
    ),
    ("too many", "en"): (
        "A little slower, please",
        "Too many requests. Please wait a little. You can go on in 42 seconds.",
        "Then go back and repeat what you did: nothing you wrote is lost.",
    ),
    ("too many", "fr"): (
        "Un peu plus lentement, s’il vous plaît",
        "Vous pourrez reprendre dans 42 secondes.",
        "Revenez alors en arrière et recommencez\u00a0: rien de ce que vous avez écrit n’est perdu.",
    ),
    ("fault", "en"): (
        "Something went wrong",
        "Something went wrong on this server. It has been noted as incident ",
        "Nothing you wrote is lost if you go back. Please try again in a moment.",
        "If it stays like this, write to keeper@example.org.",
    ),
    ("fault", "fr"): (
        "Quelque chose s’est mal passé",
        "Si cela persiste, écrivez à keeper@example.org.",
    ),
    ("away", "en"): (
        "Not possible right now",
        "The server cannot reach its storage right now. Please try again in a moment.",
        "Nothing you wrote is lost if you go back.",
    ),
    ("away", "fr"): ("Impossible pour l’instant",),
    ("a form's address", "en"): (
        "This did not work",
        "This address takes what a form sends; by itself it shows nothing.",
        "Go back to the page before, load it again, and repeat what you did.",
    ),
    ("a form's address", "fr"): (
        "Cette adresse reçoit ce qu’envoie un formulaire\u202f; à elle seule, elle ne montre rien.",
    ),
}


def words_of(answer: httpx.Response) -> str:
    main = answer.text.split("<main", 1)[1].split("</main>", 1)[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split(" ")).replace("\n", " ")


def squeezed(text: str) -> str:
    return re.sub(r"[ \n]+", " ", text).replace(" .", ".")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("which", _PAGES)
def test_each_says_what_happened_what_to_do_and_leads_home(network: Network, which: str, language: str) -> None:
    status, path = _PAGES[which]
    for browser in (network.member, Browsing(network.server)):
        known = browser is network.member
        if which == "not his" and not known:
            continue  # a visitor is asked to sign in
        answer = browser.http.get(path.format(post=network.post), headers={"Accept-Language": language})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert f'<html lang="{language}"' in answer.text
        shown = squeezed(words_of(answer))
        for words in _WORDS[which, language]:
            assert words in shown, shown
        homes = re.findall(r'<a class="button" href="([^"]*)"', html.unescape(answer.text.split("<main", 1)[1]))
        assert "/" in homes, "the page before, or the start"
        at_home = known and status < 500  # what fails may be what says who is signed in
        assert ("/home" if at_home else "/") in homes
        assert ("no-store" in answer.headers["cache-control"], "Traceback" in answer.text) == (True, False)
        assert "secret cause" not in answer.text


def test_when_to_come_back_is_said_to_people_and_machines_alike(network: Network) -> None:
    page = network.member.http.get(TOO_MANY)
    assert page.headers["retry-after"] == "42"
    part = network.member.http.get(TOO_MANY, headers={"HX-Request": "true"})
    assert (part.status_code, part.text) == (
        429,
        "Too many requests. Please wait a little. You can go on in 42 seconds.",
    )


def test_an_incident_is_in_the_log_under_the_name_that_the_page_gives(network: Network) -> None:
    page = network.member.http.get(FAULT)
    incident = re.search(r"incident ([0-9a-f]{12})\.", page.text)
    assert incident, page.text
    assert incident[1] in network.server.said()


def test_a_form_that_is_too_old_says_how_to_go_on(network: Network) -> None:
    for language, heading, advice in (
        ("en", "This page is too old", "Go back to the page before, load it again, and repeat what you did."),
        ("fr", "Cette page est trop ancienne", "Revenez à la page précédente"),
    ):
        answer = network.member.post("/compose", token="", data={"text": "x"}, headers={"Accept-Language": language})
        assert answer.status_code == 403
        shown = squeezed(words_of(answer))
        assert heading in shown
        assert advice in shown


def test_what_is_too_large_says_what_would_not_be(network: Network) -> None:
    answer = network.member.post("/compose", data={"text": "x" * 3_000_000})
    assert answer.status_code == 413
    assert "Choose a smaller file or write less, and send it again." in squeezed(words_of(answer))


def test_a_door_that_was_tried_too_often_says_when_it_opens_again(make_server: ServerMaker) -> None:
    server = make_server().start()
    comer = Browsing(server)
    comer.get("/auth/sign_up")
    for _ in range(5):
        assert comer.post("/auth/sign_up", data={"username": "x", "password": "short"}).status_code == 422
    refused = comer.post("/auth/sign_up", data={"username": "x", "password": "short"})
    assert refused.status_code == 429
    said = re.search(r"You can go on in (\d+) minutes\.", words_of(refused))
    assert said, words_of(refused)
    assert int(said[1]) == -(-int(refused.headers["retry-after"]) // 60)
    comer.get("/auth/sign_in")
    for _ in range(5):
        assert comer.post("/auth/sign_in", data={"name": "x", "password": "y"}).status_code == 422
    refused = comer.post("/auth/sign_in", data={"name": "x", "password": "y"})
    assert refused.status_code == 429
    assert "You can go on in " in words_of(refused)
