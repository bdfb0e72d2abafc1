"""What other sites and apps show of a link to a public page: title, words, a picture; nothing that is covered."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

import httpx
import pytest
from PIL import Image

from running import Person, RunningServer


class Head(HTMLParser):
    """What the head of a page says to machines."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: dict[str, list[str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "meta" and (name := about.get("property") or about.get("name")):
            self.said.setdefault(name, []).append(about.get("content", ""))
        if tag == "link" and about.get("rel") == "canonical":
            self.said.setdefault("canonical", []).append(about["href"])

    def one(self, name: str) -> str:
        [only] = self.said[name]
        return only


def picture(colour: str) -> bytes:
    kept = io.BytesIO()
    Image.new("RGB", (400, 200), colour).save(kept, "PNG")
    return kept.getvalue()


@dataclass
class Street:
    """Ana, who has said this and that, and who walks by."""

    server: RunningServer
    ana: Person
    visitor: httpx.Client

    def said(self, text: str, *, pictures: int = 0, **more: object) -> str:
        with self.ana.client() as http:
            media = [
                http.post(
                    "/api/v2/media",
                    files={"file": ("a.png", picture("teal"), "image/png")},
                    data={"description": "A wall"},
                ).json()["id"]
                for _ in range(pictures)
            ]
            body = {"status": text, "media_ids": media, **more}
            return str(http.post("/api/v1/statuses", json=body).raise_for_status().json()["id"])

    def head(self, path: str) -> Head:
        answer = self.visitor.get(path)
        assert answer.status_code == 200, path
        return Head(answer.text)


@pytest.fixture(scope="module")
def street(server: RunningServer) -> Iterator[Street]:
    ana = server.account("ana")
    with server.client() as visitor, ana.client() as http:
        http.patch(
            "/api/v1/accounts/update_credentials",
            data={"display_name": "Ana & co", "note": 'Says "hello"'},
            files={"avatar": ("a.png", picture("navy"), "image/png")},
        ).raise_for_status()
        yield Street(server, ana, visitor)


def is_picture(street: Street, address: str) -> bool:
    assert address.startswith(f"{street.server.base_url}/"), address
    answer = street.visitor.get(address)
    return answer.status_code == 200 and answer.headers["content-type"].startswith("image/")


@pytest.mark.parametrize(
    ("path", "title", "kind"),
    [
        ("/", "Palabre", "website"),
        ("/about", "About Palabre", "website"),
        ("/tags/wall", "#wall", "website"),
        ("/@ana", "Ana & co (@ana)", "profile"),
        ("/@ana/with_replies", "Ana & co (@ana)", "profile"),
        ("/@ana/media", "Ana & co (@ana)", "profile"),
        ("POST", "Ana & co (@ana)", "article"),
    ],
)
def test_a_public_page_says_what_it_is(street: Street, path: str, title: str, kind: str) -> None:
    if path == "POST":
        path = f"/@ana/{street.said('Under the #wall')}"
    head = street.head(path)
    assert (head.one("og:title"), head.one("og:type"), head.one("og:site_name")) == (title, kind, "Palabre")
    assert head.one("canonical") == head.one("og:url") == street.server.base_url + path
    assert head.one("og:description") == head.one("description") != ""
    assert head.one("twitter:card") == "summary"
    assert is_picture(street, head.one("og:image"))


def test_a_post_shows_its_words_and_its_pictures_with_their_descriptions(street: Street) -> None:
    post = street.said('Look & "see"', pictures=2)
    head = street.head(f"/@ana/{post}")
    assert head.one("og:description") == 'Look & "see"'
    assert head.one("twitter:card") == "summary_large_image"
    assert len(head.said["og:image"]) == 2
    assert head.said["og:image:alt"] == ["A wall", "A wall"]
    assert all(is_picture(street, each) for each in head.said["og:image"])
    assert street.head("/@ana").one("og:image") not in head.said["og:image"]


@pytest.mark.parametrize("cover", [{"sensitive": True}, {"spoiler_text": "Heights"}], ids=["sensitive", "warned"])
def test_what_is_covered_on_the_page_is_not_uncovered_elsewhere(street: Street, cover: dict[str, object]) -> None:
    post = street.said("From the very edge", pictures=1, **cover)
    head = street.head(f"/@ana/{post}")
    assert head.said["og:image"] == street.head("/@ana").said["og:image"], "the face of the author, and no more"
    assert "og:image:alt" not in head.said
    assert head.one("twitter:card") == "summary"
    if "spoiler_text" in cover:
        assert head.one("og:description") == "Heights"
        assert not [words for said in head.said.values() for words in said if "edge" in words]


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_nothing_is_said_of_a_post_that_is_not_for_everybody(street: Street, visibility: str) -> None:
    post = street.said("Between us", visibility=visibility, pictures=1)
    hidden = street.visitor.get(f"/@ana/{post}")
    absent = street.visitor.get(f"/@ana/{'1' * 31}")
    assert (hidden.status_code, absent.status_code) == (404, 404)
    for answer in (hidden, absent):
        said = Head(answer.text).said
        assert not [name for name in said if name.startswith(("og:", "twitter:", "article:"))]
        assert (said["robots"], "canonical" in said) == (["noindex"], False)
        assert "Ana" not in answer.text.replace("/@ana", "")
