"""Videos from upload to page, through a server that is killed on the way."""

from __future__ import annotations

import html
import io
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from browsing import PASSWORD, Browsing
from fixtures_server import ServerMaker
from running import RunningServer
from standbys import until as eventually
from unit.media.films import PLACES, film, song
from unit.media.samples import HIDING_PLACES, animation

pytestmark = pytest.mark.crash

PLACE = "+48.8582+002.2945/"


def until(client: httpx.Client, media: str, status: int = 200) -> dict[str, Any]:
    """Ask for an upload until it is no longer being processed."""
    for _ in range(1_200):
        answer = client.get(f"/api/v1/media/{media}")
        if answer.status_code != 206:
            break
        assert answer.json()["url"] is None
        time.sleep(0.1)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def uploads(server: RunningServer) -> list[Path]:
    return list((server.data / "uploads").iterdir())


def upload(client: httpx.Client, content: bytes, *, version: int = 2, status: int = 202) -> dict[str, Any]:
    answer = client.post(f"/api/v{version}/media", files={"file": ("a.bin", content, "image/png")})
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def no_upload_left(server: RunningServer) -> bool:
    for _ in range(1_200):
        if not uploads(server):
            return True
        time.sleep(0.1)
    return False


def test_a_video_goes_from_the_telephone_to_the_page(server: RunningServer) -> None:
    ana = server.account("ana")
    with ana.client() as client:
        made = upload(client, film(tags={"location": PLACE}))
        assert (made["type"], made["url"]) == ("video", None)
        shown = until(client, made["id"])
        meta = shown["meta"]
        assert (shown["type"], meta["width"], meta["fps"], meta["audio_channels"]) == ("video", 96, 10.0, "mono")
        assert meta["original"]["frame_rate"] == "10/1"
        assert meta["small"]["width"] == 96
        assert no_upload_left(server)

        said = client.put(
            f"/api/palabre/v1/media/{made['id']}/captions",
            json={"captions": "WEBVTT\n\n00:00.100 --> 00:00.900\nHello\n", "language": "en"},
        ).json()
        assert client.get(said["url"]).text.startswith("WEBVTT\n\n00:00:00.100")
        assert client.get(said["url"]).headers["content-type"] == "text/vtt; charset=utf-8"

        post = client.post("/api/v1/statuses", data={"status": "film", "media_ids[]": [made["id"]]}).json()
        assert post["media_attachments"][0]["url"] == shown["url"]
        whole = client.get(shown["url"])
        assert whole.headers["content-type"] == "video/mp4"
        assert whole.headers["x-content-type-options"] == "nosniff"
        assert PLACE.encode() not in whole.content
        part = client.get(shown["url"], headers={"range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, whole.content[10:20])

        page = httpx.get(post["url"])
        assert "media-src 'self'" in page.headers["content-security-policy"]
        assert '<video controls playsinline preload="none" poster=' in page.text
        track = said["url"].removeprefix(server.base_url)
        assert f'<track kind="captions" src="{track}" srclang="en"' in html.unescape(page.text)

        later = {"captions": "WEBVTT\n\n00:00.100 --> 00:00.900\nBonjour\n", "language": "fr"}
        place = f"/api/palabre/v1/media/{made['id']}/captions"
        again = client.put(place, json=later).raise_for_status().json()
        assert "Bonjour" in client.get(again["url"]).text
        page = html.unescape(httpx.get(post["url"]).text)
        assert f'src="{again["url"].removeprefix(server.base_url)}" srclang="fr"' in page
        assert client.get(f"/api/v1/statuses/{post['id']}").json()["edited_at"] is None, "it says the same as before"
        with server.account("stranger").client() as stranger:
            assert stranger.put(place, json=later).status_code == stranger.delete(place).status_code == 404
        assert client.get(place).json() == again

        client.delete(f"/api/v1/statuses/{post['id']}").raise_for_status()
        for _ in range(1_200):
            if not list((server.data / "media").glob("??/??/*")):
                break
            time.sleep(0.1)
        assert client.get(again["url"]).status_code == 404
        assert client.get(shown["url"]).status_code == client.get(said["url"]).status_code == 404


_MARKER = b"zQ7markerK9pW"
_PHONES = {
    "JPEG": HIDING_PLACES["jpeg exif"], "HEIC": HIDING_PLACES["heic exif"], "PNG": HIDING_PLACES["png exif"],
    "WebP": HIDING_PLACES["webp exif"], "AVIF": HIDING_PLACES["avif exif"], "GIF": HIDING_PLACES["gif xmp"],
    "MP4": PLACES["mp4 place"], "MOV": PLACES["mov own tags"], "WebM": PLACES["webm tags"],
    "M4A": PLACES["m4a place"], "MP3": PLACES["mp3 private"], "OGG": PLACES["ogg comments"],
    "FLAC": PLACES["flac comments"],
}  # fmt: skip
"""What telephones make, and where in it they write places and names of devices."""


def _holding(folder: Path, word: bytes) -> set[str]:
    found = set()
    for file in folder.rglob("*"):
        try:
            if file.is_file() and word in file.read_bytes():
                found.add(str(file.relative_to(folder)))
        except FileNotFoundError:
            continue
    return found


@pytest.mark.parametrize("kind", _PHONES)
def test_no_place_that_a_telephone_wrote_reaches_anybody_or_stays_on_the_disk(
    server: RunningServer, kind: str
) -> None:
    content = _PHONES[kind](_MARKER)
    assert _MARKER in content
    (person,) = server.accounts([f"phone{kind.lower()}"])
    with person.client() as client:
        answer = client.post("/api/v2/media", files={"file": (f"a.{kind.lower()}", content)})
        assert answer.status_code in {200, 202}, answer.text
        shown = until(client, answer.json()["id"])
        post = client.post("/api/v1/statuses", data={"status": kind, "media_ids[]": [shown["id"]]}).json()
        media = post["media_attachments"][0]
        for url in {media["url"], media["preview_url"]} - {None}:
            served = client.get(url).raise_for_status().content
            assert not any(word in served for word in (_MARKER, b"48.8", b"Exif", b"GPS")), url
    assert no_upload_left(server)
    assert _holding(server.data, _MARKER) == set()


def test_sound_loops_and_what_fails(server: RunningServer) -> None:
    ana = server.account("ana2")
    with ana.client() as client:
        sound = upload(client, song("mp3"), version=1, status=200)
        assert (sound["type"], sound["preview_url"], sound["meta"]["audio_channels"]) == ("audio", None, "mono")
        assert 0.9 < sound["meta"]["duration"] < 1.1
        loop = upload(client, animation("GIF"), status=200)
        assert (loop["type"], loop["url"].endswith(".mp4")) == ("gifv", True)
        post = client.post("/api/v1/statuses", data={"media_ids[]": [sound["id"], loop["id"]]}).json()
        page = httpx.get(post["url"]).text
        assert '<audio controls preload="none"' in page
        assert "loop muted" in page

        broken = upload(client, film()[:4_000])
        refused = until(client, broken["id"], 422)
        assert "damaged" in refused["error"]
        assert no_upload_left(server)
        answer = client.post("/api/v1/statuses", data={"status": "x", "media_ids[]": [broken["id"]]})
        assert answer.status_code == 422
        svg = client.post("/api/v2/media", files={"file": ("a.png", b"<svg xmlns='x'/>", "image/png")})
        assert (svg.status_code, "type SVG" in svg.json()["error"]) == (422, True)
        settings = client.get("/api/v2/instance").json()["configuration"]["media_attachments"]
        assert {"video/mp4", "audio/mpeg"} <= set(settings["supported_mime_types"])
        assert settings["video_size_limit"] == 64 * 1_048_576


def test_the_server_may_be_killed_while_a_video_is_processed(make_server: ServerMaker) -> None:
    server = make_server(limits="off").start()
    ana = server.account("ana")
    long = film(codec="mpeg4", size=(640, 360), rate=30, seconds=20)
    with ana.client() as client:
        made = upload(client, long)
        assert uploads(server)
        assert 0 <= client.get(f"/api/v1/media/{made['id']}").json().get("progress", 0) < 1
        assert client.post("/api/v1/statuses", data={"status": "x", "media_ids[]": [made["id"]]}).status_code == 422
        server.kill()
    server.start()
    with ana.client() as client:
        shown = until(client, made["id"])
        assert shown["type"] == "video"
        assert no_upload_left(server)
        assert len(list((server.data / "media").glob("??/??/*.mp4"))) == 1
        taken = client.post("/api/v1/statuses", data={"status": "x", "media_ids[]": [made["id"]]})
        assert taken.status_code == 200
        gone = upload(client, long)
        client.delete(f"/api/v1/media/{gone['id']}").raise_for_status()
        assert client.get(f"/api/v1/media/{gone['id']}").status_code == 404
        assert no_upload_left(server)


def test_members_and_operators_ask_for_descriptions(make_server: ServerMaker) -> None:
    server = make_server(limits="off", descriptions="required").start()
    with server.account("ana").client() as client:
        loop = upload(client, animation("GIF"), status=200)
        refused = client.post("/api/v1/statuses", data={"status": "x", "media_ids[]": [loop["id"]]})
        assert refused.status_code == 422
        assert "media_ids" in refused.json()["details"]
        client.put(f"/api/v1/media/{loop['id']}", data={"description": "colours"}).raise_for_status()
        client.post("/api/v1/statuses", data={"status": "x", "media_ids[]": [loop["id"]]}).raise_for_status()


def test_a_video_is_published_without_a_script(server: RunningServer) -> None:
    server.account("cleo", password=PASSWORD)
    browser = Browsing(server).sign_in("cleo")
    files = {"picture": ("a.mp4", film())}
    page = browser.post("/compose", data={"text": "a film", "attach": "1"}, files=files)
    found = re.search(r'name="media\[\]" value="([^"]+)"', page.text)
    assert found
    assert f'name="captions[{found[1]}]"' in page.text
    refused = browser.post("/compose", data={"text": "a", "media[]": found[1], f"captions[{found[1]}]": "hello"})
    assert refused.status_code == 422
    assert "WebVTT" in refused.text
    sent = {f"captions[{found[1]}]": "WEBVTT\n\n00:00.100 --> 00:00.900\nHello", f"description[{found[1]}]": "Red"}
    done = browser.post("/compose", data={"text": "a film", "media[]": found[1], "next": "/@cleo"} | sent)
    assert done.status_code == 303, done.text
    shown = html.unescape(browser.get("/@cleo").text)
    assert "<video controls" in shown
    assert '<track kind="captions"' in shown
    post = "/posts/" + re.search(r'href="/@cleo/(\d+)"', shown)[1] + "/edit"
    sent[f"captions[{found[1]}]"] = "WEBVTT\n\n00:00.100 --> 00:00.900\nBonjour"
    assert browser.post(post, data={"text": "a film", "media[]": found[1]} | sent).status_code == 303
    track = re.search(r'<track kind="captions" src="([^"]+)"', browser.get("/@cleo").text)[1]
    assert "Bonjour" in browser.get(html.unescape(track)).text


def test_a_picture_of_ones_own_stands_for_a_video_without_a_script(server: RunningServer) -> None:
    dana = server.account("dana", password=PASSWORD)
    browser = Browsing(server).sign_in("dana")
    page = browser.post("/compose", data={"text": "a film", "attach": "1"}, files={"picture": ("a.mp4", film())}).text
    ref = re.search(r'name="media\[\]" value="([^"]+)"', page)[1]
    assert f'name="poster[{ref}]"' in page
    with dana.client() as client:
        until(client, ref)  # it has a picture of its own by now
    mine = io.BytesIO()
    Image.new("RGB", (120, 40), "green").save(mine, "PNG")

    def preview(text: str, status: int = 200, *, sent: bytes, **more: str) -> str:
        data = {"text": text, "media[]": ref, **more}
        answer = browser.post("/compose", data=data, files={f"poster[{ref}]": ("mine.png", sent)})
        assert answer.status_code == status, answer.text
        return html.unescape(re.search(r'<div class="picture[^>]*><img src="([^"]+)"', answer.text)[1])

    before = preview("a film", 422, sent=b"no picture at all", attach="1")
    after = preview("a film", sent=mine.getvalue(), attach="1")
    assert after != before
    with Image.open(io.BytesIO(browser.get(after).content)) as drawn:
        assert (drawn.width, drawn.height) == (120, 40)
    eventually(lambda: browser.get(before).status_code == 404, "what it replaces goes")
    sent = {"text": "a film", "media[]": ref, "next": "/@dana"}
    assert browser.post("/compose", data=sent).status_code == 303
    page = html.unescape(browser.get("/@dana").text)
    assert f'poster="{after}"' in page
    post = re.search(r'href="/@dana/(\d+)"', page)[1]
    assert "poster[" not in browser.get(f"/posts/{post}/edit").text, "a post keeps the one that it was published with"


def test_who_leaves_takes_along_what_is_still_being_processed(make_server: ServerMaker) -> None:
    server = make_server(limits="off")
    (ana,) = server.accounts(["ana"], password=PASSWORD)
    server.start()
    with ana.client() as client:
        for _ in range(3):
            upload(client, film())
        answer = client.post("/api/palabre/v1/account/delete", json={"password": PASSWORD})
        assert answer.status_code == 200, answer.text
    assert no_upload_left(server)
    for _ in range(1_200):
        left = [file for file in (server.data / "media").rglob("*") if file.is_file()]
        if not left:
            break
        time.sleep(0.1)
    assert left == []
