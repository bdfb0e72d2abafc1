"""Captions: WebVTT that a member wrote, read strictly and written anew. Pure.

What is kept of a file are its cues: times, position and words. Notes, styles, regions, names of cues and all
markup but bold, italics, underlining and who speaks go, and so does whatever a reader of WebVTT would skip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from palabre.media.errors import MediaTooLarge, WrongCaptions

MOST_BYTES = 262_144
MOST_CUES = 5_000
_MOST_LINE = 500

_TIME = r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}((?:[ \t]+\S+)*)[ \t]*", re.ASCII)
_SETTING = re.compile(
    r"align:(?:start|center|end|left|right)|size:\d{1,3}%|position:\d{1,3}%|line:-?\d{1,3}%?|vertical:(?:rl|lr)",
    re.ASCII,
)
_TAG = re.compile(r"<(/?)([biu]|v)(?:[ \t][^<>]*)?>|<[^<>]*>?")
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def cleaned(text: str) -> str:
    """Return ``text``, a file of WebVTT, as it is kept.

    Raises:
        MediaTooLarge: more than ``MOST_BYTES``.
        WrongCaptions: it does not begin with ``WEBVTT``, has no cue, or a cue whose times cannot be read, that ends
            before it begins, or that has too many words.

    """
    if len(text.encode("utf-8", "replace")) > MOST_BYTES:
        raise MediaTooLarge(limit=MOST_BYTES, field="captions")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", lines[0]):
        raise WrongCaptions(field="captions", line=1)
    cues = list(_cues(lines))
    if not cues or len(cues) > MOST_CUES:
        raise WrongCaptions(field="captions", line=len(lines))
    return "WEBVTT\n\n" + "\n".join(cues)


def _cues(lines: list[str]) -> Iterator[str]:
    """Read the cues; of other blocks, nothing."""
    at = 1
    while at < len(lines):
        if "-->" not in lines[at]:
            at += 1
            continue
        found = _TIMING.fullmatch(lines[at])
        if found is None or _moment(found, 1) >= _moment(found, 5):
            raise WrongCaptions(field="captions", line=at + 1)
        first = at + 1
        at = first
        while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
            at += 1
        words = [_words(line) for line in lines[first:at]]
        if any(len(line) > _MOST_LINE for line in words):
            raise WrongCaptions(field="captions", line=first + 1)
        settings = [each for each in (found[9] or "").split() if _SETTING.fullmatch(each)]
        timing = f"{_written(found, 1)} --> {_written(found, 5)}"
        kept = [line for line in words if line]
        if kept:
            yield "\n".join([" ".join([timing, *settings]), *kept, ""])


def _moment(found: re.Match[str], at: int) -> int:
    hours, minutes, seconds, thousandths = (int(found[at + part] or 0) for part in range(4))
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000 + thousandths


def _written(found: re.Match[str], at: int) -> str:
    return f"{found[at] or '00'}:{found[at + 1]}:{found[at + 2]}.{found[at + 3]}"


def _words(line: str) -> str:
    """Return a line of a cue without what is neither words nor simple markup."""
    return _TAG.sub(_tag, _UNWANTED.sub("", line)).strip()


def _tag(found: re.Match[str]) -> str:
    if not found[2]:
        return ""
    if found[2] == "v" and not found[1]:
        who = found[0][2:-1].strip()
        return f"<v {who}>" if who else ""
    return f"<{found[1]}{found[2]}>"
