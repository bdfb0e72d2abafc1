"""The recovery key of ``palabre init``: shown once, as text and as a QR code that telephones read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import zxingcpp
from PIL import Image

from palabre.survival.vaults.recovery import Identity
from running import RunningServer

_KEY = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}")
_LIGHT = {"█": (255, 255), "▀": (255, 0), "▄": (0, 255), " ": (0, 0)}
"""What a character is on a dark terminal: its upper and its lower half."""


def photographed(said: str, *, inverted: bool = False) -> Image.Image:
    """The QR code in what a command printed, as a camera sees it: each module some pixels wide."""
    lines = [line for line in said.splitlines() if len(line) > 20 and set(line) <= set(_LIGHT)]
    assert lines, said
    width = max(len(line) for line in lines)
    modules = Image.new("L", (width, 2 * len(lines)))
    for row, line in enumerate(lines):
        for column, character in enumerate(line):
            for half, light in enumerate(_LIGHT[character]):
                modules.putpixel((column, 2 * row + half), 255 - light if inverted else light)
    room = 8  # what is around it on the terminal is dark
    picture = Image.new("L", (width + 2 * room, 2 * len(lines) + 2 * room), 255 if inverted else 0)
    picture.paste(modules, (room, room))
    return picture.resize((picture.width * 5, picture.height * 5), Image.Resampling.NEAREST)


def test_the_private_half_is_shown_once_and_its_qr_code_is_read_by_others(tmp_path: Path) -> None:
    server = RunningServer(tmp_path / "other")
    data = tmp_path / "data"
    done = server.command("init", "--data", str(data), "--origin", "http://127.0.0.1:8000", "--yes")
    said = done.stdout + done.stderr
    (private,) = _KEY.findall(said)
    for inverted in (False, True):  # terminals are dark or light
        read = zxingcpp.read_barcodes(photographed(done.stdout, inverted=inverted))
        assert [each.text for each in read] == [private]
        assert str(read[0].format) == "QR Code"
    kept = json.loads((data / "recovery").read_bytes())
    assert Identity(private).public.recipient == kept["recipient"], "it is the key to what the server encrypts"
    for path in data.rglob("*"):
        assert not path.is_file() or private.encode() not in path.read_bytes(), f"it lies in {path}"
    for words in (["doctor"], ["backup", "key"], ["init", "--origin", "http://127.0.0.1:8000", "--yes"]):
        again = server.command(*words, "--data", str(data), check=False)
        assert private not in again.stdout + again.stderr, f"palabre {words[0]} shows it a second time"
