"""Emojis that an administrator adds on a page or at the command line, seen on pages at once."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image

from browsing import PASSWORD, Browsing
from running import RunningServer


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (300, 300), (200, 80, 40, 128)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture(scope="module")
def admin(server: RunningServer) -> Browsing:
    return Browsing(server).sign_in(server.account("ana", password=PASSWORD, admin=True))


def test_an_administrator_adds_and_removes_one(server: RunningServer, admin: Browsing) -> None:
    page = admin.get("/admin/emojis")
    assert "The network has no emojis of its own yet." in page.text
    files = {"picture": ("tree.png", picture(), "image/png")}
    wrong = admin.post("/admin/emojis", data={"shortcode": "not a name"}, files=files)
    assert wrong.status_code == 422
    assert "letters a to z" in wrong.text
    text = admin.post("/admin/emojis", data={"shortcode": "tree"}, files={"picture": ("x.png", b"no", "image/png")})
    assert text.status_code == 422
    added = admin.post("/admin/emojis", data={"shortcode": "tree", "category": "Plants"}, files=files)
    assert added.status_code == 303
    twice = admin.post("/admin/emojis", data={"shortcode": "tree"}, files=files)
    assert twice.status_code == 422
    admin.get("/compose")
    admin.post("/compose", data={"text": "Under the :tree:"})
    page = admin.get("/@ana").text
    address = page.split('<img class="emoji" src="')[1].split('"')[0]
    with server.client() as visitor:
        drawn = visitor.get(address)
        assert drawn.status_code == 200
        assert max(Image.open(io.BytesIO(drawn.content)).size) <= 128
        listed = visitor.get("/api/v1/custom_emojis").json()
        assert [one["shortcode"] for one in listed] == ["tree"]
    admin.get("/admin/emojis")
    assert admin.post("/admin/emojis/remove", data={"shortcode": "tree"}).status_code == 303
    assert ":tree:" in admin.get("/@ana").text
    assert '<img class="emoji"' not in admin.get("/@ana").text


def test_members_may_not(server: RunningServer) -> None:
    ben = Browsing(server).sign_in(server.account("ben", password=PASSWORD))
    assert ben.get("/admin/emojis").status_code == 404
    assert ben.post("/admin/emojis", data={"shortcode": "tree"}).status_code == 404


def test_an_operator_adds_lists_and_removes_them_at_the_command_line(server: RunningServer, tmp_path: Path) -> None:
    file = tmp_path / "cloud.png"
    file.write_bytes(picture())
    data = ("--data", str(server.data))
    assert server.command("emoji", "add", "cloud", str(file), "--hidden", *data).stdout == ":cloud:\n"
    assert server.command("emoji", "add", "cloud", str(file), *data, check=False).returncode == 1
    listed = [json.loads(line) for line in server.command("emoji", "list", "--json", *data).stdout.splitlines()]
    assert [(one["name"], one["hidden"]) for one in listed] == [("cloud", True)]
    assert (server.data / "media" / listed[0]["file"]).exists()
    server.command("emoji", "remove", ":cloud:", "--yes", *data)
    assert server.command("emoji", "list", *data).stdout == ""
