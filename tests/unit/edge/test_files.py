from __future__ import annotations

from pathlib import Path

import pytest

from palabre.edge import files
from palabre.edge.files import MediaFiles, StaticFiles
from palabre.edge.routing import Raw
from palabre.media.storage import FolderStore, new_name

PICTURE = bytes(range(256)) * 10


@pytest.fixture
def media(tmp_path: Path) -> list[Raw]:
    folder = tmp_path / "media"
    (folder / "ab").mkdir(parents=True)
    (folder / "ab" / "c-_1.png").write_bytes(PICTURE)
    (folder / "page.html").write_bytes(b"<script>")
    (folder / ".hidden.png").write_bytes(b"x")
    (folder / "ab" / "noending").write_bytes(b"x")
    (tmp_path / "keyring.png").write_bytes(b"secret")
    return [Raw("GET", "/media/{name:path}", MediaFiles(folder))]


def test_a_picture_comes_with_its_type_and_may_be_kept_for_ever(ask, media) -> None:
    answer = ask(media, "GET", "/media/ab/c-_1.png")
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in answer.headers["cache-control"]
    assert "sandbox" in answer.headers["content-security-policy"]
    again = ask(media, "GET", "/media/ab/c-_1.png", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_part_of_a_file_can_be_asked_for(ask, media) -> None:
    part = ask(media, "GET", "/media/ab/c-_1.png", headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, PICTURE[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(PICTURE)}"
    beyond = ask(media, "GET", "/media/ab/c-_1.png", headers={"range": "bytes=999999-"})
    assert beyond.status_code == 416


@pytest.mark.parametrize("headers", [{}, {"range": "bytes=10-19"}, {"range": "bytes=0-1,5-6"}])
def test_a_file_that_is_deleted_while_it_is_asked_for_is_not_there(
    ask, media, headers: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = (tmp_path / "media" / "ab" / "c-_1.png").stat()
    monkeypatch.setattr(files, "_regular", lambda _path: found)
    answer = ask(media, "GET", "/media/ab/gone.png", headers=headers)
    assert answer.status_code == 404
    assert "immutable" not in answer.headers.get("cache-control", "")


def test_what_is_no_picture_is_never_shown_as_a_page(ask, media) -> None:
    answer = ask(media, "GET", "/media/page.html")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment"


@pytest.mark.parametrize(
    "name",
    [
        "../keyring.png", "%2e%2e/keyring.png", "..%2fkeyring.png", "%2e%2e%2fkeyring.png", "ab/../../keyring.png",
        "/etc/passwd", "%2fetc%2fpasswd", "ab%5c..%5c..%5ckeyring.png", ".hidden.png", "ab/noending", "ab", "", "ab/",
        "%00.png", "ab/c-_1.png%00", "ab//c-_1.png", "missing.png", "a" * 5000 + ".png", "ab/c-_1.png/x.png",
        "%252e%252e%252fkeyring.png", "ab/c-_1.png%0a",
    ],
)  # fmt: skip
def test_nothing_outside_the_folder_has_a_name(ask, media, name) -> None:
    answer = ask(media, "GET", f"https://palabre.test/media/{name}")
    assert answer.status_code == 404
    assert b"secret" not in answer.content


@pytest.fixture
def static(tmp_path: Path) -> StaticFiles:
    folder = tmp_path / "built"
    (folder / "icons").mkdir(parents=True)
    (folder / "app.js").write_text("let a = 1;\n" * 500)
    (folder / "icons" / "logo.svg").write_text("<svg/>")
    (folder / ".secret").write_text("x")
    (folder / "outside.txt").symlink_to("/etc/hostname")
    return StaticFiles(folder)


def test_the_apps_files_come_compressed_and_for_ever_under_their_mark(ask, static) -> None:
    routes = [Raw("GET", "/static/{name:path}", static)]
    answer = ask(routes, "GET", static.url("app.js"))
    assert answer.text == "let a = 1;\n" * 500
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    unmarked = ask(routes, "GET", "/static/app.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in unmarked.headers
    assert "immutable" not in unmarked.headers["cache-control"]
    kept = ask(routes, "GET", "/static/app.js", headers={"if-none-match": unmarked.headers["etag"]})
    assert kept.status_code == 304
    assert ask(routes, "GET", "/static/icons/logo.svg").headers["content-type"] == "image/svg+xml"


@pytest.mark.parametrize("name", [".secret", "../built/app.js", "", "icons", "icons/", "app.js/x", "outside.txt"])
def test_what_was_not_read_at_the_start_is_not_there(ask, static, name) -> None:
    answer = ask([Raw("GET", "/static/{name:path}", static)], "GET", f"https://palabre.test/static/{name}")
    assert answer.status_code == 404


def test_what_the_media_store_keeps_is_served_under_its_name(ask, tmp_path: Path) -> None:
    files = FolderStore(tmp_path / "store")
    name = new_name("webp")
    files.put(name, PICTURE)
    answer = ask([Raw("GET", "/media/{name:path}", MediaFiles(files.folder))], "GET", f"/media/{name}")
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PICTURE, "image/webp")
