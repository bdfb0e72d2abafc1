"""Posts in another language, by a translation service of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from libretranslate import LibreTranslate
from palabre.config import Config, WrongSetting
from unit.api.documented import OPTIONAL, problems
from unit.api.network import Caller, Network

LANGUAGES = "/api/v1/instance/translation_languages"


@pytest.fixture
def service() -> Iterator[LibreTranslate]:
    made = LibreTranslate()
    yield made
    made.close()


@pytest.fixture
def network(network_with: Callable[..., Network], service: LibreTranslate) -> Network:
    return network_with(translate_url=f"{service.origin}/", translate_key="secret")


def translate(member: Caller, post: dict[str, Any], expect: int = 200, **body: Any) -> Any:
    return member.post(f"/api/v1/statuses/{post['id']}/translate", expect, **body)


def test_all_words_of_a_post_are_translated_and_kept(network: Network, service: LibreTranslate) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    post = bo.say(
        "Bonjour <tous> #arbre",
        spoiler_text="Vert & bleu",
        language="fr",
        poll={"options": ["oui", "non"], "expires_in": 300},
    )
    made = translate(ana, post, lang="en")
    assert problems("Translation", made) == []
    assert made["content"].startswith("en: <p>Bonjour &lt;tous&gt; ")
    assert 'href="http://localhost/tags/arbre"' in made["content"]
    assert made["spoiler_text"] == "en: Vert & bleu"
    assert made["poll"] == {"id": post["poll"]["id"], "options": [{"title": "en: oui"}, {"title": "en: non"}]}
    assert (made["detected_source_language"], made["language"]) == ("fr", "en")
    assert made["provider"] == "LibreTranslate"
    (asked,) = service.asked
    assert (asked["source"], asked["target"], asked["format"], asked["api_key"]) == ("fr", "en", "html", "secret")
    assert translate(ana, post, lang="en") == made
    assert len(service.asked) == 1, "what was translated once is kept"
    bo.call("PUT", f"/api/v1/statuses/{post['id']}", json={"status": "Bonsoir", "language": "fr"})
    assert translate(ana, post, lang="en")["content"] == "en: <p>Bonsoir</p>"


def test_the_language_is_the_members_unless_another_is_asked_for(network: Network) -> None:
    ana = network.member("ana")
    post = ana.say("Bonjour", language="fr")
    assert translate(ana, post)["language"] == "en"
    assert translate(ana, post, lang="de-AT")["language"] == "de"
    app = network.app_caller("read:statuses")
    made = translate(app, post)
    assert problems("Translation", made, without=OPTIONAL["Translation"]) == []


def test_what_comes_back_is_made_harmless(network: Network, service: LibreTranslate) -> None:
    service.inside = "<script>alert(1)</script><p onclick='x'>{text}</p>"
    ana = network.member("ana")
    content = translate(ana, ana.say("Bonjour", language="fr"))["content"]
    assert "Bonjour" in content
    assert "script" not in content
    assert "onclick" not in content


def test_only_what_anybody_may_read_is_sent_out(network: Network, service: LibreTranslate) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    bo.follow(ana)
    for_followers = ana.say("Bonjour", visibility="private", language="fr")
    assert translate(bo, for_followers, 403) == {"error": "This action is not allowed"}
    assert translate(network.member("cy"), for_followers, 404) == {"error": "Record not found"}
    assert translate(ana, ana.say("Hello", language="en"), 403, lang="en") == {"error": "This action is not allowed"}
    translate(ana, ana.say("Hello", language="en"), 403, lang="xx")
    assert service.asked == []


@pytest.mark.parametrize(
    ("status", "answer"), [(500, None), (429, None), (200, b"{}"), (200, b"no"), (200, b'{"translatedText":[]}')]
)
def test_a_service_that_fails_is_unavailable(
    network: Network, service: LibreTranslate, status: int, answer: bytes | None
) -> None:
    ana = network.member("ana")
    post = ana.say("Bonjour", language="fr")
    network.visitor.get(LANGUAGES)
    service.status, service.answer = status, answer
    assert translate(ana, post, 503) == {"error": "Service Unavailable"}
    service.status, service.answer = 200, None
    assert translate(ana, post)["content"] == "en: <p>Bonjour</p>"


def test_a_service_that_is_gone_is_unavailable(network: Network, service: LibreTranslate) -> None:
    ana = network.member("ana")
    post = ana.say("Bonjour", language="fr")
    service.status = 502
    assert translate(ana, post, 503) == {"error": "Service Unavailable"}
    assert network.visitor.get(LANGUAGES, 503) == {"error": "Service Unavailable"}


def test_languages_are_asked_once(network: Network, service: LibreTranslate) -> None:
    found = network.visitor.get(LANGUAGES)
    assert found == {"en": ["fr", "de"], "fr": ["en", "de"], "de": ["en", "fr"], "und": ["de", "en", "fr"]}
    assert network.visitor.get(LANGUAGES) == found
    assert service.paths == ["/languages"]
    assert network.visitor.get("/api/v2/instance")["configuration"]["translation"] == {"enabled": True}


def test_without_a_service_nothing_is_translated(network_with: Callable[..., Network]) -> None:
    network = network_with()
    ana = network.member("ana")
    assert network.visitor.get(LANGUAGES) == {}
    assert network.visitor.get("/api/v2/instance")["configuration"]["translation"] == {"enabled": False}
    assert translate(ana, ana.say("Bonjour", language="fr"), 404) == {"error": "Record not found"}


def test_the_address_of_the_service_is_checked() -> None:
    with pytest.raises(WrongSetting, match="translate_url"):
        Config(translate_url="ftp://x")
