"""What is limited is limited by every way: what a form does counts as what an app does."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from palabre.edge.limits import Rate
from unit.api.browsers import browsing
from unit.api.network import Caller, Network
from unit.api.test_trend_pages import Reader

_THREE = {"media": Rate(3, 3_600), "statuses": Rate(3, 3_600)}


def _picture() -> tuple[str, bytes, str]:
    file = io.BytesIO()
    Image.new("RGB", (9, 9)).save(file, "PNG")
    return ("x.png", file.getvalue(), "image/png")


@pytest.fixture
def member(network_with: Callable[..., Network]) -> tuple[Caller, Reader]:
    caller, reader = browsing(network_with(rates=_THREE), "ana")
    reader.get("/settings/profile")
    return caller, reader


def _sent(reader: Reader, path: str, files: dict[str, Any] | None = None, **fields: str) -> tuple[int, str]:
    sent = reader.client.post(path, data={"csrf": reader.token, **fields}, files=files)
    answer = reader.network.run(sent)
    return answer.status_code, answer.text


def test_the_pictures_of_a_profile_count_as_uploads(member: tuple[Caller, Reader]) -> None:
    ana, reader = member
    two = {"avatar": _picture(), "header": _picture()}
    ana.call("PATCH", "/api/v1/accounts/update_credentials", files=two)
    ana.call("PATCH", "/api/v1/profile", 429, files=two)
    status, page = _sent(reader, "/settings/profile", two, display_name="Not lost")
    assert status == 422
    assert "Not lost" in page
    assert _sent(reader, "/settings/profile", {"avatar": _picture()})[0] == 303
    ana.call("POST", "/api/v2/media", 429, files={"file": _picture()})


def test_a_picture_that_comes_with_a_form_counts_as_an_upload(member: tuple[Caller, Reader]) -> None:
    ana, reader = member
    for _ in range(2):
        made = ana.call("POST", "/api/v2/media", files={"file": _picture()}).json()["id"]
    ana.call("PUT", f"/api/v1/media/{made}", files={"thumbnail": _picture()})
    ana.call("PUT", f"/api/v1/media/{made}", 429, files={"thumbnail": _picture()})
    status, page = _sent(reader, "/compose", {"picture": _picture()}, text="Not lost", attach="1")
    assert status == 422
    assert "Not lost" in page
    status, page = _sent(reader, "/compose/thread", {"picture[0]": _picture()}, **{"parts[]": "Nor this"}, attach="1")
    assert status == 422
    assert "Nor this" in page


def test_each_post_of_a_thread_counts(member: tuple[Caller, Reader]) -> None:
    ana, reader = member
    thread = [{"status": str(n)} for n in range(4)]
    ana.post("/api/palabre/v1/threads", 429, statuses=thread)
    assert ana.get(f"/api/v1/accounts/{ana.id}/statuses") == []
    status, _ = _sent(reader, "/compose/thread", **{f"parts[{n}]": str(n) for n in range(3)})
    assert status == 422, "one was counted above, and there is room for two"
    assert _sent(reader, "/compose", text="This still")[0] == 303
    assert _sent(reader, "/compose", text="Not this")[0] == 429


def test_a_repost_by_a_form_counts(member: tuple[Caller, Reader]) -> None:
    ana, reader = member
    post = ana.say("Hello")["id"]
    for deed in ("repost", "unrepost"):
        assert _sent(reader, f"/posts/{post}/{deed}")[0] == 303
    assert _sent(reader, f"/posts/{post}/repost")[0] == 429
