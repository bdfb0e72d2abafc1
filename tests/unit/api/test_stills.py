"""A picture of the member's own that stands for an upload until it plays, and where it is small."""

from __future__ import annotations

from typing import Any

import pytest

from palabre import jobs
from palabre.edge import films
from palabre.ids import Kind, MediaId
from palabre.media.actions import DELETE_FILES
from palabre.media.unfinished import PROCESS
from unit.api.documented import problems
from unit.api.network import Network
from unit.media.films import film, song
from unit.media.samples import animation, encode, picture

UPLOAD = "/api/v2/media"
_TALL = ("still.png", encode(picture(90, 180), "PNG"), "image/png")
_WIDE = ("other.png", encode(picture(1_200, 600), "PNG"), "image/png")


def _sent(file: tuple[str, bytes, str], thumbnail: tuple[str, bytes, str] | None = _TALL) -> dict[str, Any]:
    return {"file": file, **({"thumbnail": thumbnail} if thumbnail else {})}


def _dropped(network: Network) -> list[str]:
    """Names of the files that jobs remove."""
    found: list[str] = []
    while claimed := network.write(jobs.claim):
        for job in claimed:
            if job.kind == DELETE_FILES:
                found += job.arguments(list[str])
            if job.kind == PROCESS:
                network.run(films.process(network.site, job.arguments(int)))
            network.write(jobs.done, job.id)
    return found


def _name(address: str) -> str:
    return address.partition("/media/")[2]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_picture_is_shown_small_as_the_member_wants(network: Network, version: str) -> None:
    ana = network.member("ana")
    big = ("big.png", encode(picture(1_600, 900), "PNG"), "image/png")
    plain = ana.call("POST", f"/api/{version}/media", files=_sent(big, None)).json()
    made = ana.call("POST", f"/api/{version}/media", files=_sent(big)).json()
    assert made["preview_url"] not in {made["url"], plain["preview_url"]}
    assert (made["meta"]["small"]["width"], made["meta"]["small"]["height"]) == (90, 180)
    assert made["meta"]["original"] == plain["meta"]["original"]
    assert made["blurhash"]
    assert len(_dropped(network)) == 1, "the one that was drawn of the upload itself"
    assert network.site.media.exists(_name(made["preview_url"]))


def test_another_still_takes_the_place_of_the_first(network: Network) -> None:
    ana = network.member("ana")
    small = ("small.png", encode(picture(40, 40), "PNG"), "image/png")
    made = ana.call("POST", UPLOAD, files=_sent(small)).json()
    assert _dropped(network) == [], "a small picture is its own preview"
    place = f"/api/v1/media/{made['id']}"
    changed = ana.call("PUT", place, files={"thumbnail": _WIDE}, data={"description": "Two"}).json()
    assert (changed["description"], changed["url"]) == ("Two", made["url"])
    assert changed["meta"]["small"]["width"] * changed["meta"]["small"]["height"] <= 640 * 360
    assert _dropped(network) == [_name(made["preview_url"])]
    kept = ana.call("PUT", place, json={"description": "Three"}).json()
    assert kept["preview_url"] == changed["preview_url"]
    ana.delete(place)
    assert set(_dropped(network)) == {_name(changed["url"]), _name(changed["preview_url"])}


@pytest.mark.parametrize("kind", ["video", "audio"])
def test_what_plays_has_its_still_at_once_and_when_it_is_ready(network: Network, kind: str) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    file = ("x.mp4", film(), "video/mp4") if kind == "video" else ("x.mp3", song("mp3"), "audio/mpeg")
    begun = ana.call("POST", UPLOAD, 202, files=_sent(file)).json()
    place = f"/api/v1/media/{begun['id']}"
    assert (begun["type"], begun["url"], begun["preview_url"] is None) == (kind, None, False)
    again = ana.call("PUT", place, files={"thumbnail": _WIDE}).json()
    assert again["preview_url"] != begun["preview_url"]
    bo.call("PUT", place, 404, files={"thumbnail": _TALL})
    dropped = _dropped(network)
    ready = ana.get(place)
    assert (ready["preview_url"], ready["blurhash"]) == (again["preview_url"], again["blurhash"])
    assert (ready["type"], ready["meta"]["small"]["aspect"]) == (kind, pytest.approx(2.0, abs=0.01))
    dropped += _dropped(network)
    assert _name(begun["preview_url"]) in dropped
    assert len(dropped) == (2 if kind == "video" else 1), "and the still that was taken of the video"
    post = ana.say("Listen", media_ids=[ready["id"]])
    assert post["media_attachments"][0]["preview_url"] == ready["preview_url"]
    ana.call("PUT", place, 422, files={"thumbnail": _TALL})


def test_what_is_taken_back_before_it_is_ready_takes_its_still_along(network: Network) -> None:
    ana = network.member("ana")
    begun = ana.call("POST", UPLOAD, 202, files=_sent(("x.mp4", film(), "video/mp4"))).json()
    ana.delete(f"/api/v1/media/{begun['id']}")
    assert _dropped(network) == [_name(begun["preview_url"])]


def test_what_moves_stands_still(network: Network) -> None:
    ana = network.member("ana")
    moving = ("x.gif", animation("GIF"), "image/gif")
    big = ("big.png", encode(picture(1_600, 900), "PNG"), "image/png")
    made = ana.call("POST", UPLOAD, files=_sent(big, moving)).json()
    with network.site.media.open(_name(made["preview_url"])) as file:
        assert b"ANIM" not in file.read()


@pytest.mark.parametrize("what", ["text", "film"])
def test_what_is_no_picture_is_refused_by_its_name_and_leaves_nothing(network: Network, what: str) -> None:
    ana = network.member("ana")
    wrong = ("x.png", b"Hello" * 20 if what == "text" else film(), "image/png")
    small = ("small.png", encode(picture(40, 40), "PNG"), "image/png")
    told = ana.call("POST", UPLOAD, 422, files=_sent(small, wrong)).json()
    assert list(told["details"]) == ["thumbnail"]
    cut = ("x.png", small[1][:60], "image/png")
    ana.call("POST", UPLOAD, 422, files={"file": cut, "thumbnail": _TALL})
    assert list(network.site.media.names(before=1 << 50)) == []


def test_whoever_waits_asks_how_it_stands(network: Network) -> None:
    ana, bo = network.member("ana"), network.member("bo")
    answer = ana.call("POST", UPLOAD, 202, files=_sent(("x.mp4", film(), "video/mp4"), None))
    number = answer.json()["id"]
    assert answer.headers["mastodon-async-refresh"] == f'id="{number}", retry=2'
    place = f"/api/v1_alpha/async_refreshes/{number}"
    assert ana.get(place) == {"async_refresh": {"id": number, "status": "running", "result_count": None}}
    unknown = network.site.ids.encode(Kind.MEDIA, 77)
    for caller, path in ((bo, place), (ana, place[:-1]), (ana, f"/api/v1_alpha/async_refreshes/{unknown}")):
        assert caller.get(path, 404) == {"error": "Record not found"}
    _dropped(network)
    assert ana.get(place) == {"async_refresh": {"id": number, "status": "finished", "result_count": 1}}
    broken = film()[:400]
    number = ana.call("POST", UPLOAD, 202, files=_sent(("x.mp4", broken, "video/mp4"), None)).json()["id"]
    _dropped(network)
    place = f"/api/v1_alpha/async_refreshes/{number}"
    assert ana.get(place)["async_refresh"] == {"id": number, "status": "finished", "result_count": 0}


class _Percent(dict[MediaId, int]):
    """Keeps all that it was ever told."""

    said: list[int]

    def __setitem__(self, media: MediaId, percent: int) -> None:
        self.said.append(percent)
        super().__setitem__(media, percent)


def test_whoever_waits_is_told_how_far_it_is(network: Network) -> None:
    ana = network.member("ana")
    long = film(codec="mpeg4", seconds=4, rate=30)
    made = ana.call("POST", UPLOAD, 202, files=_sent(("x.mp4", long, "video/mp4"), None)).json()
    place = f"/api/v1/media/{made['id']}"
    assert "progress" not in made, "it has not begun"
    media = network.site.ids.decode(Kind.MEDIA, made["id"])
    percent = network.site.part(films.Progress).percent
    for so_far in (0, 42, 99):
        percent[MediaId(media)] = so_far
        answer = ana.call("GET", place, 206).json()
        assert (answer["progress"], answer["url"]) == (so_far / 100, None)
        assert problems("MediaAttachment", answer) == []
    percent.clear()
    network.site.part(films.Progress).percent = noted = _Percent()
    noted.said = []
    _dropped(network)
    assert noted.said == sorted(noted.said)
    assert len(set(noted.said)) > 5
    assert noted.said[-1] <= 99
    assert not noted, "nothing is left of it"
    assert "progress" not in ana.call("GET", place, 200).json()
